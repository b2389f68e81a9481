"""The mean over the folds of a cross-validation, while its folds are being trained."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping, Sequence

Report = float | tuple[float, ...]


class Folds:
    """Lines up the learning curves of one trial's folds and averages them step by step.

    The folds of a trial follow each other, so their steps do: if each fold trains `n` steps,
    step ``s`` of the fold at position ``p`` (both from 0) becomes step ``p * n + s``. The value
    there is the mean over this fold and those before it at their own step ``s``. Trials that train
    equally many steps per fold are thereby compared like with like: same fold, same step, same
    number of folds in the mean.

    Folds take their positions in the order in which they have their first values.

    Parameters
    ----------
    layout : iterable of (int, int, int), optional
        What :attr:`layout` was in the process that ran the trial before this one.
    reports : mapping of int to float or tuple of float, optional
        What the trial has reported so far, by its own steps; the curves of the folds are worked
        out from it.

    Examples
    --------
    >>> folds = Folds()
    >>> first = folds.fold(0, n_steps=2)
    >>> first.add(0, 0.5), first.add(1, 0.7)
    ((0, 0.5), (1, 0.7))
    >>> second = folds.fold(1, n_steps=2)
    >>> second.add(0, 0.3), second.add(1, 0.5)
    ((2, 0.4), (3, 0.6))

    With several objectives each has its own mean:

    >>> folds = Folds()
    >>> folds.fold(0, n_steps=1).add(0, (0.0, 1.0)), folds.fold(1).add(0, (1.0, 2.0))
    ((0, (0.0, 1.0)), (1, (0.5, 1.5)))
    """

    def __init__(
        self,
        layout: Iterable[Sequence[int]] = (),
        reports: Mapping[int, Report] | None = None,
    ) -> None:
        self._by_index: dict[int, Fold] = {}
        #: Folds that have values, by position.
        self.begun: list[Fold] = []
        self._trained: set[int] = set()
        self._current: Fold | None = None
        if reports:
            self._restore(list(layout) or [(0, 0, 0)], reports)

    def fold(self, index: int, n_steps: int | None = None) -> Fold:
        """The fold of an index, which is made when it is first asked for.

        Parameters
        ----------
        index : int
            What the caller calls the fold.
        n_steps : int, optional
            How many steps it will train at most. If not given, the next fold begins where this
            one ends, which lines trials up only if none of them stops a fold early.
        """
        fold = self._by_index.get(index)
        if fold is None:
            fold = self._by_index[index] = Fold(self, index)
        if n_steps is not None:
            fold.n_steps = n_steps
        self._trained.add(index)
        self._current = fold
        return fold

    def next_fold(self, first_step: int = 0, n_steps: int | None = None) -> Fold:
        """The fold that a training belongs to which does not say so itself.

        One from the beginning is the next fold, unless the current one has no values yet; one that
        goes on from a later step belongs to the current fold.

        Parameters
        ----------
        first_step : int, default 0
            Above 0 for a training that goes on from a checkpoint or an earlier model.
        n_steps : int, optional
            As in :meth:`fold`.
        """
        current = self._current
        if first_step > 0:
            if current is None:
                current = self.begun[-1] if self.begun else self.fold(0)
            return self.fold(current.index, n_steps)
        if current is not None and current.position is None:
            return self.fold(current.index, n_steps)
        return self.fold(max(self._trained, default=-1) + 1, n_steps)

    @property
    def layout(self) -> list[list[int]]:
        """Index, first step within the trial and announced length of each fold with values."""
        return [[fold.index, fold.start, fold.n_steps] for fold in self.begun]

    def _restore(self, layout: Sequence[Sequence[int]], reports: Mapping[int, Report]) -> None:
        ends = [start for _, start, _ in layout[1:]] + [max(reports) + 1]
        steps = sorted(reports)
        for (index, start, n_steps), end in zip(layout, ends, strict=True):
            fold = self._by_index[index] = Fold(self, index)
            fold.n_steps = n_steps
            fold.begin(start)
            for step in steps[bisect.bisect_left(steps, start) : bisect.bisect_left(steps, end)]:
                # A report is a mean; take away what the folds before have in it.
                earlier = fold.earlier_values(step - start)
                fold.keep(step - start, _without(reports[step], earlier))


class Fold:
    """The learning curve of one fold; made by :meth:`Folds.fold`."""

    def __init__(self, folds: Folds, index: int) -> None:
        self._folds = folds
        self.index = index
        #: Place among the folds with values, None before the first value.
        self.position: int | None = None
        #: The trial's step that is step 0 here, once there are values.
        self.start = 0
        #: Announced length, 0 if unknown.
        self.n_steps = 0
        self._steps: list[int] = []
        self._values: list[Report] = []

    @property
    def last_step(self) -> int:
        """Largest step that has a value, -1 before the first."""
        return self._steps[-1] if self._steps else -1

    @property
    def end(self) -> int:
        """Step of the trial that the next fold may begin at."""
        return self.start + max(self.n_steps, self.last_step + 1)

    def has(self, step: int) -> bool:
        """Whether there is a value at a step."""
        position = bisect.bisect_left(self._steps, step)
        return position < len(self._steps) and self._steps[position] == step

    def at(self, step: int) -> Report | None:
        """Value at a step or at the last one before it that has one, None if there is none."""
        position = bisect.bisect_right(self._steps, step)
        return self._values[position - 1] if position else None

    def earlier_values(self, step: int) -> list[Report]:
        """Values of the folds before this one at a step, as far as they have any."""
        begun = self._folds.begun[: self.position]
        return [value for fold in begun if (value := fold.at(step)) is not None]

    def place(self, step: int, value: Report) -> tuple[int, Report]:
        """Tell what :meth:`add` would return, changing nothing."""
        begun = self._folds.begun
        if self.position is None:
            start = begun[-1].end if begun else 0
        else:
            start = self.start
            later = begun[self.position + 1 :]
            if later and start + step >= later[0].start:
                raise ValueError(
                    f"Fold {self.index} has step {step} after fold {later[0].index} has begun at "
                    f"its step {later[0].start - start}. Folds that take turns must say how many "
                    "steps they take at most: trial.fold(k, n_steps=...)."
                )
        return start + step, _mean([*self.earlier_values(step), value])

    def add(self, step: int, value: Report) -> tuple[int, Report]:
        """Take the value of this fold at a step.

        Parameters
        ----------
        step : int
            Step within the fold, one that has no value yet.
        value : float or tuple of float
            Value of this fold alone, one per objective if there are several.

        Returns
        -------
        tuple of int and float or tuple of float
            Step within the trial and mean over this fold and those before it. A fold that stopped
            before `step` counts with its last value, one that has none yet at `step` does not
            count.

        Raises
        ------
        ValueError
            If the step belongs to the next fold already.
        """
        trial_step, mean = self.place(step, value)
        if self.position is None:
            self.begin(trial_step - step)
        self.keep(step, value)
        return trial_step, mean

    def begin(self, start: int) -> None:
        """Take the next position, at a step of the trial."""
        self.position = len(self._folds.begun)
        self.start = start
        self._folds.begun.append(self)

    def keep(self, step: int, value: Report) -> None:
        """Put a value into the curve."""
        position = bisect.bisect_left(self._steps, step)
        self._steps.insert(position, step)
        self._values.insert(position, value)


def _mean(values: Sequence[Report]) -> Report:
    if isinstance(values[0], tuple):
        return tuple(sum(column) / len(values) for column in zip(*_vectors(values), strict=True))
    return sum(_numbers(values)) / len(values)


def _without(mean: Report, others: Sequence[Report]) -> Report:
    """The value that is missing among others whose common mean is known."""
    n = len(others) + 1
    if isinstance(mean, tuple):
        sums = [sum(column) for column in zip(*_vectors(others), strict=True)] or [0.0] * len(mean)
        return tuple(m * n - s for m, s in zip(mean, sums, strict=True))
    return mean * n - sum(_numbers(others))


# All reports of a trial are of the one kind or of the other.
def _vectors(values: Sequence[Report]) -> list[tuple[float, ...]]:
    return [value for value in values if isinstance(value, tuple)]


def _numbers(values: Sequence[Report]) -> list[float]:
    return [value for value in values if not isinstance(value, tuple)]
