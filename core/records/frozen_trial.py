"""One trial as a record."""

from __future__ import annotations

import copy
import datetime
import math
import warnings
from collections.abc import Sequence
from typing import Any

from ..distributions import BaseDistribution
from .attr_names import PRUNE_REASON
from .base_trial import CONSTRAINT_PREFIX, checked_constraint, constraints_from_attrs
from .prune_reason import PruneReason
from .state import TrialState
from .suggesting_trial import MakeDistribution, SuggestingTrial

_SHALLOW = (type(None), bool, int, float, str)


class FrozenTrial(SuggestingTrial):
    """A trial as a record: what storages keep and ``study.trials`` lists.

    Changing one changes no storage. It can stand in for a live trial in an objective: each
    ``suggest_*`` returns the recorded value.

    Parameters
    ----------
    number : int
        Place in the study, counted from 0; -1 while it belongs to none.
    state : TrialState
        State of the trial.
    value : float or None
        Value of a single objective. Give at most one of `value` and `values`.
    datetime_start, datetime_complete : datetime.datetime or None
        When it began and ended, without time zone.
    params : dict of str to Any
        Values of the parameters.
    distributions : dict of str to BaseDistribution
        Ranges of the parameters; the same keys as `params`.
    user_attrs, system_attrs : dict of str to Any
        Attributes set by the user, and by samplers, pruners and the study itself.
    intermediate_values : dict of int to float
        Reported values by step.
    trial_id : int
        Identifier within the storage.
    values : sequence of float, optional
        One value per objective.
    intermediate_vectors : dict of int to tuple of float, optional
        Reports of several objectives by step, one value per objective. Optuna has none.

    Raises
    ------
    ValueError
        If both `value` and `values` are given.
    """

    __slots__ = (
        "_values",
        "datetime_complete",
        "datetime_start",
        "distributions",
        "intermediate_values",
        "intermediate_vectors",
        "number",
        "params",
        "state",
        "system_attrs",
        "trial_id",
        "user_attrs",
    )

    # Slots that override abstract properties of the interface; set in __init__.
    number: int
    params: dict[str, Any]
    distributions: dict[str, BaseDistribution]
    datetime_start: datetime.datetime | None
    user_attrs: dict[str, Any]

    def __init__(
        self,
        number: int,
        state: TrialState,
        value: float | None,
        datetime_start: datetime.datetime | None,
        datetime_complete: datetime.datetime | None,
        params: dict[str, Any],
        distributions: dict[str, BaseDistribution],
        user_attrs: dict[str, Any],
        system_attrs: dict[str, Any],
        intermediate_values: dict[int, float],
        trial_id: int,
        *,
        values: Sequence[float] | None = None,
        intermediate_vectors: dict[int, tuple[float, ...]] | None = None,
    ) -> None:
        if value is not None and values is not None:
            raise ValueError(f"Give one of value={value!r} and values={values!r}, not both.")
        self.number = number
        self.state = state
        self._values: list[float] | None = None
        if value is not None:
            self._values = [value]
        elif values is not None:
            self._values = list(values)
        self.datetime_start = datetime_start
        self.datetime_complete = datetime_complete
        self.params = params
        self.distributions = distributions
        self.user_attrs = user_attrs
        self.system_attrs = system_attrs
        self.intermediate_values = intermediate_values
        self.intermediate_vectors: dict[int, tuple[float, ...]] = (
            {} if intermediate_vectors is None else intermediate_vectors
        )
        self.trial_id = trial_id

    @property
    def _trial_id(self) -> int:
        # The name that samplers and tools written for Optuna use.
        return self.trial_id

    @property
    def values(self) -> list[float] | None:
        """One value per objective, or None."""
        return self._values

    @values.setter
    def values(self, value: Sequence[float] | None) -> None:
        self._values = None if value is None else list(value)

    @property
    def value(self) -> float | None:
        """Value of the single objective, or None.

        Raises
        ------
        RuntimeError
            If the trial has several values.
        """
        if self._values is None:
            return None
        if len(self._values) > 1:
            raise RuntimeError(f"Trial {self.number} has {len(self._values)} values; use 'values'.")
        return self._values[0]

    @value.setter
    def value(self, value: float | None) -> None:
        self._values = None if value is None else [value]

    @property
    def duration(self) -> datetime.timedelta | None:
        """Time between start and end, or None while one of them is missing."""
        if self.datetime_start is None or self.datetime_complete is None:
            return None
        return self.datetime_complete - self.datetime_start

    @property
    def last_step(self) -> int | None:
        """Largest step with a report, or None."""
        return max(self.intermediate_values or self.intermediate_vectors, default=None)

    @property
    def prune_reason(self) -> PruneReason | None:
        """What a pruned trial was compared with; None if it was not pruned, or it is not known.

        Examples
        --------
        >>> import tunesmith
        >>> study = tunesmith.create_study(pruner=tunesmith.pruners.ThresholdPruner(upper=1.0))
        >>> def objective(trial):
        ...     trial.report(2.0, step=0)
        ...     if trial.should_prune():
        ...         raise tunesmith.TrialPruned
        ...     return 2.0
        >>> study.optimize(objective, n_trials=1)
        >>> print(study.trials[0].prune_reason)
        ThresholdPruner at step 0: 2 is above 1.
        """
        return PruneReason.from_attr(self.system_attrs.get(PRUNE_REASON))

    @property
    def constraints(self) -> dict[str, float]:
        return constraints_from_attrs(self.system_attrs)

    def _suggest(self, name: str, make: MakeDistribution) -> Any:
        distribution = make()
        if name not in self.params:
            raise ValueError(
                f"Trial {self.number} has no parameter {name!r}; it has "
                f"{', '.join(map(repr, self.params)) or 'none'}."
            )
        value = self.params[name]
        if not distribution.contains(distribution.to_internal_repr(value)):
            warnings.warn(
                f"The recorded value {value!r} of {name!r} lies outside {distribution!r}.",
                UserWarning,
                stacklevel=3,
            )
        self.distributions[name] = distribution
        return value

    def report(self, value: float | Sequence[float], step: int) -> None:
        """Do nothing: a record is not changed by the objective that reads it."""

    def should_prune(self) -> bool:
        """Return False: a record is never pruned."""
        return False

    def set_user_attr(self, key: str, value: Any) -> None:
        self.user_attrs[key] = value

    def set_constraint(self, key: str, value: float) -> None:
        self.system_attrs[CONSTRAINT_PREFIX + key] = checked_constraint(key, value)

    def copy(self) -> FrozenTrial:
        """Return an independent copy, several times faster than ``copy.deepcopy``."""
        clone = FrozenTrial.__new__(FrozenTrial)
        clone.number = self.number
        clone.state = self.state
        clone.values = self._values
        clone.datetime_start = self.datetime_start
        clone.datetime_complete = self.datetime_complete
        clone.params = self.params.copy()
        clone.distributions = self.distributions.copy()
        clone.user_attrs = _copied_attrs(self.user_attrs)
        clone.system_attrs = _copied_attrs(self.system_attrs)
        clone.intermediate_values = self.intermediate_values.copy()
        clone.intermediate_vectors = self.intermediate_vectors.copy()
        clone.trial_id = self.trial_id
        return clone

    def __copy__(self) -> FrozenTrial:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> FrozenTrial:
        return self.copy()

    def validate(self) -> None:
        """Check that the record is consistent.

        Raises
        ------
        ValueError
            Naming what contradicts what.
        """
        who = f"Trial {self.number}" if self.number >= 0 else "The trial"
        if self.state is not TrialState.WAITING and self.datetime_start is None:
            raise ValueError(f"{who} is {self.state.name} and needs datetime_start.")
        if self.state.is_finished() != (self.datetime_complete is not None):
            raise ValueError(
                f"{who} is {self.state.name}, which does not go with "
                f"datetime_complete={self.datetime_complete}."
            )
        if self.state is TrialState.COMPLETE and self._values is None:
            raise ValueError(f"{who} is COMPLETE and needs a value; give value= or values=.")
        if self.state is TrialState.FAIL and self._values is not None:
            raise ValueError(f"{who} is FAIL and cannot have values, got {self._values}.")
        if self._values is not None and any(math.isnan(value) for value in self._values):
            raise ValueError(f"{who} has NaN among its values {self._values}; use state FAIL.")
        if self.params.keys() != self.distributions.keys():
            raise ValueError(
                f"{who} needs one distribution per parameter, got params for "
                f"{sorted(self.params)} and distributions for {sorted(self.distributions)}."
            )
        for step, vector in self.intermediate_vectors.items():
            if self._values is not None and len(vector) != len(self._values):
                raise ValueError(
                    f"{who} has {len(self._values)} values, but {len(vector)} at step {step}."
                )
        for name, value in self.params.items():
            distribution = self.distributions[name]
            if not distribution.contains(distribution.to_internal_repr(value)):
                raise ValueError(f"{who}: {name}={value!r} lies outside {distribution!r}.")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FrozenTrial):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment]  # mutable, so not a key

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, FrozenTrial):
            return NotImplemented
        return self.number < other.number

    def __le__(self, other: object) -> bool:
        if not isinstance(other, FrozenTrial):
            return NotImplemented
        return self.number <= other.number

    def __repr__(self) -> str:
        vectors = (
            f"intermediate_vectors={self.intermediate_vectors}, "
            if self.intermediate_vectors
            else ""
        )
        return (
            f"FrozenTrial(number={self.number}, state={self.state!r}, values={self._values}, "
            f"datetime_start={self.datetime_start!r}, "
            f"datetime_complete={self.datetime_complete!r}, params={self.params}, "
            f"user_attrs={self.user_attrs}, system_attrs={self.system_attrs}, "
            f"intermediate_values={self.intermediate_values}, {vectors}"
            f"distributions={self.distributions}, trial_id={self.trial_id}, value=None)"
        )


def _copied_attrs(attrs: dict[str, Any]) -> dict[str, Any]:
    return {key: _copied(value) for key, value in attrs.items()}


def _copied(value: Any) -> Any:
    if isinstance(value, _SHALLOW):
        return value
    # What JSON knows is copied much faster than copy.deepcopy does it.
    if type(value) is dict:
        return {key: _copied(item) for key, item in value.items()}
    if type(value) is list:
        return [_copied(item) for item in value]
    return copy.deepcopy(value)
