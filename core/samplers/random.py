"""Independent uniform draws."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..distributions import (
    BaseDistribution,
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
        return {name: self.draw(number, name, dist) for name, dist in space.items()}

    def sample_alone(
        self, history: History, number: int, name: str, distribution: BaseDistribution
    ) -> Any:
        return self.draw(number, name, distribution)

    def draw(self, number: int, name: str, distribution: BaseDistribution) -> Any:
        """Return the value of parameter `name` in trial `number`."""
        return value_at(distribution, self.randomness.uniform(number, name))


def value_at(distribution: BaseDistribution, u: float) -> Any:
    """Map `u`, uniform in [0, 1), to a value that is uniform on the distribution's scale."""
    if isinstance(distribution, FloatDistribution):
        low, high = distribution.low, distribution.high
        if distribution.log:
            log_low = math.log(low)
            value = math.exp(log_low + u * (math.log(high) - log_low))
            return min(max(value, low), high)
        if distribution.step is not None:
            n_values = round((high - low) / distribution.step) + 1
            return distribution.on_grid(int(u * n_values))
        # Halves, because high - low overflows for the widest ranges.
        return min(low + 2.0 * (u * (0.5 * high - 0.5 * low)), high)
    if isinstance(distribution, IntDistribution):
        if distribution.log:
            log_low = math.log(distribution.low - 0.5)
            value = math.exp(log_low + u * (math.log(distribution.high + 0.5) - log_low))
            return min(max(round(value), distribution.low), distribution.high)
        n_values = (distribution.high - distribution.low) // distribution.step + 1
        return distribution.low + int(u * n_values) * distribution.step
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[int(u * len(distribution.choices))]
    raise TypeError(f"Cannot sample from {distribution!r} of type {type(distribution).__name__}.")
