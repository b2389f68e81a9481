"""Choose among the samplers by what is known of the study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..distributions import BaseDistribution
from ..records import TrialState
from .history_sampler import HistorySampler
from .random import value_at

if TYPE_CHECKING:
    from ..history import History

_FEWEST_FIRST, _MOST_FIRST = 4, 10
_N_CANDIDATES = 64  # for each of the first trials
_MOST_PARAMS = 60
_LAST_GP = {1: 250, 2: 250, 3: 150}  # trials, by number of objectives


class AutoSampler(HistorySampler):
    """Choose the sampler that suits the study, and change it as the study grows.

    Parameters
    ----------
    seed : int, optional
        None takes a fresh seed from the operating system.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study(sampler=AutoSampler(seed=1))
    >>> study.optimize(lambda trial: trial.suggest_float("x", -10, 10) ** 2, n_trials=20)
    >>> study.best_value < 0.01
    True
    """

    def __init__(self, *, seed: int | None = None, period: int = 0) -> None:
        super().__init__(seed)
        self._period = period
        self._set_up()

    def _set_up(self) -> None:
        self._parts: dict[str, HistorySampler] = {}

    def _part(self, name: str) -> HistorySampler:
        part = self._parts.get(name)
        if part is None:
            if name == "gp":
                from .gp import GPSampler

                part = GPSampler(n_startup_trials=1, warn_independent_sampling=False)
            else:
                from .tpe import TPESampler

                part = TPESampler(multivariate=True, group=name == "groups")
            part.randomness = self.randomness
            self._parts[name] = part
        return part

    def reseed_rng(self) -> None:
        super().reseed_rng()
        for part in self._parts.values():
            part.randomness = self.randomness

    # The choice.

    def _choice(self, history: History) -> str:
        space = history.search_space.union()
        n_params = sum(not dist.single() for dist in space.values())
        n_first = min(max(n_params, _FEWEST_FIRST), _MOST_FIRST)
        n_complete = history.count(TrialState.COMPLETE)
        if n_complete < n_first:
            return "first"
        n_objectives = len(history.directions)
        if n_params <= _MOST_PARAMS and len(history) <= _LAST_GP.get(n_objectives, 0):
            return "gp"
        return "groups" if len(history.search_space.parameter_sets) > 1 else "tpe"

    # What the study asks.

    def joint_space(self, history: History) -> dict[str, BaseDistribution]:
        choice = self._choice(history)
        if choice == "first":
            space = history.search_space.intersection()
            return {name: dist for name, dist in space.items() if not dist.single()}
        return self._part(choice).joint_space(history)

    def sample_joint(
        self, history: History, number: int, space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        choice = self._choice(history)
        if choice == "first":
            return self._far_from_others(history, number, space)
        if choice == "gp" and self._period and number > 30 and number % self._period == 0:
            choice = "groups" if len(history.search_space.parameter_sets) > 1 else "tpe"
        return self._part(choice).sample_joint(history, number, space)

    def sample_alone(
        self, history: History, number: int, name: str, distribution: BaseDistribution
    ) -> Any:
        if self._choice(history) == "first":
            return value_at(distribution, self.randomness.uniform(number, name))
        return self._part("groups").sample_alone(history, number, name, distribution)

    def _far_from_others(
        self, history: History, number: int, space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        # Of some random points the one that is farthest from all trials.
        if not space:
            return {}
        from .tpe.observations import Observations
        from .tpe.unit_space import Points, UnitSpace

        units = UnitSpace(space)
        observations = Observations(units)
        observations.refresh(history)
        others = observations.usable.copy()
        if number < len(others):
            others[number] = False
        rng = self.randomness.generator(number, "first")
        n = units.n_numerical
        draws = rng.random((_N_CANDIDATES, len(units.names)))
        choices = (draws[:, n:] * np.array(units.n_choices)).astype(np.int32)
        points = units.snap(draws[:, :n].copy(), choices)
        known = observations.points.take(np.flatnonzero(others))
        gaps = np.abs(points.units[:, None] - known.units[None]) ** 2
        distances = gaps.sum(axis=2)
        if units.n_choices:
            m = len(units.grids)
            differs = points.levels[:, None, m:] != known.levels[None, :, m:]
            distances += differs.sum(axis=2) * (1.0 / 3.0)
        best = int(distances.min(axis=1).argmax()) if len(known.units) else 0
        return units.decode(Points(points.units, points.levels), best)

    def __getstate__(self) -> dict[str, Any]:
        return {"randomness": self.randomness}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._set_up()
