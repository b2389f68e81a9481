"""The rungs of asynchronous successive halving, climbed report by report."""

from __future__ import annotations

import bisect
import math
from typing import Any, NamedTuple

from ..history.curves import CurveIndex, Curves, Finish, Report, Reports
from ..history.ranked_vectors import RankedVectors, best_of
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
    signs : tuple of float
        One per objective, -1 where higher is better.
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
    signs: tuple[float, ...]
    after: Finish | None
    brackets: Brackets | None = None
    bracket: int = 0

    def step_of(self, rung: int) -> float:
        """Return the step of a rung."""
        return self.first_step * float(self.factor**rung)

    def as_reported(self, loss: Report) -> Report:
        """Return a loss with the sign that it was reported with."""
        if isinstance(loss, tuple):
            return tuple(sign * value for sign, value in zip(self.signs, loss, strict=True))
        return self.signs[0] * loss


class Arrival(NamedTuple):
    """A trial's coming to a rung.

    Attributes
    ----------
    loss : float or tuple of float
        What counts there.
    n_better, n_arrived : int
        How many were better then, and how many had arrived, with this one.
    goes_on : bool
        Whether it was let go on.
    """

    loss: Report
    n_better: int
    n_arrived: int
    goes_on: bool


class _Climber:
    """Where a trial is: the next rung and its step, and whether the last one let it go on."""

    __slots__ = ("arrivals", "next_step", "promoted", "reached")

    def __init__(self, first_step: float) -> None:
        self.next_step = first_step
        self.reached = -math.inf
        self.promoted = True
        self.arrivals: list[Arrival] = []  # one per rung

    @property
    def is_held_back(self) -> bool:
        # Or a rung's step was reached, yet no value has arrived there: it is NaN.
        return not self.promoted or self.reached >= self.next_step


class Ladder(CurveIndex):
    """Which trials have arrived at which rung, and who goes on.

    A trial arrives at a rung with the first value that is not NaN which it reports at the rung's
    step or later; reports below a step that it had reached before do not count. It goes on if it
    is among the best ``1 / factor`` of those that have arrived so far, at least the best one. A
    report that passes several rungs climbs them until one does not let it go on. What later
    trials do changes nothing for those who arrived before them.

    Vectors are ordered by non-domination rank and hypervolume; one with a NaN does not arrive.

    Trials that were there before the ladder take it one after the other, by number.
    """

    def __init__(self, rule: LadderRule) -> None:
        self._rule = rule
        self._is_scalar = len(rule.signs) == 1
        self._rungs: list[_Rung] = []
        self._climbers: dict[int, _Climber] = {}
        self._outsiders: set[int] = set()  # trials of other brackets

    def take(self, number: int, reports: Reports, finish: Finish | None) -> None:
        climber = self._climbers.get(number)
        if climber is None:
            after = self._rule.after
            if after is not None and finish is not None and finish <= after:
                return
            if number in self._outsiders:
                return
            brackets = self._rule.brackets
            if brackets is not None and brackets.of(number) != self._rule.bracket:
                self._outsiders.add(number)
                return
            climber = self._climbers[number] = _Climber(self._rule.first_step)
        self._climb(climber, reports, stays=True)

    def rejects(self, number: int) -> bool | None:
        """Return whether the last rung it came to holds trial `number` back.

        None if the trial takes no part.
        """
        climber = self._climbers.get(number)
        return None if climber is None else climber.is_held_back

    def next_step(self, number: int) -> float:
        """Return the step of the rung that a trial, which takes part, has not come to yet."""
        return self._climbers[number].next_step

    def would_reject(self, reports: Reports) -> bool:
        """Return whether a trial with these reports would be held back, leaving no trace."""
        climber = _Climber(self._rule.first_step)
        self._climb(climber, reports, stays=False)
        return climber.is_held_back

    def arrivals(self, number: int, reports: Reports | None = None) -> list[Arrival]:
        """Return how a trial came to each rung that it reached.

        Parameters
        ----------
        number : int
            Number of the trial.
        reports : mapping, optional
            Return it for a trial with these reports instead, leaving no trace.
        """
        if reports is None:
            climber = self._climbers.get(number)
            return [] if climber is None else climber.arrivals
        climber = _Climber(self._rule.first_step)
        self._climb(climber, reports, stays=False)
        return climber.arrivals

    def outcomes(self) -> list[tuple[int, int, Report | None]]:
        """Return, for each rung, how many arrived and went on, and the best loss that did not."""
        n_went_on = [0] * len(self._rungs)
        stopped: list[list[Any]] = [[] for _ in self._rungs]
        for climber in self._climbers.values():
            for rung, arrival in enumerate(climber.arrivals):
                n_went_on[rung] += arrival.goes_on
                if not arrival.goes_on:
                    stopped[rung].append(arrival.loss)
        best: list[Report | None] = [None] * len(self._rungs)
        for rung, losses in enumerate(stopped):
            if losses:
                best[rung] = min(losses) if self._is_scalar else losses[best_of(losses)]
        return [(len(n), k, s) for n, k, s in zip(self._rungs, n_went_on, best, strict=True)]

    def _climb(self, climber: _Climber, reports: Reports, *, stays: bool) -> None:
        reached, next_step = climber.reached, climber.next_step
        for step, value in reports.items():
            if step <= reached:
                continue
            climber.reached = reached = step
            if step < next_step:
                continue
            loss = self._loss(value)
            if loss is None:
                continue
            while step >= next_step:
                arrival = self._arrive(len(climber.arrivals), loss, stays)
                climber.arrivals.append(arrival)
                climber.next_step = next_step = next_step * self._rule.factor
                climber.promoted = arrival.goes_on
                if not arrival.goes_on:
                    break

    def _loss(self, value: Any) -> Report | None:
        """Return the loss of a report; None if it has a NaN."""
        if self._is_scalar:
            loss: float = self._rule.signs[0] * value
            return None if math.isnan(loss) else loss
        vector = tuple(sign * number for sign, number in zip(self._rule.signs, value, strict=True))
        return None if any(map(math.isnan, vector)) else vector

    def _arrive(self, rung: int, loss: Report, stays: bool) -> Arrival:
        if rung == len(self._rungs):
            self._rungs.append(_Rung() if self._is_scalar else _VectorRung())
        here = self._rungs[rung]
        n_better = here.n_better(loss)
        n = len(here) + 1
        if stays:
            here.add(loss, n_better)
        goes_on = n > self._rule.n_bootstrap and n_better < max(n // self._rule.factor, 1)
        return Arrival(loss, n_better, n, goes_on)


class _Rung:
    """The losses that arrived at a rung."""

    def __init__(self) -> None:
        self._losses: list[Any] = []  # ascending

    def __len__(self) -> int:
        return len(self._losses)

    def n_better(self, loss: Any) -> int:
        return bisect.bisect_left(self._losses, loss)

    def add(self, loss: Any, n_better: int) -> None:
        self._losses.insert(n_better, loss)


class _VectorRung(_Rung):
    def __init__(self) -> None:
        self._vectors = RankedVectors()

    def __len__(self) -> int:
        return len(self._vectors)

    def n_better(self, loss: Any) -> int:
        return self._vectors.n_better([loss])

    def add(self, loss: Any, n_better: int) -> None:
        self._vectors.add(loss)


def ladder_of(curves: Curves, rule: LadderRule) -> Ladder:
    """Return the ladder of a study, which all who ask for the same rule share."""
    return curves.index(rule, lambda: Ladder(rule))


def look_at(curves: Curves, rule: LadderRule, trial: FrozenTrial) -> tuple[bool, float]:
    """Return whether the last rung that a running trial came to holds it back, and the next step.

    Before that step, of its next rung, the answer stays the same. It is minus infinity if the
    trial's reports are not those in the curves.
    """
    ladder = ladder_of(curves, rule)
    if curves.holds(trial):
        is_rejected = ladder.rejects(trial.number)
        if is_rejected is not None:
            return is_rejected, ladder.next_step(trial.number)
    return ladder.would_reject(curves.reports_of(trial)), -math.inf
