"""Pruners that are functions of the history."""

from __future__ import annotations

import abc
import math
from typing import TYPE_CHECKING

from ..records import FrozenTrial, PruneReason
from .base import BasePruner, latest_report

if TYPE_CHECKING:
    from ..history import Curves, History
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

    needs_stored_record = False

    #: Whether it matters that other trials have ended, and how, rather than what they reported.
    heeds_ends = True

    #: Which objective of several counts; None for all of them.
    objective: str | int | None = None

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

    def why(self, history: History, trial: FrozenTrial) -> PruneReason | None:
        """Return why :meth:`decide`, which has just been asked, said True; the lock is still held.

        By default that is the name of the class and the latest report.
        """
        return latest_report(self, trial)

    def look(self, history: History, trial: FrozenTrial) -> tuple[bool, float]:
        """Return what :meth:`decide` returns, and a step before which it will go on saying False.

        Until the trial reports that step or a later one, it is not asked again and a database need
        not be read. By default there is no such step, which is minus infinity.
        """
        return self.decide(history, trial), -math.inf

    def quiet_before(self, number: int) -> float:
        """Return a step before which trial `number` goes on whatever is in the history.

        It spares the first reads of a database. By default there is no such step.
        """
        return -math.inf

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        history = study.history
        with history.lock:
            return self.decide(history, trial)

    def reason(self, study: Study, trial: FrozenTrial) -> PruneReason | None:
        history = study.history
        with history.lock:
            return self.why(history, trial)

    def curves_of(self, history: History) -> Curves:
        """Return the curves of the objective that counts, or of all."""
        if self.objective is None:
            return history.curves
        return history.curves.of_objective(history.objective_names.index_of(self.objective))
