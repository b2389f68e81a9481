"""Tune a PyTorch Lightning module that two processes train together, with pruning.

pip install "tunesmith[lightning,sklearn]"

Lightning runs this script once for each process, and the one of rank 0 has the study.
"""

import logging
import os
import warnings

import lightning.pytorch as pl
import sklearn.datasets
import torch
from torch.utils.data import DataLoader, TensorDataset

import tunesmith
from tunesmith.integrations import PyTorchLightningPruningCallback

X, Y = sklearn.datasets.load_digits(return_X_y=True)
DATA = TensorDataset(torch.tensor(X / 16, dtype=torch.float32), torch.tensor(Y))


class Network(pl.LightningModule):
    def __init__(self, units: int, lr: float) -> None:
        super().__init__()
        layers = torch.nn.Linear(64, units), torch.nn.ReLU(), torch.nn.Linear(units, 10)
        self.network, self.lr = torch.nn.Sequential(*layers), lr

    def training_step(self, batch: list[torch.Tensor], index: int) -> torch.Tensor:
        return torch.nn.functional.cross_entropy(self.network(batch[0]), batch[1])

    def validation_step(self, batch: list[torch.Tensor], index: int) -> None:
        self.log("val_loss", self.training_step(batch, index), sync_dist=True)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.AdamW(self.parameters(), self.lr)


def objective(trial: tunesmith.Trial) -> float:
    pl.seed_everything(0, verbose=False)
    model = Network(
        trial.suggest_int("units", 8, 128), trial.suggest_float("lr", 1e-4, 1e-1, log=True)
    )
    prune = PyTorchLightningPruningCallback(trial, "val_loss")
    quiet = dict.fromkeys(["logger", "enable_checkpointing", "enable_progress_bar"], False)
    trainer = pl.Trainer(accelerator="cpu", devices=2, strategy="ddp", max_epochs=5,
                         callbacks=[prune], enable_model_summary=False, **quiet)  # fmt: skip
    trainer.fit(model, DataLoader(DATA, 64), DataLoader(DATA, 256))
    return trainer.callback_metrics["val_loss"].item()


if __name__ == "__main__":
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="lightning")
    study = tunesmith.create_study(sampler=tunesmith.samplers.AutoSampler(seed=0))
    study.optimize(objective, n_trials=8)
    if os.environ.get("LOCAL_RANK", "0") == "0":
        print(f"Best cross-entropy {study.best_value:.4f} with {study.best_params}")
