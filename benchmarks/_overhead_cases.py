"""What `overhead.py` measures: a study that has its history, and more trials to be timed."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from types import ModuleType
from typing import Any

N_PARAMS = 10
GRID = 1000


class CannotError(Exception):
    """The library has no such thing."""


def flat(trial: Any) -> float:
    return sum(trial.suggest_float(f"x{i}", -5.0, 5.0) ** 2 for i in range(N_PARAMS))


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
    x = [trial.suggest_float(f"x{i}", -5.0, 5.0) for i in range(N_PARAMS)]
    return sum(v * v for v in x), (x[0] - 2) ** 2 + sum((v - 0.3) ** 2 for v in x[1:])


def on_grid(trial: Any) -> float:
    return float(trial.suggest_int("n", 0, GRID))


def _scattered() -> Callable[[Any], tuple[float, float]]:
    numbers = random.Random(0)

    def objective(trial: Any) -> tuple[float, float]:
        trial.suggest_float("x", 0, 1)
        return numbers.random(), numbers.random()

    return objective


@dataclasses.dataclass(frozen=True)
class Case:
    """One row of the table.

    Attributes
    ----------
    label, sampler : str
    n_before : int
        Trials before those that are timed.
    objective : callable
    n_objectives : int
    by_random : bool
        Whether the trials before are random ones: they cost little, and are the same for all
        samplers. Otherwise the sampler makes them itself.
    n_timed : int
        Trials that are timed, in blocks.
    options : dict
        For the sampler.
    kind : str
        "trials" are run; "asks" are as many trials that are asked for before one ends; "front" is
        taken of the trials before.
    optuna, rustuna : float or None
        What is asked: at least so many times less than Optuna's time, at most so many times
        rustuna's.
    """

    label: str
    sampler: str
    n_before: int
    objective: Callable[[Any], Any] = flat
    n_objectives: int = 1
    by_random: bool = True
    n_timed: int = 50
    options: dict[str, Any] = dataclasses.field(default_factory=dict)
    kind: str = "trials"
    optuna: float | None = None
    rustuna: float | None = None


CASES = {
    "tpe-1000": Case(
        "TPE, 1,000 trials", "TPESampler", 1000, by_random=False, optuna=30, rustuna=1.2
    ),
    "tpe-10000": Case("TPE, 10,000 trials", "TPESampler", 10_000, n_timed=25, rustuna=1),
    "mixed": Case(
        "TPE, mixed, branches, 1,000", "TPESampler", 1000, mixed, by_random=False, rustuna=1
    ),
    "several": Case(
        "TPE, 2 objectives, 1,000", "TPESampler", 1000, two_objectives, 2, n_timed=25, optuna=20
    ),
    "asks": Case(
        "64 asks in a row, TPE, 1,000", "TPESampler", 1000, n_timed=64, kind="asks", optuna=20
    ),
    "random": Case("random", "RandomSampler", 950, n_timed=2500, optuna=10),
    "nsgaii": Case("NSGA-II", "NSGAIISampler", 950, two_objectives, 2, by_random=False, optuna=5),
    "nsgaiii": Case("NSGA-III", "NSGAIIISampler", 950, two_objectives, 2, by_random=False),
    "cmaes": Case("CMA-ES", "CmaEsSampler", 950, by_random=False, optuna=3),
    "gp-100": Case("GP, 100 trials", "GPSampler", 100, n_timed=15, optuna=5),
    "gp-300": Case("GP, 300 trials", "GPSampler", 300, n_timed=15, optuna=5),
    "qmc": Case("QMC", "QMCSampler", 950, by_random=False),
    "grid": Case(
        "grid of 1,000 points",
        "GridSampler",
        950,
        on_grid,
        by_random=False,
        n_timed=48,
        options={"search_space": {"n": list(range(GRID))}},
        optuna=100,
    ),
    "front": Case(
        "Pareto front of 5,000", "RandomSampler", 5000, n_objectives=2, kind="front", optuna=50
    ),
}


class Contestant:
    """A library's study for a case, with its history."""

    def __init__(self, library: ModuleType, case: Case) -> None:
        kind = getattr(library.samplers, case.sampler, None)
        if kind is None:
            raise CannotError
        self._case = case
        self._objective = _scattered() if case.kind == "front" else case.objective
        sampler = kind(seed=0, **case.options)
        storage = library.storages.InMemoryStorage()
        study = library.create_study(
            study_name="study",
            storage=storage,
            sampler=library.samplers.RandomSampler(seed=0) if case.by_random else sampler,
            directions=["minimize"] * case.n_objectives,
        )
        study.optimize(self._objective, n_trials=case.n_before)
        if case.by_random:
            study = library.load_study(study_name="study", storage=storage, sampler=sampler)
        self.study = study
        self._first()

    def _first(self) -> None:
        # Fills what is kept between trials.
        if self._case.kind == "front":
            _ = self.study.best_trials
        else:
            self.study.optimize(self._objective, n_trials=1)

    def run(self, n: int) -> None:
        """Do `n` of what is timed."""
        if self._case.kind == "front":
            _ = self.study.best_trials
        elif self._case.kind == "asks":
            for _ in range(n):
                self._objective(self.study.ask())
        else:
            self.study.optimize(self._objective, n_trials=n)
