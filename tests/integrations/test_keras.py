from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import keras
import numpy as np
import pytest
import torch
from sklearn.datasets import load_iris

import tunesmith
from tunesmith.integrations import KerasPruningCallback, TFKerasPruningCallback
from tunesmith.trial import Trial, TrialState

from .doubles import After, Never, run

X, Y = load_iris(return_X_y=True)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def train(callbacks: Any, **options: Any) -> tuple[keras.Model, dict[str, list[float]]]:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(
        X[::2],
        Y[::2],
        **{
            "validation_data": (X[1::2], Y[1::2]),
            "epochs": 4,
            "batch_size": 25,
            "verbose": 0,
            "callbacks": callbacks,
            **options,
        },
    )
    return model, history.history


def new_trial(pruner: Any = None, **options: Any) -> Trial:
    return tunesmith.create_study(pruner=pruner or Never(), **options).ask()


@pytest.mark.parametrize("monitor", ["val_loss", "loss", "accuracy"])
def test_without_pruning_the_reports_are_the_log_and_the_model_is_the_same(monitor: str) -> None:
    trial = new_trial(direction="maximize" if monitor == "accuracy" else "minimize")
    model, log = train([KerasPruningCallback(trial, monitor)])
    assert trial.record.intermediate_values == dict(enumerate(log[monitor]))
    assert len(log[monitor]) == 4
    alone, alone_log = train([])
    assert log == alone_log
    for weight, other in zip(model.weights, alone.weights, strict=True):
        assert torch.equal(weight.value, other.value)


def test_a_pruned_trial_ends_where_the_pruner_said_so() -> None:
    def objective(trial: Trial) -> float:
        train([KerasPruningCallback(trial, "val_loss")])
        raise AssertionError

    trial = run(objective, After(2))
    assert trial.state is TrialState.PRUNED
    expected = train([], epochs=2)[1]["val_loss"]
    assert trial.intermediate_values == dict(enumerate(expected))
    assert trial.value == expected[-1]


def test_callbacks_before_it_have_ended_when_it_raises() -> None:
    heard = []

    class Neighbour(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            heard.append(epoch)

        def on_train_end(self, logs: Any = None) -> None:
            heard.append("end")

    callbacks = [Neighbour(), KerasPruningCallback(new_trial(After(2)), "val_loss")]
    with pytest.raises(tunesmith.TrialPruned, match=r"at step 1 \(val_loss="):
        train(callbacks)
    assert heard == [0, 1, "end"]


def test_in_the_last_epoch() -> None:
    with pytest.raises(tunesmith.TrialPruned, match="at step 3 "):
        train([KerasPruningCallback(new_trial(After(4)), "loss")])


def test_validation_every_second_epoch_reports_at_those_epochs() -> None:
    trial = new_trial()
    _, log = train([KerasPruningCallback(trial, "val_loss")], validation_freq=2)
    assert trial.record.intermediate_values == dict(zip([1, 3], log["val_loss"], strict=True))


def test_an_interval_between_reports() -> None:
    trial = new_trial()
    _, log = train([KerasPruningCallback(trial, "val_loss", 2)])
    values = log["val_loss"]
    assert trial.record.intermediate_values == {1: values[1], 3: values[3]}


def test_a_training_that_goes_on_counts_on() -> None:
    trial = new_trial()
    callback = KerasPruningCallback(trial, "val_loss")
    model, log = train([callback], epochs=2)
    more = model.fit(
        X[::2],
        Y[::2],
        validation_data=(X[1::2], Y[1::2]),
        initial_epoch=2,
        epochs=4,
        verbose=0,
        callbacks=[callback],
    ).history
    expected = log["val_loss"] + more["val_loss"]
    assert trial.record.intermediate_values == dict(enumerate(expected))


@pytest.mark.parametrize("one_callback", [True, False])
def test_every_fold_counts(one_callback: bool) -> None:
    trial = new_trial()
    callback = KerasPruningCallback(trial, "val_loss")
    curves = []
    for k in range(2):
        if not one_callback:
            callback = KerasPruningCallback(trial, "val_loss")
        fold = {"validation_data": (X[k::2], Y[k::2]), "epochs": 3}
        curves.append(train([callback], **fold)[1]["val_loss"])
    means = (np.cumsum(curves, axis=0) / np.arange(1, 3)[:, None]).ravel()
    assert trial.record.intermediate_values == pytest.approx(dict(enumerate(means)))


def test_several_objectives_are_reported_together() -> None:
    trial = new_trial(directions=["minimize", "maximize"])
    _, log = train([KerasPruningCallback(trial, ["val_loss", "val_accuracy"])])
    expected = zip(log["val_loss"], log["val_accuracy"], strict=True)
    assert trial.record.intermediate_vectors == dict(enumerate(expected))


def test_early_stopping_alone_completes_the_trial() -> None:
    def objective(trial: Trial) -> float:
        stopping = keras.callbacks.EarlyStopping("val_loss", min_delta=1e9, patience=1)
        return train([stopping, KerasPruningCallback(trial, "val_loss")])[1]["val_loss"][-1]

    trial = run(objective)
    assert trial.state is TrialState.COMPLETE
    assert sorted(trial.intermediate_values) == [0, 1]


class TestMistakes:
    @pytest.mark.parametrize("monitor", ["los", "val_los"])
    def test_a_wrong_name_is_answered_with_the_right_ones_at_once(self, monitor: str) -> None:
        with pytest.raises(ValueError, match=f"Did you mean '{monitor}s'") as error:
            train([KerasPruningCallback(new_trial(), monitor)])
        assert str(error.value).startswith(
            f"metric '{monitor}' was not logged at step 0; logged: 'accuracy', 'loss', "
        )

    def test_or_at_the_end_if_there_is_no_validation(self) -> None:
        callback = KerasPruningCallback(new_trial(), "val_loss")
        with pytest.raises(ValueError, match="was not logged at step 3; logged: 'accuracy', 'los"):
            train([callback], validation_data=None)

    def test_a_metric_against_the_study_is_refused(self) -> None:
        trial = new_trial()
        with pytest.raises(ValueError, match="'val_accuracy' should be maximized, but the study"):
            train([KerasPruningCallback(trial, "val_accuracy")])
        assert trial.record.intermediate_values == {}


def test_the_name_for_tensorflow_is_the_same_class() -> None:
    assert TFKerasPruningCallback is KerasPruningCallback


def test_without_tensorflow_the_error_says_what_to_set() -> None:
    program = "from tunesmith.integrations import KerasPruningCallback"
    environment = {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"}
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\nsys.modules['tensorflow'] = None\n{program}"],
        check=False,
        capture_output=True,
        text=True,
        env={**environment, "KERAS_HOME": "/nonexistent"},
    )
    assert "Set the environment variable KERAS_BACKEND to 'torch' or 'jax'" in done.stderr
