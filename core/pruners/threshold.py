"""Prune what leaves given bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..history.objective_names import check_objective
from ..records import FrozenTrial, PruneReason
from ..records.prune_reason import shown
from .check_points import CheckPoints
from .history_pruner import HistoryPruner

if TYPE_CHECKING:
    from ..history import History
    from ..study import Study

Bound = float | Sequence[float | None] | None


class ThresholdPruner(HistoryPruner):
    """Prune a trial whose value is NaN, below `lower` or above `upper`.

    The value is the one at its last step. Bounds are inclusive and mean the same for both
    directions.

    Parameters
    ----------
    lower, upper : float or sequence of float or None, optional
        Bounds; at least one is needed. In studies of several objectives a number holds for each of
        them, and a sequence has a bound for each, or None.
    n_warmup_steps : int, default 0
        No pruning of a trial before this step.
    interval_steps : int, default 1
        Steps between two looks at a trial, counted from the end of the warm-up.
    objective : str or int, optional
        Name (see ``Study.set_metric_names``) or index of the objective that counts, of several.
        Default: all of them; a trial is pruned if one is out of its bounds.

    Raises
    ------
    TypeError
        If no bound is given, or one is not a number.
    ValueError
        If `lower` exceeds `upper`, or another argument is out of its range; when asked, if there
        is not one bound per objective.

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
        lower: Bound = None,
        upper: Bound = None,
        n_warmup_steps: int = 0,
        interval_steps: int = 1,
        *,
        objective: str | int | None = None,
    ) -> None:
        if lower is None and upper is None:
            raise TypeError("ThresholdPruner needs a bound: give lower=, upper= or both.")
        self._lower = _bounds("lower", lower, -math.inf)
        self._upper = _bounds("upper", upper, math.inf)
        n = max(len(self._lower), len(self._upper))
        for low, high in zip(_spread(self._lower, n), _spread(self._upper, n), strict=False):
            if low > high:
                raise ValueError(
                    f"lower must not exceed upper, got lower={lower!r}, upper={upper!r}: every "
                    "value would be pruned."
                )
        self._check_points = CheckPoints.checked(n_warmup_steps, interval_steps)
        check_objective(objective)
        if objective is not None and n > 1:
            raise ValueError(
                f"With objective={objective!r} one bound is needed, got lower={lower!r}, "
                f"upper={upper!r}."
            )
        self.objective = objective

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        if len(study.directions) == 1 and self.objective is None:
            return self._why(trial.intermediate_values) is not None  # without reading the history
        return super().prune(study, trial)

    def decide(self, history: History, trial: FrozenTrial) -> bool:
        return self.why(history, trial) is not None

    def why(self, history: History, trial: FrozenTrial) -> PruneReason | None:
        return self._why(self.curves_of(history).reports_of(trial))

    def _why(self, reports: dict[int, float] | dict[int, tuple[float, ...]]) -> PruneReason | None:
        if not reports:
            return None
        step = max(reports)
        if not self._check_points.include(step, reports):
            return None
        value = reports[step]
        values = value if isinstance(value, tuple) else (value,)
        lower, upper = _spread(self._lower, len(values)), _spread(self._upper, len(values))
        if len(lower) != len(values) or len(upper) != len(values):
            raise ValueError(
                f"ThresholdPruner needs one bound, or one for each of {len(values)} objectives, "
                f"got lower={self._lower}, upper={self._upper}."
            )
        for number, low, high in zip(values, lower, upper, strict=True):
            if math.isnan(number):
                because, compared = "a value is NaN", {}
            elif number < low:
                because, compared = f"{shown(number)} is below {shown(low)}", {"lower": low}
            elif number > high:
                because, compared = f"{shown(number)} is above {shown(high)}", {"upper": high}
            else:
                continue
            return PruneReason(type(self).__name__, step, value, because, compared)
        return None


def _bounds(name: str, bound: Bound, default: float) -> tuple[float, ...]:
    several: Sequence[Any] = [bound]
    if isinstance(bound, Sequence) and bound and not isinstance(bound, str):
        several = bound
    try:
        return tuple(default if one is None else float(one) for one in several)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number, got {name}={bound!r}.") from None


def _spread(bounds: tuple[float, ...], n: int) -> tuple[float, ...]:
    return bounds * n if len(bounds) == 1 else bounds
