"""Intermediate values of a study as columns, and orders on them for pruners.

The same reports are kept in three ways, each for one kind of question:

- columns (trial number, step, value), a row per report in the order of arrival: arrays for
  models of learning curves and for plots;
- per step, the rows that reported there and the ordered values of the COMPLETE trials: a
  percentile costs two look-ups;
- per rung (only those asked for), the value with which each trial arrived there.

All of them cost what is new when a report arrives. None is rebuilt.
"""

from __future__ import annotations

import array
import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..records import FrozenTrial, StudyDirection, TrialState
from .ordered_values import OrderedValues
from .rung import Rung

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_FIRST_CAPACITY = 256


class Finish(NamedTuple):
    """When a trial ended; of two at the same instant the lower number counts as earlier."""

    timestamp: float
    number: int


class _Step:
    """Who reported at one step."""

    __slots__ = ("complete", "rows")

    def __init__(self) -> None:
        self.rows = array.array("q")
        self.complete = OrderedValues()


class Curves:
    """Reported values of a study's trials.

    The owner calls :meth:`add` for each change of a trial that has reports. Whoever reads holds
    the history's lock. A trial's reports are in the order in which they were made, which need
    not be that of their steps.

    Attributes
    ----------
    first_complete : Finish or None
        The first trial with reports to end COMPLETE.

    Examples
    --------
    >>> import tunesmith
    >>> curves = Curves()
    >>> for number, reports in enumerate([{0: 3.0, 1: 2.0}, {0: 4.0, 1: 1.0, 2: 1.5}]):
    ...     trial = tunesmith.create_trial(value=0.0, intermediate_values=reports)
    ...     trial.number = number
    ...     curves.add(trial)
    >>> curves.values
    array([3. , 2. , 4. , 1. , 1.5])
    >>> curves.complete_at(1).percentile(50)
    1.5
    >>> curves.at(0)
    (array([0, 1]), array([3., 4.]))
    """

    def __init__(self) -> None:
        self._n = 0
        self._numbers = np.zeros(_FIRST_CAPACITY, dtype=np.int64)
        self._steps = np.zeros(_FIRST_CAPACITY, dtype=np.int64)
        self._values = np.zeros(_FIRST_CAPACITY)
        self._by_step: dict[int, _Step] = {}
        self._reports: dict[int, dict[int, float]] = {}  # by trial
        self._finishes: dict[int, Finish] = {}
        self._rungs: dict[tuple[float, Finish | None], Rung] = {}
        self.first_complete: Finish | None = None

    # Columns.

    def __len__(self) -> int:
        """Return how many reports there are."""
        return self._n

    @property
    def trial_numbers(self) -> IntArray:
        """Number of the trial that made each report, shape (n_reports,)."""
        return self._numbers[: self._n]

    @property
    def steps(self) -> IntArray:
        """Step of each report, shape (n_reports,)."""
        return self._steps[: self._n]

    @property
    def values(self) -> FloatArray:
        """Value of each report as it was given, shape (n_reports,)."""
        return self._values[: self._n]

    # One trial.

    def of(self, number: int) -> tuple[IntArray, FloatArray]:
        """Return a trial's steps in ascending order and its values there, shape (n_reports,)."""
        reports = self._reports.get(number, {})
        steps = np.array(sorted(reports), dtype=np.int64)
        return steps, np.array([reports[step] for step in steps.tolist()], dtype=np.float64)

    def running_best(self, number: int, direction: StudyDirection) -> tuple[IntArray, FloatArray]:
        """Return a trial's steps in ascending order and the best value up to each.

        NaN only before the first report that is not.
        """
        steps, values = self.of(number)
        best = np.fmax if direction is StudyDirection.MAXIMIZE else np.fmin
        return steps, best.accumulate(values)

    def holds(self, trial: FrozenTrial) -> bool:
        """Whether a record's reports are those that were taken in for its number."""
        known = self._reports.get(trial.number)
        return known is not None and known == trial.intermediate_values

    def last_step(self, number: int) -> int:
        """Return the largest step that a trial with reports has reached."""
        return max(self._reports[number])

    # One step.

    def at(self, step: int) -> tuple[IntArray, FloatArray]:
        """Return who reported at `step` and what, in the order of arrival, shape (n_trials,)."""
        column = self._by_step.get(step)
        rows = np.array(column.rows if column is not None else [], dtype=np.int64)
        return self._numbers[rows], self._values[rows]

    def complete_at(self, step: int) -> OrderedValues:
        """Return what the COMPLETE trials reported at `step`; do not add to it."""
        column = self._by_step.get(step)
        return _NOTHING if column is None else column.complete

    def rung(self, step: float, after: Finish | None = None) -> Rung:
        """Return who has arrived at `step` and with which value: the first report there or later.

        NaN does not count, nor does a report below a step that the trial had reached before.

        Parameters
        ----------
        step : float
            The rung's step.
        after : Finish, optional
            Trials that ended then or before are left out.

        Returns
        -------
        Rung
            The same object for the same arguments; it takes in what arrives later.
        """
        rung = self._rungs.get((step, after))
        if rung is None:
            rung = self._rungs[step, after] = Rung(step)
            running = []
            for number, reports in self._reports.items():
                finish = self._finishes.get(number)
                if after is not None and finish is not None and finish <= after:
                    continue
                value = arrival(reports, step)
                if value is None:
                    continue
                if finish is None:
                    running.append((number, value))
                else:
                    rung.enter_finished(number, value)
            for number, value in running:
                rung.enter(number, value)
        return rung

    # Taking in reports.

    def add(self, trial: FrozenTrial) -> None:
        """Take in a trial's reports and its state."""
        number, reports = trial.number, trial.intermediate_values
        if number in self._finishes:
            return
        known = self._reports.get(number)
        if known is None:
            known = self._reports[number] = {}
        n_new = len(reports) - len(known)
        step = next(reversed(reports), None)
        if n_new == 1 and step is not None and step not in known:
            # The usual case, one more report: the others are compared when the trial ends.
            self._append(number, known, {step: reports[step]})
        elif reports != known:
            self._reconcile(number, known, reports)
        if trial.state.is_finished():
            if reports != known:
                self._reconcile(number, known, reports)
            self._close(trial)

    def _append(self, number: int, known: dict[int, float], new: dict[int, float]) -> None:
        start, end = self._n, self._n + len(new)
        if end > len(self._values):
            self._grow(end)
        self._numbers[start:end] = number
        self._steps[start:end] = list(new)
        self._values[start:end] = list(new.values())
        self._n = end
        for row, step in enumerate(new, start):
            column = self._by_step.get(step)
            if column is None:
                column = self._by_step[step] = _Step()
            column.rows.append(row)
        if self._rungs:
            reached = max(known, default=None)
            for rung in self._rungs.values():
                if number not in rung:
                    value = arrival(new, rung.step, reached)
                    if value is not None:
                        rung.enter(number, value)
        known.update(new)

    def _reconcile(
        self, number: int, known: dict[int, float], reports: dict[int, float]
    ) -> None:
        new = {}
        for step, value in reports.items():
            if step not in known:
                new[step] = value
            elif known[step] != value and (known[step] == known[step] or value == value):
                # Not NaN for NaN, and not by report(), which keeps the first; a storage's method may.
                known[step] = value
                rows = np.flatnonzero((self.trial_numbers == number) & (self.steps == step))
                self._values[rows] = value
        if new:
            self._append(number, known, new)

    def _close(self, trial: FrozenTrial) -> None:
        number, reports = trial.number, trial.intermediate_values
        self._reports[number] = reports  # finished records never change: no copy needed
        end = trial.datetime_complete
        finish = Finish(math.inf if end is None else end.timestamp(), number)
        self._finishes[number] = finish
        if trial.state is TrialState.COMPLETE:
            for step, value in reports.items():
                self._by_step[step].complete.add(value)
            if self.first_complete is None or finish < self.first_complete:
                self.first_complete = finish

    def _grow(self, n: int) -> None:
        capacity = max(n, 2 * len(self._values))
        for name in ("_numbers", "_steps", "_values"):
            column = getattr(self, name)
            grown = np.zeros(capacity, dtype=column.dtype)
            grown[: self._n] = column[: self._n]
            setattr(self, name, grown)


def arrival(reports: dict[int, float], step: float, reached: int | None = None) -> float | None:
    """Return the value with which a trial arrived at `step`.

    Parameters
    ----------
    reports : dict of int to float
        Values by step, in the order in which they were reported.
    step : float
        Where to arrive.
    reached : int, optional
        Largest step reported before those.

    Returns
    -------
    float or None
        The first that is not NaN at `step` or later; a report below a step that was reached
        already does not count. None if there is none.
    """
    for at, value in reports.items():
        if reached is None or at > reached:
            reached = at
            if at >= step and value == value:
                return value
    return None


_NOTHING = OrderedValues()
