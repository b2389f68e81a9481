"""Storages: where studies and trials are kept."""

from __future__ import annotations

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


def __getattr__(name: str) -> Any:
    # SQLAlchemy takes a quarter of a second to import, so only its storage imports it.
    if name == "RDBStorage":
        from .rdb import RDBStorage

        return RDBStorage
    if name == "JournalStorage":
        from .journal import JournalStorage

        return JournalStorage
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
