"""Prune what is worse than a percentile of the finished trials."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..history.objective_names import check_objective
from ..records import FrozenTrial, PruneReason, TrialState
from ..records.prune_reason import shown
from .check_points import CheckPoints, check_at_least
from .history_pruner import HistoryPruner

if TYPE_CHECKING:
    from ..history import Curves, History


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
    objective : str or int, optional
        Name (see ``Study.set_metric_names``) or index of the objective that counts, of several.
        Default: all of them, see the notes.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Notes
    -----
    The percentile interpolates linearly between neighbours, as ``numpy.nanpercentile`` does. If
    one of them is infinite, nothing is pruned at that step.

    With several objectives the trial has a place among the others: by non-domination rank, and
    within a front by the hypervolume that it adds. It is pruned if more than the percentile of
    them are before it. The trial is ranked with each of its reports so far; the best place counts.

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
        objective: str | int | None = None,
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
        check_objective(objective)
        self.objective = objective

    def decide(self, history: History, trial: FrozenTrial) -> bool:
        return self.why(history, trial) is not None

    def why(self, history: History, trial: FrozenTrial) -> PruneReason | None:
        curves = self.curves_of(history)
        reports = curves.reports_of(trial)
        if not reports or history.count(TrialState.COMPLETE) < max(1, self._n_startup_trials):
            return None
        step = max(reports)
        if not self._check_points.include(step, reports):
            return None
        if len(curves.signs) > 1:
            return self._why_of_vectors(curves, step, list(reports.values()))
        maximize = curves.signs[0] < 0.0
        best = _best(reports.values(), maximize)
        if math.isnan(best):
            return PruneReason(self._name, step, best, "it has reported nothing but NaN")
        others = curves.complete_at(step)
        if len(others) + others.n_nan < self._n_min_trials:
            return None
        threshold = others.percentile(100 - self._percentile if maximize else self._percentile)
        # False for a percentile that is NaN.
        if not (best < threshold if maximize else best > threshold):
            return None
        return PruneReason(
            self._name,
            step,
            best,
            f"its best value so far, {shown(best)}, is worse than {shown(threshold)}, which bounds "
            f"the best {self._percentile:g} % of {len(others)} complete trials there",
            {"threshold": threshold, "percentile": self._percentile, "n_others": len(others)},
        )

    def _why_of_vectors(
        self, curves: Curves, step: int, vectors: list[tuple[float, ...]]
    ) -> PruneReason | None:
        known = [vector for vector in vectors if not any(map(math.isnan, vector))]
        if not known:
            return PruneReason(
                self._name, step, vectors[-1], "each of its reports has a NaN among its values"
            )
        others = curves.complete_vectors_at(step)
        n = len(others)
        if n + others.n_nan < self._n_min_trials or not n:
            return None
        n_better, which = others.best_place([curves.losses(vector) for vector in known])
        if n_better <= (n - 1) * self._percentile / 100:
            return None
        return PruneReason(
            self._name,
            step,
            known[which],
            f"{n_better} of {n} complete trials are before it there, by non-domination and "
            f"hypervolume; at most {self._percentile:g} % may be",
            {"place": n_better + 1, "percentile": self._percentile, "n_others": n},
        )

    @property
    def _name(self) -> str:
        return type(self).__name__


def _best(values: Iterable[float], maximize: bool) -> float:
    """Return the largest or smallest value that is not NaN; NaN if there is none."""
    choose = max if maximize else min
    best = choose(values)
    # Comparisons with NaN are false: one later in the row was passed over, a first one stayed.
    if math.isnan(best):
        best = choose((value for value in values if not math.isnan(value)), default=math.nan)
    return best
