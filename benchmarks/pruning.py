"""Time report() and should_prune() here and in Optuna, side by side.

Fills a study of each library with finished trials, then runs a few more trials that report at
every step and ask the pruner, interleaved between the libraries so that both meet the same
machine. Prints the time of a call in microseconds (the mean over the steps of each one's median)
and the ratio. Both keep the study in memory. The answers are compared too, and the memory that a
trial takes in the end, with its reports and with what the pruner keeps of them.

A tenth of Optuna's time is asked for of the median rule, halving and Hyperband. Nothing is asked of
the others; Optuna has no pruner like `SequentialRegressionPruner`.

    python benchmarks/pruning.py
    python benchmarks/pruning.py --trials 10000 --steps 100 --repeats 20
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import sys
import time
import tracemalloc
import warnings
from types import ModuleType
from typing import Any

PRUNERS: dict[str, dict[str, Any]] = {
    "NopPruner": {},
    "MedianPruner": {},
    "PercentilePruner": {"percentile": 25.0},
    "SuccessiveHalvingPruner": {"min_resource": 1},
    "HyperbandPruner": {"max_resource": 30},
    "ThresholdPruner": {"upper": 1e9},
    "PatientPruner": {"wrapped_pruner": None, "patience": 3},
    "WilcoxonPruner": {},
    "SequentialRegressionPruner": {},
}
ASKED = dict.fromkeys(("MedianPruner", "SuccessiveHalvingPruner", "HyperbandPruner"), 10.0)
COLUMNS = ("report", "should_prune", "both")


class Contestant:
    """A library with a study that has a history."""

    def __init__(self, library: ModuleType, pruner: str, n_trials: int, n_steps: int) -> None:
        self.library = library
        self.study = library.create_study(
            pruner=getattr(library.pruners, pruner)(**PRUNERS[pruner]),
            sampler=library.samplers.RandomSampler(seed=0),
        )
        self.n_steps = n_steps
        self.times: dict[str, list[list[float]]] = {
            column: [[] for _ in range(n_steps)] for column in COLUMNS
        }
        self.answers: list[bool] = []
        # Optuna's halving notes its rungs only while it is asked. The others are asked by the last
        # trial, so that nothing that is done once is timed. Nobody heeds the answers here, so
        # every curve is complete.
        halves = pruner in ("SuccessiveHalvingPruner", "HyperbandPruner")
        for number in range(n_trials):
            self.run(number, asks=halves or number == n_trials - 1, measured=False)

    def run(self, number: int, *, asks: bool = True, measured: bool = True) -> None:
        draw = random.Random(number)
        # Those that are timed start well, so that most of them last.
        level = draw.random() * (0.1 if measured else 1.0)
        trial = self.study.ask()
        for step in range(self.n_steps):
            value = level + draw.gauss(0, 0.1)
            start = time.perf_counter()
            trial.report(value, step)
            reported = time.perf_counter()
            answer = trial.should_prune() if asks else False
            end = time.perf_counter()
            if measured:
                self.answers.append(bool(answer))
                for column, seconds in zip(
                    COLUMNS, (reported - start, end - reported, end - start), strict=True
                ):
                    self.times[column][step].append(1e6 * seconds)
                if answer:
                    self.study.tell(trial, state=self.library.trial.TrialState.PRUNED)
                    return
        self.study.tell(trial, level)

    def mean_time(self, column: str) -> float:
        """Mean over the steps, some of which cost more than others, of each one's median."""
        return statistics.mean(map(statistics.median, filter(None, self.times[column])))


def memory(library: ModuleType, pruner: str, n_trials: int, n_steps: int) -> float:
    """Return KiB per trial that a study holds with all that its pruner keeps."""
    gc.collect()
    tracemalloc.start()
    contestant = Contestant(library, pruner, n_trials, n_steps)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(contestant.study.trials) == n_trials
    return held / n_trials / 1024


def compare(libraries: list[ModuleType], name: str, arguments: argparse.Namespace) -> None:
    """Time one pruner in the libraries that have it, and print its rows."""
    contestants = [
        Contestant(library, name, arguments.trials, arguments.steps) for library in libraries
    ]
    gc.collect()
    for number in range(arguments.repeats):
        for contestant in contestants:
            contestant.run(arguments.trials + number)
    for column in COLUMNS:
        cells = [contestant.mean_time(column) for contestant in contestants]
        asked = ASKED.get(name) if column == "both" else None
        print(row(name if column == COLUMNS[0] else "", column, cells, asked))
    n_trials = min(arguments.trials, 200)
    cells = [memory(library, name, n_trials, arguments.steps) for library in libraries]
    print(row("", "KiB per trial", cells))
    first, *others = (contestant.answers for contestant in contestants)
    verdict = "the same" if all(first == other for other in others) else "DIFFERENT"
    if name == "HyperbandPruner":
        verdict = "other brackets, other"
    if others:
        print(f"{'':27} {verdict} answers to {len(first)} calls", flush=True)


def row(label: str, column: str, cells: list[float], asked: float | None = None) -> str:
    """Return a line of the table."""
    ratio = f"{cells[1] / cells[0]:6.1f}x" if len(cells) > 1 else ""
    there = f"{cells[1]:10.1f}" if len(cells) > 1 else f"{'-':>10}"
    bound = f"  asked: {asked:.0f}x" if asked else ""
    return f"{label:27} {column:13} {cells[0]:10.1f} {there} {ratio}{bound}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=1000, help="finished trials beforehand")
    parser.add_argument("--steps", type=int, default=30, help="reports of each trial")
    parser.add_argument("--repeats", type=int, default=20, help="trials that are timed")
    parser.add_argument("--pruners", nargs="+", choices=PRUNERS, default=list(PRUNERS))
    arguments = parser.parse_args()

    import tunesmith

    try:
        import optuna
    except ImportError:
        sys.exit("This comparison needs Optuna. Install it with: pip install optuna")
    warnings.simplefilter("ignore")
    for library in (tunesmith, optuna):
        library.logging.set_verbosity(library.logging.ERROR)

    print(
        f"{arguments.trials} finished trials of {arguments.steps} reports, "
        f"{arguments.repeats} trials timed; microseconds per call"
    )
    print(f"{'':27} {'':13} {'tunesmith':>10} {'optuna':>10} {'ratio':>7}")
    for name in arguments.pruners:
        libraries = [tunesmith, optuna]
        compare([one for one in libraries if hasattr(one.pruners, name)], name, arguments)


if __name__ == "__main__":
    main()
