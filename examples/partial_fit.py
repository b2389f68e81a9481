"""Tune scikit-learn's own network epoch by epoch, for accuracy and log loss at the same time.

pip install "tunesmith[sklearn]"
"""

import sklearn.datasets
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

import tunesmith
from tunesmith.integrations import partial_fit_epochs

X, Y = sklearn.datasets.load_digits(return_X_y=True)
X_TRAIN, X_VALID, Y_TRAIN, Y_VALID = train_test_split(X / 16, Y, random_state=0)
SCORES = ["accuracy", "neg_log_loss"]


def objective(trial: tunesmith.Trial) -> list[float]:
    model = MLPClassifier(
        hidden_layer_sizes=(trial.suggest_int("units", 8, 128, log=True),),
        alpha=trial.suggest_float("alpha", 1e-6, 1e-1, log=True),
        learning_rate_init=trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True),
        random_state=0,
    )
    log = partial_fit_epochs(
        trial,
        model,
        X_TRAIN,
        Y_TRAIN,
        validation=(X_VALID, Y_VALID),
        scoring=SCORES,
        n_epochs=12,
        batch_size=256,
        random_state=0,
    )
    return [log[-1][name] for name in SCORES]


if __name__ == "__main__":
    study = tunesmith.create_study(
        directions=["maximize", "maximize"],
        sampler=tunesmith.samplers.AutoSampler(seed=0),
        pruner=tunesmith.pruners.MedianPruner(),
    )
    study.set_metric_names(SCORES)
    study.optimize(objective, n_trials=20)
    pruned = [trial for trial in study.trials if trial.state.name == "PRUNED"]
    print(f"{len(pruned)} of {len(study.trials)} trials were pruned. The best compromises:")
    for trial in study.best_trials:
        print(f"accuracy {trial.values[0]:.3f}, log loss {-trial.values[1]:.3f}: {trial.params}")
