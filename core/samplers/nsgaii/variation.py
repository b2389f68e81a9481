"""Children of a population of parents."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ...distributions import BaseDistribution
from ..tpe.unit_space import UnitSpace
from .crossover import BaseCrossover
from .mutation import BaseMutation, PolynomialMutation

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

_MOST_TOURNAMENTS = 5  # for each parent
_MOST_DRAWS = 10  # of a child that lies outside the bounds


class Variation(NamedTuple):
    """What a user can set about crossover and mutation; see :class:`NSGAIISampler`."""

    crossover: BaseCrossover
    crossover_prob: float
    swapping_prob: float
    mutation: BaseMutation | None
    mutation_prob: float | None


class Parents:
    """Parents in one search space, from which children are drawn.

    Parameters
    ----------
    space : dict of str to BaseDistribution
        Distributions with more than one value.
    internal : ndarray of shape (n, n_params)
        Parameters of the parents in internal representation, NaN where missing.
    ranks : ndarray of shape (n,)
        The lower, the better.
    crowding : ndarray of shape (n,)
        The larger, the better among equal ranks.
    units : UnitSpace, optional
        Of `space`, where it is known already.
    """

    def __init__(
        self,
        space: dict[str, BaseDistribution],
        internal: FloatArray,
        ranks: IntArray,
        crowding: FloatArray,
        units: UnitSpace | None = None,
    ) -> None:
        self._units = UnitSpace(space) if units is None else units
        points, usable = self._units.encode(internal)
        kept = np.flatnonzero(usable)
        self._points = points.units[kept]
        self._choices = points.levels[kept, len(self._units.grids) :]
        # One number to compare: rank first, isolation second.
        order = np.lexsort((-crowding[kept], ranks[kept]))
        worth = np.empty(len(kept), dtype=np.intp)
        worth[order] = np.arange(len(kept))
        self._worth: list[int] = worth.tolist()
        self._bounds = np.tile([0.0, 1.0], (self._units.n_numerical, 1))
        self._n_choices = np.array(self._units.n_choices, dtype=np.intp)

    @property
    def units(self) -> UnitSpace:
        """The coordinates that parents and children have."""
        return self._units

    def __len__(self) -> int:
        return len(self._points)

    def child(self, variation: Variation, rng: np.random.RandomState, study: Any) -> dict[str, Any]:
        """Return a child's parameters."""
        if rng.rand() < variation.crossover_prob:
            chosen = self._tournaments(rng, variation.crossover.n_parents)
            units = self._crossed(variation.crossover, chosen, rng, study)
            choices = self._choices[chosen[0]]
            if choices.size:
                swapped = rng.rand(len(choices)) < variation.swapping_prob
                choices = np.where(swapped, self._choices[chosen[1]], choices)
        else:
            chosen = self._tournaments(rng, 1)
            units, choices = self._points[chosen[0]].copy(), self._choices[chosen[0]].copy()
        self._mutate(variation, units, choices, rng, study)
        points = self._units.snap(units[None], choices[None])
        return self._units.decode(points, 0)

    def _tournaments(self, rng: np.random.RandomState, n: int) -> IntArray:
        # Each parent is the better one of two; all are different, if a few draws find that.
        worth = self._worth
        chosen: list[int] = []
        for one, other in rng.randint(len(worth), size=(n * _MOST_TOURNAMENTS, 2)).tolist():
            winner = one if worth[one] <= worth[other] else other
            if winner not in chosen:
                chosen.append(winner)
                if len(chosen) == n:
                    break
        while len(chosen) < n:
            chosen.append(chosen[0])
        return np.array(chosen, dtype=np.intp)

    def _crossed(
        self, crossover: BaseCrossover, chosen: IntArray, rng: np.random.RandomState, study: Any
    ) -> FloatArray:
        if not self._points.shape[1]:
            return np.empty(0)
        for _ in range(_MOST_DRAWS):
            child = crossover.crossover(self._points[chosen], rng, study, self._bounds)
            if all(0.0 <= coordinate <= 1.0 for coordinate in child.tolist()):
                return child
        return np.clip(child, 0.0, 1.0)

    def _mutate(
        self,
        variation: Variation,
        units: FloatArray,
        choices: npt.NDArray[np.int32],
        rng: np.random.RandomState,
        study: Any,
    ) -> None:
        n = len(units) + len(choices)
        prob = 1.0 / n if variation.mutation_prob is None else variation.mutation_prob
        for k in [k for k, u in enumerate(rng.rand(n).tolist()) if u < prob]:
            if k >= len(units):
                choices[k - len(units)] = rng.randint(self._n_choices[k - len(units)])
            elif variation.mutation is not None:
                value = variation.mutation.mutation(float(units[k]), rng, study, self._bounds[k])
                units[k] = min(max(value, 0.0), 1.0)
            elif rng.rand() < 0.5:
                units[k] = rng.rand()
            else:
                units[k] = _NEAR.mutation(float(units[k]), rng, study, self._bounds[k])


_NEAR = PolynomialMutation()
