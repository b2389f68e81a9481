"""Product kernels as rows of a matrix product.

The logarithm of every kernel at every candidate is ``candidates @ kernels``, where

=======================  =============================  =========================================
part                     row of `kernels` (F, n)        column of `candidates` (m, F)
=======================  =============================  =========================================
smooth parameter         mu / s^2                       x
the same, if s differs   -1 / (2 s^2)                   x^2
between kernels
rest of the exponent     1                              sum of -x^2 / (2 s^2) where s is shared
constant                 -mu^2 / (2 s^2) - log(mass)    1
grid or choice, level    1 if the kernel has the level  log(mass of the candidate's level under
                                                        a kernel with this level)
=======================  =============================  =========================================

with mu and x measured from the middle of the range, which halves them and quarters the squares.
Densities of smooth parameters are per unit of the coordinate, those of grids and choices are
masses. Single precision is enough: a logarithm is off by at most 1e-3 for the narrowest kernels.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from .truncated_normal import (
    LOG_SQRT_2PI,
    log_cell_masses,
    log_unit_mass,
    upper_tail_of_one,
)
from .unit_space import Points, UnitSpace

FloatArray = npt.NDArray[np.float64]
SingleArray = npt.NDArray[np.float32]

# A product of up to so many multiplications is computed in the calling thread by OpenBLAS; for
# larger ones it wakes threads that cost more time than they save, hence blocks.
_LARGEST_PRODUCT = 250_000
# Logarithms between these bounds can be exponentiated in single precision as they are.
_SAFE_PEAK = 80.0
_SAFE_PRIOR = -60.0
_LEAST_LOG = np.float32(-87.0)
# With a shared bandwidth a kernel's normaliser depends on its centre alone: it is interpolated
# between so many points, to 1e-3 for the narrowest kernels.
_N_CELLS = 1024


class KernelMap:
    """Makes both factors of the product, for kernels with common settings.

    Parameters
    ----------
    space : UnitSpace
        What the points are points of.
    sigma : float
        Bandwidth of all kernels in unit coordinates; with `own_widths` for grids alone.
    share : float
        Mass that a kernel gives to each choice of a categorical parameter, beside 1 on top for
        its own one, before normalisation.
    own_widths : bool, default False
        Whether each kernel has a bandwidth of its own for each smooth parameter.
    """

    def __init__(
        self, space: UnitSpace, sigma: float, share: float, *, own_widths: bool = False
    ) -> None:
        self._space = space
        self.sigma = sigma
        self.share = share
        self._tables: list[SingleArray] = [
            log_cell_masses(centres, edges, sigma).astype(np.float32)
            for _, centres, edges in space.grids
        ]
        self._tables += [_choice_table(n_choices, share) for n_choices in space.n_choices]
        n_smooth = len(space.smooth)
        #: Whether all kernels have one bandwidth, and one normaliser for each centre.
        self.is_shared = space.has_equal_cells and not own_widths
        self._latest: tuple[Points, SingleArray] | None = None  # candidates
        n_squares = 0 if self.is_shared else n_smooth
        self._squares = slice(n_smooth, n_smooth + n_squares)
        self._rest = n_smooth + n_squares
        #: Which row of the kernels :meth:`peak` looks at.
        self.peak_row = self._rest + 1
        self.n_features = self._rest + 2 + sum(len(table) for table in self._tables)
        if self.is_shared:
            halves = space.half_cells(np.empty((1, space.n_numerical)))[0]
            self._precisions = 1.0 / _spread_variances(sigma, halves)
            grid = np.linspace(0.0, 1.0, _N_CELLS + 1)[:, None]
            normalisers = _log_normalisers(np.repeat(grid, n_smooth, axis=1), self._precisions)
            self._normalisers = normalisers
            self._slopes = np.diff(normalisers, axis=0, append=0.0)
            self._columns = np.arange(n_smooth)
            self._smooth_precisions: list[tuple[int, float]] = list(
                zip(space.smooth.tolist(), self._precisions.tolist(), strict=True)
            )

    def kernels(self, points: Points, sigmas: FloatArray | None = None) -> SingleArray:
        """Return one column per kernel, shape (F, n).

        Parameters
        ----------
        points : Points
            Centres of `n` kernels.
        sigmas : ndarray of shape (n, n_smooth), optional
            Bandwidths, where each kernel has its own.
        """
        n, n_smooth = len(points.units), len(self._space.smooth)
        features = np.zeros((self.n_features, n), dtype=np.float32)
        features[self._rest] = 1.0
        if n_smooth:
            centres = points.units[:, self._space.smooth]
            if self.is_shared:
                precisions = self._precisions
                constant = self._tabulated_normalisers(centres)
            else:
                halves = self._space.half_cells(points.units)
                own = self.sigma if sigmas is None else sigmas
                assert own is not None, "kernels without a shared bandwidth need their own"
                precisions = 1.0 / _spread_variances(own, halves)
                features[self._squares] = (-0.5 * precisions).T
                constant = _log_normalisers(centres, precisions)
            centres -= 0.5
            scaled = centres * precisions
            centres *= 0.5
            centres *= scaled
            constant += centres
            features[:n_smooth] = scaled.T
            features[self._rest + 1] = -constant.sum(axis=1)
        row = self._rest + 2
        columns = np.arange(n) if self._tables else None
        for t, table in enumerate(self._tables):
            features[row + points.levels[:, t], columns] = 1.0
            row += len(table)
        return features

    def shared_kernel_of_one(self, units: list[float], levels: list[int]) -> list[float]:
        """Return a column of :meth:`kernels` where the bandwidth is shared, without arrays.

        Parameters
        ----------
        units, levels : list
            The only point.
        """
        column = [0.0] * self.n_features
        constant = 0.0
        for k, (position, precision) in enumerate(self._smooth_precisions):
            centre = units[position]
            scaled = centre * _N_CELLS
            cell = int(scaled)
            constant += (scaled - cell) * self._slopes.item(cell, k)
            constant += self._normalisers.item(cell, k)
            centre -= 0.5
            column[k] = scaled = centre * precision
            constant += 0.5 * centre * scaled
        column[self._rest] = 1.0
        column[self._rest + 1] = -constant
        row = self._rest + 2
        for level, table in zip(levels, self._tables):  # noqa: B905  # same length
            column[row + level] = 1.0
            row += len(table)
        return column

    def kernel_of_one(self, centre: float, sigma: float) -> tuple[float, ...]:
        """Return a column of :meth:`kernels` for a space of one smooth parameter.

        It is the same to the last bit, and without arrays takes a fifth of the time. Only with own
        widths and equal cells.

        Parameters
        ----------
        centre : float
            Coordinate of the kernel.
        sigma : float
            Its bandwidth.
        """
        half = self._space.half_cell
        precision = 1.0 / (half * half / 3.0 + sigma * sigma)
        spread = 1.0 / math.sqrt(precision)
        outside = upper_tail_of_one(centre / spread) + upper_tail_of_one((1.0 - centre) / spread)
        # NumPy's logarithms, whose last digits may differ from the standard library's.
        constant = float(np.log1p(-outside)) - 0.5 * float(np.log(precision)) + LOG_SQRT_2PI
        centre -= 0.5
        scaled = centre * precision
        constant += 0.5 * centre * scaled
        return scaled, -0.5 * precision, 1.0, -constant

    def candidates(self, points: Points) -> SingleArray:
        """Return one row per candidate, shape (m, F); not to be changed."""
        if self._latest is not None and self._latest[0] is points:
            return self._latest[1]
        n_smooth = len(self._space.smooth)
        features = np.empty((len(points.units), self.n_features), dtype=np.float32)
        x = self._space.smooth_units(points.units)
        x -= 0.5
        features[:, :n_smooth] = x
        x *= x
        if self.is_shared:
            features[:, self._rest] = x @ (-0.5 * self._precisions)
        else:
            features[:, self._squares] = x
            features[:, self._rest] = 0.0
        features[:, self._rest + 1] = 1.0
        row = self._rest + 2
        for t, table in enumerate(self._tables):
            features[:, row : row + len(table)] = table[:, points.levels[:, t]].T
            row += len(table)
        self._latest = points, features
        return features

    def _tabulated_normalisers(self, centres: FloatArray) -> FloatArray:
        scaled = centres * _N_CELLS
        cells = scaled.astype(np.intp)
        scaled -= cells
        scaled *= self._slopes[cells, self._columns]
        scaled += self._normalisers[cells, self._columns]
        return scaled

    def peak(self, kernels: SingleArray) -> float:
        """Return an upper bound of the logarithm of all kernels everywhere."""
        return float(kernels[self._rest + 1].max()) if kernels.shape[1] else 0.0


def log_mixture(
    kernels: SingleArray,
    weights: SingleArray,
    candidates: SingleArray,
    prior_weight: float,
    log_prior: FloatArray,
    peak: float,
    *,
    has_far_kernels: bool = False,
) -> FloatArray:
    """Return the logarithm of a mixture of kernels and a prior.

    Parameters
    ----------
    kernels : ndarray of shape (F, n)
        From :meth:`KernelMap.kernels`.
    weights : ndarray of shape (n,)
        Kernels of weight 0 are left out.
    candidates : ndarray of shape (m, F)
        From :meth:`KernelMap.candidates`.
    prior_weight : float
        Weight of the prior, on the scale of `weights`.
    log_prior : ndarray of shape (m,)
        Logarithm of the prior.
    peak : float
        From :meth:`KernelMap.peak`.
    has_far_kernels : bool, default False
        Whether many kernels are so far from a candidate, in their widths, that they underflow. It
        makes no difference to the result.

    Returns
    -------
    ndarray of shape (m,)
    """
    total = float(weights.sum(dtype=np.float64)) + prior_weight
    if prior_weight > 0.0:
        log_prior_part = log_prior + (math.log(prior_weight) - math.log(total))
    else:
        log_prior_part = np.full(len(log_prior), -np.inf)
    n = kernels.shape[1]
    if n == 0:
        return log_prior_part
    if peak < _SAFE_PEAK and log_prior_part.min() > _SAFE_PRIOR:
        # What underflows is 1e-11 of the prior at most, so nothing needs to be subtracted.
        mixed: FloatArray = np.exp(log_prior_part)
        block = max(1, _LARGEST_PRODUCT // candidates.size)
        for start in range(0, n, block):
            part = slice(start, start + block)
            logs = candidates @ kernels[:, part]
            if has_far_kernels:
                # Numbers just too small for a normal float take ten times as long.
                np.maximum(logs, _LEAST_LOG, out=logs)
            np.exp(logs, out=logs)
            mixed += (logs @ weights[part]) / total
        return np.log(mixed, out=mixed)
    logs = candidates @ kernels
    logs[:, weights == 0.0] = -np.inf
    highest = np.maximum(logs.max(axis=1), log_prior_part)
    logs -= highest[:, None].astype(np.float32)
    np.exp(logs, out=logs)
    mixed = (logs @ weights) / total + np.exp(log_prior_part - highest)
    np.log(mixed, out=mixed)
    mixed += highest
    return mixed


def _log_normalisers(centres: FloatArray, precisions: FloatArray) -> FloatArray:
    # Logarithm of the integral over [0, 1] of exp(-(x - centre)^2 precision / 2).
    normalisers = log_unit_mass(centres, 1.0 / np.sqrt(precisions))
    normalisers -= 0.5 * np.log(precisions)
    normalisers += LOG_SQRT_2PI
    return normalisers


def _choice_table(n_choices: int, share: float) -> SingleArray:
    # Log masses of shape (kernel's choice, candidate's choice).
    table = np.full((n_choices, n_choices), max(share, 1e-30))
    table[np.diag_indices(n_choices)] += 1.0
    logs: FloatArray = np.log(table / table[0].sum())
    return logs.astype(np.float32)


def _spread_variances(sigmas: FloatArray | float, halves: FloatArray) -> FloatArray:
    # A cell spreads its kernel by its own variance, (half width)^2 / 3: this turns the integral
    # over the cell into a density at its middle, good where cells are narrow.
    variances: FloatArray = np.square(halves)
    return variances / 3.0 + np.square(sigmas)
