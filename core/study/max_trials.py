"""Stop a study when it has enough trials."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING

from ..records import FrozenTrial, TrialState

if TYPE_CHECKING:
    from .study import Study


class MaxTrialsCallback:
    """Stop the study when it has `n_trials` trials, counted over all its workers.

    Parameters
    ----------
    n_trials : int
        Stop at this many trials.
    states : container of TrialState or None, default (TrialState.COMPLETE,)
        Which trials count; None counts all.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study()
    >>> stop_at_5 = MaxTrialsCallback(5)
    >>> study.optimize(lambda t: t.suggest_float("x", 0, 1), n_trials=50, callbacks=[stop_at_5])
    >>> len(study.trials)
    5
    """

    def __init__(
        self, n_trials: int, states: Container[TrialState] | None = (TrialState.COMPLETE,)
    ) -> None:
        self._n_trials = n_trials
        self._states = states

    def __call__(self, study: Study, trial: FrozenTrial) -> None:
        if len(study.get_trials(deepcopy=False, states=self._states)) >= self._n_trials:
            study.stop()
