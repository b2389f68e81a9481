"""Smooth functions to minimise, of 2 to 10 dimensions, with optima away from centre and corners."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from quality_tpe import branin, hartmann6, rosenbrock


def _floats(trial: Any, n: int, low: float, high: float) -> np.ndarray:
    return np.array([trial.suggest_float(f"x{i}", low, high) for i in range(n)])


def camel(trial: Any) -> float:
    x, y = trial.suggest_float("x", -3, 3), trial.suggest_float("y", -2, 2)
    return (4 - 2.1 * x * x + x**4 / 3) * x * x + x * y + (4 * y * y - 4) * y * y


_A3 = np.array([[3, 10, 30], [0.1, 10, 35], [3, 10, 30], [0.1, 10, 35]])
_P3 = 1e-4 * np.array(
    [[3689, 1170, 2673], [4699, 4387, 7470], [1091, 8732, 5547], [381, 5743, 8828]]
)


def hartmann3(trial: Any) -> float:
    x = _floats(trial, 3, 0, 1)
    weights = np.array([1.0, 1.2, 3.0, 3.2])
    return -float(weights @ np.exp(-(_A3 * (x - _P3) ** 2).sum(axis=1)))


def styblinski4(trial: Any) -> float:
    x = _floats(trial, 4, -5, 5)
    return float(0.5 * np.sum(x**4 - 16 * x**2 + 5 * x))


def levy4(trial: Any) -> float:
    w = 1 + (_floats(trial, 4, -8, 10) - 1) / 4
    inner = (w[:-1] - 1) ** 2 * (1 + 10 * np.sin(math.pi * w[:-1] + 1) ** 2)
    last = (w[-1] - 1) ** 2 * (1 + math.sin(2 * math.pi * w[-1]) ** 2)
    return math.sin(math.pi * w[0]) ** 2 + float(inner.sum() + last)


def ackley5(trial: Any) -> float:
    x = _floats(trial, 5, -10, 20)
    spread = math.exp(-0.2 * math.sqrt(float(np.mean(x * x))))
    return 20 + math.e - 20 * spread - math.exp(float(np.mean(np.cos(2 * math.pi * x))))


def rotated6(trial: Any) -> float:
    # An ellipsoid with a condition of 1,000, turned by a fixed orthogonal matrix.
    x = _floats(trial, 6, -5, 5) - np.linspace(-2, 3, 6)
    turn, _ = np.linalg.qr(np.random.default_rng(6).normal(size=(6, 6)))
    return float(np.sum(10.0 ** np.linspace(0, 3, 6) * (turn @ x) ** 2))


def powell8(trial: Any) -> float:
    x = _floats(trial, 8, -4, 5).reshape(2, 4).T
    terms = (x[0] + 10 * x[1]) ** 2 + 5 * (x[2] - x[3]) ** 2
    return float(np.sum(terms + (x[1] - 2 * x[2]) ** 4 + 10 * (x[0] - x[3]) ** 4))


def mountains8(trial: Any) -> float:
    # Six Gaussian hills of several widths: many flat places, few good ones.
    rng = np.random.default_rng(8)
    centres, widths = rng.uniform(0.15, 0.85, (6, 8)), rng.uniform(0.25, 0.7, 6)
    heights = rng.uniform(0.5, 1.5, 6)
    x = _floats(trial, 8, 0, 1)
    return -float(heights @ np.exp(-((x - centres) ** 2).sum(axis=1) / (2 * widths**2)))


def sphere10(trial: Any) -> float:
    return float(np.sum((_floats(trial, 10, -5, 5) - np.linspace(-3, 4, 10)) ** 2))


def dixon10(trial: Any) -> float:
    x = _floats(trial, 10, -5, 5)
    return float(
        (x[0] - 1) ** 2
        + sum(i * (2 * b * b - a) ** 2 for i, (a, b) in enumerate(itertools.pairwise(x), start=2))
    )


def weak10(trial: Any) -> float:
    # Three of ten parameters matter.
    x = _floats(trial, 10, 0, 1)
    a, b, c = x[1] - 0.3, x[4] - 0.7, x[8] - 0.6
    value = math.sin(6 * a) ** 2 + 3 * (b - a * a) ** 2 + 2 * abs(c) ** 1.5
    return float(value + 1e-3 * np.sum(x))


FUNCTIONS: dict[str, Callable[[Any], float]] = {
    "branin": branin,
    "camel": camel,
    "hartmann-3": hartmann3,
    "styblinski-4": styblinski4,
    "levy-4": levy4,
    "rosenbrock-5": rosenbrock,
    "ackley-5": ackley5,
    "hartmann-6": hartmann6,
    "rotated-6": rotated6,
    "powell-8": powell8,
    "mountains-8": mountains8,
    "sphere-10": sphere10,
    "dixon-10": dixon10,
    "weak-10": weak10,
}
