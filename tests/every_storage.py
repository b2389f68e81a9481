"""The storages that conformance suites run on, each of which can be opened again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tunesmith.storages import BaseStorage, InMemoryStorage, JournalStorage, RDBStorage
from tunesmith.storages.journal import (
    BaseJournalBackend,
    JournalFileBackend,
    JournalRedisBackend,
)

OpenStorage = Callable[[], BaseStorage]

STORAGES = [
    "memory",
    "sqlite",
    "postgresql",
    "mariadb",
    "journal-file",
    "journal-redis",
    "journal-minimal",
    "fine-grained",
]


class FineGrainedStorage(InMemoryStorage):
    """A storage as users of Optuna write them: the batch methods keep their default forms."""

    shares_records = False
    start_trial = InMemoryStorage.__base__.start_trial
    open_trial = InMemoryStorage.__base__.open_trial
    claim_trial = InMemoryStorage.__base__.claim_trial
    read_trials = InMemoryStorage.__base__.read_trials


class MinimalBackend(BaseJournalBackend):
    """A backend as users of Optuna write them: others may write between a read and an append."""

    def __init__(self) -> None:
        self.records: list[dict[str, object]] = []
        self.before_append: Callable[[], None] = lambda: None

    def read_logs(self, log_number_from: int) -> Iterator[dict[str, object]]:
        return iter(self.records[log_number_from:])

    def append_logs(self, logs: Iterable[dict[str, object]]) -> None:
        self.before_append()
        self.records += logs


def opener(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenStorage]:
    """Yield what opens one and the same storage, as another process would.

    What lives in the memory of one process stays the same object.
    """
    if kind in ("memory", "fine-grained"):
        in_memory = InMemoryStorage() if kind == "memory" else FineGrainedStorage()
        yield lambda: in_memory
    elif kind == "journal-file":
        path = str(tmp_path / "study.log")
        yield lambda: JournalStorage(JournalFileBackend(path))
    elif kind == "journal-redis":
        url = request.getfixturevalue("redis_url")
        yield lambda: JournalStorage(JournalRedisBackend(url))
    elif kind == "journal-minimal":
        backend = MinimalBackend()
        yield lambda: JournalStorage(backend)
    else:
        url = f"sqlite:///{tmp_path / 'study.db'}"
        if kind != "sqlite":
            url = request.getfixturevalue(f"{kind}_url")
        opened: list[RDBStorage] = []

        def open_database() -> RDBStorage:
            opened.append(RDBStorage(url))
            return opened[-1]

        yield open_database
        for storage in opened:
            storage.remove_session()
