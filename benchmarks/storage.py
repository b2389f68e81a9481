"""What keeping a study costs, here and in Optuna, on each kind of storage, side by side.

Both libraries run the same studies (random sampler, five parameters, trivial objective) on the
same server or disk, in turns. PostgreSQL, MariaDB and Redis are started for the purpose, in the
same way as for the tests.

    python benchmarks/storage.py
    python benchmarks/storage.py --storages sqlite journal --only rate load
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import multiprocessing
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parent.parent
STORAGES = ("sqlite", "postgresql", "mariadb", "redis", "journal")
LIBRARIES = ("tunesmith", "optuna")
N_PARAMS = 5
_numbers = itertools.count()


def quiet(name: str) -> ModuleType:
    """Import a library, and keep it from talking."""
    library: ModuleType = __import__(name)
    warnings.simplefilter("ignore")
    library.logging.set_verbosity(library.logging.ERROR)
    return library


def objective(trial: Any) -> float:
    return sum(trial.suggest_float(f"x{i}", -5.0, 5.0) ** 2 for i in range(N_PARAMS))


class Reporting:
    """An objective that reports and asks the pruner, but heeds no advice: as many for both."""

    def __init__(self, n_reports: int) -> None:
        self.n_reports = n_reports

    def __call__(self, trial: Any) -> float:
        value = objective(trial)
        for step in range(self.n_reports):
            trial.report(value + step, step)
            trial.should_prune()
        return value


class Place:
    """Somewhere to keep studies: hands out fresh storages.

    Parameters
    ----------
    kind : str
        One of STORAGES.
    new_url : callable
        Returns the URL of an empty place.
    """

    def __init__(self, kind: str, new_url: Callable[[], str]) -> None:
        self.kind = kind
        self.new_url = new_url

    def storage(self, library: ModuleType, url: str) -> Any:
        """Open the storage at a URL; both libraries' classes have the same names."""
        if self.kind == "journal":
            backend = library.storages.journal.JournalFileBackend(url)
            return library.storages.JournalStorage(backend)
        if self.kind == "redis":
            backend = library.storages.journal.JournalRedisBackend(url)
            return library.storages.JournalStorage(backend)
        return library.storages.RDBStorage(url)

    def study(self, library: ModuleType, url: str, *, pruner: str = "NopPruner") -> Any:
        """Open the study at a URL, made if need be."""
        return library.create_study(
            storage=self.storage(library, url),
            study_name="study",
            load_if_exists=True,
            sampler=library.samplers.RandomSampler(seed=0),
            pruner=getattr(library.pruners, pruner)(),
        )


@contextlib.contextmanager
def place(kind: str) -> Iterator[Place]:
    """Make somewhere to keep studies; servers and folders are removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        if kind == "sqlite":
            yield Place(kind, lambda: f"sqlite:///{folder}/{next(_numbers)}.db")
            return
        if kind == "journal":
            yield Place(kind, lambda: f"{folder}/{next(_numbers)}.log")
            return
        sys.path.insert(0, str(ROOT))
        from tests import servers

        name = {"postgresql": "PostgreSQL", "mariadb": "MariaDB", "redis": "Redis"}[kind]
        with getattr(servers, name)() as server:
            yield Place(kind, server.new_database)


# One worker.


def in_turns(
    where: Place, n_blocks: int, n_trials: int, *, pruner: str = "NopPruner", reports: int = 0
) -> dict[str, list[tuple[float, float]]]:
    """Run blocks of trials; return each block's seconds on the clock and of this process."""
    studies, objectives = {}, {}
    for name in LIBRARIES:
        library = quiet(name)
        studies[name] = where.study(library, where.new_url(), pruner=pruner)
        objectives[name] = Reporting(reports) if reports else objective
        studies[name].optimize(objectives[name], n_trials=5)  # connects
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in LIBRARIES}
    for _ in range(n_blocks):
        for name, study in studies.items():
            clock, cpu = time.perf_counter(), time.process_time()
            study.optimize(objectives[name], n_trials=n_trials)
            times[name].append((time.perf_counter() - clock, time.process_time() - cpu))
    return times


def medians(times: dict[str, list[tuple[float, float]]], which: int) -> list[float]:
    return [statistics.median(block[which] for block in times[name]) for name in LIBRARIES]


def row(where: Place, label: str, ours: str, theirs: str, ratio: float, target: str) -> None:
    print(f"{where.kind:11} {label:38} {ours:>11} {theirs:>11} {ratio:7.1f}x  {target}", flush=True)


def rate(where: Place, n_trials: int) -> None:
    times = in_turns(where, 5, n_trials)
    ours, theirs = medians(times, 0)
    row(
        where,
        "trials/s, 1 worker",
        f"{n_trials / ours:.0f}",
        f"{n_trials / theirs:.0f}",
        theirs / ours,
        "8",
    )
    ours, theirs = medians(times, 1)
    row(
        where,
        "ms of CPU per trial",
        f"{1e3 * ours / n_trials:.2f}",
        f"{1e3 * theirs / n_trials:.2f}",
        theirs / ours,
        "8 (sqlite, postgresql)",
    )


def reports(where: Place, n_trials: int) -> None:
    n_trials = max(5, n_trials // 5)
    ours, theirs = medians(in_turns(where, 3, n_trials, pruner="MedianPruner", reports=20), 0)
    row(
        where,
        "trials/s, 20 reports, MedianPruner",
        f"{n_trials / ours:.1f}",
        f"{n_trials / theirs:.1f}",
        theirs / ours,
        "5",
    )


# Several workers.


def worker(name: str, kind: str, url: str, n_trials: int, gate: Any, times: Any) -> None:
    library = quiet(name)
    study = Place(kind, str).study(library, url)
    study.optimize(objective, n_trials=2)
    gate.wait()
    start = time.perf_counter()
    study.optimize(objective, n_trials=n_trials)
    times.put(time.perf_counter() - start)


def processes(where: Place, n_trials: int, n_workers: int = 4) -> None:
    seconds = dict.fromkeys(LIBRARIES, 0.0)
    context = multiprocessing.get_context("spawn")
    for name in LIBRARIES:
        url = where.new_url()
        where.study(quiet(name), url)
        gate, times = context.Barrier(n_workers), context.Queue()
        workers = [
            context.Process(target=worker, args=(name, where.kind, url, n_trials, gate, times))
            for _ in range(n_workers)
        ]
        for process in workers:
            process.start()
        seconds[name] = max(times.get(timeout=600) for _ in workers)
        for process in workers:
            process.join()
    rates = {name: n_workers * n_trials / s for name, s in seconds.items()}
    row(
        where,
        f"trials/s, {n_workers} processes on one study",
        *(f"{rates[name]:.0f}" for name in LIBRARIES),
        rates["tunesmith"] / rates["optuna"],
        "8",
    )


# A study with a past.


def fill(library: ModuleType, study: Any, n_trials: int) -> None:
    ranges = {f"x{i}": library.distributions.FloatDistribution(-5.0, 5.0) for i in range(N_PARAMS)}
    study.add_trials(
        [
            library.create_trial(
                params={name: (7.3 * number + i) % 10 - 5 for i, name in enumerate(ranges)},
                distributions=ranges,
                value=float(number),
            )
            for number in range(n_trials)
        ]
    )


def past(where: Place, n_trials: int, n_before: int) -> None:
    library = quiet("tunesmith")
    studies = [where.study(library, where.new_url()) for _ in range(2)]
    fill(library, studies[1], n_before)
    seconds: list[list[float]] = [[], []]
    for study in studies:
        study.optimize(objective, n_trials=5)
    for _ in range(5):
        for study, blocks in zip(studies, seconds, strict=True):
            start = time.perf_counter()
            study.optimize(objective, n_trials=n_trials)
            blocks.append(time.perf_counter() - start)
    empty, full = (n_trials / statistics.median(blocks) for blocks in seconds)
    label = f"trials/s after {n_before} trials; / empty"
    row(where, label, f"{full:.0f}", f"({empty:.0f})", full / empty, "0.8")


def peak_memory() -> float:
    """Return the most memory that this process has used so far, in MB; for Linux.

    Not getrusage(), whose figure begins with that of the process that started this one.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


_LOAD = """
import json, sys, time
sys.path.insert(0, {benchmarks!r})
import storage as benchmark
library = benchmark.quiet({name!r})
where = benchmark.Place({kind!r}, str)
empty = where.study(library, {empty!r})
empty.trials
memory, cpu = benchmark.peak_memory(), time.process_time()
study = where.study(library, {url!r})
n_trials = len(study.trials)
seconds = time.process_time() - cpu
print(json.dumps([n_trials, seconds, benchmark.peak_memory() - memory]))
"""


def load(where: Place, _n_trials: int, n_trials: int = 10_000) -> None:
    library = quiet("tunesmith")
    url, empty = where.new_url(), where.new_url()
    fill(library, where.study(library, url), n_trials)
    where.study(library, empty)
    loaded = {}
    for name in LIBRARIES:
        script = _LOAD.format(
            benchmarks=str(ROOT / "benchmarks"), name=name, kind=where.kind, empty=empty, url=url
        )
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )
        found, *loaded[name] = json.loads(done.stdout)
        assert found == n_trials, (name, found)
    (ours, our_memory), (theirs, their_memory) = (loaded[name] for name in LIBRARIES)
    label = f"load and list {n_trials} trials"
    row(where, f"{label}: s of CPU", f"{ours:.2f}", f"{theirs:.2f}", theirs / ours, "10")
    row(
        where,
        f"{label}: MB",
        f"{our_memory:.0f}",
        f"{their_memory:.0f}",
        their_memory / max(our_memory, 0.1),
        "3",
    )


# Transactions.


def transactions(where: Place, _n_trials: int) -> None:
    if where.kind in ("redis", "journal"):
        return
    import sqlalchemy as sa

    counts: dict[str, tuple[float, float]] = {}
    for name in LIBRARIES:
        library = quiet(name)
        study = where.study(library, where.new_url())
        study.optimize(objective, n_trials=5)
        commits: list[int] = []
        dirty: set[int] = set()
        storage = study._storage  # noqa: SLF001  # the name in both libraries
        engine = getattr(storage, "_backend", storage).engine

        def executed(
            connection: Any, _cursor: Any, statement: str, *_: Any, dirty: set[int] = dirty
        ) -> None:
            if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
                dirty.add(id(connection.connection.dbapi_connection))

        def committed(
            connection: Any, dirty: set[int] = dirty, commits: list[int] = commits
        ) -> None:
            key = id(connection.connection.dbapi_connection)
            if key in dirty:
                dirty.discard(key)
                commits.append(1)

        sa.event.listen(engine, "before_cursor_execute", executed)
        sa.event.listen(engine, "commit", committed)
        study.optimize(objective, n_trials=10)
        plain = len(commits) / 10
        commits.clear()
        study.optimize(Reporting(10), n_trials=10)
        counts[name] = plain, (len(commits) / 10 - plain) / 10
    for index, label, target in ((0, "per trial", "2 here"), (1, "per report", "1 here")):
        ours, theirs = (counts[name][index] for name in LIBRARIES)
        row(
            where,
            f"write transactions {label}",
            f"{ours:.1f}",
            f"{theirs:.1f}",
            theirs / ours,
            target,
        )


MEASURES: dict[str, Callable[[Place, int], None]] = {
    "rate": rate,
    "reports": reports,
    "processes": processes,
    "past": lambda where, n_trials: past(where, n_trials, 5_000),
    "load": load,
    "transactions": transactions,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--storages", nargs="+", choices=STORAGES, default=STORAGES)
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=list(MEASURES))
    parser.add_argument("--trials", type=int, default=100, help="trials of a block")
    arguments = parser.parse_args()
    print(f"{'storage':11} {'measure':38} {'tunesmith':>11} {'optuna':>11} {'ratio':>8}  at least")
    for kind in arguments.storages:
        with place(kind) as where:
            for measure in arguments.only:
                MEASURES[measure](where, arguments.trials)


if __name__ == "__main__":
    main()
