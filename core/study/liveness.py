"""Give signs of life while trials run."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
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
    pulse = _pulse_of(storage, interval)
    pulse.add(trial.trial_id)
    try:
        yield
    finally:
        pulse.discard(trial.trial_id)


class _Pulse:
    """One thread that beats for all trials of a storage that run in this process.

    It outlives a trial, because starting a thread costs more than a short trial, and ends when
    it finds none running.
    """

    def __init__(self, storage: BaseHeartbeat, interval: float) -> None:
        self._storage = weakref.ref(storage)
        self._interval = interval
        self._lock = threading.Lock()
        self._running: dict[int, None] = {}
        self._thread: threading.Thread | None = None
        self.pid = os.getpid()

    def add(self, trial_id: int) -> None:
        with self._lock:
            self._running[trial_id] = None
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._beat, name="tunesmith-heartbeat", daemon=True
                )
                self._thread.start()

    def discard(self, trial_id: int) -> None:
        with self._lock:
            self._running.pop(trial_id, None)

    def _beat(self) -> None:
        pause = threading.Event()  # never set
        while True:
            pause.wait(self._interval)
            storage = self._storage()
            with self._lock:
                running = list(self._running)
                if not running or storage is None:
                    self._thread = None
                    return
            for trial_id in running:
                if trial_id not in self._running:
                    continue  # it has ended meanwhile
                try:
                    storage.record_heartbeat(trial_id)
                except Exception:  # training goes on while a database is away for a while
                    _logger.warning("A heartbeat of trial id %d failed.", trial_id, exc_info=True)
            del storage


_pulses: weakref.WeakKeyDictionary[BaseHeartbeat, _Pulse] = weakref.WeakKeyDictionary()
_pulses_lock = threading.Lock()


def _pulse_of(storage: BaseHeartbeat, interval: float) -> _Pulse:
    with _pulses_lock:
        pulse = _pulses.get(storage)
        if pulse is None or pulse.pid != os.getpid():  # a fork takes no threads along
            pulse = _pulses[storage] = _Pulse(storage, interval)
        return pulse
