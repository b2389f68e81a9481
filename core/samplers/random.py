"""Independent uniform draws."""

from __future__ import annotations

import math
import operator
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
    import numpy.typing as npt

    from ..history import History
    from ..rng import SeededRandomness
    from .duplicates import Duplicates, Tried

_MOST_DRAWS = 8
_N_AHEAD = 32  # trials that are drawn at once


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
        self._plan: _Plan | None = None

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

    def sample_each_alone(
        self, number: int, space: Mapping[str, BaseDistribution]
    ) -> dict[str, Any]:
        plan = self._plan
        if plan is None or not plan.is_for(space, self.randomness):
            if type(self).sample_alone is not RandomSampler.sample_alone:
                return {}
            plan = self._plan = _Plan(space, self.randomness)
        return plan.draw(number)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_plan": None}


class _Plan:
    # What does not change from trial to trial, so that drawing all parameters is one short loop.

    def __init__(self, space: Mapping[str, BaseDistribution], randomness: SeededRandomness) -> None:
        self._randomness = randomness
        self._names = tuple(space)
        self._distributions = tuple(space.values())
        self._keys = [randomness.purpose_key(name) for name in space]
        self._ahead: tuple[int, list[tuple[Any, ...]]] = (0, [])
        self._maps = [map_of(distribution) for distribution in self._distributions]

    def is_for(self, space: Mapping[str, BaseDistribution], randomness: SeededRandomness) -> bool:
        return (
            randomness is self._randomness
            and len(space) == len(self._names)
            and all(map(operator.is_, self._distributions, space.values()))
            and self._names == tuple(space)
        )

    def draw(self, number: int) -> dict[str, Any]:
        first, rows = self._ahead
        if not first <= number < first + len(rows):
            draws = self._randomness.uniforms(range(number, number + _N_AHEAD), self._keys)
            rows = list(zip(*map(self._column, range(len(self._maps)), draws.T), strict=True))
            first, _ = self._ahead = number, rows  # one assignment, so threads see both
        return dict(zip(self._names, rows[number - first]))  # noqa: B905  # same length

    def _column(self, k: int, draws: npt.NDArray[np.float64]) -> list[Any]:
        distribution = self._distributions[k]
        if (
            not isinstance(distribution, FloatDistribution)
            or distribution.log
            or distribution.step is not None
        ):
            return list(map(self._maps[k], draws.tolist()))
        # As in _float_map, to the last bit.
        low, high = distribution.low, distribution.high
        halves = draws * (0.5 * high - 0.5 * low)
        values: list[float] = (low + halves + halves).clip(max=high).tolist()
        return values


def value_at(distribution: BaseDistribution, u: float) -> Any:
    """Map `u`, uniform in [0, 1), to a value that is uniform on the distribution's scale."""
    return map_of(distribution)(u)


def map_of(distribution: BaseDistribution) -> Callable[[float], Any]:
    """Return :func:`value_at` of a distribution, which costs less from the second call on."""
    try:
        make = _MAPS[type(distribution)]
    except KeyError:
        raise TypeError(f"Cannot sample from {distribution!r}.") from None
    return make(distribution)


def _float_map(distribution: FloatDistribution) -> Callable[[float], float]:
    low, high, step = distribution.low, distribution.high, distribution.step
    if step is not None:
        n_values = round((high - low) / step) + 1
        return lambda u: distribution.on_grid(int(u * n_values))
    if distribution.log:
        log_low = math.log(low)
        log_width = math.log(high) - log_low
        return lambda u: min(max(math.exp(log_low + u * log_width), low), high)
    # In halves, because high - low overflows for the widest ranges.
    half_width = 0.5 * high - 0.5 * low

    def value(u: float) -> float:
        half = u * half_width
        x = low + half + half
        return min(x, high)

    return value


def _int_map(distribution: IntDistribution) -> Callable[[float], int]:
    low, high, step = distribution.low, distribution.high, distribution.step
    if distribution.log:
        log_low = math.log(low - 0.5)
        log_width = math.log(high + 0.5) - log_low
        return lambda u: min(max(round(math.exp(log_low + u * log_width)), low), high)
    n_values = (high - low) // step + 1
    return lambda u: low + int(u * n_values) * step


def _choice_map(distribution: CategoricalDistribution) -> Callable[[float], CategoricalChoiceType]:
    choices = distribution.choices
    return lambda u: choices[int(u * len(choices))]


_MAPS: dict[type[BaseDistribution], Callable[[Any], Callable[[float], Any]]] = {
    FloatDistribution: _float_map,
    IntDistribution: _int_map,
    CategoricalDistribution: _choice_map,
}
