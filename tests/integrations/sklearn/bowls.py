"""Searches over estimators whose fits take no time."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
from scipy import stats
from sklearn.base import BaseEstimator, RegressorMixin

from tunesmith.integrations import SearchCV


class Bowl(RegressorMixin, BaseEstimator):
    """Scores best at x = 0.3 and y = 0.7; each split has its own level."""

    def __init__(self, x=0.0, y=0.0):
        self.x = x
        self.y = y

    def fit(self, X, y):
        self.level_ = float(np.mean(X))
        return self

    def predict(self, X):
        return np.zeros(len(X))

    def score(self, X, y):
        return self.level_ - (self.x - 0.3) ** 2 - (self.y - 0.7) ** 2


class Mortal(Bowl):
    """Ends its process, or the search, in the fit that brings the count in a file to `last`."""

    def __init__(self, x=0.0, y=0.0, counter="", last=0, kills=False):
        super().__init__(x, y)
        self.counter = counter
        self.last = last
        self.kills = kills

    def fit(self, X, y):
        counter = Path(self.counter)
        count = int(counter.read_text() or 0) + 1 if counter.exists() else 1
        counter.write_text(str(count))
        if count == self.last:
            if self.kills:
                os.kill(os.getpid(), signal.SIGKILL)
            raise KeyboardInterrupt
        return super().fit(X, y)


class Failing(Bowl):
    """Cannot be fitted where x is above 0.5."""

    def fit(self, X, y):
        if self.x > 0.5:
            raise ValueError("x is too large")
        return super().fit(X, y)


SPACE = {"x": stats.uniform(0, 1), "y": stats.uniform(0, 1)}
X = np.random.RandomState(0).normal(size=(60, 3))
Y = X[:, 0] + 0.1 * X[:, 1]


def bowl(estimator=None, space=SPACE, **options):
    resource = "auto" if "pruner" in options else None
    options = {"n_trials": 18, "random_state": 0, "cv": 3, "resource": resource, **options}
    return SearchCV(Bowl() if estimator is None else estimator, space, **options)


def kept(path: Path, **options):
    return bowl(storage=f"sqlite:///{path}", study_name="bowl", **options)
