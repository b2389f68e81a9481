"""What every pruner makes of reports that are missing, repeated, or of several folds."""

from __future__ import annotations

import math
import random
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import tunesmith
from tunesmith.records import TrialState

from .every_pruner import NEVER_PRUNING, MakeStudy, as_report, outcome

Report = float | list[float]


def levels_of(trial: tunesmith.Trial) -> tuple[random.Random, list[float]]:
    draw = random.Random(trial.number)
    return draw, [draw.gauss(0, 1) for _ in trial.study.directions]


def reports(trial: tunesmith.Trial, n_steps: int) -> Iterator[tuple[int, Report]]:
    """Yield noisy reports that depend on the trial's number alone."""
    draw, levels = levels_of(trial)
    for step in range(n_steps):
        losses = [level / (step + 1) + draw.gauss(0, 0.3) for level in levels]
        yield step, as_report(losses, trial.study.directions)


def check_ends(study: tunesmith.Study, n_trials: int) -> None:
    states = [trial.state for trial in study.trials]
    assert len(states) == n_trials
    assert set(states) <= {TrialState.COMPLETE, TrialState.PRUNED}
    assert TrialState.COMPLETE in states
    never = type(study.pruner).__name__ in NEVER_PRUNING
    assert (TrialState.PRUNED in states) is not never


def objective(trial: tunesmith.Trial, report: Callable[[int, Report], None]) -> Report:
    for step, value in reports(trial, 12):
        report(step, value)
        if trial.should_prune():
            raise tunesmith.TrialPruned
    return as_report(levels_of(trial)[1], trial.study.directions)


def test_the_first_report_of_a_step_counts(make_study: MakeStudy) -> None:
    once, twice = make_study(), make_study()
    once.optimize(
        lambda trial: objective(trial, lambda step, x: trial.report(x, step)), n_trials=20
    )

    def repeating(trial: tunesmith.Trial) -> Report:
        def report(step: int, value: Report) -> None:
            trial.report(value, step)
            for other in (math.nan, math.inf, 0.0):
                trial.report(as_report([other] * len(levels), trial.study.directions), step // 2)

        levels = trial.study.directions
        return objective(trial, report)

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Trial .* has reported step .* already", UserWarning)
        twice.optimize(repeating, n_trials=20)
    check_ends(twice, 20)
    assert outcome(twice) == outcome(once)


@pytest.mark.parametrize("n_shifts", [1, 3])
def test_steps_may_be_missing(make_study: MakeStudy, n_shifts: int) -> None:
    # With shifts, a third of the other trials has a step at most.
    def sparse(trial: tunesmith.Trial) -> Report:
        draw = random.Random(-trial.number)

        def report(step: int, value: Report) -> None:
            if draw.random() < 0.7:
                trial.report(value, 10 * step + trial.number % n_shifts)

        return objective(trial, report)

    whole = make_study()
    whole.optimize(sparse, n_trials=30)
    check_ends(whole, 30)
    part = make_study()
    for _ in range(3):
        part.optimize(sparse, n_trials=10)
    assert outcome(part) == outcome(whole)


def test_folds_are_judged_by_their_mean_at_steps_that_count_on(make_study: MakeStudy) -> None:
    n_folds, n_epochs = 3, 4

    def by_fold(trial: tunesmith.Trial) -> Report:
        for step, value in reports(trial, n_folds * n_epochs):
            fold = trial.fold(step // n_epochs, n_steps=n_epochs)
            fold.report(value, step % n_epochs)
            if fold.should_prune():
                raise tunesmith.TrialPruned
        return as_report(levels_of(trial)[1], trial.study.directions)

    def by_hand(trial: tunesmith.Trial) -> Report:
        sums: list[Any] = [[0.0] * len(trial.study.directions) for _ in range(n_epochs)]
        for step, value in reports(trial, n_folds * n_epochs):
            epoch, values = step % n_epochs, value if isinstance(value, list) else [value]
            sums[epoch] = [a + b for a, b in zip(sums[epoch], values, strict=True)]
            mean = [total / (1 + step // n_epochs) for total in sums[epoch]]
            trial.report(mean if len(mean) > 1 else mean[0], step)
            if trial.should_prune():
                raise tunesmith.TrialPruned
        return as_report(levels_of(trial)[1], trial.study.directions)

    folds, plain = make_study(), make_study()
    folds.optimize(by_fold, n_trials=30)
    plain.optimize(by_hand, n_trials=30)
    check_ends(folds, 30)
    ends = [[(trial.state, trial.last_step) for trial in study.trials] for study in (folds, plain)]
    assert ends[0] == ends[1]
    # Some last beyond the first fold, and some of these are pruned all the same.
    assert any(last_step >= n_epochs for _, last_step in ends[0] if last_step is not None)
