"""Connections to the database, and what each kind of database needs."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import StaticPool

from .outage import persistently

Result = TypeVar("Result")

SQLITE_TIMEOUT = 100.0  # seconds that a worker waits for others to finish their writes

_DRIVERS = {
    "psycopg": "postgresql",
    "psycopg2": "postgresql",
    "pymysql": "mysql",
    "MySQLdb": "mysql",
}
_WRITES = "tunesmith_writes"


class Database:
    """One database: makes connections as needed, also after a fork.

    Parameters
    ----------
    url : str
        SQLAlchemy's URL of the database.
    engine_kwargs : dict of str to Any
        Arguments for ``sqlalchemy.create_engine``.
    patience : float
        Seconds to wait for a database that is away.

    Raises
    ------
    ValueError
        If the URL is not one, or the folder of a SQLite file does not exist.
    ImportError
        If the database's driver is not installed.
    """

    def __init__(self, url: str, engine_kwargs: dict[str, Any], patience: float) -> None:
        self._url = _checked_url(url)
        self._engine_kwargs = engine_kwargs
        self._patience = patience
        self.dialect = self._url.get_backend_name()
        self._set_up()

    def _set_up(self) -> None:
        self._engine: sa.Engine | None = None
        self._engine_for_writing: sa.Engine
        self._pid = os.getpid()
        # A database in memory has one connection, for one thread at a time.
        is_alone = self.dialect == "sqlite" and _is_in_memory(self._url)
        self._turn: contextlib.AbstractContextManager[Any] = (
            threading.RLock() if is_alone else contextlib.nullcontext()
        )

    def __getstate__(self) -> dict[str, Any]:
        kept = ("_url", "_engine_kwargs", "_patience", "dialect")
        return {name: self.__dict__[name] for name in kept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._set_up()

    def __str__(self) -> str:
        return self._url.render_as_string(hide_password=True)

    @property
    def engine(self) -> sa.Engine:
        """SQLAlchemy's engine of this process."""
        if self._engine is None or self._pid != os.getpid():
            # Connections must not be shared with the process that this one was forked from.
            self._pid = os.getpid()
            self._engine = self._made_engine()
            self._engine_for_writing = self._engine.execution_options(**{_WRITES: True})
            weakref.finalize(self, _close, self._engine, self._pid)
        return self._engine

    @property
    def _writing_engine(self) -> sa.Engine:
        # The same connections, with a mark by which the event below knows them.
        _ = self.engine
        return self._engine_for_writing

    def dispose(self) -> None:
        """Close the connections; they are made anew when needed."""
        if self._engine is not None:
            self._engine.dispose()

    def read(self, action: Callable[[Connection], Result]) -> Result:
        """Read in one transaction, and again if the database was away.

        Parameters
        ----------
        action : callable
            Takes a connection.

        Raises
        ------
        StorageInternalError
            If the database fails, or is away for too long.
        """

        def attempt() -> Result:
            with self._turn, self.engine.begin() as connection:
                return action(connection)

        return persistently(attempt, self, self._patience)

    def write(self, action: Callable[[Connection], Result]) -> Result:
        """Write in one transaction: all of it or nothing. As :meth:`read`.

        If the connection is lost while the transaction is being committed, `action` is done
        again although it may have been done: it has to be prepared to find its own traces.
        """

        def attempt() -> Result:
            with self._turn, self._writing_engine.begin() as connection:
                return action(connection)

        return persistently(attempt, self, self._patience)

    def _made_engine(self) -> sa.Engine:
        kwargs = dict(self._engine_kwargs)
        if self.dialect == "sqlite":
            kwargs["connect_args"] = {
                "timeout": SQLITE_TIMEOUT,
                "check_same_thread": False,
                **kwargs.get("connect_args", {}),
            }
            if _is_in_memory(self._url):
                # One connection, because each would be an empty database of its own.
                kwargs.setdefault("poolclass", StaticPool)
        if self.dialect in ("mysql", "mariadb"):
            # The default locks the gaps between rows too, where workers block each other.
            kwargs.setdefault("isolation_level", "READ COMMITTED")
        try:
            engine = sa.create_engine(self._url, **kwargs)
        except ModuleNotFoundError as error:
            extra = _DRIVERS.get(error.name or "")
            hint = f'\nInstall it with: pip install "tunesmith[{extra}]"' if extra else ""
            raise ImportError(
                f"The database {self} needs the driver {error.name!r}.{hint}", name=error.name
            ) from error
        if self.dialect == "sqlite":
            sa.event.listen(engine, "connect", _on_sqlite_connect)
            sa.event.listen(engine, "begin", _on_sqlite_begin)
        return engine


def _close(engine: sa.Engine, pid: int) -> None:
    # Not those of the process that this one was forked from: a goodbye would end theirs.
    if os.getpid() == pid:
        engine.dispose()


def _checked_url(url: str) -> URL:
    parsed: URL | None = None
    is_known = False
    try:
        parsed = make_url(url)
        parsed.get_dialect()
        is_known = True
    except (ArgumentError, NoSuchModuleError, ValueError):
        pass  # and not raised from here, because it may quote the password
    except ModuleNotFoundError:
        is_known = True  # explained when the engine is made
    if parsed is None or not is_known:
        shown = url if "@" not in url else f"...@{url.rpartition('@')[2]}"
        raise ValueError(
            f"storage={shown!r} is not the URL of a database. Examples: 'sqlite:///study.db', "
            "'postgresql+psycopg://user:password@host/name'."
        )
    if parsed.get_backend_name() == "sqlite" and not _is_in_memory(parsed):
        folder = Path(parsed.database or "").parent
        if not parsed.query.get("uri") and not folder.is_dir():
            raise ValueError(
                f"storage={url!r}: the folder {str(folder)!r} does not exist. Create it first."
            )
    return parsed


def _is_in_memory(url: URL) -> bool:
    return url.database in (None, "", ":memory:")


def _on_sqlite_connect(connection: Any, _record: Any) -> None:
    # SQLAlchemy's events below say when a transaction begins, not Python's driver.
    connection.isolation_level = None
    # With a write-ahead log readers and the writer do not wait for each other. FULL syncs each
    # commit to the disk, so that not even a power failure loses a finished trial.
    _switch_to_write_ahead_log(connection)
    connection.execute("PRAGMA synchronous = FULL")


def _switch_to_write_ahead_log(connection: Any) -> None:
    # Needs the file for itself for an instant the first time, and does not wait for it.
    deadline = time.monotonic() + SQLITE_TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _on_sqlite_begin(connection: Connection) -> None:
    # A write transaction takes the lock at its beginning, where it waits its turn. Taken later,
    # after a read, SQLite refuses at once if another worker has written in between.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
