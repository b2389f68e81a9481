"""From what users write to a storage."""

from __future__ import annotations

from .base import BaseStorage
from .memory import InMemoryStorage


def get_storage(storage: str | BaseStorage | None) -> BaseStorage:
    """Return the storage that a URL or object stands for.

    Parameters
    ----------
    storage : str, BaseStorage or None
        A database URL such as ``sqlite:///study.db``, a storage, or None for memory.

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
            f"storage={storage!r} is not a URL. For a local file use "
            f"storage='sqlite:///{storage or 'study.db'}'."
        )
    from .rdb import RDBStorage

    return RDBStorage(storage)
