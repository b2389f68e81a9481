"""Spaces that are mixed, or have branches."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .task import Task


def tasks() -> Iterator[Task]:
    yield Task("mixed", "conditional", _mixed)
    yield Task("branches", "conditional", _branches)
    yield Task("layers", "conditional", _layers)


def _mixed(seed: int) -> Callable[[Any], float]:
    rng = np.random.default_rng(seed)
    rate0, units0, drop0 = rng.uniform(-4.5, -1.5), rng.uniform(3, 8), rng.integers(1, 6) / 10
    shifts = dict(zip("abcd", rng.permutation(4) * 0.4, strict=True))

    def objective(trial: Any) -> float:
        rate = trial.suggest_float("rate", 1e-6, 1.0, log=True)
        units = trial.suggest_int("units", 1, 1024, log=True)
        depth = trial.suggest_int("depth", 1, 12)
        dropout = trial.suggest_float("dropout", 0.0, 0.9, step=0.1)
        kind = trial.suggest_categorical("kind", list("abcd"))
        return float(
            (math.log10(rate) - rate0) ** 2
            + 0.3 * (math.log2(units) - units0) ** 2
            + 0.1 * (depth - 4 - shifts[kind] * 4) ** 2
            + 4 * (dropout - drop0) ** 2
            + shifts[kind]
        )

    return objective


def _branches(seed: int) -> Callable[[Any], float]:
    rng = np.random.default_rng(seed)
    centers = rng.uniform(-3, 3, (3, 4))
    offsets = rng.permutation([0.0, 0.3, 1.0])

    def objective(trial: Any) -> float:
        kind = trial.suggest_categorical("kind", ["one", "two", "three"])
        k = ["one", "two", "three"].index(kind)
        shared = trial.suggest_float("shared", -5, 5)
        x = [trial.suggest_float(f"{kind}-{i}", -5, 5) for i in range(k + 1)]
        loss = sum((v - c) ** 2 for v, c in zip([shared, *x], centers[k], strict=False))
        return float(offsets[k] + loss / (k + 2))

    return objective


def _layers(seed: int) -> Callable[[Any], float]:
    rng = np.random.default_rng(seed)
    best = rng.uniform(4, 8, 4)
    n_best = 2 + seed % 2

    def objective(trial: Any) -> float:
        n = trial.suggest_int("n", 1, 4)
        rate = trial.suggest_float("rate", 1e-5, 1e-1, log=True)
        loss = 0.5 * abs(n - n_best) + (math.log10(rate) + 3) ** 2
        for i in range(n):
            units = trial.suggest_int(f"units-{i}", 4, 512, log=True)
            loss += 0.2 * (math.log2(units) - best[i]) ** 2
            if trial.suggest_categorical(f"drop-{i}", [True, False]):
                loss += 0.5 * (trial.suggest_float(f"rate-{i}", 0, 0.9) - 0.2) ** 2 - 0.02
        return float(loss)

    return objective
