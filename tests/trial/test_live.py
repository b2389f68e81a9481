"""A running trial."""

from __future__ import annotations

import math

import numpy as np
import pytest

import tunesmith
from tunesmith.distributions import FloatDistribution, IntDistribution
from tunesmith.exceptions import UpdateFinishedTrialError
from tunesmith.trial import Trial


@pytest.fixture(params=["memory", "sqlite"])
def study(request, tmp_path):
    storage = None if request.param == "memory" else f"sqlite:///{tmp_path / 's.db'}"
    return tunesmith.create_study(storage=storage, sampler=tunesmith.samplers.RandomSampler(0))


@pytest.fixture
def trial(study):
    return study.ask()


def test_values_are_in_range_and_of_their_type(trial):
    values = {
        "float": trial.suggest_float("float", -1, 1),
        "log": trial.suggest_float("log", 1e-3, 1, log=True),
        "step": trial.suggest_float("step", 0, 1, step=0.25),
        "int": trial.suggest_int("int", 3, 5),
        "int log": trial.suggest_int("int log", 1, 100, log=True),
        "choice": trial.suggest_categorical("choice", [None, True, "a", 1.5]),
    }

    assert trial.params == values
    assert [type(values[name]) for name in ("float", "log", "step")] == [float] * 3
    assert [type(values[name]) for name in ("int", "int log")] == [int] * 2
    assert values["step"] in (0, 0.25, 0.5, 0.75, 1)
    assert -1 <= values["float"] <= 1
    assert values["choice"] in [None, True, "a", 1.5]
    assert set(trial.distributions) == set(values)


def test_the_same_name_gives_the_same_value(trial):
    first = trial.suggest_float("x", 0, 1)

    assert trial.suggest_float("x", 0, 1) == first
    with pytest.warns(RuntimeWarning, match="'x' was suggested in this trial already"):
        assert trial.suggest_float("x", 5, 6) == first
    with pytest.raises(ValueError, match="'x'"):
        trial.suggest_int("x", 0, 1)
    assert trial.distributions == {"x": FloatDistribution(0, 1)}


def test_the_first_range_in_a_trial_counts_whatever_earlier_trials_had(study):
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
    trial = study.ask()
    value = trial.suggest_float("x", 2, 3)

    with pytest.warns(RuntimeWarning, match="'x' was suggested in this trial already"):
        assert trial.suggest_float("x", 0, 1) == value
    assert 2 <= value <= 3


def test_another_kind_than_in_earlier_trials_is_refused(study):
    study.optimize(lambda t: t.suggest_float("x", 0, 1), n_trials=1)
    trial = study.ask()

    with pytest.raises(ValueError, match="'x'"):
        trial.suggest_categorical("x", [1, 2])
    assert trial.suggest_float("x", 5, 6) >= 5  # another range is fine


def test_former_names(trial):
    with pytest.warns(FutureWarning, match="suggest_float"):
        assert 0 <= trial.suggest_uniform("u", 0, 1) <= 1
    with pytest.warns(FutureWarning, match="suggest_float"):
        assert 1 <= trial.suggest_loguniform("lu", 1, 2) <= 2
    with pytest.warns(FutureWarning, match="suggest_float"):
        assert trial.suggest_discrete_uniform("du", 0, 1, 0.5) in (0, 0.5, 1)


def test_reports(study, trial):
    trial.report(1, 0)
    trial.report(np.float32(0.5), np.int64(2))
    with pytest.warns(UserWarning, match="step"):
        trial.report(9.0, 2)
    trial.report(math.nan, 3)

    stored = study.trials[0].intermediate_values
    assert {k: v for k, v in stored.items() if k < 3} == {0: 1.0, 2: 0.5}
    assert math.isnan(stored[3])


@pytest.mark.parametrize(
    ("value", "step", "error"),
    [("a", 0, TypeError), (None, 0, TypeError), (1.0, -1, ValueError), (1.0, "a", TypeError)],
)
def test_bad_reports_change_nothing(study, trial, value, step, error):
    with pytest.raises(error, match="number|step"):
        trial.report(value, step)

    assert study.trials[0].intermediate_values == {}


def test_several_objectives_report_together():
    study = tunesmith.create_study(directions=["minimize"] * 2)
    trial = study.ask()
    trial.report([1, math.inf], 3)
    trial.report(np.array([0.5, math.nan]), 7)

    assert str(study.trials[0].intermediate_vectors) == "{3: (1.0, inf), 7: (0.5, nan)}"
    assert study.trials[0].intermediate_values == {}
    assert study.trials[0].last_step == 7
    with pytest.warns(UserWarning, match="step 7 already"):
        trial.report([1, 1], 7)


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (1.0, TypeError, "a sequence of 2 numbers, one per objective"),
        ("12", TypeError, "a sequence of 2 numbers"),
        ([1.0, "x"], TypeError, "a sequence of 2 numbers"),
        ([1.0], ValueError, "which is 2, got 1"),
    ],
)
def test_a_report_has_one_number_per_objective(value, error, message):
    study = tunesmith.create_study(directions=["minimize"] * 2)
    trial = study.ask()

    with pytest.raises(error, match=message):
        trial.report(value, 0)
    assert study.trials[0].intermediate_vectors == {}


def test_a_pruned_trial_has_the_values_of_its_last_report():
    def objective(trial):
        trial.report([trial.number, 1.0], 0)
        trial.report([trial.number, 2.0 if trial.number else math.nan], 1)
        raise tunesmith.TrialPruned

    study = tunesmith.create_study(directions=["minimize"] * 2)
    study.optimize(objective, n_trials=2)

    assert [trial.values for trial in study.trials] == [None, [1.0, 2.0]]


def test_several_objectives_are_pruned_and_the_trial_says_why():
    def objective(trial):
        for step in range(3):
            trial.report([trial.number, -trial.number], step)
            if trial.should_prune():
                raise tunesmith.TrialPruned
        return trial.number, -trial.number

    study = tunesmith.create_study(
        directions=["minimize", "maximize"], pruner=tunesmith.pruners.MedianPruner(2)
    )
    study.optimize(objective, n_trials=3)

    assert [len(trial.intermediate_vectors) for trial in study.trials] == [3, 3, 1]
    assert study.trials[0].prune_reason is None
    assert study.trials[2].prune_reason.value == (2.0, -2.0)
    assert study.trials[2].prune_reason.compared["place"] == 3


def test_who_is_told_to_end_a_pruned_trial_writes_the_reason_too():
    study = tunesmith.create_study(pruner=tunesmith.pruners.ThresholdPruner(upper=1.0))
    trial, unaware = study.ask(), study.ask()
    for one in (trial, unaware):
        one.report(2.0, 0)
    assert trial.should_prune()
    study.tell(trial, state=tunesmith.trial.TrialState.PRUNED)
    study.tell(unaware, state=tunesmith.trial.TrialState.PRUNED)

    told, other = study.trials
    assert str(told.prune_reason) == "ThresholdPruner at step 0: 2 is above 1."
    assert other.prune_reason is None


def test_attributes_are_stored_at_once(study, trial):
    trial.set_user_attr("checkpoint", {"path": "/tmp/x", "epochs": [1, 2]})
    trial.set_user_attr("checkpoint2", None)

    assert study.trials[0].user_attrs == trial.user_attrs
    assert trial.user_attrs["checkpoint"]["epochs"] == [1, 2]


def test_constraints(study, trial):
    trial.set_constraint("g", np.float64(0.5))
    with pytest.raises(TypeError, match="'g'"):
        trial.set_constraint("g", "much")
    with pytest.raises(ValueError, match="'g'"):
        trial.set_constraint("g", math.nan)
    study.tell(trial, 1.0)

    assert study.trials[0].constraints == {"g": 0.5}


def test_a_finished_trial_does_not_change(study, trial):
    trial.suggest_float("x", 0, 1)
    study.tell(trial, 1.0)

    for call in (
        lambda: trial.suggest_float("y", 0, 1),
        lambda: trial.report(1.0, 0),
        lambda: trial.set_user_attr("a", 1),
        lambda: trial.set_constraint("g", 1.0),
    ):
        with pytest.raises(UpdateFinishedTrialError, match="Trial 0"):
            call()
    assert trial.suggest_float("x", 0, 1) == study.trials[0].params["x"]
    assert study.trials[0].user_attrs == {}


def test_what_a_trial_tells(study, trial):
    assert trial.number == 0
    assert trial.study is study
    assert trial.datetime_start == study.trials[0].datetime_start
    assert trial.relative_params == {}
    assert trial.user_attrs == {}


def test_another_process_attaches_to_a_running_trial(study, trial):
    trial.suggest_float("x", 0, 1)
    trial.report(1.0, 0)

    attached = Trial(study, trial._trial_id)
    attached.suggest_int("n", 1, 9)
    attached.report(2.0, 1)
    study.tell(attached, 3.0)

    [record] = study.trials
    assert set(record.params) == {"x", "n"}
    assert record.params["x"] == trial.params["x"]
    assert record.intermediate_values == {0: 1.0, 1: 2.0}


def test_an_enqueued_value_out_of_range_is_used_with_a_warning(study):
    study.enqueue_trial({"x": 7.0})
    trial = study.ask()

    with pytest.warns(UserWarning, match="'x' lies outside"):
        assert trial.suggest_float("x", 0, 1) == 7.0


def test_an_enqueued_value_of_the_wrong_kind_is_refused(study):
    study.enqueue_trial({"x": "many", "n": 2.0})
    trial = study.ask()

    with pytest.raises(ValueError, match="'x'"):
        trial.suggest_float("x", 0, 1)
    assert trial.suggest("n", IntDistribution(1, 3)) == 2
    assert type(trial.params["n"]) is int
