"""Parameters as coordinates: numbers in the unit interval, choices and coarse grids as levels."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ...distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

FloatArray = npt.NDArray[np.float64]
LevelArray = npt.NDArray[np.int32]

# A grid with more values is handled as a continuum of cells; see `UnitSpace.half_cells`.
MOST_LEVELS = 64

_EDGE = 1e-9  # how far outside its range a value may be by rounding


class Points(NamedTuple):
    """Points of a `UnitSpace`.

    units : ndarray of shape (n_points, n_numerical)
        Coordinates in [0, 1].
    levels : ndarray of shape (n_points, n_grids + n_categorical)
        Index of the grid value, then of the choice.
    """

    units: FloatArray
    levels: LevelArray

    def take(self, rows: npt.NDArray[np.intp]) -> Points:
        return Points(self.units[rows], self.levels[rows])


class UnitSpace:
    """Maps a search space to the unit cube and back.

    Floats and integers become coordinates in [0, 1], on the logarithmic scale where asked for.
    A value of a grid (an integer or a step) owns a cell of the interval: equal cells on a linear
    scale, cells that end half a step from the value on a logarithmic one.

    Parameters
    ----------
    space : dict of str to BaseDistribution
        Distributions with more than one value.

    Attributes
    ----------
    names : tuple of str
        Parameters in the order of `space`.
    numerical, categorical : list of int
        Positions of the floats and integers, and of the others, among `names`.
    n_numerical : int
        Number of floats and integers.
    smooth : ndarray of int
        Which of the numerical parameters are continuous, or grids too fine to tabulate.
    grids : list of tuple
        For each coarse grid its numerical index, its values' coordinates (n_values,) and the
        borders of their cells (n_values + 1,).
    n_choices : list of int
        Number of choices of each categorical parameter.
    has_equal_cells : bool
        Whether :meth:`half_cells` is the same for all points.
    half_cell : float
        The first of it, if so.
    """

    def __init__(self, space: dict[str, BaseDistribution]) -> None:
        self.names = tuple(space)
        self.distributions = tuple(space.values())
        positions = range(len(self.names))
        self.categorical = [
            p for p in positions if isinstance(self.distributions[p], CategoricalDistribution)
        ]
        self.numerical = [p for p in positions if p not in set(self.categorical)]
        self.n_numerical = len(self.numerical)
        self.n_choices = [len(self.distributions[p].choices) for p in self.categorical]  # type: ignore[attr-defined]  # categorical by selection
        axes = [_Axis(self.distributions[p]) for p in self.numerical]
        self._axes = axes
        # Names and bounds, if all parameters are floats without steps, logarithms or huge ranges.
        self._is_plain = not self.categorical and all(axis.is_plain for axis in axes)
        self._plain = [
            (name, axis.low, axis.width, axis.distribution.low, axis.distribution.high)
            for name, axis in zip(self.names, axes)  # noqa: B905  # categorical ones are not used
        ]
        self._scales = np.array([axis.scale for axis in axes])
        self._is_scaled = bool((self._scales != 1.0).any())
        self._lows = np.array([axis.low for axis in axes])
        self._widths = np.array([axis.width for axis in axes])
        self._logs = np.flatnonzero([axis.log for axis in axes])
        self._counts = np.array([axis.n_values or 1.0 for axis in axes])
        self._linear_grids = np.flatnonzero(
            [axis.n_values is not None and not axis.log for axis in axes]
        )
        self._log_grids = [
            k for k, axis in enumerate(axes) if axis.n_values is not None and axis.log
        ]
        self.grids: list[tuple[int, FloatArray, FloatArray]] = []
        smooth = []
        for k, axis in enumerate(axes):
            if axis.n_values is None or axis.n_values > MOST_LEVELS:
                smooth.append(k)
            else:
                self.grids.append((k, *axis.cells()))
        self._grid_edges = [(k, edges.tolist()) for k, _, edges in self.grids]
        self.smooth = np.array(smooth, dtype=np.intp)
        self.has_equal_cells = not any(k in self._log_grids for k in smooth)
        self._half_cells = np.array(
            [[0.0 if axes[k].n_values is None else 0.5 / self._counts[k] for k in smooth]]
        )
        self.half_cell = float(self._half_cells[0, 0]) if smooth else 0.0
        self.n_levels = len(self.grids) + len(self.n_choices)
        self._numerical_index = np.array(self.numerical, dtype=np.intp)
        self._categorical_index = np.array(self.categorical, dtype=np.intp)

    def smooth_units(self, units: FloatArray) -> FloatArray:
        """Return the coordinates of the smooth parameters, shape (n, n_smooth), as a copy."""
        return units.copy() if len(self.smooth) == self.n_numerical else units[:, self.smooth]

    def encode(self, internal: FloatArray) -> tuple[Points, npt.NDArray[np.bool_]]:
        """Map parameters in internal representation to points.

        Parameters
        ----------
        internal : ndarray of shape (n, n_params)
            In the order of :attr:`names`; NaN where missing.

        Returns
        -------
        points : Points
            Rows that are not usable hold 0.5 and level 0.
        usable : ndarray of shape (n,)
            Whether all parameters are there and within their ranges.
        """
        n = len(internal)
        if n == 1:  # the usual case: one trial has ended
            one, level, is_usable = self.encode_one(internal[0].tolist())
            points = Points(np.array([one], dtype=np.float64), np.array([level], dtype=np.int32))
            return points, np.array([is_usable])
        units = internal[:, self._numerical_index]
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            if self._logs.size:
                units[:, self._logs] = np.log(units[:, self._logs])
            if self._is_scaled:
                units *= self._scales
            units -= self._lows
            units /= self._widths
            inside = (units >= -_EDGE) & (units <= 1.0 + _EDGE)
            usable: npt.NDArray[np.bool_] = np.logical_and.reduce(inside, axis=1)
        levels = np.zeros((n, self.n_levels), dtype=np.int32)
        if self.categorical:
            choices = internal[:, self._categorical_index]
            usable &= ((choices >= 0) & (choices < self.n_choices)).all(axis=1)
            choices[~usable] = 0.0
            levels[:, len(self.grids) :] = choices
        if not usable.all():
            units[~usable] = 0.5
        np.maximum(units, 0.0, out=units)
        np.minimum(units, 1.0, out=units)
        self._set_grid_levels(units, levels)
        return Points(units, levels), usable

    def encode_one(self, internal: Sequence[float]) -> tuple[list[float], list[int], bool]:
        """Return the coordinates and levels of one point, and whether it is usable.

        The same arithmetic as :meth:`encode` without arrays, which for one point costs a third.

        Parameters
        ----------
        internal : sequence of float
            In the order of :attr:`names`.
        """
        units = [axis.encode(internal[p]) for p, axis in zip(self.numerical, self._axes)]  # noqa: B905  # same length
        choices = [internal[p] for p in self.categorical]
        usable = all(-_EDGE <= unit <= 1.0 + _EDGE for unit in units)
        if usable and choices:
            usable = all(0 <= choice < n for choice, n in zip(choices, self.n_choices))  # noqa: B905  # same length
        if usable:
            units = [min(max(unit, 0.0), 1.0) for unit in units]
        else:
            units, choices = [0.5] * len(units), [0.0] * len(choices)
        levels = [
            min(max(bisect.bisect_right(edges, units[k]) - 1, 0), len(edges) - 2)
            for k, edges in self._grid_edges
        ]
        levels += map(int, choices)
        return units, levels, usable

    def snap(self, units: FloatArray, choices: npt.NDArray[Any]) -> Points:
        """Move coordinates to the nearest values of the grids, and give their levels.

        Parameters
        ----------
        units : ndarray of shape (n, n_numerical)
            In [0, 1]; changed in place.
        choices : ndarray of shape (n, n_categorical)
            Index of each choice.
        """
        if self._is_plain:
            return Points(units, np.empty((len(units), 0), dtype=np.int32))
        linear = self._linear_grids
        if linear.size:
            counts = self._counts[linear]
            cells = np.minimum(np.floor(units[:, linear] * counts), counts - 1.0)
            units[:, linear] = (cells + 0.5) / counts
        for k in self._log_grids:
            units[:, k] = self._axes[k].snap(units[:, k])
        levels = np.empty((len(units), self.n_levels), dtype=np.int32)
        levels[:, len(self.grids) :] = choices
        self._set_grid_levels(units, levels)
        return Points(units, levels)

    def decode(self, points: Points, row: int) -> dict[str, Any]:
        """Return one point as parameter values."""
        units = points.units[row].tolist()
        if self._is_plain:
            # What _Axis.value does, in one loop.
            return {
                name: least if (v := low + unit * width) < least else min(v, most)
                for unit, (name, low, width, least, most) in zip(units, self._plain)  # noqa: B905  # same length
            }
        values: dict[str, Any] = {}
        for k, p in enumerate(self.numerical):
            values[self.names[p]] = self._axes[k].value(units[k])
        for k, p in enumerate(self.categorical):
            level = int(points.levels[row, len(self.grids) + k])
            values[self.names[p]] = self.distributions[p].to_external_repr(level)
        return {name: values[name] for name in self.names} if self.categorical else values

    def steps(self) -> FloatArray:
        """Return the distance of neighbours on coarse linear grids, 0 for the rest.

        Returns
        -------
        ndarray of shape (n_numerical,)
        """
        steps = np.zeros(self.n_numerical)
        for k, _, _ in self.grids:
            if k not in self._log_grids:
                steps[k] = 1.0 / self._counts[k]
        return steps

    def half_cells(self, units: FloatArray) -> FloatArray:
        """Return half the width of the cell around each smooth coordinate, 0 for floats.

        Parameters
        ----------
        units : ndarray of shape (n, n_numerical)

        Returns
        -------
        ndarray of shape (n, n_smooth) or (1, n_smooth)
        """
        if self.has_equal_cells:
            return self._half_cells
        halves = np.repeat(self._half_cells, len(units), axis=0)
        for column, k in enumerate(self.smooth):
            if k in self._log_grids:
                halves[:, column] = self._axes[k].half_cells(units[:, k])
        return halves

    def _set_grid_levels(self, units: FloatArray, levels: LevelArray) -> None:
        for column, (k, centres, edges) in enumerate(self.grids):
            cells = np.searchsorted(edges, units[:, k], side="right") - 1
            levels[:, column] = np.clip(cells, 0, len(centres) - 1)


class _Axis:
    # One numerical parameter. Coordinates are (f(x) * scale - low) / width with f the identity
    # or the logarithm; scale is below 1 only where high - low overflows.

    def __init__(self, distribution: BaseDistribution) -> None:
        if not isinstance(distribution, (FloatDistribution, IntDistribution)):
            raise TypeError(
                f"TPE cannot model {distribution!r} of type {type(distribution).__name__}."
            )
        self.distribution = distribution
        self.is_int = isinstance(distribution, IntDistribution)
        self.log = distribution.log
        self.n_values: float | None = None
        low, high = float(distribution.low), float(distribution.high)
        step = distribution.step
        if step is not None:
            self.n_values = float(round((0.5 * high - 0.5 * low) / (0.5 * step)) + 1)
            low, high = low - 0.5 * step, high + 0.5 * step
        if self.log:
            low, high = math.log(low), math.log(high)
        self.scale = 1.0 if math.isfinite(high - low) else 0.25
        self.is_plain = not (self.is_int or self.log or step is not None) and self.scale == 1.0
        self.low = low * self.scale
        self.width = high * self.scale - low * self.scale

    def encode(self, internal: float) -> float:
        if self.log:
            if not internal > 0.0:
                return math.nan
            # NumPy's, whose last digit may differ from that of the standard library.
            internal = float(np.log(internal))
        return (internal * self.scale - self.low) / self.width

    def value(self, unit: float) -> Any:
        distribution = self.distribution
        if self.n_values is not None and not self.log:
            cell = min(int(unit * self.n_values), int(self.n_values) - 1)
            if isinstance(distribution, FloatDistribution):
                return distribution.on_grid(cell)
            return min(distribution.low + cell * distribution.step, distribution.high)
        value = (self.low + unit * self.width) / self.scale
        if self.log:
            value = math.exp(value)
        if self.is_int:
            value = round(value)
        return min(max(value, distribution.low), distribution.high)

    # The rest is for logarithmic grids.

    def unit(self, values: FloatArray) -> FloatArray:
        return (np.log(values) - self.low) / self.width

    def nearest(self, units: FloatArray) -> FloatArray:
        values = np.rint(np.exp(self.low + units * self.width))
        return np.clip(values, float(self.distribution.low), float(self.distribution.high))

    def snap(self, units: FloatArray) -> FloatArray:
        return self.unit(self.nearest(units))

    def half_cells(self, units: FloatArray) -> FloatArray:
        values = self.nearest(units)
        return 0.5 * (np.log(values + 0.5) - np.log(values - 0.5)) / self.width

    def cells(self) -> tuple[FloatArray, FloatArray]:
        n = int(self.n_values or 0)
        if self.log:
            values = float(self.distribution.low) + np.arange(n, dtype=np.float64)
            edges = self.unit(np.append(values - 0.5, values[-1] + 0.5))
            edges[0], edges[-1] = 0.0, 1.0
            return self.unit(values), edges
        return (np.arange(n) + 0.5) / n, np.arange(n + 1) / n
