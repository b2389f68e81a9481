"""Which trials are good and which are bad."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...history import History
from ...records import TrialState

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
BoolArray = npt.NDArray[np.bool_]


class Split(NamedTuple):
    """Trials of both kinds by number, ascending.

    good_weights : ndarray of shape (n_good,), or None
        Weights that follow from the results; None leaves them to the rule for recent trials.
    """

    good: IntArray
    bad: IntArray
    good_weights: FloatArray | None = None


def finished(history: History) -> BoolArray:
    """Return which trials one can learn from: COMPLETE or PRUNED, shape (n_trials,)."""
    states = history.states
    return (states == TrialState.COMPLETE) | (states == TrialState.PRUNED)


def split_by_rank(
    history: History, usable: BoolArray, liars: list[int], gamma: Callable[[int], int]
) -> Split:
    """Split the trials of a study with one objective by their place in ``history.ranked()``.

    Parameters
    ----------
    history : History
        Up to date.
    usable : ndarray of shape (n_trials,)
        Which trials to consider.
    liars : list of int
        Running trials, taken for bad ones.
    gamma : callable
        How many of so many trials are good.
    """
    candidates = finished(history) & usable
    n = int(np.count_nonzero(candidates))
    n_good = min(max(int(gamma(n)), 0), n)
    good = _first_usable(history, candidates, n_good)
    return Split(good, rest(candidates, good, usable, liars))


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


def rest(
    candidates: BoolArray, good: IntArray, usable: BoolArray, liars: list[int]
) -> IntArray:
    """Return the candidates that are not good, and the usable liars, ascending."""
    bad = candidates.copy()
    bad[good] = False
    for number in liars:
        bad[number] = usable[number]
    return np.flatnonzero(bad)
