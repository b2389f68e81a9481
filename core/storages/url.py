"""From what users write to a storage."""

from __future__ import annotations

from .base import BaseStorage
from .memory import InMemoryStorage


def get_storage(storage: str | BaseStorage | None) -> BaseStorage:
    """Return the storage that a URL or object stands for.

    Parameters
    ----------
    storage : str, BaseStorage or None
        A URL, a storage, or None for memory. URLs of databases, such as ``sqlite:///study.db``,
        are SQLAlchemy's; ``journal:///folder/study.log`` is a journal file by its absolute path
        (``journal://study.log`` lies in the current folder); ``redis://host:port/database`` and
        ``rediss://`` (encrypted) are journals in Redis.

    Raises
    ------
    TypeError
        If it is something else.
    ValueError
        If it is text but no URL.

    Examples
    --------
    >>> type(get_storage(None)).__name__
    'InMemoryStorage'
    """
    if storage is None:
        return InMemoryStorage()
    if isinstance(storage, BaseStorage):
        return storage
    if not isinstance(storage, str):
        raise TypeError(
            f"storage must be a URL or a storage, got {storage!r} of type "
            f"{type(storage).__name__}. Try storage='sqlite:///study.db'."
        )
    if "://" not in storage:
        raise ValueError(
            f"storage={_shown(storage)!r} is not a URL. For a local file use "
            f"storage='sqlite:///{_shown(storage) or 'study.db'}'."
        )
    scheme, _, rest = storage.partition("://")
    if scheme == "journal":
        if not rest.strip("/"):
            raise ValueError(
                f"storage={storage!r} names no file. Write storage='journal:///folder/study.log'."
            )
        from .journal import JournalFileBackend, JournalStorage

        return JournalStorage(JournalFileBackend(rest))
    if scheme in ("redis", "rediss"):
        from .journal import JournalRedisBackend, JournalStorage

        return JournalStorage(JournalRedisBackend(storage))
    from .rdb import RDBStorage

    return RDBStorage(storage)


def _shown(storage: str) -> str:
    # What stands before an @ may be a password.
    return storage if "@" not in storage else f"...@{storage.rpartition('@')[2]}"
