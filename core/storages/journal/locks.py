"""Locks that are files, because they work on network file systems where ``flock`` does not.

Who creates the lock file has the lock; removing it gives the lock back. The file is named as
Optuna names it, so that workers of both libraries take turns.

*A worker that dies with the lock* leaves the file behind. Whoever waits and sees the same file
unchanged for the grace period takes the lock over. Two waiters must not both do so, and neither
may remove a lock that a third has just taken: so each first creates a claim, a file whose name
says which lock file it replaces. Only one can create it, and it then renames its own lock file
over the old one, so that there is no instant without a lock.
"""

from __future__ import annotations

import abc
import os
import random
import time
import uuid
from pathlib import Path

from ...logging import get_logger

_FIRST_PAUSE = 0.0005  # seconds
_LONGEST_PAUSE = 0.02

_logger = get_logger(__name__)

_Identity = tuple[int, int, int]


class BaseJournalFileLock(abc.ABC):
    """Base class of the locks that :class:`JournalFileBackend` takes."""

    @abc.abstractmethod
    def acquire(self) -> bool:
        """Wait for the lock and take it; return True."""

    @abc.abstractmethod
    def release(self) -> None:
        """Give the lock back."""


class _LockFile(BaseJournalFileLock):
    def __init__(self, filepath: str, grace_period: int | None = 30) -> None:
        if grace_period is not None and grace_period <= 0:
            raise ValueError(
                f"grace_period > 0 must hold (or None, to wait for ever), got {grace_period}."
            )
        self._target = str(Path(filepath).absolute())
        self._path = Path(f"{self._target}.lock")
        self._grace_period = grace_period
        self._held: _Identity | None = None

    @abc.abstractmethod
    def _create(self, path: Path) -> None:
        """Create a lock file.

        Raises
        ------
        FileExistsError
            If it exists.
        """

    def acquire(self) -> bool:
        pause = _FIRST_PAUSE
        seen: _Identity | None = None
        since = 0.0
        while True:
            try:
                self._create(self._path)
            except FileExistsError:
                pass
            else:
                self._held = _identity(self._path)
                return True
            if self._grace_period is not None:
                found = _identity(self._path)
                now = time.monotonic()
                if found != seen:
                    seen, since = found, now
                elif found is not None and now - since >= self._grace_period:
                    if self._take_over(found):
                        return True
                    since = now  # another waiter has claimed it
            time.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _take_over(self, stale: _Identity) -> bool:
        """Replace a lock file by an own one, unless another waiter does."""
        claims: list[Path] = []
        while True:
            claims.append(self._sibling(f"{'-'.join(map(str, stale))}.{len(claims)}"))
            try:
                _create_exclusively(claims[-1])
                break
            except FileExistsError:
                if not self._is_abandoned(claims[-1]):
                    return False
        own = self._sibling(str(uuid.uuid4()))
        self._create(own)
        # An earlier claim may have been served since the lock was looked at.
        is_due = _identity(self._path) == stale
        if is_due:
            self._held = _identity(own)
            own.replace(self._path)
            _logger.warning(
                "Took over the lock %s: its holder gave no sign for %s seconds and is taken for "
                "dead.",
                self._path,
                self._grace_period,
            )
        else:
            own.unlink()
        for claim in claims:
            claim.unlink(missing_ok=True)
        return is_due

    def _is_abandoned(self, claim: Path) -> bool:
        """Whether the maker of a claim has died before it served it."""
        # Both times are the file system's: a new file says what time it is there.
        probe = self._sibling(str(uuid.uuid4()))
        _create_exclusively(probe)
        now = _identity(probe)
        probe.unlink()
        made = _identity(claim)
        if now is None or made is None or self._grace_period is None:
            return False
        return now[2] - made[2] >= self._grace_period * 10**9

    def _sibling(self, name: str) -> Path:
        return self._path.with_name(f"{self._path.name}.{name}")

    def release(self) -> None:
        held, self._held = self._held, None
        if held is None or _identity(self._path) != held:
            raise RuntimeError(
                f"The lock {self._path} is not held: it was never acquired, or another worker has "
                f"taken it over after {self._grace_period} seconds. Give the lock a longer "
                "grace_period if workers may stop for that long."
            )
        self._path.unlink()


def _identity(path: Path) -> _Identity | None:
    """Return what tells one lock file from the next; None if there is none."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns


def _create_exclusively(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))


class JournalFileSymlinkLock(_LockFile):
    """Lock by a symbolic link, which is created atomically also by NFS version 2.

    Parameters
    ----------
    filepath : str
        The journal's file; the lock is ``<filepath>.lock``.
    grace_period : int or None, default 30
        Seconds after which an unchanged lock is taken over, because its holder must be dead:
        appending takes milliseconds. None waits for ever.

    Raises
    ------
    ValueError
        If `grace_period` is not positive.

    Examples
    --------
    >>> import os, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> lock = JournalFileSymlinkLock(os.path.join(folder.name, "study.log"))
    >>> lock.acquire()
    True
    >>> os.listdir(folder.name)
    ['study.log.lock']
    >>> lock.release()
    >>> folder.cleanup()
    """

    def _create(self, path: Path) -> None:
        path.symlink_to(self._target)


class JournalFileOpenLock(_LockFile):
    """Lock by a file opened with ``O_EXCL``, which NFS version 3 and later create atomically.

    Parameters
    ----------
    filepath : str
        The journal's file; the lock is ``<filepath>.lock``.
    grace_period : int or None, default 30
        See :class:`JournalFileSymlinkLock`.

    Raises
    ------
    ValueError
        If `grace_period` is not positive.
    """

    def _create(self, path: Path) -> None:
        _create_exclusively(path)
