"""Prune what leaves given bounds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..records import FrozenTrial
from .check_points import CheckPoints
from .history_pruner import HistoryPruner

if TYPE_CHECKING:
    from ..history import History
    from ..study import Study


class ThresholdPruner(HistoryPruner):
    """Prune a trial whose value is NaN, below `lower` or above `upper`.

    The value is the one at its last step. Bounds are inclusive and mean the same for both
    directions.

    Parameters
    ----------
    lower, upper : float, optional
        Bounds; at least one is needed.
    n_warmup_steps : int, default 0
        No pruning of a trial before this step.
    interval_steps : int, default 1
        Steps between two looks at a trial, counted from the end of the warm-up.

    Raises
    ------
    TypeError
        If no bound is given, or one is not a number.
    ValueError
        If `lower` exceeds `upper`, or another argument is out of its range.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study(pruner=ThresholdPruner(upper=10.0))
    >>> trial = study.ask()
    >>> trial.report(float("inf"), step=0)
    >>> trial.should_prune()
    True
    """

    def __init__(
        self,
        lower: float | None = None,
        upper: float | None = None,
        n_warmup_steps: int = 0,
        interval_steps: int = 1,
    ) -> None:
        if lower is None and upper is None:
            raise TypeError("ThresholdPruner needs a bound: give lower=, upper= or both.")
        self._lower = _bound("lower", -math.inf if lower is None else lower)
        self._upper = _bound("upper", math.inf if upper is None else upper)
        if self._lower > self._upper:
            raise ValueError(
                f"lower must not exceed upper, got lower={lower!r}, upper={upper!r}: every value "
                "would be pruned."
            )
        self._check_points = CheckPoints.checked(n_warmup_steps, interval_steps)

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        return self._leaves_bounds(trial)  # without reading the history

    def decide(self, history: History, trial: FrozenTrial) -> bool:
        return self._leaves_bounds(trial)

    def _leaves_bounds(self, trial: FrozenTrial) -> bool:
        reports = trial.intermediate_values
        if not reports:
            return False
        step = max(reports)
        if not self._check_points.include(step, reports):
            return False
        value = reports[step]
        return bool(math.isnan(value) or value < self._lower or value > self._upper)


def _bound(name: str, value: float) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number, got {name}={value!r}.") from None
