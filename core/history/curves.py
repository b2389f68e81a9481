"""Intermediate values of a study as columns, and orders of them for pruners.

The same reports are kept in three ways, each for one kind of question:

- columns (trial number, step, value), a row per report in the order of arrival: arrays for
  models of learning curves and for plots;
- per step, the rows that reported there and the ordered values of the COMPLETE trials: a
  percentile costs two look-ups;
- indexes that a pruner brings along (:class:`CurveIndex`), such as the rungs of halving.

All of them cost what is new when a report arrives. None is rebuilt.
"""

from __future__ import annotations

import abc
import array
import math
from collections.abc import Callable, Hashable, Mapping
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from ..records import FrozenTrial, StudyDirection, TrialState
from .ordered_values import OrderedValues

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_FIRST_CAPACITY = 256


class Finish(NamedTuple):
    """When a trial ended; of two at the same instant the lower number counts as earlier."""

    timestamp: float
    number: int


class CurveIndex(abc.ABC):
    """What a pruner wants to know of all reports, kept up to date with each."""

    @abc.abstractmethod
    def take(self, number: int, reports: Mapping[int, float], finish: Finish | None) -> None:
        """Take in what trial `number` reported since the last call for it.

        Parameters
        ----------
        number : int
            Number of the trial.
        reports : mapping of int to float
            New values by step, in the order in which they were reported.
        finish : Finish or None
            When the trial ended; None while it has not.
        """


Index = TypeVar("Index", bound=CurveIndex)


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
        self._last_steps: dict[int, int] = {}
        self._finishes: dict[int, Finish] = {}
        self._indexes: dict[Hashable, CurveIndex] = {}
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
        return known is not None and _are_same(trial.intermediate_values, known)

    def last_step(self, number: int) -> int | None:
        """Return the largest step that a trial has reported, or None."""
        return self._last_steps.get(number)

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

    # Indexes.

    def index(self, key: Hashable, build: Callable[[], Index]) -> Index:
        """Return an index of the caller's own that takes in every report, from the first on.

        Parameters
        ----------
        key : hashable
            Says what the index is, over all users of these curves: its type and parameters.
        build : callable
            Returns an empty one. Called when there is none for `key`; what has been reported is
            handed to it trial by trial, by number.

        Returns
        -------
        CurveIndex
            The same object for the same key.
        """
        index = self._indexes.get(key)
        if index is None:
            index = self._indexes[key] = build()
            for number in sorted(self._reports):
                index.take(number, self._reports[number], self._finishes.get(number))
        return index  # type: ignore[return-value]  # a key stands for one type

    # Taking in reports.

    def add(self, trial: FrozenTrial) -> None:
        """Take in a trial's reports and its state."""
        number, reports = trial.number, trial.intermediate_values
        if number in self._finishes:
            return
        finish = _finish(trial) if trial.state.is_finished() else None
        known = self._reports.get(number)
        if known is None:
            known = self._reports[number] = {}
        step = next(reversed(reports), None)
        if len(reports) == len(known) + 1 and step is not None and step not in known:
            # The usual case, one more report: the others are compared when the trial ends.
            self._append(number, known, {step: reports[step]}, finish)
            if finish is None:
                return
        if not _are_same(reports, known):
            self._reconcile(number, known, reports, finish)
        if finish is not None:
            self._close(trial, finish)

    def _append(
        self, number: int, known: dict[int, float], new: dict[int, float], finish: Finish | None
    ) -> None:
        start, end = self._n, self._n + len(new)
        if end > len(self._values):
            self._grow(end)
        self._n = end
        by_step = self._by_step
        numbers, steps, values = self._numbers, self._steps, self._values
        last = self._last_steps.get(number)
        for row, (step, value) in enumerate(new.items(), start):
            numbers[row] = number
            steps[row] = step
            values[row] = value
            column = by_step.get(step)
            if column is None:
                column = by_step[step] = _Step()
            column.rows.append(row)
            if last is None or step > last:
                last = step
        if last is not None:
            self._last_steps[number] = last
        known.update(new)
        for index in self._indexes.values():
            index.take(number, new, finish)

    def _reconcile(
        self,
        number: int,
        known: dict[int, float],
        reports: dict[int, float],
        finish: Finish | None,
    ) -> None:
        new = {}
        for step, value in reports.items():
            if step not in known:
                new[step] = value
            elif not _is_same(known[step], value):
                # report() keeps the first value of a step, but a storage's method overwrites it.
                known[step] = value
                rows = np.flatnonzero((self.trial_numbers == number) & (self.steps == step))
                self._values[rows] = value
        if new:
            self._append(number, known, new, finish)

    def _close(self, trial: FrozenTrial, finish: Finish) -> None:
        number, reports = trial.number, trial.intermediate_values
        self._reports[number] = reports  # finished records never change: no copy needed
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


def _finish(trial: FrozenTrial) -> Finish:
    end = trial.datetime_complete
    return Finish(math.inf if end is None else end.timestamp(), trial.number)


def _is_same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


def _are_same(reports: dict[int, float], known: dict[int, float]) -> bool:
    if reports == known:
        return True
    # NaN differs from another NaN, unless it is the same object.
    return reports.keys() == known.keys() and all(
        _is_same(value, known[step]) for step, value in reports.items()
    )


_NOTHING = OrderedValues()
