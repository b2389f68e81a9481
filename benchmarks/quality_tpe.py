"""Compare how good the values are that TPE finds, here and in Optuna.

Runs the same objectives with the same number of trials in both libraries, in one process, and
prints for each the median of the best values and how often this project's was better (a tie
counts half), with a one-sided p-value of the Mann-Whitney test that it is worse.

    python benchmarks/quality_tpe.py --trials 100 --seeds 20
    python benchmarks/quality_tpe.py --functions branin sphere-5 --options multivariate=False
"""

from __future__ import annotations

import argparse
import ast
import itertools
import math
import time
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
from scipy.stats import mannwhitneyu

Objective = Callable[[Any], Any]


def sphere(trial: Any) -> float:
    return sum((trial.suggest_float(f"x{i}", -5, 5) - 1.0) ** 2 for i in range(5))


def rosenbrock(trial: Any) -> float:
    x = [trial.suggest_float(f"x{i}", -2, 2) for i in range(5)]
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in itertools.pairwise(x))


def branin(trial: Any) -> float:
    x, y = trial.suggest_float("x", -5, 10), trial.suggest_float("y", 0, 15)
    a = y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6
    return a * a + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


_A = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
_P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def hartmann6(trial: Any) -> float:
    x = np.array([trial.suggest_float(f"x{i}", 0, 1) for i in range(6)])
    weights = np.array([1.0, 1.2, 3.0, 3.2])
    return -float(weights @ np.exp(-(_A * (x - _P) ** 2).sum(axis=1)))


def rastrigin(trial: Any) -> float:
    x = [trial.suggest_float(f"x{i}", -5.12, 5.12) for i in range(5)]
    return 50 + sum(v * v - 10 * math.cos(2 * math.pi * v) for v in x)


def mixed(trial: Any) -> float:
    rate = trial.suggest_float("rate", 1e-6, 1.0, log=True)
    units = trial.suggest_int("units", 1, 1024, log=True)
    depth = trial.suggest_int("depth", 1, 12)
    dropout = trial.suggest_float("dropout", 0.0, 0.9, step=0.1)
    kind = trial.suggest_categorical("kind", ["a", "b", "c", "d"])
    shift = {"a": 0.0, "b": 0.5, "c": 1.0, "d": 1.5}[kind]
    return (
        (math.log10(rate) + 3) ** 2
        + 0.5 * (math.log2(units) - 7) ** 2
        + 0.2 * (depth - 5) ** 2
        + 5 * (dropout - 0.3) ** 2
        + shift
        + 0.3 * abs(math.log10(rate) + 3 - (depth - 5) / 4)
    )


def conditional(trial: Any) -> float:
    kind = trial.suggest_categorical("kind", ["forest", "svm", "net"])
    scale = trial.suggest_float("scale", -3, 3)
    if kind == "forest":
        depth = trial.suggest_int("depth", 1, 30)
        return 1.0 + 0.01 * (depth - 12) ** 2 + 0.2 * scale**2
    if kind == "svm":
        c = trial.suggest_float("C", 1e-4, 1e4, log=True)
        gamma = trial.suggest_float("gamma", 1e-4, 1e4, log=True)
        u, v = math.log10(c) - 1, math.log10(gamma) + 2
        return 0.5 + 0.3 * u * u + 0.3 * v * v + 0.2 * u * v + 0.2 * (scale - 1) ** 2
    n_layers = trial.suggest_int("n_layers", 1, 3)
    loss = 0.2 + 0.2 * (scale + 1) ** 2 + 0.3 * abs(n_layers - 2)
    for i in range(n_layers):
        width = trial.suggest_int(f"width{i}", 4, 512, log=True)
        loss += 0.15 * (math.log2(width) - 6 + i) ** 2
    return loss


def noisy(trial: Any) -> float:
    x = [trial.suggest_float(f"x{i}", -5, 5) for i in range(4)]
    loss = sum((v - 0.5 * i) ** 2 for i, v in enumerate(x))
    # The same point gives the same noise in both libraries.
    noise = np.random.default_rng(abs(hash(tuple(x))) % 2**32).normal(scale=3.0)
    trial.set_user_attr("loss", loss)
    return loss + noise


def constrained(trial: Any) -> float:
    x, y = trial.suggest_float("x", -15, 30), trial.suggest_float("y", -15, 30)
    trial.set_constraint("disc", (x - 5) ** 2 + y**2 - 25)
    trial.set_constraint("outside", 7.7 - (x - 8) ** 2 - (y + 3) ** 2)
    return 4 * x * x + 4 * y * y - 8 * x + (x - 5) ** 2 + (y - 5) ** 2


def zdt1(trial: Any) -> tuple[float, float]:
    x = [trial.suggest_float(f"x{i}", 0, 1) for i in range(6)]
    g = 1 + 9 * sum(x[1:]) / 5
    return x[0], g * (1 - math.sqrt(x[0] / g))


def zdt2(trial: Any) -> tuple[float, float]:
    x = [trial.suggest_float(f"x{i}", 0, 1) for i in range(6)]
    g = 1 + 9 * sum(x[1:]) / 5
    return x[0], g * (1 - (x[0] / g) ** 2)


def dtlz2(trial: Any) -> tuple[float, float, float]:
    x = [trial.suggest_float(f"x{i}", 0, 1) for i in range(6)]
    r = 1 + sum((v - 0.5) ** 2 for v in x[2:])
    a, b = 0.5 * math.pi * x[0], 0.5 * math.pi * x[1]
    return r * math.cos(a) * math.cos(b), r * math.cos(a) * math.sin(b), r * math.sin(a)


OBJECTIVES: dict[str, tuple[Objective, int]] = {
    "sphere-5": (sphere, 1),
    "rosenbrock-5": (rosenbrock, 1),
    "branin": (branin, 1),
    "hartmann-6": (hartmann6, 1),
    "rastrigin-5": (rastrigin, 1),
    "mixed": (mixed, 1),
    "conditional": (conditional, 1),
    "noisy-4": (noisy, 1),
    "constrained": (constrained, 1),
    "zdt1": (zdt1, 2),
    "zdt2": (zdt2, 2),
    "dtlz2": (dtlz2, 3),
}
REFERENCES = {"zdt1": [1.1, 11.0], "zdt2": [1.1, 11.0], "dtlz2": [2.5, 2.5, 2.5]}


def score(name: str, study: Any) -> float:
    """Return what a study has achieved, lower is better."""
    if name in REFERENCES:
        import moocore

        points = np.array([trial.values for trial in study.best_trials])
        return -float(moocore.hypervolume(points, ref=REFERENCES[name]))
    try:
        best = study.best_trial
    except ValueError:  # nothing feasible
        return math.inf
    return float(best.user_attrs.get("loss", best.value))


def run(library: ModuleType, name: str, n_trials: int, seed: int, options: dict[str, Any]) -> Any:
    objective, n_objectives = OBJECTIVES[name]
    library.logging.set_verbosity(library.logging.ERROR)
    study = library.create_study(
        directions=["minimize"] * n_objectives,
        sampler=library.samplers.TPESampler(seed=seed, **options),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        started = time.process_time()
        study.optimize(objective, n_trials=n_trials)
    return score(name, study), time.process_time() - started


def main() -> None:
    import optuna

    import tunesmith

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--functions", nargs="+", choices=OBJECTIVES, default=list(OBJECTIVES))
    parser.add_argument(
        "--options", nargs="*", default=[], metavar="NAME=VALUE", help="for both samplers"
    )
    arguments = parser.parse_args()
    pairs = (option.split("=", 1) for option in arguments.options)
    options = {key: ast.literal_eval(value) for key, value in pairs}
    print(f"{'function':14} {'tunesmith':>10} {'optuna':>10} {'wins':>6} {'p':>6} {'time':>6}")
    for name in arguments.functions:
        results = {
            library.__name__: np.array(
                [
                    run(library, name, arguments.trials, seed, options)
                    for seed in range(arguments.seeds)
                ]
            )
            for library in (tunesmith, optuna)
        }
        ours, theirs = results["tunesmith"], results["optuna"]
        test = mannwhitneyu(ours[:, 0], theirs[:, 0], alternative="greater")
        pairs_lost = test.statistic / (len(ours) * len(theirs))
        print(
            f"{name:14} {np.median(ours[:, 0]):10.4g} {np.median(theirs[:, 0]):10.4g} "
            f"{1 - pairs_lost:6.0%} {test.pvalue:6.3f} "
            f"{theirs[:, 1].sum() / ours[:, 1].sum():5.1f}x",
            flush=True,
        )


if __name__ == "__main__":
    main()
