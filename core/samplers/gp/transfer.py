"""What Gaussian processes have learnt from other studies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...history import History
from ...records import TrialState
from ..sources import places
from ..tpe.unit_space import UnitSpace
from .conditions import PartialObservations
from .ensemble import Ensemble, ranking_weights
from .fit import fit_kernel
from .kernel import BoolArray, FloatArray, KernelParameters
from .process import GaussianProcess
from .search import MixedSpace
from .targets import loss_targets

_MOST_POINTS = 300  # of one study
_N_BEST = 5


class Transfer:
    """The sources of one model.

    Parameters
    ----------
    units : UnitSpace
    space : MixedSpace
        The same space, as rows.
    histories : sequence of History
        One for each source, with parameters as in `units`.
    deterministic : bool
        Whether objectives return the same value for the same parameters.

    Attributes
    ----------
    rows : ndarray of shape (n, d)
        The trials of all sources.
    present : ndarray of bool, shape (n, n_params)
        Which parameters they have.
    best : ndarray of shape (m, d)
        The best trials of each.
    """

    def __init__(
        self,
        units: UnitSpace,
        space: MixedSpace,
        histories: Sequence[History],
        deterministic: bool,
    ) -> None:
        self._categorical = space.categorical
        self._deterministic = deterministic
        self._points: list[FloatArray] = []
        self._losses: list[FloatArray] = []
        self._fits: dict[tuple[int, int, bool], KernelParameters] = {}
        best: list[FloatArray] = []
        present: list[BoolArray] = []
        for history in histories:
            observations = PartialObservations(units)
            observations.refresh(history)
            complete = history.states == int(TrialState.COMPLETE)
            complete &= history.violations == 0.0
            numbers = np.flatnonzero(observations.usable & complete)
            if not len(numbers):
                continue
            order = np.argsort(places(history, numbers), kind="stable")
            if len(numbers) > _MOST_POINTS:  # the best half, and of the others every so many
                half = _MOST_POINTS // 2
                others = np.linspace(half, len(numbers) - 1, half).astype(np.intp)
                order = np.concatenate([order[:half], order[others]])
            rows = space.rows(*observations.points)
            best.append(rows[numbers[order[:_N_BEST]]])
            numbers = np.sort(numbers[order])
            self._points.append(rows[numbers])
            self._losses.append(history.losses[numbers])
            present.append(observations.present[numbers])
        nothing = np.empty((0, space.d))
        self.rows = np.concatenate([nothing, *self._points])
        self.best = np.concatenate([nothing, *best])
        self.present = np.concatenate([np.empty((0, len(units.names)), np.bool_), *present])

    def __bool__(self) -> bool:
        return bool(self._points)

    def ensemble(
        self,
        objective: int,
        wide: bool,
        own: GaussianProcess | None,
        points: FloatArray,
        losses: FloatArray,
        pending: FloatArray,
        rng: np.random.Generator,
    ) -> Ensemble:
        """Return the study's own process together with those of the sources.

        Parameters
        ----------
        objective : int
            Which one.
        wide : bool
            See :func:`.targets.loss_targets`.
        own : GaussianProcess, optional
        points, losses : ndarray of shape (n, d) and (n,)
            The study's own trials, as `own` knows them.
        pending : ndarray of shape (n_pending, d)
            Points that are being tried.
        rng : Generator
        """
        # The sources know as little as `own` what is left to find where the study has been.
        tested = np.concatenate([points, pending])
        processes = [self._process(k, objective, wide, tested) for k in range(len(self._points))]
        weights = ranking_weights(processes, own, points, losses, rng)
        return Ensemble(processes if own is None else [*processes, own], weights)

    def _process(
        self, source: int, objective: int, wide: bool, tested: FloatArray
    ) -> GaussianProcess:
        points = self._points[source]
        targets = loss_targets(self._losses[source][:, objective], wide=wide)
        key = (source, objective, wide)
        if key not in self._fits:
            self._fits[key] = fit_kernel(
                points, targets, self._categorical, deterministic=self._deterministic
            )
        return GaussianProcess(points, targets, self._categorical, self._fits[key], tested)
