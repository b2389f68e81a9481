"""Real models on data that come with scikit-learn; which model is a parameter, or it has many."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from .task import Task


def tasks() -> Iterator[Task]:
    for data in ("breast_cancer", "wine", "diabetes"):
        yield Task(f"models-{data}", "models", functools.partial(_made, data), seconds=0.05)
    yield Task("boosting-digits", "models", _boosting, seconds=0.15)


@functools.cache
def _data(name: str) -> tuple[Any, Any]:
    from sklearn import datasets

    x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return x, y


def _made(name: str, seed: int) -> Callable[[Any], float]:
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.model_selection import KFold, cross_val_score
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC, SVR

    x, y = _data(name)
    regression = name == "diabetes"
    folds = KFold(3, shuffle=True, random_state=seed)

    def objective(trial: Any) -> float:
        kind = trial.suggest_categorical("kind", ["svm", "trees", "neighbors", "linear"])
        model: Any
        if kind == "svm":
            params = {
                "C": trial.suggest_float("C", 1e-3, 1e3, log=True),
                "gamma": trial.suggest_float("gamma", 1e-5, 1e1, log=True),
            }
            model = SVR(**params) if regression else SVC(**params)
        elif kind == "trees":
            params = {
                "n_estimators": trial.suggest_int("n_estimators", 5, 40),
                "max_depth": trial.suggest_int("max_depth", 1, 16),
                "max_features": trial.suggest_float("max_features", 0.05, 1.0),
                "min_samples_leaf": trial.suggest_int("min_samples_leaf", 1, 20),
                "random_state": 0,
            }
            model = ExtraTreesRegressor(**params) if regression else ExtraTreesClassifier(**params)
        elif kind == "neighbors":
            params = {
                "n_neighbors": trial.suggest_int("n_neighbors", 1, 50, log=True),
                "weights": trial.suggest_categorical("weights", ["uniform", "distance"]),
                "p": trial.suggest_float("p", 1.0, 4.0),
            }
            model = KNeighborsRegressor(**params) if regression else KNeighborsClassifier(**params)
        else:
            strength = trial.suggest_float("strength", 1e-4, 1e4, log=True)
            model = Ridge(strength) if regression else LogisticRegression(C=strength, max_iter=200)
        scaled = make_pipeline(StandardScaler(), model)
        scoring = "neg_root_mean_squared_error" if regression else "neg_log_loss"
        if kind == "svm" and not regression:
            scoring = "accuracy"
        if not regression:
            scoring = "accuracy"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return -float(cross_val_score(scaled, x, y, cv=folds, scoring=scoring).mean())

    return objective


def _boosting(seed: int) -> Callable[[Any], float]:
    import lightgbm
    from sklearn.metrics import log_loss
    from sklearn.model_selection import train_test_split

    x, y = _data("digits")
    parts = train_test_split(x, y, test_size=0.4, random_state=seed, stratify=y)
    x_train, x_valid, y_train, y_valid = parts

    def objective(trial: Any) -> float:
        model = lightgbm.LGBMClassifier(
            n_estimators=15,
            learning_rate=trial.suggest_float("learning_rate", 1e-2, 1.0, log=True),
            num_leaves=trial.suggest_int("num_leaves", 2, 64, log=True),
            min_child_samples=trial.suggest_int("min_child_samples", 1, 100, log=True),
            colsample_bytree=trial.suggest_float("colsample_bytree", 0.05, 1.0),
            subsample=trial.suggest_float("subsample", 0.2, 1.0),
            subsample_freq=trial.suggest_int("subsample_freq", 0, 1),
            reg_lambda=trial.suggest_float("reg_lambda", 1e-6, 10.0, log=True),
            n_jobs=1,
            verbose=-1,
            random_state=0,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(x_train, y_train)
            return float(log_loss(y_valid, model.predict_proba(x_valid)))

    return objective
