"""Ranges with finitely many values, as levels counted from 0."""

from __future__ import annotations

from typing import Any

from ..distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

_MOST_LEVELS = 2**53  # more integers than that are not told apart as floats


def is_discrete(distribution: BaseDistribution) -> bool:
    """Return whether a range has finitely many values that can be told apart.

    >>> from tunesmith.distributions import FloatDistribution, IntDistribution
    >>> is_discrete(IntDistribution(0, 3)), is_discrete(FloatDistribution(0, 1))
    (True, False)
    """
    if isinstance(distribution, FloatDistribution):
        return distribution.step is not None or distribution.single()
    if isinstance(distribution, IntDistribution):
        return n_levels(distribution) <= _MOST_LEVELS
    return isinstance(distribution, CategoricalDistribution)


def n_levels(distribution: BaseDistribution) -> int:
    """Return the number of values of a discrete range.

    Raises
    ------
    TypeError
        If it is not discrete.

    >>> from tunesmith.distributions import FloatDistribution
    >>> n_levels(FloatDistribution(0, 1, step=0.25))
    5
    """
    if isinstance(distribution, CategoricalDistribution):
        return len(distribution.choices)
    if distribution.single():
        return 1
    step = getattr(distribution, "step", None)
    if step is None or not isinstance(distribution, (FloatDistribution, IntDistribution)):
        raise TypeError(f"{distribution!r} is not discrete.")
    if isinstance(distribution, IntDistribution):
        return (distribution.high - distribution.low) // distribution.step + 1
    # In halves, because high - low overflows for the widest ranges.
    n_steps = (distribution.high / 2 - distribution.low / 2) / (float(step) / 2)
    return round(n_steps) + 1


def value_of_level(distribution: BaseDistribution, level: int) -> Any:
    """Return the value that has a level, counted from 0.

    >>> from tunesmith.distributions import FloatDistribution
    >>> value_of_level(FloatDistribution(0, 1, step=0.1), 3)
    0.3
    """
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[level]
    if isinstance(distribution, IntDistribution):
        return distribution.low + level * distribution.step
    assert isinstance(distribution, FloatDistribution)
    return distribution.low if distribution.step is None else distribution.on_grid(level)
