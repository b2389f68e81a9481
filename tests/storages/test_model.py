"""Random sequences of calls: every storage does what a model of dicts and lists does."""

from __future__ import annotations

import dataclasses
import datetime
import pickle
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tunesmith.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from tunesmith.exceptions import UpdateFinishedTrialError
from tunesmith.records import FrozenTrial, StudyDirection, TrialState
from tunesmith.storages import BaseStorage, InMemoryStorage, TrialUpdate

RANGES = {
    "x": FloatDistribution(0, 1),
    "n": IntDistribution(0, 9),
    "c": CategoricalDistribution([None, "a", 1.5]),
}
PARAMS = st.fixed_dictionaries(
    {},
    optional={
        "x": st.floats(0, 1).map(lambda v: (v, RANGES["x"])),
        "n": st.integers(0, 9).map(lambda v: (float(v), RANGES["n"])),
        "c": st.integers(0, 2).map(lambda v: (float(v), RANGES["c"])),
    },
)
JSON = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text(max_size=3)).flatmap(
    lambda leaf: st.sampled_from([leaf, [leaf], {"k": leaf}])
)
# Those that differ only in case are refused by MySQL, see test_hostile.py.
KEYS = st.sampled_from(["k", "Q", "ß", "two words"])
ATTRS = st.dictionaries(KEYS, JSON, max_size=2)
REPORTS = st.dictionaries(
    st.integers(0, 5), st.floats(allow_nan=True, allow_infinity=True), max_size=2
)
VALUE = st.floats(allow_nan=False, allow_infinity=True)
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
UNKNOWN = 2**30


@dataclasses.dataclass
class Trial:
    """What the model knows of a trial."""

    trial_id: int
    state: TrialState = TrialState.RUNNING
    params: dict[str, Any] = dataclasses.field(default_factory=dict)
    distributions: dict[str, Any] = dataclasses.field(default_factory=dict)
    user_attrs: dict[str, Any] = dataclasses.field(default_factory=dict)
    system_attrs: dict[str, Any] = dataclasses.field(default_factory=dict)
    intermediate_values: dict[int, float] = dataclasses.field(default_factory=dict)
    values: list[float] | None = None

    def put(self, params):
        for name, (value, distribution) in params.items():
            self.params[name] = distribution.to_external_repr(value)
            self.distributions[name] = distribution


@dataclasses.dataclass
class Study:
    """What the model knows of a study."""

    study_id: int
    directions: list[StudyDirection]
    trials: list[Trial] = dataclasses.field(default_factory=list)
    # One cursor and what came through it for each of the storages.
    cursors: dict[int, object] = dataclasses.field(default_factory=dict)
    accumulated: dict[int, dict[int, FrozenTrial]] = dataclasses.field(default_factory=dict)


FIELDS = (
    "trial_id", "state", "params", "distributions", "user_attrs", "system_attrs", "values",
)  # fmt: skip


def assert_same(found: FrozenTrial, number: int, trial: Trial) -> None:
    assert found.number == number
    for name in FIELDS:
        assert getattr(found, name) == getattr(trial, name), name
    as_text = {step: repr(value) for step, value in trial.intermediate_values.items()}
    assert {s: repr(v) for s, v in found.intermediate_values.items()} == as_text
    assert (found.datetime_complete is not None) == trial.state.is_finished()
    assert (found.datetime_start is not None) == (trial.state is not TrialState.WAITING)


class Machine(RuleBasedStateMachine):
    """Does everything to a storage and to the model."""

    def __init__(self, storages: list[BaseStorage]) -> None:
        super().__init__()
        self.storages = storages
        self.studies: list[Study] = []
        self.deleted: list[Study] = []

    # Choosing.

    def storage(self, data: st.DataObject) -> BaseStorage:
        return self.storages[data.draw(st.integers(0, len(self.storages) - 1), label="storage")]

    def study(self, data: st.DataObject) -> Study:
        return data.draw(st.sampled_from(self.studies), label="study")

    def trial(self, data: st.DataObject, *states: TrialState) -> tuple[int, Trial] | None:
        trials = [
            (number, trial)
            for study in self.studies
            for number, trial in enumerate(study.trials)
            if trial.state in (states or tuple(TrialState))
        ]
        return data.draw(st.sampled_from(trials), label="trial") if trials else None

    # Studies.

    @initialize(data=st.data(), n=st.integers(1, 3))
    def begin(self, data, n):
        self.create_study(data, n)

    @precondition(lambda self: len(self.studies) < 3)
    @rule(data=st.data(), n=st.integers(1, 3))
    def create_study(self, data, n):
        directions = data.draw(
            st.lists(
                st.sampled_from([StudyDirection.MINIMIZE, StudyDirection.MAXIMIZE]),
                min_size=n,
                max_size=n,
            )
        )
        study_id = self.storage(data).create_new_study(directions)
        assert study_id not in {study.study_id for study in self.studies}
        self.studies.append(Study(study_id, directions))

    @precondition(lambda self: len(self.studies) > 1)
    @rule(data=st.data())
    def delete_study(self, data):
        study = self.study(data)
        self.storage(data).delete_study(study.study_id)
        self.studies.remove(study)
        self.deleted.append(study)

    # Trials begin.

    @rule(data=st.data())
    def create_trial(self, data):
        study = self.study(data)
        trial_id = self.storage(data).create_new_trial(study.study_id)
        study.trials.append(Trial(trial_id))

    @rule(
        data=st.data(),
        state=st.sampled_from(TrialState),
        params=PARAMS,
        user_attrs=ATTRS,
        system_attrs=ATTRS,
        reports=REPORTS,
    )
    def create_from_template(self, data, state, params, user_attrs, system_attrs, reports):
        study = self.study(data)
        values = None
        if state is TrialState.COMPLETE:
            values = [data.draw(VALUE) for _ in study.directions]
        trial = Trial(-1, state, {}, {}, user_attrs, system_attrs, reports, values)
        trial.put(params)
        now = datetime.datetime.now()
        trial.trial_id = self.storage(data).create_new_trial(
            study.study_id,
            FrozenTrial(
                -1,
                state,
                None,
                None if state is TrialState.WAITING else now,
                now if state.is_finished() else None,
                dict(trial.params),
                dict(trial.distributions),
                dict(user_attrs),
                dict(system_attrs),
                dict(reports),
                -1,
                values=values,
            ),
        )
        study.trials.append(trial)

    @rule(data=st.data(), params=PARAMS, is_right=st.booleans())
    def start_trial(self, data, params, is_right):
        study = self.study(data)
        expected = len(study.trials) if is_right else len(study.trials) + 1
        found = self.storage(data).start_trial(study.study_id, params, expected)
        waiting = [t for t in study.trials if t.state is TrialState.WAITING]
        if waiting:
            trial = waiting[0]
            trial.state = TrialState.RUNNING
        else:
            trial = Trial(found.trial_id)
            study.trials.append(trial)
            if found.params:  # a storage may take them, and then takes all
                assert is_right
                trial.put(params)
        assert_same(found, study.trials.index(trial), trial)

    @rule(data=st.data())
    def claim(self, data):
        chosen = self.trial(data)
        if chosen is None:
            return
        _, trial = chosen
        is_waiting = trial.state is TrialState.WAITING
        assert self.storage(data).claim_trial(trial.trial_id) is is_waiting
        if is_waiting:
            trial.state = TrialState.RUNNING

    # Trials change.

    @rule(
        data=st.data(),
        params=PARAMS,
        user_attrs=ATTRS,
        system_attrs=ATTRS,
        reports=REPORTS,
        state=st.sampled_from([None, *FINISHED]),
    )
    def update(self, data, params, user_attrs, system_attrs, reports, state):
        chosen = self.trial(data, TrialState.RUNNING)
        if chosen is None:
            return
        _, trial = chosen
        values = None
        if state is TrialState.COMPLETE:
            study = next(s for s in self.studies if trial in s.trials)
            values = [data.draw(VALUE) for _ in study.directions]
        self.storage(data).update_trial(
            trial.trial_id,
            TrialUpdate(params, user_attrs, system_attrs, reports, state=state, values=values),
        )
        trial.put(params)
        trial.user_attrs = {**trial.user_attrs, **user_attrs}
        trial.system_attrs = {**trial.system_attrs, **system_attrs}
        trial.intermediate_values = {**trial.intermediate_values, **reports}
        trial.state, trial.values = state or trial.state, values

    @rule(
        data=st.data(),
        params=PARAMS,
        key=KEYS,
        value=JSON,
        step=st.integers(0, 5),
        report=st.floats(),
    )
    def set_one_by_one(self, data, params, key, value, step, report):
        chosen = self.trial(data, TrialState.RUNNING, TrialState.WAITING)
        if chosen is None:
            return
        _, trial = chosen
        for name, (number, distribution) in params.items():
            self.storage(data).set_trial_param(trial.trial_id, name, number, distribution)
        self.storage(data).set_trial_user_attr(trial.trial_id, key, value)
        self.storage(data).set_trial_system_attr(trial.trial_id, key, value)
        self.storage(data).set_trial_intermediate_value(trial.trial_id, step, report)
        trial.put(params)
        trial.user_attrs = {**trial.user_attrs, key: value}
        trial.system_attrs = {**trial.system_attrs, key: value}
        trial.intermediate_values = {**trial.intermediate_values, step: report}

    @rule(data=st.data(), state=st.sampled_from(FINISHED))
    def finish(self, data, state):
        chosen = self.trial(data, TrialState.RUNNING)
        if chosen is None:
            return
        _, trial = chosen
        study = next(s for s in self.studies if trial in s.trials)
        values = None
        if state is TrialState.COMPLETE:
            values = [data.draw(VALUE) for _ in study.directions]
        assert self.storage(data).set_trial_state_values(trial.trial_id, state, values)
        trial.state, trial.values = state, values

    # Refusals.

    @rule(data=st.data())
    def write_to_finished(self, data):
        chosen = self.trial(data, *FINISHED)
        if chosen is None:
            return
        number, trial = chosen
        storage, t = self.storage(data), trial.trial_id
        for write in (
            lambda: storage.set_trial_param(t, "x", 0.5, RANGES["x"]),
            lambda: storage.set_trial_user_attr(t, "k", "late"),
            lambda: storage.set_trial_system_attr(t, "k", "late"),
            lambda: storage.set_trial_intermediate_value(t, 0, 0.125),
            lambda: storage.set_trial_state_values(t, TrialState.COMPLETE, [0.125]),
            lambda: storage.update_trial(
                t, TrialUpdate(user_attrs={"k": "late"}, state=TrialState.FAIL)
            ),
        ):
            with pytest.raises(UpdateFinishedTrialError, match=f"Trial {number} has finished"):
                write()
        assert_same(storage.get_trial(t), number, trial)

    @rule(data=st.data())
    def unknown_ids(self, data):
        storage = self.storage(data)
        gone = [trial.trial_id for study in self.deleted for trial in study.trials]
        taken = {trial.trial_id for study in self.studies for trial in study.trials}
        for trial_id in [-1, UNKNOWN, *[i for i in gone if i not in taken][:2]]:
            with pytest.raises(KeyError, match="no trial"):
                storage.get_trial(trial_id)
            with pytest.raises(KeyError, match="no trial"):
                storage.update_trial(trial_id, TrialUpdate(user_attrs={"k": 1}))
        for study_id in (-1, UNKNOWN):
            with pytest.raises(KeyError, match="no study"):
                storage.start_trial(study_id)
            with pytest.raises(KeyError, match="no study"):
                storage.read_trials(study_id, None)

    # Reading.

    @rule(data=st.data(), states=st.sets(st.sampled_from(TrialState)))
    def read(self, data, states):
        study, storage = self.study(data), self.storage(data)
        found = storage.get_all_trials(study.study_id)
        assert len(found) == len(study.trials)
        for number, trial in enumerate(study.trials):
            assert_same(found[number], number, trial)
            assert_same(storage.get_trial(trial.trial_id), number, trial)
        wanted = [n for n, trial in enumerate(study.trials) if trial.state in states]
        chosen = storage.get_all_trials(study.study_id, deepcopy=False, states=tuple(states))
        assert [trial.number for trial in chosen] == wanted
        assert storage.get_n_trials(study.study_id, tuple(states)) == len(wanted)
        assert storage.get_study_directions(study.study_id) == study.directions

    @rule(data=st.data())
    def read_on(self, data):
        study = self.study(data)
        k = data.draw(st.integers(0, len(self.storages) - 1))
        trials, study.cursors[k] = self.storages[k].read_trials(
            study.study_id, study.cursors.get(k)
        )
        known = study.accumulated.setdefault(k, {})
        known.update({trial.number: trial for trial in trials})
        assert sorted(known) == list(range(len(study.trials)))
        for number, trial in enumerate(study.trials):
            assert_same(known[number], number, trial)

    @rule(data=st.data())
    def best(self, data):
        study, storage = self.study(data), self.storage(data)
        complete = [t for t in study.trials if t.state is TrialState.COMPLETE]
        if len(study.directions) > 1:
            with pytest.raises(RuntimeError, match="objectives|multi"):
                storage.get_best_trial(study.study_id)
        elif not complete:
            with pytest.raises(ValueError, match="No trials are completed"):
                storage.get_best_trial(study.study_id)
        else:
            sign = -1 if study.directions[0] is StudyDirection.MAXIMIZE else 1
            best = min(complete, key=lambda trial: sign * trial.values[0])
            assert storage.get_best_trial(study.study_id).trial_id == best.trial_id

    @precondition(lambda self: not isinstance(self.storages[0], InMemoryStorage))
    @rule()
    def reopen(self):
        # As in another process: nothing but the address goes along.
        replaced = self.storages[-1]
        self.storages[-1] = pickle.loads(pickle.dumps(self.storages[0]))
        for study in self.studies:
            study.cursors.pop(len(self.storages) - 1, None)
            study.accumulated.pop(len(self.storages) - 1, None)
        replaced.remove_session()

    def teardown(self):
        for study in self.studies:
            self.storages[0].delete_study(study.study_id)


def test_does_what_the_model_does(storage, request):
    kind = request.node.callspec.params["open_storage"]
    if kind == "journal-minimal":
        pytest.skip("its records live in one object, which no second storage can open")

    def machine() -> Machine:
        if isinstance(storage, InMemoryStorage):
            return Machine([storage])
        return Machine([storage, pickle.loads(pickle.dumps(storage))])

    is_light = kind in ("memory", "fine-grained", "journal-file")
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25 if is_light else 12,
            # Shrinking would repeat a failure a hundred times, on a server for minutes.
            phases=tuple(Phase) if is_light else (Phase.generate,),
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
