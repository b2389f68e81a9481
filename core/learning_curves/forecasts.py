"""The final losses of a study's trials, foretold from its own curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..history.curves import CurveIndex, Finish, Reports
from ..records import TrialState
from .final_value import EndedCurves, Prediction, Regression, Scale

if TYPE_CHECKING:
    from ..history import History

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_MOST_FITS = 1000  # kept in memory
FEWEST_ENDED = 4  # complete trials without which nothing is foretold
_COMPLETE, _PRUNED = int(TrialState.COMPLETE), int(TrialState.PRUNED)
_FINISHED = frozenset(int(state) for state in TrialState if state.is_finished())


class Forecasts(CurveIndex):
    """What is known of the curves of one objective of a study.

    :meth:`of` returns the one of a history, which all its users share.

    Parameters
    ----------
    objective : int, default 0
        Index of the objective.
    """

    def __init__(self, objective: int = 0) -> None:
        self._objective = objective
        self._ended = EndedCurves()
        self._numbers: list[int] = []
        self._n_seen = 0
        self._unsettled: list[int] = []
        self._pruned: dict[int, float] = {}  # expected loss by number
        self._pruned_by = 0  # curves that these were foretold from
        # Level, also half the way, and last step of the pruned trials.
        self._places: dict[int, tuple[float, float, int]] = {}
        self._fits: dict[tuple[int, int], tuple[Regression, Scale]] = {}  # by step and curves
        self._best_number = 0
        self._least = np.inf

    @classmethod
    def of(cls, history: History, objective: int = 0) -> Forecasts:
        """Return the forecasts of an objective of a history, up to date."""
        curves = history.curves.of_objective(objective)
        forecasts = curves.index(cls, lambda: cls(objective))
        forecasts.refresh(history)
        return forecasts

    def take(self, number: int, reports: Reports, finish: Finish | None) -> None:
        """Do nothing: curves are of use when they have ended."""

    @property
    def n_ended(self) -> int:
        """How many complete trials with reports there are."""
        return len(self._ended)

    @property
    def best_number(self) -> int:
        """Number of the first of these with the least loss."""
        return self._best_number

    @property
    def targets(self) -> FloatArray:
        """Final losses of these, in the order in which they were taken in, shape (n_ended,)."""
        return self._ended.targets

    @property
    def least(self) -> float:
        """The least of these losses, infinity if there is none."""
        return self._least

    @property
    def numbers(self) -> IntArray:
        """Their numbers, shape (n_ended,)."""
        return np.array(self._numbers, dtype=np.int64)

    @property
    def reported(self) -> tuple[float, float]:
        """The best and the worst loss that these have reported at any step."""
        return self._ended.best_report, self._ended.worst_report

    def predict(
        self, steps: IntArray, losses: FloatArray, n: int | None = None
    ) -> tuple[Prediction, Scale] | None:
        """Return the distribution of a curve's final loss; None if too little is known.

        Parameters
        ----------
        steps : ndarray of shape (k,)
            Ascending, at least one.
        losses : ndarray of shape (k,)
        n : int, optional
            How many of the ended curves to go by, the first ones. Default: all.
        """
        if self.n_ended < FEWEST_ENDED:
            return None
        fit = self._fit(int(steps[-1]), self.n_ended if n is None else n)
        if fit is None:
            return None
        regression, scale = fit
        level, half = map(scale, self._ended.features_of(steps, losses))
        return regression.predict(level, half), scale

    def _fit(self, step: int, n: int) -> tuple[Regression, Scale] | None:
        # Most trials end without a new complete one, and come by the same steps.
        key = step, n
        if key not in self._fits:
            known = self._ended.features(step, n)
            if known is None:
                return None
            targets = self._ended.targets[:n]
            scale = Scale(targets)
            levels, halves = map(scale, known)
            if len(self._fits) == _MOST_FITS:
                self._fits.clear()
            self._fits[key] = Regression.fitted(levels, halves, scale(targets)), scale
        return self._fits[key]

    def pruned_losses(self, history: History) -> dict[int, float]:
        """Return the expected final loss of the pruned trials by number, where there is one."""
        if self.n_ended < FEWEST_ENDED:
            return {}
        # From a number of curves that grows step by step, so that not all are foretold anew with
        # each, and that follows from what has ended, so that a resumed study says the same.
        n = self.n_ended - self.n_ended % max(1, self.n_ended // 10)
        if n != self._pruned_by:
            self._pruned.clear()
            self._pruned_by = n
        at_step: dict[int, list[int]] = {}
        for number in np.flatnonzero(history.states == _PRUNED).tolist():
            if number not in self._pruned:
                place = self._places.get(number) or self._find_place(history, number)
                if place is not None:
                    at_step.setdefault(place[-1], []).append(number)
        for step, numbers in at_step.items():
            fit = self._fit(step, n)
            assert fit is not None, "curves had begun by then"
            regression, scale = fit
            places = np.array([self._places[number][:2] for number in numbers])
            levels, halves = scale(places).T
            losses = scale.back(regression.mean(levels, halves))
            self._pruned.update(zip(numbers, losses.tolist(), strict=True))
        return self._pruned

    def _find_place(self, history: History, number: int) -> tuple[float, float, int] | None:
        steps, values = history.curves.of_objective(self._objective).of(number)
        if not (len(steps) and self._ended.have_begun(int(steps[-1]))):
            return None
        losses = float(history.signs[self._objective]) * values
        level, half = self._ended.features_of(steps, losses)
        place = self._places[number] = level.item(), half.item(), int(steps[-1])
        return place

    def refresh(self, history: History) -> None:
        """Take in the trials that have ended since the last call."""
        n = len(history)
        numbers = [*self._unsettled, *range(self._n_seen, n)]
        if not numbers:
            return
        self._n_seen = n
        self._unsettled = []
        n_steps = self._ended.n_steps
        sign = float(history.signs[self._objective])
        curves = history.curves.of_objective(self._objective)
        for number in numbers:
            state = history.states[number]
            if state not in _FINISHED:
                self._unsettled.append(number)
            elif state == _COMPLETE:
                steps, values = curves.of(number)
                loss = float(history.losses[number, self._objective])
                if len(steps) and not np.isnan(loss) and history.violations[number] == 0.0:
                    self._ended.add(steps, sign * values, loss)
                    self._numbers.append(number)
                    if loss < self._least:
                        self._least, self._best_number = loss, number
        if self._ended.n_steps != n_steps:  # levels are means over other steps
            for kept in (self._fits, self._places, self._pruned):
                kept.clear()


def expected_losses(history: History) -> FloatArray | None:
    """Return the losses of a study's trials with those of pruned ones as they would have been.

    Returns
    -------
    ndarray of shape (n_trials,), or None
        NaN where there is none. None without pruned trials, or if nothing can be said of them.
    """
    if len(history.directions) > 1 or not history.count(TrialState.PRUNED):
        return None
    expected = Forecasts.of(history).pruned_losses(history)
    if not expected:
        return None
    losses: FloatArray = history.losses[:, 0].copy()
    losses[history.states == _PRUNED] = np.nan  # some have the value at which they stopped
    losses[list(expected)] = list(expected.values())
    return losses
