"""Two and three objectives: ZDT, DTLZ, and pairs of functions of COCO.

References
----------
Zitzler, Deb, Thiele (2000), Comparison of multiobjective evolutionary algorithms, Evolutionary
Computation 8. Deb, Thiele, Laumanns, Zitzler (2002), Scalable multi-objective optimization test
problems, CEC.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from .bbob import made_of_two
from .task import Task


def tasks() -> Iterator[Task]:
    yield Task("zdt1-6d", "several", _zdt(1, 6), 2, (1.1, 6.0))
    yield Task("zdt2-6d", "several", _zdt(2, 6), 2, (1.1, 6.0))
    yield Task("zdt3-6d", "several", _zdt(3, 6), 2, (1.1, 6.0))
    yield Task("dtlz2-6d", "several", _dtlz2(6), 3, (2.0, 2.0, 2.0))
    yield Task("biobj-f1-5d", "several", made_of_two(1, 5), 2)
    yield Task("biobj-f20-5d", "several", made_of_two(20, 5), 2)


def _zdt(number: int, dimension: int) -> Callable[[int], Callable[[Any], Any]]:
    def make(_seed: int) -> Callable[[Any], Any]:
        def objective(trial: Any) -> tuple[float, float]:
            x = [trial.suggest_float(f"x{i}", 0.0, 1.0) for i in range(dimension)]
            g = 1 + 9 * sum(x[1:]) / (dimension - 1)
            ratio = x[0] / g
            shape = 1 - (ratio**2 if number == 2 else math.sqrt(ratio))
            if number == 3:
                shape -= ratio * math.sin(10 * math.pi * x[0])
            return x[0], g * shape

        return objective

    return make


def _dtlz2(dimension: int) -> Callable[[int], Callable[[Any], Any]]:
    def make(_seed: int) -> Callable[[Any], Any]:
        def objective(trial: Any) -> tuple[float, float, float]:
            x = [trial.suggest_float(f"x{i}", 0.0, 1.0) for i in range(dimension)]
            g = 1 + sum((v - 0.5) ** 2 for v in x[2:])
            a, b = x[0] * math.pi / 2, x[1] * math.pi / 2
            return g * math.cos(a) * math.cos(b), g * math.cos(a) * math.sin(b), g * math.sin(a)

        return objective

    return make
