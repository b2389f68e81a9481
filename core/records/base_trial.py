"""The interface that objectives see, whatever kind of trial they are given."""

from __future__ import annotations

import abc
import datetime
import warnings
from collections.abc import Sequence
from typing import Any, TypeVar

from ..distributions import BaseDistribution, CategoricalChoiceType

CONSTRAINT_PREFIX = "constraints:"
LEGACY_CONSTRAINTS_KEY = "constraints"

Choice = TypeVar("Choice", bound=CategoricalChoiceType)


class BaseTrial(abc.ABC):
    """What an objective may call on its trial.

    Implemented by :class:`~tunesmith.trial.Trial` (running), by
    :class:`~tunesmith.trial.FrozenTrial` (a record) and by
    :class:`~tunesmith.trial.FixedTrial` (parameters given by hand).
    """

    __slots__ = ()

    @abc.abstractmethod
    def suggest_float(
        self,
        name: str,
        low: float,
        high: float,
        *,
        step: float | None = None,
        log: bool = False,
    ) -> float:
        """Suggest a float in ``[low, high]``."""

    @abc.abstractmethod
    def suggest_int(
        self, name: str, low: int, high: int, *, step: int = 1, log: bool = False
    ) -> int:
        """Suggest an integer in ``[low, high]``."""

    @abc.abstractmethod
    def suggest_categorical(self, name: str, choices: Sequence[Choice]) -> Choice:
        """Suggest one of `choices`."""

    def suggest_uniform(self, name: str, low: float, high: float) -> float:
        """Deprecated form of :meth:`suggest_float`."""
        _warn_deprecated("suggest_uniform", "suggest_float(name, low, high)")
        return self.suggest_float(name, low, high)

    def suggest_loguniform(self, name: str, low: float, high: float) -> float:
        """Deprecated form of :meth:`suggest_float` with ``log=True``."""
        _warn_deprecated("suggest_loguniform", "suggest_float(name, low, high, log=True)")
        return self.suggest_float(name, low, high, log=True)

    def suggest_discrete_uniform(self, name: str, low: float, high: float, q: float) -> float:
        """Deprecated form of :meth:`suggest_float` with ``step=q``."""
        _warn_deprecated("suggest_discrete_uniform", "suggest_float(name, low, high, step=q)")
        return self.suggest_float(name, low, high, step=q)

    @abc.abstractmethod
    def report(self, value: float | Sequence[float], step: int) -> None:
        """Report the objective's value, or one per objective, at a step of its computation."""

    @abc.abstractmethod
    def should_prune(self) -> bool:
        """Whether the trial should end now because it is not promising."""

    def fold(self, index: int, n_steps: int | None = None) -> BaseTrial:
        """One fold of a cross-validation; see :meth:`Trial.fold <tunesmith.trial.Trial.fold>`.

        A trial that keeps no reports is each of its folds itself.
        """
        return self

    def begin_training(self, first_step: int = 0, n_steps: int | None = None) -> BaseTrial:
        """Say that a training begins, for adapters of training loops; return what it reports to."""
        return self

    def end_pruned(self) -> None:
        """Say that the trial ends PRUNED even if its objective returns a value.

        For adapters of frameworks that let no exception of a callback through.
        """

    @property
    def ends_pruned(self) -> bool:
        """Whether :meth:`end_pruned` was called."""
        return False

    @abc.abstractmethod
    def set_user_attr(self, key: str, value: Any) -> None:
        """Attach a JSON-serializable value to the trial."""

    @abc.abstractmethod
    def set_constraint(self, key: str, value: float) -> None:
        """Record a constraint's value; 0 or less means that it holds."""

    @property
    @abc.abstractmethod
    def params(self) -> dict[str, Any]:
        """Values of the parameters by name."""

    @property
    @abc.abstractmethod
    def distributions(self) -> dict[str, BaseDistribution]:
        """Ranges of the parameters by name."""

    @property
    @abc.abstractmethod
    def user_attrs(self) -> dict[str, Any]:
        """Attributes that the user has attached."""

    @property
    @abc.abstractmethod
    def constraints(self) -> dict[str, float]:
        """Constraint values by key; 0 or less means that the constraint holds."""

    @property
    @abc.abstractmethod
    def datetime_start(self) -> datetime.datetime | None:
        """When the trial began to run."""

    @property
    @abc.abstractmethod
    def number(self) -> int:
        """Place of the trial in its study, counted from 0."""


def constraints_from_attrs(system_attrs: dict[str, Any]) -> dict[str, float]:
    """Read constraint values from a trial's system attributes, of this or an older format."""
    found = {
        key[len(CONSTRAINT_PREFIX) :]: value
        for key, value in system_attrs.items()
        if key.startswith(CONSTRAINT_PREFIX)
    }
    if not found and (legacy := system_attrs.get(LEGACY_CONSTRAINTS_KEY)):
        return {str(index): value for index, value in enumerate(legacy)}
    return found


def checked_constraint(key: str, value: Any) -> float:
    """Return a constraint's value as float.

    Raises
    ------
    TypeError
        If it is not a number.
    ValueError
        If it is NaN.
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(
            f"Constraint {key!r} must be a number, got {value!r} of type {type(value).__name__}."
        ) from None
    if number != number:
        raise ValueError(f"Constraint {key!r} is NaN. Use a large positive value for 'violated'.")
    return number


def _warn_deprecated(name: str, instead: str) -> None:
    warnings.warn(f"{name} is deprecated; use {instead}.", FutureWarning, stacklevel=3)
