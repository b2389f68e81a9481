"""Functions of the platform COCO (package `coco-experiment`), turned and shifted by instance."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from .task import Task

#: Function and dimension: separable, ill-conditioned, multimodal with and without structure.
CHOSEN = (
    (1, 5),
    (2, 10),
    (3, 5),
    (6, 10),
    (7, 5),
    (8, 5),
    (10, 5),
    (12, 20),
    (13, 10),
    (15, 10),
    (17, 5),
    (18, 20),
    (20, 5),
    (21, 2),
    (22, 10),
    (24, 5),
)


def tasks() -> Iterator[Task]:
    for function, dimension in CHOSEN:
        make = functools.partial(_made, "bbob", function, dimension)
        yield Task(f"bbob-f{function}-{dimension}d", "functions", make)


def made_of_two(function: int, dimension: int) -> Callable[[int], Callable[[Any], Any]]:
    """Return the maker of a task with two objectives."""
    return functools.partial(_made, "bbob-biobj", function, dimension)


def _made(suite: str, function: int, dimension: int, seed: int) -> Callable[[Any], Any]:
    import cocoex

    instance = 1 + seed % 15
    chosen = f"function_indices: {function} dimensions: {dimension}"
    problems = cocoex.Suite(suite, f"instances: {instance}", chosen)
    problem = problems[0]

    def objective(trial: Any) -> Any:
        x = [trial.suggest_float(f"x{i}", -5.0, 5.0) for i in range(dimension)]
        values = problem(x)
        return tuple(map(float, values)) if suite == "bbob-biobj" else float(values)

    objective.keeps = (problems, problem)  # type: ignore[attr-defined]  # else both are freed
    return objective
