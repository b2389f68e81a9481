"""What TPE has learnt about one search space of one study."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ...distributions import BaseDistribution
from ...history import History
from .kept_kernels import KeptKernels
from .observations import Observations
from .parzen_estimator import ParzenEstimator, ParzenOptions
from .split import BoolArray, Split
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
    """

    def __init__(
        self,
        space: dict[str, BaseDistribution],
        options: ParzenOptions,
        weights: Callable[[int], FloatArray],
    ) -> None:
        self._space = UnitSpace(space)
        self._options = options
        self._weights = weights
        self._observations = Observations(self._space)
        self._kept = KeptKernels(self._space, options) if options.multivariate else None

    def propose(
        self,
        history: History,
        split: Callable[[BoolArray], Split],
        rng: np.random.Generator,
        n_candidates: int,
    ) -> dict[str, Any] | None:
        """Return values for the parameters, or None if there is nothing to learn from.

        Parameters
        ----------
        history : History
            Up to date.
        split : callable
            Takes which trials are usable, returns the good and the bad ones.
        rng : numpy.random.Generator
            Source of randomness.
        n_candidates : int
            How many draws from the good density compete.
        """
        observations, kept = self._observations, self._kept
        changed = observations.refresh(history)
        good, bad, good_weights = split(observations.usable)
        if kept is not None:
            kept.update(observations.points, changed, len(bad))
        if not (good.size or bad.size):
            return None
        if good_weights is None:
            good_weights = self._weights(len(good))
        likely_good = ParzenEstimator(
            self._space, observations.points.take(good), good_weights, self._options
        )
        candidates = likely_good.sample(rng, n_candidates)
        bad_weights = self._weights(len(bad))
        if kept is not None:
            all_weights = np.zeros(len(observations.usable), dtype=np.float32)
            all_weights[bad] = bad_weights
            log_bad = kept.log_density(candidates, all_weights)
        else:
            likely_bad = ParzenEstimator(
                self._space, observations.points.take(bad), bad_weights, self._options
            )
            log_bad = likely_bad.log_density(candidates)
        best = int(np.argmax(likely_good.log_density(candidates) - log_bad))
        return self._space.decode(candidates, best)
