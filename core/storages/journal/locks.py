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
import contextlib
import os
import random
import time
import uuid

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
        self._target = os.fspath(filepath)
        self._lock_path = f"{self._target}.lock"
        self._grace_period = grace_period
        self._held: _Identity | None = None

    @abc.abstractmethod
    def _create(self, path: str) -> None:
        """Create a lock file.

        Raises
        ------
        FileExistsError
            If it exists.
        """

    def _identity(self, path: str) -> _Identity | None:
        """Return what tells one lock file from the next; None if there is none."""
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino, found.st_mtime_ns

    def acquire(self) -> bool:
        pause = _FIRST_PAUSE
        seen: _Identity | None = None
        since = 0.0
        while True:
            try:
                self._create(self._lock_path)
            except FileExistsError:
                pass
            else:
                self._held = self._identity(self._lock_path)
                return True
            if self._grace_period is not None:
                found = self._identity(self._lock_path)
                now = time.monotonic()
                if found != seen:
                    seen, since = found, now
                elif found is not None and now - since >= self._grace_period:
                    if self._take_over(found):
                        return True
                    since = now  # another waiter has it; if that one dies, the next claim is due
            time.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _take_over(self, stale: _Identity) -> bool:
        name = "-".join(f"{part:x}" for part in stale)
        claim = 0
        while True:
            claim_path = f"{self._lock_path}.{name}.{claim}"
            try:
                os.close(os.open(claim_path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            except FileExistsError:
                if not self._is_old(claim_path):
                    return False
                claim += 1  # its maker has died in the middle of the takeover
                continue
            break
        own = f"{self._lock_path}.{uuid.uuid4()}"
        self._create(own)
        # Whoever held the claim before has finished by now, and the lock is no longer stale.
        if self._identity(self._lock_path) != stale:
            os.unlink(own)
            os.unlink(claim_path)
            return False
        self._held = self._identity(own)
        os.replace(own, self._lock_path)
        for number in range(claim + 1):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{self._lock_path}.{name}.{number}")
        _logger.warning(
            "Took over the lock %s: its holder gave no sign for %s seconds and is taken for dead.",
            self._lock_path,
            self._grace_period,
        )
        return True

    def _is_old(self, path: str) -> bool:
        # Both times are the file system's own: a new file says what time it is there.
        found = self._identity(path)
        probe = f"{self._lock_path}.{uuid.uuid4()}"
        os.close(os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        now = self._identity(probe)
        os.unlink(probe)
        if found is None or now is None or self._grace_period is None:
            return False
        return now[2] - found[2] >= self._grace_period * 10**9

    def release(self) -> None:
        found = self._identity(self._lock_path)
        held, self._held = self._held, None
        if held is None or found != held:
            raise RuntimeError(
                f"The lock {self._lock_path} is not held: it was never acquired, or another "
                f"worker has taken it over after {self._grace_period} seconds. Give the lock a "
                "longer grace_period if workers may stop for that long."
            )
        os.unlink(self._lock_path)


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

    def _create(self, path: str) -> None:
        os.symlink(self._target, path)


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

    def _create(self, path: str) -> None:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
