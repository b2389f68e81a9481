"""Signs of life: how workers that share a storage notice that one of them has died."""

from __future__ import annotations

import abc
import os
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..exceptions import UpdateFinishedTrialError
from ..logging import get_logger
from ..records import FrozenTrial, TrialState, attr_names
from .base import BaseStorage, TrialUpdate
from .retries import RetryHeartbeatStaleTrialCallback

if TYPE_CHECKING:
    from ..study import Study

StaleTrialCallback = Callable[["Study", FrozenTrial], None]

_logger = get_logger(__name__)


class BaseHeartbeat(abc.ABC):
    """What a storage can do whose workers give signs of life.

    The thread that runs a trial calls :meth:`record_heartbeat` every
    :meth:`get_heartbeat_interval` seconds. A RUNNING trial without one for the storage's grace
    period is stale: its worker has died.
    """

    @abc.abstractmethod
    def record_heartbeat(self, trial_id: int) -> None:
        """Note that the worker of a trial is alive now."""

    @abc.abstractmethod
    def get_stale_trial_ids(self, study_id: int) -> list[int]:
        """Return the RUNNING trials of a study whose workers have died."""

    @abc.abstractmethod
    def get_heartbeat_interval(self) -> int | None:
        """Return the seconds between two signs of life; None if there are none."""

    @abc.abstractmethod
    def get_heartbeat_stale_trial_callback(self) -> StaleTrialCallback | None:
        """Return what is to be called with a trial that was found stale."""


def is_taken_for_dead(trial: FrozenTrial) -> bool:
    """Return whether a trial is FAIL because its worker gave no more signs of life."""
    return trial.state is TrialState.FAIL and attr_names.FOUND_STALE_BY in trial.system_attrs


def fail_stale_trials(study: Study) -> None:
    """End the trials of a study whose workers have died, and call the storage's callback.

    Parameters
    ----------
    study : Study
        A study whose storage has signs of life; otherwise nothing happens.
    """
    storage = study.storage
    if not isinstance(storage, BaseHeartbeat) or not isinstance(storage, BaseStorage):
        return
    if storage.get_heartbeat_interval() is None:
        return
    callback = storage.get_heartbeat_stale_trial_callback()
    retry = callback if isinstance(callback, RetryHeartbeatStaleTrialCallback) else None
    if retry is not None and type(retry).__call__ is not RetryHeartbeatStaleTrialCallback.__call__:
        retry = None  # it does something of its own
    for trial_id in storage.get_stale_trial_ids(study.study_id):
        attrs = {
            attr_names.FAIL_REASON: "The worker that ran it gave no more signs of life.",
            # Also tells a storage whose connection broke whether this write was committed, or
            # that of another worker who has found the same.
            attr_names.FOUND_STALE_BY: (
                f"{socket.gethostname()}, process {os.getpid()}, thread {threading.get_ident()}"
            ),
        }
        update = TrialUpdate(state=TrialState.FAIL, system_attrs=attrs)
        if retry is not None:
            again = retry.repetition(storage.get_trial(trial_id))
            update.successor = None if again is None else (study.study_id, again)
        try:
            storage.update_trial(trial_id, update)
        except UpdateFinishedTrialError:
            continue  # another worker was first, or the trial has ended after all
        trial = storage.get_trial(trial_id)
        _logger.warning("Trial %d is stale: its worker has died. It is FAIL now.", trial.number)
        if callback is not None and retry is None:
            callback(study, trial)
