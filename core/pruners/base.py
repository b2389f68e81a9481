"""The contract of a pruner.

``trial.should_prune()`` asks the study's pruner, from whichever thread runs the trial, after
everything reported so far has been stored. :meth:`BasePruner.prune` answers for a record of the
running trial; it raises nothing and ends nothing, since the objective may have to clean up
before it raises ``TrialPruned``. It may be asked any number of times between two reports, or not
at all, and by several threads at once for different trials.

After a True, :meth:`BasePruner.reason` is asked what the trial was compared with. If the trial
ends PRUNED, the answer is written with its end and becomes ``FrozenTrial.prune_reason``.

Ours are functions of the history (:class:`~tunesmith.pruners.HistoryPruner`) or of the trial's
own reports, write nothing, and answer the same when asked again. A pruner written for Optuna's
``BasePruner`` works unchanged.
"""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING

from ..records import FrozenTrial, PruneReason

if TYPE_CHECKING:
    from ..study import Study


class BasePruner(abc.ABC):
    """Base class of the pruners; see the module's text for who asks and when."""

    #: Whether it is asked about the record that the storage has, with attributes that the pruner
    #: may have written there. Where that is False, the trial's own record will do, which costs
    #: nothing to get.
    needs_stored_record: bool = True

    @abc.abstractmethod
    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        """Return whether the trial should be pruned.

        Parameters
        ----------
        study : Study
            The trial's study.
        trial : FrozenTrial
            Record of the running trial with its reports so far. It is not to be modified.

        Returns
        -------
        bool
            True to end the trial.
        """

    def reason(self, study: Study, trial: FrozenTrial) -> PruneReason | None:
        """Return why :meth:`prune`, which has just been asked, said True.

        By default that is the name of the class and the latest report.

        Parameters
        ----------
        study, trial
            As they were handed to :meth:`prune`.
        """
        return latest_report(self, trial)


def latest_report(pruner: object, trial: FrozenTrial) -> PruneReason:
    """Return as reason all that is known without asking: who decided, and the latest report."""
    step = trial.last_step
    if step is None:
        return PruneReason(type(pruner).__name__, None, None)
    value = trial.intermediate_vectors.get(step, trial.intermediate_values.get(step))
    return PruneReason(type(pruner).__name__, step, value)
