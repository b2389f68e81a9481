"""Time what the callbacks for training loops add to an epoch, here and in Optuna.

Trains a tiny model with each framework, many epochs, and adds up the time that passes inside our
callback, from its construction to the end of the training: finding the metric, reporting it,
asking the study's default pruner. The study, in memory or in SQLite, has earlier trials, so the
pruner has something to think about; the trials that are timed are better, so none is pruned.
Printed are milliseconds per epoch, wall time and CPU time, the median over the trials; 10 ms are
1 % of an epoch that lasts a second. Optuna's callback, where it has one and optuna-integration is
installed, is timed in turns with ours.

    OMP_NUM_THREADS=1 python benchmarks/callbacks.py
    python benchmarks/callbacks.py --frameworks lightning keras --epochs 100
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import importlib
import inspect
import logging
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from typing import Any

import _trainings

FRAMEWORKS: dict[str, tuple[Callable[..., None], str]] = {
    "lightning": (_trainings.lightning, "PyTorchLightningPruningCallback"),
    "torch": (_trainings.torch_distributed, "TorchDistributedTrial"),
    "xgboost": (_trainings.xgboost, "XGBoostPruningCallback"),
    "lightgbm": (_trainings.lightgbm, "LightGBMPruningCallback"),
    "catboost": (_trainings.catboost, "CatBoostPruningCallback"),
    "keras": (_trainings.keras, "KerasPruningCallback"),
    "transformers": (_trainings.transformers, "TransformersPruningCallback"),
    "skorch": (_trainings.skorch, "SkorchPruningCallback"),
    "ignite": (_trainings.ignite, "PyTorchIgnitePruningHandler"),
    "partial_fit": (_trainings.partial_fit, "partial_fit_epochs"),
    "tensorboard": (_trainings.tensorboard, "TensorBoardCallback"),
}
STORAGES = ("memory", "sqlite")
LIBRARIES = ("tunesmith", "optuna")
LIMIT = 10.0  # milliseconds: 1 % of an epoch of one second


class Stopwatch:
    """Adds up the time inside all that is wrapped in it; calls within calls count once."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.seconds = self.cpu_seconds = 0.0
        self._is_running = False

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def timed(*arguments: Any, **options: Any) -> Any:
            if self._is_running:
                return function(*arguments, **options)
            self._is_running = True
            start, cpu_start = time.perf_counter(), time.process_time()
            try:
                return function(*arguments, **options)
            finally:
                self.seconds += time.perf_counter() - start
                self.cpu_seconds += time.process_time() - cpu_start
                self._is_running = False

        return timed

    def around_class(self, kind: type) -> type:
        """Return a subclass whose methods are timed, as far as they are not the framework's."""
        methods = {
            name: self.around(function)
            for base in reversed(kind.__mro__)
            if base.__module__.startswith(("tunesmith.", "optuna_integration."))
            for name, function in vars(base).items()
            if inspect.isfunction(function)
        }
        return type(kind)(kind.__name__, (kind,), methods)


class Done(Exception):
    """Ends a trial as failed, so that the pruner knows no more of trainings for the next one."""


class Contestant:
    """A library with a study that has a history."""

    def __init__(self, library: str, storage: str, folder: str, n_epochs: int, n_before: int):
        self.library = importlib.import_module(library)
        self.library.logging.set_verbosity(self.library.logging.ERROR)
        self.callbacks = _trainings.integrations_of(library)
        self.folder = folder
        self.n_epochs = n_epochs
        self.stopwatch = Stopwatch()
        self.times: list[float] = []
        self.cpu_times: list[float] = []
        self.study = self.library.create_study(
            storage=f"sqlite:///{folder}/study.db" if storage == "sqlite" else None
        )
        for number in range(n_before):
            # One step more than it takes: Optuna's handler for Ignite counts from 1.
            curve = {step: 100 + number + 20 * 0.9**step for step in range(n_epochs + 1)}
            self.study.add_trial(
                self.library.trial.create_trial(value=curve[n_epochs], intermediate_values=curve)
            )

    def make(self, name: str) -> type:
        return self.stopwatch.around_class(getattr(self.callbacks, name))

    def run(self, framework: str) -> None:
        """Train once and note the milliseconds per epoch."""
        training, name = FRAMEWORKS[framework]
        options: dict[str, Any] = {}
        if framework == "tensorboard":
            callbacks = importlib.import_module("tunesmith.callbacks")
            kind = self.stopwatch.around_class(getattr(callbacks, name))
            options["callbacks"] = [kind(self.folder, metric_name="loss")]

        def objective(trial: Any) -> float:
            training(self.make, trial, self.n_epochs)
            raise Done

        self.stopwatch.reset()
        self.study.optimize(objective, n_trials=1, catch=(Done,), **options)
        last = self.study.trials[-1]
        assert len(last.intermediate_values) == self.n_epochs, last
        self.times.append(1000 * self.stopwatch.seconds / self.n_epochs)
        self.cpu_times.append(1000 * self.stopwatch.cpu_seconds / self.n_epochs)


def has_callback(library: str, name: str) -> bool:
    if library == "tunesmith":
        return True
    if name == "TensorBoardCallback":  # Optuna's needs TensorFlow
        return False
    try:
        return name in _trainings.integrations_of(library).__all__
    except ImportError:
        return False


def milliseconds(
    framework: str, n_epochs: int, n_trials: int, n_before: int
) -> dict[tuple[str, str], tuple[float, float]]:
    """Return time and CPU time per epoch for each library that has a callback and each storage."""
    name = FRAMEWORKS[framework][1]
    libraries = [library for library in LIBRARIES if has_callback(library, name)]
    with contextlib.ExitStack() as stack:
        if framework == "torch":
            stack.enter_context(_trainings.second_rank(n_epochs))
        contestants = {}
        for storage in STORAGES:
            for library in libraries:
                folder = stack.enter_context(tempfile.TemporaryDirectory())
                contestant = Contestant(library, storage, folder, n_epochs, n_before)
                contestants[library, storage] = contestant
        for _ in range(n_trials + 1):
            for contestant in contestants.values():
                contestant.run(framework)
    # What is done once, such as imports, falls to the first trial.
    return {
        key: (statistics.median(one.times[1:]), statistics.median(one.cpu_times[1:]))
        for key, one in contestants.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frameworks", nargs="+", choices=FRAMEWORKS, default=list(FRAMEWORKS))
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--trials", type=int, default=5, help="trainings that are timed, of each")
    parser.add_argument("--before", type=int, default=20, help="finished trials beforehand")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)

    print(f"milliseconds per epoch, of which CPU; {LIMIT:g} are 1 % of an epoch of one second")
    print(f"{'':13} {'in memory':^31}    {'in SQLite':^31}")
    print(f"{'':13} " + f"{'tunesmith':>9} {'CPU':>5} {'optuna':>9} {'CPU':>5}    " * 2)
    for framework in arguments.frameworks:
        try:
            times = milliseconds(framework, arguments.epochs, arguments.trials, arguments.before)
        except ImportError as error:
            print(f"{framework:13} {str(error).splitlines()[0]}", flush=True)
            continue
        line = f"{framework:13} "
        for storage in STORAGES:
            for library in LIBRARIES:
                if (library, storage) in times:
                    wall, cpu = times[library, storage]
                    line += f"{wall:9.2f} {cpu:5.2f} "
                else:
                    line += f"{'-':>9} {'-':>5} "
            line += "   "
        is_over = max(times["tunesmith", storage][0] for storage in STORAGES) > LIMIT
        print(line + ("over the limit" if is_over else ""), flush=True)


if __name__ == "__main__":
    main()
