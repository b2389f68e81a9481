"""NSGA-II."""

from __future__ import annotations

import math
import warnings
import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ...distributions import BaseDistribution
from ...records import FrozenTrial, TrialState
from ..base_ga import BaseGASampler
from ..history_sampler import PROTOCOL, HistorySampler
from ..random import value_at
from . import crossover as crossovers
from . import mutation as mutations
from .crossover import BaseCrossover, UniformCrossover
from .generations import Generations
from .known import Known
from .mutation import BaseMutation
from .selection import constrained_ranks, crowding_distances, elite_by_crowding
from .variation import Parents, Variation

if TYPE_CHECKING:
    from ...history import History
    from ...study import Study

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
SearchSpace = dict[str, BaseDistribution]
Elite = Callable[["Study", list[FrozenTrial]], list[FrozenTrial]]
ChildGeneration = Callable[
    ["Study", dict[str, BaseDistribution], list[FrozenTrial]], dict[str, Any]
]
AfterTrial = Callable[["Study", FrozenTrial, TrialState, Sequence[float] | None], None]


_MOST_CHILDREN = 10  # until one is new


class NSGAIISampler(HistorySampler, BaseGASampler):
    """Evolve a population towards the Pareto front [1]_.

    The first `population_size` trials are drawn uniformly. Then each generation's trials are
    children of the best so far: those that fewest others dominate, among equals those that lie
    alone. A child takes numerical parameters from its parents by `crossover` and categorical ones
    from either parent, and some parameters mutate. Infeasible trials rank behind feasible ones, by
    how far they violate their constraints.

    Evolution needs many trials. Below a few hundred, :class:`GPSampler` and :class:`TPESampler`
    find better fronts.

    Parameters
    ----------
    population_size : int, default 50
        Number of complete trials that make a generation, at least 2.
    mutation : BaseMutation, optional
        How a numerical parameter mutates. Default: half of them are drawn anew, half take a
        small step.
    mutation_prob : float, optional
        Probability of each parameter to mutate; default one over their number.
    crossover : BaseCrossover, optional
        Default: :class:`~tunesmith.samplers.nsgaii.UniformCrossover`.
    crossover_prob : float, default 0.9
        Probability that a child has two (or more) parents, and is not the copy of one.
    swapping_prob : float, default 0.5
        Probability that a categorical parameter is the second parent's.
    seed : int, optional
        None takes a fresh seed from the operating system.
    constraints_func : callable, optional
        Deprecated: call :meth:`Trial.set_constraint` in the objective. Takes the trial, returns
        its constraint values; 0 or less means that a constraint holds.
    elite_population_selection_strategy : callable, optional
        Takes the study and trials, returns those that become parents.
    child_generation_strategy : callable, optional
        Takes the study, the search space and the parents, returns a child's parameters.
    after_trial_strategy : callable, optional
        Called as ``f(study, trial, state, values)`` when a trial has ended.

    Raises
    ------
    ValueError
        If a probability is outside [0, 1], or the population smaller than the crossover needs.

    References
    ----------
    .. [1] Deb, Pratap, Agarwal, Meyarivan (2002), A fast and elitist multiobjective genetic
       algorithm: NSGA-II, IEEE Transactions on Evolutionary Computation 6.

    Examples
    --------
    >>> import tunesmith
    >>> def objective(trial):
    ...     x = trial.suggest_float("x", -5, 5)
    ...     return x**2, (x - 2) ** 2
    >>> sampler = NSGAIISampler(population_size=10, seed=0)
    >>> study = tunesmith.create_study(directions=["minimize"] * 2, sampler=sampler)
    >>> study.optimize(objective, n_trials=100)
    >>> len(study.best_trials) > 10
    True
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
        elite_population_selection_strategy: Elite | None = None,
        child_generation_strategy: ChildGeneration | None = None,
        after_trial_strategy: AfterTrial | None = None,
    ) -> None:
        HistorySampler.__init__(self, seed)
        BaseGASampler.__init__(self, population_size)
        if crossover is None:
            crossover = UniformCrossover(swapping_prob)
        if not isinstance(crossover, BaseCrossover):
            raise ValueError(
                f"crossover must be a BaseCrossover, got {crossover!r} of type "
                f"{type(crossover).__name__}. Try tunesmith.samplers.nsgaii.SBXCrossover()."
            )
        if mutation is not None and not isinstance(mutation, BaseMutation):
            raise ValueError(
                f"mutation must be a BaseMutation, got {mutation!r} of type "
                f"{type(mutation).__name__}. Try tunesmith.samplers.nsgaii.PolynomialMutation()."
            )
        if population_size < max(2, crossover.n_parents):
            raise ValueError(
                f"population_size >= {max(2, crossover.n_parents)} must hold (the crossover takes "
                f"{crossover.n_parents} parents), got population_size={population_size}."
            )
        for name, value in (
            ("mutation_prob", mutation_prob),
            ("crossover_prob", crossover_prob),
            ("swapping_prob", swapping_prob),
        ):
            if value is not None and not 0.0 <= value <= 1.0:
                raise ValueError(f"0 <= {name} <= 1 must hold, got {name}={value}.")
        if constraints_func is not None:
            warnings.warn(
                "constraints_func is deprecated; call trial.set_constraint in the objective.",
                FutureWarning,
                stacklevel=2,
            )
        self._variation = Variation(
            crossover, crossover_prob, swapping_prob, mutation, mutation_prob
        )
        self._constraints_func = constraints_func
        self._elite = elite_population_selection_strategy
        self._child_generation = child_generation_strategy
        self._after_trial = after_trial_strategy
        # The user's own parts are handed the study, which only Optuna's protocol has.
        own = (crossovers.__name__, mutations.__name__)
        self.proposes_ahead = (
            type(crossover).__module__ in own
            and (mutation is None or type(mutation).__module__ in own)
            and self._elite is None
            and self._child_generation is None
            and all(getattr(type(self), m) is getattr(NSGAIISampler, m) for m in PROTOCOL)
        )
        self._set_up()

    def _set_up(self) -> None:
        self._evolutions: weakref.WeakKeyDictionary[History, _Evolution]
        self._evolutions = weakref.WeakKeyDictionary()
        self._generation_of: dict[int, int] = {}  # of trials that run, by number
        self._rng = np.random.RandomState(0)

    # What the study asks.

    def joint_space(self, history: History) -> dict[str, BaseDistribution]:
        space = history.search_space.intersection()
        return {name: dist for name, dist in space.items() if not dist.single()}

    def sample_joint(
        self, history: History, number: int, space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return self._sampled(history, number, space, None)

    def sample_alone(
        self, history: History, number: int, name: str, distribution: BaseDistribution
    ) -> Any:
        if number not in self._generation_of:
            self._generation_of[number] = self._evolution(history).generations.current
        return value_at(distribution, self.randomness.uniform(number, name))

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        if not search_space:
            return {}
        history = study.history
        with history.lock:
            return self._sampled(history, trial.number, search_space, study)

    def after_trial(
        self,
        study: Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        if self._after_trial is not None:
            self._after_trial(study, trial, state, values)

    def final_system_attrs(self, trial: FrozenTrial) -> dict[str, Any]:
        """Return the trial's generation, and the values of `constraints_func`.

        Raises
        ------
        ValueError
            If a constraint is NaN.
        """
        attrs: dict[str, Any] = {}
        generation = self._generation_of.pop(trial.number, None)
        if generation is not None:
            attrs[self.generation_key()] = generation
        if self._constraints_func is not None:
            constraints = tuple(self._constraints_func(trial))
            if any(math.isnan(value) for value in constraints):
                raise ValueError(
                    f"constraints_func returned {constraints}. A constraint cannot be NaN; use a "
                    "large positive value for 'violated'."
                )
            attrs["constraints"] = constraints
        return attrs

    def select_parent(self, study: Study, generation: int) -> list[FrozenTrial]:
        history = study.history
        with history.lock:
            evolution = self._evolution(history)
            numbers = evolution.generations.parents(generation, self._selection(history, study))
            return [t for k in numbers.tolist() if (t := history.trials[k]) is not None]

    # How it is answered.

    def _sampled(
        self,
        history: History,
        number: int,
        space: dict[str, BaseDistribution],
        study: Study | None,
    ) -> dict[str, Any]:
        evolution = self._evolution(history)
        generation = evolution.generations.current
        self._generation_of[number] = generation
        if generation > 0:
            selection = self._selection(history, study)
            numbers = evolution.generations.parents(generation, selection)
            if self._child_generation is not None and study is not None:
                trials = [t for k in numbers.tolist() if (t := history.trials[k]) is not None]
                return self._child_generation(study, space, trials)
            parents = evolution.parents_in(history, space, generation, numbers)
            if len(parents) > 0:
                # The crossovers of this package want to know the number of directions only.
                context = history if study is None else study
                # Crossovers are promised this kind of generator; seeding one is quicker than
                # making one.
                self._rng.seed(int(self.randomness.uniform(number, "ga") * 2**32))
                known = evolution.known_in(history, space)
                for _ in range(_MOST_CHILDREN):
                    child = parents.child(self._variation, self._rng, context)
                    internal = [dist.to_internal_repr(child[name]) for name, dist in space.items()]
                    if not known.has(tuple(internal), number):
                        return child
        return {
            name: value_at(dist, self.randomness.uniform(number, name))
            for name, dist in space.items()
        }

    def _evolution(self, history: History) -> _Evolution:
        evolution = self._evolutions.get(history)
        if evolution is None:
            size = self._population_size or 2
            evolution = self._evolutions[history] = _Evolution(self.generation_key(), size)
        evolution.generations.refresh(history)
        return evolution

    def _selection(
        self, history: History, study: Study | None
    ) -> Callable[[IntArray, int], IntArray]:
        def select(numbers: IntArray, generation: int) -> IntArray:
            if self._elite is not None and study is not None:
                trials = [t for k in numbers.tolist() if (t := history.trials[k]) is not None]
                return np.array([t.number for t in self._elite(study, trials)], dtype=np.intp)
            losses = history.losses[numbers]
            ranks = constrained_ranks(losses, history.violations[numbers])
            return numbers[self._chosen(ranks, losses, generation)]

        return select

    def _chosen(self, ranks: IntArray, losses: FloatArray, generation: int) -> IntArray:
        return elite_by_crowding(ranks, losses, self._population_size or 2)

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        del state["_evolutions"], state["_generation_of"], state["_rng"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._set_up()


class _Evolution:
    # What is kept between the trials of one study.

    def __init__(self, key: str, size: int) -> None:
        self.generations = Generations(key, size)
        self._parents: tuple[int, SearchSpace, Parents] | None = None
        self._known: tuple[SearchSpace, Known] | None = None

    def known_in(self, history: History, space: dict[str, BaseDistribution]) -> Known:
        if self._known is None or not _same_in_order(self._known[0], space):
            self._known = dict(space), Known(space)
        self._known[1].refresh(history)
        return self._known[1]

    def parents_in(
        self,
        history: History,
        space: dict[str, BaseDistribution],
        generation: int,
        numbers: IntArray,
    ) -> Parents:
        kept = self._parents
        # Nearly always the very distributions of the trial before.
        is_known = kept is not None and _same_in_order(kept[1], space)
        if kept is None or not is_known or kept[0] != generation:
            losses = history.losses[numbers]
            ranks = constrained_ranks(losses, history.violations[numbers])
            crowding = np.zeros(len(numbers))
            for rank in np.unique(ranks):
                members = ranks == rank
                crowding[members] = crowding_distances(losses[members])
            internal = np.array([history.column(name)[numbers] for name in space]).T
            units = kept[2].units if kept is not None and is_known else None
            parents = Parents(space, internal, ranks, crowding, units)
            kept = self._parents = generation, dict(space), parents
        return kept[2]


def _same_in_order(one: SearchSpace, other: SearchSpace) -> bool:
    return one == other and list(one) == list(other)
