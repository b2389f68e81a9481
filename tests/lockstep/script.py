"""Runs studies in two processes in lockstep, for the tests. Arguments: what to try, and a folder.

An objective starts the other process as Lightning does: it runs this script again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tunesmith
from tunesmith.lockstep import invite
from tunesmith.pruners import ThresholdPruner
from tunesmith.samplers import RandomSampler
from tunesmith.study import Study
from tunesmith.trial import BaseTrial, Trial

# The arguments; not read here, for the search for doctests imports this module.
WHAT: str
FOLDER: Path
RANK = int(os.environ.get("LOCAL_RANK", "0"))
seen: list[Any] = []


def launch(trial: BaseTrial) -> None:
    if isinstance(trial, Trial) and "LOCAL_RANK" not in os.environ:
        invite(trial)
        os.environ["LOCAL_RANK"] = "0"
        subprocess.Popen([sys.executable, *sys.argv], env={**os.environ, "LOCAL_RANK": "1"})


def train_together(part: str, number: int) -> None:
    """Stands for a training, which needs all ranks."""
    (FOLDER / f"{part}-{number}-{RANK}").touch()
    is_other_rank_there = number < 3 or WHAT in ("all is well", "both fail")
    deadline = time.monotonic() + (60 if is_other_rank_there else 0.1)
    while not (FOLDER / f"{part}-{number}-{1 - RANK}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def objective_of(part: str) -> Callable[[BaseTrial], float]:
    def objective(trial: BaseTrial) -> float:
        x = trial.suggest_float("x", 0, 1)
        if part == "memory" and trial.number == 0:
            return x  # before anything is launched
        launch(trial)
        kind = trial.suggest_categorical("kind", ["a", None, 3])
        train_together(part, trial.number)
        if trial.number == 2:
            if f"rank {RANK} dies" == WHAT:
                os._exit(9)
            if WHAT == "both fail":
                raise ArithmeticError
            if WHAT == "other ranges":
                trial.suggest_int("n", 1, 8 + RANK, log=True)
            if WHAT == "other names":
                trial.suggest_int(f"n{RANK}", 1, 8)
        n = trial.suggest_int("n", 1, 8, log=True)
        seen.append([part, trial.number, trial.params, kind, n, trial.user_attrs])
        trial.set_user_attr("rank", RANK)
        for step in range(2):
            trial.report(trial.number, step)
            if trial.should_prune():
                seen.append("pruned")
                raise tunesmith.TrialPruned
        return x

    return objective


def new_study(part: str) -> Study:
    study = tunesmith.create_study(
        storage=f"sqlite:///{FOLDER / 'study.db'}" if part == "sqlite" else None,
        study_name="lockstep",
        sampler=RandomSampler(seed=0),
        pruner=ThresholdPruner(upper=2.5),
    )
    study.enqueue_trial({"x": 0.25}, user_attrs={"from": "queue"})
    return study


def main() -> None:
    alone = tunesmith.create_study()
    alone.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    try:
        for part in ("memory", "sqlite"):
            study = new_study(part)
            study.optimize(objective_of(part), n_trials=4, catch=ArithmeticError)
            for t in study.trials:
                trial = [t.number, t.state.name, t.params, t.intermediate_values, t.user_attrs]
                seen.append(trial)
        seen.append([trial.params for trial in alone.trials])
    except Exception as error:
        seen.append(f"{type(error).__name__}: {error}")
    (FOLDER / f"seen-{RANK}").write_text(json.dumps(seen))


if __name__ == "__main__":
    WHAT, FOLDER = sys.argv[1], Path(sys.argv[2])
    main()
