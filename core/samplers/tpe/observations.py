"""A study's trials as points of a unit space, kept up to date."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...history import History
from ...records import TrialState
from .unit_space import Points, UnitSpace

_FIRST_CAPACITY = 64

# Plain ints: comparing an array with a member of an enum is ten times slower.
_COMPLETE, _PRUNED, _FAIL = (
    int(state) for state in (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
)


class Observations:
    """Where each trial lies in a space; row *k* is trial number *k*.

    Parameters
    ----------
    space : UnitSpace
        The space; trials that lack one of its parameters, or have one outside its range, are
        not usable.

    Attributes
    ----------
    n : int
        Number of trials taken in.
    n_learnable : int
        How many of them are learnable.
    """

    def __init__(self, space: UnitSpace) -> None:
        self.space = space
        self.n = self.n_learnable = 0
        self._units = np.full((_FIRST_CAPACITY, space.n_numerical), 0.5)
        self._levels = np.zeros((_FIRST_CAPACITY, space.n_levels), dtype=np.int32)
        self._usable = np.zeros(_FIRST_CAPACITY, dtype=np.bool_)
        self._learnable = np.zeros(_FIRST_CAPACITY, dtype=np.bool_)
        self._unsettled: list[int] = []

    @property
    def points(self) -> Points:
        """One point per trial; the middle of the space for trials that are not usable."""
        return Points(self._units[: self.n], self._levels[: self.n])

    @property
    def usable(self) -> npt.NDArray[np.bool_]:
        """Whether the trial has all the parameters within their ranges, shape (n_trials,)."""
        return self._usable[: self.n]

    @property
    def learnable(self) -> npt.NDArray[np.bool_]:
        """Whether the trial is usable and COMPLETE or PRUNED, shape (n_trials,)."""
        return self._learnable[: self.n]

    def refresh(self, history: History) -> npt.NDArray[np.intp]:
        """Take in the trials that are new or were unfinished, and return their numbers."""
        n = len(history)
        rows = np.array([*self._unsettled, *range(self.n, n)], dtype=np.intp)
        if not rows.size:
            return rows
        self._reserve(n)
        self.n = n
        if len(rows) == 1:  # the usual case: one trial has ended
            row = int(rows[0])
            internal = history.configurations(self.space.names, [row])[0]
            self._units[row], self._levels[row], is_usable = self._encode_one(row, internal)
            self._usable[row] = is_usable
            state = history.states.item(row)
            self._learnable[row] = is_learnable = is_usable and state in (_COMPLETE, _PRUNED)
            self.n_learnable += is_learnable
            self._unsettled = [] if state in (_COMPLETE, _PRUNED, _FAIL) else [row]
            return rows
        columns = np.array([history.column(name)[rows] for name in self.space.names]).T
        points, usable = self._encode(rows, columns)
        self._units[rows] = points.units
        self._levels[rows] = points.levels
        self._usable[rows] = usable
        states = history.states[rows]
        learnt = (states == _COMPLETE) | (states == _PRUNED)
        self._learnable[rows] = learnt & usable
        self.n_learnable += int(np.count_nonzero(learnt & usable))
        self._unsettled = rows[~learnt & (states != _FAIL)].tolist()
        return rows

    def _encode_one(
        self, row: int, internal: tuple[float, ...]
    ) -> tuple[list[float], list[int], bool]:
        return self.space.encode_one(internal)

    def _encode(
        self, rows: npt.NDArray[np.intp], internal: npt.NDArray[np.float64]
    ) -> tuple[Points, npt.NDArray[np.bool_]]:
        return self.space.encode(internal)

    def _reserve(self, n: int) -> None:
        capacity = len(self._usable)
        if n <= capacity:
            return
        extra = max(capacity, n - capacity)
        self._units = np.concatenate([self._units, np.full((extra, self._units.shape[1]), 0.5)])
        self._levels = np.concatenate(
            [self._levels, np.zeros((extra, self._levels.shape[1]), dtype=np.int32)]
        )
        no = np.zeros(extra, dtype=np.bool_)
        self._usable = np.concatenate([self._usable, no])
        self._learnable = np.concatenate([self._learnable, no])
