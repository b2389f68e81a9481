"""CPU time of choosing where TPE has more to do than one space of floats, in one run.

Tunesmith, Optuna and, if it is installed, `rustuna` (a rewrite of Optuna's core in Rust) run the
same studies in memory with TPE at its defaults, each a history of its own, then some trials that
are timed: a flat space, a mixed space with branches, two objectives, many asks in a row; and the
Pareto front of 5,000 trials is taken for the second time.

    OMP_NUM_THREADS=1 python benchmarks/overhead_spaces.py
    OMP_NUM_THREADS=1 python benchmarks/overhead_spaces.py --trials 1000 --timed 50
"""

from __future__ import annotations

import argparse
import importlib
import random
import time
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

# Fewer times Optuna's CPU time than this, and the figure is missed.
ASKED = {"flat": 30.0, "two objectives": 20.0, "64 asks": 20.0, "front": 50.0}


def flat(trial: Any) -> float:
    return sum(trial.suggest_float(f"x{i}", -5.0, 5.0) ** 2 for i in range(10))


def mixed(trial: Any) -> float:
    kind = trial.suggest_categorical("kind", ["linear", "tree", "deep"])
    value = trial.suggest_float("rate", 1e-5, 1.0, log=True) + trial.suggest_float("share", 0, 1)
    if kind == "linear":
        return value + trial.suggest_float("penalty", 1e-8, 1.0, log=True)
    if kind == "tree":
        value += trial.suggest_int("depth", 1, 16) / 16
        return value + trial.suggest_categorical("split", ["gini", "entropy", "log"]).count("i")
    n_layers = trial.suggest_int("n_layers", 1, 4)
    return value + sum(trial.suggest_int(f"width{k}", 8, 512, log=True) for k in range(n_layers))


def two_objectives(trial: Any) -> tuple[float, float]:
    x = [trial.suggest_float(f"x{i}", 0.0, 1.0) for i in range(10)]
    return x[0] + sum((v - 0.5) ** 2 for v in x), 1 - x[0] + sum((v - 0.3) ** 2 for v in x[1:])


def made(library: ModuleType, n_objectives: int = 1) -> Any:
    directions = {"directions": ["minimize"] * n_objectives} if n_objectives > 1 else {}
    return library.create_study(sampler=library.samplers.TPESampler(seed=0), **directions)


def milliseconds(function: Callable[[], Any], n: int) -> float:
    start = time.process_time()
    function()
    return (time.process_time() - start) / n * 1e3


def after_trials(objective: Callable[[Any], Any], n_objectives: int) -> Any:
    def measure(library: ModuleType, n_before: int, n_timed: int) -> float:
        study = made(library, n_objectives)
        study.optimize(objective, n_trials=n_before)
        return milliseconds(lambda: study.optimize(objective, n_trials=n_timed), n_timed)

    return measure


def asks(library: ModuleType, n_before: int, _n_timed: int) -> float:
    study = made(library)
    study.optimize(flat, n_trials=n_before)
    return milliseconds(lambda: [flat(study.ask()) for _ in range(64)], 64)


def front(library: ModuleType, _n_before: int, _n_timed: int) -> float:
    sampler = library.samplers.RandomSampler(seed=0)
    study = library.create_study(sampler=sampler, directions=["minimize", "minimize"])
    numbers = random.Random(0)

    def objective(trial: Any) -> tuple[float, float]:
        trial.suggest_float("x", 0, 1)
        return numbers.random(), numbers.random()

    study.optimize(objective, n_trials=5000)
    _ = study.best_trials  # takes in the trials
    return milliseconds(lambda: study.best_trials, 1)


MEASURES = {
    "flat": after_trials(flat, 1),
    "mixed, branches": after_trials(mixed, 1),
    "two objectives": after_trials(two_objectives, 2),
    "64 asks": asks,
    "front": front,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=1000, help="history")
    parser.add_argument("--timed", type=int, default=30, help="trials timed after these")
    parser.add_argument("--only", nargs="+", choices=list(MEASURES), default=list(MEASURES))
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    libraries = {}
    for name in ("tunesmith", "optuna", "rustuna"):
        try:
            libraries[name] = importlib.import_module(name)
        except ImportError:
            print(f"{name} is not installed: left out.")
            continue
        if hasattr(libraries[name], "logging"):
            libraries[name].logging.set_verbosity(libraries[name].logging.ERROR)

    print(f"CPU milliseconds per trial, after {arguments.trials} trials")
    print(f"{'':18}" + "".join(f"{name:>12}" for name in libraries) + "  Optuna's / ours")
    for label in arguments.only:
        row = {}
        for name, library in libraries.items():
            try:
                row[name] = MEASURES[label](library, arguments.trials, arguments.timed)
            except (AttributeError, NotImplementedError, TypeError) as error:
                print(f"{label}: {name} cannot: {error}")
        figures = "".join(f"{row.get(name, float('nan')):12.2f}" for name in libraries)
        ratio = ""
        if "optuna" in row and "tunesmith" in row:
            asked = f" (asked {ASKED[label]:g}x)" if label in ASKED else ""
            ratio = f"{row['optuna'] / row['tunesmith']:9.1f}x{asked}"
        print(f"{label:18}{figures}{ratio}", flush=True)


if __name__ == "__main__":
    main()
