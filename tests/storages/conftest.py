"""The storages that the contract is tested on."""

from __future__ import annotations

import pytest

from tunesmith.storages import InMemoryStorage, JournalStorage, RDBStorage
from tunesmith.storages.journal import (
    BaseJournalBackend,
    JournalFileBackend,
    JournalRedisBackend,
)

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

    def __init__(self):
        self.records = []
        self.before_append = lambda: None

    def read_logs(self, log_number_from):
        return iter(self.records[log_number_from:])

    def append_logs(self, logs):
        self.before_append()
        self.records += logs


@pytest.fixture
def minimal_backend():
    return MinimalBackend()


@pytest.fixture(params=STORAGES)
def storage(request, tmp_path):
    if request.param == "memory":
        yield InMemoryStorage()
    elif request.param == "fine-grained":
        yield FineGrainedStorage()
    elif request.param == "journal-file":
        yield JournalStorage(JournalFileBackend(str(tmp_path / "study.log")))
    elif request.param == "journal-redis":
        yield JournalStorage(JournalRedisBackend(request.getfixturevalue("redis_url")))
    elif request.param == "journal-minimal":
        yield JournalStorage(MinimalBackend())
    else:
        url = f"sqlite:///{tmp_path / 'study.db'}"
        if request.param != "sqlite":
            url = request.getfixturevalue(f"{request.param}_url")
        storage = RDBStorage(url)
        yield storage
        storage.remove_session()
