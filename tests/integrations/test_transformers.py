from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

import tunesmith
from tunesmith.integrations import TransformersPruningCallback
from tunesmith.trial import Trial, TrialState

from .doubles import After, Never, run

TRANSFORMERS = int(transformers.__version__.partition(".")[0])
N_ROWS, BATCH = 32, 8


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Sequences(torch.utils.data.Dataset):
    """Is there a 1 among the tokens?"""

    def __init__(self, seed: int) -> None:
        tokens = np.random.default_rng(seed).integers(0, 8, size=(N_ROWS, 6))
        self.rows = [
            {"input_ids": torch.tensor(row), "labels": int((row == 1).any())} for row in tokens
        ]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.rows[index]


def accuracy(prediction: Any) -> dict[str, float]:
    return {"accuracy": float((prediction.predictions.argmax(-1) == prediction.label_ids).mean())}


def make_trainer(folder: Path, callbacks: Any, eval_data: Any = None, **options: Any) -> Trainer:
    transformers.set_seed(0)
    model = BertForSequenceClassification(
        BertConfig(
            vocab_size=8,
            hidden_size=8,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=8,
            max_position_embeddings=8,
        )
    )
    args = TrainingArguments(
        **{
            "output_dir": str(folder),
            "num_train_epochs": 3,
            "per_device_train_batch_size": BATCH,
            "per_device_eval_batch_size": N_ROWS,
            "eval_strategy": "epoch",
            "save_strategy": "no",
            "logging_strategy": "epoch",
            "report_to": "none",
            "disable_tqdm": True,
            "use_cpu": True,
            **options,
        }
    )
    trainer = Trainer(
        model=model,
        args=args,
        train_dataset=Sequences(0),
        eval_dataset=Sequences(1) if eval_data is None else eval_data,
        compute_metrics=accuracy,
        callbacks=callbacks,
    )
    trainer.remove_callback(transformers.PrinterCallback)
    return trainer


def logged(trainer: Trainer, name: str) -> list[float]:
    return [row[name] for row in trainer.state.log_history if name in row]


def new_trial(pruner: Any = None, **options: Any) -> Trial:
    return tunesmith.create_study(pruner=pruner or Never(), **options).ask()


@pytest.mark.parametrize(
    ("monitor", "direction"),
    [("eval_loss", "minimize"), ("loss", "minimize"), ("eval_accuracy", "maximize")],
)
def test_without_pruning_the_reports_are_the_log_and_the_model_is_the_same(
    monitor: str, direction: str, tmp_path: Path
) -> None:
    trial = new_trial(direction=direction)
    trainer = make_trainer(tmp_path, [TransformersPruningCallback(trial, monitor)])
    trainer.train()
    log = logged(trainer, "eval_loss" if monitor == "loss" else monitor)
    assert len(log) == 3
    assert trial.record.intermediate_values == dict(enumerate(log))
    alone = make_trainer(tmp_path, [])
    alone.train()
    for name, weight in alone.model.state_dict().items():
        assert torch.equal(weight, trainer.model.state_dict()[name])
    # Evaluations after the training are no steps of it.
    trainer.evaluate()
    assert len(trial.record.intermediate_values) == 3


def test_a_pruned_trial_ends_where_the_pruner_said_so(tmp_path: Path) -> None:
    trainers = []

    def objective(trial: Trial) -> float:
        trainers.append(make_trainer(tmp_path, [TransformersPruningCallback(trial, "eval_loss")]))
        trainers[0].train()
        raise AssertionError

    trial = run(objective, After(2))
    assert trial.state is TrialState.PRUNED
    log = logged(trainers[0], "eval_loss")
    assert len(log) == 2
    assert trial.intermediate_values == dict(enumerate(log))


def test_what_is_due_is_saved_and_callbacks_before_it_have_ended(tmp_path: Path) -> None:
    heard = []

    class Neighbour(transformers.TrainerCallback):
        def on_train_end(self, *_: Any, **__: Any) -> None:
            heard.append("end")

    callback = TransformersPruningCallback(new_trial(After(1)), "eval_loss")
    trainer = make_trainer(tmp_path, [Neighbour(), callback], save_strategy="epoch")
    with pytest.raises(tunesmith.TrialPruned, match=r"at step 0 \(eval_loss="):
        trainer.train()
    assert heard == ["end"]
    assert [path.name for path in tmp_path.glob("checkpoint-*")] == ["checkpoint-4"]


@pytest.mark.parametrize(
    ("options", "n_evaluations"),
    [
        ({"eval_steps": 2}, 6),
        # And one at the end, by what Trainer has done since 5.0.
        ({"eval_steps": 5}, 3 if TRANSFORMERS >= 5 else 2),
        ({"eval_steps": 2, "eval_on_start": True}, 6),
        ({"eval_steps": 3, "max_steps": 6}, 2),
    ],
)
def test_evaluations_by_steps_are_counted(
    options: dict[str, Any], n_evaluations: int, tmp_path: Path
) -> None:
    trial = new_trial()
    callback = TransformersPruningCallback(trial, "eval_loss")
    trainer = make_trainer(tmp_path, [callback], eval_strategy="steps", **options)
    trainer.train()
    log = logged(trainer, "eval_loss")[-n_evaluations:]
    assert trial.record.intermediate_values == dict(enumerate(log))
    assert len(logged(trainer, "eval_loss")) == n_evaluations + ("eval_on_start" in options)


@pytest.mark.parametrize(
    "options", [{}, {"eval_strategy": "steps", "eval_steps": 2}], ids=["epochs", "steps"]
)
def test_a_training_resumed_from_a_checkpoint_goes_on(
    options: dict[str, Any], tmp_path: Path
) -> None:
    saving = {"save_strategy": "steps", "save_steps": 8, **options}
    whole, resumed = new_trial(), new_trial()
    callback = TransformersPruningCallback(whole, "eval_loss")
    make_trainer(tmp_path / "whole", [callback], **saving).train()
    for checkpoint in (None, str(tmp_path / "whole" / "checkpoint-8")):
        callback = TransformersPruningCallback(resumed, "eval_loss")
        trainer = make_trainer(tmp_path / "resumed", [callback], **saving)
        if checkpoint is None:
            trainer.add_callback(StopAt(8))
        trainer.train(resume_from_checkpoint=checkpoint)
    expected = pytest.approx(whole.record.intermediate_values, rel=1e-5)
    assert resumed.record.intermediate_values == expected


class StopAt(transformers.TrainerCallback):
    def __init__(self, step: int) -> None:
        self.step = step

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        control.should_training_stop = state.global_step >= self.step
        return control


def test_every_fold_counts(tmp_path: Path) -> None:
    trial = new_trial()
    curves = []
    for k in range(2):
        callback = TransformersPruningCallback(trial, "eval_loss")
        trainer = make_trainer(tmp_path, [callback], Sequences(k), num_train_epochs=2)
        trainer.train()
        curves.append(logged(trainer, "eval_loss"))
    means = (np.cumsum(curves, axis=0) / np.arange(1, 3)[:, None]).ravel()
    assert trial.record.intermediate_values == pytest.approx(dict(enumerate(means)))


def test_metrics_of_several_data_sets_are_reported_together(tmp_path: Path) -> None:
    trial = new_trial(directions=["minimize", "maximize"])
    callback = TransformersPruningCallback(trial, ["eval_one_loss", "eval_two_accuracy"])
    trainer = make_trainer(tmp_path, [callback], {"one": Sequences(1), "two": Sequences(2)})
    trainer.train()
    expected = zip(
        logged(trainer, "eval_one_loss"), logged(trainer, "eval_two_accuracy"), strict=True
    )
    assert trial.record.intermediate_vectors == dict(enumerate(expected))


def test_an_interval_between_reports(tmp_path: Path) -> None:
    trial = new_trial()
    make_trainer(tmp_path, [TransformersPruningCallback(trial, "eval_loss", 2)]).train()
    assert sorted(trial.record.intermediate_values) == [1]


class TestMistakes:
    def test_a_wrong_name_is_answered_with_the_right_ones(self, tmp_path: Path) -> None:
        callback = TransformersPruningCallback(new_trial(), "eval_los")
        with pytest.raises(ValueError, match="Did you mean 'eval_loss'") as error:
            make_trainer(tmp_path, [callback]).train()
        assert str(error.value).startswith("metric 'eval_los' was not logged at step 0; logged: 'e")

    def test_so_it_is_without_any_evaluation(self, tmp_path: Path) -> None:
        callback = TransformersPruningCallback(new_trial(), "eval_loss")
        with pytest.raises(ValueError, match=r"nothing was\. Give the training something to eval"):
            make_trainer(tmp_path, [callback], eval_strategy="no").train()

    def test_a_metric_against_the_study_is_refused(self, tmp_path: Path) -> None:
        trial = new_trial()
        callback = TransformersPruningCallback(trial, "accuracy")
        with pytest.raises(ValueError, match="'eval_accuracy' should be maximized, but the study"):
            make_trainer(tmp_path, [callback]).train()
        assert trial.record.intermediate_values == {}
