"""What a search takes for itself: its time outside of fits and scores, as scikit-learn counts them."""

from __future__ import annotations

import time
from typing import Any
from unittest import mock

import numpy as np
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import RandomizedSearchCV

N_CANDIDATES = 200
_N_ROUNDS = 5
_SPACE = {
    "a": stats.uniform(0, 1),
    "b": stats.loguniform(1e-3, 1),
    "c": stats.randint(1, 20),
    "d": ["x", "y", "z"],
}


class Effortless(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A classifier that is fitted and scored in no time."""

    def __init__(self, a: float = 0.0, b: float = 0.0, c: int = 1, d: str = "x") -> None:
        self.a = a
        self.b = b
        self.c = c
        self.d = d

    def fit(self, rows: Any, target: Any) -> Effortless:  # scikit-learn's method
        self.classes_ = np.array([0, 1])
        return self

    def predict(self, rows: Any) -> Any:
        return np.zeros(len(rows), dtype=int)

    def score(self, rows: Any, target: Any) -> float:  # same
        return -((self.a - 0.3) ** 2) - (self.b - 0.7) ** 2 - self.c / 100 - (self.d == "y")


def _timed_proposals(study_sampler: Any) -> list[float]:
    """Let a sampler note the seconds that its proposals take."""
    spent = [0.0]
    propose = study_sampler.sample_joint

    def timed(*args: Any, **options: Any) -> Any:
        start = time.process_time()
        try:
            return propose(*args, **options)
        finally:
            spent[0] += time.process_time() - start

    study_sampler.sample_joint = timed
    return spent


def _overhead(search: Any) -> float:
    rng = np.random.RandomState(0)
    rows, target = rng.normal(size=(100, 4)), rng.randint(2, size=100)
    start = time.process_time()
    # scikit-learn's times are to be seconds of the processor, too. A fit begins with choosing rows.
    with mock.patch("time.time", time.process_time):
        search.fit(rows, target)
    seconds = time.process_time() - start
    table = search.cv_results_
    n_splits = sum(key.startswith("split") for key in table)
    n_fits = sum(np.isfinite(table[f"split{k}_test_score"]).sum() for k in range(n_splits))
    a_fit = np.mean(table["mean_fit_time"] + table["mean_score_time"])
    return float(seconds - n_fits * a_fit) / N_CANDIDATES


def report_overhead() -> None:
    """Print milliseconds per candidate, the medians of rounds in turns."""
    from tunesmith.integrations import SearchCV
    from tunesmith.samplers import RandomSampler, TPESampler

    options: dict[str, Any] = {"cv": 5, "random_state": 0}
    lines: dict[str, list[float]] = {}

    def note(name: str, seconds: float) -> None:
        lines.setdefault(name, []).append(seconds)

    for _ in range(_N_ROUNDS):
        search = RandomizedSearchCV(Effortless(), _SPACE, n_iter=N_CANDIDATES, **options)
        note("RandomizedSearchCV", _overhead(search))
        # By default most candidates end after a split or two.
        search = SearchCV(Effortless(), _SPACE, n_trials=N_CANDIDATES, **options)
        note("SearchCV", _overhead(search))
        for name, make in (("random", RandomSampler), ("TPE", TPESampler)):
            sampler = make(seed=0)
            spent = _timed_proposals(sampler)
            search = SearchCV(
                Effortless(),
                _SPACE,
                n_trials=N_CANDIDATES,
                sampler=sampler,
                resource=None,
                **options,
            )
            note(f"SearchCV, all splits, {name}", _overhead(search))
            note(f"  of which the sampler, {name}", spent[0] / N_CANDIDATES)
    print(f"ms for each of {N_CANDIDATES} candidates outside of fit and score, five splits")
    for name, seconds in lines.items():
        print(f"{name:34}{1_000 * float(np.median(seconds)):6.2f}")
