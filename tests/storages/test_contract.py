"""What every storage promises."""

from __future__ import annotations

import concurrent.futures
import datetime
import math

import pytest

import tunesmith
from tunesmith.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from tunesmith.exceptions import DuplicatedStudyError, UpdateFinishedTrialError
from tunesmith.records import StudyDirection, TrialState, create_trial
from tunesmith.storages import BaseStorage, InMemoryStorage, TrialUpdate

MIN, MAX = StudyDirection.MINIMIZE, StudyDirection.MAXIMIZE
X = FloatDistribution(0.0, 1.0)
N = IntDistribution(1, 9, step=2)
C = CategoricalDistribution(["a", None, True, 1.5])
ODD_NAMES = ["", "näme ☃", "x'; DROP TABLE trials; --", "a" * 512, "tab\tnew\nline"]


def assert_same_time(storage, one, other):
    # MariaDB's DATETIME, which the schema prescribes, holds whole seconds.
    tolerance = 1.0 if "mysql" in repr(storage) else 0.0

    assert abs((one - other).total_seconds()) <= tolerance


@pytest.fixture
def study_id(storage):
    return storage.create_new_study([MIN])


@pytest.fixture
def trial_id(storage, study_id):
    return storage.create_new_trial(study_id)


class TestStudies:
    def test_has_name_and_directions(self, storage):
        name = f"study {id(storage)}"
        study_id = storage.create_new_study([MIN, MAX], name)

        assert storage.get_study_id_from_name(name) == study_id
        assert storage.get_study_name_from_id(study_id) == name
        assert storage.get_study_directions(study_id) == [MIN, MAX]

    def test_default_names_differ(self, storage):
        names = {storage.get_study_name_from_id(storage.create_new_study([MIN])) for _ in range(3)}

        assert len(names) == 3
        assert all(name.startswith("no-name-") for name in names)

    def test_a_name_is_taken_once(self, storage):
        storage.create_new_study([MIN], f"twice {id(storage)}")

        with pytest.raises(DuplicatedStudyError, match=f"'twice {id(storage)}' exists already"):
            storage.create_new_study([MIN], f"twice {id(storage)}")

    @pytest.mark.parametrize("name", ODD_NAMES)
    def test_any_text_is_a_name(self, storage, name):
        if name in {study.study_name for study in storage.get_all_studies()}:
            storage.delete_study(storage.get_study_id_from_name(name))
        study_id = storage.create_new_study([MIN], name)

        assert storage.get_study_id_from_name(name) == study_id

    def test_attributes_are_json(self, storage, study_id):
        storage.set_study_user_attr(study_id, "k", {"a": [1, None, "ü"]})
        storage.set_study_user_attr(study_id, "k", "replaced")
        storage.set_study_system_attr(study_id, "s", [True, 1.5])

        assert storage.get_study_user_attrs(study_id) == {"k": "replaced"}
        assert storage.get_study_system_attrs(study_id) == {"s": [True, 1.5]}

    def test_lists_all(self, storage, study_id):
        storage.set_study_user_attr(study_id, "k", 1)
        (study,) = [s for s in storage.get_all_studies() if s.study_id == study_id]

        assert study.directions == [MIN]
        assert study.user_attrs == {"k": 1}

    def test_deletes(self, storage, study_id, trial_id):
        other = storage.create_new_study([MIN])
        other_trial = storage.create_new_trial(other)
        storage.set_trial_user_attr(trial_id, "k", 1)
        storage.delete_study(study_id)

        with pytest.raises(KeyError, match="no study"):
            storage.get_study_name_from_id(study_id)
        with pytest.raises(KeyError, match="no trial"):
            storage.get_trial(trial_id)
        assert storage.get_trial(other_trial).number == 0

    def test_unknown_is_a_key_error(self, storage):
        for call in (
            lambda: storage.get_study_id_from_name("nobody"),
            lambda: storage.get_study_name_from_id(10**6),
            lambda: storage.get_study_directions(10**6),
            lambda: storage.get_study_user_attrs(10**6),
            lambda: storage.set_study_user_attr(10**6, "k", 1),
            lambda: storage.get_all_trials(10**6),
            lambda: storage.create_new_trial(10**6),
            lambda: storage.start_trial(10**6),
            lambda: storage.read_trials(10**6, None),
            lambda: storage.delete_study(10**6),
            lambda: storage.get_trial(10**6),
            lambda: storage.set_trial_user_attr(10**6, "k", 1),
        ):
            with pytest.raises(KeyError, match=r"[Nn]o study|no trial"):
                call()


class TestTrials:
    def test_is_numbered_within_its_study(self, storage, study_id):
        other = storage.create_new_study([MIN])
        ids = [storage.create_new_trial(study) for study in (study_id, other, study_id)]

        assert [storage.get_trial_number_from_id(trial_id) for trial_id in ids] == [0, 0, 1]
        assert storage.get_trial_id_from_study_id_trial_number(study_id, 1) == ids[2]
        with pytest.raises(KeyError, match="no trial with number 2"):
            storage.get_trial_id_from_study_id_trial_number(study_id, 2)

    def test_runs_from_now(self, storage, trial_id):
        trial = storage.get_trial(trial_id)

        assert trial.state is TrialState.RUNNING
        assert abs(datetime.datetime.now() - trial.datetime_start).total_seconds() < 60
        assert trial.datetime_complete is None

    def test_keeps_everything(self, storage, study_id):
        template = create_trial(
            value=math.inf,
            params={"x": 0.25, "n": 3, "c": None},
            distributions={"x": X, "n": N, "c": C},
            user_attrs={"u": {"a": [1]}},
            system_attrs={"s": "t"},
            intermediate_values={0: math.nan, 5: -math.inf, 2: 1e-300},
            constraints={"g": 0.5},
        )
        trial = storage.get_trial(storage.create_new_trial(study_id, template))

        assert str(trial.intermediate_values) == str(template.intermediate_values)
        for name in (
            "state", "values", "params", "distributions", "user_attrs", "system_attrs",
            "constraints",
        ):  # fmt: skip
            assert getattr(trial, name) == getattr(template, name)
        assert_same_time(storage, trial.datetime_start, template.datetime_start)
        assert_same_time(storage, trial.datetime_complete, template.datetime_complete)

    def test_sets_one_thing_at_a_time(self, storage, trial_id):
        storage.set_trial_param(trial_id, "c", 2, C)
        storage.set_trial_param(trial_id, "x", 0.5, X)
        storage.set_trial_intermediate_value(trial_id, 3, 1.0)
        storage.set_trial_intermediate_value(trial_id, 3, 2.0)
        storage.set_trial_user_attr(trial_id, "k", [1])
        storage.set_trial_system_attr(trial_id, "k", 2)
        assert storage.set_trial_state_values(trial_id, TrialState.COMPLETE, [0.1])
        trial = storage.get_trial(trial_id)

        assert trial.params == {"c": True, "x": 0.5}
        assert trial.intermediate_values == {3: 2.0}
        assert (trial.user_attrs, trial.system_attrs) == ({"k": [1]}, {"k": 2})
        assert (trial.state, trial.values) == (TrialState.COMPLETE, [0.1])
        assert trial.datetime_complete >= trial.datetime_start
        assert storage.get_trial_param(trial_id, "c") == 2

    @pytest.mark.parametrize("value", [math.inf, -math.inf, 1e308, -1e-308, 0.1 + 0.2])
    def test_values_are_exact(self, storage, trial_id, value):
        storage.set_trial_param(trial_id, "x", 0.1 + 0.2, FloatDistribution(0, 1))
        storage.set_trial_state_values(trial_id, TrialState.COMPLETE, [value])
        trial = storage.get_trial(trial_id)

        assert trial.values == [value]
        assert trial.params == {"x": 0.1 + 0.2}

    @pytest.mark.parametrize("name", ODD_NAMES)
    def test_any_text_is_a_key_and_a_value(self, storage, trial_id, name):
        storage.set_trial_user_attr(trial_id, name, name)
        storage.set_trial_param(trial_id, name, 0.5, X)
        trial = storage.get_trial(trial_id)

        assert trial.user_attrs == {name: name}
        assert trial.params == {name: 0.5}

    def test_a_parameter_keeps_its_kind(self, storage, study_id, trial_id):
        storage.set_trial_param(trial_id, "x", 0.5, X)
        storage.set_trial_param(
            storage.create_new_trial(study_id), "x", 5.0, FloatDistribution(0, 9)
        )

        with pytest.raises(ValueError, match="keeps its kind"):
            storage.set_trial_param(storage.create_new_trial(study_id), "x", 1, N)
        with pytest.raises(ValueError, match="keeps its kind"):
            storage.create_new_trial(
                study_id, create_trial(value=0, params={"x": 1}, distributions={"x": N})
            )

    def test_a_finished_one_never_changes(self, storage, trial_id):
        storage.set_trial_state_values(trial_id, TrialState.PRUNED, [1.0])
        before = storage.get_trial(trial_id)
        for change in (
            lambda: storage.set_trial_param(trial_id, "x", 0.5, X),
            lambda: storage.set_trial_user_attr(trial_id, "k", 1),
            lambda: storage.set_trial_system_attr(trial_id, "k", 1),
            lambda: storage.set_trial_intermediate_value(trial_id, 0, 1.0),
            lambda: storage.set_trial_state_values(trial_id, TrialState.FAIL),
            lambda: storage.update_trial(trial_id, TrialUpdate(state=TrialState.FAIL)),
        ):
            with pytest.raises(UpdateFinishedTrialError, match=r"Trial 0 has finished \(PRUNED\)"):
                change()

        assert storage.get_trial(trial_id) == before

    def test_lists_by_number_and_state(self, storage, study_id):
        ids = [storage.create_new_trial(study_id) for _ in range(4)]
        storage.set_trial_state_values(ids[2], TrialState.COMPLETE, [1.0])
        storage.set_trial_state_values(ids[0], TrialState.FAIL)

        assert [t.number for t in storage.get_all_trials(study_id)] == [0, 1, 2, 3]
        finished = storage.get_all_trials(study_id, states=(TrialState.COMPLETE, TrialState.FAIL))
        assert [t.number for t in finished] == [0, 2]
        assert storage.get_n_trials(study_id, TrialState.RUNNING) == 2

    def test_what_is_returned_is_a_copy(self, storage, study_id, trial_id):
        storage.get_trial(trial_id).user_attrs["k"] = 1
        storage.get_all_trials(study_id)[0].params["x"] = 1

        assert storage.get_trial(trial_id).user_attrs == {}
        assert storage.get_trial(trial_id).params == {}

    def test_best_is_the_earliest_of_equals(self, storage):
        study_id = storage.create_new_study([MAX])
        with pytest.raises(ValueError, match="No trials are completed yet"):
            storage.get_best_trial(study_id)
        for value in (1.0, 3.0, 3.0, 2.0):
            storage.create_new_trial(study_id, create_trial(value=value))

        assert storage.get_best_trial(study_id).number == 1


class TestBatches:
    def test_starts_with_params_for_the_expected_number(self, storage, study_id):
        trial = storage.start_trial(study_id, {"x": (0.5, X), "c": (1.0, C)}, 0)
        stored = storage.get_trial(trial.trial_id)

        assert trial.number == 0
        assert trial.state is TrialState.RUNNING
        assert trial.params in ({"x": 0.5, "c": None}, {})  # the default form takes none
        assert stored.params == trial.params
        assert stored.distributions == trial.distributions

    def test_drops_params_for_another_number(self, storage, study_id):
        storage.create_new_trial(study_id)
        trial = storage.start_trial(study_id, {"x": (0.5, X)}, 0)

        assert (trial.number, trial.params) == (1, {})

    def test_claims_the_oldest_waiting_trial(self, storage, study_id):
        for k in range(2):
            waiting = create_trial(state=TrialState.WAITING, system_attrs={"fixed_params": k})
            storage.create_new_trial(study_id, waiting)
        trials = [storage.start_trial(study_id, {"x": (0.5, X)}, 2) for _ in range(3)]

        assert [trial.number for trial in trials] == [0, 1, 2]
        assert [trial.system_attrs for trial in trials] == [
            {"fixed_params": 0}, {"fixed_params": 1}, {},
        ]  # fmt: skip
        assert {trial.state for trial in trials} == {TrialState.RUNNING}
        assert all(trial.datetime_start is not None for trial in trials)
        assert not storage.claim_trial(trials[0].trial_id)

    def test_a_waiting_trial_is_given_out_once(self, storage, study_id):
        for _ in range(20):
            storage.create_new_trial(study_id, create_trial(state=TrialState.WAITING))
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            trials = list(pool.map(lambda _: storage.start_trial(study_id), range(30)))

        assert sorted(trial.number for trial in trials) == list(range(30))

    def test_updates_everything_at_once(self, storage, study_id):
        trial = storage.start_trial(study_id, {"x": (0.5, X), "gone": (0.5, X)}, 0)
        end = datetime.datetime(2026, 1, 2, 3, 4, 5, 678)
        storage.update_trial(
            trial.trial_id,
            TrialUpdate(
                params={"x": (0.75, X), "n": (3.0, N)},
                user_attrs={"u": 1},
                system_attrs={"s": 2},
                intermediate_values={1: 0.5, 0: math.nan},
                state=TrialState.COMPLETE,
                values=[0.25],
                datetime_complete=end,
                dropped_params=("gone",),
            ),
        )
        stored = storage.get_trial(trial.trial_id)

        assert stored.params == {"x": 0.75, "n": 3}
        assert stored.distributions == {"x": X, "n": N}
        assert (stored.user_attrs, stored.system_attrs) == ({"u": 1}, {"s": 2})
        assert str(stored.intermediate_values) == "{1: 0.5, 0: nan}"
        assert (stored.state, stored.values) == (TrialState.COMPLETE, [0.25])
        if type(storage).update_trial is not BaseStorage.update_trial:
            assert_same_time(storage, stored.datetime_complete, end)

    def test_a_successor_is_created_in_the_same_step(self, storage, study_id, trial_id):
        template = create_trial(state=TrialState.WAITING, user_attrs={"after": trial_id})
        update = TrialUpdate(state=TrialState.FAIL, successor=(study_id, template))
        storage.update_trial(trial_id, update)

        with pytest.raises(UpdateFinishedTrialError):
            storage.update_trial(trial_id, update)
        trials = storage.get_all_trials(study_id)
        assert [trial.state for trial in trials] == [TrialState.FAIL, TrialState.WAITING]
        assert trials[1].user_attrs == {"after": trial_id}
        assert storage.start_trial(study_id).number == 1

    def test_an_unwritable_attribute_changes_nothing(self, storage, trial_id):
        if isinstance(storage, InMemoryStorage):
            pytest.skip("memory keeps any object")
        with pytest.raises(TypeError, match="'bad' must be JSON-serializable"):
            storage.update_trial(
                trial_id, TrialUpdate(user_attrs={"good": 1, "bad": object()}, values=[1.0])
            )

        trial = storage.get_trial(trial_id)
        assert (trial.user_attrs, trial.values) == ({}, None)

    def test_reads_what_changed(self, storage, study_id):
        ids = [storage.create_new_trial(study_id) for _ in range(3)]
        storage.set_trial_state_values(ids[0], TrialState.COMPLETE, [1.0])
        first, cursor = storage.read_trials(study_id, None)
        storage.set_trial_state_values(ids[2], TrialState.COMPLETE, [2.0])
        storage.create_new_trial(study_id, create_trial(state=TrialState.WAITING))
        second, cursor = storage.read_trials(study_id, cursor)
        storage.claim_trial(storage.get_trial_id_from_study_id_trial_number(study_id, 3))
        third, cursor = storage.read_trials(study_id, cursor)

        assert [trial.number for trial in first] == [0, 1, 2]
        changed = {trial.number: trial.state for trial in second}
        assert changed[2] is TrialState.COMPLETE
        assert changed[3] is TrialState.WAITING
        assert {t.number: t.state for t in third}[3] is TrialState.RUNNING

    def test_reads_no_finished_trial_twice(self, storage, study_id):
        for _ in range(5):
            storage.create_new_trial(study_id, create_trial(value=1.0))
        _, cursor = storage.read_trials(study_id, None)
        again, _ = storage.read_trials(study_id, cursor)

        if type(storage).read_trials is not BaseStorage.read_trials:
            assert again == []


def test_threads_share_a_study(storage):
    study = tunesmith.create_study(
        storage=storage, sampler=tunesmith.samplers.TPESampler(seed=1, n_startup_trials=4)
    )

    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        for step in range(2):
            trial.report(x, step)
            trial.should_prune()
        return x

    study.optimize(objective, n_trials=32, n_jobs=8)
    trials = storage.get_all_trials(study.study_id)

    assert [trial.number for trial in trials] == list(range(32))
    assert {trial.state for trial in trials} == {TrialState.COMPLETE}
    assert all(trial.values == [trial.params["x"]] for trial in trials)
    assert len({trial.params["x"] for trial in trials}) == 32
