"""Finished studies as prior knowledge for another one."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..distributions import BaseDistribution
from ..history import History, TrialLog
from ..multi_objective import non_domination_ranks
from ..records import FrozenTrial, StudyDirection, TrialState

if TYPE_CHECKING:
    from ..study import Study

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]


class Sources:
    """What other studies have found, as it was when this object was made.

    Parameters
    ----------
    studies : sequence of Study
        Studies of similar problems, best the most similar one last. Parameters are the same if
        they have the same name; ranges may differ.

    Raises
    ------
    TypeError
        If `studies` is a single study, or holds something else.
    ValueError
        If a study has no complete trial.
    """

    def __init__(self, studies: Sequence[Study]) -> None:
        if hasattr(studies, "get_trials"):
            raise TypeError("source_studies is a list of studies; write source_studies=[study].")
        self._known: list[tuple[str, list[StudyDirection], list[FrozenTrial]]] = []
        for study in studies:
            if not hasattr(study, "get_trials"):
                raise TypeError(
                    f"source_studies holds studies, got {study!r}. To open a stored one: "
                    "load_study(study_name=..., storage=...)."
                )
            trials = [trial for trial in study.get_trials(deepcopy=False) if _is_known(trial)]
            if not any(trial.state is TrialState.COMPLETE for trial in trials):
                raise ValueError(
                    f"Study {study.study_name!r} in source_studies has no complete trial, so there "
                    "is nothing to learn from it. Leave it out."
                )
            self._known.append((study.study_name, study.directions, trials))
        self._order = [_best_first(directions, trials) for _, directions, trials in self._known]

    def __bool__(self) -> bool:
        return bool(self._known)

    def check(self, history: History) -> None:
        """Raise a ValueError if a study has other directions than one of the sources."""
        for name, directions, _ in self._known:
            if tuple(directions) != history.directions:
                raise ValueError(
                    f"Study {name!r} in source_studies has the directions {_named(directions)}, "
                    f"this one has {_named(history.directions)}; they must be the same."
                )

    def are_of_use(self, history: History) -> bool:
        """Return whether there are any, and a study can be modelled together with them.

        That is so when one of its trials has shown which parameters it has.
        """
        return bool(self._known and history.search_space.parameter_sets)

    def first_value(self, number: int, name: str, distribution: BaseDistribution) -> Any:
        """Return a parameter's value for one of the first trials, or None if there is none.

        Trial 0 repeats the best trial of the last study, trial 1 that of the one before, and so
        on; when all had their turn, the second best trials follow.
        """
        place, turn = divmod(number, len(self._known)) if self._known else (0, 0)
        if not self._known or place >= len(self._order[-1 - turn]):
            return None
        params = self._order[-1 - turn][place].params
        return params[name] if name in params and _holds(distribution, params[name]) else None

    def ranked_trials(self) -> list[tuple[float, FrozenTrial]]:
        """Return all trials with the share of their study's trials that are better."""
        return [(k / len(order), trial) for order in self._order for k, trial in enumerate(order)]

    def in_space(self, space: dict[str, BaseDistribution]) -> list[History]:
        """Return the trials of each study with what they have of the parameters of `space`.

        Values outside a range are left out, and trials of which nothing is left.
        """
        histories = []
        for _, directions, trials in self._known:
            moved: list[FrozenTrial] = []
            for trial in trials:
                params = {
                    name: trial.params[name]
                    for name, distribution in space.items()
                    if name in trial.params and _holds(distribution, trial.params[name])
                }
                if params:
                    moved.append(_moved(trial, len(moved), params, space))
            if moved:
                histories.append(_history(directions, moved))
        return histories


def places(history: History, numbers: IntArray) -> FloatArray:
    """Return how good trials are among all, lower is better; equal ones may share a place.

    Parameters
    ----------
    history : History
    numbers : ndarray of int
        COMPLETE or PRUNED trials.
    """
    place = np.full(len(history), np.inf)
    if len(history.directions) == 1:
        ranked = history.ranked()
        place[ranked] = np.arange(len(ranked))
    else:
        complete = np.flatnonzero(history.states == int(TrialState.COMPLETE))
        place[complete] = non_domination_ranks(history.losses[complete])
    return place[numbers]


def rank_correlation(a: FloatArray, b: FloatArray) -> float:
    """Return Kendall's tau: by how much more pairs are in the same order than in the other.

    Parameters
    ----------
    a, b : ndarray of shape (n,)
        ``n >= 2``.

    Examples
    --------
    >>> rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([10.0, 20.0, 5.0])).__round__(2)
    -0.33
    """
    with np.errstate(invalid="ignore"):  # inf - inf: a pair without an order
        signs = np.sign(a[:, None] - a) * np.sign(b[:, None] - b)
    n = len(a)
    return float(np.nansum(signs) / (n * (n - 1)))


def _is_known(trial: FrozenTrial) -> bool:
    return trial.state in (TrialState.COMPLETE, TrialState.PRUNED) and bool(trial.params)


def _history(directions: Sequence[StudyDirection], trials: list[FrozenTrial]) -> History:
    history = History(TrialLog(lambda _: (trials, None)), directions)
    history.sync()
    return history


def _moved(
    trial: FrozenTrial, number: int, params: dict[str, Any], space: dict[str, BaseDistribution]
) -> FrozenTrial:
    moved = copy.copy(trial)
    moved.number = number
    moved.params = params
    moved.distributions = {name: space[name] for name in params}
    return moved


def _best_first(
    directions: Sequence[StudyDirection], trials: list[FrozenTrial]
) -> list[FrozenTrial]:
    history = _history(
        directions, [_moved(t, k, t.params, t.distributions) for k, t in enumerate(trials)]
    )
    place = places(history, np.arange(len(trials)))
    return [trials[k] for k in np.argsort(place, kind="stable")]


def _holds(distribution: BaseDistribution, value: Any) -> bool:
    try:
        return distribution.contains(distribution.to_internal_repr(value))
    except (TypeError, ValueError):  # another kind of parameter, or not one of the choices
        return False


def _named(directions: Sequence[StudyDirection]) -> str:
    return "[" + ", ".join(repr(direction.name.lower()) for direction in directions) + "]"
