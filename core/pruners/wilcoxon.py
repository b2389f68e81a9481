"""Prune what is worse than the best trial on the same folds or instances."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..records import FrozenTrial, StudyDirection
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

    Raises
    ------
    ValueError
        If an argument is out of its range.

    References
    ----------
    .. [1] Wilcoxon (1945), Individual comparisons by ranking methods, Biometrics Bulletin 1.

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

    def __init__(self, *, p_threshold: float = 0.1, n_startup_steps: int = 2) -> None:
        check_at_least(0, p_threshold=p_threshold, n_startup_steps=n_startup_steps)
        if p_threshold > 1.0:
            raise ValueError(
                f"p_threshold must be between 0 and 1, got p_threshold={p_threshold!r}."
            )
        self._p_threshold = p_threshold
        self._n_startup_steps = n_startup_steps

    def decide(self, history: History, trial: FrozenTrial) -> bool:
        if not trial.intermediate_values:
            return False
        best = history.best()
        if best is None:
            return False
        record = history.trials[best]
        assert record is not None, "a known trial has a record"
        mine, theirs = trial.intermediate_values, record.intermediate_values
        sign = -1.0 if history.directions[0] is StudyDirection.MAXIMIZE else 1.0
        common = [step for step in mine if step in theirs]
        excess = _known(
            [sign * mine[step] for step in common], [sign * theirs[step] for step in common]
        )
        if len(excess) < max(1, self._n_startup_steps):
            return False
        if sign * _mean(mine.values()) < sign * _mean(theirs.values()):
            return False
        return signed_rank_p(excess) < self._p_threshold


def _known(losses: list[float], others: list[float]) -> FloatArray:
    with np.errstate(invalid="ignore"):  # inf - inf
        excess = np.array(losses) - np.array(others)
    # Only signs and ranks count.
    return np.asarray(np.clip(excess[~np.isnan(excess)], -1e300, 1e300))


def _mean(values: Iterable[float]) -> float:
    known = np.array([value for value in values if not math.isnan(value)])
    with np.errstate(invalid="ignore", over="ignore"):
        return float(known.mean()) if len(known) else math.nan


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
