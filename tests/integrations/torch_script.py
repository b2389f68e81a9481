"""Trains a model with DistributedDataParallel on two ranks, for the tests. Run by torchrun.

Argument: a folder for what each rank sees.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

import sklearn.datasets
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

import tunesmith
from tunesmith.integrations import TorchDistributedTrial
from tunesmith.pruners import ThresholdPruner
from tunesmith.samplers import RandomSampler
from tunesmith.storages import JournalStorage
from tunesmith.storages.journal import JournalFileBackend
from tunesmith.trial import BaseTrial

FOLDER = Path(sys.argv[1])
N_TRIALS = 4
seen: list[Any] = []


def objective(single: BaseTrial | None) -> float:
    trial = TorchDistributedTrial(single)
    lr = trial.suggest_float("lr", 1e-3, 1e-1, log=True)
    units = trial.suggest_int("units", 1, 8)
    kind = trial.suggest_categorical("kind", ["relu", "tanh", None])
    seen.append([trial.number, trial.params, kind])
    if trial.number == 0:
        try:
            trial.suggest_float("bad", 1, 0)
        except ValueError as error:
            seen.append(str(error))
        trial.set_user_attr("ranks", dist.get_world_size())
        trial.set_constraint("c", -1)
    torch.manual_seed(0)
    model = DistributedDataParallel(
        torch.nn.Sequential(torch.nn.Linear(10, units), torch.nn.Tanh(), torch.nn.Linear(units, 1))
    )
    optimizer = torch.optim.SGD(model.parameters(), lr)
    x, y = sklearn.datasets.load_diabetes(return_X_y=True)
    mine = slice(dist.get_rank(), 64, dist.get_world_size())
    inputs = torch.tensor(20 * x[mine], dtype=torch.float32)
    targets = torch.tensor((y[mine, None] - y.mean()) / y.std(), dtype=torch.float32)
    for fold in range(2):
        part = trial.fold(fold, n_steps=2)
        for epoch in range(2):
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(model(inputs), targets)
            loss.backward()
            optimizer.step()
            mean = loss.detach().clone()
            dist.all_reduce(mean)
            part.report(mean.item() / 2 + 100 * (trial.number == 2), epoch)
            if part.should_prune():
                seen.append("pruned")
                raise tunesmith.TrialPruned
    seen.append(mean.item() / 2)
    seen.append([trial.user_attrs, trial.constraints])
    return mean.item() / 2


def main() -> None:
    dist.init_process_group("gloo")
    storages = {
        "memory": None,
        "sqlite": f"sqlite:///{FOLDER / 'study.db'}",
        "journal": JournalStorage(JournalFileBackend(str(FOLDER / "study.log"))),
    }
    for name, storage in storages.items():
        study = tunesmith.create_study(
            study_name="torch",
            storage=storage,
            sampler=RandomSampler(seed=0),
            pruner=ThresholdPruner(upper=50),
            load_if_exists=True,
        )
        if name == "journal" or dist.get_rank() == 0:
            study.optimize(objective, n_trials=N_TRIALS)
        else:
            for _ in range(N_TRIALS):
                with contextlib.suppress(tunesmith.TrialPruned):
                    objective(None)
        dist.barrier()
        if name != "memory" or dist.get_rank() == 0:
            trials = [[t.state.name, t.value, t.intermediate_values] for t in study.trials]
            (FOLDER / f"{name}-{dist.get_rank()}.json").write_text(json.dumps(trials))
    try:
        TorchDistributedTrial(None)
    except ValueError as error:
        seen.append(str(error))
    (FOLDER / f"seen-{dist.get_rank()}.json").write_text(json.dumps(seen))
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
