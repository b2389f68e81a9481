"""The mean over the folds of a cross-validation, while its folds are being trained one by one."""

from __future__ import annotations

import bisect


class FoldMean:
    """Lines up the learning curves of folds and averages them step by step.

    The folds of a trial follow each other, so their steps do: if each fold trains `n` steps,
    step ``s`` of fold ``k`` (both from 0) becomes step ``k * n + s``. The value there is the mean
    over the folds so far at their own step ``s``. Trials that train equally many steps per fold
    are thereby compared like with like: same fold, same step, same number of folds in the mean.

    Examples
    --------
    >>> folds = FoldMean()
    >>> folds.next_fold(n_steps=2)
    >>> folds.add(0, 0.5), folds.add(1, 0.7)
    ((0, 0.5), (1, 0.7))
    >>> folds.next_fold(n_steps=2)
    >>> folds.add(0, 0.3), folds.add(1, 0.5)
    ((2, 0.4), (3, 0.6))
    """

    def __init__(self) -> None:
        self._ended: list[_Curve] = []
        self._current = _Curve()
        self._offset = 0
        self._n_steps = 0

    @property
    def fold(self) -> int:
        """Index of the current fold, from 0."""
        return len(self._ended)

    @property
    def last_step(self) -> int:
        """Last step of the current fold that has a value, -1 before the first."""
        return self._current.steps[-1] if self._current.steps else -1

    def next_fold(self, n_steps: int | None = None) -> None:
        """Begin a fold; does no more than note `n_steps` if the current one has no values yet.

        Parameters
        ----------
        n_steps : int, optional
            How many steps the fold will train at most. If not given, the next fold begins where
            this one ends, which lines trials up only if none of them stops a fold early.
        """
        if self._current.steps:
            self._offset += max(self._n_steps, self._current.steps[-1] + 1)
            self._ended.append(self._current)
            self._current = _Curve()
        self._n_steps = n_steps or 0

    def add(self, step: int, value: float) -> tuple[int, float]:
        """Take the value of the current fold at a step.

        Parameters
        ----------
        step : int
            Step within the fold, above :attr:`last_step`.
        value : float
            Value of this fold alone.

        Returns
        -------
        tuple of int and float
            Step within the trial and mean over the folds so far. A fold that stopped before
            `step` counts with its last value, one that has none yet at `step` does not count.
        """
        self._current.append(step, value)
        curves = [*self._ended, self._current]
        values = [known for curve in curves if (known := curve.at(step)) is not None]
        return self._offset + step, sum(values) / len(values)


class _Curve:
    def __init__(self) -> None:
        self.steps: list[int] = []
        self.values: list[float] = []

    def append(self, step: int, value: float) -> None:
        self.steps.append(step)
        self.values.append(value)

    def at(self, step: int) -> float | None:
        position = bisect.bisect_right(self.steps, step)
        return self.values[position - 1] if position else None
