"""Pruners whose answer is known, and a study that runs one objective once with them."""

from __future__ import annotations

from collections.abc import Callable

import tunesmith
from tunesmith.pruners import BasePruner
from tunesmith.samplers import RandomSampler
from tunesmith.study import Study
from tunesmith.trial import FrozenTrial, Trial


class Never(BasePruner):
    """Says no, and counts how often it was asked."""

    def __init__(self) -> None:
        self.n_asked = 0

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        self.n_asked += 1
        return False


class After(BasePruner):
    """Says yes as soon as a trial has made so many reports."""

    def __init__(self, n_reports: int) -> None:
        self.n_reports = n_reports

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        return len(trial.intermediate_values or trial.intermediate_vectors) >= self.n_reports


def run(
    objective: Callable[[Trial], float],
    pruner: BasePruner | None = None,
    direction: str = "minimize",
) -> FrozenTrial:
    """Run the objective in one trial and return its record."""
    study = tunesmith.create_study(
        sampler=RandomSampler(seed=0), pruner=pruner or Never(), direction=direction
    )
    study.optimize(objective, n_trials=1)
    return study.trials[0]
