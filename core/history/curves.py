"""Intermediate values of a study as columns, and orders of them for pruners.

The same reports are kept in three ways, each for one kind of question:

- columns (trial number, step, value), a row per report in the order of arrival: arrays for
  models of learning curves and for plots, filled when they are read;
- per step, the rows that reported there and the ordered values of the COMPLETE trials: a
  percentile costs two look-ups;
- indexes that a pruner brings along (:class:`CurveIndex`), such as the rungs of halving.

All of them cost what is new. None is rebuilt.

In a study of several objectives a report is a vector. Its curves have all of them, and
:meth:`Curves.of_objective` returns the curves of one alone.
"""

from __future__ import annotations

import abc
import array
import datetime
import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from ..records import FrozenTrial, StudyDirection, TrialState
from .ordered_values import OrderedValues
from .ranked_vectors import RankedVectors

Report: TypeAlias = "float | tuple[float, ...]"
Reports: TypeAlias = "Mapping[int, Any]"  # a Report by step; of one kind within some curves
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_FIRST_CAPACITY = 256


class Finish(NamedTuple):
    """When a trial ended; of two at the same instant the lower number counts as earlier."""

    time: datetime.datetime  # local
    number: int


class CurveIndex(abc.ABC):
    """What a pruner wants to know of all reports, kept up to date with each."""

    @abc.abstractmethod
    def take(self, number: int, reports: Reports, finish: Finish | None) -> None:
        """Take in what trial `number` reported since the last call for it.

        Parameters
        ----------
        number : int
            Number of the trial.
        reports : mapping of int to float, or to tuple of float
            New values by step, in the order in which they were reported.
        finish : Finish or None
            When the trial ended; None while it has not.
        """


Index = TypeVar("Index", bound=CurveIndex)


class _Step:
    """Who reported at one step."""

    __slots__ = ("complete", "rows", "vectors")

    def __init__(self) -> None:
        self.rows = array.array("q")
        self.complete = OrderedValues()
        self.vectors = RankedVectors()


class _Rows:
    """Reports in the order of their arrival, as three lists: tuples would burden the collector."""

    __slots__ = ("numbers", "steps", "values")

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.steps: list[int] = []
        self.values: list[Any] = []


class Curves:
    """Reported values of a study's trials.

    The owner calls :meth:`add` for each change of a trial that has reports. Whoever reads holds
    the history's lock. A trial's reports are in the order in which they were made, which need
    not be that of their steps.

    Parameters
    ----------
    signs : sequence of float, default (1.0,)
        One per objective, -1 where higher is better. With several, reports are vectors.
    component : int, optional
        Which number of each vector is taken; `signs` has one then.

    Attributes
    ----------
    signs : tuple of float
        As above.
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

    def __init__(self, signs: Sequence[float] = (1.0,), component: int | None = None) -> None:
        self.signs = tuple(signs)
        self._component = component
        self._vouched: FrozenTrial | None = None
        self._of_objectives: dict[int, Curves] = {}
        n_objectives = len(self.signs)
        self._is_same = _is_same if n_objectives == 1 else _are_same_vectors
        self._unfilled = _Rows()  # reports that the columns lack
        self._n_digested = 0  # of them; the others nothing else has yet
        self._unordered: list[dict[int, Any]] = []  # COMPLETE trials that no step has yet
        self._n = 0
        self._numbers = np.zeros(_FIRST_CAPACITY, dtype=np.int64)
        self._steps = np.zeros(_FIRST_CAPACITY, dtype=np.int64)
        shape = _FIRST_CAPACITY if n_objectives == 1 else (_FIRST_CAPACITY, n_objectives)
        self._values = np.zeros(shape)
        self._by_step: dict[int, _Step] = {}
        self._reports: dict[int, dict[int, Any]] = {}  # by trial
        self._last_steps: dict[int, int] = {}
        self._ends: dict[int, tuple[Finish, bool]] = {}  # when, and whether COMPLETE
        self._indexes: dict[Hashable, CurveIndex] = {}
        self.first_complete: Finish | None = None

    # Columns.

    def __len__(self) -> int:
        """Return how many reports there are."""
        return self._n + len(self._unfilled.steps)

    @property
    def trial_numbers(self) -> IntArray:
        """Number of the trial that made each report, shape (n_reports,)."""
        self._fill()
        return self._numbers[: self._n]

    @property
    def steps(self) -> IntArray:
        """Step of each report, shape (n_reports,)."""
        self._fill()
        return self._steps[: self._n]

    @property
    def values(self) -> FloatArray:
        """Each report as it was given, shape (n_reports,), or (n_reports, n_objectives)."""
        self._fill()
        return self._values[: self._n]

    # One objective.

    def of_objective(self, index: int) -> Curves:
        """Return the curves of one objective, kept up to date with these."""
        if len(self.signs) == 1:
            return self
        self._digest()
        curves = self._of_objectives.get(index)
        if curves is None:
            curves = self._of_objectives[index] = Curves(self.signs[index : index + 1], index)
            for number in sorted(self._reports):
                reports = {step: vector[index] for step, vector in self._reports[number].items()}
                curves.take(number, reports, *self._ends.get(number, (None, False)))
        return curves

    # One trial.

    def reports_of(self, trial: FrozenTrial) -> dict[int, Any]:
        """Return the reports of a record that these curves are about: numbers, or vectors."""
        if self._component is not None:
            at = self._component
            return {step: vector[at] for step, vector in trial.intermediate_vectors.items()}
        return trial.intermediate_values if len(self.signs) == 1 else trial.intermediate_vectors

    def of(self, number: int) -> tuple[IntArray, FloatArray]:
        """Return a trial's steps in ascending order and its values there.

        The shapes are (n_reports,) and, with several objectives, (n_reports, n_objectives).
        """
        self._digest()
        reports = self._reports.get(number, {})
        steps = np.array(sorted(reports), dtype=np.int64)
        values = np.array([reports[step] for step in steps.tolist()], dtype=np.float64)
        return steps, values.reshape(len(steps), *self._values.shape[1:])

    def running_best(self, number: int, direction: StudyDirection) -> tuple[IntArray, FloatArray]:
        """Return a trial's steps in ascending order and the best value up to each.

        NaN only before the first report that is not. Only for one objective.
        """
        steps, values = self.of(number)
        best = np.fmax if direction is StudyDirection.MAXIMIZE else np.fmin
        return steps, best.accumulate(values)

    def vouch_for(self, trial: FrozenTrial | None) -> None:
        """Say of which record it is known that :meth:`holds` is true, until the next call."""
        self._vouched = trial

    def holds(self, trial: FrozenTrial) -> bool:
        """Whether a record's reports are those that were taken in for its number."""
        if trial is self._vouched:
            return True
        self._digest()
        known = self._reports.get(trial.number)
        return known is not None and self._are_same(self.reports_of(trial), known)

    def last_step(self, number: int) -> int | None:
        """Return the largest step that a trial has reported, or None."""
        self._digest()
        return self._last_steps.get(number)

    # One step.

    def at(self, step: int) -> tuple[IntArray, FloatArray]:
        """Return who reported at `step` and what, in the order of arrival.

        The shapes are (n_trials,) and, with several objectives, (n_trials, n_objectives).
        """
        self._fill()
        column = self._by_step.get(step)
        rows = np.array(column.rows if column is not None else [], dtype=np.int64)
        return self._numbers[rows], self._values[rows]

    def complete_at(self, step: int) -> OrderedValues:
        """Return what the COMPLETE trials reported at `step`; do not add to it.

        Only for one objective; see :meth:`complete_vectors_at`.
        """
        self._order()
        column = self._by_step.get(step)
        return _NOTHING if column is None else column.complete

    def complete_vectors_at(self, step: int) -> RankedVectors:
        """Return the losses that the COMPLETE trials reported at `step`; do not add to it."""
        self._order()
        column = self._by_step.get(step)
        return _NO_VECTORS if column is None else column.vectors

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
        self._digest()
        index = self._indexes.get(key)
        if index is None:
            index = self._indexes[key] = build()
            for number in sorted(self._reports):
                end = self._ends.get(number)
                index.take(number, self._reports[number], None if end is None else end[0])
        return index  # type: ignore[return-value]  # a key stands for one type

    # Taking in reports.

    def add(self, trial: FrozenTrial) -> None:
        """Take in a trial's reports and its state."""
        if trial.number in self._ends:
            return
        reports, state = self.reports_of(trial), trial.state
        if reports:
            end = _finish(trial) if state.is_finished() else None
            self.take(trial.number, reports, end, state is TrialState.COMPLETE)

    def append(self, number: int, step: int, report: Report) -> None:
        """Take in one more report of a running trial, at a step that it has not reported."""
        unfilled = self._unfilled
        unfilled.numbers.append(number)
        unfilled.steps.append(step)
        unfilled.values.append(report)

    def _digest(self) -> None:
        """Let everything have the reports that were appended, in the order of their arrival."""
        numbers, steps, values = self._unfilled.numbers, self._unfilled.steps, self._unfilled.values
        start, n = self._n_digested, len(steps)
        self._n_digested = n
        while start < n:
            number, end = numbers[start], start + 1
            while end < n and numbers[end] == number:
                end += 1
            new = dict(zip(steps[start:end], values[start:end], strict=True))
            self._note(number, self._reports.setdefault(number, {}), new, None)
            for index, curves in self._of_objectives.items():
                for step, vector in new.items():
                    curves.append(number, step, vector[index])
            start = end

    def take(
        self, number: int, reports: dict[int, Any], finish: Finish | None, is_complete: bool
    ) -> None:
        """Take in all reports of a trial so far, of which there are some; see :meth:`add`."""
        self._digest()
        known = self._reports.get(number)
        if known is None:
            known = self._reports[number] = {}
        step = next(reversed(reports))
        if len(reports) == len(known) + 1 and step not in known:
            # The usual case, one more report: the others are compared when the trial ends.
            self._append(number, known, {step: reports[step]}, finish)
            if finish is not None and not self._are_same(reports, known):
                self._reconcile(number, known, reports, finish)
        elif not self._are_same(reports, known):
            self._reconcile(number, known, reports, finish)
        if finish is not None:
            self._close(number, reports, finish, is_complete)
        for index, curves in self._of_objectives.items():
            of_one = {step: vector[index] for step, vector in reports.items()}
            curves.take(number, of_one, finish, is_complete)

    def _append(
        self, number: int, known: dict[int, Any], new: dict[int, Any], finish: Finish | None
    ) -> None:
        unfilled = self._unfilled
        unfilled.numbers.extend([number] * len(new))
        unfilled.steps.extend(new)
        unfilled.values.extend(new.values())
        self._n_digested = len(unfilled.steps)
        self._note(number, known, new, finish)

    def _note(
        self, number: int, known: dict[int, Any], new: dict[int, Any], finish: Finish | None
    ) -> None:
        self._last_steps[number] = max(self._last_steps.get(number, -1), *new)
        known.update(new)
        for index in self._indexes.values():
            index.take(number, new, finish)

    def _fill(self) -> None:
        """Write the rows that have arrived since the columns were read last."""
        self._digest()
        if not self._unfilled.steps:
            return
        unfilled, self._unfilled, self._n_digested = self._unfilled, _Rows(), 0
        start, self._n = self._n, self._n + len(unfilled.steps)
        if self._n > len(self._values):
            self._grow(self._n)
        self._numbers[start : self._n] = unfilled.numbers
        self._steps[start : self._n] = unfilled.steps
        self._values[start : self._n] = unfilled.values
        for row, step in enumerate(unfilled.steps, start):
            self._step(step).rows.append(row)

    def _step(self, step: int) -> _Step:
        column = self._by_step.get(step)
        if column is None:
            column = self._by_step[step] = _Step()
        return column

    def _reconcile(
        self,
        number: int,
        known: dict[int, Any],
        reports: dict[int, Any],
        finish: Finish | None,
    ) -> None:
        new = {}
        for step, value in reports.items():
            if step not in known:
                new[step] = value
            elif not self._is_same(known[step], value):
                # report() keeps the first value of a step, but a storage's method overwrites it.
                known[step] = value
                rows = np.flatnonzero((self.trial_numbers == number) & (self.steps == step))
                self._values[rows] = value
        if new:
            self._append(number, known, new, finish)

    def _close(
        self, number: int, reports: dict[int, Any], finish: Finish, is_complete: bool
    ) -> None:
        self._reports[number] = reports  # finished records never change: no copy needed
        self._ends[number] = finish, is_complete
        if not is_complete:
            return
        self._unordered.append(reports)
        if self.first_complete is None or finish < self.first_complete:
            self.first_complete = finish

    def _order(self) -> None:
        """Let each step have the values of the trials that have become COMPLETE."""
        if not self._unordered:
            return
        unordered, self._unordered = self._unordered, []
        for reports in unordered:
            for step, value in reports.items():
                if len(self.signs) == 1:
                    self._step(step).complete.add(value)
                else:
                    self._step(step).vectors.add(self.losses(value))

    def losses(self, vector: tuple[float, ...]) -> tuple[float, ...]:
        """Return a vector with the signs that make lower better."""
        return tuple(sign * value for sign, value in zip(self.signs, vector, strict=True))

    def _are_same(self, reports: dict[int, Any], known: dict[int, Any]) -> bool:
        if reports == known:
            return True
        # NaN differs from another NaN, unless it is the same object.
        return reports.keys() == known.keys() and all(
            self._is_same(value, known[step]) for step, value in reports.items()
        )

    def _grow(self, n: int) -> None:
        capacity = max(n, 2 * len(self._values))
        for name in ("_numbers", "_steps", "_values"):
            column = getattr(self, name)
            grown = np.zeros((capacity, *column.shape[1:]), dtype=column.dtype)
            grown[: len(column)] = column
            setattr(self, name, grown)


def _finish(trial: FrozenTrial) -> Finish:
    end = trial.datetime_complete or datetime.datetime.max
    if end.tzinfo is not None:
        end = end.astimezone().replace(tzinfo=None)
    return Finish(end, trial.number)


def _is_same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


def _are_same_vectors(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a == b or all(map(_is_same, a, b))


_NOTHING = OrderedValues()
_NO_VECTORS = RankedVectors()
