"""Independent uniform draws."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..distributions import (
    BaseDistribution,
    CategoricalChoiceType,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from .history_sampler import HistorySampler

if TYPE_CHECKING:
    from ..history import History


class RandomSampler(HistorySampler):
    """Draw every parameter independently and uniformly (on its scale) [1]_.

    The value of a parameter depends on the seed, the trial's number and the parameter's name
    alone: any number of workers, in any order, together draw the same set of trials.

    Parameters
    ----------
    seed : int, optional
        None takes a fresh seed from the operating system.

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

    def joint_space(self, history: History) -> dict[str, BaseDistribution]:
        return {}

    def sample_joint(
        self, history: History, number: int, space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return {
            name: value_at(distribution, self.randomness.uniform(number, name))
            for name, distribution in space.items()
        }

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
