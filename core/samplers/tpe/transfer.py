"""Densities of other studies beside those of the study itself.

The density of good trials is a mixture of the study's own and of one from each source, and so is
that of bad ones. A source weighs the more, the better it ranks the study's own trials [1]_, and the
less, the more good trials the study has itself.

References
----------
.. [1] Feurer, Letham, Hutter, Bakshy (2018), Practical transfer learning for Bayesian
   optimization.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...history import History
from ..sources import places, rank_correlation
from .observations import Observations
from .pareto_split import ParetoSplitter
from .parzen_estimator import ParzenEstimator, ParzenOptions
from .prior import Prior
from .split import FloatArray, IntArray, split_by_rank
from .unit_space import Points, UnitSpace

_WORTH = 3.0  # good trials of the study itself, for a source that ranks without fault
_FIRST_TRUST = 4.0  # a source ranks without fault until so many trials say otherwise
_LATEST = 200  # trials that are ranked


class Transfer:
    """The sources of one model.

    Parameters
    ----------
    space : UnitSpace
    options : ParzenOptions
    histories : sequence of History
        One for each source, with parameters as in `space`.
    gamma : callable
        How many of so many trials are good.
    """

    def __init__(
        self,
        space: UnitSpace,
        options: ParzenOptions,
        histories: Sequence[History],
        gamma: Callable[[int], int],
    ) -> None:
        self._prior = Prior(space)
        self._sources: list[tuple[ParzenEstimator, ParzenEstimator]] = []
        for history in histories:
            observations = Observations(space)
            observations.refresh(history)
            if len(history.directions) == 1:
                split = split_by_rank(history, observations, [], gamma)
            else:
                split = ParetoSplitter().split(history, observations, [], gamma)
            if len(split.good):
                good, bad = (
                    ParzenEstimator(
                        space, observations.points.take(numbers), np.ones(len(numbers)), options
                    )
                    for numbers in split[:2]
                )
                self._sources.append((good, bad))
        self._scores = np.empty((0, len(self._sources)))

    def __bool__(self) -> bool:
        return bool(self._sources)

    def shares(
        self, history: History, observations: Observations, changed: IntArray, n_good: int
    ) -> FloatArray:
        """Return the weights of the study itself and of each source; their sum is 1.

        Parameters
        ----------
        history : History
        observations : Observations
            Up to date.
        changed : ndarray of int
            The trials that are new in `observations`.
        n_good : int
            Number of the study's own good trials.
        """
        self._score(observations, changed)
        numbers = np.flatnonzero(observations.learnable)[-_LATEST:]
        n = len(numbers)
        trust = np.ones(len(self._sources))
        if n > 1:
            place = places(history, numbers)
            for k in range(len(trust)):
                tau = rank_correlation(self._scores[numbers, k], place)
                trust[k] = max(0.0, (n * tau + _FIRST_TRUST) / (n + _FIRST_TRUST))
        # The study's own prior counts like one of its trials.
        masses = np.concatenate([[n_good + 1.0], _WORTH * trust])
        shares: FloatArray = masses / masses.sum()
        return shares

    def sample(
        self, own: ParzenEstimator, shares: FloatArray, rng: np.random.Generator, n_samples: int
    ) -> Points:
        """Draw points from the mixture of good densities."""
        counts = rng.multinomial(n_samples, shares)
        densities = [own, *(good for good, _ in self._sources)]
        parts = [
            density.sample(rng, count)
            for density, count in zip(densities, counts.tolist(), strict=True)
            if count
        ]
        units, levels = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        return Points(units, levels)

    def mix(
        self,
        points: Points,
        log_prior: FloatArray,
        log_own: tuple[FloatArray, FloatArray],
        shares: FloatArray,
    ) -> tuple[FloatArray, FloatArray]:
        """Return the logarithms of the mixed good and bad densities at points."""
        with np.errstate(divide="ignore"):
            log_shares = np.log(shares)
        mixed = [log_own[0] + log_shares[0], log_own[1] + log_shares[0]]
        for pair, log_share in zip(self._sources, log_shares[1:], strict=True):
            for j, density in enumerate(pair):
                part = density.log_density(points, log_prior) + log_share
                mixed[j] = np.logaddexp(mixed[j], part)
        return mixed[0], mixed[1]

    def _score(self, observations: Observations, changed: IntArray) -> None:
        # What the sources say of the study's trials, lower is better.
        if observations.n > len(self._scores):
            known = self._scores
            self._scores = np.zeros((2 * observations.n, len(self._sources)))
            self._scores[: len(known)] = known
        if not changed.size:
            return
        points = observations.points.take(changed)
        log_prior = self._prior.log_density(points)
        for k, (good, bad) in enumerate(self._sources):
            self._scores[changed, k] = bad.log_density(points, log_prior) - good.log_density(
                points, log_prior
            )
