"""Tune LightGBM step by step, with one more step than it has by itself.

Interrupt it, or kill it, and run it again: it goes on where it was, and comes to the same result.

pip install "tunesmith[lightgbm,sklearn]"
"""

from __future__ import annotations

import lightgbm
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

import tunesmith
from tunesmith.distributions import FloatDistribution
from tunesmith.integrations import LightGBMTuner
from tunesmith.integrations.lightgbm import TuningStep

X, Y = load_breast_cancer(return_X_y=True)
X_TRAIN, X_VALID, Y_TRAIN, Y_VALID = train_test_split(X, Y, test_size=0.3, random_state=0)

train_set = lightgbm.Dataset(X_TRAIN, Y_TRAIN)
valid_set = train_set.create_valid(X_VALID, Y_VALID)
params = {
    "objective": "binary",
    "metric": "binary_logloss",
    "deterministic": True,
    "num_threads": 1,
    "verbosity": -1,
    "seed": 0,
}
tuner = LightGBMTuner(
    params,
    train_set,
    num_boost_round=100,
    valid_sets=[valid_set],
    callbacks=[lightgbm.early_stopping(10, verbose=False)],
    steps=[
        TuningStep("rate", {"learning_rate": FloatDistribution(0.02, 0.3, log=True)}, n_trials=6),
        "feature_fraction",
        "num_leaves",
        "regularization_factors",
        "min_data_in_leaf",
    ],
    # A study that is stored can be continued. Without one nothing is pruned.
    study=tunesmith.create_study(
        storage="sqlite:///tuner.db", study_name="breast cancer", load_if_exists=True
    ),
    optuna_seed=0,
    show_progress_bar=False,
)
tuner.run()

print(f"Best log loss {tuner.best_score:.4f} after {len(tuner.study.trials)} trials with")
for name, value in tuner.best_params.items():
    if name not in params:
        print(f"    {name} = {value}")
