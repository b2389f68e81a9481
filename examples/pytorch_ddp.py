"""Tune a plain PyTorch model that several processes train together, with pruning.

pip install "tunesmith[torch,sklearn]"
torchrun --standalone --nproc_per_node=2 pytorch_ddp.py
"""

import sklearn.datasets
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

import tunesmith
from tunesmith.integrations import TorchDistributedTrial

X, Y = sklearn.datasets.load_digits(return_X_y=True)
X, Y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(Y)


def objective(own_trial: tunesmith.Trial) -> float:
    trial = TorchDistributedTrial(own_trial)  # the same on every rank
    torch.manual_seed(0)
    units = trial.suggest_int("units", 8, 128, log=True)
    layers = torch.nn.Linear(64, units), torch.nn.ReLU(), torch.nn.Linear(units, 10)
    model = DistributedDataParallel(torch.nn.Sequential(*layers))
    optimizer = torch.optim.AdamW(model.parameters(), trial.suggest_float("lr", 1e-4, 1, log=True))
    rows = torch.arange(dist.get_rank(), len(X), dist.get_world_size())
    for epoch in range(20):
        for batch in rows.split(64):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(X[batch]), Y[batch]).backward()
            optimizer.step()
        with torch.no_grad():
            loss = torch.nn.functional.cross_entropy(model.module(X), Y)
        trial.report(loss.item(), epoch)
        if trial.should_prune():
            raise tunesmith.TrialPruned
    return loss.item()


if __name__ == "__main__":
    dist.init_process_group("gloo")
    study = tunesmith.create_study(sampler=tunesmith.samplers.AutoSampler(seed=0))
    study.optimize(objective, n_trials=10)
    if dist.get_rank() == 0:
        pruned = [trial for trial in study.trials if trial.state.name == "PRUNED"]
        print(f"Best cross-entropy {study.best_value:.4f} with {study.best_params}")
        print(f"{len(pruned)} of {len(study.trials)} trials were pruned")
    dist.destroy_process_group()
