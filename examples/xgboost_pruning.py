"""Tune an XGBoost classifier and end the trainings that will not get anywhere.

pip install "tunesmith[xgboost,sklearn]"
"""

from __future__ import annotations

import xgboost
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

import tunesmith
from tunesmith.integrations import XGBoostPruningCallback
from tunesmith.trial import Trial, TrialState

X, Y = load_breast_cancer(return_X_y=True)
X_TRAIN, X_VALID, Y_TRAIN, Y_VALID = train_test_split(X, Y, test_size=0.3, random_state=0)
ROUNDS = 60


def objective(trial: Trial) -> float:
    params = {
        "objective": "binary:logistic",
        "eval_metric": ["auc", "logloss"],
        "eta": trial.suggest_float("eta", 0.01, 0.5, log=True),
        "max_depth": trial.suggest_int("max_depth", 1, 8),
        "subsample": trial.suggest_float("subsample", 0.3, 1.0),
        "nthread": 1,
        "seed": 0,
    }
    log: dict[str, dict[str, list[float]]] = {}
    xgboost.train(
        params,
        xgboost.DMatrix(X_TRAIN, Y_TRAIN),
        ROUNDS,
        evals=[(xgboost.DMatrix(X_VALID, Y_VALID), "valid")],
        evals_result=log,
        verbose_eval=False,
        callbacks=[XGBoostPruningCallback(trial, "valid-logloss")],
    )
    return log["valid"]["logloss"][-1]


study = tunesmith.create_study(sampler=tunesmith.samplers.TPESampler(seed=0))
study.optimize(objective, n_trials=30)

pruned = study.get_trials(states=[TrialState.PRUNED])
trained = sum(len(trial.intermediate_values) for trial in study.trials)
print(f"Best log loss {study.best_value:.4f} with {study.best_params}")
print(f"{len(pruned)} of 30 trials were pruned: {trained} rounds instead of {30 * ROUNDS}.")
