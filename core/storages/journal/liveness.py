"""Signs of life beside a journal: Optuna does not read them, and they cost no records."""

from __future__ import annotations

import abc
import contextlib
import os
import uuid
from collections.abc import Iterable
from pathlib import Path


class Liveness(abc.ABC):
    """Remembers when each worker was last heard of, by the clock of the place that keeps it."""

    @abc.abstractmethod
    def beat(self, name: str) -> None:
        """Note that a worker is alive now."""

    @abc.abstractmethod
    def ages(self) -> dict[str, float]:
        """Return by worker how many seconds ago it was last heard of."""

    @abc.abstractmethod
    def forget(self, names: Iterable[str]) -> None:
        """Remove workers that are of no interest any more."""


class FolderLiveness(Liveness):
    """One file per worker, whose modification time is its last sign of life.

    Parameters
    ----------
    folder : Path
        Made when the first worker gives a sign.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def beat(self, name: str) -> None:
        try:
            self._touch(name)
        except FileNotFoundError:
            self._folder.mkdir(exist_ok=True)
            self._touch(name)

    def _touch(self, name: str) -> None:
        # Without a time of our own: a file server sets its own, the same for all machines.
        descriptor = os.open(self._folder / name, os.O_WRONLY | os.O_CREAT, 0o666)
        try:
            os.utime(descriptor if os.utime in os.supports_fd else self._folder / name)
        finally:
            os.close(descriptor)

    def ages(self) -> dict[str, float]:
        if not self._folder.is_dir():
            return {}
        probe = f"now-{uuid.uuid4()}"
        self.beat(probe)
        try:
            now = (self._folder / probe).stat().st_mtime
            times = {}
            for path in self._folder.iterdir():
                with contextlib.suppress(FileNotFoundError):
                    times[path.name] = now - path.stat().st_mtime
        finally:
            self.forget([probe])
        times.pop(probe, None)
        return times

    def forget(self, names: Iterable[str]) -> None:
        for name in names:
            (self._folder / name).unlink(missing_ok=True)
