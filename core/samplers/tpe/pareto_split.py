"""Which trials are good with several objectives.

References
----------
.. [1] Ozaki, Tanigaki, Watanabe, Nomura, Onishi (2022), Multiobjective tree-structured Parzen
   estimator, JAIR 73.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ... import multi_objective
from ...history import History
from ...records import TrialState
from .observations import Observations
from .split import FloatArray, IntArray, Split, rest

_LEAST_WEIGHT = 1e-3  # of a good trial, beside the largest one's 1


class ParetoSplitter:
    """Splits the trials of one study by non-domination rank; keeps the ranks between calls.

    Feasible complete trials come first, by rank, then pruned ones, then infeasible ones by how
    far they violate their constraints. Of the rank that does not fit as a whole those are good
    that cover most hypervolume [1]_.
    """

    def __init__(self) -> None:
        self._n_ranked = -1
        self._order: FloatArray = np.empty(0)
        self._numbers: IntArray = np.empty(0, dtype=np.intp)
        self._good: tuple[IntArray, FloatArray] | None = None

    def split(
        self,
        history: History,
        observations: Observations,
        liars: list[int],
        gamma: Callable[[int], int],
    ) -> Split:
        """Split the trials; see :func:`.split.split_by_rank` for the parameters."""
        numbers = np.flatnonzero(observations.learnable)
        tiers = self._tiers(history)
        # The parameters of a trial are mostly split alike, one after the other.
        if self._good is None or not np.array_equal(numbers, self._numbers):
            n_good = min(max(int(gamma(len(numbers))), 0), len(numbers))
            good = _best(numbers, tiers[numbers], history.losses, n_good)
            self._numbers, self._good = numbers, (good, _good_weights(history, good))
        good, weights = self._good
        return Split(good, rest(observations, good, liars), weights)

    def _tiers(self, history: History) -> FloatArray:
        # One number per trial, lower is better: the rank, then a large one plus violation.
        n_finished = history.count(TrialState.COMPLETE, TrialState.PRUNED)
        if n_finished == self._n_ranked and len(history) == len(self._order):
            return self._order
        self._good = None
        order = np.full(len(history), np.inf)
        complete = history.states == TrialState.COMPLETE
        feasible = history.violations == 0.0
        ranked = np.flatnonzero(complete & feasible)
        order[ranked] = multi_objective.non_domination_ranks(history.losses[ranked])
        order[~complete & feasible] = len(history)
        order[~feasible] = len(history) + 1.0 + history.violations[~feasible]
        self._order, self._n_ranked = order, n_finished
        return order


def _best(numbers: IntArray, tiers: FloatArray, losses: FloatArray, n_good: int) -> IntArray:
    if n_good == 0:
        return numbers[:0]
    by_tier = np.argsort(tiers, kind="stable")
    last = tiers[by_tier[n_good - 1]]
    whole = numbers[tiers < last]
    tied = numbers[tiers == last]
    n_left = n_good - len(whole)
    if n_left < len(tied) and not np.isnan(losses[tied]).any():
        known = multi_objective.finite_losses(losses[tied])
        reference = multi_objective.reference_point(known)
        tied = tied[multi_objective.select_subset(known, n_left, reference)]
    return np.sort(np.concatenate([whole, tied[:n_left]]))


def _good_weights(history: History, good: IntArray) -> FloatArray:
    # By how much hypervolume each adds to the good ones; equal if that tells nothing.
    losses = history.losses[good]
    counted = (history.violations[good] == 0.0) & ~np.isnan(losses).any(axis=1)
    weights = np.full(len(good), _LEAST_WEIGHT)
    if not counted.any():
        return np.ones(len(good))
    known = multi_objective.finite_losses(losses[counted])
    volumes = multi_objective.contributions(known, multi_objective.reference_point(known))
    if not volumes.max() > 0.0:
        return np.ones(len(good))
    weights[counted] = np.maximum(volumes / volumes.max(), _LEAST_WEIGHT)
    return weights
