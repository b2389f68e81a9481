"""The trials of one study as records, kept up to date by reading what changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container
from typing import Any

from ..records import FrozenTrial, TrialState

ReadTrials = Callable[["object | None"], "tuple[list[FrozenTrial], object]"]


class TrialLog:
    """Records of a study's trials by number.

    Finished trials never change, so each is read from the storage once.

    Parameters
    ----------
    read : callable
        Takes a cursor (None at first), returns the trials that may have changed since it was
        returned, and the next cursor: a storage's ``read_trials``, bound to a study.

    Attributes
    ----------
    trials : list of FrozenTrial or None
        By number; None where a number is taken by a trial that cannot be seen yet.
    cursor : object or None
        Up to where the storage was read, in its own terms. Whoever has taken in what came next in
        another way moves it on.
    lock : threading.RLock
        Held by whoever reads more than one thing and needs them to fit together.
    """

    def __init__(self, read: ReadTrials) -> None:
        self._read = read
        self.cursor: object | None = None
        self._unread: dict[int, None] = {}
        self._has_read = False
        self.trials: list[FrozenTrial | None] = []
        self.lock = threading.RLock()

    @property
    def has_news(self) -> bool:
        """Whether trials have changed since the last drain."""
        return bool(self._unread)

    @property
    def has_read(self) -> bool:
        """Whether a read since the last drain brought trials, rather than that some ended here."""
        return self._has_read

    def sync(self) -> None:
        """Take in what has changed in the storage: one read."""
        self.sync_by(self._read)

    def sync_by(self, read: ReadTrials) -> None:
        """Take in what has changed, as told by another call that reads as ours does."""
        with self.lock:
            changed, self.cursor = read(self.cursor)
            for trial in changed:
                self._put(trial)
                self._has_read = True

    def take_ended(self, trial: FrozenTrial, cursor: object) -> None:
        """Take in a trial that has just ended, which is all that is new; the lock is held."""
        self._put(trial)
        self.cursor = cursor

    def _put(self, trial: FrozenTrial) -> None:
        number = trial.number
        while number >= len(self.trials):
            self.trials.append(None)
        known = self.trials[number]
        if known is None or not known.state.is_finished():
            self.trials[number] = trial
            self._unread[number] = None

    def drain(self) -> list[FrozenTrial]:
        """Return the trials that changed since the last drain, in the order they did."""
        with self.lock:
            unread, self._unread, self._has_read = self._unread, {}, False
            return [trial for number in unread if (trial := self.trials[number]) is not None]

    def select(self, states: Container[TrialState] | None = None) -> list[FrozenTrial]:
        """Return the known trials by number, not copied."""
        with self.lock:
            return [
                trial
                for trial in self.trials
                if trial is not None and (states is None or trial.state in states)
            ]

    def __getstate__(self) -> dict[str, object]:
        # A copy in another process reads everything anew.
        return {"_read": self._read}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["_read"])  # type: ignore[misc]  # what __getstate__ gave
