"""Which parameters a point has, where the objective does not always ask for all of them.

A trial that lacks a parameter is given the middle of its range, or a choice of its own: between
trials that lack it the parameter makes no difference then, and a Gaussian process over all
parameters learns from every trial what it can tell [1]_. Whether a new point will have the
parameter is learnt, too: mostly one choice or integer decides it.

References
----------
.. [1] Lévesque, Durand, Gagné, Sabourin (2017), Bayesian optimization for conditional
   hyperparameter spaces, IJCNN.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..tpe.observations import Observations
from ..tpe.unit_space import Points, UnitSpace
from .acquisition import Acquisition
from .kernel import BoolArray, FloatArray

IntArray = npt.NDArray[np.intp]

_MIDDLE = 0.5


class PartialObservations(Observations):
    """Where each trial lies in a space of which it may have a part.

    Parameters
    ----------
    space : UnitSpace
        All parameters. Trials with one outside its range are not usable, those that have none
        neither.
    """

    def __init__(self, space: UnitSpace) -> None:
        super().__init__(space)
        self._present = np.zeros((len(self._usable), len(space.names)), dtype=np.bool_)
        self._least = np.array([getattr(d, "low", 0) for d in space.distributions], dtype=float)

    @property
    def present(self) -> BoolArray:
        """Which parameters each trial has, shape (n_trials, n_params)."""
        return self._present[: self.n]

    def _encode_one(
        self, row: int, internal: tuple[float, ...]
    ) -> tuple[list[float], list[int], bool]:
        points, usable = self._encode(np.array([row]), np.array([internal]))
        return points.units[0].tolist(), points.levels[0].tolist(), bool(usable[0])

    def _encode(self, rows: IntArray, internal: FloatArray) -> tuple[Points, BoolArray]:
        missing = np.isnan(internal)
        points, usable = self.space.encode(np.where(missing, self._least, internal))
        if len(self._present) < len(self._usable):
            extra = np.zeros((len(self._usable) - len(self._present), missing.shape[1]), np.bool_)
            self._present = np.concatenate([self._present, extra])
        self._present[rows] = ~missing
        units = self.space
        points.units[missing[:, units.numerical]] = _MIDDLE
        first = len(units.grids)
        for k, position in enumerate(units.categorical):
            points.levels[missing[:, position], first + k] = units.n_choices[k]
        return points, usable & ~missing.all(axis=1)


class _Rule(NamedTuple):
    # A group of parameters, by column of a row, and what decides whether a point has it.
    columns: IntArray
    parent: int  # column
    has_it: dict[int, bool]  # by level of the parent


class Conditions:
    """What decides which parameters a point has.

    Parameters
    ----------
    space : UnitSpace
    present : ndarray of bool, shape (n, n_params)
        Which parameters the known trials have.
    rows : ndarray of shape (n, d)
        The trials: coordinates, then indices of choices.
    """

    def __init__(self, space: UnitSpace, present: BoolArray, rows: FloatArray) -> None:
        self._space = space
        # Columns of rows: the numerical parameters, then the categorical ones.
        order = [*space.numerical, *space.categorical]
        self._present = present[:, order]
        self._empty = np.array([_MIDDLE] * space.n_numerical + [float(n) for n in space.n_choices])
        self._edges = {k: edges for k, _, edges in space.grids}
        self.rules = list(self._learnt(rows)) if len(rows) else []

    def canonical(self, rows: FloatArray) -> FloatArray:
        """Return points with the parameters that they will not have set to "lacks it"."""
        if not self.rules:
            return rows
        lacks = self.lacking(rows)
        return np.where(lacks, self._empty, rows)

    def lacking(self, rows: FloatArray) -> BoolArray:
        """Return which columns a point will not have, shape (n, d)."""
        lacks = np.zeros(rows.shape, dtype=np.bool_)
        for rule in self.rules:
            levels = self._levels(rows, rule.parent)
            no = np.zeros(len(rows), dtype=np.bool_)
            for level, has_it in rule.has_it.items():
                if not has_it:
                    no |= levels == level
            no |= lacks[:, rule.parent]
            lacks[np.ix_(no, rule.columns)] = True
        return lacks

    def _levels(self, rows: FloatArray, column: int) -> IntArray:
        if column in self._edges:
            return np.searchsorted(self._edges[column], rows[:, column], side="right") - 1
        return rows[:, column].astype(np.intp)

    def _learnt(self, rows: FloatArray) -> Iterator[_Rule]:
        patterns, group_of = np.unique(self._present, axis=1, return_inverse=True)
        counts = patterns.sum(axis=0)
        # A parameter is decided by one that is there more often, so no two decide each other.
        for group in np.argsort(-counts, kind="stable"):
            has_it = patterns[:, group]
            if has_it.all():
                continue
            columns = np.flatnonzero(group_of.ravel() == group)
            found = self._parent(rows, has_it)
            if found is not None:
                yield _Rule(columns, *found)

    def _parent(self, rows: FloatArray, has_it: BoolArray) -> tuple[int, dict[int, bool]] | None:
        best: tuple[int, dict[int, bool]] | None = None
        for column in (*range(self._space.n_numerical, rows.shape[1]), *self._edges):
            there = self._present[:, column]
            if (has_it & ~there).any() or there.sum() <= has_it.sum():
                continue
            levels = self._levels(rows, column)[there]
            size = int(levels.max()) + 1
            total = np.bincount(levels, minlength=size)
            with_it = np.bincount(levels[has_it[there]], minlength=size)
            if ((with_it > 0) & (with_it < total)).any():
                continue
            table = {int(level): bool(with_it[level]) for level in np.flatnonzero(total)}
            if best is None or len(table) < len(best[1]):
                best = column, table
        return best


class ConditionalAcquisition(Acquisition):
    """An acquisition function of what a point will have, whatever stands in the rest."""

    def __init__(self, inner: Acquisition, conditions: Conditions) -> None:
        super().__init__()
        self._inner = inner
        self._conditions = conditions

    def __call__(self, at: FloatArray) -> FloatArray:
        return self._inner(self._conditions.canonical(at))

    def with_gradient(self, at: FloatArray) -> tuple[FloatArray, FloatArray]:
        lacks = self._conditions.lacking(at)
        value, gradient = self._inner.with_gradient(self._conditions.canonical(at))
        return value, np.where(lacks, 0.0, gradient)
