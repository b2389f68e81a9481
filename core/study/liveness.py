"""Give signs of life while a trial runs, and look after trials whose workers have died."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..logging import get_logger
from ..storages import BaseHeartbeat, BaseStorage

if TYPE_CHECKING:
    from ..trial import Trial

_logger = get_logger(__name__)


@contextlib.contextmanager
def signs_of_life(storage: BaseStorage, trial: Trial) -> Iterator[None]:
    """Record heartbeats for a trial meanwhile, if the storage has them.

    Parameters
    ----------
    storage : BaseStorage
        The study's storage.
    trial : Trial
        The trial that is about to run.
    """
    interval = storage.get_heartbeat_interval() if isinstance(storage, BaseHeartbeat) else None
    if interval is None or not isinstance(storage, BaseHeartbeat):
        yield
        return
    ended = threading.Event()
    beating = threading.Thread(
        target=_beat,
        args=(storage, trial.trial_id, interval, ended),
        name=f"tunesmith-heartbeat-{trial.number}",
        daemon=True,
    )
    beating.start()
    try:
        yield
    finally:
        ended.set()
        beating.join()


def _beat(storage: BaseHeartbeat, trial_id: int, interval: float, ended: threading.Event) -> None:
    while not ended.wait(interval):
        try:
            storage.record_heartbeat(trial_id)
        except Exception:  # the training must not suffer from a database that is away for a while
            _logger.warning("A heartbeat of trial id %d failed.", trial_id, exc_info=True)
