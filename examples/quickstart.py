"""Tune three kinds of models in one study, with pruning, resumable, logged to MLflow.

Run it with ``make demo``, or by hand:

    pip install "tunesmith[lightning,xgboost,lightgbm,sklearn,mlflow,plots]"
    python examples/quickstart.py --data digits --trials 40

Everything is written to the folder ``demo``. Interrupt it, or kill it, and run it again: it goes
on where it was.
"""

from __future__ import annotations

import argparse
import logging
import os
import warnings
from pathlib import Path

import lightgbm
import lightning.pytorch as pl
import sklearn.datasets
import torch
import xgboost
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset

import tunesmith
from tunesmith.callbacks import MLflowCallback
from tunesmith.integrations import (
    LightGBMPruningCallback,
    PyTorchLightningPruningCallback,
    XGBoostPruningCallback,
)
from tunesmith.storages import RDBStorage, RetryHeartbeatStaleTrialCallback
from tunesmith.trial import Trial, TrialState
from tunesmith.visualization.matplotlib import plot_optimization_history

DATA = {
    "digits": sklearn.datasets.load_digits,
    "breast_cancer": sklearn.datasets.load_breast_cancer,
}
EPOCHS = 30  # or boosting rounds: what an unpruned trial trains for
OUT = Path("demo")


class Objective:
    """Cross-entropy on validation data of the model that the trial describes."""

    def __init__(self, data: str) -> None:
        x, y = DATA[data](return_X_y=True)
        x = StandardScaler().fit_transform(x).astype("float32")
        self.n_classes = int(y.max()) + 1
        split = train_test_split(x, y, test_size=0.25, stratify=y, random_state=0)
        self.x_train, self.x_valid, self.y_train, self.y_valid = split

    def __call__(self, trial: Trial) -> float:
        model = trial.suggest_categorical("model", ["lightgbm", "xgboost", "mlp"])
        return {"lightgbm": self.lightgbm, "xgboost": self.xgboost, "mlp": self.mlp}[model](trial)

    def lightgbm(self, trial: Trial) -> float:
        params = {
            "objective": "multiclass",
            "num_class": self.n_classes,
            "learning_rate": trial.suggest_float("lgbm_lr", 0.02, 0.5, log=True),
            "num_leaves": trial.suggest_int("lgbm_leaves", 4, 64, log=True),
            "min_child_samples": trial.suggest_int("lgbm_min_child", 2, 60),
            "feature_fraction": trial.suggest_float("lgbm_features", 0.3, 1.0),
            "num_threads": 1,
            "verbosity": -1,
            "seed": 0,
        }
        train = lightgbm.Dataset(self.x_train, self.y_train)
        valid = train.create_valid(self.x_valid, self.y_valid)
        prune = LightGBMPruningCallback(trial, "multi_logloss")
        model = lightgbm.train(params, train, EPOCHS, valid_sets=[valid], callbacks=[prune])
        return float(model.best_score["valid_0"]["multi_logloss"])

    def xgboost(self, trial: Trial) -> float:
        params = {
            "objective": "multi:softprob",
            "num_class": self.n_classes,
            "eta": trial.suggest_float("xgb_eta", 0.02, 0.7, log=True),
            "max_depth": trial.suggest_int("xgb_depth", 2, 8),
            "subsample": trial.suggest_float("xgb_subsample", 0.4, 1.0),
            "lambda": trial.suggest_float("xgb_lambda", 1e-3, 10, log=True),
            "nthread": 1,
            "seed": 0,
        }
        train = xgboost.DMatrix(self.x_train, self.y_train)
        valid = xgboost.DMatrix(self.x_valid, self.y_valid)
        log: dict[str, dict[str, list[float]]] = {}
        xgboost.train(
            params,
            train,
            EPOCHS,
            evals=[(valid, "valid")],
            evals_result=log,
            verbose_eval=False,
            callbacks=[XGBoostPruningCallback(trial, "valid-mlogloss")],
        )
        return log["valid"]["mlogloss"][-1]

    def mlp(self, trial: Trial) -> float:
        pl.seed_everything(0, verbose=False)
        model = MLP(
            n_inputs=self.x_train.shape[1],
            n_classes=self.n_classes,
            widths=[
                trial.suggest_int(f"mlp_width_{layer}", 16, 128, log=True)
                for layer in range(trial.suggest_int("mlp_layers", 1, 3))
            ],
            dropout=trial.suggest_float("mlp_dropout", 0.0, 0.5),
            lr=trial.suggest_float("mlp_lr", 1e-4, 1e-1, log=True),
        )
        trainer = pl.Trainer(
            max_epochs=EPOCHS,
            callbacks=[PyTorchLightningPruningCallback(trial, monitor="val_loss")],
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.fit(model, self._loader(train=True), self._loader(train=False))
        return float(trainer.callback_metrics["val_loss"])

    def _loader(self, train: bool) -> DataLoader:
        x, y = (self.x_train, self.y_train) if train else (self.x_valid, self.y_valid)
        data = TensorDataset(torch.from_numpy(x), torch.from_numpy(y).long())
        return DataLoader(data, batch_size=128, shuffle=train)


class MLP(pl.LightningModule):
    def __init__(
        self, n_inputs: int, n_classes: int, widths: list[int], dropout: float, lr: float
    ) -> None:
        super().__init__()
        layers: list[torch.nn.Module] = []
        for n_in, n_out in zip([n_inputs, *widths[:-1]], widths, strict=True):
            layers += [torch.nn.Linear(n_in, n_out), torch.nn.ReLU(), torch.nn.Dropout(dropout)]
        self.net = torch.nn.Sequential(*layers, torch.nn.Linear(widths[-1], n_classes))
        self.lr = lr

    def training_step(self, batch: list[torch.Tensor], batch_idx: int) -> torch.Tensor:
        return torch.nn.functional.cross_entropy(self.net(batch[0]), batch[1])

    def validation_step(self, batch: list[torch.Tensor], batch_idx: int) -> None:
        self.log("val_loss", torch.nn.functional.cross_entropy(self.net(batch[0]), batch[1]))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.AdamW(self.parameters(), lr=self.lr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", choices=DATA, default="digits")
    parser.add_argument("--trials", type=int, default=40, help="finished trials to reach")
    parser.add_argument("--seed", type=int, default=0, help="what the search draws from")
    args = parser.parse_args()

    OUT.mkdir(exist_ok=True)
    torch.set_num_threads(1)
    quieten()
    study = tunesmith.create_study(
        study_name=f"quickstart-{args.data}",
        # A trial whose process was killed is noticed after 10 seconds, and tried once more.
        storage=RDBStorage(
            f"sqlite:///{OUT / 'study.db'}",
            heartbeat_interval=5,
            grace_period=10,
            heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(max_retry=1),
        ),
        sampler=tunesmith.samplers.TPESampler(seed=args.seed),
        pruner=tunesmith.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=10),
        load_if_exists=True,
    )
    n_done = len(study.get_trials(states=[TrialState.COMPLETE, TrialState.PRUNED]))
    if n_done:
        print(f"Going on with the study in {OUT / 'study.db'}: {n_done} trials are done.")
    study.optimize(
        Objective(args.data),
        n_trials=max(0, args.trials - n_done),
        callbacks=[MLflowCallback(f"sqlite:///{OUT / 'mlflow.db'}", metric_name="cross_entropy")],
        show_progress_bar=True,
    )
    summarize(study)


def summarize(study: tunesmith.Study) -> None:
    trials = study.get_trials(states=[TrialState.COMPLETE, TrialState.PRUNED])
    pruned = [trial for trial in trials if trial.state == TrialState.PRUNED]
    trained = sum(len(trial.intermediate_values) for trial in trials)
    saved = len(trials) * EPOCHS - trained
    best = study.best_trial
    print(f"\nBest of {len(trials)} trials: trial {best.number}, cross-entropy {best.value:.4f}")
    for name, value in best.params.items():
        print(f"    {name} = {value:.4g}" if isinstance(value, float) else f"    {name} = {value}")
    print(
        f"{len(pruned)} trials were pruned, which saved {saved} of {len(trials) * EPOCHS} epochs "
        f"({saved / (len(trials) * EPOCHS):.0%})."
    )
    plot = OUT / "history.png"
    plot_optimization_history(study, target_name="cross-entropy").figure.savefig(
        plot, dpi=120, bbox_inches="tight"
    )
    print("\nWhere to look next:")
    print(f"    {plot}  (how the search went)")
    print(f"    mlflow ui --backend-store-uri sqlite:///{OUT / 'mlflow.db'}  (every trial's curve)")
    print(
        f"    optuna-dashboard sqlite:///{OUT / 'study.db'}  (if you have it: it opens our studies)"
    )


def quieten() -> None:
    """Leave the terminal to the progress bar."""
    tunesmith.logging.set_verbosity(tunesmith.logging.WARNING)
    for name in ("lightning.pytorch", "lightning.fabric", "alembic", "mlflow"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="lightning")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")


if __name__ == "__main__":
    main()
