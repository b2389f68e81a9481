"""Intermediate values of a study as columns."""

from __future__ import annotations

from ..records import FrozenTrial


class Curves:
    """Reported values of a study's trials: (trial, step, value), and indexes on them.

    The owner calls :meth:`add` for each change of a trial.
    """

    def __init__(self) -> None:
        self._n_taken: dict[int, int] = {}

    def add(self, trial: FrozenTrial) -> None:
        """Take in a trial's reports and its state."""
