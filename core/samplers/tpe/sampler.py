"""The sampler: what a study asks of TPE."""

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
from ..duplicates import Duplicates, Tried
from ..history_sampler import HistorySampler
from ..random import value_at
from ..sources import Sources
from .model import Model
from .observations import Observations
from .pareto_split import ParetoSplitter
from .parzen_estimator import ParzenOptions
from .rules import checked_weights, default_gamma, default_weights, hyperopt_gamma
from .split import Split
from .transfer import Transfer

if TYPE_CHECKING:
    from ...history import History
    from ...study import Study
    from .unit_space import UnitSpace

_MOST_MODELS = 256  # kept per study; a parameter whose range changes has one for each range


class TPESampler(HistorySampler):
    """Draw where good trials are dense and bad ones are not [1]_ [2]_ [3]_.

    The finished trials are split into the best few and the rest. A kernel density is laid over
    each, `n_ei_candidates` points are drawn from the good one, and the one with the largest ratio
    of good to bad density is proposed: it is the one with the largest expected improvement.

    A joint density over all parameters that the trials have in common finds interactions
    (`multivariate`); other parameters, such as those in a branch of the objective, are modelled
    one by one from the trials that have them. Infeasible trials rank behind feasible ones, by
    how far they violate their constraints. Pruned trials rank by what they would have ended at, as
    told by the curves of complete ones; without such curves behind all complete trials, by how far
    they came, then by their last value. With several objectives trials rank by non-domination, ties are broken by
    hypervolume, and good trials weigh by the hypervolume that they add [4]_ [5]_.

    Parameters
    ----------
    consider_prior : bool, optional
        Deprecated and without effect: there is always a prior.
    prior_weight : float, default 1.0
        Weight of the prior, a wide kernel over the whole range, beside 1 for an observation.
    consider_magic_clip : bool, default True
        Whether kernels may not be narrower than ``range / min(100, n + 2)``.
    consider_endpoints : bool, default False
        Whether the ends of the range count as neighbours when the bandwidth of an outermost
        kernel is set. Only without `multivariate`.
    n_startup_trials : int, default 10
        As many finished trials are drawn as by :class:`RandomSampler` first.
    n_ei_candidates : int, default 24
        Number of candidates that compete, at least 1.
    gamma : callable, optional
        Takes the number of finished trials, returns how many are good. Default: a tenth, rounded
        up, at most 25.
    weights : callable, optional
        Takes a number of trials, returns their weights, oldest first. Default: the last 25 count
        fully, older ones less, down to 1/n. With several objectives only for bad trials.
    seed : int, optional
        None takes a fresh seed from the operating system.
    multivariate : bool, optional
        Whether parameters are modelled jointly. Default: yes (Optuna's: not with several
        objectives, where it pays, too).
    group : bool, default False
        Model those parameters jointly that always appear together, so that each branch of the
        objective has a joint density of its own. Needs `multivariate`.
    warn_independent_sampling : bool, optional
        Deprecated and without effect.
    constant_liar : bool, default True
        Take running trials for bad ones, so that parallel workers keep away from each other.
    constraints_func : callable, optional
        Deprecated: call :meth:`Trial.set_constraint` in the objective. Takes the trial, returns
        its constraint values; 0 or less means that a constraint holds.
    avoid_duplicates : bool, default True
        Whether no configuration of a discrete space is proposed again before all were tried: one
        that a finished trial had (a failed one, too) or a running one has. Turn it off where the
        objective is noisy. No matter for continuous and conditional spaces.
    source_studies : list of Study, optional
        Studies of similar problems, the most similar one last, instead of random first trials. The
        first trial repeats the best one of the last study. Then their densities are mixed with
        this study's: the more, the better they rank its own trials [6]_.

    Raises
    ------
    ValueError
        If `prior_weight` is negative, `n_ei_candidates` is not positive, `group` is given with
        ``multivariate=False``, or a source study has no complete trial.

    References
    ----------
    .. [1] Bergstra, Bardenet, Bengio, Kegl (2011), Algorithms for hyper-parameter optimization.
    .. [2] Bergstra, Yamins, Cox (2013), Making a science of model search.
    .. [3] Watanabe (2023), Tree-structured Parzen estimator: understanding its algorithm
       components and their roles for better empirical performance.
    .. [4] Ozaki, Tanigaki, Watanabe, Onishi (2020), Multiobjective tree-structured Parzen
       estimator for computationally expensive optimization problems.
    .. [5] Ozaki, Tanigaki, Watanabe, Nomura, Onishi (2022), Multiobjective tree-structured
       Parzen estimator, JAIR 73.
    .. [6] Feurer, Letham, Hutter, Bakshy (2018), Practical transfer learning for Bayesian
       optimization.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study(sampler=TPESampler(seed=1))
    >>> study.optimize(lambda trial: trial.suggest_float("x", -10, 10) ** 2, n_trials=40)
    >>> study.best_value < 0.1
    True
    """

    def __init__(
        self,
        *,
        consider_prior: bool | None = None,
        prior_weight: float | None = None,
        consider_magic_clip: bool | None = None,
        consider_endpoints: bool | None = None,
        n_startup_trials: int = 10,
        n_ei_candidates: int = 24,
        gamma: Callable[[int], int] | None = None,
        weights: Callable[[int], npt.NDArray[np.float64]] | None = None,
        seed: int | None = None,
        multivariate: bool | None = None,
        group: bool = False,
        warn_independent_sampling: bool | None = None,
        constant_liar: bool = True,
        constraints_func: Callable[[FrozenTrial], Sequence[float]] | None = None,
        avoid_duplicates: bool = True,
        source_studies: Sequence[Study] | None = None,
    ) -> None:
        super().__init__(seed)
        if prior_weight is not None and not prior_weight >= 0.0:
            raise ValueError(f"prior_weight >= 0 must hold, got prior_weight={prior_weight}.")
        if n_ei_candidates < 1:
            raise ValueError(
                f"n_ei_candidates >= 1 must hold, got n_ei_candidates={n_ei_candidates}."
            )
        if group and multivariate is False:
            raise ValueError("group=True needs multivariate=True, got multivariate=False.")
        for name, value in (
            ("consider_prior", consider_prior),
            ("warn_independent_sampling", warn_independent_sampling),
        ):
            if value is not None:
                _warn(f"{name} is deprecated and has no effect; leave it out.")
        if constraints_func is not None:
            _warn("constraints_func is deprecated; call trial.set_constraint in the objective.")
        self._options = ParzenOptions(
            prior_weight=1.0 if prior_weight is None else float(prior_weight),
            magic_clip=True if consider_magic_clip is None else bool(consider_magic_clip),
            endpoints=bool(consider_endpoints),
        )
        self._alone_options = self._options._replace(multivariate=False)
        self._n_startup_trials = n_startup_trials
        self._n_ei_candidates = n_ei_candidates
        self._gamma = default_gamma if gamma is None else gamma
        self._user_weights = weights
        self._multivariate = multivariate is None or multivariate
        self._group = group
        self._constant_liar = constant_liar
        self._constraints_func = constraints_func
        self._duplicates = Duplicates() if avoid_duplicates else None
        self.sources = Sources(source_studies or ())
        self._memories: weakref.WeakKeyDictionary[History, _Memory] = weakref.WeakKeyDictionary()

    @staticmethod
    def hyperopt_parameters() -> dict[str, Any]:
        """Return the settings of the original TPE [2]_ as keyword arguments; deprecated.

        Returns
        -------
        dict of str to Any

        Examples
        --------
        >>> sampler = TPESampler(multivariate=False, n_startup_trials=20)
        """
        _warn("hyperopt_parameters is deprecated; give the settings that you want.")
        return {
            "consider_prior": True,
            "prior_weight": 1.0,
            "consider_magic_clip": True,
            "consider_endpoints": False,
            "n_startup_trials": 20,
            "n_ei_candidates": 24,
            "gamma": hyperopt_gamma,
            "weights": default_weights,
        }

    # What the study asks.

    def joint_space(self, history: History) -> dict[str, BaseDistribution]:
        self.sources.check(history)
        if not self._has_learnt(history):
            return {} if self._duplicates is None else self._duplicates.space(history)
        if self._group:
            groups = history.search_space.groups()
            space = {name: dist for group in groups for name, dist in group.items()}
        else:
            space = history.search_space.intersection()
        return {name: dist for name, dist in space.items() if not dist.single()}

    def sample_joint(
        self, history: History, number: int, space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        tried = None if self._duplicates is None else self._duplicates.tried(history, number, space)
        values = self._sample_joint(history, number, space, tried)
        if tried is not None and values in tried:
            return tried.near(values, self.randomness.generator(number, "untried"))
        return values

    def _sample_joint(
        self,
        history: History,
        number: int,
        space: dict[str, BaseDistribution],
        tried: Tried | None,
    ) -> dict[str, Any]:
        if not self._has_learnt(history) or not self._multivariate:
            return {
                name: self.sample_alone(history, number, name, dist) for name, dist in space.items()
            }
        if not self._group:
            return self._propose(history, number, space, "tpe", self._options, tried)
        values: dict[str, Any] = {}
        for group in history.search_space.groups():
            part = {name: space[name] for name in group if name in space}
            if part:
                purpose = "tpe:" + ",".join(part)
                values.update(self._propose(history, number, part, purpose, self._options))
        return values

    def sample_alone(
        self, history: History, number: int, name: str, distribution: BaseDistribution
    ) -> Any:
        if distribution.single() or not self._has_learnt(history):
            value = self.sources.first_value(number, name, distribution)
            if value is not None:
                return value
            return value_at(distribution, self.randomness.uniform(number, name))
        space = {name: distribution}
        return self._propose(history, number, space, f"tpe:{name}", self._alone_options)[name]

    def final_system_attrs(self, trial: FrozenTrial) -> dict[str, Any]:
        """Return the values of `constraints_func`, for a trial that is COMPLETE or PRUNED.

        Raises
        ------
        ValueError
            If one of them is NaN.
        """
        if self._constraints_func is None:
            return {}
        constraints = tuple(self._constraints_func(trial))
        if any(math.isnan(value) for value in constraints):
            raise ValueError(
                f"constraints_func returned {constraints}. A constraint cannot be NaN; use a "
                "large positive value for 'violated'."
            )
        return {"constraints": constraints}

    # How it is answered.

    def _has_learnt(self, history: History) -> bool:
        if self.sources:
            return self.sources.are_of_use(history)
        n_finished = history.count(TrialState.COMPLETE, TrialState.PRUNED)
        return n_finished >= self._n_startup_trials

    def _propose(
        self,
        history: History,
        number: int,
        space: dict[str, BaseDistribution],
        purpose: str,
        options: ParzenOptions,
        tried: Tried | None = None,
    ) -> dict[str, Any]:
        memory = self._memories.get(history)
        if memory is None:
            memory = self._memories[history] = _Memory()
        liars: list[int] = []
        if self._constant_liar:
            liars = [n for n in history.unfinished(TrialState.RUNNING) if n != number]
        if history.count(TrialState.FAIL):
            # Failed trials are bad ones, so that regions where trials fail are avoided.
            liars.extend(np.flatnonzero(history.states == int(TrialState.FAIL)).tolist())
        if len(history.directions) > 1 and memory.pareto is None:
            memory.pareto = ParetoSplitter()
        model = memory.model(space, options, self._made)
        splitter = model.splitter if memory.pareto is None else memory.pareto

        def split(observations: Observations) -> Split:
            return splitter.split(history, observations, liars, self._gamma)

        def draw() -> np.random.Generator:
            return self.randomness.brief_generator(number, purpose)

        values = model.propose(history, split, draw, self._n_ei_candidates, tried)
        if values is None:
            return {
                name: value_at(distribution, self.randomness.uniform(number, name))
                for name, distribution in space.items()
            }
        return values

    def _made(self, space: dict[str, BaseDistribution], options: ParzenOptions) -> Model:
        if not self.sources:
            return Model(space, options, self._weights)

        def transfer(units: UnitSpace) -> Transfer:
            return Transfer(units, options, self.sources.in_space(space), self._gamma)

        return Model(space, options, self._weights, transfer)

    def _weights(self, n: int) -> npt.NDArray[np.float64]:
        if self._user_weights is None:
            return default_weights(n)
        return checked_weights(self._user_weights, n)

    def __getstate__(self) -> dict[str, Any]:
        # What has been learnt is learnt anew from the history.
        state = self.__dict__.copy()
        del state["_memories"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._memories = weakref.WeakKeyDictionary()


class _Memory:
    # What is kept between the trials of one study.

    def __init__(self) -> None:
        self._models: dict[tuple[Any, ...], Model] = {}
        self.pareto: ParetoSplitter | None = None

    def model(
        self,
        space: dict[str, BaseDistribution],
        options: ParzenOptions,
        made: Callable[[dict[str, BaseDistribution], ParzenOptions], Model],
    ) -> Model:
        key = (options.multivariate, *space.items())
        model = self._models.get(key)
        if model is None:
            if len(self._models) >= _MOST_MODELS:
                del self._models[next(iter(self._models))]
            model = self._models[key] = made(space, options)
        return model


def _warn(text: str) -> None:
    warnings.warn(text, FutureWarning, stacklevel=3)
