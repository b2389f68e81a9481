"""Objective and constraint values as targets that a Gaussian process can learn.

References
----------
.. [1] Box, Cox (1964), An analysis of transformations, J. of the Royal Statistical Society B 26.
"""

from __future__ import annotations

import numpy as np

from ...multi_objective import finite_losses
from .kernel import FloatArray

_POWERS = (1.0, 0.75, 0.5, 0.25, 0.0, -0.25, -0.5)
_WIDE = 0.9
_FARTHEST = 6.0  # constraint values are clipped at so many typical magnitudes


def loss_targets(losses: FloatArray, *, wide: bool = False) -> FloatArray:
    """Compress bad outliers and standardise, keeping the order.

    ``1 + (loss - least) / (median - least)`` is raised to the power under which it looks most
    normal [1]_, never one above 1: near the least loss the shape stays, a long tail of bad losses
    is shortened. The more trials gather around the best, the smaller the median, and the more of
    the targets' range is theirs: the model looks closer, and in the end sees nothing else.

    Parameters
    ----------
    losses : ndarray of shape (n,)
        Lower is better; may be infinite.
    wide : bool, default False
        Whether to keep the whole in view: the unit is the range of nine tenths of the losses
        instead of half of them.

    Returns
    -------
    ndarray of shape (n,)
        Mean 0 and variance 1; zeros if all losses are equal.
    """
    losses = finite_losses(losses[:, None])[:, 0]
    halves = 0.5 * losses - 0.5 * losses.min()  # halves, for the widest range overflows
    unit = float(np.quantile(halves, _WIDE if wide else 0.5)) or float(halves.mean())
    if not unit > 0.0:
        return np.zeros(len(losses))
    with np.errstate(over="ignore"):
        ratios = np.minimum(halves / unit, 1e100)
    logs = np.log1p(ratios)
    total = float(logs.sum())
    best, best_fit = None, -np.inf
    for power in _POWERS:
        bent = logs if power == 0.0 else np.expm1(power * logs) / power
        spread = float(bent.std())
        if not 0.0 < spread < np.inf:
            continue
        fit = (power - 1.0) * total - len(losses) * np.log(spread)
        if fit > best_fit:
            best, best_fit = (bent - bent.mean()) / spread, fit
    return np.zeros(len(losses)) if best is None else best


def constraint_targets(values: FloatArray) -> tuple[FloatArray, float]:
    """Scale the values of a constraint, and say where its limit 0 has gone.

    Returns
    -------
    targets : ndarray of shape (n,)
        Mean 0, of magnitude about 1.
    limit : float
        The constraint holds where the target is at most this.
    """
    values = finite_losses(values[:, None])[:, 0]
    magnitudes = np.abs(values)
    unit = float(np.median(magnitudes)) or float(magnitudes.mean())
    if not 0.0 < unit < np.inf:
        return np.zeros(len(values)), 0.0
    with np.errstate(over="ignore"):
        scaled = np.clip(values / unit, -_FARTHEST, _FARTHEST)
    spread = float(scaled.std()) or 1.0
    centre = float(scaled.mean())
    return (scaled - centre) / spread, -centre / spread
