"""Where the rungs of a halving rule are, and how many trials went on from each."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar, overload

from ..history.curves import Report
from ..records.prune_reason import shown
from .ladder import Ladder, LadderRule


class Rung(NamedTuple):
    """What has happened at one rung.

    Attributes
    ----------
    bracket : int
        0 for the one that prunes most; always 0 without brackets.
    step : float
        Trials arrive with their first value at this step or later.
    n_arrived, n_went_on : int
        How many trials arrived, and how many were let go on.
    best_stopped : float, tuple of float or None
        Best value of those that were not, as it was reported.
    """

    bracket: int
    step: float
    n_arrived: int
    n_went_on: int
    best_stopped: Report | None


class TrialRung(NamedTuple):
    """How one trial came to one rung.

    Attributes
    ----------
    bracket : int
        0 for the one that prunes most; always 0 without brackets.
    step : float
        Step of the rung.
    value : float or tuple of float
        What counted there, as it was reported.
    place, n_arrived : int
        Its place among those that had arrived by then, from 1, and how many these were.
    went_on : bool
        Whether it was let go on.
    """

    bracket: int
    step: float
    value: Report
    place: int
    n_arrived: int
    went_on: bool


Row = TypeVar("Row")


class _Table(Sequence[Row], Generic[Row]):
    """Rows, and a table when printed."""

    _head: tuple[str, ...]

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = list(rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...

    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    @abstractmethod
    def _cells(self, row: Row) -> tuple[str, ...]:
        """Return what a row says under each heading."""

    def __str__(self) -> str:
        table = [self._head, *map(self._cells, self._rows)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        return "\n".join(
            "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
            for row in table
        )

    __repr__ = __str__


class Rungs(_Table[Rung]):
    """Rungs in order, and as a table when printed."""

    _head = ("bracket", "step", "arrived", "went on", "best that stopped")

    def _cells(self, row: Rung) -> tuple[str, ...]:
        stopped = "-" if row.best_stopped is None else shown(row.best_stopped)
        return (
            str(row.bracket), f"{row.step:g}", str(row.n_arrived), str(row.n_went_on), stopped
        )  # fmt: skip


class TrialRungs(_Table[TrialRung]):
    """How one trial came to each rung that it reached, and as a table when printed."""

    _head = ("bracket", "step", "value", "place", "of", "went on")

    def _cells(self, row: TrialRung) -> tuple[str, ...]:
        went_on = "yes" if row.went_on else "no"
        return (
            str(row.bracket), f"{row.step:g}", shown(row.value), str(row.place),
            str(row.n_arrived), went_on,
        )  # fmt: skip


def rungs_of(ladder: Ladder, rule: LadderRule) -> list[Rung]:
    """Return what a ladder has seen."""
    return [
        Rung(
            rule.bracket,
            rule.step_of(index),
            n_arrived,
            n_went_on,
            None if best_stopped is None else rule.as_reported(best_stopped),
        )
        for index, (n_arrived, n_went_on, best_stopped) in enumerate(ladder.outcomes())
    ]


def trial_rungs_of(ladder: Ladder, rule: LadderRule, number: int) -> list[TrialRung]:
    """Return what a ladder has seen of one trial."""
    return [
        TrialRung(
            rule.bracket,
            rule.step_of(index),
            rule.as_reported(arrival.loss),
            arrival.n_better + 1,
            arrival.n_arrived,
            arrival.goes_on,
        )
        for index, arrival in enumerate(ladder.arrivals(number))
    ]
