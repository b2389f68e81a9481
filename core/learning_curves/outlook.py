"""The chance that a running trial ends better than all that have ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from ..multi_objective import is_pareto_front
from .final_value import Prediction
from .forecasts import Forecasts

if TYPE_CHECKING:
    from ..history import History

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_N_POINTS = {1: 256}  # by dimension; more for more dimensions
_MOST_POINTS = 2048
_DIVERGED = 10.0  # ranges of what ended trials have reported, beyond the worst of it


class Outcome(NamedTuple):
    """What a curve is foretold to become.

    Attributes
    ----------
    chance : float
        Probability that no ended trial dominates its end; of being the best, with one objective.
    expected : tuple of float
        Expected final losses.
    """

    chance: float
    expected: tuple[float, ...]


class Outlook:
    """The forecasts of one or several objectives of a history together.

    Made by :meth:`of`, for use at once.
    """

    def __init__(self, forecasts: Sequence[Forecasts]) -> None:
        self._forecasts = forecasts

    @classmethod
    def of(cls, history: History, objectives: Sequence[int]) -> Outlook:
        """Return the outlook on some objectives, up to date."""
        return cls([Forecasts.of(history, index) for index in objectives])

    @property
    def n_ended(self) -> int:
        """How many complete trials with reports there are."""
        return self._forecasts[0].n_ended

    @property
    def latest_best(self) -> int:
        """Number of the latest trial that was the best, or joined the Pareto front and is on it."""
        if len(self._forecasts) == 1:
            return self._forecasts[0].best_number
        numbers = self._forecasts[0].numbers[self._is_in_front()]
        return int(numbers.max(initial=0))

    def chance_to_win(self, steps: IntArray, losses: FloatArray) -> Outcome | None:
        """Return what a curve will become; None if too little is known.

        Parameters
        ----------
        steps : ndarray of shape (n_reports,)
            Ascending, at least one.
        losses : ndarray of shape (n_reports, n_objectives)
        """
        predictions: list[Prediction] = []
        scaled_front: list[FloatArray] = []
        expected: list[float] = []
        for forecasts, column, front in zip(self._forecasts, losses.T, self._front(), strict=True):
            found = forecasts.predict(steps, column)
            if found is None:
                return None
            prediction, scale = found
            predictions.append(prediction)
            scaled_front.append(scale(front))
            expected.append(float(scale.back(prediction.mean)[0]))
        chance = chance_to_be_undominated(predictions, np.column_stack(scaled_front))
        return Outcome(chance, tuple(expected))

    def ranges_left(self, losses: FloatArray) -> tuple[tuple[float, float], ...] | None:
        """Return the ranges of what ended trials reported, if a curve has left them by far.

        By far is by ten times the range, beyond its worse end, in every objective. Of such values a
        regression over the curves of trainings that went well knows nothing.

        Parameters
        ----------
        losses : ndarray of shape (n_objectives,)
            The latest of the curve.

        Returns
        -------
        tuple of pair of float, or None
            The best and the worst loss for each objective.
        """
        ranges = tuple(forecasts.reported for forecasts in self._forecasts)
        for (best, worst), loss in zip(ranges, losses.tolist(), strict=True):
            # False if there is no range, or one without end.
            if not (best < worst < np.inf and loss - worst > _DIVERGED * (worst - best)):
                return None
        return ranges

    def _front(self) -> list[FloatArray]:
        """The losses of the trials that no other dominates, by objective."""
        if len(self._forecasts) == 1:
            return [np.array([self._forecasts[0].least])]
        is_in_front = self._is_in_front()
        return [forecasts.targets[is_in_front] for forecasts in self._forecasts]

    def _is_in_front(self) -> npt.NDArray[np.bool_]:
        return is_pareto_front(np.column_stack([one.targets for one in self._forecasts]))


def chance_to_be_undominated(predictions: Sequence[Prediction], front: FloatArray) -> float:
    """Return the probability that a point with independent coordinates is not dominated.

    Given all coordinates but the last, the last one has to be below the least one of the points
    that are no worse in the others. The mean of that is taken over points that fill the space of
    the others evenly [1]_; it is exact with one objective.

    Parameters
    ----------
    predictions : sequence of Prediction
        Distribution of each coordinate, each of one value.
    front : ndarray of shape (n_points, n_objectives)
        At least one point.

    References
    ----------
    .. [1] Roberts (2018), The unreasonable effectiveness of quasirandom sequences.

    Examples
    --------
    >>> wide = Prediction(np.zeros(1), np.ones(1), 5.0)
    >>> chance_to_be_undominated([wide], np.array([[0.0]]))
    0.5
    >>> round(chance_to_be_undominated([wide, wide], np.array([[0.0, 0.0]])), 3)
    0.75
    """
    from scipy.special import stdtr, stdtrit

    *others, last = predictions
    if not others:
        return float(stdtr(last.degrees, (front.min() - last.mean) / last.spread).mean())
    at = _even_points(len(others))
    coordinates = np.column_stack(
        [one.mean + one.spread * stdtrit(one.degrees, at[:, k]) for k, one in enumerate(others)]
    )
    no_worse = (front[:, :-1] <= coordinates[:, None]).all(axis=2)
    bound = np.where(no_worse, front[:, -1], np.inf).min(axis=1)
    return float(stdtr(last.degrees, (bound - last.mean) / last.spread).mean())


def _even_points(dimension: int) -> FloatArray:
    """Return points in the open unit cube, shape (n_points, dimension)."""
    n = _N_POINTS.get(dimension, _MOST_POINTS)
    # The generalized golden ratio: the root above 1 of x**(dimension + 1) = x + 1.
    ratio = 1.5
    for _ in range(32):
        ratio = (1.0 + ratio) ** (1.0 / (dimension + 1))
    steps = ratio ** -np.arange(1.0, dimension + 1.0)
    points: FloatArray = (0.5 + np.arange(1, n + 1)[:, None] * steps) % 1.0
    return np.clip(points, 1e-9, 1.0 - 1e-9)
