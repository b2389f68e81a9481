"""What a trial costs besides the objective, here and in Optuna, side by side.

Both libraries run the same study in memory, ten float parameters and a trivial objective, in
turns of one block each, so that both meet the same machine. Printed are trials per second and
their ratio, for the random sampler, for TPE over the first trials and for TPE when there is a
history; the same by CPU time for Gaussian processes, which go on from one history, and for the
other samplers; and how long `import tunesmith` takes, in times of `import numpy`.

    python benchmarks/overhead.py
    python benchmarks/overhead.py --tpe-trials 1000 --blocks 10
    OMP_NUM_THREADS=1 python benchmarks/overhead.py --only gp
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
import warnings
from types import ModuleType
from typing import Any

N_PARAMS = 10
PARTS = ("random", "tpe", "gp", "others", "import")
# Sampler, trials before, trials timed, and how many times Optuna's rate is asked for.
OTHERS = (
    ("NSGAIISampler", 950, 50, 5.0),
    ("NSGAIIISampler", 950, 50, None),
    ("CmaEsSampler", 950, 50, 3.0),
    ("QMCSampler", 950, 50, None),
    ("GridSampler", 400, 20, 100.0),
)
_TIME_AN_IMPORT = """
import time
start = time.perf_counter()
import {module}
print(time.perf_counter() - start)
"""


def objective(trial: Any) -> float:
    return sum(trial.suggest_float(f"x{i}", -5.0, 5.0) ** 2 for i in range(N_PARAMS))


def seconds_of_import(module: str) -> float:
    """Time an import in a Python of its own."""
    script = _TIME_AN_IMPORT.format(module=module)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def import_times(modules: list[str], repeats: int) -> dict[str, float]:
    """Return the median seconds of each import, in turns; the first turn fills caches."""
    times: dict[str, list[float]] = {module: [] for module in modules}
    for _ in range(repeats + 1):
        for module in modules:
            times[module].append(seconds_of_import(module))
    return {module: statistics.median(seconds[1:]) for module, seconds in times.items()}


class Contestant:
    """A library with a study that grows block by block."""

    def __init__(self, library: ModuleType, sampler: str, seed: int) -> None:
        self.study = library.create_study(sampler=getattr(library.samplers, sampler)(seed=seed))

    def seconds(self, n_trials: int) -> float:
        """Run more trials and return the seconds that took."""
        start = time.perf_counter()
        self.study.optimize(objective, n_trials=n_trials)
        return time.perf_counter() - start


def in_turns(
    libraries: tuple[ModuleType, ...], sampler: str, n_blocks: int, n_trials: int, seed: int = 0
) -> list[list[float]]:
    """Return, for each library, the seconds of each block of trials."""
    contestants = [Contestant(library, sampler, seed) for library in libraries]
    times: list[list[float]] = [[] for _ in libraries]
    for _ in range(n_blocks):
        for contestant, seconds in zip(contestants, times, strict=True):
            seconds.append(contestant.seconds(n_trials))
    return times


def after_a_history(
    libraries: tuple[ModuleType, ...], sampler: str, n_before: int, n_timed: int, seed: int = 0
) -> list[float]:
    """Return the CPU seconds of trials that follow the same history in each library."""
    first = Contestant(libraries[0], sampler, seed)
    first.seconds(n_before)
    times = []
    for library in libraries:
        contestant = Contestant(library, sampler, seed)
        space = {
            f"x{i}": library.distributions.FloatDistribution(-5.0, 5.0) for i in range(N_PARAMS)
        }
        contestant.study.add_trials(
            library.trial.create_trial(params=t.params, distributions=space, value=t.value)
            for t in first.study.trials
        )
        contestant.seconds(1)  # fills caches
        start = time.process_time()
        contestant.seconds(n_timed)
        times.append(time.process_time() - start)
    return times


def other_sampler(library: ModuleType, name: str, n_before: int, n_timed: int) -> float:
    """Return the CPU seconds of trials that follow others of the same sampler."""
    several = name.startswith("NSGA")
    kind = getattr(library.samplers, name)
    options = {"search_space": {"n": list(range(1000))}} if name == "GridSampler" else {}
    sampler = kind(seed=0, **options)

    def function(trial: Any) -> Any:
        if name == "GridSampler":
            return trial.suggest_int("n", 0, 1000)
        value = objective(trial)
        return (value, -value) if several else value

    study = library.create_study(sampler=sampler, directions=["minimize"] * (1 + several))
    study.optimize(function, n_trials=n_before)
    start = time.process_time()
    study.optimize(function, n_trials=n_timed)
    return time.process_time() - start


def print_row(label: str, ours: float, theirs: float, at_least: float | None = None) -> None:
    ratio = f"{ours / theirs:.1f}x"
    limit = "" if at_least is None else f"{at_least:g}x"
    print(f"{label:44} {ours:12.4g} {theirs:12.4g} {ratio:>8} {limit:>9}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--random-trials", type=int, default=1000, help="trials of a block")
    parser.add_argument("--blocks", type=int, default=7, help="blocks of random trials")
    parser.add_argument("--tpe-trials", type=int, default=1000, help="history for TPE")
    parser.add_argument("--tpe-timed", type=int, default=100, help="trials timed after these")
    parser.add_argument("--gp-trials", type=int, nargs="+", default=[100, 300], help="histories")
    parser.add_argument("--gp-timed", type=int, default=15, help="trials timed after these")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--imports", type=int, default=15, help="imports of each module")
    arguments = parser.parse_args()
    parts = arguments.only

    import tunesmith

    try:
        import optuna
    except ImportError:
        sys.exit("This comparison needs Optuna. Install it with: pip install optuna")
    warnings.simplefilter("ignore")
    libraries = (tunesmith, optuna)
    for library in libraries:
        library.logging.set_verbosity(library.logging.ERROR)

    print(
        f"Trials per second: {N_PARAMS} float parameters, trivial objective, in memory, "
        f"tunesmith {tunesmith.__version__} and optuna {optuna.__version__}"
    )
    print(f"{'':44} {'tunesmith':>12} {'optuna':>12} {'ratio':>8} {'at least':>9}")

    if "random" in parts:
        n_random = arguments.random_trials
        ours, theirs = in_turns(libraries, "RandomSampler", arguments.blocks, n_random)
        print_row(
            f"RandomSampler, {arguments.blocks} blocks of {n_random}, median",
            n_random / statistics.median(ours),
            n_random / statistics.median(theirs),
            8,
        )
    if "tpe" in parts:
        block = arguments.tpe_timed
        n_before = max(1, arguments.tpe_trials // block)
        ours, theirs = in_turns(libraries, "TPESampler", n_before + 1, block)
        n_first = n_before * block
        print_row(
            f"TPESampler, trials 0 to {n_first - 1}",
            n_first / sum(ours[:-1]),
            n_first / sum(theirs[:-1]),
        )
        print_row(
            f"TPESampler, trials {n_first} to {n_first + block - 1}",
            block / ours[-1],
            block / theirs[-1],
            20,
        )
    if "gp" in parts:
        for n_before in arguments.gp_trials:
            n_timed = arguments.gp_timed
            ours, theirs = after_a_history(libraries, "GPSampler", n_before, n_timed)
            print_row(
                f"GPSampler, CPU time, trials {n_before + 1} to {n_before + n_timed}",
                n_timed / ours,
                n_timed / theirs,
                5,
            )
    if "others" in parts:
        for name, n_before, n_timed, at_least in OTHERS:
            ours, theirs = (
                other_sampler(library, name, n_before, n_timed) for library in libraries
            )
            print_row(
                f"{name}, CPU time, trials {n_before} to {n_before + n_timed - 1}",
                n_timed / ours,
                n_timed / theirs,
                at_least,
            )
    if "import" not in parts:
        return

    times = import_times(["numpy", "tunesmith", "optuna"], arguments.imports)
    print(f"\nSeconds of an import, median of {arguments.imports}, and in times of numpy's")
    for module, seconds in times.items():
        limit = "at most 1.5x" if module == "tunesmith" else ""
        print(f"{module:44} {seconds:12.3f} {seconds / times['numpy']:11.2f}x  {limit}")


if __name__ == "__main__":
    main()
