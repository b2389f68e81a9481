"""Make a record by hand."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from ..distributions import BaseDistribution
from .base_trial import CONSTRAINT_PREFIX, checked_constraint
from .frozen_trial import FrozenTrial
from .state import TrialState


def create_trial(
    *,
    state: TrialState = TrialState.COMPLETE,
    value: float | None = None,
    values: Sequence[float] | None = None,
    params: dict[str, Any] | None = None,
    distributions: dict[str, BaseDistribution] | None = None,
    user_attrs: dict[str, Any] | None = None,
    system_attrs: dict[str, Any] | None = None,
    intermediate_values: dict[int, float] | None = None,
    constraints: dict[str, float] | None = None,
    intermediate_vectors: dict[int, Sequence[float]] | None = None,
) -> FrozenTrial:
    """Make a trial by hand, for ``study.add_trial``.

    Parameters
    ----------
    state : TrialState, default TrialState.COMPLETE
        State of the trial.
    value : float, optional
        Value of a single objective; needed (or `values`) when COMPLETE.
    values : sequence of float, optional
        One value per objective.
    params, distributions : dict, optional
        Values and ranges of the parameters, with the same keys.
    user_attrs, system_attrs : dict, optional
        Attributes.
    intermediate_values : dict of int to float, optional
        Reported values by step.
    constraints : dict of str to float, optional
        Constraint values; 0 or less means that the constraint holds.
    intermediate_vectors : dict of int to sequence of float, optional
        Reports of several objectives by step. Optuna has none.

    Returns
    -------
    FrozenTrial
        A record that belongs to no study yet.

    Raises
    ------
    ValueError
        If the arguments contradict each other.

    Examples
    --------
    >>> import tunesmith
    >>> trial = tunesmith.create_trial(
    ...     params={"x": 2.0},
    ...     distributions={"x": tunesmith.distributions.FloatDistribution(0, 10)},
    ...     value=4.0,
    ... )
    >>> study = tunesmith.create_study()
    >>> study.add_trial(trial)
    >>> study.best_params
    {'x': 2.0}
    """
    state = TrialState(state)  # Optuna's enumeration will do as well
    attrs = dict(system_attrs or {})
    for key, bound in (constraints or {}).items():
        attrs[CONSTRAINT_PREFIX + key] = checked_constraint(key, bound)
    now = datetime.datetime.now()
    trial = FrozenTrial(
        number=-1,
        state=state,
        value=value,
        values=values,
        datetime_start=None if state is TrialState.WAITING else now,
        datetime_complete=now if state.is_finished() else None,
        params=dict(params or {}),
        distributions=dict(distributions or {}),
        user_attrs=dict(user_attrs or {}),
        system_attrs=attrs,
        intermediate_values=dict(intermediate_values or {}),
        trial_id=-1,
        intermediate_vectors={
            step: tuple(vector) for step, vector in (intermediate_vectors or {}).items()
        },
    )
    trial.validate()
    return trial
