"""Prune what is worse than the best trial on the same folds or instances."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..history.objective_names import check_objective
from ..multi_objective import is_pareto_front
from ..records import FrozenTrial, PruneReason, TrialState
from .check_points import check_at_least
from .history_pruner import HistoryPruner

if TYPE_CHECKING:
    from ..history import History

_MOST_EXACT = 50

FloatArray = npt.NDArray[np.float64]


class WilcoxonPruner(HistoryPruner):
    """Prune a trial that is significantly worse than the best one, step by step [1]_.

    For objectives that are a mean over folds, seeds or problem instances, each reported as a step
    of its own: what is compared are the values of both trials at the same steps, by the one-sided
    signed-rank test. The order of the steps may differ from trial to trial; shuffling instances
    helps against a test that is asked again and again. It is not for learning curves.

    A trial whose mean so far is better than the best one's over all its steps is never pruned: it
    would be the best if the objective returned that mean. NaN values are passed over.

    Parameters
    ----------
    p_threshold : float, default 0.1
        A trial is pruned if the p-value is below it. Between 0 and 1; a larger one prunes more.
    n_startup_steps : int, default 2
        No pruning before so many common steps.
    objective : str or int, optional
        Name (see ``Study.set_metric_names``) or index of the objective that counts, of several.
        Default: all of them, see the notes.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Notes
    -----
    With several objectives, a trial is pruned if one on the Pareto front is significantly better
    in each objective in which the two differ: an intersection-union test [2]_, whose level is
    that of the single tests. A trial whose means so far are not dominated by the means of that
    other one is not pruned for it.

    References
    ----------
    .. [1] Wilcoxon (1945), Individual comparisons by ranking methods, Biometrics Bulletin 1.
    .. [2] Berger (1982), Multiparameter hypothesis testing and acceptance sampling, Technometrics
       24(4).

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study(pruner=WilcoxonPruner())
    >>> def objective(trial):
    ...     values = []
    ...     for fold in range(10):
    ...         values.append(trial.number + fold % 3)
    ...         trial.report(values[-1], fold)
    ...         if trial.should_prune():
    ...             return sum(values) / len(values)  # the mean of what is known
    ...     return sum(values) / len(values)
    >>> study.optimize(objective, n_trials=2)
    >>> [len(trial.intermediate_values) for trial in study.trials]
    [10, 4]
    """

    def __init__(
        self,
        *,
        p_threshold: float = 0.1,
        n_startup_steps: int = 2,
        objective: str | int | None = None,
    ) -> None:
        check_at_least(0, p_threshold=p_threshold, n_startup_steps=n_startup_steps)
        if p_threshold > 1.0:
            raise ValueError(
                f"p_threshold must be between 0 and 1, got p_threshold={p_threshold!r}."
            )
        self._p_threshold = p_threshold
        self._n_startup_steps = n_startup_steps
        check_objective(objective)
        self.objective = objective

    def decide(self, history: History, trial: FrozenTrial) -> bool:
        return self.why(history, trial) is not None

    def why(self, history: History, trial: FrozenTrial) -> PruneReason | None:
        curves = self.curves_of(history)
        reports = curves.reports_of(trial)
        if not reports:
            return None
        mine = {step: _losses(value, curves.signs) for step, value in reports.items()}
        for number in self._rivals(history):
            record = history.trials[number]
            assert record is not None, "a known trial has a record"
            of_rival = curves.reports_of(record)
            theirs = {step: _losses(value, curves.signs) for step, value in of_rival.items()}
            p = self._p_of_being_no_worse(mine, theirs)
            if p is not None and p < self._p_threshold:
                n_steps = sum(step in theirs for step in mine)
                step = max(reports)
                return PruneReason(
                    type(self).__name__,
                    step,
                    reports[step],
                    f"it is worse than trial {number} on the same {n_steps} steps: p = {p:.3g}, "
                    f"less than {self._p_threshold:g}",
                    {"trial": number, "n_steps": n_steps, "p": p, "threshold": self._p_threshold},
                )
        return None

    def _rivals(self, history: History) -> list[int]:
        """Return the numbers of the trials to compare with: the best one, or the Pareto front."""
        if len(history.directions) == 1:
            best = history.best()
            return [] if best is None else [best]
        columns = slice(None)
        if self.objective is not None:
            index = history.objective_names.index_of(self.objective)
            columns = slice(index, index + 1)
        is_complete = history.states == int(TrialState.COMPLETE)
        feasible = np.flatnonzero(is_complete & (history.violations == 0.0))
        losses = history.losses[feasible, columns]
        front: list[int] = feasible[is_pareto_front(losses)].tolist()
        return front if losses.shape[1] > 1 else front[:1]

    def _p_of_being_no_worse(
        self, mine: dict[int, FloatArray], theirs: dict[int, FloatArray]
    ) -> float | None:
        """Return the largest p-value over the objectives; None if the rule does not apply."""
        common = [step for step in mine if step in theirs]
        if not common:
            return None
        ours, rivals = (np.array([of[step] for step in common]) for of in (mine, theirs))
        means, of_rival = (_means(np.array(list(of.values()))) for of in (mine, theirs))
        p: float | None = None
        for column in range(ours.shape[1]):
            excess = _known(ours[:, column], rivals[:, column])
            if len(excess) < max(1, self._n_startup_steps):
                return None
            if means[column] < of_rival[column]:
                return None
            if ours.shape[1] == 1 or (excess != 0.0).any():
                p = max(signed_rank_p(excess), p or 0.0)
        return p


def _losses(value: float | tuple[float, ...], signs: Sequence[float]) -> FloatArray:
    return np.asarray(signs) * np.asarray(value, dtype=np.float64)


def _known(losses: FloatArray, others: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore"):  # inf - inf
        excess = losses - others
    # Only signs and ranks count.
    return np.asarray(np.clip(excess[~np.isnan(excess)], -1e300, 1e300))


def _means(losses: FloatArray) -> FloatArray:
    known = ~np.isnan(losses)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        return np.asarray(np.where(known, losses, 0.0).sum(axis=0) / known.sum(axis=0))


def signed_rank_p(differences: FloatArray) -> float:
    """Return how likely so large differences, or larger ones, are by chance, one-sided [1]_.

    Parameters
    ----------
    differences : ndarray of shape (n,)
        Without NaN. Equal sizes share their ranks, and the ranks of zeros count half [2]_. The
        p-value is exact up to 50 differences, ties or not, and from the normal law beyond.

    References
    ----------
    .. [1] Wilcoxon (1945), Individual comparisons by ranking methods, Biometrics Bulletin 1.
    .. [2] Pratt (1959), Remarks on zeros and ties in the Wilcoxon signed rank procedures, JASA 54.

    Examples
    --------
    >>> signed_rank_p(np.array([1.0, 2.0, 3.0]))
    0.125
    """
    sizes = np.abs(differences)
    _, group, counts = np.unique(sizes, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    doubled = (2 * ends - counts + 1)[group]  # twice the mean rank of each group of equals
    free = doubled[differences != 0.0]
    found = int(doubled[differences > 0.0].sum())  # zeros add the same to all outcomes
    if len(free) > _MOST_EXACT:
        spread = 0.5 * math.sqrt(float(np.square(free.astype(float)).sum()))
        z = (found - 0.5 * float(free.sum())) / spread
        return 0.5 * math.erfc(z / math.sqrt(2.0))
    outcomes = np.zeros(int(free.sum()) + 1)
    outcomes[0] = 1.0
    for rank in free.tolist():
        outcomes[rank:] = 0.5 * (outcomes[rank:] + outcomes[:-rank])
        outcomes[:rank] *= 0.5
    return float(outcomes[found:].sum())
