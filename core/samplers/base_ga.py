"""What genetic algorithms have in common: generations, populations and parents."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any

from ..records import FrozenTrial, TrialState
from .base import BaseSampler

if TYPE_CHECKING:
    from ..study import Study


class BaseGASampler(BaseSampler, abc.ABC):
    """Base class for genetic algorithms of your own.

    A subclass gives :meth:`select_parent` and the methods of :class:`BaseSampler`; its
    ``sample_relative`` asks :meth:`get_trial_generation` for the trial's generation and
    :meth:`get_parent_population` for the parents to make a child of. Both are kept with the study,
    so workers agree and a resumed study goes on.

    Parameters
    ----------
    population_size : int or None
        Number of complete trials that make a generation.

    Examples
    --------
    >>> import tunesmith
    >>> class Best(BaseGASampler):
    ...     def __init__(self):
    ...         super().__init__(population_size=5)
    ...         self._random = tunesmith.samplers.RandomSampler(seed=0)
    ...     def select_parent(self, study, generation):
    ...         population = self.get_population(study, generation - 1)
    ...         return sorted(population, key=lambda trial: trial.value)[:2]
    ...     def infer_relative_search_space(self, study, trial):
    ...         return {"x": tunesmith.distributions.FloatDistribution(-1, 1)}
    ...     def sample_relative(self, study, trial, search_space):
    ...         generation = self.get_trial_generation(study, trial)
    ...         if generation == 0:
    ...             return {}
    ...         one, other = self.get_parent_population(study, generation)
    ...         return {"x": (one.params["x"] + other.params["x"]) / 2}
    ...     def sample_independent(self, *args):
    ...         return self._random.sample_independent(*args)
    >>> study = tunesmith.create_study(sampler=Best())
    >>> study.optimize(lambda trial: trial.suggest_float("x", -1, 1) ** 2, n_trials=10)
    >>> len(study.sampler.get_population(study, 1))
    5
    """

    def __init__(self, population_size: int | None) -> None:
        self._population_size = population_size

    @property
    def population_size(self) -> int | None:
        """Number of complete trials that make a generation."""
        return self._population_size

    @population_size.setter
    def population_size(self, value: int) -> None:
        self._population_size = value

    @classmethod
    def generation_key(cls) -> str:
        """Return the name of the attribute that says a trial's generation."""
        return f"{cls.__name__}:generation"

    @abc.abstractmethod
    def select_parent(self, study: Study, generation: int) -> list[FrozenTrial]:
        """Return the parents of a generation; called once for each.

        Parameters
        ----------
        study : Study
        generation : int
            At least 1.
        """

    def get_trial_generation(self, study: Study, trial: FrozenTrial) -> int:
        """Return a trial's generation; one that has none yet is given the current one."""
        key = self.generation_key()
        generation = trial.system_attrs.get(key)
        if generation is not None:
            return int(generation)
        generation = 0
        n_members = 0
        for other in _complete(study):
            its = other.system_attrs.get(key, -1)
            if its > generation or (its == generation and n_members == 0):
                generation, n_members = its, 1
            elif its == generation:
                n_members += 1
        if n_members >= (self._population_size or 1):
            generation += 1
        study.storage.set_trial_system_attr(trial.trial_id, key, generation)
        return int(generation)

    def get_population(self, study: Study, generation: int) -> list[FrozenTrial]:
        """Return the complete trials of a generation."""
        key = self.generation_key()
        return [t for t in _complete(study) if t.system_attrs.get(key) == generation]

    def get_parent_population(self, study: Study, generation: int) -> list[FrozenTrial]:
        """Return the parents of a generation; none for generation 0.

        They are selected once and kept in the study's system attributes.
        """
        if generation == 0:
            return []
        storage, study_id = study.storage, study.study_id
        key = f"{type(self).__name__}:parent:{generation}"
        ids: Any = storage.get_study_system_attrs(study_id).get(key)
        if ids is None:
            parents = self.select_parent(study, generation)
            storage.set_study_system_attr(study_id, key, [t.trial_id for t in parents])
            return parents
        by_id = {trial.trial_id: trial for trial in _complete(study)}
        return [by_id[trial_id] for trial_id in ids if trial_id in by_id]


def _complete(study: Study) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
