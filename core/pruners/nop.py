"""No pruning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..records import FrozenTrial
from .history_pruner import HistoryPruner

if TYPE_CHECKING:
    from ..history import History
    from ..study import Study


class NopPruner(HistoryPruner):
    """Never prune, so that an objective with ``should_prune`` runs every trial to its end.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study(pruner=NopPruner())
    >>> trial = study.ask()
    >>> trial.report(float("inf"), step=0)
    >>> trial.should_prune()
    False
    """

    def decide(self, history: History, trial: FrozenTrial) -> bool:
        return False

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        return False  # without reading the history
