"""Where the rungs of a halving rule are, and how many trials went on from each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, overload

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
    best_stopped : float or None
        Best value of those that were not, as it was reported.
    """

    bracket: int
    step: float
    n_arrived: int
    n_went_on: int
    best_stopped: float | None


class Rungs(Sequence[Rung]):
    """Rungs in order, and as a table when printed."""

    def __init__(self, rungs: Sequence[Rung]) -> None:
        self._rungs = list(rungs)

    @overload
    def __getitem__(self, index: int) -> Rung: ...

    @overload
    def __getitem__(self, index: slice) -> list[Rung]: ...

    def __getitem__(self, index: int | slice) -> Rung | list[Rung]:
        return self._rungs[index]

    def __len__(self) -> int:
        return len(self._rungs)

    def __iter__(self) -> Iterator[Rung]:
        return iter(self._rungs)

    def __str__(self) -> str:
        head = ("bracket", "step", "arrived", "went on", "best that stopped")
        body = [
            (
                str(rung.bracket),
                f"{rung.step:g}",
                str(rung.n_arrived),
                str(rung.n_went_on),
                "-" if rung.best_stopped is None else f"{rung.best_stopped:.6g}",
            )
            for rung in self._rungs
        ]
        widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
        return "\n".join(
            "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
            for row in (head, *body)
        )

    __repr__ = __str__


def rungs_of(ladder: Ladder, rule: LadderRule) -> list[Rung]:
    """Return what a ladder has seen."""
    rungs = []
    for index, (n_arrived, n_went_on, best_stopped) in enumerate(ladder.outcomes()):
        value = best_stopped
        if value is not None and rule.maximize:
            value = -value
        step = rule.first_step * rule.factor**index
        rungs.append(Rung(rule.bracket, step, n_arrived, n_went_on, value))
    return rungs
