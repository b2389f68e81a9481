"""The searches of several libraries, each stopped after so many seconds, and what they had found when.

All of them make the same fits in one process, one after the other. A clock that stands in the scorer
notes when each fit is done, so that it can be told when a candidate was known, whatever a library
keeps of it.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy import stats
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  # makes it importable
from sklearn.metrics import get_scorer
from sklearn.model_selection import HalvingRandomSearchCV, RandomizedSearchCV
from tasks.searches import Problem

# Other programs on the machine have less influence on it than on the time of day. With one thread it
# is the time that a search takes on a machine of its own.
clock = time.process_time


@dataclasses.dataclass(frozen=True)
class Found:
    """What a search would have returned from a point in time on.

    Parameters
    ----------
    at : float
        Seconds after the start.
    params : dict
        Of the best candidate that was known.
    score : float
        What the search saw of it.
    """

    at: float
    params: dict[str, Any]
    score: float


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What came of a search.

    Parameters
    ----------
    found : list of Found
        Each better than the one before.
    seconds : float
        Until the search ended.
    n_candidates, n_fits : int
        How many there were.
    """

    found: list[Found]
    seconds: float
    n_candidates: int
    n_fits: int


class Watch:
    """A scorer that notes when it was called, for which parameters."""

    def __init__(self, problem: Problem) -> None:
        self._score = get_scorer(problem.scoring)
        self._names = problem.names
        self._start = clock()
        self.times: list[float] = []
        self._last: dict[str, float] = {}

    def __call__(self, estimator: Any, rows: Any, target: Any) -> float:
        score: float = self._score(estimator, rows, target)
        known = estimator.get_params()
        self.times.append(self.seconds)
        self._last[self._key(known)] = self.times[-1]
        return score

    def _key(self, params: Mapping[str, Any]) -> str:
        # An estimator among the parameters is known by its kind: the others hold its own.
        values = [params.get(name) for name in self._names]
        return repr([type(one).__name__ if hasattr(one, "fit") else one for one in values])

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return clock() - self._start

    def stopper(self, limit: float) -> Callable[[Any, Any], None]:
        """Return a callback of a study that ends it after so many seconds."""
        return lambda study, _: study.stop() if self.seconds > limit else None

    def last(self, estimator: Any, params: Mapping[str, Any]) -> float:
        """Return when the last fit of a candidate was done."""
        return self._last[self._key(estimator.set_params(**params).get_params())]


def _improvements(rows: list[tuple[float, dict[str, Any], float]]) -> list[Found]:
    found: list[Found] = []
    for at, params, score in sorted(rows, key=lambda row: row[0]):
        if np.isfinite(score) and (not found or score > found[-1].score):
            found.append(Found(at, params, score))
    return found


def _outcome_of_table(search: Any, watch: Watch, problem: Problem) -> Outcome:
    seconds = watch.seconds
    table = search.cv_results_
    rows = [
        (watch.last(problem.make(), params), dict(params), float(score))
        for params, score in zip(table["params"], table["mean_test_score"], strict=True)
        if np.isfinite(score)
    ]
    return Outcome(_improvements(rows), seconds, len(table["params"]), len(watch.times))


# Each is given the problem, the splitter, a seed, the number of candidates that RandomizedSearchCV
# has, and the seconds that it took.


def randomized(problem: Problem, cv: Any, seed: int, n_candidates: int, _: float) -> Outcome:
    rows, target = problem.load()
    watch = Watch(problem)
    search = RandomizedSearchCV(
        problem.make(),
        scipy_space(problem),
        n_iter=n_candidates,
        cv=cv,
        random_state=seed,
        scoring=watch,
        refit=False,
    ).fit(rows, target)
    return _outcome_of_table(search, watch, problem)


def halving(problem: Problem, cv: Any, seed: int, n_candidates: int, limit: float) -> Outcome:
    """Train on as many rows in all as RandomizedSearchCV does; on fewer if that takes longer."""
    rows, target = problem.load()
    least = 2 * cv.get_n_splits() * (len(np.unique(target)) if problem.is_classification else 1)
    n_rungs = min(3, 1 + int(np.log(len(rows) / least) / np.log(3)))
    n_first = n_candidates * 3 ** (n_rungs - 1) / n_rungs
    while True:
        outcome = _halving_once(problem, cv, seed, max(1, round(n_first)), n_rungs)
        if outcome.seconds < 1.1 * limit:
            return outcome
        n_first *= 0.95 * limit / outcome.seconds


def _halving_once(problem: Problem, cv: Any, seed: int, n_first: int, n_rungs: int) -> Outcome:
    rows, target = problem.load()
    watch = Watch(problem)
    search = HalvingRandomSearchCV(
        problem.make(),
        scipy_space(problem),
        n_candidates=n_first,
        min_resources=len(rows) // 3 ** (n_rungs - 1),
        cv=cv,
        random_state=seed,
        scoring=watch,
        refit=False,
    )
    search.fit(rows, target)
    seconds = watch.seconds
    table, found, n_fits = search.cv_results_, [], 0
    # Scores of different numbers of rows cannot be compared: the best of the latest rung counts.
    for rung in range(search.n_iterations_):
        of_rung = np.flatnonzero(table["iter"] == rung)
        n_fits += len(of_rung) * search.n_splits_
        scores = np.nan_to_num(table["mean_test_score"][of_rung], nan=-np.inf)
        best = of_rung[int(scores.argmax())]
        found.append(
            Found(watch.times[n_fits - 1], dict(table["params"][best]), float(max(scores)))
        )
    return Outcome(found, seconds, len(np.flatnonzero(table["iter"] == 0)), len(watch.times))


def tunesmith_search(**options: Any) -> Callable[..., Outcome]:
    """Return a search by SearchCV with other options than the default ones."""

    def run(problem: Problem, cv: Any, seed: int, _: int, limit: float) -> Outcome:
        import tunesmith
        from tunesmith.integrations import SearchCV

        rows, target = problem.load()
        watch = Watch(problem)
        chosen = dict(options)
        if "sampler" in chosen:
            chosen["sampler"] = getattr(tunesmith.samplers, chosen["sampler"])(seed=seed)
        search = SearchCV(
            problem.make(),
            scipy_space(problem),
            n_trials=None,
            timeout=3600.0,
            cv=cv,
            random_state=seed,
            scoring=watch,
            refit=False,
            callbacks=[watch.stopper(limit)],
            **chosen,
        ).fit(rows, target)
        return _outcome_of_table(search, watch, problem)

    return run


def optuna_search(problem: Problem, cv: Any, seed: int, n_candidates: int, limit: float) -> Outcome:
    from optuna_integration import OptunaSearchCV

    rows, target = problem.load()
    watch = Watch(problem)
    search = OptunaSearchCV(
        problem.make(),
        optuna_space(problem),
        n_trials=20 * n_candidates,
        cv=cv,
        random_state=seed,
        scoring=watch,
        refit=False,
        callbacks=[watch.stopper(limit)],
    ).fit(rows, target)
    seconds = watch.seconds
    trials = [trial for trial in search.trials_ if trial.value is not None]
    table = [(watch.last(problem.make(), t.params), t.params, t.value) for t in trials]
    return Outcome(_improvements(table), seconds, len(search.trials_), len(watch.times))


def bayes_search(problem: Problem, cv: Any, seed: int, n_candidates: int, limit: float) -> Outcome:
    from skopt import BayesSearchCV

    rows, target = problem.load()
    watch = Watch(problem)
    search = BayesSearchCV(
        problem.make(),
        skopt_space(problem),
        n_iter=20 * n_candidates,
        cv=cv,
        random_state=seed,
        scoring=watch,
        refit=False,
    )
    search.fit(rows, target, callback=lambda _: watch.seconds > limit)
    return _outcome_of_table(search, watch, problem)


SEARCHES: dict[str, Callable[..., Outcome]] = {
    "RandomizedSearchCV": randomized,
    "HalvingRandomSearchCV": halving,
    "OptunaSearchCV": optuna_search,
    "BayesSearchCV": bayes_search,
}


def search_named(name: str) -> Callable[..., Outcome]:
    """Return a search by its name: "SearchCV/resource=folds,sampler=AutoSampler" for example."""
    kind, _, rest = name.partition("/")
    if kind != "SearchCV":
        return SEARCHES[kind]
    pairs = (pair.partition("=") for pair in rest.split(",") if pair)
    words = {"None": None}
    options = {
        key: int(value) if value.isdigit() else words.get(value, value) for key, _, value in pairs
    }
    return tunesmith_search(**options)


# The space in the form of each library.


def scipy_space(problem: Problem) -> list[dict[str, Any]]:
    def convert(values: Any) -> Any:
        if isinstance(values, list):
            return values
        kind, low, high = values
        if kind == "log":
            return stats.loguniform(low, high)
        return stats.uniform(low, high - low) if kind == "float" else stats.randint(low, high + 1)

    return [{name: convert(values) for name, values in one.items()} for one in problem.branches]


def _flat(problem: Problem) -> dict[str, Any]:
    """One dictionary for searches that take no other: ranges are as wide as their widest branch."""
    flat: dict[str, Any] = {}
    for branch in problem.branches:
        for name, values in branch.items():
            if name not in flat:
                flat[name] = values
            elif isinstance(values, list):
                flat[name] = [*flat[name], *values]
            else:
                _, low, high = flat[name]
                flat[name] = (values[0], min(low, values[1]), max(high, values[2]))
    return flat


def optuna_space(problem: Problem) -> dict[str, Any]:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    def convert(values: Any) -> Any:
        if isinstance(values, list):
            return CategoricalDistribution(values)
        kind, low, high = values
        return (
            IntDistribution(low, high)
            if kind == "int"
            else FloatDistribution(low, high, log=kind == "log")
        )

    return {name: convert(values) for name, values in _flat(problem).items()}


def skopt_space(problem: Problem) -> dict[str, Any]:
    from skopt.space import Categorical, Integer, Real

    def convert(values: Any) -> Any:
        if isinstance(values, list):
            return Categorical(values)
        kind, low, high = values
        return (
            Integer(low, high)
            if kind == "int"
            else Real(low, high, prior="log-uniform" if kind == "log" else "uniform")
        )

    return {name: convert(values) for name, values in _flat(problem).items()}
