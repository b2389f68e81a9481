"""Tune CatBoost with a five-fold cross-validation in which every fold counts.

pip install "tunesmith[catboost,sklearn]"
"""

import sklearn.datasets
from catboost import CatBoostClassifier
from sklearn.model_selection import StratifiedKFold

import tunesmith
from tunesmith.integrations import CatBoostPruningCallback

ITERATIONS = 60
X, Y = sklearn.datasets.load_breast_cancer(return_X_y=True)
FOLDS = list(StratifiedKFold(5, shuffle=True, random_state=0).split(X, Y))


def objective(trial: tunesmith.Trial) -> float:
    params = {
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.5, log=True),
        "depth": trial.suggest_int("depth", 2, 6),
        "l2_leaf_reg": trial.suggest_float("l2_leaf_reg", 0.1, 10, log=True),
    }
    losses = []
    for k, (train, valid) in enumerate(FOLDS):
        # Pruned trials can end in any fold: what is reported is the mean of the folds so far.
        callback = CatBoostPruningCallback(trial.fold(k), "Logloss", iterations=ITERATIONS)
        model = CatBoostClassifier(
            iterations=ITERATIONS,
            early_stopping_rounds=10,
            thread_count=1,
            random_seed=0,
            allow_writing_files=False,
            verbose=False,
            **params,
        )
        model.fit(X[train], Y[train], eval_set=(X[valid], Y[valid]), callbacks=[callback])
        callback.check_pruned()  # not needed, but saves the remaining folds
        losses.append(model.best_score_["validation"]["Logloss"])
    return sum(losses) / len(losses)


if __name__ == "__main__":
    study = tunesmith.create_study(sampler=tunesmith.samplers.AutoSampler(seed=0))
    study.optimize(objective, n_trials=12)
    pruned = [trial for trial in study.trials if trial.state.name == "PRUNED"]
    print(f"Best log loss {study.best_value:.4f} with {study.best_params}")
    print(f"{len(pruned)} of {len(study.trials)} trials were pruned")
