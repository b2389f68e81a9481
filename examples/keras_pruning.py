"""Tune a Keras network on the digits, with the backend that is installed: here PyTorch.

pip install "tunesmith[keras,sklearn]" torch
"""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")  # before the first import of keras

import keras
import sklearn.datasets
from sklearn.model_selection import train_test_split

import tunesmith
from tunesmith.integrations import KerasPruningCallback

X, Y = sklearn.datasets.load_digits(return_X_y=True)
X_TRAIN, X_VALID, Y_TRAIN, Y_VALID = train_test_split(X / 16, Y, random_state=0)


def objective(trial: tunesmith.Trial) -> float:
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(trial.suggest_int("units", 8, 128, log=True), "relu"),
            keras.layers.Dropout(trial.suggest_float("dropout", 0, 0.5)),
            keras.layers.Dense(10, "softmax"),
        ]
    )
    rate = trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True)
    model.compile(
        keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    history = model.fit(
        X_TRAIN,
        Y_TRAIN,
        validation_data=(X_VALID, Y_VALID),
        epochs=6,
        batch_size=128,
        verbose=0,
        callbacks=[KerasPruningCallback(trial, "val_accuracy")],
    )
    return history.history["val_accuracy"][-1]


if __name__ == "__main__":
    study = tunesmith.create_study(
        direction="maximize", sampler=tunesmith.samplers.AutoSampler(seed=0)
    )
    study.optimize(objective, n_trials=8)
    pruned = [trial for trial in study.trials if trial.state.name == "PRUNED"]
    print(f"Best accuracy {study.best_value:.3f} with {study.best_params}")
    print(f"{len(pruned)} of {len(study.trials)} trials were pruned")
