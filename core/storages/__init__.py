"""Storages: where studies and trials are kept."""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any

from .base import BaseStorage, TrialUpdate
from .heartbeat import BaseHeartbeat, fail_stale_trials
from .memory import InMemoryStorage
from .retries import RetryHeartbeatStaleTrialCallback
from .url import get_storage

if TYPE_CHECKING:
    from .journal import JournalStorage
    from .rdb import RDBStorage

__all__ = [
    "BaseHeartbeat",
    "BaseStorage",
    "InMemoryStorage",
    "JournalStorage",
    "RDBStorage",
    "RetryHeartbeatStaleTrialCallback",
    "TrialUpdate",
    "fail_stale_trials",
    "get_storage",
]

# Names of Optuna's that it has deprecated.
_FORMER_NAMES = {
    "BaseJournalLogStorage": "BaseJournalBackend",
    "JournalFileOpenLock": "JournalFileOpenLock",
    "JournalFileStorage": "JournalFileBackend",
    "JournalFileSymlinkLock": "JournalFileSymlinkLock",
    "JournalRedisStorage": "JournalRedisBackend",
}


def __getattr__(name: str) -> Any:
    # SQLAlchemy takes a quarter of a second to import, so only its storage imports it;
    # journals are as seldom needed.
    if name == "RDBStorage":
        from .rdb import RDBStorage

        return RDBStorage
    if name == "JournalStorage":
        from .journal import JournalStorage

        return JournalStorage
    if name == "journal":
        return importlib.import_module(".journal", __name__)
    if name in _FORMER_NAMES:
        from . import journal

        new_name = _FORMER_NAMES[name]
        warnings.warn(
            f"tunesmith.storages.{name} is now tunesmith.storages.journal.{new_name}.",
            FutureWarning,
            stacklevel=2,
        )
        return getattr(journal, new_name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
