"""What a candidate can be given less of, to find out sooner whether it is any good.

A candidate goes through stages: the first split with little of the resource, with more of it, and
whole, then the other splits. It may be pruned after each. Each stage is a fit of its own, or goes on
with the one before it where that gives the same model. So the scores of the splits are those of
ordinary fits.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.utils.multiclass import type_of_target

from tunesmith.integrations.sklearn.continuing import Begun, can_continue
from tunesmith.integrations.sklearn.evaluation import Evaluator, Fit
from tunesmith.integrations.sklearn.spaces import Params

_FRACTIONS = (1 / 16, 1 / 4)
_FEWEST_ROWS = 32  # to train on
_FEWEST_EPOCHS = 8  # for it to make sense to stop early
_MANY_ROWS = 5_000  # for which a part of them tells something
_N_SPLITS_TO_STOP_AT = 3
# Parameters that say how many rounds, trees or epochs there are; None stands for 100 in XGBoost.
_EPOCHS = ("n_estimators", "iterations", "max_iter")
_UNSAID = 100


@dataclasses.dataclass(frozen=True)
class Stage:
    """A part of a candidate's evaluation.

    Parameters
    ----------
    split : int
        Number of the split.
    fraction : float, default 1.0
        How much of the resource there is.
    """

    split: int
    fraction: float = 1.0

    @property
    def is_whole(self) -> bool:
        """Whether its score is that of the split."""
        return self.fraction == 1.0


class Resource:
    """Nothing but splits to save.

    Parameters
    ----------
    n_splits : int
        Number of splits.
    """

    def __init__(self, n_splits: int) -> None:
        self._n_splits = n_splits

    @property
    def fractions(self) -> Sequence[float]:
        """How much of the resource the first stages have."""
        return ()

    def stages(self) -> list[Stage]:
        """Return what a candidate goes through."""
        parts = [Stage(0, fraction) for fraction in self.fractions]
        return [*parts, *(Stage(split) for split in range(self._n_splits))]

    def fit(self, params: Params, candidate: int, stage: Stage, begun: Begun | None = None) -> Fit:
        """Return the fit that a stage is.

        Parameters
        ----------
        params : dict
            Of the candidate.
        candidate : int
            Its number.
        stage : Stage
            One of :meth:`stages`.
        begun : Begun, optional
            What the fit of the stage before it has left to go on with.
        """
        return Fit(params, candidate, stage.split)


class Epochs(Resource):
    """Rounds, trees or epochs, by the estimator's parameter for their number.

    Parameters
    ----------
    n_splits : int
        Number of splits.
    name : str
        Name of the parameter.
    default : int
        Its value where the candidate does not say.
    goes_on : callable, optional
        Whether the training of a candidate's parameters can go on where it stopped.
    """

    def __init__(
        self,
        n_splits: int,
        name: str,
        default: int,
        goes_on: Callable[[Params], bool] | None = None,
    ) -> None:
        super().__init__(n_splits)
        self._name = name
        self._default = default
        self._goes_on = goes_on

    @property
    def fractions(self) -> Sequence[float]:
        return _FRACTIONS

    def fit(self, params: Params, candidate: int, stage: Stage, begun: Begun | None = None) -> Fit:
        n_whole = params.get(self._name) or self._default
        if stage.is_whole:
            given = params if begun is None else {**params, self._name: n_whole}
            return Fit(given, candidate, stage.split, begun=begun)
        given = {**params, self._name: max(1, round(stage.fraction * n_whole))}
        # With fewer, two stages may be the same, and there would be nothing to go on with.
        is_begin = n_whole >= _FEWEST_EPOCHS and self._goes_on is not None and self._goes_on(params)
        if is_begin:
            given["warm_start"] = True
        return Fit(given, candidate, stage.split, is_part=True, begun=begun, is_begin=is_begin)


class Passes(Resource):
    """Calls of ``partial_fit`` with all rows.

    Parameters
    ----------
    n_splits : int
        Number of splits.
    n_passes : int
        How many make a whole training.
    """

    def __init__(self, n_splits: int, n_passes: int) -> None:
        super().__init__(n_splits)
        self._n_passes = n_passes

    @property
    def fractions(self) -> Sequence[float]:
        return [fraction for fraction in _FRACTIONS if fraction * self._n_passes >= 1]

    def fit(self, params: Params, candidate: int, stage: Stage, begun: Begun | None = None) -> Fit:
        n_passes = round(stage.fraction * self._n_passes)
        is_part = not stage.is_whole
        return Fit(params, candidate, stage.split, is_part=is_part, n_passes=n_passes)


class Samples(Resource):
    """Rows to train on: the same ones for each candidate, each class with its share.

    Parameters
    ----------
    n_splits : int
        Number of splits.
    train : index array
        Rows of the first split to train on.
    y : array-like or None
        Classes, if there are any.
    """

    def __init__(self, n_splits: int, train: Any, y: Any) -> None:
        super().__init__(n_splits)
        rows = np.asarray(train)
        self._order = rows[_evenly_mixed(None if y is None else np.asarray(y)[rows], len(rows))]

    @property
    def fractions(self) -> Sequence[float]:
        n_rows = len(self._order)
        return [fraction for fraction in _FRACTIONS if fraction * n_rows >= _FEWEST_ROWS]

    def fit(self, params: Params, candidate: int, stage: Stage, begun: Begun | None = None) -> Fit:
        if stage.is_whole:
            return Fit(params, candidate, stage.split)
        rows = np.sort(self._order[: round(stage.fraction * len(self._order))])
        return Fit(params, candidate, stage.split, rows=rows, is_part=True)


def resource_of(name: str, evaluator: Evaluator) -> Resource | None:
    """Return the resource of a name.

    Parameters
    ----------
    name : str
        ``"folds"``, ``"epochs"``, ``"samples"``, the name of a parameter, or ``"auto"``.
    evaluator : Evaluator
        Knows the estimator and the rows.

    Returns
    -------
    Resource or None
        None if "auto" finds nothing to save.

    Raises
    ------
    ValueError
        If the estimator does not have the resource.
    """
    n_splits, estimator = evaluator.n_splits, evaluator.estimator
    if name == "folds":
        return Resource(n_splits)
    if name == "samples":
        return _samples(evaluator)
    params = estimator.get_params(deep=True)
    if name in ("epochs", "auto"):
        found = _name_of_epochs(estimator, params, any_solver=name == "epochs")
        if found is not None:
            return _epochs(evaluator, found, params[found] or _UNSAID)
        if name == "epochs":
            raise ValueError(
                f"resource='epochs' needs an estimator with one of the parameters {_EPOCHS}, which "
                f"{estimator!r} has not. Name another parameter, or use 'folds' or 'samples'."
            )
        if n_splits >= _N_SPLITS_TO_STOP_AT:
            return Resource(n_splits)
        n_rows = len(evaluator.splits[0][0])
        return _samples(evaluator) if n_rows >= _MANY_ROWS else None
    if name not in params:
        raise ValueError(
            "resource must be 'auto', 'folds', 'epochs', 'samples' or a parameter of the "
            f"estimator, got {name!r}."
        )
    if not isinstance(params[name], (int, np.integer)) or isinstance(params[name], bool):
        raise ValueError(
            f"The parameter {name!r} must be a whole number to be a resource, got {params[name]!r}. "
            "Set it in the estimator."
        )
    return _epochs(evaluator, name, int(params[name]))


def _epochs(evaluator: Evaluator, name: str, default: int) -> Epochs:
    n_rows = len(evaluator.splits[0][0])  # of a mask it is more than there are
    return Epochs(
        evaluator.n_splits,
        name,
        default,
        lambda params: can_continue(evaluator.estimator, params, name, n_rows),
    )


def _samples(evaluator: Evaluator) -> Samples:
    train, y = evaluator.splits[0][0], evaluator.y
    if np.asarray(train).dtype.kind == "b":
        train = np.flatnonzero(train)
    return Samples(evaluator.n_splits, train, y if _is_classes(y) else None)


def _name_of_epochs(estimator: Any, params: Params, *, any_solver: bool) -> str | None:
    """The parameter, nearest to the surface, for the number of rounds."""
    found = []
    for path in params:
        prefix, _, name = path.rpartition("__")
        if name not in _EPOCHS:
            continue
        owner = params[prefix] if prefix else estimator
        value = params[path]
        is_unsaid = value is None and name == "n_estimators"
        is_number = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        is_enough = is_unsaid or (is_number and value >= _FEWEST_EPOCHS)
        if is_enough and (any_solver or _has_learning_curve(owner, name)):
            found.append((path.count("__"), _EPOCHS.index(name), path))
    return min(found)[2] if found else None


def _has_learning_curve(owner: Any, name: str) -> bool:
    # Solvers have iterations, too, and are near their end after a few.
    is_boosting = type(owner).__name__.startswith("HistGradientBoosting")
    return name != "max_iter" or is_boosting or hasattr(owner, "partial_fit")


def _is_classes(y: Any) -> bool:
    if y is None:
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # many classes are not a matter for here
        return type_of_target(y) in ("binary", "multiclass")


def _evenly_mixed(classes: Any, n_rows: int) -> Any:
    """An order of which each beginning has each class in about its share."""
    shuffled = np.random.RandomState(0).permutation(n_rows)
    if classes is None:
        return shuffled
    _, codes, counts = np.unique(classes[shuffled], return_inverse=True, return_counts=True)
    by_class = np.argsort(codes, kind="stable")
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    place = np.empty(n_rows)
    place[by_class] = (np.arange(n_rows) - starts[codes[by_class]] + 0.5) / counts[codes[by_class]]
    return shuffled[np.argsort(place, kind="stable")]
