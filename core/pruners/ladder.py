"""The rungs of asynchronous successive halving, climbed report by report."""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping
from typing import NamedTuple

from ..history.curves import CurveIndex, Curves, Finish
from ..records import FrozenTrial

_GOLDEN = 0.5 * (math.sqrt(5.0) - 1.0)


class Brackets(NamedTuple):
    """How the trials of a study are dealt out to brackets.

    Attributes
    ----------
    shares : tuple of int
        Parts of the trials that each bracket gets.
    """

    shares: tuple[int, ...]

    def of(self, number: int) -> int:
        """Return the bracket of a trial.

        Multiples of the golden ratio modulo 1 fill the unit interval evenly, however many.
        """
        at = (0.5 + number * _GOLDEN) % 1.0 * sum(self.shares)
        for index, share in enumerate(self.shares):
            at -= share
            if at < 0.0:
                return index
        return len(self.shares) - 1


class LadderRule(NamedTuple):
    """What a ladder depends on.

    Attributes
    ----------
    first_step, factor : float
        Rung k is at step ``first_step * factor**k``.
    n_bootstrap : int
        Nobody goes on from a rung where no more than so many have arrived.
    maximize : bool
        Whether higher is better.
    after : Finish or None
        Trials that ended then or before do not take part.
    brackets : Brackets or None
        If there are some, trials of other brackets do not take part.
    bracket : int
        Which one the ladder is for.
    """

    first_step: float
    factor: int
    n_bootstrap: int
    maximize: bool
    after: Finish | None
    brackets: Brackets | None = None
    bracket: int = 0


class _Climber:
    """Where a trial is: the next rung and its step, and whether the last one let it go on."""

    __slots__ = ("next_step", "promoted", "reached", "results", "rung")

    def __init__(self, first_step: float) -> None:
        self.rung = 0
        self.next_step = first_step
        self.reached = -math.inf
        self.promoted = True
        self.results: list[tuple[float, bool]] = []  # loss at each rung, and whether it went on


class Ladder(CurveIndex):
    """Which trials have arrived at which rung, and who goes on.

    A trial arrives at a rung with the first value that is not NaN which it reports at the rung's
    step or later; reports below a step that it had reached before do not count. It goes on if it
    is among the best ``1 / factor`` of those that have arrived so far, at least the best one. A
    report that passes several rungs climbs them until one does not let it go on. What later
    trials do changes nothing for those who arrived before them.

    Trials that were there before the ladder take it one after the other, by number.
    """

    def __init__(self, rule: LadderRule) -> None:
        self._rule = rule
        self._rungs: list[list[float]] = []  # losses in ascending order
        self._climbers: dict[int, _Climber] = {}

    def take(self, number: int, reports: Mapping[int, float], finish: Finish | None) -> None:
        after = self._rule.after
        if after is not None and finish is not None and finish <= after:
            return
        climber = self._climbers.get(number)
        if climber is None:
            brackets = self._rule.brackets
            if brackets is not None and brackets.of(number) != self._rule.bracket:
                return
            climber = self._climbers[number] = _Climber(self._rule.first_step)
        self._climb(climber, reports, stays=True)

    def has(self, number: int) -> bool:
        """Return whether trial `number` takes part."""
        return number in self._climbers

    def rejects(self, number: int) -> bool:
        """Return whether trial `number` is held back by the last rung it came to."""
        return self._is_held_back(self._climbers[number])

    def would_reject(self, reports: Mapping[int, float]) -> bool:
        """Return whether a trial with these reports would be held back, leaving no trace."""
        climber = _Climber(self._rule.first_step)
        self._climb(climber, reports, stays=False)
        return self._is_held_back(climber)

    def outcomes(self) -> list[tuple[int, int, float | None]]:
        """Return, for each rung, how many arrived and went on, and the least loss that did not."""
        n_went_on = [0] * len(self._rungs)
        stopped: list[float | None] = [None] * len(self._rungs)
        for climber in self._climbers.values():
            for rung, (loss, goes_on) in enumerate(climber.results):
                n_went_on[rung] += goes_on
                least = stopped[rung]
                if not goes_on and (least is None or loss < least):
                    stopped[rung] = loss
        return [(len(n), k, s) for n, k, s in zip(self._rungs, n_went_on, stopped, strict=True)]

    def _climb(self, climber: _Climber, reports: Mapping[int, float], *, stays: bool) -> None:
        for step, value in reports.items():
            if step <= climber.reached:
                continue
            climber.reached = step
            if step < climber.next_step or math.isnan(value):
                continue
            loss = -value if self._rule.maximize else value
            while step >= climber.next_step:
                climber.promoted = self._promotes(climber.rung, loss, stays)
                climber.results.append((loss, climber.promoted))
                climber.rung += 1
                climber.next_step *= self._rule.factor
                if not climber.promoted:
                    break

    @staticmethod
    def _is_held_back(climber: _Climber) -> bool:
        # A rung's step was reached, yet no value has arrived there: it is NaN.
        return not climber.promoted or climber.reached >= climber.next_step

    def _promotes(self, rung: int, loss: float, stays: bool) -> bool:
        if rung == len(self._rungs):
            self._rungs.append([])
        losses = self._rungs[rung]
        n_better = bisect.bisect_left(losses, loss)
        n = len(losses) + 1
        if stays:
            losses.insert(n_better, loss)
        return n > self._rule.n_bootstrap and n_better < max(n // self._rule.factor, 1)


def ladder_of(curves: Curves, rule: LadderRule) -> Ladder:
    """Return the ladder of a study, which all who ask for the same rule share."""
    return curves.index(rule, lambda: Ladder(rule))


def holds_back(curves: Curves, rule: LadderRule, trial: FrozenTrial) -> bool:
    """Return whether the last rung that a running trial came to does not let it go on."""
    ladder = ladder_of(curves, rule)
    if curves.holds(trial) and ladder.has(trial.number):
        return ladder.rejects(trial.number)
    return ladder.would_reject(trial.intermediate_values)
