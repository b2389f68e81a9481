"""Trains small models with Lightning in two processes, for the tests of what a study makes of it.

Arguments: a strategy of Lightning, a folder for results, and for each study a storage and what is to
become of its trials, such as ``memory:cp`` for one that completes and one that is pruned.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from torch.utils.data import DataLoader, TensorDataset

import tunesmith
from tunesmith.integrations import PyTorchLightningPruningCallback
from tunesmith.pruners import BasePruner
from tunesmith.samplers import RandomSampler
from tunesmith.storages import JournalStorage
from tunesmith.storages.journal import JournalFileBackend
from tunesmith.study import Study
from tunesmith.trial import FrozenTrial


class Plan(BasePruner):
    """Prunes the trials that are to be pruned when they have two reports."""

    def __init__(self, plan: str) -> None:
        self.plan = plan

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        return self.plan[trial.number] == "p" and len(trial.intermediate_values) >= 2


class Regression(pl.LightningModule):
    def __init__(self, lr: float) -> None:
        super().__init__()
        self.lr = lr
        self.layer = torch.nn.Linear(10, 1)

    def training_step(self, batch: Any, index: int) -> torch.Tensor:
        return torch.nn.functional.mse_loss(self.layer(batch[0]), batch[1])

    def validation_step(self, batch: Any, index: int) -> None:
        loss = torch.nn.functional.mse_loss(self.layer(batch[0]), batch[1])
        self.log("val_loss", loss, sync_dist=True)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), self.lr)


class Witness(pl.Callback):
    """Writes down what each rank sees."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def on_validation_end(self, trainer: Any, module: Any) -> None:
        if not trainer.sanity_checking:
            with Path(f"{self.file}-{trainer.global_rank}.jsonl").open("a") as file:
                seen = {"lr": module.lr, "val_loss": trainer.callback_metrics["val_loss"].item()}
                print(json.dumps(seen), file=file)

    def teardown(self, trainer: Any, module: Any, stage: str) -> None:
        Path(f"{self.file}-{trainer.global_rank}.end").touch()


def loader() -> DataLoader[Any]:
    import sklearn.datasets  # not by the processes that are spawned, which get the data

    x, y = sklearn.datasets.load_diabetes(return_X_y=True)
    y = (y - y.mean()) / y.std()
    columns = (torch.tensor(column, dtype=torch.float32) for column in (20 * x[:64], y[:64, None]))
    return DataLoader(TensorDataset(*columns), batch_size=8)


class Objective:
    def __init__(self, strategy: str, folder: Path, name: str) -> None:
        self.strategy = strategy
        self.folder = folder
        self.name = name

    def __call__(self, trial: tunesmith.Trial) -> float:
        pl.seed_everything(0)
        model = Regression(trial.suggest_float("lr", 1e-3, 1e-1, log=True))
        trainer = pl.Trainer(
            accelerator="cpu",
            devices=2,
            strategy=self.strategy,
            max_epochs=3,
            callbacks=[
                PyTorchLightningPruningCallback(trial, "val_loss"),
                Witness(self.folder / f"{self.name}-{trial.number}"),
            ],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.fit(model, loader(), loader())
        return trainer.callback_metrics["val_loss"].item()


def main() -> None:
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    torch.set_num_threads(1)
    strategy, folder = sys.argv[1], Path(sys.argv[2])
    for argument in sys.argv[3:]:
        name, plan = argument.split(":")
        storages = {
            "memory": lambda: None,
            "sqlite": lambda: f"sqlite:///{folder / 'study.db'}",
            "journal": lambda: JournalStorage(JournalFileBackend(str(folder / "study.log"))),
        }
        study = tunesmith.create_study(
            storage=storages[name](),
            study_name="ddp",
            sampler=RandomSampler(seed=0),
            pruner=Plan(plan),
            load_if_exists="RANK" in os.environ,  # torchrun: all ranks create it at once
        )
        study.optimize(Objective(strategy, folder, name), n_trials=len(plan))
        trials = [
            {
                "state": trial.state.name,
                "value": trial.value,
                "params": trial.params,
                "reports": list(trial.intermediate_values.items()),
            }
            for trial in study.trials
        ]
        rank = os.environ.get("LOCAL_RANK", "0")
        (folder / f"{name}-trials-{rank}.json").write_text(json.dumps(trials))


if __name__ == "__main__":
    main()
