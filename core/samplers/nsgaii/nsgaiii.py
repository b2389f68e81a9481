"""NSGA-III."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from ...records import FrozenTrial
from .crossover import BaseCrossover
from .mutation import BaseMutation
from .sampler import AfterTrial, ChildGeneration, Elite, NSGAIISampler
from .selection import elite_by_niches, simplex_lattice

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]


class NSGAIIISampler(NSGAIISampler):
    """Evolve a population towards many places of the Pareto front [1]_.

    As :class:`NSGAIISampler`, but among equals those become parents that lie near reference
    directions which have few: with three objectives or more that spreads the population better
    than the distance of neighbours does.

    Parameters
    ----------
    population_size : int, default 50
        Number of complete trials that make a generation; should be at least the number of
        reference points.
    reference_points : ndarray of shape (n_points, n_objectives), optional
        Directions, none negative. Default: an even lattice.
    dividing_parameter : int, default 3
        Into how many steps the lattice divides each objective.
    mutation, mutation_prob, crossover, crossover_prob, swapping_prob, seed
        See :class:`NSGAIISampler`, also for the rest.
    constraints_func, elite_population_selection_strategy
    child_generation_strategy, after_trial_strategy

    Raises
    ------
    ValueError
        If `reference_points` have another form; and as :class:`NSGAIISampler`.

    References
    ----------
    .. [1] Deb, Jain (2014), An evolutionary many-objective optimization algorithm using
       reference-point-based nondominated sorting approach, IEEE Transactions on Evolutionary
       Computation 18.

    Examples
    --------
    >>> import tunesmith
    >>> def objective(trial):
    ...     x, y = trial.suggest_float("x", 0, 1), trial.suggest_float("y", 0, 1)
    ...     return x, y, (1 - x) * (1 - y)
    >>> sampler = NSGAIIISampler(population_size=10, seed=0)
    >>> study = tunesmith.create_study(directions=["minimize"] * 3, sampler=sampler)
    >>> study.optimize(objective, n_trials=30)
    >>> len(study.trials)
    30
    """

    def __init__(
        self,
        *,
        population_size: int = 50,
        mutation: BaseMutation | None = None,
        mutation_prob: float | None = None,
        crossover: BaseCrossover | None = None,
        crossover_prob: float = 0.9,
        swapping_prob: float = 0.5,
        seed: int | None = None,
        constraints_func: Callable[[FrozenTrial], Sequence[float]] | None = None,
        reference_points: FloatArray | None = None,
        dividing_parameter: int = 3,
        elite_population_selection_strategy: Elite | None = None,
        child_generation_strategy: ChildGeneration | None = None,
        after_trial_strategy: AfterTrial | None = None,
    ) -> None:
        super().__init__(
            population_size=population_size,
            mutation=mutation,
            mutation_prob=mutation_prob,
            crossover=crossover,
            crossover_prob=crossover_prob,
            swapping_prob=swapping_prob,
            seed=seed,
            constraints_func=constraints_func,
            elite_population_selection_strategy=elite_population_selection_strategy,
            child_generation_strategy=child_generation_strategy,
            after_trial_strategy=after_trial_strategy,
        )
        if reference_points is not None:
            reference_points = np.array(reference_points, dtype=np.float64)
            if (
                reference_points.ndim != 2
                or not (reference_points >= 0.0).all()
                or not (reference_points.sum(axis=1) > 0.0).all()
            ):
                raise ValueError(
                    "reference_points must be an array (n_points, n_objectives) of directions, "
                    f"none negative or zero, got {reference_points!r}."
                )
        if dividing_parameter < 1:
            raise ValueError(
                f"dividing_parameter >= 1 must hold, got dividing_parameter={dividing_parameter}."
            )
        self._reference_points = reference_points
        self._dividing_parameter = dividing_parameter

    def _chosen(self, ranks: IntArray, losses: FloatArray, generation: int) -> IntArray:
        n_objectives = losses.shape[1]
        references = self._reference_points
        if references is None:
            references = simplex_lattice(n_objectives, self._dividing_parameter)
        elif references.shape[1] != n_objectives:
            raise ValueError(
                f"reference_points have {references.shape[1]} columns, the study "
                f"{n_objectives} objectives."
            )
        rng = self.randomness.generator(generation, "ga:niches")
        return elite_by_niches(ranks, losses, self._population_size or 2, references, rng)
