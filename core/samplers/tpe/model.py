"""What TPE has learnt about one search space of one study."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

import numpy as np
import numpy.typing as npt

from ...distributions import BaseDistribution
from ...history import History
from .kept_kernels import KeptKernels
from .neighbour_kernels import NeighbourKernels
from .observations import Observations
from .parzen_estimator import ParzenEstimator, ParzenOptions, kernel_map
from .prior import Prior
from .split import IntArray, RankSplitter, Split
from .transfer import Transfer
from .unit_space import UnitSpace

FloatArray = npt.NDArray[np.float64]


class Model:
    """Proposes the candidate that is likeliest good rather than bad.

    Parameters
    ----------
    space : dict of str to BaseDistribution
        Parameters with more than one value; a single one unless ``options.multivariate``.
    options : ParzenOptions
        How kernels are made.
    weights : callable
        Weights of so many trials, oldest first.
    transfer : callable, optional
        Makes what is known from other studies, given the space.
    """

    def __init__(
        self,
        space: dict[str, BaseDistribution],
        options: ParzenOptions,
        weights: Callable[[int], FloatArray],
        transfer: Callable[[UnitSpace], Transfer] | None = None,
    ) -> None:
        self._space = UnitSpace(space)
        self._transfer = None if transfer is None else transfer(self._space)
        self._options = options
        self._weights = weights
        self._observations = Observations(self._space)
        self._prior = Prior(self._space)
        #: Says which trials are good where there is one objective.
        self.splitter = RankSplitter()
        # A better trial does not come every time: the density of good ones is kept while it holds.
        self._known_good: tuple[tuple[bytes, bytes], ParzenEstimator] | None = None
        self._n_good = 0
        self._good_map = kernel_map(self._space, 0, options, own_widths=True)
        self._kept: KeptKernels | NeighbourKernels | None = None
        if options.multivariate:
            self._kept = KeptKernels(self._space, options)
        elif self._space.smooth.size and self._space.has_equal_cells:
            self._kept = NeighbourKernels(self._good_map, options)

    def propose(
        self,
        history: History,
        split: Callable[[Observations], Split],
        draw: Callable[[], np.random.Generator],
        n_candidates: int,
        tried: Container[dict[str, Any]] | None = None,
    ) -> dict[str, Any] | None:
        """Return values for the parameters, or None if there is nothing to learn from.

        Parameters
        ----------
        history : History
            Up to date.
        split : callable
            Takes where the trials lie, returns the good and the bad ones.
        draw : callable
            Returns the source of randomness.
        n_candidates : int
            How many draws from the good density compete.
        tried : container of dict, optional
            Configurations to pass over, if the draws hold any other.
        """
        observations, kept = self._observations, self._kept
        changed = observations.refresh(history)
        good, bad, good_weights = split(observations)
        if isinstance(kept, KeptKernels):
            kept.update(observations.points, changed, len(bad))
        elif kept is not None:
            kept.update(observations.points, bad)
        transfer = self._transfer
        if not (good.size or bad.size or transfer):
            return None
        likely_good = self._likely_good(good, good_weights)
        if transfer:
            shares = transfer.shares(history, observations, changed, len(good))
            candidates = transfer.sample(likely_good, shares, draw(), n_candidates)
        else:
            candidates = likely_good.sample(draw(), n_candidates)
        log_prior = self._prior.log_density(candidates)
        bad_weights = self._weights(len(bad))
        if isinstance(kept, KeptKernels):
            weights = np.zeros(observations.n, dtype=np.float32)
            weights[bad] = bad_weights
            log_bad = kept.log_density(candidates, log_prior, weights)
        elif kept is not None:
            log_bad = kept.log_density(candidates, log_prior, bad, bad_weights)
        else:
            points = observations.points.take(bad)
            likely_bad = ParzenEstimator(self._space, points, bad_weights, self._options)
            log_bad = likely_bad.log_density(candidates, log_prior)
        log_good = likely_good.log_density(candidates, log_prior)
        if transfer:
            log_good, log_bad = transfer.mix(candidates, log_prior, (log_good, log_bad), shares)
        log_ratios = log_good - log_bad
        best = self._space.decode(candidates, int(np.argmax(log_ratios)))
        if tried is None or best not in tried:
            return best
        for row in np.argsort(-log_ratios, kind="stable").tolist():
            values = self._space.decode(candidates, row)
            if values not in tried:
                return values
        return best

    def _likely_good(self, good: IntArray, weights: FloatArray | None) -> ParzenEstimator:
        if weights is None:
            weights = self._weights(len(good))
        known = self._known_good
        key = good.tobytes(), weights.tobytes()  # compared in a tenth of the time that arrays take
        if known is not None and known[0] == key:
            return known[1]
        n = len(good)
        # Where all is smooth, the map is the same for any number.
        if n != self._n_good and self._space.n_levels:
            self._n_good = n
            self._good_map = kernel_map(self._space, n, self._options, own_widths=True)
        points = self._observations.points.take(good)
        estimator = ParzenEstimator(self._space, points, weights, self._options, self._good_map)
        self._known_good = (key, estimator)
        return estimator
