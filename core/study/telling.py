"""End a trial from outside the optimization loop."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..records import FrozenTrial, TrialState, attr_names
from ..storages import TrialUpdate
from ..trial import Trial
from .ending import end_trial, pruned_value, read_values

if TYPE_CHECKING:
    from .study import Study


def tell(
    study: Study,
    trial: Trial | int,
    values: float | Sequence[float] | None,
    state: TrialState | None,
    skip_if_finished: bool,
) -> FrozenTrial:
    """End a trial; see ``Study.tell``."""
    stored = study.storage.get_trial(_trial_id(study, trial))
    if stored.state.is_finished() and skip_if_finished:
        return stored
    if stored.state is not TrialState.RUNNING:
        raise ValueError(
            f"Trial {stored.number} is {stored.state.name}; only a RUNNING trial can be told. "
            "(skip_if_finished=True ignores ended ones.)"
        )
    state = None if state is None else TrialState(state)  # Optuna's enumeration will do as well
    _check_values_and_state(values, state)
    record = stored
    attrs: dict[str, Any] = {}
    told: list[float] | None = None
    if isinstance(trial, Trial):
        record = trial.record
        if trial.ends_pruned and state in (None, TrialState.COMPLETE):
            state = TrialState.PRUNED
    if state is TrialState.PRUNED:
        told = pruned_value(study, record)
        if isinstance(trial, Trial):
            attrs = trial.prune_attrs()
    elif state is not TrialState.FAIL:
        told, reason = read_values(values, len(study.directions))
        if reason is not None:
            reason = reason.replace("The objective returned", "Study.tell() was given")
            if state is TrialState.COMPLETE:
                raise ValueError(reason)
            warnings.warn(f"{reason} The trial is FAIL.", UserWarning, stacklevel=3)
            attrs = {attr_names.FAIL_REASON: reason}
        state = TrialState.COMPLETE if reason is None else TrialState.FAIL
    # From here on nothing is refused any more, so what the trial has to write is not lost.
    update = TrialUpdate()
    if isinstance(trial, Trial):
        update = trial.take_pending()
        record.system_attrs.update({**stored.system_attrs, **update.system_attrs})
    update.system_attrs.update(attrs)
    return end_trial(study, record, update, state, told).copy()


def _check_values_and_state(
    values: float | Sequence[float] | None, state: TrialState | None
) -> None:
    if state not in (None, TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL):
        raise ValueError(f"A trial ends as COMPLETE, PRUNED or FAIL, got {state!r}.")
    if state is TrialState.COMPLETE and values is None:
        raise ValueError("No values were told; state COMPLETE needs them.")
    if state in (TrialState.PRUNED, TrialState.FAIL) and values is not None:
        raise ValueError(f"state={state!r} takes no values, got {values!r}. Leave them out.")


def _trial_id(study: Study, trial: Any) -> int:
    if isinstance(trial, Trial):
        return trial.trial_id
    if isinstance(trial, int) and not isinstance(trial, bool):
        try:
            return study.storage.get_trial_id_from_study_id_trial_number(study.study_id, trial)
        except KeyError:
            raise ValueError(f"The study has no trial with number {trial}.") from None
    raise TypeError(f"tell() needs a Trial or its number, got {trial!r}.")
