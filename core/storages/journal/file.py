"""A journal in a file, one record per line."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...exceptions import StorageInternalError
from ...logging import get_logger
from .backend import BaseJournalBackend, Blocker, BlockerOf, Decide
from .lines import from_line, quoted, recovered, to_lines
from .liveness import FolderLiveness, Liveness
from .locks import BaseJournalFileLock, JournalFileOpenLock, JournalFileSymlinkLock
from .records import Record, only_progress

_logger = get_logger(__name__)

# The content and what it takes to read it; not the time of the last change.
_sync = getattr(os, "fdatasync", os.fsync)


class JournalFileBackend(BaseJournalBackend):
    """Keep a journal in a file, which may be shared over a network file system.

    Tunesmith and Optuna can work on the same file, also at the same time. Each append is one
    write that is synced to the disk before it counts. Only the progress of a running trial (that it
    began, its parameters and reports) is not synced by itself but with what is written next: a
    power failure that loses it ends the trial as well.

    *A process killed while it writes* leaves an incomplete last line. The next worker that
    appends removes it, after a warning; if only the end of the line was missing, it is completed.
    *A line that is no record* is skipped, with a warning when it is first read. If a later record
    then refers to a trial or study that was never created, the line must have created one: as
    all identifiers would be shifted, that is an error which names the line.

    Parameters
    ----------
    file_path : str
        The file; created if it is missing. Its folder must exist.
    lock_obj : BaseJournalFileLock, optional
        Lock that keeps workers from writing at the same time, the same kind for all of them;
        default :class:`JournalFileSymlinkLock` (on Windows :class:`JournalFileOpenLock`).

    Raises
    ------
    OSError
        If the file cannot be created.

    Examples
    --------
    >>> import os, tempfile, tunesmith
    >>> folder = tempfile.TemporaryDirectory()
    >>> backend = JournalFileBackend(os.path.join(folder.name, "study.log"))
    >>> study = tunesmith.create_study(storage=tunesmith.storages.JournalStorage(backend))
    >>> study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
    >>> [record["op_code"] for record in backend.read_logs(0)][:3]
    [0, 4, 5]
    >>> folder.cleanup()
    """

    def __init__(self, file_path: str, lock_obj: BaseJournalFileLock | None = None) -> None:
        self._path = Path(file_path).absolute()  # a worker may change its folder
        if lock_obj is None:
            kind = JournalFileOpenLock if os.name == "nt" else JournalFileSymlinkLock
            lock_obj = kind(str(self._path))
        self._lock = lock_obj
        self._liveness = FolderLiveness(Path(f"{self._path}.alive"))
        if not self._path.exists():
            self._path.touch()
            _sync_folder(self._path.parent)
        self._set_up()

    def _set_up(self) -> None:
        # How far this object has read: so many records end at this place of the file.
        self._known = 0
        self._offset = 0
        self._file_id: tuple[int, int] | None = None
        self._warned: set[int] = set()

    def __getstate__(self) -> dict[str, Any]:
        # Another machine may see the file under another identity.
        return {name: self.__dict__[name] for name in ("_path", "_lock", "_liveness")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._set_up()

    def __repr__(self) -> str:
        return f"JournalFileBackend({str(self._path)!r})"

    @property
    def liveness(self) -> Liveness:
        return self._liveness

    def read_logs(self, log_number_from: int) -> Iterator[dict[str, Any]]:
        # Opened anew each time, because a network file system shows what others have written
        # when a file is opened.
        with self._opened(os.O_RDONLY) as descriptor:
            records, _ = self._read(descriptor, log_number_from)
        yield from records

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        self.transact(self._known, lambda _: logs, lambda _: Blocker.NONE)

    def transact(
        self, log_number_from: int, decide: Decide, _blocker_of: BlockerOf
    ) -> list[Record] | None:
        is_atomic = True
        with contextlib.ExitStack() as stack:
            self._lock.acquire()
            try:
                descriptor = stack.enter_context(self._opened(os.O_RDWR | os.O_APPEND))
                missed, torn = self._read(descriptor, log_number_from)
                if torn and self._mend(descriptor):
                    more, _ = self._read(descriptor, log_number_from + len(missed))
                    missed += more
                logs = decide(missed)
                if logs:
                    data = to_lines(logs)
                    self._write(descriptor, data)
                    self._known += len(logs)
                    self._offset += len(data)
            finally:
                is_atomic = self._released()
            # After the lock, so that workers sync at the same time and not one after the other.
            if not only_progress(logs):
                self._sync(descriptor)
        return logs if is_atomic else None

    def _released(self) -> bool:
        """Give the lock back; False if another worker has taken it over meanwhile."""
        try:
            self._lock.release()
        except RuntimeError as error:
            _logger.warning("%s", error)
            self._known = self._offset = 0
            return False
        return True

    @contextlib.contextmanager
    def _opened(self, flags: int) -> Iterator[int]:
        try:
            descriptor = os.open(self._path, flags | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise StorageInternalError(
                f"The journal {self._path} cannot be opened: {error.strerror}."
            ) from error
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _read(self, descriptor: int, log_number_from: int) -> tuple[list[Record], bool]:
        """Return the records from a number on, and whether the file ends within a line."""
        found = os.fstat(descriptor)
        self._check_file(found)
        if log_number_from < self._known:
            self._known = self._offset = 0
        if found.st_size == self._offset:
            return [], False
        data = _read_from(descriptor, self._offset, found.st_size)
        lines = data.split(b"\n")
        rest = lines.pop()  # being written by another worker, or left by one that was killed
        records = []
        for line in lines:
            if self._known >= log_number_from:
                records.append(self._record(line))
            self._known += 1
        self._offset += len(data) - len(rest)
        return records, bool(rest)

    def _check_file(self, found: os.stat_result) -> None:
        file_id = (found.st_dev, found.st_ino)
        if self._file_id is None:
            self._file_id = file_id
        if found.st_size < self._offset or file_id != self._file_id:
            raise StorageInternalError(
                f"The journal {self._path} was shortened or replaced while it was in use. Open "
                "it with a new JournalFileBackend."
            )

    def _record(self, line: bytes) -> Record:
        record = from_line(line)
        if record is not None:
            return record
        record, lost = recovered(line)
        if self._known not in self._warned:
            self._warned.add(self._known)
            _logger.warning(
                "Line %d of the journal %s is no record and was skipped: %s",
                self._known + 1,
                self._path,
                quoted(lost),
            )
        return record

    def _mend(self, descriptor: int) -> bool:
        """Under the lock, make the file end with a whole line; return whether there is more."""
        size = os.fstat(descriptor).st_size
        start = _last_line_start(descriptor, size)
        rest = _read_from(descriptor, start, size)
        if not rest:
            return False
        if from_line(rest) is not None:
            self._write(descriptor, b"\n")
            return True
        # Removed rather than ended, because Optuna cannot read a journal with such a line.
        os.ftruncate(descriptor, start)
        _logger.warning(
            "The last line of the journal %s was incomplete, because its writer was killed, and "
            "was removed: %s",
            self._path,
            quoted(rest),
        )
        return False

    def _write(self, descriptor: int, data: bytes) -> None:
        size = os.fstat(descriptor).st_size
        try:
            written = os.write(descriptor, data)
            while written < len(data):  # only when a disk is full or a signal came in between
                written += os.write(descriptor, data[written:])
            # A network file system shows to others what was written when a descriptor is closed.
            os.close(os.dup(descriptor))
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, size)
            raise StorageInternalError(
                f"The journal {self._path} cannot be written: {error.strerror}."
            ) from error

    def _sync(self, descriptor: int) -> None:
        try:
            _sync(descriptor)
        except OSError as error:
            raise StorageInternalError(
                f"The journal {self._path} was written but cannot be synced to the disk: "
                f"{error.strerror}."
            ) from error


def _read_from(descriptor: int, start: int, end: int) -> bytes:
    parts = []
    os.lseek(descriptor, start, os.SEEK_SET)
    while start < end:
        part = os.read(descriptor, end - start)
        if not part:
            break
        parts.append(part)
        start += len(part)
    return b"".join(parts)


def _last_line_start(descriptor: int, size: int) -> int:
    block = 4096
    start = size
    while start > 0:
        start = max(0, size - block)
        position = _read_from(descriptor, start, size).rfind(b"\n")
        if position >= 0:
            return start + position + 1
        block *= 8
    return 0


def _sync_folder(folder: Path) -> None:
    # So that the file's name outlives a power failure too.
    with contextlib.suppress(OSError):  # not every file system can
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
