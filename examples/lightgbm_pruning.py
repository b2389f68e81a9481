"""Tune a LightGBM classifier with two objectives, early stopping and pruning.

pip install "tunesmith[lightgbm,sklearn]"
"""

from __future__ import annotations

import lightgbm
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

import tunesmith
from tunesmith.integrations import LightGBMPruningCallback
from tunesmith.trial import Trial, TrialState

X, Y = load_breast_cancer(return_X_y=True)
X_TRAIN, X_VALID, Y_TRAIN, Y_VALID = train_test_split(X, Y, test_size=0.3, random_state=0)


def objective(trial: Trial) -> tuple[float, float]:
    params = {
        "objective": "binary",
        "metric": ["auc", "binary_logloss"],
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.5, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 2, 32, log=True),
        "min_child_samples": trial.suggest_int("min_child_samples", 5, 100, log=True),
        "num_threads": 1,
        "verbosity": -1,
        "seed": 0,
    }
    train = lightgbm.Dataset(X_TRAIN, Y_TRAIN)
    model = lightgbm.train(
        params,
        train,
        num_boost_round=60,
        valid_sets=[train.create_valid(X_VALID, Y_VALID)],
        callbacks=[
            lightgbm.early_stopping(10, verbose=False),
            # One metric for each objective of the study, in its order.
            LightGBMPruningCallback(trial, ["auc", "binary_logloss"]),
        ],
    )
    scores = model.best_score["valid_0"]
    return scores["auc"], scores["binary_logloss"]


study = tunesmith.create_study(
    directions=["maximize", "minimize"],
    sampler=tunesmith.samplers.TPESampler(seed=0),
    pruner=tunesmith.pruners.MedianPruner(n_warmup_steps=10),
)
study.optimize(objective, n_trials=30)

print(f"{len(study.get_trials(states=[TrialState.PRUNED]))} of 30 trials were pruned.")
for trial in study.best_trials:
    print(f"AUC {trial.values[0]:.4f}, log loss {trial.values[1]:.4f} with {trial.params}")
