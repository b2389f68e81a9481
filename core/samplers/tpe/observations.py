"""A study's trials as points of a unit space, kept up to date."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...history import History
from ...records import TrialState
from .unit_space import Points, UnitSpace

_FIRST_CAPACITY = 64


class Observations:
    """Where each trial lies in a space; row *k* is trial number *k*.

    Parameters
    ----------
    space : UnitSpace
        The space; trials that lack one of its parameters, or have one outside its range, are
        not usable.
    """

    def __init__(self, space: UnitSpace) -> None:
        self.space = space
        self._n = 0
        self._units = np.full((_FIRST_CAPACITY, space.n_numerical), 0.5)
        self._levels = np.zeros((_FIRST_CAPACITY, space.n_levels), dtype=np.int32)
        self._usable = np.zeros(_FIRST_CAPACITY, dtype=np.bool_)
        self._unsettled: list[int] = []

    @property
    def points(self) -> Points:
        """One point per trial; the middle of the space for trials that are not usable."""
        return Points(self._units[: self._n], self._levels[: self._n])

    @property
    def usable(self) -> npt.NDArray[np.bool_]:
        """Whether the trial has all the parameters within their ranges, shape (n_trials,)."""
        return self._usable[: self._n]

    def refresh(self, history: History) -> npt.NDArray[np.intp]:
        """Take in the trials that are new or were unfinished, and return their numbers."""
        n = len(history)
        rows = np.array([*self._unsettled, *range(self._n, n)], dtype=np.intp)
        if not rows.size:
            return rows
        self._reserve(n)
        self._n = n
        names = self.space.names
        internal = np.array([history.column(name)[rows] for name in names]).T
        points, self._usable[rows] = self.space.encode(internal)
        self._units[rows] = points.units
        self._levels[rows] = points.levels
        states = history.states[rows]
        settled = (
            (states == TrialState.COMPLETE)
            | (states == TrialState.PRUNED)
            | (states == TrialState.FAIL)
        )
        self._unsettled = rows[~settled].tolist()
        return rows

    def _reserve(self, n: int) -> None:
        capacity = len(self._usable)
        if n <= capacity:
            return
        extra = max(capacity, n - capacity)
        self._units = np.concatenate([self._units, np.full((extra, self._units.shape[1]), 0.5)])
        self._levels = np.concatenate(
            [self._levels, np.zeros((extra, self._levels.shape[1]), dtype=np.int32)]
        )
        self._usable = np.concatenate([self._usable, np.zeros(extra, dtype=np.bool_)])
