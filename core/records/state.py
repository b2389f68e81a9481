"""The states of a trial."""

from __future__ import annotations

import enum


class TrialState(enum.IntEnum):
    """State of a trial.

    ``WAITING`` (queued) becomes ``RUNNING``, which ends as ``COMPLETE``, ``PRUNED`` or ``FAIL``.

    Examples
    --------
    >>> TrialState.PRUNED.is_finished()
    True
    """

    RUNNING = 0
    COMPLETE = 1
    PRUNED = 2
    FAIL = 3
    WAITING = 4

    def is_finished(self) -> bool:
        """Whether the trial has ended, whatever way, and is read-only from now on."""
        return self is not TrialState.RUNNING and self is not TrialState.WAITING

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return f"TrialState.{self.name}"
