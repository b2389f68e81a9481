"""What a trial costs besides the objective, here and in Optuna and rustuna, in one run.

All libraries run the same studies in memory, mostly ten float parameters and a trivial objective,
and take turns of a few trials, so that all meet the same machine. Printed are milliseconds of CPU
time per trial, and how they compare with what is asked; then how long `import tunesmith` takes, in
times of `import numpy`. `rustuna`, a rewrite of Optuna's core in Rust, is left out where it is not
installed.

    OMP_NUM_THREADS=1 python benchmarks/overhead.py
    OMP_NUM_THREADS=1 python benchmarks/overhead.py --only tpe-1000 asks
"""

from __future__ import annotations

import argparse
import gc
import importlib
import statistics
import subprocess
import sys
import time
import warnings
from types import ModuleType

from _overhead_cases import CASES, CannotError, Case, Contestant

LIBRARIES = ("tunesmith", "optuna", "rustuna")
N_BLOCKS = 2
_TIME_AN_IMPORT = """
import time
start = time.perf_counter()
import {module}
print(time.perf_counter() - start)
"""


def milliseconds(libraries: dict[str, ModuleType], case: Case) -> dict[str, float]:
    """Return each library's CPU time per trial; those that cannot are left out."""
    contestants = {}
    for name, library in libraries.items():
        try:
            contestants[name] = Contestant(library, case)
        except CannotError:
            continue
    spent = dict.fromkeys(contestants, 0.0)
    n_block = -(-case.n_timed // N_BLOCKS)
    # Nobody's time goes into looking for garbage among what the others have kept.
    gc.collect()
    gc.freeze()
    for _ in range(N_BLOCKS):
        for name, contestant in contestants.items():
            start = time.process_time()
            contestant.run(n_block)
            spent[name] += time.process_time() - start
    gc.unfreeze()
    return {name: seconds / (N_BLOCKS * n_block) * 1e3 for name, seconds in spent.items()}


def row(case: Case, times: dict[str, float]) -> str:
    """Return a line of the table."""
    figures = "".join(
        f"{times[name]:11.3f}" if name in times else f"{'-':>11}" for name in LIBRARIES
    )
    verdicts = []
    if "optuna" in times:
        ratio = times["optuna"] / times["tunesmith"]
        verdicts.append(f"{ratio:7.1f}x" + _asked(case.optuna, ratio, "at least"))
    if "rustuna" in times:
        share = times["tunesmith"] / times["rustuna"]
        verdicts.append(f"{share:6.2f}x" + _asked(case.rustuna, -share, "at most"))
    return f"{case.label:30}{figures}" + "".join(f"{verdict:>24}" for verdict in verdicts)


def _asked(bound: float | None, reached: float, word: str) -> str:
    if bound is None:
        return ""
    holds = reached >= (bound if reached > 0 else -bound)
    return f" ({word} {bound:g}{'' if holds else ': NO'})"


def import_seconds(modules: list[str], repeats: int) -> dict[str, float]:
    """Return the median seconds of each import, in turns; the first turn fills caches."""
    times: dict[str, list[float]] = {module: [] for module in modules}
    for _ in range(repeats + 1):
        for module, seconds in times.items():
            script = _TIME_AN_IMPORT.format(module=module)
            done = subprocess.run(
                [sys.executable, "-c", script], capture_output=True, text=True, check=True
            )
            seconds.append(float(done.stdout))
    return {module: statistics.median(seconds[1:]) for module, seconds in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [*CASES, "import"]
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="ROW")
    parser.add_argument("--libraries", nargs="+", choices=LIBRARIES, default=LIBRARIES)
    parser.add_argument("--imports", type=int, default=15, help="imports of each module")
    arguments = parser.parse_args()

    warnings.simplefilter("ignore")
    libraries: dict[str, ModuleType] = {}
    for name in arguments.libraries:
        try:
            libraries[name] = importlib.import_module(name)
        except ImportError:
            print(f"{name} is not installed and left out (pip install {name}).")
            continue
        if hasattr(libraries[name], "logging"):
            libraries[name].logging.set_verbosity(libraries[name].logging.ERROR)

    print("CPU milliseconds of a trial besides the objective, in memory")
    print(f"{'':30}" + "".join(f"{name:>11}" for name in LIBRARIES), end="")
    print(f"{'Optuna / ours':>24}{'ours / rustuna':>24}")
    for name in arguments.only:
        if name != "import":
            print(row(CASES[name], milliseconds(libraries, CASES[name])), flush=True)
    if "import" not in arguments.only:
        return
    times = import_seconds(["numpy", "tunesmith", "optuna"], arguments.imports)
    print(f"\nSeconds of an import, median of {arguments.imports}, and in times of numpy's")
    for module, seconds in times.items():
        limit = " (at most 1.5)" if module == "tunesmith" else ""
        print(f"{module:30}{seconds:11.3f}{seconds / times['numpy']:10.2f}x{limit}")


if __name__ == "__main__":
    main()
