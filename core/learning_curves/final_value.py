"""What a learning curve will end at, told by the curves that have ended.

======  =========================================================================
symbol  meaning
======  =========================================================================
loss    value with the sign that makes lower better
level   mean of the latest reports, a tenth of them at least one
drop    by how much the level fell since half the way
target  loss the trial ended with; level, drop and target on a scale on which the
        best of the ended trials is 0 and the median one log(2)
======  =========================================================================

At each step the target is regressed on level and drop over the ended trials. The prior says that
a curve ends about where it is; what the ended ones did since then is learnt. The prediction is a
Student t distribution: it is wide while few trials have ended.

References
----------
.. [1] Baker, Gupta, Raskar, Naik (2017), Accelerating neural architecture search using performance
   prediction (sequential regression models, one for each step).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_WINDOW = 0.1  # of the steps so far, whose mean is the level
_FARTHEST = 1e6  # in medians beyond the best
# Prior: standard deviations of intercept, slope of the level (about 1) and of the drop (about 0).
_PRIOR_SPREADS = np.array([1.0, 0.5, 1.0])
_PRIOR_NOISE = 0.2
_PRIOR_COUNT = 2.0


class Prediction(NamedTuple):
    """A Student t distribution of the final loss on the model's scale.

    Attributes
    ----------
    mean, spread : ndarray of shape (m,)
    degrees : float
        Degrees of freedom.
    """

    mean: FloatArray
    spread: FloatArray
    degrees: float


class Scale:
    """The scale on which losses are compared: fine near the best, coarse far away.

    Parameters
    ----------
    targets : ndarray of shape (n,)
        Losses of the ended trials, at least one.
    """

    def __init__(self, targets: FloatArray) -> None:
        known = np.clip(targets, -1e300, 1e300)
        self.best = float(known.min())
        unit = float(np.median(known)) - self.best
        self.unit = unit or float(np.ptp(known)) or max(abs(self.best), 1.0)

    def __call__(self, losses: FloatArray) -> FloatArray:
        with np.errstate(over="ignore", invalid="ignore"):
            ratios = (losses - self.best) / self.unit
        ratios = np.maximum(np.fmin(ratios, _FARTHEST), -_FARTHEST)  # NaN is the farthest
        scaled: FloatArray = np.copysign(np.log1p(np.abs(ratios)), ratios)
        return scaled

    def back(self, scaled: FloatArray) -> FloatArray:
        """Return losses again."""
        losses: FloatArray = np.sign(scaled) * np.expm1(np.abs(scaled)) * self.unit + self.best
        return losses


class EndedCurves:
    """Curves and final losses of the trials that have ended, step by step.

    Attributes
    ----------
    targets : ndarray of shape (n,)
        Final losses.
    best_report, worst_report : float
        Least and largest of all their losses at any step, NaN apart; inf and -inf if there is none.
    """

    def __init__(self) -> None:
        self._steps = np.empty(0, dtype=np.int64)
        self._curves: list[tuple[IntArray, FloatArray]] = []
        self._sums = np.empty((0, 0))  # cumulated losses at each step, shape (n, n_steps)
        self._n_sums = 0
        self.targets = np.empty(0)
        self.best_report, self.worst_report = np.inf, -np.inf

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def n_steps(self) -> int:
        """How many different steps the curves have."""
        return len(self._steps)

    def add(self, steps: IntArray, losses: FloatArray, target: float) -> None:
        """Take in a curve: ascending steps, at least one, and losses there."""
        self._curves.append((steps, losses))
        self.targets = np.append(self.targets, target)
        known = losses[~np.isnan(losses)]
        self.best_report = float(known.min(initial=self.best_report))
        self.worst_report = float(known.max(initial=self.worst_report))
        if np.isin(steps, self._steps, assume_unique=True).all():
            if self._n_sums == len(self._sums):
                room = np.empty((max(16, 2 * len(self._sums)), len(self._steps)))
                room[: self._n_sums] = self._sums[: self._n_sums]
                self._sums = room
            self._sums[self._n_sums] = _cumulated(steps, losses, self._steps)
        else:
            self._steps = np.union1d(self._steps, steps)
            rows = [_cumulated(*curve, self._steps) for curve in self._curves]
            self._sums = np.array(rows)
        self._n_sums += 1

    def have_begun(self, step: int) -> bool:
        """Whether any of the curves had begun by then."""
        return len(self._steps) > 0 and step >= int(self._steps[0])

    def features(self, step: int, n: int | None = None) -> tuple[FloatArray, FloatArray] | None:
        """Return level at `step` and level half the way of the first `n` curves, as losses.

        None if no curve had begun by then.
        """
        column = int(np.searchsorted(self._steps, step, side="right"))
        if column == 0:
            return None
        return _levels(self._sums[: self._n_sums if n is None else n, :column])

    def features_of(self, steps: IntArray, losses: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the same for another curve, up to its last step."""
        column = int(np.searchsorted(self._steps, steps[-1], side="right"))
        return _levels(_cumulated(steps, losses, self._steps[:column])[None])


class Regression(NamedTuple):
    """Final losses regressed on where curves are, at one step.

    Attributes
    ----------
    weights : ndarray of shape (3,)
        Of the intercept, the level and the drop, beyond the prior mean: that it ends where it is.
    covariance : ndarray of shape (3, 3)
        Of the weights.
    noise : float
        Variance of a final loss about its mean.
    degrees : float
        Degrees of freedom.
    """

    weights: FloatArray
    covariance: FloatArray
    noise: float
    degrees: float

    @classmethod
    def fitted(cls, levels: FloatArray, halves: FloatArray, targets: FloatArray) -> Regression:
        """Learn from the ended curves.

        Parameters
        ----------
        levels, halves, targets : ndarray of shape (n,)
            On the scale.
        """
        # The prior mean, "it ends where it is", is taken off; the rest is shrunk to 0.
        x = np.column_stack([np.ones(len(levels)), levels, halves - levels])
        rest = targets - levels
        noise = _PRIOR_NOISE**2
        for _ in range(2):  # the noise is learnt from the fit, and the fit depends on the noise
            covariance = np.linalg.inv(x.T @ x / noise + np.diag(_PRIOR_SPREADS**-2.0))
            weights = covariance @ (x.T @ rest) / noise
            leverage = np.einsum("ij,jk,ik->i", x, covariance, x) / noise
            errors = (rest - x @ weights) / np.maximum(1.0 - leverage, 0.1)  # leave-one-out
            noise = float(
                (_PRIOR_COUNT * _PRIOR_NOISE**2 + np.square(errors).sum())
                / (_PRIOR_COUNT + len(errors))
            )
        covariance = np.linalg.inv(x.T @ x / noise + np.diag(_PRIOR_SPREADS**-2.0))
        weights = covariance @ (x.T @ rest) / noise
        return cls(weights, covariance, noise, _PRIOR_COUNT + len(errors))

    def predict(self, levels: FloatArray, halves: FloatArray) -> Prediction:
        """Return where curves at these levels, of shape (m,) and on the scale, will end."""
        where = np.column_stack([np.ones(len(levels)), levels, halves - levels])
        spread = np.sqrt(self.noise + np.einsum("ij,jk,ik->i", where, self.covariance, where))
        return Prediction(self._mean(levels, where), spread, self.degrees)

    def mean(self, levels: FloatArray, halves: FloatArray) -> FloatArray:
        """Return the mean of the prediction alone."""
        where = np.column_stack([np.ones(len(levels)), levels, halves - levels])
        return self._mean(levels, where)

    def _mean(self, levels: FloatArray, where: FloatArray) -> FloatArray:
        # Row by row: the last digits of one product of all would depend on how many there are.
        mean: FloatArray = levels + (where[:, None] @ self.weights)[:, 0]
        return mean


def _cumulated(steps: IntArray, losses: FloatArray, at: IntArray) -> FloatArray:
    # A step that the curve lacks has the value before it, or the first one.
    known = ~np.isnan(losses)
    if not known.any():
        return np.full(len(at), 1e300)
    steps, losses = steps[known], np.clip(losses[known], -1e290, 1e290)
    place = np.searchsorted(steps, at, side="right") - 1
    return np.cumsum(losses[np.maximum(place, 0)])


def _levels(sums: FloatArray) -> tuple[FloatArray, FloatArray]:
    n = sums.shape[1]
    half = (n + 1) // 2
    return _mean_of_latest(sums, n), _mean_of_latest(sums, half)


def _mean_of_latest(sums: FloatArray, end: int) -> FloatArray:
    width = max(1, int(_WINDOW * end))
    start = end - width
    before = sums[:, start - 1] if start > 0 else 0.0
    mean: FloatArray = (sums[:, end - 1] - before) / width
    return mean
