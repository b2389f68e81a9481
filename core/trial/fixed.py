"""A trial whose parameters are given by hand."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Sequence
from typing import Any

from ..distributions import BaseDistribution
from ..records.base_trial import CONSTRAINT_PREFIX, checked_constraint, constraints_from_attrs
from ..records.suggesting_trial import MakeDistribution, SuggestingTrial


class FixedTrial(SuggestingTrial):
    """A trial with given parameters, to run an objective by hand.

    Parameters
    ----------
    params : dict of str to Any
        Values that the ``suggest_*`` methods return.
    number : int, default 0
        Number of the trial.

    Examples
    --------
    >>> def objective(trial):
    ...     return trial.suggest_float("x", -1, 1) ** 2
    >>> objective(FixedTrial({"x": 0.5}))
    0.25
    """

    def __init__(self, params: dict[str, Any], number: int = 0) -> None:
        self._params = params
        self._suggested: dict[str, Any] = {}
        self._distributions: dict[str, BaseDistribution] = {}
        self._user_attrs: dict[str, Any] = {}
        self._system_attrs: dict[str, Any] = {}
        self._datetime_start = datetime.datetime.now()
        self._number = number

    def _suggest(self, name: str, make: MakeDistribution) -> Any:
        distribution = make()
        if name not in self._params:
            raise ValueError(
                f"FixedTrial has no value for {name!r}; it has "
                f"{', '.join(map(repr, self._params)) or 'none'}. Give it when making the trial."
            )
        value = self._params[name]
        if not distribution.contains(distribution.to_internal_repr(value)):
            warnings.warn(
                f"The given value {value!r} of {name!r} lies outside {distribution!r}.",
                UserWarning,
                stacklevel=3,
            )
        self._suggested[name] = value
        self._distributions[name] = distribution
        return value

    def report(self, value: float | Sequence[float], step: int) -> None:
        """Do nothing."""

    def should_prune(self) -> bool:
        """Return False."""
        return False

    def set_user_attr(self, key: str, value: Any) -> None:
        self._user_attrs[key] = value

    def set_constraint(self, key: str, value: float) -> None:
        self._system_attrs[CONSTRAINT_PREFIX + key] = checked_constraint(key, value)

    @property
    def params(self) -> dict[str, Any]:
        return self._suggested

    @property
    def distributions(self) -> dict[str, BaseDistribution]:
        return self._distributions

    @property
    def user_attrs(self) -> dict[str, Any]:
        return self._user_attrs

    @property
    def system_attrs(self) -> dict[str, Any]:
        """Attributes set by the library."""
        return self._system_attrs

    @property
    def constraints(self) -> dict[str, float]:
        return constraints_from_attrs(self._system_attrs)

    @property
    def datetime_start(self) -> datetime.datetime | None:
        return self._datetime_start

    @property
    def number(self) -> int:
        return self._number
