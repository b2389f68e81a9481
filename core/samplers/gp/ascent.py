"""Climbing from many starts at once inside the unit cube, by BFGS.

Every start has its own curvature, direction and step, and all of them are evaluated in one call:
no line search mixes them, and those that have arrived are left out [1]_.

References
----------
.. [1] Watanabe et al. (2025), Batch acquisition function evaluations and decouple optimizer
   updates for faster Bayesian optimization, arXiv:2511.13625.
.. [2] Nocedal, Wright (2006), Numerical optimization, chapter 6.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from .kernel import BoolArray, FloatArray

Function = Callable[[FloatArray], tuple[FloatArray, FloatArray]]

_FIRST_STEP = 0.05  # length of the first step; later ones come from the curvature
_ENOUGH = 1e-4  # Armijo's constant
_LEAST_STEP = 1e-7
_AT_BORDER = 1e-6
_LEAST_SLOPE = 1e-4
_LEAST_GAIN = 1e-6  # twice in a row ends a climb


def climb(
    function: Function, starts: FloatArray, movable: npt.NDArray[np.intp], most_evaluations: int
) -> FloatArray:
    """Return local maxima, one per start.

    Parameters
    ----------
    function : callable
        Takes points of shape (m, d), returns values (m,) and gradients (m, d).
    starts : ndarray of shape (m, d)
    movable : ndarray of int
        The coordinates that may change, within [0, 1].
    most_evaluations : int
        So many points are evaluated for each start.

    Returns
    -------
    ndarray of shape (m, d)
        Nowhere worse than the starts.

    Examples
    --------
    >>> def function(x):
    ...     return -((x - 0.3) ** 2).sum(axis=1), -2 * (x - 0.3)
    >>> climb(function, np.ones((1, 2)), np.arange(2), 50).round(6)
    array([[0.3, 0.3]])
    """
    ends: FloatArray = starts.copy()
    rows = np.arange(len(starts))
    value, gradient = function(starts)
    state = _Climbers(starts[:, movable], -value, -gradient[:, movable])
    for _ in range(most_evaluations - 1):
        going = ~state.done
        if not going.all():
            ends[rows[:, None], movable] = state.points
            rows = rows[going]
            if not rows.size:
                return ends
            state.keep(going)
        trial = state.trial()
        points = ends[rows]
        points[:, movable] = trial
        value, gradient = function(points)
        state.advance(trial, -value, -gradient[:, movable])
    ends[rows[:, None], movable] = state.points
    return ends


class _Climbers:
    # Points on their way down: the sign is turned. `done` says which of them have arrived.

    def __init__(self, points: FloatArray, losses: FloatArray, gradients: FloatArray) -> None:
        m, d = points.shape
        self.points, self.losses, self.gradients = points, losses, gradients
        self._hessians = np.tile(np.eye(d), (m, 1, 1))
        self._is_fresh = np.ones(m, dtype=np.bool_)  # nothing is known of the curvature
        self._stalls = np.zeros(m, dtype=np.intp)
        self._directions = np.zeros((m, d))
        self._steps = np.ones(m)
        self.done: BoolArray = ~(np.isfinite(losses) & np.isfinite(gradients).all(axis=1))
        self._set_directions(~self.done)

    def keep(self, rows: BoolArray) -> None:
        """Drop all but some."""
        for name, value in self.__dict__.items():
            setattr(self, name, value[rows])

    def trial(self) -> FloatArray:
        """Return the points to evaluate next."""
        aim = self.points + self._steps[:, None] * self._directions
        return np.minimum(np.maximum(aim, 0.0), 1.0)

    def advance(self, trial: FloatArray, losses: FloatArray, gradients: FloatArray) -> None:
        """Go to the trial points that are good enough; shorten the steps of the others."""
        moves = trial - self.points
        slopes = _dot(self.gradients, moves)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            gains = self.losses - losses
            good = (gains >= -_ENOUGH * slopes) & (gains >= 0.0)
            # The minimum of the parabola through both values and the slope, within limits.
            factors = 0.5 * slopes / (gains + slopes)
        good &= np.isfinite(gradients).all(axis=1)
        if not good.all():
            factors = np.where(np.isfinite(factors), np.minimum(np.maximum(factors, 0.1), 0.5), 0.1)
            # The border may have bent the way uphill: the next attempt ends where it begins.
            shorter = np.minimum(self._steps * factors, self._steps_to_border())
            self._steps[~good] = shorter[~good]
            lengths = self._steps * np.abs(self._directions).max(axis=1)
            self.done |= ~good & (lengths < _LEAST_STEP)
            if not good.any():
                return
        self._learn(good, moves, gradients - self.gradients)
        # A step that was cut short says nothing about what is left to gain.
        small = (gains <= _LEAST_GAIN * np.maximum(1.0, np.abs(losses))) & (self._steps == 1.0)
        self._stalls[good] = np.where(small, self._stalls + 1, 0)[good]
        self.done |= self._stalls >= 2
        self.points[good] = trial[good]
        self.losses[good] = losses[good]
        self.gradients[good] = gradients[good]
        self._set_directions(good)

    def _steps_to_border(self) -> FloatArray:
        room = np.where(self._directions > 0.0, 1.0 - self.points, self.points)
        with np.errstate(invalid="ignore", divide="ignore"):
            steps = np.where(self._directions != 0.0, room / np.abs(self._directions), np.inf)
        result: FloatArray = steps.min(axis=1)
        return result

    def _learn(self, rows: BoolArray, moves: FloatArray, turns: FloatArray) -> None:
        # eq. 6.19 and, for the first time, eq. 6.20 of [2].
        products, squares = _dot(moves, turns), _dot(turns, turns)
        rows = rows & (products > 1e-10 * squares) & (squares > 0.0)
        if not rows.any():
            return
        first = rows & self._is_fresh
        if first.any():
            scales = (squares[first] / products[first])[:, None]
            diagonal = np.arange(moves.shape[1])
            self._hessians[np.flatnonzero(first)[:, None], diagonal, diagonal] = scales
            self._is_fresh &= ~first
        # Rows that learn nothing get weight 0.
        weights = np.where(rows, 1.0 / np.where(rows, products, 1.0), 0.0)
        before = np.matmul(self._hessians, moves[:, :, None])[:, :, 0]
        curvatures = _dot(moves, before)
        known = rows & (curvatures > 0.0)
        less = np.where(known, 1.0 / np.where(known, curvatures, 1.0), 0.0)
        self._hessians += turns[:, :, None] * (weights[:, None] * turns)[:, None, :]
        self._hessians -= before[:, :, None] * (less[:, None] * before)[:, None, :]

    def _set_directions(self, rows: BoolArray) -> None:
        at_low, at_high = self.points <= _AT_BORDER, self.points >= 1.0 - _AT_BORDER
        steepest = -self.gradients
        steepest[(at_low & (steepest < 0.0)) | (at_high & (steepest > 0.0))] = 0.0
        self.done |= rows & (np.abs(steepest).max(axis=1) <= _LEAST_SLOPE)
        # Coordinates that would leave the cube stay where they are, and the curvature is that of
        # the others alone.
        free = steepest != 0.0
        identity = np.eye(free.shape[1])
        for _ in range(3):
            hessians = np.where(free[:, :, None] & free[:, None, :], self._hessians, identity)
            hessians += 1e-10 * hessians * identity  # never quite singular
            wanted = np.where(free, steepest, 0.0)
            directions = np.linalg.solve(hessians, wanted[:, :, None])[:, :, 0]
            leaving = (at_low & (directions < 0.0)) | (at_high & (directions > 0.0))
            if not leaving.any():
                break
            free &= ~leaving
        directions[leaving] = 0.0
        fresh = self._is_fresh | ~(_dot(directions, steepest) > 0.0)
        if fresh.any():
            norms = np.sqrt(_dot(steepest, steepest)) + 1e-300
            first = steepest * (_FIRST_STEP / norms)[:, None]
            directions = np.where(fresh[:, None], first, directions)
        self._directions[rows] = directions[rows]
        self._steps[rows] = 1.0


def _dot(one: FloatArray, other: FloatArray) -> FloatArray:
    result: FloatArray = np.einsum("ij,ij->i", one, other)
    return result
