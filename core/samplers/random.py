"""Independent uniform draws."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..distributions import (
    BaseDistribution,
    CategoricalChoiceType,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from .discrete import is_discrete
from .history_sampler import HistorySampler

if TYPE_CHECKING:
    import numpy as np

    from ..history import History
    from .duplicates import Duplicates, Tried

_MOST_DRAWS = 8


class RandomSampler(HistorySampler):
    """Draw every parameter independently and uniformly (on its scale) [1]_.

    The value of a parameter depends on the seed, the trial's number and the parameter's name
    alone: any number of workers, in any order, together draw the same set of trials. In a
    discrete space a configuration that was tried is replaced by one that was not, so that there
    the order counts, too.

    Parameters
    ----------
    seed : int, optional
        None takes a fresh seed from the operating system.
    avoid_duplicates : bool, default True
        Whether no configuration of a discrete space is drawn again before all were tried: one
        that a finished trial had (a failed one, too) or a running one has. Turn it off where the
        objective is noisy. No matter for continuous and conditional spaces.

    References
    ----------
    .. [1] Bergstra, Bengio (2012), Random search for hyper-parameter optimization, JMLR 13.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study(sampler=RandomSampler(seed=1))
    >>> study.optimize(lambda trial: trial.suggest_float("x", -1, 1) ** 2, n_trials=20)
    >>> study.best_value < 0.1
    True
    """

    reads_history = False

    def __init__(self, seed: int | None = None, *, avoid_duplicates: bool = True) -> None:
        super().__init__(seed)
        self._avoids_duplicates = avoid_duplicates
        self._duplicates: Duplicates | None = None

    def looks_back(self, known: Mapping[str, BaseDistribution]) -> bool:
        return self._avoids_duplicates and bool(known) and all(map(is_discrete, known.values()))

    def joint_space(self, history: History) -> dict[str, BaseDistribution]:
        if not self._avoids_duplicates:
            return {}
        if self._duplicates is None:
            from .duplicates import Duplicates  # NumPy is not needed for anything else here

            self._duplicates = Duplicates()
        return self._duplicates.space(history)

    def sample_joint(
        self, history: History, number: int, space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        values = {
            name: value_at(distribution, self.randomness.uniform(number, name))
            for name, distribution in space.items()
        }
        if self._duplicates is not None:  # joint_space has made it
            tried = self._duplicates.tried(history, number, space)
            if tried is not None and values in tried:
                return self._untried(tried, self.randomness.generator(number, "untried"))
        return values

    @staticmethod
    def _untried(tried: Tried, rng: np.random.Generator) -> dict[str, Any]:
        # Logarithmic ranges stay so, as long as it is easy to find something.
        for _ in range(_MOST_DRAWS):
            values = {name: value_at(dist, rng.random()) for name, dist in tried.space.items()}
            if values not in tried:
                return values
        return tried.draw(rng)

    def sample_alone(
        self, history: History, number: int, name: str, distribution: BaseDistribution
    ) -> Any:
        return value_at(distribution, self.randomness.uniform(number, name))


def value_at(distribution: BaseDistribution, u: float) -> Any:
    """Map `u`, uniform in [0, 1), to a value that is uniform on the distribution's scale."""
    try:
        return _DRAWS[type(distribution)](distribution, u)
    except KeyError:
        raise TypeError(f"Cannot sample from {distribution!r}.") from None


def _float_at(distribution: FloatDistribution, u: float) -> float:
    low, high = distribution.low, distribution.high
    if distribution.step is not None:
        n_values = round((high - low) / distribution.step) + 1
        return distribution.on_grid(int(u * n_values))
    if distribution.log:
        log_low = math.log(low)
        value = math.exp(log_low + u * (math.log(high) - log_low))
        return min(max(value, low), high)
    # In halves, because high - low overflows for the widest ranges.
    half = u * (0.5 * high - 0.5 * low)
    return min(low + half + half, high)


def _int_at(distribution: IntDistribution, u: float) -> int:
    if distribution.log:
        log_low = math.log(distribution.low - 0.5)
        value = math.exp(log_low + u * (math.log(distribution.high + 0.5) - log_low))
        return min(max(round(value), distribution.low), distribution.high)
    n_values = (distribution.high - distribution.low) // distribution.step + 1
    return distribution.low + int(u * n_values) * distribution.step


def _choice_at(distribution: CategoricalDistribution, u: float) -> CategoricalChoiceType:
    return distribution.choices[int(u * len(distribution.choices))]


_DRAWS: dict[type[BaseDistribution], Callable[[Any, float], Any]] = {
    FloatDistribution: _float_at,
    IntDistribution: _int_at,
    CategoricalDistribution: _choice_at,
}
