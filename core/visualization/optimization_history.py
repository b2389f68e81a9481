"""What the plot of a study's progress shows."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..records import FrozenTrial, StudyDirection, TrialState

if TYPE_CHECKING:
    from ..study import Study

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Target = Callable[[FrozenTrial], float]


@dataclasses.dataclass(frozen=True)
class OptimizationHistory:
    """One study's progress.

    Attributes
    ----------
    study_name : str
        Name of the study.
    numbers, values : ndarray of shape (n_complete,)
        Number and value of each complete trial.
    best_values : ndarray of shape (n_complete,) or None
        Best value of a feasible trial up to and including each complete trial, NaN before there
        is one; None for a target of the user's own, whose direction is not known.
    pruned_numbers, pruned_values : ndarray of shape (n_pruned,)
        Number and last reported value of each pruned trial that has one.
    failed_numbers : ndarray of shape (n_failed,)
        Numbers of the failed trials.
    """

    study_name: str
    numbers: IntArray
    values: FloatArray
    best_values: FloatArray | None
    pruned_numbers: IntArray
    pruned_values: FloatArray
    failed_numbers: IntArray


def optimization_history(
    study: Study | Sequence[Study], target: Target | None = None
) -> list[OptimizationHistory]:
    """Compute what ``plot_optimization_history`` shows.

    Parameters
    ----------
    study : Study or sequence of Study
        Studies to show in one plot.
    target : callable, optional
        Takes a complete trial, returns the number to show; default its value.

    Returns
    -------
    list of OptimizationHistory
        One per study.

    Raises
    ------
    ValueError
        If a study has several objectives and there is no `target`.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study()
    >>> for value in (3.0, 1.0, 2.0):
    ...     study.add_trial(tunesmith.create_trial(value=value))
    >>> optimization_history(study)[0].best_values
    array([3., 1., 1.])
    """
    studies = list(study) if isinstance(study, Sequence) else [study]
    return [_history_of(one, target) for one in studies]


def _history_of(study: Study, target: Target | None) -> OptimizationHistory:
    if target is None and len(study.directions) > 1:
        raise ValueError(
            f"The study has {len(study.directions)} objectives; say which number to show, for "
            "example with target=lambda trial: trial.values[0]."
        )
    trials = study.get_trials(deepcopy=False)
    complete = [trial for trial in trials if trial.state is TrialState.COMPLETE]
    pruned = [t for t in trials if t.state is TrialState.PRUNED and t.values is not None]
    if target is None:
        values = np.array([(t.values or [np.nan])[0] for t in complete], dtype=np.float64)
        maximize = study.directions[0] is StudyDirection.MAXIMIZE
        feasible = np.array(
            [all(c <= 0.0 for c in t.constraints.values()) for t in complete], dtype=bool
        )
        best = np.where(feasible, values, -np.inf if maximize else np.inf)
        best = (np.maximum if maximize else np.minimum).accumulate(best) if complete else values
        best[~np.maximum.accumulate(feasible)] = np.nan
    else:
        values = np.array([float(target(t)) for t in complete], dtype=np.float64)
        best = None
        pruned = []
    return OptimizationHistory(
        study_name=study.study_name,
        numbers=_numbers(complete),
        values=values,
        best_values=best,
        pruned_numbers=_numbers(pruned),
        pruned_values=np.array([(t.values or [np.nan])[0] for t in pruned], dtype=np.float64),
        failed_numbers=_numbers([t for t in trials if t.state is TrialState.FAIL]),
    )


def _numbers(trials: Sequence[FrozenTrial]) -> IntArray:
    return np.array([trial.number for trial in trials], dtype=np.int64)
