"""Tune a PyTorch module with Ignite's engines.

pip install "tunesmith[ignite,sklearn]"
"""

import sklearn.datasets
import torch
from ignite.engine import Events, create_supervised_evaluator, create_supervised_trainer
from ignite.metrics import Accuracy
from torch.utils.data import DataLoader, TensorDataset, random_split

import tunesmith
from tunesmith.integrations import PyTorchIgnitePruningHandler

X, Y = sklearn.datasets.load_digits(return_X_y=True)
DATA = TensorDataset(torch.tensor(X / 16, dtype=torch.float32), torch.tensor(Y))
TRAIN, VALID = random_split(DATA, [0.75, 0.25], torch.Generator().manual_seed(0))


def objective(trial: tunesmith.Trial) -> float:
    torch.manual_seed(0)
    units = trial.suggest_int("units", 8, 128, log=True)
    model = torch.nn.Sequential(
        torch.nn.Linear(64, units), torch.nn.ReLU(), torch.nn.Linear(units, 10)
    )
    optimizer = torch.optim.SGD(
        model.parameters(),
        lr=trial.suggest_float("lr", 1e-2, 1, log=True),
        momentum=trial.suggest_float("momentum", 0, 0.95),
    )
    trainer = create_supervised_trainer(model, optimizer, torch.nn.CrossEntropyLoss())
    evaluator = create_supervised_evaluator(model, {"accuracy": Accuracy()})

    @trainer.on(Events.EPOCH_COMPLETED)
    def validate() -> None:
        evaluator.run(DataLoader(VALID, batch_size=256))

    handler = PyTorchIgnitePruningHandler(trial, "accuracy", trainer)
    evaluator.add_event_handler(Events.COMPLETED, handler)
    trainer.run(DataLoader(TRAIN, batch_size=64, shuffle=True), max_epochs=8)
    return evaluator.state.metrics["accuracy"]


if __name__ == "__main__":
    study = tunesmith.create_study(
        direction="maximize", sampler=tunesmith.samplers.AutoSampler(seed=0)
    )
    study.optimize(objective, n_trials=10)
    pruned = [trial for trial in study.trials if trial.state.name == "PRUNED"]
    print(f"Best accuracy {study.best_value:.3f} with {study.best_params}")
    print(f"{len(pruned)} of {len(study.trials)} trials were pruned")
