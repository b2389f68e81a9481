"""Which configurations trials have had."""

from __future__ import annotations

from ...distributions import BaseDistribution
from ...history import History
from ...records import TrialState

Configuration = tuple[float, ...]

_FINISHED = frozenset(int(state) for state in TrialState if state.is_finished())


class Known:
    """The configurations of one study's trials in one space, in internal representation.

    Parameters
    ----------
    space : dict of str to BaseDistribution
        What configurations are of. A trial that lacks some of it has none.
    """

    def __init__(self, space: dict[str, BaseDistribution]) -> None:
        self._names = tuple(space)
        self._settled: set[Configuration] = set()
        self._unsettled: dict[int, Configuration] = {}  # by number
        self._n = 0

    def refresh(self, history: History) -> None:
        """Take in the trials that are new or were unfinished."""
        n = len(history)
        numbers = [*self._unsettled, *range(self._n, n)]
        if not numbers:
            return
        self._n, self._unsettled = n, {}
        configurations = history.configurations(self._names, numbers)
        states = history.states
        for number, configuration in zip(numbers, configurations, strict=True):
            if states.item(number) in _FINISHED:
                self._settled.add(configuration)
            else:
                self._unsettled[number] = configuration

    def has(self, configuration: Configuration, but: int) -> bool:
        """Return whether a trial, other than number `but`, has had it or is at it."""
        if configuration in self._settled:
            return True
        unsettled = self._unsettled
        return bool(unsettled) and any(
            configuration == other for number, other in unsettled.items() if number != but
        )
