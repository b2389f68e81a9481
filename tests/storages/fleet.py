"""Workers of Tunesmith's and of Optuna's on one study at the same time."""

from __future__ import annotations

import contextlib
import importlib
import subprocess
import sys
from pathlib import Path

import optuna

import tunesmith

LIBRARIES = ["tunesmith", "optuna"]
TRIALS_EACH = 15
ENDED_WITHIN = 100  # seconds; a fleet takes about five

# Says that it is ready, then waits for the line that all workers are given at once.
WORKER = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from fleet import work
work(*sys.argv[1:])
"""


def work(library, url, worker):
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    tunesmith.logging.set_verbosity(tunesmith.logging.ERROR)
    study = opened(library, url)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()

    def objective(trial):
        trial.set_user_attr("worker", worker)
        x = trial.suggest_float("x", 1e-3, 1.0, log=True)
        n = trial.suggest_int("n", 1, 9, step=2)
        kind = trial.suggest_categorical("kind", ["a", None, 1.5])
        for step in range(3):
            trial.report(x * n + step, step)
            if trial.should_prune():
                raise importlib.import_module(library).TrialPruned
        trial.set_user_attr("kind", [kind, {"ü": x}])
        if trial.number % 9 == 4:
            raise ValueError("on purpose")
        return x * n

    study.optimize(objective, n_trials=TRIALS_EACH, catch=ValueError)


def opened(library_name, url):
    library = importlib.import_module(library_name)
    return library.load_study(
        study_name="shared",
        storage=optuna_storage(url) if library is optuna and isinstance(url, str) else url,
        sampler=library.samplers.TPESampler(n_startup_trials=10),
        pruner=library.pruners.MedianPruner(n_startup_trials=5),
    )


def optuna_storage(url):
    """What Optuna calls that; it knows no URLs of journals."""
    journal = optuna.storages.journal
    if url.startswith("journal://"):
        backend = journal.JournalFileBackend(url.removeprefix("journal://"))
        return optuna.storages.JournalStorage(backend)
    if url.startswith("redis://"):
        return optuna.storages.JournalStorage(journal.JournalRedisBackend(url))
    # Optuna's own workers meet "database is locked" in SQLite after the driver's five seconds.
    patient = {"connect_args": {"timeout": 60}} if url.startswith("sqlite") else None
    return optuna.storages.RDBStorage(url, engine_kwargs=patient)


def run_fleet(url: str) -> list[str]:
    """Make the study "shared" and run two workers of each library; return the workers' names."""
    tunesmith.create_study(study_name="shared", storage=url)
    names = {f"{library} {number}": library for library in LIBRARIES for number in (1, 2)}
    with contextlib.ExitStack() as stack:
        fleet = {name: _started(stack, library, url, name) for name, library in names.items()}
        for worker in fleet.values():
            assert worker.stdout.readline() == "ready\n", worker.stderr.read()
        for worker in fleet.values():
            worker.stdin.write("go\n")
            worker.stdin.flush()
        for name, worker in fleet.items():
            _, errors = worker.communicate(timeout=ENDED_WITHIN)
            assert worker.returncode == 0, f"{name}:\n{errors}"
    return list(fleet)


def _started(stack, library, url, name):
    command = [sys.executable, "-W", "ignore", "-c", WORKER, library, url, name]
    worker = stack.enter_context(
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    )
    stack.callback(worker.kill)
    return worker
