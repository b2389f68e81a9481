"""All pruners, set so that they prune early, and what a study of each kind reports to them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any, NamedTuple

import tunesmith
from tunesmith import pruners
from tunesmith.pruners import BasePruner
from tunesmith.records import FrozenTrial, StudyDirection

MakePruner = Callable[..., BasePruner]
MakeStudy = Callable[..., tunesmith.Study]

PRUNERS: dict[str, MakePruner] = {
    "HyperbandPruner": pruners.HyperbandPruner,
    "MedianPruner": lambda **options: pruners.MedianPruner(1, **options),
    "NopPruner": lambda **options: pruners.NopPruner(),
    "PatientPruner": lambda **options: pruners.PatientPruner(
        pruners.MedianPruner(1, **options), 0, **options
    ),
    "PercentilePruner": lambda **options: pruners.PercentilePruner(25.0, 1, **options),
    "SequentialRegressionPruner": lambda **options: pruners.SequentialRegressionPruner(
        0.3, **options
    ),
    "SuccessiveHalvingPruner": lambda **options: pruners.SuccessiveHalvingPruner(
        reduction_factor=2, **options
    ),
    "ThresholdPruner": lambda **options: pruners.ThresholdPruner(-1.0, 1.0, **options),
    "WilcoxonPruner": lambda **options: pruners.WilcoxonPruner(
        p_threshold=0.4, n_startup_steps=0, **options
    ),
}
NEVER_PRUNING = {"NopPruner"}


class Kind(NamedTuple):
    """Which objectives a study has, and which of them its pruner goes by."""

    directions: tuple[str, ...]
    objective: str | int | None = None

    @property
    def options(self) -> dict[str, Any]:
        return {} if self.objective is None else {"objective": self.objective}


KINDS = {
    "minimize": Kind(("minimize",)),
    "maximize": Kind(("maximize",)),
    "several": Kind(("minimize", "maximize")),
    "one of several": Kind(("minimize", "maximize"), 1),
}


def as_report(losses: list[float], directions: list[StudyDirection]) -> float | list[float]:
    """Return losses, one per objective, as what is reported in a study of these directions."""
    maximize = StudyDirection.MAXIMIZE
    report = [
        -loss if direction is maximize else loss
        for loss, direction in zip(losses, directions, strict=True)
    ]
    return report if len(report) > 1 else report[0]


def noisy(
    trial: tunesmith.Trial, n_steps: int = 12, *, is_disordered: bool = False
) -> float | list[float]:
    """Report noisy curves that depend on the trial's number alone, some with NaN and inf."""
    draw, directions = random.Random(trial.number), trial.study.directions
    levels = [draw.gauss(0, 1) for _ in directions]
    steps = draw.sample(range(n_steps), n_steps) if is_disordered else range(n_steps)
    for step in steps:
        losses = [level / (step + 1) + draw.gauss(0, 0.3) for level in levels]
        if draw.random() < 0.05:
            losses[draw.randrange(len(losses))] = draw.choice([math.nan, math.inf])
        trial.report(as_report(losses, directions), step)
        if trial.should_prune():
            raise tunesmith.TrialPruned
    return as_report(levels, directions)


def reports_of(trial: FrozenTrial) -> dict[int, Any]:
    return {**trial.intermediate_values, **trial.intermediate_vectors}


def outcome(study: tunesmith.Study) -> list[str]:
    """Say of each trial how it ended, what it had reported, and what it was compared with.

    As text, because NaN differs from itself.
    """
    return [
        f"{trial.number} {trial.state.name} {trial.values} {reports_of(trial)} "
        f"{trial.prune_reason!r}"
        for trial in study.trials
    ]
