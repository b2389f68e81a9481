"""Compare how good the values are that Gaussian processes find, here and in Optuna.

Runs the same objectives with the same number of trials in both libraries, in one process, and
prints for each the median of the best values at each budget, how often this project's was better
(over all pairs of seeds; a tie counts half), and CPU times per trial. Optuna's sampler needs torch
and takes an hour for all smooth functions; `--keep` writes its results to a file and reads them
from there the next time.

    OMP_NUM_THREADS=1 python benchmarks/quality_gp.py --seeds 10 --keep optuna.json
    python benchmarks/quality_gp.py --functions mixed constrained zdt1 --trials 30 60
"""

from __future__ import annotations

import argparse
import ast
import itertools
import json
import pathlib
import time
import warnings
from types import ModuleType
from typing import Any

import numpy as np
from _smooth_functions import FUNCTIONS as SMOOTH
from quality_tpe import OBJECTIVES, score

ALL = {**{name: (function, 1) for name, function in SMOOTH.items()}, **OBJECTIVES}


def run(
    library: ModuleType, name: str, budgets: list[int], seed: int, options: dict[str, Any]
) -> list[float]:
    """Return what a study achieves at each budget, and its CPU seconds per trial."""
    objective, n_objectives = ALL[name]
    library.logging.set_verbosity(library.logging.ERROR)
    scores = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study = library.create_study(
            directions=["minimize"] * n_objectives,
            sampler=library.samplers.GPSampler(seed=seed, **options),
        )
        started = time.process_time()
        for before, after in itertools.pairwise([0, *budgets]):
            study.optimize(objective, n_trials=after - before)
            scores.append(score(name, study))
    return [*scores, (time.process_time() - started) / budgets[-1]]


class Results:
    """Results of a library, kept in a file if one is given."""

    def __init__(self, library: ModuleType, path: pathlib.Path | None) -> None:
        self._library = library
        self._path = path
        self._known = json.loads(path.read_text()) if path is not None and path.exists() else {}

    def of(
        self, name: str, budgets: list[int], seeds: int, options: dict[str, Any]
    ) -> np.ndarray[Any, Any]:
        rows = []
        for seed in range(seeds):
            key = json.dumps([name, budgets, seed, options])
            if key not in self._known:
                self._known[key] = run(self._library, name, budgets, seed, options)
                if self._path is not None:
                    self._path.write_text(json.dumps(self._known))
            rows.append(self._known[key])
        return np.array(rows)


def main() -> None:
    import optuna

    import tunesmith

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, nargs="+", default=[50, 100], help="budgets")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--functions", nargs="+", choices=ALL, default=list(SMOOTH))
    parser.add_argument("--keep", type=pathlib.Path, help="file for the results of Optuna")
    parser.add_argument(
        "--options", nargs="*", default=[], metavar="NAME=VALUE", help="for both samplers"
    )
    arguments = parser.parse_args()
    pairs = (option.split("=", 1) for option in arguments.options)
    options = {key: ast.literal_eval(value) for key, value in pairs}
    budgets = sorted(arguments.trials)
    contestants = Results(tunesmith, None), Results(optuna, arguments.keep)
    header = "".join(f" | {f'at {n}':>6} {'tunesmith':>10} {'optuna':>10}" for n in budgets)
    print(f"{'function':14}{header} | {'ms':>6} {'ms':>6} {'ratio':>6}")
    shares = []
    for name in arguments.functions:
        ours, theirs = (c.of(name, budgets, arguments.seeds, options) for c in contestants)
        one, other = ours[:, None, :-1], theirs[None, :, :-1]
        wins = np.mean((one < other) + 0.5 * (one == other), axis=(0, 1))
        shares.append(wins)
        cells = "".join(
            f" | {share:6.0%} {np.median(ours[:, k]):10.5g} {np.median(theirs[:, k]):10.5g}"
            for k, share in enumerate(wins)
        )
        mine, peers = 1e3 * ours[:, -1].mean(), 1e3 * theirs[:, -1].mean()
        print(f"{name:14}{cells} | {mine:6.1f} {peers:6.1f} {peers / mine:5.1f}x", flush=True)
    means = "".join(f" | {share:6.0%} {'':21}" for share in np.mean(shares, axis=0))
    print(f"{'all':14}{means} |")


if __name__ == "__main__":
    main()
