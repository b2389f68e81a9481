"""One tiny training for each framework that has a callback, for benchmarks/callbacks.py.

`make(name)` gives the class of that name of the library at hand; Optuna's have the same names.
"""

from __future__ import annotations

import contextlib
import functools
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")  # before the first import of keras

import numpy as np
import sklearn.datasets

Make = Callable[[str], Any]


@functools.cache
def data() -> tuple[np.ndarray, np.ndarray]:
    x, y = sklearn.datasets.load_diabetes(return_X_y=True)
    return (20 * x).astype("float32"), ((y - y.mean()) / y.std()).astype("float32")


def lightning(make: Make, trial: Any, n_epochs: int) -> None:
    import lightning.pytorch as pl
    import torch

    class Regression(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(10, 1)

        def training_step(self, batch: Any, index: int) -> Any:
            return torch.nn.functional.mse_loss(self.layer(batch[0]), batch[1])

        def validation_step(self, batch: Any, index: int) -> None:
            self.log("val_loss", self.training_step(batch, index))

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), 0.01)

    quiet = ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")
    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=n_epochs,
        callbacks=[make("PyTorchLightningPruningCallback")(trial, "val_loss")],
        **dict.fromkeys(quiet, False),
    )
    trainer.fit(Regression(), _loader(), _loader())


def xgboost(make: Make, trial: Any, n_epochs: int) -> None:
    import xgboost

    x, y = data()
    valid = xgboost.DMatrix(x[1::2], y[1::2])
    xgboost.train(
        {"nthread": 1},
        xgboost.DMatrix(x[::2], y[::2]),
        n_epochs,
        evals=[(valid, "valid")],
        callbacks=[make("XGBoostPruningCallback")(trial, "valid-rmse")],
        verbose_eval=False,
    )


def lightgbm(make: Make, trial: Any, n_epochs: int) -> None:
    import lightgbm

    x, y = data()
    train = lightgbm.Dataset(x[::2], y[::2])
    lightgbm.train(
        {"num_threads": 1, "verbosity": -1, "metric": "l2"},
        train,
        n_epochs,
        valid_sets=[train.create_valid(x[1::2], y[1::2])],
        callbacks=[make("LightGBMPruningCallback")(trial, "l2")],
    )


def catboost(make: Make, trial: Any, n_epochs: int) -> None:
    from catboost import CatBoostRegressor

    x, y = data()
    model = CatBoostRegressor(
        iterations=n_epochs, thread_count=1, allow_writing_files=False, verbose=False, depth=2
    )
    callback = make("CatBoostPruningCallback")(trial, "RMSE")
    model.fit(x[::2], y[::2], eval_set=(x[1::2], y[1::2]), callbacks=[callback])


def keras(make: Make, trial: Any, n_epochs: int) -> None:
    import keras

    x, y = data()
    model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.01), "mse")
    model.fit(
        x,
        y,
        validation_split=0.5,
        batch_size=256,
        epochs=n_epochs,
        verbose=0,
        callbacks=[make("KerasPruningCallback")(trial, "val_loss")],
    )


def transformers(make: Make, trial: Any, n_epochs: int) -> None:
    from transformers import (
        BertConfig,
        BertForSequenceClassification,
        PrinterCallback,
        Trainer,
        TrainingArguments,
    )

    rows = [{"input_ids": np.arange(4), "labels": 0} for _ in range(4)]
    sizes = dict.fromkeys(("hidden_size", "intermediate_size", "vocab_size"), 4)
    config = BertConfig(**sizes, num_hidden_layers=1, num_attention_heads=1)
    with tempfile.TemporaryDirectory() as folder:
        args = TrainingArguments(
            output_dir=folder,
            num_train_epochs=n_epochs,
            eval_strategy="epoch",
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            use_cpu=True,
        )
        trainer = Trainer(
            model=BertForSequenceClassification(config),
            args=args,
            train_dataset=rows,
            eval_dataset=rows,
            callbacks=[make("TransformersPruningCallback")(trial, "eval_loss")],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()


def skorch(make: Make, trial: Any, n_epochs: int) -> None:
    import torch
    from skorch import NeuralNetRegressor

    x, y = data()
    net = NeuralNetRegressor(
        torch.nn.Linear(10, 1),
        max_epochs=n_epochs,
        lr=0.01,
        verbose=0,
        callbacks=[make("SkorchPruningCallback")(trial, "valid_loss")],
    )
    net.fit(x, y[:, None])


def ignite(make: Make, trial: Any, n_epochs: int) -> None:
    import torch
    from ignite.engine import Events, create_supervised_evaluator, create_supervised_trainer
    from ignite.metrics import Loss

    model = torch.nn.Linear(10, 1)
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    trainer = create_supervised_trainer(model, optimizer, torch.nn.MSELoss())
    evaluator = create_supervised_evaluator(model, {"loss": Loss(torch.nn.MSELoss())})
    trainer.add_event_handler(Events.EPOCH_COMPLETED, lambda: evaluator.run(_loader()))
    handler = make("PyTorchIgnitePruningHandler")(trial, "loss", trainer)
    evaluator.add_event_handler(Events.COMPLETED, handler)
    trainer.run(_loader(), max_epochs=n_epochs)


def partial_fit(make: Make, trial: Any, n_epochs: int) -> None:
    from unittest import mock

    from sklearn.linear_model import SGDRegressor

    from tunesmith.integrations import partial_fit_epochs

    x, y = data()
    # A function; what it adds to a loop without it is the reporter.
    with mock.patch("tunesmith.integrations.partial_fit.MetricReporter", make("MetricReporter")):
        partial_fit_epochs(
            trial,
            SGDRegressor(eta0=1e-4, random_state=0),
            x[::2],
            y[::2],
            validation=(x[1::2], y[1::2]),
            scoring=_squared_error,
            direction="minimize",
            n_epochs=n_epochs,
        )


def tensorboard(_: Make, trial: Any, n_epochs: int) -> None:
    """What is measured here is a callback of the study, not of a training."""
    _report_all(trial, n_epochs)


def torch_distributed(make: Make, trial: Any, n_epochs: int) -> None:
    import torch.distributed as dist

    kind = make("TorchDistributedTrial")
    dist.broadcast_object_list([kind.__bases__[0].__module__.partition(".")[0]])
    _report_all(kind(trial), n_epochs)


@contextlib.contextmanager
def second_rank(n_epochs: int) -> Iterator[None]:
    """Keep a process for the other half of each `torch_distributed`."""
    import multiprocessing

    import torch.distributed as dist

    with tempfile.TemporaryDirectory() as folder:
        address = (Path(folder) / "store").as_uri()
        follower = multiprocessing.get_context("spawn").Process(
            target=_follow, args=(address, n_epochs)
        )
        follower.start()
        dist.init_process_group("gloo", init_method=address, rank=0, world_size=2)
        try:
            yield
            dist.broadcast_object_list([None])
        finally:
            dist.destroy_process_group()
            follower.join()


def _follow(address: str, n_epochs: int) -> None:
    import torch
    import torch.distributed as dist

    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=address, rank=1, world_size=2)
    while True:
        box: list[Any] = [None]
        dist.broadcast_object_list(box)
        if box[0] is None:
            break
        _report_all(integrations_of(box[0]).TorchDistributedTrial(None), n_epochs)
    dist.destroy_process_group()


def integrations_of(library: str) -> Any:
    """Return the module that has a library's callbacks."""
    if library == "tunesmith":
        import tunesmith.integrations

        return tunesmith.integrations
    import optuna_integration

    return optuna_integration


def _report_all(trial: Any, n_epochs: int) -> None:
    for epoch in range(n_epochs):
        trial.report(1 / (epoch + 1), epoch)
        trial.should_prune()


def _squared_error(model: Any, x: Any, y: Any) -> float:
    return float(((model.predict(x) - y) ** 2).mean())


def _loader() -> Any:
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    x, y = data()
    return DataLoader(TensorDataset(torch.tensor(x), torch.tensor(y[:, None])), batch_size=256)
