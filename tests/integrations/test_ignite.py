from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from ignite.engine import Engine, Events, create_supervised_evaluator, create_supervised_trainer
from ignite.metrics import Accuracy, Loss
from sklearn.datasets import load_iris
from torch.utils.data import DataLoader, TensorDataset

import tunesmith
from tunesmith.integrations import PyTorchIgnitePruningHandler
from tunesmith.trial import Trial, TrialState

from .doubles import After, Never, run

X, Y = load_iris(return_X_y=True)
DATA = TensorDataset(torch.tensor(X, dtype=torch.float32), torch.tensor(Y))


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Training:
    """A trainer, an evaluator that runs after each epoch, and what they have computed."""

    def __init__(self, trial: Trial | None, metric: Any = "loss") -> None:
        torch.manual_seed(0)
        self.model = torch.nn.Linear(4, 3)
        criterion = torch.nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(self.model.parameters(), 0.1)
        self.trainer = create_supervised_trainer(self.model, optimizer, criterion)
        metrics = {"loss": Loss(criterion), "accuracy": Accuracy()}
        self.evaluator = create_supervised_evaluator(self.model, metrics)
        self.log: list[dict[str, float]] = []
        self.fired: list[str] = []
        if trial is not None:
            handler = PyTorchIgnitePruningHandler(trial, metric, self.trainer)
            self.evaluator.add_event_handler(Events.COMPLETED, handler)
        self.trainer.add_event_handler(Events.EPOCH_COMPLETED, self._evaluate)
        for event in (Events.TERMINATE, Events.COMPLETED):
            self.trainer.add_event_handler(event, self._note, event.name)

    def _note(self, engine: Engine, name: str) -> None:
        self.fired.append(name)

    def _evaluate(self) -> None:
        self.evaluator.run(DataLoader(DATA, batch_size=50))
        self.log.append(dict(self.evaluator.state.metrics))

    def run(self, max_epochs: int = 4) -> Training:
        self.trainer.run(DataLoader(DATA, batch_size=50), max_epochs=max_epochs)
        return self

    def values(self, name: str) -> list[float]:
        return [metrics[name] for metrics in self.log]


def new_trial(pruner: Any = None, **options: Any) -> Trial:
    return tunesmith.create_study(pruner=pruner or Never(), **options).ask()


@pytest.mark.parametrize(("metric", "direction"), [("loss", "minimize"), ("accuracy", "maximize")])
def test_without_pruning_the_reports_are_the_log_and_the_model_is_the_same(
    metric: str, direction: str
) -> None:
    trial = new_trial(direction=direction)
    training = Training(trial, metric).run()
    assert trial.record.intermediate_values == dict(enumerate(training.values(metric)))
    alone = Training(None).run()
    assert training.log == alone.log
    assert torch.equal(training.model.weight, alone.model.weight)
    assert training.fired == ["COMPLETED"]


def test_a_pruned_trial_ends_where_the_pruner_said_so() -> None:
    training = []

    def objective(trial: Trial) -> float:
        training.append(Training(trial))
        training[0].run()
        raise AssertionError

    trial = run(objective, After(2))
    assert trial.state is TrialState.PRUNED
    assert trial.intermediate_values == dict(enumerate(training[0].values("loss")))
    assert sorted(trial.intermediate_values) == [0, 1]
    # In an orderly way.
    assert training[0].fired == ["TERMINATE", "COMPLETED"]


def test_the_reason_is_told_once() -> None:
    training = Training(new_trial(After(1)))
    with pytest.raises(tunesmith.TrialPruned, match=r"at step 0 \(loss="):
        training.run()
    assert not training.trainer.has_event_handler(training.trainer.terminate, Events.COMPLETED)


def test_evaluations_in_the_middle_of_an_epoch_are_not_reported_again() -> None:
    trial = new_trial()
    training = Training(trial)
    training.trainer.add_event_handler(Events.ITERATION_COMPLETED(every=2), training._evaluate)
    training.run(2)
    assert sorted(trial.record.intermediate_values) == [0, 1]


def test_a_training_that_goes_on_counts_on() -> None:
    trial = new_trial()
    training = Training(trial).run(2).run(4)
    assert trial.record.intermediate_values == dict(enumerate(training.values("loss")))
    assert len(training.log) == 4


def test_every_fold_counts() -> None:
    trial = new_trial()
    curves = [Training(trial).run(3).values("loss") for _ in range(2)]
    means = (np.cumsum(curves, axis=0) / np.arange(1, 3)[:, None]).ravel()
    assert trial.record.intermediate_values == pytest.approx(dict(enumerate(means)))


def test_several_objectives_are_reported_together() -> None:
    trial = new_trial(directions=["minimize", "maximize"])
    training = Training(trial, ["loss", "accuracy"]).run()
    expected = zip(training.values("loss"), training.values("accuracy"), strict=True)
    assert trial.record.intermediate_vectors == dict(enumerate(expected))


def test_a_wrong_name_is_answered_with_the_right_ones() -> None:
    with pytest.raises(ValueError, match="logged: 'loss', 'accuracy'. Did you mean 'accuracy'"):
        Training(new_trial(), "accurracy").run()


def test_a_metric_against_the_study_is_refused() -> None:
    trial = new_trial()
    with pytest.raises(ValueError, match="'accuracy' should be maximized, but the study"):
        Training(trial, "accuracy").run()
    assert trial.record.intermediate_values == {}


def test_the_trainer_has_to_be_an_engine() -> None:
    with pytest.raises(TypeError, match="trainer must be an ignite.engine.Engine"):
        PyTorchIgnitePruningHandler(new_trial(), "loss", torch.nn.Linear(1, 1))
    assert isinstance(Training(None).trainer, Engine)
