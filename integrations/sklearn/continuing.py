"""Which estimators can train on from where they stopped, and have the same model in the end.

Most with a parameter `warm_start` have another one: solvers and networks begin with another order of
rows, another step size, another momentum. Ensembles of trees draw the seeds of further trees where
they stopped drawing, so scikit-learn's own tests compare one that was trained twice with one that was
trained once.
"""

from __future__ import annotations

import numbers
from typing import Any, NamedTuple

from tunesmith.integrations.sklearn.spaces import Params

# By the parameter for how many trees there are.
_CONTINUED = {
    "n_estimators": (
        "RandomForestClassifier",
        "RandomForestRegressor",
        "ExtraTreesClassifier",
        "ExtraTreesRegressor",
        "GradientBoostingClassifier",
        "GradientBoostingRegressor",
    ),
    "max_iter": ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor"),
}
_MOST_ROWS = 10_000  # with which "auto" does not stop HistGradientBoosting early


class Begun(NamedTuple):
    """A training that may go on.

    Attributes
    ----------
    estimator : estimator
        As it was fitted.
    fit_time : float
        Seconds that it has taken.
    """

    estimator: Any
    fit_time: float


def can_continue(estimator: Any, params: Params, name: str, n_rows: int) -> bool:
    """Whether `warm_start` gives the model of one training.

    Parameters
    ----------
    estimator : estimator
        What is fitted.
    params : dict
        Parameters that a candidate gives it.
    name : str
        The parameter that grows.
    n_rows : int
        Number of rows to train on, at most.

    Examples
    --------
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> can_continue(RandomForestClassifier(), {"random_state": 0}, "n_estimators", 100)
    True
    >>> can_continue(RandomForestClassifier(), {}, "n_estimators", 100)  # another one each time
    False
    """
    kind = type(estimator)  # a class that is derived from these may do anything
    if not kind.__module__.startswith("sklearn.ensemble."):
        return False
    if kind.__name__ not in _CONTINUED.get(name, ()) or "warm_start" in params:
        return False
    of_all = {**estimator.get_params(deep=False), **params}
    return (
        of_all["warm_start"] is False
        and isinstance(of_all["random_state"], numbers.Integral)
        and _stops_at_the_end(of_all, n_rows)
        and not _would_warn(kind.__name__, of_all)
    )


def _stops_at_the_end(params: Params, n_rows: int) -> bool:
    if "early_stopping" in params:
        is_auto = isinstance(params["early_stopping"], str)
        return n_rows <= _MOST_ROWS if is_auto else not params["early_stopping"]
    return params.get("n_iter_no_change") is None


def _would_warn(kind: str, params: Params) -> bool:
    # Forests do: other rows would have other weights; few trees leave rows without a score.
    is_weighted = not kind.startswith("Hist") and isinstance(params.get("class_weight"), str)
    return is_weighted or bool(params.get("oob_score"))
