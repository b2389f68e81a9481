"""What a journal needs of the place where it is kept: records come in one order for everybody."""

from __future__ import annotations

import abc
import enum
from collections.abc import Callable, Iterable
from typing import Any

from .liveness import Liveness
from .records import Record

Decide = Callable[[Iterable[Record]], "list[Record]"]


class Blocker(enum.Enum):
    """Which records of others make a decision void that did not know them."""

    NONE = enum.auto()
    WAITING_TRIAL = enum.auto()  # a trial was created that waits
    TRIAL = enum.auto()  # any trial was created
    ANY = enum.auto()


BlockerOf = Callable[["list[Record]"], Blocker]


class BaseJournalBackend(abc.ABC):
    """Base class of the places that keep a journal, as in Optuna.

    A journal is a list of records that only grows. A record's log number is its place in it,
    counted from 0. Methods may be called by many processes, each with its own object; one object
    is called by one thread at a time.

    :meth:`append_logs` and :meth:`read_logs` are enough for a backend. One that can read and
    append in one step, so that no other worker comes in between, overrides :meth:`transact`.
    """

    @abc.abstractmethod
    def read_logs(self, log_number_from: int) -> Iterable[dict[str, Any]]:
        """Return the records from a log number on.

        Parameters
        ----------
        log_number_from : int
            How many records at the journal's beginning to leave out.

        Returns
        -------
        iterable of dict
            In order. An empty one stands for an entry that cannot be read.
        """

    @abc.abstractmethod
    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Append records, durably and next to each other.

        Parameters
        ----------
        logs : list of dict
            The records.
        """

    def transact(
        self, log_number_from: int, decide: Decide, blocker_of: BlockerOf
    ) -> list[Record] | None:
        """Read what is new, let the caller decide, and append what it wants.

        Parameters
        ----------
        log_number_from : int
            How many records the caller knows.
        decide : callable
            Takes the records that are new and returns those to append. Called again, with what
            is new since, when another worker was quicker; an exception appends nothing.
        blocker_of : callable
            Takes what `decide` returned and says which records of others must not come between.
            Where others cannot come between, nobody asks.

        Returns
        -------
        list of dict or None
            The records after those that `decide` was given last: some of others, perhaps, and
            then those that were appended. None if it is not known what came in between, as in
            this default form: the caller then reads what has become of its own.
        """
        logs = decide(self.read_logs(log_number_from))
        if logs:
            self.append_logs(logs)
        return None

    @property
    def liveness(self) -> Liveness | None:
        """Where workers give signs of life; None if there is no such place."""
        return None


class BaseJournalSnapshot(abc.ABC):
    """What a backend can do that keeps a summary of its journal, as in Optuna.

    A worker that joins late starts from the summary and reads only the records after it. It is
    JSON text; what cannot be read as such is not used.
    """

    @abc.abstractmethod
    def save_snapshot(self, snapshot: bytes) -> None:
        """Keep a summary in place of the last one."""

    @abc.abstractmethod
    def load_snapshot(self) -> bytes | None:
        """Return the last summary; None if there is none."""


class ForeignBackend(BaseJournalBackend):
    """A backend whose class was written for Optuna's base class.

    Parameters
    ----------
    backend : Any
        Has ``append_logs`` and ``read_logs``.
    """

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def __repr__(self) -> str:
        return repr(self._backend)

    def read_logs(self, log_number_from: int) -> Iterable[dict[str, Any]]:
        return self._backend.read_logs(log_number_from)  # type: ignore[no-any-return]  # by Optuna's interface

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        self._backend.append_logs(logs)
