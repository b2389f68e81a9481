"""Pruners that are functions of the history."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING

from ..records import FrozenTrial
from .base import BasePruner

if TYPE_CHECKING:
    from ..history import History
    from ..study import Study


class HistoryPruner(BasePruner):
    """A pruner whose decision depends on the history and the trial's own reports alone.

    Examples
    --------
    >>> class BehindTheBest(HistoryPruner):
    ...     def decide(self, history, trial):
    ...         step = trial.last_step
    ...         finished = [] if step is None else history.curves.complete_at(step).ascending()
    ...         return bool(finished) and trial.intermediate_values[step] > 2 * finished[0]
    """

    @abc.abstractmethod
    def decide(self, history: History, trial: FrozenTrial) -> bool:
        """Return whether the trial should be pruned. Called with the history's lock held.

        Parameters
        ----------
        history : History
            Up to date. It holds the trial itself, among the running ones.
        trial : FrozenTrial
            Record of the running trial; its reports are usually those in the history.
        """

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        history = study.history
        with history.lock:
            return self.decide(history, trial)
