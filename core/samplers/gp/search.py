"""Where an acquisition function is highest: a local search from many starts in a mixed space."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ..tpe.unit_space import UnitSpace
from .acquisition import Acquisition
from .ascent import climb
from .kernel import BoolArray, FloatArray

_N_GLOBAL, _N_LOCAL = 384, 192
_N_STARTS = 6
_MOST_STEPS = 50
_MOST_ROUNDS = 4
_MOST_NEIGHBOURS = 2048
_SAME = 1e-9  # coordinates that differ by rounding only


class MixedSpace:
    """Points of a `UnitSpace` as rows: coordinates in [0, 1], then indices of choices.

    Attributes
    ----------
    categorical : ndarray of bool, shape (d,)
    smooth : ndarray of int
        The coordinates that gradients move: floats and fine grids.
    """

    def __init__(self, units: UnitSpace) -> None:
        self.units = units
        n, n_choices = units.n_numerical, units.n_choices
        self.d = n + len(n_choices)
        self.categorical: BoolArray = np.arange(self.d) >= n
        self.smooth = units.smooth
        # What each of the other coordinates can be.
        self.alternatives: list[tuple[int, FloatArray]] = [
            *((k, centres) for k, centres, _ in units.grids),
            *((n + k, np.arange(float(count))) for k, count in enumerate(n_choices)),
        ]
        self._n_choices = np.array(n_choices, dtype=np.float64)

    def draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Return points drawn uniformly, shape (n, d)."""
        return self._snapped(rng.random((n, self.d)), scaled=True)

    def draw_near(self, points: FloatArray, n: int, rng: np.random.Generator) -> FloatArray:
        """Return points that differ from given ones in some coordinates, shape (n, d)."""
        result = points[rng.integers(len(points), size=n)]
        moved = rng.random((n, self.d)) < max(0.5, 1.5 / self.d)
        spreads = 10.0 ** rng.uniform(-3.0, -0.5, size=(n, 1))
        steps = spreads * rng.standard_normal((n, self.d))
        others = self.draw(n, rng)
        exchanged = self.categorical & (rng.random((n, self.d)) < 0.5)
        near = np.where(self.categorical, result, np.clip(result + steps, 0.0, 1.0))
        near = np.where(exchanged, others, near)
        return self._snapped(np.where(moved, near, result), scaled=False)

    def snap(self, points: FloatArray) -> FloatArray:
        """Move points to the nearest values of the grids."""
        return self._snapped(points, scaled=False)

    def _snapped(self, points: FloatArray, *, scaled: bool) -> FloatArray:
        n = self.units.n_numerical
        choices = points[:, n:] * self._n_choices if scaled else points[:, n:]
        snapped = self.units.snap(points[:, :n].copy(), choices.astype(np.int32))
        return self.rows(snapped.units, snapped.levels)

    def rows(self, units: FloatArray, levels: npt.NDArray[np.int32]) -> FloatArray:
        """Return points of the `UnitSpace` as rows, shape (n, d)."""
        return np.concatenate([units, levels[:, len(self.units.grids) :]], axis=1)


def propose(
    acquisition: Acquisition,
    space: MixedSpace,
    rng: np.random.Generator,
    anchors: FloatArray,
    taken: FloatArray,
    canonical: Callable[[FloatArray], FloatArray] = np.asarray,
) -> FloatArray | None:
    """Return the best point that was found, and is not taken.

    Parameters
    ----------
    acquisition : Acquisition
    space : MixedSpace
    rng : Generator
    anchors : ndarray of shape (n_anchors, d)
        Good points to search around.
    taken : ndarray of shape (n_taken, d)
        Points not to propose again.
    canonical : callable, optional
        Gives points that are the same, because parameters do not apply, the same coordinates.

    Returns
    -------
    ndarray of shape (d,), or None
        None if every point that was looked at is taken.
    """
    candidates = space.draw(_N_GLOBAL, rng)
    if len(anchors):
        near = space.draw_near(anchors, _N_LOCAL, rng)
        candidates = np.concatenate([candidates, near, anchors])
    values = acquisition(candidates)
    # Starts from the whole space and from around the anchors, so that neither crowds out the other.
    n_each = _N_STARTS // 2
    whole = np.argsort(-values[:_N_GLOBAL], kind="stable")[:n_each]
    local = np.argsort(-values[_N_GLOBAL:], kind="stable")[:n_each] + _N_GLOBAL
    starts = candidates[np.concatenate([whole, local])]

    ends, best = starts, -np.inf
    for _ in range(_MOST_ROUNDS if space.alternatives else 1):
        if space.smooth.size:
            ends = space.snap(climb(acquisition.with_gradient, ends, space.smooth, _MOST_STEPS))
        if space.alternatives:
            ends, end_values, neighbours = _exchange(acquisition, ends, space, rng)
        else:
            end_values, neighbours = acquisition(ends), ends[:0]
        candidates = np.concatenate([candidates, ends, neighbours[: 2 * space.d]])
        top = float(end_values.max())
        if not top > best + 1e-6 * abs(best) if np.isfinite(best) else False:
            break
        best = top
    candidates = canonical(candidates)
    values = acquisition(candidates)
    # Free points only, best first.
    order = np.argsort(-values, kind="stable")
    for k in order:
        if not (np.abs(taken - candidates[k]) < _SAME).all(axis=1).any():
            chosen: FloatArray = candidates[k]
            return chosen
    return None


def _exchange(
    acquisition: Acquisition, points: FloatArray, space: MixedSpace, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray]:
    # Each point moves to its best neighbour: one that differs in one grid value or choice.
    blocks = [points]
    for k, options in space.alternatives:
        block = np.repeat(points, len(options), axis=0)
        block[:, k] = np.tile(options, len(points))
        blocks.append(block)
    owners = np.concatenate(
        [
            np.arange(len(points)),
            *(np.repeat(np.arange(len(points)), len(options)) for _, options in space.alternatives),
        ]
    )
    neighbours = np.concatenate(blocks)
    if len(neighbours) > _MOST_NEIGHBOURS:
        kept = rng.choice(len(neighbours), _MOST_NEIGHBOURS, replace=False)
        kept = np.union1d(kept, np.arange(len(points)))
        neighbours, owners = neighbours[kept], owners[kept]
    values = acquisition(neighbours)
    best_first = np.lexsort((-values, owners))
    _, first = np.unique(owners[best_first], return_index=True)
    winners = best_first[first]
    order = np.argsort(-values, kind="stable")
    return neighbours[winners], values[winners], neighbours[order]
