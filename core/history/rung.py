"""One rung of successive halving: what each trial had reached at a given step."""

from __future__ import annotations

import bisect
from typing import NamedTuple

from .ordered_values import OrderedValues


class Standing(NamedTuple):
    """A value's place among those on a rung, itself included.

    Attributes
    ----------
    n_lower, n_higher : int
        How many are strictly lower and strictly higher.
    n : int
        How many there are.
    """

    n_lower: int
    n_higher: int
    n: int


class Rung:
    """The values with which trials arrived at a step, and how each stood when it did.

    A promotion is final: later arrivals do not change an earlier standing.
    """

    def __init__(self, step: float) -> None:
        self.step = step
        self._values = OrderedValues()
        self._standings: dict[int, Standing] = {}
        self._finished: set[int] = set()

    def __contains__(self, number: object) -> bool:
        return number in self._standings or number in self._finished

    def __len__(self) -> int:
        return len(self._values)

    def enter(self, number: int, value: float) -> None:
        """Let trial `number` arrive with `value`, which is not NaN."""
        self._values.add(value)
        self._standings[number] = self._place(value, n_more=0)

    def enter_finished(self, number: int, value: float) -> None:
        """Let a trial arrive whose standing nobody will ask for."""
        self._values.add(value)
        self._finished.add(number)

    def standing(self, number: int) -> Standing | None:
        """Return how trial `number` stood when it arrived; None if it has not."""
        return self._standings.get(number)

    def standing_of(self, value: float) -> Standing:
        """Return how `value` would stand if it arrived now."""
        return self._place(value, n_more=1)

    def _place(self, value: float, n_more: int) -> Standing:
        values = self._values.ascending()
        n_higher = len(values) - bisect.bisect_right(values, value)
        return Standing(bisect.bisect_left(values, value), n_higher, len(values) + n_more)
