"""Product kernels as rows of a matrix product.

The logarithm of every kernel at every candidate is ``candidates @ kernels``, where

======================  =============================  ==========================================
part                    row of `kernels` (F, n)        column of `candidates` (m, F)
======================  =============================  ==========================================
smooth parameter        mu / s^2                       x
smooth parameter        -1 / (2 s^2)                   x^2
constant                log(weightless normaliser)     1
grid or choice, level   1 if the kernel has the level  log(mass of the candidate's level
                                                       under a kernel with this level)
======================  =============================  ==========================================

with mu and x measured from the middle of the range, which halves them twice in the squares.
Densities of smooth parameters are per unit of the coordinate, those of grids and choices are
masses. Single precision is enough: a logarithm is off by at most 1e-3 for the narrowest kernels.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from .truncated_normal import LOG_SQRT_2PI, log_cell_masses, log_unit_mass
from .unit_space import Points, UnitSpace

FloatArray = npt.NDArray[np.float64]
SingleArray = npt.NDArray[np.float32]
Sigmas = FloatArray | float

_MIDDLE = np.array([0.5])


def n_features(space: UnitSpace) -> int:
    """Return F, the inner dimension of the product."""
    n_levels = sum(len(centres) for _, centres, _ in space.grids) + sum(space.n_choices)
    return 2 * len(space.smooth) + 1 + n_levels


def kernel_features(space: UnitSpace, points: Points, sigmas: Sigmas) -> SingleArray:
    """Return one column per kernel, shape (F, n).

    Parameters
    ----------
    space : UnitSpace
        What the points are points of.
    points : Points
        Centres of `n` kernels.
    sigmas : float or ndarray of shape (n, 1)
        Bandwidths in unit coordinates.
    """
    n, n_smooth = len(points.units), len(space.smooth)
    features = np.zeros((n_features(space), n), dtype=np.float32)
    if n_smooth:
        centres = points.units[:, space.smooth]
        # A cell spreads its kernel by its own variance, (half width)^2 / 3: this turns the
        # integral over the cell into a density at its middle, good where cells are narrow.
        variances = np.square(space.half_cells(points.units))
        variances /= 3.0
        variances = variances + np.square(sigmas)
        spreads = np.sqrt(variances)
        constant = log_unit_mass(centres, spreads)
        constant += np.log(spreads)
        constant += LOG_SQRT_2PI
        centres -= 0.5
        scaled = centres / variances
        constant += (0.5 * centres) * scaled
        features[:n_smooth] = scaled.T
        features[n_smooth : 2 * n_smooth] = (-0.5 / variances).T
        features[2 * n_smooth] = -constant.sum(axis=1)
    row = 2 * n_smooth + 1
    columns = np.arange(n)
    for t, n_values in enumerate(level_counts(space)):
        features[row + points.levels[:, t], columns] = 1.0
        row += n_values
    return features


def candidate_features(
    space: UnitSpace, points: Points, tables: list[SingleArray]
) -> SingleArray:
    """Return one row per candidate, shape (m, F)."""
    m, n_smooth = len(points.units), len(space.smooth)
    features = np.empty((m, n_features(space)), dtype=np.float32)
    x = points.units[:, space.smooth] - 0.5
    features[:, :n_smooth] = x
    features[:, n_smooth : 2 * n_smooth] = x * x
    features[:, 2 * n_smooth] = 1.0
    row = 2 * n_smooth + 1
    for t, table in enumerate(tables):
        features[:, row : row + len(table)] = table[:, points.levels[:, t]].T
        row += len(table)
    return features


def level_counts(space: UnitSpace) -> list[int]:
    """Return the number of levels of each grid and each categorical parameter."""
    return [len(centres) for _, centres, _ in space.grids] + space.n_choices


def grid_tables(space: UnitSpace, sigma: float) -> list[SingleArray]:
    """Return, for each grid, log masses of shape (kernel's level, candidate's level)."""
    return [
        log_cell_masses(centres, edges, sigma).astype(np.float32)
        for _, centres, edges in space.grids
    ]


def choice_tables(space: UnitSpace, share: float) -> list[SingleArray]:
    """Return, for each categorical parameter, log masses (kernel's choice, candidate's choice).

    A kernel gives each of the K choices the mass ``share``, its own choice 1 on top, and is
    normalised.
    """
    tables = []
    for n_choices in space.n_choices:
        table = np.full((n_choices, n_choices), max(share, 1e-30), dtype=np.float64)
        table[np.diag_indices(n_choices)] += 1.0
        tables.append(np.log(table / table[0].sum()).astype(np.float32))
    return tables


def log_prior(space: UnitSpace, points: Points) -> FloatArray:
    """Return the logarithm of the prior at each point, shape (m,).

    The prior is a normal at the middle of the range, as wide as the range, for numerical
    parameters, and uniform for categorical ones.
    """
    x = points.units[:, space.smooth] - 0.5
    total = -0.5 * np.einsum("ij,ij->i", x, x)
    total -= len(space.smooth) * _LOG_PRIOR_PEAK
    for t, (_, _, edges) in enumerate(space.grids):
        total += log_cell_masses(_MIDDLE, edges, 1.0)[0][points.levels[:, t]]
    total -= sum(math.log(n_choices) for n_choices in space.n_choices)
    return total


_LOG_PRIOR_PEAK = LOG_SQRT_2PI + float(log_unit_mass(_MIDDLE, 1.0)[0])


def log_mixture(
    kernels: SingleArray,
    weights: SingleArray,
    candidates: SingleArray,
    prior_weight: float,
    prior: FloatArray,
) -> FloatArray:
    """Return the logarithm of a mixture of kernels and a prior.

    Parameters
    ----------
    kernels : ndarray of shape (F, n)
        From :func:`kernel_features`.
    weights : ndarray of shape (n,)
        Kernels of weight 0 are left out.
    candidates : ndarray of shape (m, F)
        From :func:`candidate_features`.
    prior_weight : float
        Weight of the prior, on the scale of `weights`.
    prior : ndarray of shape (m,)
        From :func:`log_prior`.

    Returns
    -------
    ndarray of shape (m,)
    """
    total = float(weights.sum(dtype=np.float64)) + prior_weight
    log_prior_share = prior + (math.log(prior_weight / total) if prior_weight > 0.0 else -np.inf)
    if kernels.shape[1] == 0:
        return log_prior_share
    logs = candidates @ kernels
    unused = np.flatnonzero(weights == 0.0)
    if unused.size:
        logs[:, unused] = -np.inf
    highest = np.maximum(logs.max(axis=1), log_prior_share)
    logs -= highest[:, None].astype(np.float32)
    np.exp(logs, out=logs)
    mixed = (logs @ weights).astype(np.float64)
    mixed /= total
    mixed += np.exp(log_prior_share - highest)
    return np.log(mixed) + highest
