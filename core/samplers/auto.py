"""Choose among the samplers by what is known of the study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..distributions import BaseDistribution, CategoricalDistribution
from ..records import TrialState
from .history_sampler import HistorySampler
from .random import value_at
from .sources import Sources

if TYPE_CHECKING:
    from ..history import History
    from ..study import Study
    from .gp import GPSampler
    from .tpe import TPESampler

_FEWEST_FIRST, _MOST_FIRST = 4, 10
_N_CANDIDATES = 64  # for each of the first trials
_MOST_PARAMS = 60  # for a Gaussian process
_LAST_MODELLED = {1: 250, 2: 250, 3: 150}  # trials, by number of objectives
_MIXED_FROM = 30
_PERIOD = 3
_CHOICE_DISTANCE = 1.0 / 3.0  # squared; two coordinates in [0, 1] are 1/6 apart in the mean


class AutoSampler(HistorySampler):
    """Choose the sampler that suits the study, and change it as the study grows.

    The rule, which looks at the trials and at nothing else, so that the same seed gives the same
    study:

    - The first trial takes the middle of each range, which people lay around what they expect.
      The next ones, as many as parameters but at least 4 and at most 10, spread over the space:
      each takes, of some random points, the one that is farthest from all others.
    - Up to trial 250 (150 with three objectives) and 60 parameters :class:`GPSampler` proposes,
      in conditional spaces, too; from trial 30 on every third trial is :class:`TPESampler`'s, which
      keeps looking elsewhere when the model is wrong.
    - Later on, and with more parameters or objectives, :class:`TPESampler` proposes, with a joint
      density for each branch of a conditional space (``group=True``).

    Both count a pruned trial with the value that it would have ended at, foretold from the curves
    of complete trials.

    The page "Which sampler?" of the documentation has the measurements behind it.

    Parameters
    ----------
    seed : int, optional
        None takes a fresh seed from the operating system.
    avoid_duplicates : bool, default True
        Whether no configuration is proposed that a trial has or had while others are left. Turn
        it off where the objective is noisy.
    source_studies : list of Study, optional
        Studies of similar problems, the most similar one last: both samplers learn from them, and
        take the place of the rule's first trials. See :class:`GPSampler`.

    Raises
    ------
    ValueError
        If a source study has no complete trial.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study(sampler=AutoSampler(seed=1))
    >>> study.optimize(lambda trial: trial.suggest_float("x", -10, 10) ** 2, n_trials=20)
    >>> study.best_value < 0.01
    True
    """

    def __init__(
        self,
        *,
        seed: int | None = None,
        avoid_duplicates: bool = True,
        source_studies: Sequence[Study] | None = None,
    ) -> None:
        super().__init__(seed)
        self.sources = Sources(source_studies or ())
        self._avoids_duplicates = avoid_duplicates
        self._parts: dict[str, HistorySampler] = {}

    def reseed_rng(self) -> None:
        super().reseed_rng()
        self._parts.clear()

    # What the study asks.

    def joint_space(self, history: History) -> dict[str, BaseDistribution]:
        self.sources.check(history)
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
            return self._far_from_others(history, number, space) if space else {}
        if choice == "gp" and number >= _MIXED_FROM and number % _PERIOD == 0:
            choice = self._density(history)
        return self._part(choice).sample_joint(history, number, space)

    def sample_alone(
        self, history: History, number: int, name: str, distribution: BaseDistribution
    ) -> Any:
        if self.sources and not self.sources.are_of_use(history):
            value = self.sources.first_value(number, name, distribution)
            if value is not None:
                return value
        elif number == 0 and not isinstance(distribution, CategoricalDistribution):
            return value_at(distribution, 0.5)
        if self._choice(history) == "first":
            return value_at(distribution, self.randomness.uniform(number, name))
        # Parameters that are new, or whose range moves.
        return self._part("groups").sample_alone(history, number, name, distribution)

    # The choice.

    def _choice(self, history: History) -> str:
        space = history.search_space.union()
        n_params = sum(not dist.single() for dist in space.values())
        n_first = min(max(n_params, _FEWEST_FIRST), _MOST_FIRST)
        if self.sources.are_of_use(history):
            n_first = 0
        n_learnt = history.count(TrialState.COMPLETE, TrialState.PRUNED)
        if n_learnt < n_first:
            return "first"
        last = _LAST_MODELLED.get(len(history.directions), 0)
        if n_params <= _MOST_PARAMS and len(history) <= last:
            return "gp"
        return self._density(history)

    def _density(self, history: History) -> str:
        return "groups" if len(history.search_space.parameter_sets) > 1 else "tpe"

    def _part(self, name: str) -> HistorySampler:
        part = self._parts.get(name)
        if part is None:
            part = self._parts[name] = self._gp() if name == "gp" else self._tpe(name == "groups")
            part.randomness = self.randomness
        return part

    def _gp(self) -> GPSampler:
        from .gp import GPSampler

        sampler = GPSampler(
            n_startup_trials=1,
            warn_independent_sampling=False,
            avoid_duplicates=self._avoids_duplicates,
        )
        sampler.sources = self.sources
        return sampler

    def _tpe(self, group: bool) -> TPESampler:
        from .tpe import TPESampler

        sampler = TPESampler(group=group, avoid_duplicates=self._avoids_duplicates)
        sampler.sources = self.sources
        return sampler

    def _far_from_others(
        self, history: History, number: int, space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        from .tpe.observations import Observations
        from .tpe.unit_space import UnitSpace

        units = UnitSpace(space)
        observations = Observations(units)
        observations.refresh(history)
        others = observations.usable.copy()
        others[number : number + 1] = False
        known = observations.points.take(np.flatnonzero(others))
        n = units.n_numerical
        draws = self.randomness.generator(number, "first").random((_N_CANDIDATES, len(space)))
        choices = (draws[:, n:] * np.array(units.n_choices)).astype(np.int32)
        points = units.snap(draws[:, :n].copy(), choices)
        distances = np.square(points.units[:, None] - known.units[None]).sum(axis=2)
        if units.n_choices:
            first = len(units.grids)
            differ = points.levels[:, None, first:] != known.levels[None, :, first:]
            distances += _CHOICE_DISTANCE * differ.sum(axis=2)
        farthest = int(distances.min(axis=1, initial=np.inf).argmax())
        return units.decode(points, farthest)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_parts": {}}  # learnt anew from the history
