"""The sampler: what a study asks of Gaussian processes."""

from __future__ import annotations

import math
import warnings
import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ...distributions import BaseDistribution
from ...records import FrozenTrial, TrialState
from ..base import BaseSampler
from ..duplicates import Duplicates
from ..history_sampler import HistorySampler
from ..random import value_at
from ..sources import Sources
from .model import Model
from .threads import one_thread

if TYPE_CHECKING:
    from ...history import History
    from ...study import Study

_MOST_MODELS = 16  # kept per study; a search space that changes has one for each state


class GPSampler(HistorySampler):
    """Model the objective by a Gaussian process, try where it promises the largest improvement.

    The kernel is Matérn-5/2 with a length scale for each parameter, learnt with the noise from
    the complete trials under priors that suit many dimensions [1]_; pruned trials count with the value
    that they would have ended at, as told by the curves of complete ones. The proposal maximises the
    logarithm of the expected improvement [2]_: by gradients in floats and fine grids, by exchange
    in integers, steps and categorical parameters. Several objectives have a model each, and the
    expected growth of the dominated hypervolume is maximised [3]_. Constraints are modelled too,
    and so is where trials fail. Running trials count as if they came out as predicted.

    Its strength are costly objectives, up to a few hundred trials. Parameters that new trials have
    for the first time, and those whose range varies, are sampled independently.

    Parameters
    ----------
    seed : int, optional
        None takes a fresh seed from the operating system.
    independent_sampler : BaseSampler, optional
        For the first trials, and for parameters that not all trials have. Default: uniform draws.
    n_startup_trials : int, default 10
        As many complete trials are sampled independently first.
    deterministic_objective : bool, default False
        Whether the objective returns the same value whenever it gets the same parameters. If
        so, no noise is learnt.
    constraints_func : callable, optional
        Deprecated: call :meth:`Trial.set_constraint` in the objective. Takes the trial, returns
        its constraint values; 0 or less means that a constraint holds.
    warn_independent_sampling : bool, default True
        Whether to warn when a parameter is sampled independently after the first trials.
    avoid_duplicates : bool, default True
        Whether no point is proposed that a trial has or had (a failed one, too) while others are
        left. Turn it off where the objective is noisy.
    source_studies : list of Study, optional
        Studies of similar problems, the most similar one last, instead of independent first trials.
        The first trial repeats the best one of the last study. Then their models are averaged with
        this study's, each by how likely it is to rank the study's own trials best [4]_.

    Raises
    ------
    ValueError
        If a source study has no complete trial.

    References
    ----------
    .. [1] Hvarfner, Hellsten, Nardi (2024), Vanilla Bayesian optimization performs great in high
       dimensions, ICML.
    .. [2] Ament, Daulton, Eriksson, Balandat, Bakshy (2023), Unexpected improvements to expected
       improvement for Bayesian optimization, NeurIPS.
    .. [3] Yang, Emmerich, Deutz, Bäck (2019), Efficient computation of expected hypervolume
       improvement using box decomposition algorithms, J. of Global Optimization 75.
    .. [4] Feurer, Letham, Hutter, Bakshy (2018), Practical transfer learning for Bayesian
       optimization.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study(sampler=GPSampler(seed=1))
    >>> study.optimize(lambda trial: trial.suggest_float("x", -10, 10) ** 2, n_trials=20)
    >>> study.best_value < 0.01
    True
    """

    def __init__(
        self,
        *,
        seed: int | None = None,
        independent_sampler: BaseSampler | None = None,
        n_startup_trials: int = 10,
        deterministic_objective: bool = False,
        constraints_func: Callable[[FrozenTrial], Sequence[float]] | None = None,
        warn_independent_sampling: bool = True,
        avoid_duplicates: bool = True,
        source_studies: Sequence[Study] | None = None,
    ) -> None:
        super().__init__(seed)
        if constraints_func is not None:
            warnings.warn(
                "constraints_func is deprecated; call trial.set_constraint in the objective.",
                FutureWarning,
                stacklevel=2,
            )
        self._independent_sampler = independent_sampler
        self._n_startup_trials = n_startup_trials
        self._deterministic = deterministic_objective
        self._constraints_func = constraints_func
        self._warns = warn_independent_sampling
        self._duplicates = Duplicates() if avoid_duplicates else None
        self.sources = Sources(source_studies or ())
        # A sampler that follows Optuna's protocol alone needs the trial that it samples for, and
        # a subclass that overrides the protocol wants to be called by it.
        self._has_foreign_part = independent_sampler is not None and not (
            isinstance(independent_sampler, HistorySampler) and independent_sampler.proposes_ahead
        )
        self.proposes_ahead = not self._has_foreign_part and all(
            getattr(type(self), name) is getattr(GPSampler, name)
            for name in (
                "before_trial",
                "infer_relative_search_space",
                "sample_relative",
                "sample_independent",
            )
        )
        self._models: weakref.WeakKeyDictionary[History, dict[Any, Model]]
        self._models = weakref.WeakKeyDictionary()

    # What the study asks.

    def joint_space(self, history: History) -> dict[str, BaseDistribution]:
        self.sources.check(history)
        if not self._has_learnt(history):
            if self._duplicates is None or self._has_foreign_part:
                return {}
            return self._duplicates.space(history)
        space = history.search_space.union()
        return {name: dist for name, dist in space.items() if not dist.single()}

    def sample_joint(
        self, history: History, number: int, space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        if not space:
            return {}
        tried = None if self._duplicates is None else self._duplicates.tried(history, number, space)
        values = self._modelled(history, number, space) if self._has_learnt(history) else None
        if values is None:
            if self._has_foreign_part:
                return {}  # the independent sampler will be asked for each parameter
            values = {
                name: self._alone(history, number, name, distribution)
                for name, distribution in space.items()
            }
        if tried is not None and values in tried:
            return tried.draw(self.randomness.generator(number, "untried"))
        return values

    def _modelled(
        self, history: History, number: int, space: dict[str, BaseDistribution]
    ) -> dict[str, Any] | None:
        models = self._models.setdefault(history, {})
        key = tuple(space.items())
        model = models.get(key)
        if model is None:
            if len(models) >= _MOST_MODELS:
                del models[next(iter(models))]
            model = models[key] = Model(space, self._deterministic, self.sources.in_space(space))
        rng = self.randomness.generator(number, "gp")
        n_startup, may_repeat = min(2, self._n_startup_trials), self._duplicates is None
        with one_thread():
            return model.propose(history, number, rng, n_startup, may_repeat=may_repeat)

    def sample_alone(
        self, history: History, number: int, name: str, distribution: BaseDistribution
    ) -> Any:
        self._warn_independent(history, number, name, distribution)
        return self._alone(history, number, name, distribution)

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        sampler = self._independent_sampler
        if sampler is None or not self._has_foreign_part:
            return super().sample_independent(study, trial, param_name, param_distribution)
        with study.history.lock:
            self._warn_independent(study.history, trial.number, param_name, param_distribution)
        return sampler.sample_independent(study, trial, param_name, param_distribution)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        if self._independent_sampler is not None:
            self._independent_sampler.before_trial(study, trial)

    def after_trial(
        self,
        study: Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        if self._independent_sampler is not None:
            self._independent_sampler.after_trial(study, trial, state, values)

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

    def reseed_rng(self) -> None:
        super().reseed_rng()
        if self._independent_sampler is not None:
            self._independent_sampler.reseed_rng()

    # How it is answered.

    def _has_learnt(self, history: History) -> bool:
        if self.sources:
            return self.sources.are_of_use(history)
        n_complete = history.count(TrialState.COMPLETE)
        return n_complete >= max(1, self._n_startup_trials)

    def _alone(
        self, history: History, number: int, name: str, distribution: BaseDistribution
    ) -> Any:
        if not self._has_learnt(history):
            value = self.sources.first_value(number, name, distribution)
            if value is not None:
                return value
        if isinstance(self._independent_sampler, HistorySampler):
            return self._independent_sampler.sample_alone(history, number, name, distribution)
        return value_at(distribution, self.randomness.uniform(number, name))

    def _warn_independent(
        self, history: History, number: int, name: str, distribution: BaseDistribution
    ) -> None:
        if not self._warns or distribution.single() or not self._has_learnt(history):
            return
        from ...logging import get_logger

        get_logger(__name__).warning(
            "Trial %d: %r is sampled independently, because not all finished trials have it with "
            "the same range. GPSampler(warn_independent_sampling=False) silences this.",
            number,
            name,
        )

    def __getstate__(self) -> dict[str, Any]:
        # What has been learnt is learnt anew from the history.
        state = self.__dict__.copy()
        del state["_models"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._models = weakref.WeakKeyDictionary()
