"""Compare how good the values are that Gaussian processes find, here and in Optuna.

Runs the same objectives with the same number of trials in both libraries, in one process, and
prints for each the median of the best values, how often this project's was better (a tie counts
half), the one-sided p-value of the Mann-Whitney test that it is worse, and CPU times per trial.
Optuna's sampler needs torch.

    python benchmarks/quality_gp.py --trials 60 --seeds 5
    python benchmarks/quality_gp.py --functions branin sphere-5 --options deterministic_objective=True
"""

from __future__ import annotations

import argparse
import ast
import time
import warnings
from types import ModuleType
from typing import Any

import numpy as np
from quality_tpe import OBJECTIVES, score
from scipy.stats import mannwhitneyu


def run(
    library: ModuleType, name: str, n_trials: int, seed: int, options: dict[str, Any]
) -> tuple[float, float]:
    """Return what a study achieves, and its CPU time in seconds."""
    objective, n_objectives = OBJECTIVES[name]
    library.logging.set_verbosity(library.logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study = library.create_study(
            directions=["minimize"] * n_objectives,
            sampler=library.samplers.GPSampler(seed=seed, **options),
        )
        started = time.process_time()
        study.optimize(objective, n_trials=n_trials)
    return score(name, study), time.process_time() - started


def main() -> None:
    import optuna

    import tunesmith

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--functions", nargs="+", choices=OBJECTIVES, default=list(OBJECTIVES))
    parser.add_argument(
        "--options", nargs="*", default=[], metavar="NAME=VALUE", help="for both samplers"
    )
    arguments = parser.parse_args()
    pairs = (option.split("=", 1) for option in arguments.options)
    options = {key: ast.literal_eval(value) for key, value in pairs}
    print(
        f"{'function':14} {'tunesmith':>10} {'optuna':>10} {'wins':>6} {'p':>6} "
        f"{'ms':>6} {'ms':>6} {'ratio':>6}"
    )
    for name in arguments.functions:
        ours, theirs = (
            np.array(
                [
                    run(library, name, arguments.trials, seed, options)
                    for seed in range(arguments.seeds)
                ]
            )
            for library in (tunesmith, optuna)
        )
        test = mannwhitneyu(ours[:, 0], theirs[:, 0], alternative="greater")
        pairs_lost = test.statistic / (len(ours) * len(theirs))
        milliseconds = [1e3 * part[:, 1].mean() / arguments.trials for part in (ours, theirs)]
        print(
            f"{name:14} {np.median(ours[:, 0]):10.4g} {np.median(theirs[:, 0]):10.4g} "
            f"{1 - pairs_lost:6.0%} {test.pvalue:6.3f} "
            f"{milliseconds[0]:6.1f} {milliseconds[1]:6.1f} "
            f"{milliseconds[1] / milliseconds[0]:5.1f}x",
            flush=True,
        )


if __name__ == "__main__":
    main()
