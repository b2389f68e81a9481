"""What a task is."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any


@dataclasses.dataclass(frozen=True)
class Task:
    """A problem to be solved in a number of trials.

    Attributes
    ----------
    name, family : str
    make : callable
        Takes the seed of a repetition and returns the objective: functions are turned and shifted
        anew for each, models draw other folds.
    n_objectives : int
        All are minimised.
    worst : tuple of float
        With several objectives, the point up to which hypervolume counts.
    seconds : float
        What a trial costs, about.
    """

    name: str
    family: str
    make: Callable[[int], Callable[[Any], Any]]
    n_objectives: int = 1
    worst: tuple[float, ...] = ()
    seconds: float = 0.0
