"""Which trials are good and which are bad."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...history import History
from ...learning_curves import expected_losses
from ...records import TrialState
from .observations import Observations

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
BoolArray = npt.NDArray[np.bool_]

# Where less than one trial in so many is to be considered, those are sorted by themselves.
_SPARSE = 4


class Split(NamedTuple):
    """Trials of both kinds by number, ascending.

    good_weights : ndarray of shape (n_good,), or None
        Weights that follow from the results; None leaves them to the rule for recent trials.
    """

    good: IntArray
    bad: IntArray
    good_weights: FloatArray | None = None


def split_by_rank(
    history: History, observations: Observations, liars: list[int], gamma: Callable[[int], int]
) -> Split:
    """Split the trials of a study with one objective by their place in ``history.ranked()``.

    Parameters
    ----------
    history : History
        Up to date.
    observations : Observations
        Which trials to consider; up to date.
    liars : list of int
        Running trials, taken for bad ones.
    gamma : callable
        How many of so many trials are good.
    """
    candidates = observations.learnable
    n = int(np.count_nonzero(candidates))
    n_good = min(max(int(gamma(n)), 0), n)
    expected = expected_losses(history)
    if expected is None:
        good = _first_usable(history, candidates, n_good)
    else:
        good = _least(history, candidates, expected, n_good)
    return Split(good, rest(observations, good, liars))


class RankSplitter:
    """Splits as :func:`split_by_rank` does, and keeps the good trials while they are the same.

    For one set of observations: trials that have ended keep their order, so that the good ones are
    others only when there are more to choose from.
    """

    def __init__(self) -> None:
        self._known: tuple[int, IntArray] | None = None  # number of candidates, good ones

    def split(
        self,
        history: History,
        observations: Observations,
        liars: list[int],
        gamma: Callable[[int], int],
    ) -> Split:
        """Split the trials; see :func:`split_by_rank` for the parameters."""
        if history.count(TrialState.PRUNED):
            # Where they are expected to end changes with every curve.
            return split_by_rank(history, observations, liars, gamma)
        n = observations.n_learnable
        n_good = min(max(int(gamma(n)), 0), n)
        known = self._known
        if known is None or known[0] != n or len(known[1]) != n_good:
            candidates = observations.learnable
            if n * _SPARSE < observations.n:
                # Complete trials all, so the order is that of their losses.
                good = _least(history, candidates, history.losses[:, 0], n_good)
            else:
                good = _first_usable(history, candidates, n_good)
            known = self._known = n, good
        return Split(known[1], rest(observations, known[1], liars))


def _first_usable(history: History, candidates: BoolArray, n_good: int) -> IntArray:
    if n_good == 0:
        return np.empty(0, dtype=np.intp)
    n_head = n_good
    while True:
        head = np.array(history.ranked_head(n_head), dtype=np.intp)
        first = head[candidates[head]][:n_good]
        if len(first) == n_good or len(head) < n_head:
            return np.sort(first)
        n_head *= 4


def _least(history: History, candidates: BoolArray, losses: FloatArray, n_good: int) -> IntArray:
    numbers = np.flatnonzero(candidates)
    order = np.lexsort((losses[numbers], history.violations[numbers]))
    return np.sort(numbers[order[:n_good]])


def rest(observations: Observations, good: IntArray, liars: list[int]) -> IntArray:
    """Return the learnable trials that are not good, and the usable liars, ascending."""
    bad = observations.learnable.copy()
    bad[good] = False
    if liars:
        bad[liars] = observations.usable[liars]
    numbers: IntArray = bad.nonzero()[0]
    return numbers
