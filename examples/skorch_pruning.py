"""Tune a PyTorch module in scikit-learn's clothes, with skorch, and log it to TensorBoard.

pip install "tunesmith[skorch,sklearn,tensorboard]"
"""

import sklearn.datasets
import torch
from skorch import NeuralNetClassifier
from skorch.callbacks import EarlyStopping

import tunesmith
from tunesmith.callbacks import TensorBoardCallback
from tunesmith.integrations import SkorchPruningCallback

X, Y = sklearn.datasets.load_digits(return_X_y=True)
X = (X / 16).astype("float32")


class Network(torch.nn.Sequential):
    def __init__(self, units: int, dropout: float) -> None:
        super().__init__(
            torch.nn.Linear(64, units),
            torch.nn.ReLU(),
            torch.nn.Dropout(dropout),
            torch.nn.Linear(units, 10),
        )


def objective(trial: tunesmith.Trial) -> float:
    torch.manual_seed(0)
    net = NeuralNetClassifier(
        Network,
        module__units=trial.suggest_int("units", 8, 128, log=True),
        module__dropout=trial.suggest_float("dropout", 0, 0.5),
        criterion=torch.nn.CrossEntropyLoss,
        lr=trial.suggest_float("lr", 1e-2, 1, log=True),
        max_epochs=10,
        verbose=0,
        # The one that prunes is the last: then the others have ended when it raises.
        callbacks=[EarlyStopping(patience=3), SkorchPruningCallback(trial, "valid_loss")],
    )
    net.fit(X, Y)
    return min(net.history[:, "valid_loss"])


if __name__ == "__main__":
    study = tunesmith.create_study(sampler=tunesmith.samplers.AutoSampler(seed=0))
    study.optimize(objective, n_trials=10, callbacks=[TensorBoardCallback("runs", "valid_loss")])
    pruned = [trial for trial in study.trials if trial.state.name == "PRUNED"]
    print(f"Best cross-entropy {study.best_value:.4f} with {study.best_params}")
    print(f"{len(pruned)} of {len(study.trials)} trials were pruned")
    print("See the curves with: tensorboard --logdir runs")
