"""Trials as records."""

from __future__ import annotations

import copy
import datetime

import optuna
import pytest

import tunesmith
from tunesmith.distributions import FloatDistribution
from tunesmith.records import FrozenTrial, StudyDirection, StudySummary
from tunesmith.trial import TrialState, create_trial

UNIT = FloatDistribution(0, 1)


def trial_of(**fields):
    return create_trial(params={"x": 0.5}, distributions={"x": UNIT}, value=1.0, **fields)


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({}, "COMPLETE and needs a value"),
        ({"value": 1.0, "values": [1.0]}, "not both"),
        ({"value": float("nan")}, "NaN"),
        ({"value": 1.0, "params": {"x": 1}}, "one distribution per parameter"),
        ({"value": 1.0, "distributions": {"x": UNIT}}, "one distribution per parameter"),
        ({"value": 1.0, "params": {"x": 3}, "distributions": {"x": UNIT}}, "x=3 lies outside"),
        ({"value": 1.0, "state": TrialState.FAIL}, "FAIL and cannot have values"),
        ({"value": 1.0, "constraints": {"g": float("nan")}}, "'g'"),
    ],
)
def test_contradictions_are_refused(fields, shown):
    with pytest.raises((ValueError, TypeError), match=shown):
        create_trial(**fields)


@pytest.mark.parametrize("state", list(TrialState))
def test_times_by_state(state):
    trial = create_trial(state=state, value=1.0 if state is TrialState.COMPLETE else None)

    assert (trial.datetime_start is None) is (state is TrialState.WAITING)
    assert (trial.datetime_complete is None) is (not state.is_finished())
    assert (trial.duration is None) is (not state.is_finished())


def test_copies_are_independent():
    trial = trial_of(user_attrs={"a": [1]}, intermediate_values={0: 1.0})
    for clone in (trial.copy(), copy.copy(trial), copy.deepcopy(trial)):
        assert clone == trial
        clone.params["x"] = 0.1
        clone.user_attrs["a"].append(2)
        clone.intermediate_values[1] = 2.0
        clone.values = [9.0]
        assert trial.params == {"x": 0.5}
        assert trial.user_attrs == {"a": [1]}
        assert trial.intermediate_values == {0: 1.0}
        assert trial.values == [1.0]


def test_order_and_equality():
    first, second = trial_of(), trial_of()
    second.number = 1

    assert first < second
    assert second > first
    assert sorted([second, first]) == [first, second]
    assert first != second
    assert first != "trial"
    with pytest.raises(TypeError):
        hash(first)


def test_a_record_stands_in_for_a_trial():
    trial = trial_of()

    assert trial.suggest_float("x", 0, 1) == 0.5
    with pytest.raises(ValueError, match="'y'"):
        trial.suggest_float("y", 0, 1)
    trial.report(1.0, 0)
    assert not trial.should_prune()
    trial.set_user_attr("a", 1)
    assert trial.user_attrs == {"a": 1}
    assert trial.intermediate_values == {}


def test_one_value_or_several():
    trial = create_trial(values=[1.0, 2.0])

    assert trial.values == [1.0, 2.0]
    with pytest.raises(RuntimeError):
        trial.value  # noqa: B018
    trial.values = [3.0]
    assert trial.value == 3.0
    trial.value = 4.0
    assert trial.values == [4.0]


def test_constraints_new_and_old():
    trial = trial_of(constraints={"g": 0.5})
    assert trial.constraints == {"g": 0.5}
    assert trial.system_attrs == {"constraints:g": 0.5}

    old = trial_of(system_attrs={"constraints": [1.0, -1.0]})
    assert old.constraints == {"0": 1.0, "1": -1.0}


def test_the_last_step():
    assert trial_of().last_step is None
    assert trial_of(intermediate_values={7: 1.0, 3: 2.0}).last_step == 7


def test_the_representation_is_optunas():
    fields = {
        "number": 3,
        "value": 1.0,
        "datetime_start": datetime.datetime(2026, 1, 1),
        "datetime_complete": datetime.datetime(2026, 1, 2),
        "params": {"x": 0.5},
        "user_attrs": {"a": 1},
        "system_attrs": {},
        "intermediate_values": {0: 0.5},
        "trial_id": 4,
    }
    ours = FrozenTrial(state=TrialState.COMPLETE, distributions={"x": UNIT}, **fields)
    theirs = optuna.trial.FrozenTrial(
        state=optuna.trial.TrialState.COMPLETE,
        distributions={"x": optuna.distributions.FloatDistribution(0, 1)},
        **fields,
    )

    assert str(ours).replace("TrialState.COMPLETE", "") == str(theirs).replace(
        "<TrialState.COMPLETE: 1>", ""
    )


def test_states_and_directions_of_optuna_are_accepted():
    trial = create_trial(state=optuna.trial.TrialState.PRUNED)
    study = tunesmith.create_study(direction=optuna.study.StudyDirection.MAXIMIZE)
    study.tell(study.ask(), state=optuna.trial.TrialState.FAIL)

    assert trial.state is TrialState.PRUNED
    assert study.direction is StudyDirection.MAXIMIZE
    assert study.trials[0].state is TrialState.FAIL


def test_summaries_compare_and_have_one_direction_or_several():
    def summary(study_id, directions):
        return StudySummary(
            study_name="s",
            direction=None,
            best_trial=None,
            user_attrs={},
            n_trials=0,
            datetime_start=None,
            study_id=study_id,
            directions=directions,
        )

    one = summary(0, [StudyDirection.MINIMIZE])
    two = summary(1, [StudyDirection.MINIMIZE] * 2)

    assert one.direction is StudyDirection.MINIMIZE
    with pytest.raises(RuntimeError):
        two.direction  # noqa: B018
    assert one < two
    assert one == summary(0, [StudyDirection.MINIMIZE])
