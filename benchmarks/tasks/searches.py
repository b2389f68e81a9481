"""Estimators with their spaces, on data that scikit-learn ships.

Spaces are neutral: ``("log", low, high)``, ``("float", low, high)``, ``("int", low, high)`` with both
ends, or a list of choices. A problem with branches has several such dictionaries, of which each
candidate takes one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC, LinearSVC

Branch = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Problem:
    """What is searched on what.

    Parameters
    ----------
    name : str
        For the table.
    make : callable
        Returns the estimator.
    load : callable
        Returns rows and target.
    branches : list of dict
        The space.
    scoring : str
        What is maximised.
    """

    name: str
    make: Callable[[], Any]
    load: Callable[[], tuple[Any, Any]]
    branches: list[Branch]
    scoring: str

    @property
    def is_classification(self) -> bool:
        """Whether classes are predicted."""
        return self.scoring != "r2"

    @property
    def names(self) -> list[str]:
        """All parameters."""
        return list({name: None for branch in self.branches for name in branch})


MODELS = {
    "svc": lambda: SVC(max_iter=2_000),
    "linear svc": lambda: LinearSVC(dual=False, random_state=0),
    "logistic regression": lambda: LogisticRegression(max_iter=200),
}


class LenientPipeline(Pipeline):  # type: ignore[misc]  # scikit-learn has no types
    """A pipeline for all searches: some take neither branches nor estimators to choose from.

    Its model may be a name, and parameters that the model does not know are let go.
    """

    def set_params(self, **params: Any) -> Any:
        if isinstance(params.get("model"), str):
            params["model"] = MODELS[params["model"]]()
        known = params.get("model", self.named_steps["model"]).get_params()
        return super().set_params(
            **{
                name: value
                for name, value in params.items()
                if not name.startswith("model__") or name.removeprefix("model__") in known
            }
        )


def _breast_cancer() -> tuple[Any, Any]:
    return load_breast_cancer(return_X_y=True)  # type: ignore[no-any-return]


def _diabetes() -> tuple[Any, Any]:
    return load_diabetes(return_X_y=True)  # type: ignore[no-any-return]


def _wine() -> tuple[Any, Any]:
    return load_wine(return_X_y=True)  # type: ignore[no-any-return]


def _digits() -> tuple[Any, Any]:
    return load_digits(return_X_y=True)  # type: ignore[no-any-return]


def _third_of_digits() -> tuple[Any, Any]:
    rows, target = _digits()
    return rows[::3], target[::3]


def _xgboost() -> Any:
    from xgboost import XGBClassifier

    return XGBClassifier(n_estimators=40, n_jobs=1, random_state=0)


def _lightgbm() -> Any:
    from lightgbm import LGBMRegressor

    return LGBMRegressor(n_estimators=60, n_jobs=1, random_state=0, verbose=-1)


def problems() -> list[Problem]:
    """Return all of them."""
    return [
        Problem(
            "LogisticRegression, breast cancer",
            lambda: make_pipeline(
                StandardScaler(), LogisticRegression(solver="liblinear", random_state=0)
            ),
            _breast_cancer,
            [
                {
                    "logisticregression__C": ("log", 1e-4, 1e4),
                    "logisticregression__class_weight": [None, "balanced"],
                    "logisticregression__intercept_scaling": ("log", 1e-2, 1e2),
                    "logisticregression__l1_ratio": [0.0, 1.0],
                }
            ],
            "neg_log_loss",
        ),
        Problem(
            "SVC, digits",
            lambda: make_pipeline(MinMaxScaler(), SVC(max_iter=2_000)),
            _third_of_digits,
            [
                {
                    "svc__kernel": ["rbf", "poly", "sigmoid", "linear"],
                    "svc__C": ("log", 1e-3, 1e4),
                    "svc__gamma": ("log", 1e-5, 10.0),
                    "svc__degree": ("int", 2, 5),
                    "svc__coef0": ("float", 0.0, 1.0),
                }
            ],
            "accuracy",
        ),
        Problem(
            "RandomForest, wine",
            lambda: RandomForestClassifier(n_estimators=20, random_state=0),
            _wine,
            [
                {
                    "max_depth": ("int", 1, 20),
                    "min_samples_split": ("int", 2, 40),
                    "min_samples_leaf": ("int", 1, 20),
                    "max_features": ("float", 0.05, 1.0),
                    "ccp_alpha": ("log", 1e-5, 1e-1),
                    "criterion": ["gini", "entropy"],
                }
            ],
            "neg_log_loss",
        ),
        Problem(
            "HistGradientBoosting, diabetes",
            lambda: HistGradientBoostingRegressor(max_iter=40, random_state=0),
            _diabetes,
            [
                {
                    "learning_rate": ("log", 1e-3, 1.0),
                    "max_leaf_nodes": ("int", 2, 64),
                    "min_samples_leaf": ("int", 1, 60),
                    "l2_regularization": ("log", 1e-4, 1e3),
                    "max_features": ("float", 0.1, 1.0),
                }
            ],
            "r2",
        ),
        Problem(
            "MLP, breast cancer",
            lambda: make_pipeline(
                StandardScaler(),
                MLPClassifier(max_iter=24, hidden_layer_sizes=(16,), random_state=0),
            ),
            _breast_cancer,
            [
                {
                    "mlpclassifier__learning_rate_init": ("log", 1e-5, 1.0),
                    "mlpclassifier__alpha": ("log", 1e-6, 10.0),
                    "mlpclassifier__batch_size": ("int", 16, 256),
                    "mlpclassifier__activation": ["relu", "tanh", "logistic"],
                    "mlpclassifier__beta_1": ("float", 0.5, 0.99),
                }
            ],
            "neg_log_loss",
        ),
        Problem(
            "SGD, digits",
            lambda: make_pipeline(StandardScaler(), SGDClassifier(max_iter=16, random_state=0)),
            _third_of_digits,
            [
                {
                    "sgdclassifier__loss": ["hinge", "log_loss", "modified_huber"],
                    "sgdclassifier__penalty": ["l2", "l1", "elasticnet"],
                    "sgdclassifier__alpha": ("log", 1e-7, 1.0),
                    "sgdclassifier__learning_rate": ["constant", "invscaling", "adaptive"],
                    "sgdclassifier__eta0": ("log", 1e-5, 10.0),
                    "sgdclassifier__power_t": ("float", 0.1, 0.9),
                }
            ],
            "accuracy",
        ),
        Problem(
            "XGBoost, breast cancer",
            _xgboost,
            _breast_cancer,
            [
                {
                    "learning_rate": ("log", 1e-3, 1.0),
                    "max_depth": ("int", 1, 10),
                    "min_child_weight": ("log", 0.1, 30.0),
                    "subsample": ("float", 0.3, 1.0),
                    "colsample_bytree": ("float", 0.2, 1.0),
                    "reg_lambda": ("log", 1e-3, 100.0),
                }
            ],
            "neg_log_loss",
        ),
        Problem(
            "LightGBM, diabetes",
            _lightgbm,
            _diabetes,
            [
                {
                    "learning_rate": ("log", 1e-3, 1.0),
                    "num_leaves": ("int", 2, 64),
                    "min_child_samples": ("int", 2, 60),
                    "reg_lambda": ("log", 1e-3, 100.0),
                    "colsample_bytree": ("float", 0.2, 1.0),
                    "subsample": ("float", 0.3, 1.0),
                    "subsample_freq": [0, 1],
                }
            ],
            "r2",
        ),
        Problem(
            "KernelRidge, diabetes",
            lambda: make_pipeline(StandardScaler(), KernelRidge()),
            _diabetes,
            [
                {
                    "kernelridge__kernel": ["rbf", "laplacian", "polynomial"],
                    "kernelridge__alpha": ("log", 1e-4, 1e3),
                    "kernelridge__gamma": ("log", 1e-6, 10.0),
                    "kernelridge__degree": ("int", 1, 4),
                    "kernelridge__coef0": ("float", 0.0, 5.0),
                }
            ],
            "r2",
        ),
        Problem(
            "Pipeline with branches, digits",
            lambda: LenientPipeline(
                [("scale", MinMaxScaler()), ("select", SelectKBest()), ("model", SVC())]
            ),
            _third_of_digits,
            [
                {
                    "model": ["svc"],
                    "model__C": ("log", 1e-3, 1e4),
                    "model__gamma": ("log", 1e-4, 10.0),
                    "select__k": ("int", 4, 64),
                },
                {
                    "model": ["linear svc"],
                    "model__C": ("log", 1e-5, 1e2),
                    "select__k": ("int", 4, 64),
                },
                {
                    "model": ["logistic regression"],
                    "model__C": ("log", 1e-5, 1e2),
                    "select__k": ("int", 4, 64),
                },
            ],
            "accuracy",
        ),
    ]
