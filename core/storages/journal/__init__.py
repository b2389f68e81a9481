"""Studies in a journal, in the records that Optuna uses."""

from __future__ import annotations

from .backend import BaseJournalBackend, BaseJournalSnapshot
from .file import JournalFileBackend
from .locks import BaseJournalFileLock, JournalFileOpenLock, JournalFileSymlinkLock
from .redis import JournalRedisBackend
from .storage import JournalStorage

__all__ = [
    "BaseJournalBackend",
    "BaseJournalFileLock",
    "BaseJournalSnapshot",
    "JournalFileBackend",
    "JournalFileOpenLock",
    "JournalFileSymlinkLock",
    "JournalRedisBackend",
    "JournalStorage",
]
