"""What a history's curves foretell, and what samplers make of it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import tunesmith
from tunesmith.learning_curves import Forecasts, Outlook, expected_losses
from tunesmith.records import TrialState
from tunesmith.samplers import GPSampler, TPESampler

from ..recorded_studies import RecordedStudy, recorded

PRUNED, FAIL, RUNNING = TrialState.PRUNED, TrialState.FAIL, TrialState.RUNNING


def curve(floor: float, n: int = 10) -> dict[int, float]:
    return {step: floor + 1.0 / (step + 1) for step in range(n)}


def trained(number: int, floor: float, sign: float = 1.0) -> tunesmith.trial.FrozenTrial:
    reports = {step: sign * value for step, value in curve(floor).items()}
    return recorded(number, reports, value=reports[9])


@pytest.mark.parametrize(("direction", "sign"), [("minimize", 1.0), ("maximize", -1.0)])
def test_pruned_trials_are_expected_where_such_curves_ended(direction: str, sign: float) -> None:
    study = RecordedStudy(direction)
    floors = [0.3, 0.1, 0.5, 0.2, 0.9, 0.7]
    study.put(*(trained(k, floor, sign) for k, floor in enumerate(floors)))
    cut = {step: sign * value for step, value in curve(0.4, 4).items()}
    study.put(recorded(6, cut, PRUNED), recorded(7, {}, PRUNED), recorded(8, cut, FAIL))
    losses = expected_losses(study.history)
    assert losses is not None
    assert losses[:6] == pytest.approx([floor + 0.1 for floor in floors])
    assert losses[6] == pytest.approx(0.5, abs=0.1)
    assert np.isnan(losses[7:]).all()


def test_what_is_kept_of_a_step_is_forgotten_with_the_next_complete_trial() -> None:
    study, steps = RecordedStudy(), np.arange(3)
    study.put(*(trained(k, k / 10) for k in range(5)))
    losses = np.array(list(curve(0.2, 3).values()))
    means = []
    for _ in range(2):
        predictions = [Forecasts.of(study.history).predict(steps, losses) for _ in range(2)]
        anew = Forecasts()
        anew.refresh(study.history)
        found = {one[0].mean.item() for one in (*predictions, anew.predict(steps, losses)) if one}
        assert len(found) == 1
        means += found
        study.put(recorded(5, curve(0.2), value=5.0))  # another kind of curve
    assert means[1] > means[0] + 0.1


def test_nothing_is_said_with_too_little() -> None:
    study = RecordedStudy()
    study.put(*(trained(k, k / 10) for k in range(3)), recorded(3, curve(1.0, 2), PRUNED))
    assert expected_losses(study.history) is None  # three complete trials
    study = RecordedStudy()
    study.put(*(trained(k, k / 10) for k in range(6)))
    assert expected_losses(study.history) is None  # no pruned trial
    study = RecordedStudy()
    study.put(*(recorded(k, value=1.0) for k in range(6)), recorded(6, curve(1.0, 2), PRUNED))
    assert expected_losses(study.history) is None  # no curve of a complete trial


def test_odd_curves_do_no_harm() -> None:
    study = RecordedStudy()
    odd = [
        {0: math.nan, 1: 1.0}, {3: math.inf, 1: 0.5}, {0: -math.inf}, {7: 1e300, 2: -1e300},
        {0: math.nan}, {5: 1.0, 4: 2.0},
    ]  # fmt: skip
    study.put(*(recorded(k, reports, value=float(k)) for k, reports in enumerate(odd)))
    study.put(recorded(6, {0: math.nan}, PRUNED), recorded(7, {9: math.inf, 8: 1.0}, PRUNED))
    losses = expected_losses(study.history)
    assert losses is not None
    assert np.isfinite(losses).all()
    with study.history.lock:
        forecasts = Forecasts.of(study.history)
        assert forecasts.n_ended == 6
        outcome = Outlook.of(study.history, [0]).chance_to_win(np.array([0]), np.array([[0.5]]))
        assert outcome is None or 0.0 <= outcome.chance <= 1.0


def test_the_order_in_which_trials_end_does_not_matter() -> None:
    trials = [trained(k, k / 7) for k in range(7)]
    cut = recorded(7, curve(0.05, 3), PRUNED)
    found = []
    for order in (trials, trials[::-1]):
        study = RecordedStudy()
        study.put(*(recorded(k, state=RUNNING) for k in range(8)))
        for trial in (*order, cut):
            study.put(trial)
            assert len(study.history)
        losses = expected_losses(study.history)
        assert losses is not None
        found.append(losses[7])
    assert found[0] == pytest.approx(found[1])


@pytest.mark.parametrize("sampler", [TPESampler, GPSampler])
def test_samplers_learn_from_pruned_trials(sampler: type) -> None:
    def objective(trial: tunesmith.Trial) -> float:
        x, y = (trial.suggest_float(name, -5, 5) for name in "xy")
        floor = (x - 1) ** 2 + (y + 2) ** 2
        for step in range(10):
            trial.report(floor + 1 / (step + 1), step)
            # Three quarters are pruned, good ones and bad ones.
            if step == 2 and trial.number % 4:
                raise tunesmith.TrialPruned
        return floor

    floors = []
    for seed in range(3):
        study = tunesmith.create_study(
            sampler=sampler(seed=seed), pruner=tunesmith.pruners.NopPruner()
        )
        study.optimize(objective, n_trials=80)
        floors += [(t.params["x"] - 1) ** 2 + (t.params["y"] + 2) ** 2 for t in study.trials[60:]]
    assert np.median(floors) < 1.0


@pytest.mark.parametrize(
    "sampler",
    [TPESampler, GPSampler, tunesmith.samplers.AutoSampler],
    ids=lambda kind: kind.__name__,
)
def test_a_resumed_study_goes_on_the_same_with_pruned_trials(sampler: type, tmp_path: Path) -> None:
    def objective(trial: tunesmith.Trial) -> float:
        x, y = (trial.suggest_float(name, -5, 5) for name in "xy")
        for step in range(10):
            value = (x - 1) ** 2 + (y + 2) ** 2 + math.sin(9 * x) / (step + 1) + 1 / (step + 1)
            trial.report(value, step)
            if trial.should_prune():
                raise tunesmith.TrialPruned
        return value

    def study(name: str) -> tunesmith.Study:
        return tunesmith.create_study(
            storage=f"sqlite:///{tmp_path}/{name}.db",
            study_name=name,
            load_if_exists=True,
            sampler=sampler(seed=1),
        )

    through = study("through")
    through.optimize(objective, n_trials=70)
    for n_trials in (23, 18, 29):
        study("resumed").optimize(objective, n_trials=n_trials)
    resumed = study("resumed")
    assert any(trial.state is PRUNED for trial in through.trials)
    assert [t.params for t in resumed.trials] == [t.params for t in through.trials]
    assert [t.state for t in resumed.trials] == [t.state for t in through.trials]


def test_a_pruned_trial_without_a_forecast_does_not_count_with_where_it_stopped() -> None:
    study = RecordedStudy()
    study.put(*(recorded(k, {5: 1.0, 9: k / 10}, value=k / 10) for k in range(5)))
    study.put(
        recorded(5, {7: 0.9}, PRUNED, values=[0.9]), recorded(6, {1: -5.0}, PRUNED, values=[-5.0])
    )
    losses = expected_losses(study.history)
    assert losses is not None
    assert np.isfinite(losses[5])
    assert np.isnan(losses[6])  # no other trial was there so early


def test_pruned_trials_are_foretold_together_as_each_alone() -> None:
    study = RecordedStudy("maximize")
    study.put(*(trained(k, k / 7, -1.0) for k in range(12)))
    rng = np.random.default_rng(0)
    for number in range(12, 60):
        if number == 40:  # whose last step no curve has had
            study.put(recorded(number, {0: -1.0, 2: -0.5, 10: -0.3}, value=-0.3))
            continue
        cut = {s: -v for s, v in curve(rng.uniform(), int(rng.integers(1, 6))).items()}
        study.put(recorded(number, cut, PRUNED))
        if number % 8 == 0:
            assert expected_losses(study.history) is not None
    together, alone = expected_losses(study.history), Forecasts()
    alone.refresh(study.history)
    assert together is not None
    for number in set(range(12, 60)) - {40}:
        steps, values = study.history.curves.of(number)
        found = alone.predict(steps, -values)
        assert found is not None
        prediction, scale = found
        assert together[number] == scale.back(prediction.mean).item()
