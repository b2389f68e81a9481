"""The generations of one study, told from its trials."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ...history import History
from ...records import TrialState

IntArray = npt.NDArray[np.intp]
Select = Callable[[IntArray, int], IntArray]


class Generations:
    """Which trials belong to which generation, and which of them are parents.

    A complete trial belongs to the generation that its attribute says. One without the attribute
    (enqueued, or added by the user) counts for the generation in which it ended. A generation is
    over once it has as many members as the population's size.

    Parameters
    ----------
    key : str
        Name of the attribute.
    size : int
        Size of the population.
    """

    def __init__(self, key: str, size: int) -> None:
        self._key = key
        self._size = size
        self._n_seen = 0
        self._unfinished: list[int] = []
        self._members: dict[int, list[int]] = {}
        self._current = 0
        self._parents: dict[int, IntArray] = {0: np.empty(0, dtype=np.intp)}

    def refresh(self, history: History) -> None:
        """Take in the trials that have ended."""
        n = len(history)
        numbers = [*self._unfinished, *range(self._n_seen, n)]
        self._n_seen, self._unfinished = n, []
        trials = history.trials
        for number in numbers:
            trial = trials[number]
            if trial is None or not trial.state.is_finished():
                self._unfinished.append(number)
            elif trial.state is TrialState.COMPLETE:
                generation = trial.system_attrs.get(self._key)
                generation = self._current if generation is None else int(generation)
                members = self._members.setdefault(generation, [])
                members.append(number)
                if generation >= self._current:
                    self._current = generation + (len(members) >= self._size)

    @property
    def current(self) -> int:
        """The generation that a new trial belongs to."""
        return self._current

    def members(self, generation: int) -> IntArray:
        """Return the numbers of the complete trials of a generation."""
        return np.array(sorted(self._members.get(generation, ())), dtype=np.intp)

    def parents(self, generation: int, select: Select) -> IntArray:
        """Return the numbers of the parents of a generation.

        They are selected once from the generation before and its parents, by `select`, which
        takes numbers and the generation.
        """
        if generation in self._parents:
            return self._parents[generation]
        known = max(self._parents)
        for g in range(known + 1, generation + 1):
            candidates = np.union1d(self._parents[g - 1], self.members(g - 1))
            self._parents[g] = select(candidates, g)
        return self._parents[generation]
