"""Prune in a cross-validation of one's own, in which every fold counts.

pip install "tunesmith[lightgbm,sklearn]"
"""

from __future__ import annotations

import statistics

import lightgbm
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import StratifiedKFold

import tunesmith
from tunesmith.integrations import LightGBMPruningCallback
from tunesmith.trial import Trial, TrialState

X, Y = load_breast_cancer(return_X_y=True)
FOLDS = list(StratifiedKFold(5, shuffle=True, random_state=0).split(X, Y))
ROUNDS = 20


def objective(trial: Trial) -> float:
    params = {
        "objective": "binary",
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.5, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 2, 32, log=True),
        "num_threads": 1,
        "verbosity": -1,
        "seed": 0,
    }
    scores = []
    for k, (train_rows, valid_rows) in enumerate(FOLDS):
        train = lightgbm.Dataset(X[train_rows], Y[train_rows])
        model = lightgbm.train(
            params,
            train,
            ROUNDS,
            valid_sets=[train.create_valid(X[valid_rows], Y[valid_rows])],
            callbacks=[LightGBMPruningCallback(trial.fold(k), "binary_logloss")],
        )
        scores.append(model.best_score["valid_0"]["binary_logloss"])
    return statistics.mean(scores)


study = tunesmith.create_study(sampler=tunesmith.samplers.TPESampler(seed=0))
study.optimize(objective, n_trials=30)

print(f"Best mean log loss {study.best_value:.4f} with {study.best_params}")
for trial in study.get_trials(states=[TrialState.PRUNED]):
    fold, step = divmod(max(trial.intermediate_values), ROUNDS)
    print(f"Trial {trial.number} was pruned in round {step} of fold {fold}.")
