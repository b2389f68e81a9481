"""SequentialRegressionPruner: what it saves, what it spares."""

from __future__ import annotations

import math
import random

import pytest

import tunesmith
from tunesmith.pruners import SequentialRegressionPruner
from tunesmith.records import TrialState


def study_of(pruner: SequentialRegressionPruner | None = None, **options: str) -> tunesmith.Study:
    return tunesmith.create_study(
        pruner=pruner or SequentialRegressionPruner(),
        sampler=tunesmith.samplers.RandomSampler(seed=0),
        **options,
    )


def train(trial: tunesmith.Trial, floor: float, n_steps: int = 30, noise: float = 0.01) -> float:
    draw = random.Random(trial.number)
    for step in range(n_steps):
        value = floor + 0.8 / (step + 1) + draw.gauss(0, noise)
        trial.report(value, step)
        if trial.should_prune():
            raise tunesmith.TrialPruned
    return value


def test_it_is_the_default() -> None:
    assert type(tunesmith.create_study().pruner) is SequentialRegressionPruner


@pytest.mark.parametrize(("direction", "sign"), [("minimize", 1.0), ("maximize", -1.0)])
def test_most_of_the_steps_are_saved_and_the_best_trial_is_seldom_lost(
    direction: str, sign: float
) -> None:
    n_kept, shares = 0, []
    for seed in range(20):
        draw = random.Random(seed)
        floors = [draw.random() for _ in range(60)]
        curves = [
            [sign * (floor + 0.8 / (step + 1) + draw.gauss(0, 0.003)) for step in range(30)]
            for floor in floors
        ]
        study = study_of(direction=direction)
        for curve in curves:
            trial = study.ask()
            for step, value in enumerate(curve):
                trial.report(value, step)
                if trial.should_prune():
                    study.tell(trial, state=TrialState.PRUNED)
                    break
            else:
                study.tell(trial, curve[-1])
        shares.append(sum(len(t.intermediate_values) for t in study.trials) / (60 * 30))
        n_kept += study.best_value == sign * min(sign * curve[-1] for curve in curves)
    assert sum(shares) / 20 < 0.4
    assert n_kept >= 18


def test_late_bloomers_go_on_once_their_kind_is_known() -> None:
    def objective(trial: tunesmith.Trial) -> float:
        slow = trial.number % 2 == 0
        for step in range(20):
            # The slow ones are worse for three quarters of the way, and better in the end.
            value = 1.0 - 0.05 * step if slow else 0.5
            trial.report(value + random.Random(100 * trial.number + step).gauss(0, 0.01), step)
            if trial.should_prune():
                raise tunesmith.TrialPruned
        return value

    study = study_of()
    study.optimize(objective, n_trials=30)
    slow = [trial for trial in study.trials if trial.number % 2 == 0]
    assert sum(trial.state is TrialState.COMPLETE for trial in slow) > len(slow) / 2
    assert study.best_trial.number % 2 == 0


def test_where_reports_tell_nothing_many_trials_go_on() -> None:
    def objective(trial: tunesmith.Trial) -> float:
        draw = random.Random(trial.number)
        for step in range(10):
            trial.report(draw.random(), step)
            if trial.should_prune():
                raise tunesmith.TrialPruned
        return draw.random()

    study = study_of()
    study.optimize(objective, n_trials=60)
    assert sum(trial.state is TrialState.PRUNED for trial in study.trials) < 45


def test_diverged_trials_end_at_once() -> None:
    study = study_of()
    for floor in (0.1, 0.2, 0.3, 0.4):
        study.tell(trial := study.ask(), train(trial, floor))
    for value in (math.nan, math.inf, 1e9):
        trial = study.ask()
        trial.report(value, 0)
        assert trial.should_prune() is True
        study.tell(trial, state=TrialState.PRUNED)
    trial = study.ask()
    trial.report(-math.inf, 0)
    assert trial.should_prune() is False


def test_nobody_is_pruned_before_the_start() -> None:
    study = study_of(SequentialRegressionPruner(n_startup_trials=6, n_warmup_steps=3))
    study.optimize(lambda trial: train(trial, 0.1 + trial.number), n_trials=12)
    pruned = [trial for trial in study.trials if trial.state is TrialState.PRUNED]
    assert {trial.number for trial in pruned} == set(range(6, 12))
    assert {trial.last_step for trial in pruned} == {3}


def test_nine_are_pruned_for_each_that_is_not() -> None:
    study = study_of()
    study.optimize(lambda trial: train(trial, float(trial.number)), n_trials=100)
    n_pruned = sum(trial.state is TrialState.PRUNED for trial in study.trials)
    assert 85 <= n_pruned <= 91


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"p_threshold": -0.1}, "p_threshold must be at least 0"),
        ({"p_threshold": 1.5}, "between 0 and 1"),
        ({"n_startup_trials": 3}, "n_startup_trials must be at least 4"),
        ({"n_warmup_steps": -1}, "n_warmup_steps"),
        ({"interval_steps": 0}, "interval_steps"),
    ],
)
def test_bad_arguments(arguments: dict[str, float], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        SequentialRegressionPruner(**arguments)  # type: ignore[arg-type]
