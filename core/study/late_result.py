"""Results of trials that were taken for dead.

A worker that was away from the storage for longer than the grace period (a suspended machine, a
cut network) is taken for dead: another worker has set its trial to FAIL and, by policy, queued its
parameters again. When it comes back with a result, that is worth keeping.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..exceptions import UpdateFinishedTrialError
from ..logging import get_logger
from ..records import FrozenTrial, TrialState, attr_names
from ..storages import TrialUpdate
from ..storages.heartbeat import is_taken_for_dead

if TYPE_CHECKING:
    from .study import Study

_logger = get_logger(__name__)


def keep_late_result(study: Study, record: FrozenTrial, update: TrialUpdate) -> FrozenTrial | None:
    """Keep the result of a trial that was taken for dead, under another number.

    Parameters
    ----------
    study : Study
        The study.
    record : FrozenTrial
        The trial as the process that ran it knows it.
    update : TrialUpdate
        What was to end it.

    Returns
    -------
    FrozenTrial or None
        The trial that has the result now: the repetition that was queued, if it still waits,
        else a new one. Without a result the trial as it is stored. None if it was not taken for
        dead.
    """
    stored = study.storage.get_trial(record.trial_id)
    if not is_taken_for_dead(stored):
        return None
    if update.values is None or update.state is None:
        return stored
    late = record.copy()
    late.state, late.values = update.state, update.values
    late.datetime_complete = update.datetime_complete
    late.system_attrs.update(update.system_attrs)
    late.system_attrs.update(
        {
            attr_names.FAILED_TRIAL: stored.system_attrs.get(
                attr_names.FAILED_TRIAL, record.number
            ),
            attr_names.RETRY_HISTORY: [
                *stored.system_attrs.get(attr_names.RETRY_HISTORY, []),
                record.number,
            ],
        }
    )
    trial_id = _put_into_repetition(study, late)
    if trial_id is None:
        trial_id = study.storage.create_new_trial(study.study_id, late)
    kept = study.storage.get_trial(trial_id)
    _logger.warning(
        "Trial %d was taken for dead and has ended after all. Its result is that of trial %d.",
        record.number,
        kept.number,
    )
    return kept


def _put_into_repetition(study: Study, late: FrozenTrial) -> int | None:
    history = late.system_attrs[attr_names.RETRY_HISTORY]
    for waiting in study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
        if waiting.system_attrs.get(attr_names.RETRY_HISTORY) != history:
            continue
        if not study.storage.claim_trial(waiting.trial_id):
            continue  # it runs already
        params = {
            name: (distribution.to_internal_repr(late.params[name]), distribution)
            for name, distribution in late.distributions.items()
        }
        try:
            study.storage.update_trial(
                waiting.trial_id,
                TrialUpdate(
                    params=params,
                    user_attrs=late.user_attrs,
                    system_attrs=late.system_attrs,
                    intermediate_values=late.intermediate_values,
                    intermediate_vectors=late.intermediate_vectors,
                    state=late.state,
                    values=late.values,
                    datetime_complete=late.datetime_complete,
                ),
            )
        except UpdateFinishedTrialError:
            continue
        return waiting.trial_id
    return None
