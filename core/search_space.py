"""Parameters that the trials of a study have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .distributions import BaseDistribution
from .history.search_space import SearchSpaceTracker
from .records import FrozenTrial

if TYPE_CHECKING:
    from .study import Study

__all__ = ["IntersectionSearchSpace", "intersection_search_space"]


class IntersectionSearchSpace:
    """The parameters that all complete trials of a study have, with the same ranges.

    Parameters
    ----------
    include_pruned : bool, default False
        Whether pruned trials count beside complete ones.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study()
    >>> study.optimize(lambda trial: trial.suggest_int("x", 0, 3), n_trials=2)
    >>> IntersectionSearchSpace().calculate(study)
    {'x': IntDistribution(high=3, log=False, low=0, step=1)}
    """

    def __init__(self, include_pruned: bool = False) -> None:
        self._include_pruned = include_pruned
        self._study_id: int | None = None

    def calculate(self, study: Study, use_cache: bool = False) -> dict[str, BaseDistribution]:
        """Return the common parameters, sorted by name.

        Parameters
        ----------
        study : Study
            Always the same one.
        use_cache : bool, default False
            Accepted for compatibility; the study's history is incremental anyway.

        Raises
        ------
        ValueError
            If called with another study than before.
        """
        if self._study_id is None:
            self._study_id = study.study_id
        elif self._study_id != study.study_id:
            raise ValueError("IntersectionSearchSpace belongs to one study; make a new one.")
        history = study.history
        with history.lock:
            return history.search_space.intersection(include_pruned=self._include_pruned)


def intersection_search_space(
    trials: list[FrozenTrial], include_pruned: bool = False
) -> dict[str, BaseDistribution]:
    """Return the parameters that all complete trials have, with the same ranges.

    Parameters
    ----------
    trials : list of FrozenTrial
        Trials in any state.
    include_pruned : bool, default False
        Whether pruned trials count beside complete ones.

    Returns
    -------
    dict of str to BaseDistribution
        Sorted by name.
    """
    tracker = SearchSpaceTracker()
    for trial in trials:
        if trial.state.is_finished():
            tracker.add(trial)
    return tracker.intersection(include_pruned=include_pruned)
