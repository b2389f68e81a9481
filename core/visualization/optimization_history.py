"""What is known of a study's progress."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from ..records import FrozenTrial, StudyDirection, TrialState
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
    numbers, values : ndarray of shape (n_feasible,)
        Number and value of each complete trial that meets its constraints.
    infeasible_numbers, infeasible_values : ndarray of shape (n_infeasible,)
        Those of each complete trial that does not.
    best_numbers, best_values : ndarray of shape (n_best,) or None
        Best feasible value so far at each trial number, from the first such value to the last
        trial of any state; None for a target of the user's own, whose direction is not known.
    pruned_numbers, pruned_values : ndarray of shape (n_pruned,)
        Number and value of each pruned trial that has one, a report of its; empty for a target of
        the user's own.
    prune_reasons : tuple of str
        Why each of these was pruned; empty texts where that is not known.
    failed_numbers : ndarray of shape (n_failed,)
        Numbers of the failed trials.
    """

    study_name: str
    numbers: IntArray
    values: FloatArray
    infeasible_numbers: IntArray
    infeasible_values: FloatArray
    best_numbers: IntArray | None
    best_values: FloatArray | None
    pruned_numbers: IntArray
    pruned_values: FloatArray
    prune_reasons: tuple[str, ...]
    failed_numbers: IntArray


def optimization_history(
    study: Study | Iterable[Study], target: Target | None = None
) -> list[OptimizationHistory]:
    """Compute what ``plot_optimization_history`` shows.

    Parameters
    ----------
    study : Study or iterable of Study
        Studies to show in one plot.
    target : callable, optional
        Takes a complete trial, returns the number to show; default its value.

    Returns
    -------
    list of OptimizationHistory
        One per study.

    Raises
    ------
    TypeError
        If `study` is neither a study nor several.
    ValueError
        If a study has several objectives and there is no `target`, or if `target` returns
        something that is not a number.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study()
    >>> for value in (3.0, 1.0, 2.0):
    ...     study.add_trial(tunesmith.create_trial(value=value))
    >>> optimization_history(study)[0].best_values
    array([3., 1., 1.])
    """
    studies = _studies(study)
    if target is None:
        for one in studies:
            if len(one.directions) > 1:
                raise ValueError(
                    f"Study {one.study_name!r} has {len(one.directions)} objectives; say which "
                    "number to show, for example with target=lambda trial: trial.values[0]."
                )
    return [_history_of(one, target) for one in studies]


def _studies(study: Study | Iterable[Study]) -> list[Study]:
    studies = [study] if isinstance(study, Study) or not isinstance(study, Iterable) else [*study]
    for one in studies:
        if not isinstance(one, Study):
            raise TypeError(f"A study or a sequence of studies is needed, got {one!r}.")
    return studies


def _history_of(study: Study, target: Target | None) -> OptimizationHistory:
    trials = study.get_trials(deepcopy=False)
    complete = [trial for trial in trials if trial.state is TrialState.COMPLETE]
    feasible = [t for t in complete if all(c <= 0.0 for c in t.constraints.values())]
    infeasible = [t for t in complete if any(not c <= 0.0 for c in t.constraints.values())]
    numbers = _numbers(feasible)
    values = _values(feasible, target)
    best_numbers = best_values = None
    pruned: list[FrozenTrial] = []
    if target is None:
        pruned = [t for t in trials if t.state is TrialState.PRUNED and t.values]
        maximize = study.directions[0] is StudyDirection.MAXIMIZE
        first, last = (numbers[0], trials[-1].number) if len(numbers) else (0, -1)
        best_numbers = np.arange(first, last + 1)
        # Which of the feasible values is the latest at each number.
        latest = np.searchsorted(numbers, best_numbers, side="right") - 1
        best_values = (np.maximum if maximize else np.minimum).accumulate(values)[latest]
    return OptimizationHistory(
        study_name=study.study_name,
        numbers=numbers,
        values=values,
        infeasible_numbers=_numbers(infeasible),
        infeasible_values=_values(infeasible, target),
        best_numbers=best_numbers,
        best_values=best_values,
        pruned_numbers=_numbers(pruned),
        pruned_values=_values(pruned, None),
        prune_reasons=tuple(str(trial.prune_reason or "") for trial in pruned),
        failed_numbers=_numbers([t for t in trials if t.state is TrialState.FAIL]),
    )


def _numbers(trials: Sequence[FrozenTrial]) -> IntArray:
    return np.array([trial.number for trial in trials], dtype=np.int64)


def _values(trials: Sequence[FrozenTrial], target: Target | None) -> FloatArray:
    if target is None:
        return np.array([(t.values or [np.nan])[0] for t in trials], dtype=np.float64)
    return np.array([_shown(target, trial) for trial in trials], dtype=np.float64)


def _shown(target: Target, trial: FrozenTrial) -> float:
    value = target(trial)
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(
            f"target returned {value!r} for trial {trial.number}; it must return a number."
        ) from None
