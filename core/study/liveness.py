"""Give signs of life while trials run."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING

from ..logging import get_logger
from ..storages import BaseHeartbeat, BaseStorage

if TYPE_CHECKING:
    from ..trial import Trial

_logger = get_logger(__name__)


class SignsOfLife:
    """One thread that records heartbeats for all running trials of an optimization.

    A context manager; the thread begins with the first trial and ends with the context. For a
    storage without heartbeats there is none.

    Parameters
    ----------
    storage : BaseStorage
        The study's storage.
    """

    def __init__(self, storage: BaseStorage) -> None:
        self._storage = storage if isinstance(storage, BaseHeartbeat) else None
        self._interval = None if self._storage is None else self._storage.get_heartbeat_interval()
        self._running: set[int] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    def __enter__(self) -> SignsOfLife:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    @property
    def are_due(self) -> bool:
        """Whether the storage asks for them."""
        return self._interval is not None

    @contextlib.contextmanager
    def during(self, trial: Trial) -> Iterator[None]:
        """Record heartbeats for a trial meanwhile; the first one comes with its creation."""
        with self._lock:
            self._running.add(trial.trial_id)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._beat, name="tunesmith-heartbeat", daemon=True
                )
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(trial.trial_id)

    def _beat(self) -> None:
        while not self._ended.wait(self._interval):
            with self._lock:
                running = sorted(self._running)
            for trial_id in running:
                try:
                    self._storage.record_heartbeat(trial_id)  # type: ignore[union-attr]  # has an interval
                except Exception:  # the training goes on while the storage is away
                    _logger.warning("A heartbeat of trial id %d failed.", trial_id, exc_info=True)
