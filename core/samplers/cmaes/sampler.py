"""The sampler: what a study asks of CMA-ES."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...distributions import BaseDistribution, CategoricalDistribution
from ...records import FrozenTrial, TrialState
from ..base import BaseSampler
from ..history_sampler import PROTOCOL, HistorySampler
from ..random import value_at
from ..sources import Sources
from .run import GENERATION, Options, Run

if TYPE_CHECKING:
    from ...history import History
    from ...study import Study

_RESTARTS = (None, "ipop", "bipop")


class CmaEsSampler(HistorySampler):
    """Adapt a normal distribution to where good trials are (CMA-ES) [1]_ [2]_.

    Suits continuous parameters that depend on each other, a few hundred trials or more, and one
    objective. Each generation draws a population; its better half moves the mean and shapes the
    covariance. Integers and steps are rounded, `with_margin` keeps them from getting stuck.
    Categorical parameters, and those that not all trials have, are drawn independently.

    The state is replayed from the trials: a resumed study goes on exactly as if it had run
    through, and workers share a generation. Infeasible trials rank behind feasible ones.

    Parameters
    ----------
    x0 : dict of str to Any, optional
        Where the mean begins; by default, and for parameters that it leaves out, in the middle of
        the range.
    sigma0 : float, optional
        Standard deviation at first, with every range taken as 1 (on its scale); default 1/6.
    n_startup_trials : int, default 1
        As many complete trials are drawn independently first.
    independent_sampler : BaseSampler, optional
        Draws what is not adapted. Default: uniform draws.
    warn_independent_sampling : bool, default True
        Whether to warn when a parameter is drawn independently after the first trials.
    seed : int, optional
        None takes a fresh seed from the operating system.
    consider_pruned_trials : bool, default False
        Whether pruned trials count with their last report. Sensible if pruning is by value at
        about the same step, misleading otherwise.
    restart_strategy : {"ipop", "bipop"}, optional
        Begin anew elsewhere when the search has converged, with a larger population [3]_ or by
        turns with larger and smaller ones [4]_.
    popsize : int, optional
        Size of the population, at least 3; default ``4 + floor(3 log(n_params))``.
    inc_popsize : int, default -1
        Factor by which the population grows with restarts; -1 stands for 2.
    use_separable_cma : bool, default False
        Adapt variances only, which learns faster where parameters do not interact [5]_.
    with_margin : bool, default False
        Keep a least probability for other values of integers and steps [6]_.
    lr_adapt : bool, default False
        Adapt the learning rate, for noisy or multimodal objectives [7]_.
    source_trials : list of FrozenTrial, optional
        Trials of a similar study: the mean and covariance begin at its good ones [8]_.
    source_studies : list of Study, optional
        Similar studies, the most similar one last: as `source_trials` with the trials of all, each
        study's ranked for itself, and the first trial repeats the best one of the last study.

    Raises
    ------
    ValueError
        If options exclude each other or are out of range; in a study of several objectives.

    References
    ----------
    .. [1] Hansen, Ostermeier (2001), Completely derandomized self-adaptation in evolution
       strategies, Evolutionary Computation 9.
    .. [2] Nomura, Shibata (2024), cmaes: a simple yet practical Python library for CMA-ES.
    .. [3] Auger, Hansen (2005), A restart CMA evolution strategy with increasing population size.
    .. [4] Hansen (2009), Benchmarking a BI-population CMA-ES on the BBOB-2009 function testbed.
    .. [5] Ros, Hansen (2008), A simple modification in CMA-ES achieving linear time and space
       complexity.
    .. [6] Hamano, Saito, Nomura, Shirakawa (2022), CMA-ES with margin.
    .. [7] Nomura, Akimoto, Ono (2023), CMA-ES with learning rate adaptation.
    .. [8] Nomura, Watanabe, Akimoto, Ozaki, Onishi (2021), Warm starting CMA-ES for
       hyperparameter optimization.

    Examples
    --------
    >>> import tunesmith
    >>> def objective(trial):
    ...     x, y = (trial.suggest_float(name, -5, 5) for name in "xy")
    ...     return (x - 1) ** 2 + (x + y) ** 2
    >>> study = tunesmith.create_study(sampler=CmaEsSampler(seed=1))
    >>> study.optimize(objective, n_trials=200)
    >>> study.best_value < 1e-4
    True
    """

    def __init__(
        self,
        *,
        x0: dict[str, Any] | None = None,
        sigma0: float | None = None,
        n_startup_trials: int = 1,
        independent_sampler: BaseSampler | None = None,
        warn_independent_sampling: bool = True,
        seed: int | None = None,
        consider_pruned_trials: bool = False,
        restart_strategy: str | None = None,
        popsize: int | None = None,
        inc_popsize: int = -1,
        use_separable_cma: bool = False,
        with_margin: bool = False,
        lr_adapt: bool = False,
        source_trials: list[FrozenTrial] | None = None,
        source_studies: Sequence[Study] | None = None,
    ) -> None:
        super().__init__(seed)
        self._sources = Sources(source_studies or ())
        if source_trials is not None and self._sources:
            raise ValueError("source_trials and source_studies exclude each other; give one.")
        if self._sources and (x0 is not None or sigma0 is not None or use_separable_cma):
            raise ValueError("source_studies excludes x0, sigma0 and use_separable_cma=True.")
        if source_trials is not None and (x0 is not None or sigma0 is not None):
            raise ValueError("source_trials stands in place of x0 and sigma0; give one of them.")
        if source_trials is not None and use_separable_cma:
            raise ValueError("source_trials needs a full covariance, not use_separable_cma=True.")
        if use_separable_cma and with_margin:
            raise ValueError("use_separable_cma=True and with_margin=True exclude each other.")
        if lr_adapt and (use_separable_cma or with_margin):
            raise ValueError("lr_adapt=True excludes use_separable_cma and with_margin.")
        if restart_strategy not in _RESTARTS:
            raise ValueError(
                f"restart_strategy must be None, 'ipop' or 'bipop', got {restart_strategy!r}."
            )
        if popsize is not None and popsize < 3:
            raise ValueError(f"popsize >= 3 must hold, got popsize={popsize}.")
        if sigma0 is not None and not sigma0 > 0.0:
            raise ValueError(f"sigma0 > 0 must hold, got sigma0={sigma0}.")
        if inc_popsize != -1 and inc_popsize < 1:
            raise ValueError(f"inc_popsize >= 1 must hold (or -1), got inc_popsize={inc_popsize}.")
        self._options = Options(
            x0=x0,
            sigma0=sigma0,
            pruned_count=consider_pruned_trials,
            restarts=restart_strategy,
            popsize=popsize,
            growth=2 if inc_popsize == -1 else inc_popsize,
            separable=use_separable_cma,
            margin=with_margin,
            lr_adapt=lr_adapt,
            source_trials=None if source_trials is None else tuple(source_trials),
            source_ranks=tuple(self._sources.ranked_trials()),
        )
        self._n_startup_trials = n_startup_trials
        self._independent_sampler = independent_sampler
        self._warns = warn_independent_sampling
        # A sampler by Optuna's protocol needs the trial that it samples for, and a subclass that
        # overrides the protocol wants to be called by it.
        self.proposes_ahead = independent_sampler is None and all(
            getattr(type(self), name) is getattr(CmaEsSampler, name) for name in PROTOCOL
        )
        self._set_up()

    def _set_up(self) -> None:
        self._runs: weakref.WeakKeyDictionary[History, dict[Any, Run]]
        self._runs = weakref.WeakKeyDictionary()
        self._generations: dict[int, int] = {}  # of trials that run, by number

    def joint_space(self, history: History) -> dict[str, BaseDistribution]:
        if len(history.directions) > 1:
            raise ValueError(
                "CmaEsSampler is for one objective; this study has "
                f"{len(history.directions)}. Try TPESampler, GPSampler or NSGAIISampler."
            )
        self._sources.check(history)
        if not self._has_begun(history):
            return {}
        space = history.search_space.intersection()
        return {
            name: dist
            for name, dist in space.items()
            if not dist.single() and not isinstance(dist, CategoricalDistribution)
        }

    def sample_joint(
        self, history: History, number: int, space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        if len(space) < 2:
            # A variance alone is nothing to adapt.
            return {
                name: value_at(dist, self.randomness.uniform(number, name))
                for name, dist in space.items()
            }
        run = self._run(history, space)
        self._generations[number] = run.generation
        return run.ask(number)

    def sample_alone(
        self, history: History, number: int, name: str, distribution: BaseDistribution
    ) -> Any:
        value = self._first_value(history, number, name, distribution)
        if value is not None:
            return value
        self._warn(history, number, name, distribution)
        return value_at(distribution, self.randomness.uniform(number, name))

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        values = super().sample_relative(study, trial, search_space)
        generation = self._generations.get(trial.number)
        if generation is not None:
            # Whoever wraps this sampler may not ask it for attributes when the trial ends.
            study.storage.set_trial_system_attr(trial.trial_id, GENERATION, generation)
        return values

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        sampler = self._independent_sampler
        if sampler is None:
            return super().sample_independent(study, trial, param_name, param_distribution)
        with study.history.lock:
            number = trial.number
            value = self._first_value(study.history, number, param_name, param_distribution)
            if value is not None:
                return value
            self._warn(study.history, trial.number, param_name, param_distribution)
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
        """Return the generation that the trial belongs to."""
        generation = self._generations.pop(trial.number, None)
        return {} if generation is None else {GENERATION: generation}

    def reseed_rng(self) -> None:
        super().reseed_rng()
        self._runs.clear()
        if self._independent_sampler is not None:
            self._independent_sampler.reseed_rng()

    def _has_begun(self, history: History) -> bool:
        return history.count(TrialState.COMPLETE) >= max(1, self._n_startup_trials)

    def _first_value(
        self, history: History, number: int, name: str, distribution: BaseDistribution
    ) -> Any:
        if self._has_begun(history):
            return None
        return self._sources.first_value(number, name, distribution)

    def _run(self, history: History, space: dict[str, BaseDistribution]) -> Run:
        runs = self._runs.setdefault(history, {})
        key = tuple(space.items())
        run = runs.get(key)
        if run is None:
            runs.clear()  # the space that trials have in common only shrinks
            run = Run(space, self._options, self.randomness, float(history.signs[0]))
            runs[key] = run
        run.refresh(history)
        return run

    def _warn(
        self, history: History, number: int, name: str, distribution: BaseDistribution
    ) -> None:
        if not self._warns or distribution.single() or not self._has_begun(history):
            return
        from ...logging import get_logger

        get_logger(__name__).warning(
            "Trial %d: %r is drawn independently, because it is categorical or not all trials "
            "have it. CmaEsSampler(warn_independent_sampling=False) silences this.",
            number,
            name,
        )

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        del state["_runs"], state["_generations"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._set_up()
