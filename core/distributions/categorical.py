"""A choice among a few values."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

from .base import BaseDistribution, CategoricalChoiceType


class CategoricalDistribution(BaseDistribution):
    """A choice among a few values without order.

    Parameters
    ----------
    choices : sequence of None, bool, int, float or str
        At least one value. Other types work in memory, with a warning, but cannot be stored.

    Raises
    ------
    ValueError
        If `choices` is empty.

    Examples
    --------
    >>> CategoricalDistribution(["adam", "sgd"]).to_internal_repr("sgd")
    1
    """

    __slots__ = ("_index", "choices")

    def __init__(self, choices: Sequence[CategoricalChoiceType]) -> None:
        if isinstance(choices, str):
            raise ValueError(f"choices must be a list of values, got the string {choices!r}.")
        given: tuple[Any, ...] = tuple(choices)
        if not given:
            raise ValueError("choices must hold at least one value, got none.")
        for choice in given:
            if choice is not None and not isinstance(choice, (bool, int, float, str)):
                warnings.warn(
                    f"The choice {choice!r} is of type {type(choice).__name__}. Only None, bool, "
                    "int, float and str can be written to a storage; use a name and look the "
                    "object up in the objective.",
                    UserWarning,
                    stacklevel=2,
                )
        self.choices: tuple[CategoricalChoiceType, ...] = given
        self._index = _index_of_choices(given)

    def single(self) -> bool:
        return len(self.choices) == 1

    def contains(self, param_value_in_internal_repr: float) -> bool:
        return 0 <= int(param_value_in_internal_repr) < len(self.choices)

    def to_external_repr(self, param_value_in_internal_repr: float) -> CategoricalChoiceType:
        return self.choices[int(param_value_in_internal_repr)]

    def to_internal_repr(self, param_value_in_external_repr: Any) -> int:
        value = param_value_in_external_repr
        try:
            index = self._index.get((type(value), value))
        except TypeError:  # unhashable choices are found by comparison below
            index = None
        if index is not None:
            return index
        for index, choice in enumerate(self.choices):
            if _same_choice(choice, value):
                return index
        raise ValueError(f"{value!r} is not one of {self.choices}.")

    def attributes(self) -> dict[str, Any]:
        return {"choices": self.choices}

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, CategoricalDistribution):
            return NotImplemented
        return len(self.choices) == len(other.choices) and all(
            map(_same_choice, self.choices, other.choices)
        )

    def __hash__(self) -> int:
        try:
            return hash((CategoricalDistribution, self.choices))
        except TypeError:
            return hash((CategoricalDistribution, len(self.choices)))


def _index_of_choices(choices: tuple[Any, ...]) -> dict[tuple[type, Any], int]:
    # Keyed by type as well, so that 1, 1.0 and True are three choices.
    index: dict[tuple[type, Any], int] = {}
    for position, choice in enumerate(choices):
        try:
            index.setdefault((type(choice), choice), position)
        except TypeError:
            continue
    return index


def _same_choice(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return bool(one == other)
