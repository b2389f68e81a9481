"""Prune what is worse than a percentile of the finished trials."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..records import FrozenTrial, StudyDirection, TrialState
from .check_points import CheckPoints, check_at_least
from .history_pruner import HistoryPruner

if TYPE_CHECKING:
    from ..history import History


class PercentilePruner(HistoryPruner):
    """Prune a trial whose best report so far is worse than a percentile of the others.

    The others are the COMPLETE trials, by what they reported at the same step. A trial all of
    whose reports are NaN is pruned.

    Parameters
    ----------
    percentile : float
        Between 0 and 100: the share of trials to keep. With 25, a trial goes on while its best
        value is among the best quarter.
    n_startup_trials : int, default 5
        No pruning before so many trials are COMPLETE.
    n_warmup_steps : int, default 0
        No pruning of a trial before this step.
    interval_steps : int, default 1
        Steps between two looks at a trial, counted from the end of the warm-up. A look falls on
        the first step reported in each interval.
    n_min_trials : int, default 1
        No pruning at a step that fewer COMPLETE trials have reported.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Notes
    -----
    The percentile interpolates linearly between neighbours, as ``numpy.nanpercentile`` does. If
    one of them is infinite, nothing is pruned at that step.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study(pruner=PercentilePruner(25, n_startup_trials=1))
    >>> def objective(trial):
    ...     for step in range(4):
    ...         trial.report(trial.number, step)
    ...         if trial.should_prune():
    ...             raise tunesmith.TrialPruned
    ...     return trial.number
    >>> study.optimize(objective, n_trials=3)
    >>> [len(trial.intermediate_values) for trial in study.trials]
    [4, 1, 1]
    """

    def __init__(
        self,
        percentile: float,
        n_startup_trials: int = 5,
        n_warmup_steps: int = 0,
        interval_steps: int = 1,
        *,
        n_min_trials: int = 1,
    ) -> None:
        if not 0.0 <= percentile <= 100.0:
            raise ValueError(
                f"percentile must be between 0 and 100, got percentile={percentile!r}. "
                "Use percentile=50 for the median."
            )
        check_at_least(0, n_startup_trials=n_startup_trials)
        check_at_least(1, n_min_trials=n_min_trials)
        self._percentile = percentile
        self._n_startup_trials = n_startup_trials
        self._check_points = CheckPoints.checked(n_warmup_steps, interval_steps)
        self._n_min_trials = n_min_trials

    def decide(self, history: History, trial: FrozenTrial) -> bool:
        reports = trial.intermediate_values
        if not reports or history.count(TrialState.COMPLETE) < max(1, self._n_startup_trials):
            return False
        step = max(reports)
        if not self._check_points.include(step, reports):
            return False
        maximize = history.directions[0] is StudyDirection.MAXIMIZE
        best = _best(reports.values(), maximize)
        if math.isnan(best):
            return True
        others = history.curves.complete_at(step)
        if len(others) + others.n_nan < self._n_min_trials:
            return False
        # False for a percentile that is NaN.
        if maximize:
            return bool(best < others.percentile(100 - self._percentile))
        return bool(best > others.percentile(self._percentile))


def _best(values: Iterable[float], maximize: bool) -> float:
    """Return the largest or smallest value that is not NaN; NaN if there is none."""
    choose = max if maximize else min
    best = choose(values)
    # Comparisons with NaN are false: one later in the row was passed over, a first one stayed.
    if math.isnan(best):
        best = choose((value for value in values if not math.isnan(value)), default=math.nan)
    return best
