"""Which running trials have lost their workers."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from .liveness import Liveness

_DEFAULT_INTERVAL = 60  # seconds
_LITTER_AFTER = 86400.0  # seconds after which nobody can be interested in a sign of life


class SignsOfLife:
    """Gives and reads the signs of life of workers.

    A worker process has one name for all its trials, so starting a trial seldom costs a sign:
    only when the last one is too old.

    Parameters
    ----------
    liveness : Liveness or None
        Where they are kept; None means that there are none.
    interval : int or None
        Seconds between two; None means the default of 60, 0 none at all.
    grace_period : int or None
        Seconds without one after which a worker is taken for dead; None means twice `interval`.

    Raises
    ------
    ValueError
        If `interval` is negative or `grace_period` not positive.
    """

    def __init__(
        self, liveness: Liveness | None, interval: int | None, grace_period: int | None
    ) -> None:
        if interval is not None and interval < 0:
            raise ValueError(f"heartbeat_interval >= 0 must hold, got {interval}.")
        if grace_period is not None and grace_period <= 0:
            raise ValueError(f"grace_period > 0 must hold, got {grace_period}.")
        self._liveness = liveness
        self.interval = 0
        if liveness is not None:
            self.interval = _DEFAULT_INTERVAL if interval is None else interval
        self._grace_period = grace_period
        self._set_up()

    def _set_up(self) -> None:
        self._lock = threading.Lock()
        self._last: tuple[str, float] = ("", 0.0)

    def __getstate__(self) -> dict[str, object]:
        state = self.__dict__.copy()
        del state["_lock"], state["_last"]
        return state

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._set_up()

    def renew(self, name: str) -> None:
        """Give a sign under a name, unless the last one is recent."""
        with self._lock:
            last_name, last = self._last
            now = time.monotonic()
            if self._liveness is None or (last_name == name and now - last < self.interval / 2):
                return
            self._liveness.beat(name)
            self._last = (name, now)

    def beat(self, trial_id: int, name: str | None) -> None:
        """Give a sign for a trial, under its worker's name or (None) under its own."""
        if self._liveness is not None:
            self._liveness.beat(_own_name(trial_id) if name is None else name)

    def stale(self, running: Mapping[int, str | None], awaited: set[str]) -> list[int]:
        """Return the trials whose workers have given no sign for the grace period.

        Parameters
        ----------
        running : mapping of int to (str or None)
            The running trials of a study, with the names of their workers where known.
        awaited : set of str
            The names of the workers of all running trials.
        """
        if self._liveness is None or not self.interval:
            return []
        ages = self._liveness.ages()
        grace = self._grace_period or 2 * self.interval
        stale = []
        for trial_id, name in running.items():
            known = [ages[n] for n in (name, _own_name(trial_id)) if n in ages]
            if not known and name is not None:
                self._liveness.beat(name)  # the sign was lost: the time begins now
            elif known and min(known) > grace:
                stale.append(trial_id)
        kept = awaited.union(map(_own_name, running))
        limit = max(_LITTER_AFTER, 10.0 * grace)
        litter = [name for name, age in ages.items() if age > limit and name not in kept]
        if litter:
            self._liveness.forget(litter)
        return stale


def _own_name(trial_id: int) -> str:
    return f"trial-{trial_id}"
