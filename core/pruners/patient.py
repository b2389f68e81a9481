"""Wait with pruning while a trial may recover."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..records import FrozenTrial, StudyDirection
from .base import BasePruner
from .check_points import check_at_least

if TYPE_CHECKING:
    from ..study import Study


class PatientPruner(BasePruner):
    """Let another pruner decide only once a trial has fallen behind its own best for a while.

    It has if all of its last ``patience + 1`` values (by step) are worse, by more than
    `min_delta`, than the best before them. NaN values are passed over; if nothing else is left,
    the trial has not.

    Parameters
    ----------
    wrapped_pruner : BasePruner or None
        Decides then. None prunes then.
    patience : int
        Steps to wait beyond the first worse one, at least 0.
    min_delta : float, default 0.0
        By how much worse, at least 0, in units of the objective.

    Raises
    ------
    ValueError
        If `patience` or `min_delta` is negative.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study(pruner=PatientPruner(None, patience=1))
    >>> trial = study.ask()
    >>> for step, value in enumerate([3.0, 1.0, 2.0, 1.5]):
    ...     trial.report(value, step)
    ...     print(trial.should_prune())
    False
    False
    False
    True
    """

    def __init__(
        self, wrapped_pruner: BasePruner | None, patience: int, min_delta: float = 0.0
    ) -> None:
        check_at_least(0, patience=patience, min_delta=min_delta)
        self._wrapped_pruner = wrapped_pruner
        self._patience = patience
        self._min_delta = min_delta

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        reports = trial.intermediate_values
        values = [reports[step] for step in sorted(reports)]
        if study.direction is StudyDirection.MAXIMIZE:
            values = [-value for value in values]
        if not has_fallen_behind(values, self._patience, self._min_delta):
            return False
        return self._wrapped_pruner is None or self._wrapped_pruner.prune(study, trial)


def has_fallen_behind(losses: list[float], patience: int, min_delta: float) -> bool:
    """Return whether the last ``patience + 1`` losses all exceed the best before them.

    Examples
    --------
    >>> has_fallen_behind([1.0, 0.5, 0.8, 0.7], patience=1, min_delta=0.1)
    True
    """
    window = patience + 1
    before, latest = _lowest(losses[:-window]), _lowest(losses[-window:])
    return before + min_delta < latest


def _lowest(losses: list[float]) -> float:
    return min((loss for loss in losses if not math.isnan(loss)), default=math.nan)
