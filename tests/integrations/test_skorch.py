from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn.base
import skorch
import torch
from sklearn.datasets import load_iris
from sklearn.model_selection import cross_val_score
from skorch.callbacks import EarlyStopping, EpochScoring
from skorch.dataset import ValidSplit

import tunesmith
from tunesmith.integrations import SkorchPruningCallback
from tunesmith.trial import Trial, TrialState

from .doubles import After, Never, run

X, Y = load_iris(return_X_y=True)
X = X.astype("float32")


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def make_net(callbacks: Any, **options: Any) -> skorch.NeuralNetClassifier:
    torch.manual_seed(0)
    return skorch.NeuralNetClassifier(
        torch.nn.Linear,
        module__in_features=4,
        module__out_features=3,
        criterion=torch.nn.CrossEntropyLoss,
        callbacks=callbacks,
        **{"max_epochs": 4, "lr": 0.1, "verbose": 0, **options},
    )


def new_trial(pruner: Any = None, **options: Any) -> Trial:
    return tunesmith.create_study(pruner=pruner or Never(), **options).ask()


@pytest.mark.parametrize("monitor", ["valid_loss", "train_loss", "valid_acc"])
def test_without_pruning_the_reports_are_the_history_and_the_model_is_the_same(
    monitor: str,
) -> None:
    trial = new_trial(direction="maximize" if monitor == "valid_acc" else "minimize")
    net = make_net([SkorchPruningCallback(trial, monitor)]).fit(X, Y)
    assert trial.record.intermediate_values == dict(enumerate(net.history[:, monitor]))
    assert len(net.history) == 4
    alone = make_net([]).fit(X, Y)
    for name, weight in alone.module_.state_dict().items():
        assert torch.equal(weight, net.module_.state_dict()[name])


def test_a_pruned_trial_ends_where_the_pruner_said_so() -> None:
    def objective(trial: Trial) -> float:
        make_net([SkorchPruningCallback(trial, "valid_loss")]).fit(X, Y)
        raise AssertionError

    trial = run(objective, After(2))
    assert trial.state is TrialState.PRUNED
    expected = make_net([], max_epochs=2).fit(X, Y).history[:, "valid_loss"]
    assert trial.intermediate_values == dict(enumerate(expected))
    assert trial.value == expected[-1]


def test_callbacks_before_it_have_ended_when_it_raises() -> None:
    ended = []

    class Neighbour(skorch.callbacks.Callback):
        def on_train_end(self, net: Any, **kwargs: Any) -> None:
            ended.append(len(net.history))

    callbacks = [Neighbour(), SkorchPruningCallback(new_trial(After(2)), "valid_loss")]
    with pytest.raises(tunesmith.TrialPruned, match=r"at step 1 \(valid_loss="):
        make_net(callbacks).fit(X, Y)
    assert ended == [2]


def test_scores_of_the_users_own_are_found() -> None:
    trial = new_trial(direction="maximize")
    scoring = EpochScoring("f1_macro", lower_is_better=False, name="valid_f1")
    net = make_net([scoring, SkorchPruningCallback(trial, "valid_f1")]).fit(X, Y)
    assert trial.record.intermediate_values == dict(enumerate(net.history[:, "valid_f1"]))


def test_early_stopping_alone_completes_the_trial() -> None:
    def objective(trial: Trial) -> float:
        stopping = EarlyStopping(patience=1, threshold=1e9, threshold_mode="abs")
        net = make_net([stopping, SkorchPruningCallback(trial, "valid_loss")], max_epochs=9)
        return net.fit(X, Y).history[-1, "valid_loss"]

    trial = run(objective)
    assert trial.state is TrialState.COMPLETE
    assert len(trial.intermediate_values) < 9


def test_a_net_that_goes_on_counts_on() -> None:
    trial = new_trial()
    net = make_net([SkorchPruningCallback(trial, "valid_loss")], max_epochs=2)
    net.fit(X, Y)
    net.partial_fit(X, Y)
    assert trial.record.intermediate_values == dict(enumerate(net.history[:, "valid_loss"]))
    assert len(net.history) == 4


def test_clones_in_a_cross_validation_report_to_the_same_trial() -> None:
    trial = new_trial()
    callback = SkorchPruningCallback(trial, "valid_loss")
    net = make_net([("pruning", callback)], max_epochs=3, train_split=ValidSplit(3))
    assert sklearn.base.clone(net).callbacks[0][1] is callback
    cross_val_score(net, X, Y, cv=2)
    assert sorted(trial.record.intermediate_values) == list(range(6))


def test_every_fold_counts() -> None:
    trial = new_trial()
    curves = []
    for k in range(2):
        net = make_net([SkorchPruningCallback(trial, "valid_loss")], max_epochs=3)
        curves.append(net.fit(X[k::2], Y[k::2]).history[:, "valid_loss"])
    means = (np.cumsum(curves, axis=0) / np.arange(1, 3)[:, None]).ravel()
    assert trial.record.intermediate_values == pytest.approx(dict(enumerate(means)))


def test_several_objectives_are_reported_together() -> None:
    trial = new_trial(directions=["minimize", "maximize"])
    net = make_net([SkorchPruningCallback(trial, ["valid_loss", "valid_acc"])]).fit(X, Y)
    expected = net.history[:, ("valid_loss", "valid_acc")]
    assert trial.record.intermediate_vectors == dict(enumerate(expected))


def test_a_wrong_name_is_answered_with_the_right_ones() -> None:
    with pytest.raises(ValueError, match="Did you mean 'valid_loss'") as error:
        make_net([SkorchPruningCallback(new_trial(), "val_loss")]).fit(X, Y)
    message = str(error.value)
    assert message.startswith("metric 'val_loss' was not logged at step 0; logged: 'epoch', ")
    assert "'batches'" not in message


def test_a_metric_against_the_study_is_refused() -> None:
    trial = new_trial()
    with pytest.raises(ValueError, match="'valid_acc' should be maximized, but the study"):
        make_net([SkorchPruningCallback(trial, "valid_acc")]).fit(X, Y)
    assert trial.record.intermediate_values == {}
