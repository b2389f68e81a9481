"""What every distribution can do."""

from __future__ import annotations

import abc
from typing import Any, TypeAlias

CategoricalChoiceType: TypeAlias = "bool | int | float | str | None"


class BaseDistribution(abc.ABC):
    """The range of one parameter.

    Distributions are values: equal when class and attributes are equal, hashable, and never
    changed after construction, so one object may be shared by any number of trials.
    """

    __slots__ = ()

    @abc.abstractmethod
    def to_internal_repr(self, param_value_in_external_repr: Any) -> float:
        """Convert a parameter's value to the float that storages keep.

        Raises
        ------
        ValueError
            If the value cannot belong to any distribution of this kind.
        """

    def to_external_repr(self, param_value_in_internal_repr: float) -> Any:
        """Convert the float that storages keep to the parameter's value."""
        return param_value_in_internal_repr

    @abc.abstractmethod
    def single(self) -> bool:
        """Whether the range holds exactly one value."""

    @abc.abstractmethod
    def contains(self, param_value_in_internal_repr: float) -> bool:
        """Whether the range holds this value, given in internal representation."""

    @abc.abstractmethod
    def attributes(self) -> dict[str, Any]:
        """Return the constructor's arguments by name, as plain JSON values."""

    def _contains(self, param_value_in_internal_repr: float) -> bool:
        # The name that samplers and tools written for Optuna call.
        return self.contains(param_value_in_internal_repr)

    def _asdict(self) -> dict[str, Any]:
        return self.attributes()

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, BaseDistribution):
            return NotImplemented
        return type(self) is type(other) and self.attributes() == other.attributes()

    def __hash__(self) -> int:
        return hash((type(self).__name__, *self.attributes().items()))

    def __repr__(self) -> str:
        arguments = ", ".join(f"{k}={v!r}" for k, v in sorted(self.attributes().items()))
        return f"{type(self).__name__}({arguments})"
