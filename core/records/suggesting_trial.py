"""Trials whose parameters all come by one way, whatever their kind."""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence
from typing import Any

from ..distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from .base_trial import BaseTrial, Choice

MakeDistribution = Callable[[], BaseDistribution]


class SuggestingTrial(BaseTrial):
    """A trial that finds values by distribution: one method for three kinds of parameters."""

    __slots__ = ()

    def suggest_float(
        self,
        name: str,
        low: float,
        high: float,
        *,
        step: float | None = None,
        log: bool = False,
    ) -> float:
        def make() -> FloatDistribution:
            return FloatDistribution(low, high, log=log, step=step)

        return float(self._suggest(name, _naming(name, make)))

    def suggest_int(
        self, name: str, low: int, high: int, *, step: int = 1, log: bool = False
    ) -> int:
        def make() -> IntDistribution:
            return IntDistribution(low, high, log=log, step=step)

        return int(self._suggest(name, _naming(name, make)))

    def suggest_categorical(self, name: str, choices: Sequence[Choice]) -> Choice:
        def make() -> CategoricalDistribution:
            if isinstance(choices, str):
                raise ValueError(f"choices must be a list, got the string {choices!r}.")
            return CategoricalDistribution(choices)

        return self._suggest(name, _naming(name, make))  # type: ignore[no-any-return]  # a choice by its distribution

    @abc.abstractmethod
    def _suggest(self, name: str, make: MakeDistribution) -> Any:
        """Return the value of a parameter; `make` gives its distribution, or says what is wrong."""


def suggest_from(trial: BaseTrial, name: str, distribution: BaseDistribution) -> Any:
    """Ask any trial for a parameter by its distribution.

    Examples
    --------
    >>> from tunesmith.distributions import IntDistribution
    >>> from tunesmith.trial import FixedTrial
    >>> suggest_from(FixedTrial({"n": 3}), "n", IntDistribution(1, 5))
    3
    """
    if isinstance(distribution, FloatDistribution):
        return trial.suggest_float(
            name,
            distribution.low,
            distribution.high,
            step=distribution.step,
            log=distribution.log,
        )
    if isinstance(distribution, IntDistribution):
        return trial.suggest_int(
            name,
            distribution.low,
            distribution.high,
            step=distribution.step,
            log=distribution.log,
        )
    assert isinstance(distribution, CategoricalDistribution)
    return trial.suggest_categorical(name, distribution.choices)


def _naming(name: str, make: MakeDistribution) -> MakeDistribution:
    def named() -> BaseDistribution:
        try:
            return make()
        except ValueError as error:
            raise ValueError(f"{name!r}: {error}") from None

    return named
