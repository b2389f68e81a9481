"""The search that users see."""

from __future__ import annotations

import math
import numbers
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.random import sample_without_replacement
from sklearn.utils.validation import check_is_fitted

from tunesmith.integrations.sklearn.base_search import BaseStudySearchCV, Start
from tunesmith.integrations.sklearn.candidates import Candidate
from tunesmith.integrations.sklearn.evaluation import Evaluator, Split
from tunesmith.integrations.sklearn.ledger import is_candidate, open_ledger
from tunesmith.integrations.sklearn.loop import Budget, SearchLoop, Strategy
from tunesmith.integrations.sklearn.plot import plot_search
from tunesmith.integrations.sklearn.resources import Resource, resource_of
from tunesmith.integrations.sklearn.spaces import Params, Space, search_space
from tunesmith.integrations.sklearn.staged import StagedEvaluation
from tunesmith.integrations.sklearn.whole import WholeEvaluation
from tunesmith.pruners import BasePruner, SequentialRegressionPruner, WilcoxonPruner
from tunesmith.samplers import AutoSampler, BaseSampler, TPESampler
from tunesmith.storages import BaseStorage
from tunesmith.study import Study

if TYPE_CHECKING:
    import pandas as pd


_N_FIRST = 8  # candidates of a finite space that are drawn at random
_FEWEST_TO_PRUNE = 16  # candidates for which pruning pays
_P_THRESHOLD = 0.03  # bolder than a study: searches are short, and candidates report a few times
_MOST_TO_MODEL = 100  # candidates; proposals of a Gaussian process cost more and more


class SearchCV(BaseStudySearchCV):
    """Search for the parameters of an estimator, as ``RandomizedSearchCV`` does, but learning.

    Each batch of candidates is chosen from what those before it have shown. Everything else is as
    in scikit-learn's own searches: ``cv_results_``, `scoring` by several metrics, `refit` by name
    or callable, metadata routing, `n_jobs`, cloning, pickling.

    Parameters
    ----------
    estimator : estimator
        Any object with scikit-learn's interface, pipelines included.
    param_distributions : dict, list of dict or callable
        For each parameter a list of values (of any kind), a frozen distribution of ``scipy.stats``
        or a distribution of Tunesmith or Optuna. Of several dictionaries each candidate takes
        one. A callable is given the trial, suggests what it needs, with conditions if need be,
        and returns a dictionary of parameters.
    n_trials : int or None, default 10
        Number of candidates, those of an earlier, stored part of the search included. None needs
        a `timeout`.
    timeout : float, optional
        Seconds after which no further candidate begins.
    scoring : str, callable, list, tuple or dict, optional
        As in scikit-learn; the estimator's own score if not given. It is maximised. Of several
        metrics the one named by `refit` is; all together are, for a Pareto front, if `refit` is
        a callable or False.
    n_jobs : int, optional
        Fits that run at once, over candidates and splits, by joblib: processes unless
        ``joblib.parallel_config`` says otherwise. It has no influence on what is found.
    refit : bool, str or callable, default True
        As in scikit-learn. A callable is given ``cv_results_`` and returns the index of the best.
    cv : int, splitter or iterable, optional
        As in scikit-learn. It is asked for splits once; all candidates share them.
    random_state : int, RandomState or None, default None
        The same number gives the same search, if the estimator's own `random_state` and that of
        `cv` are fixed, too.
    sampler : BaseSampler, optional
        What to try next. Default: :class:`~tunesmith.samplers.AutoSampler`, which makes the most of
        each candidate; for more than 100 candidates :class:`~tunesmith.samplers.TPESampler`, which
        proposes one in a millisecond.
    pruner : BasePruner, optional
        Which candidates to end early. Default:
        :class:`~tunesmith.pruners.SequentialRegressionPruner` with ``p_threshold=0.03``, which
        foretells where the mean over all splits will be.
    resource : str or None, default "auto"
        What pruning saves. ``"folds"``: the splits after those that were bad. ``"epochs"``: rounds,
        trees or epochs of the first split, too (`n_estimators`, `max_iter` or the like; any other
        whole-numbered parameter by its name). ``"samples"``: rows of the first split to train on,
        too. ``"auto"`` chooses; unless there is a `pruner`, it prunes nothing in searches of fewer
        than 16 candidates and for a callable `refit`, which might not expect what is missing.
        None: each candidate is evaluated on all splits.
    batch_size : int, default 4
        How many candidates are chosen at once. What is found depends on it, and on `n_jobs` it
        does not: raise it to use more processors than ``batch_size * n_splits``.
    patience : int, optional
        End the search after so many candidates without a better one.
    storage : str or BaseStorage, optional
        Keep the search there, such as ``"sqlite:///search.db"``. Needs a `study_name`.
    study_name : str, optional
        If the storage has a search of this name, this one goes on with it.
    study : Study, optional
        Keep the search in this study instead. It has to maximise.
    warm_start_from : SearchCV, Study or list of these, optional
        Searches over the same parameters, for example on other data, to learn from.
    callbacks : iterable of callable, optional
        Called as ``callback(study, frozen_trial)`` after each candidate; ``study.stop()`` ends the
        search after the batch. (Callbacks of scikit-learn's own go to ``set_callbacks``.)
    progress_bar : bool, default False
        Show a bar with the best score and the time that is left.
    verbose : int, default 0
        As in scikit-learn.
    pre_dispatch : int or str, default "2*n_jobs"
        As in scikit-learn.
    error_score : "raise" or float, default NaN
        Score of a fit that fails. With NaN the candidate counts as failed, and the sampler avoids
        its neighbourhood.
    return_train_score : bool, default False
        Whether ``cv_results_`` has the scores on the rows trained on.

    Attributes
    ----------
    cv_results_, best_estimator_, best_score_, best_params_, best_index_, scorer_, n_splits_, \
refit_time_, multimetric_, classes_, n_features_in_, feature_names_in_
        As in ``RandomizedSearchCV``.
    n_pruned_ : int
        How many candidates were pruned. If there are any, ``cv_results_`` has a column "pruned",
        scores of splits that were not evaluated are NaN, and pruned candidates rank last.
    study_ : Study
        The candidates as trials, for plots and tables. Trial `k` is row `k` of ``cv_results_``
        unless the study held other trials before.

    Raises
    ------
    TypeError, ValueError
        By ``fit``, if an argument makes no sense.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from tunesmith.integrations.sklearn import SearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = SearchCV(SVC(), {"C": loguniform(1e-2, 1e3)}, n_trials=12, random_state=0)
    >>> bool(search.fit(X, y).best_score_ > 0.96)
    True

    A space with conditions:

    >>> def space(trial):
    ...     kernel = trial.suggest_categorical("kernel", ["linear", "rbf"])
    ...     params = {"kernel": kernel, "C": trial.suggest_float("C", 1e-2, 1e3, log=True)}
    ...     if kernel == "rbf":
    ...         params["gamma"] = trial.suggest_float("gamma", 1e-4, 1.0, log=True)
    ...     return params
    >>> search = SearchCV(SVC(), space, n_trials=12, random_state=0).fit(X, y)
    >>> len(search.cv_results_["params"])
    12
    """

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_trials: int | None = 10,
        timeout: float | None = None,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        random_state: Any = None,
        sampler: BaseSampler | None = None,
        pruner: BasePruner | None = None,
        resource: str | None = "auto",
        batch_size: int = 4,
        patience: int | None = None,
        storage: str | BaseStorage | None = None,
        study_name: str | None = None,
        study: Study | None = None,
        warm_start_from: Any = None,
        callbacks: Iterable[Callable[..., None]] | None = None,
        progress_bar: bool = False,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        error_score: Literal["raise"] | float = np.nan,
        return_train_score: bool = False,
    ) -> None:
        super().__init__(
            estimator=estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.param_distributions = param_distributions
        self.n_trials = n_trials
        self.timeout = timeout
        self.random_state = random_state
        self.sampler = sampler
        self.pruner = pruner
        self.resource = resource
        self.batch_size = batch_size
        self.patience = patience
        self.storage = storage
        self.study_name = study_name
        self.study = study
        self.warm_start_from = warm_start_from
        self.callbacks = callbacks
        self.progress_bar = progress_bar

    def _search(
        self, start: Start, objectives: tuple[str, ...] | None, splits: Sequence[Split]
    ) -> Sequence[Candidate]:
        space = search_space(self.param_distributions)
        ledger = open_ledger(self.study, self.storage, self.study_name, objectives)
        drawn = int(check_random_state(self.random_state).randint(2**31 - 1))
        seed = ledger.identify(splits, objectives, drawn)
        n_known = sum(map(is_candidate, ledger.finished()))
        budget = self._budget(space.n_combinations, self._n_candidates(n_known))
        sampler = self._sampler(seed)
        loop = SearchLoop(
            ledger,
            space,
            budget,
            objectives,
            sampler=sampler,
            pruner=self.pruner or SequentialRegressionPruner(_P_THRESHOLD),
            first=self._first_params(space, budget, seed),
            callbacks=self.callbacks or (),
            show_progress=self.progress_bar,
        )
        loop.run(self._strategy(start(n_known, loop.n_left), objectives))
        if self.study is None:
            ledger.study.sampler = sampler
        self.study_ = ledger.study
        self.n_pruned_ = sum(candidate.is_pruned for candidate in loop.candidates)
        return loop.candidates

    def trials_dataframe(self) -> pd.DataFrame:
        """Return the candidates as a pandas table, one row each.

        Returns
        -------
        pandas.DataFrame
            Number, score, times, state, parameters as the study has them and, where these are
            only quantiles, values. ``pandas.DataFrame(search.cv_results_)`` has scores by split.
        """
        check_is_fitted(self)
        names = ("number", "value", "datetime_start", "duration", "params", "user_attrs", "state")
        return self.study_.trials_dataframe(names)

    def plot(
        self,
        kind: Literal["history", "curves"] = "history",
        *,
        metric: str | None = None,
        backend: Literal["plotly", "matplotlib"] = "plotly",
    ) -> Any:
        """Plot the search.

        Parameters
        ----------
        kind : {"history", "curves"}, default "history"
            The score of each candidate and the best so far, or what was reported while candidates
            were being evaluated.
        metric : str, optional
            Which one to show, of several that are searched for together; default the first.
        backend : {"plotly", "matplotlib"}, default "plotly"
            What to plot with.

        Returns
        -------
        plotly.graph_objects.Figure or matplotlib.axes.Axes
        """
        check_is_fitted(self)
        return plot_search(self.study_, kind, metric, backend)

    def _strategy(self, evaluator: Evaluator, objectives: Sequence[str] | None) -> Strategy:
        resource = self._resource(evaluator)
        if resource is None:
            return WholeEvaluation(evaluator)
        # That one compares split with split.
        reports_mean = not isinstance(self.pruner, WilcoxonPruner)
        return StagedEvaluation(evaluator, resource, objectives, reports_mean=reports_mean)

    def _resource(self, evaluator: Evaluator) -> Resource | None:
        """Choose what pruning is to save."""
        if self.resource is None:
            if self.pruner is not None:
                raise ValueError(
                    f"With resource=None nothing is pruned, but there is pruner={self.pruner}. "
                    "Leave out one of them."
                )
            return None
        is_short = self.n_trials is not None and self.n_trials < _FEWEST_TO_PRUNE
        if self.resource == "auto" and self.pruner is None and (is_short or callable(self.refit)):
            return None
        return resource_of(self.resource, evaluator)

    def _n_candidates(self, n_known: int) -> int | None:
        """How many candidates there are to be in the end, if so many are stored."""
        return self.n_trials

    def _budget(self, n_combinations: int | None, n_trials: int | None) -> Budget:
        """Check when the search is to end."""
        if n_trials is None:
            if self.timeout is None:
                raise ValueError("n_trials=None needs a timeout: something has to end the search.")
        elif not isinstance(n_trials, numbers.Integral) or n_trials < 1:
            raise ValueError(f"n_trials must be 1 or more, or None, got n_trials={n_trials!r}.")
        if self.timeout is not None and not self.timeout > 0:
            raise ValueError(f"timeout must be a number of seconds, got {self.timeout!r}.")
        for name in ("batch_size", "patience"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, numbers.Integral) or value < 1):
                raise ValueError(f"{name} must be 1 or more, got {name}={value!r}.")
        if n_combinations is not None and n_combinations < (n_trials or math.inf):
            if n_trials is not None:
                warnings.warn(
                    f"The total space of parameters {n_combinations} is smaller than "
                    f"n_trials={n_trials}. Each combination is evaluated once.",
                    UserWarning,
                    stacklevel=4,
                )
            n_trials = n_combinations
        return Budget(
            None if n_trials is None else int(n_trials),
            self.timeout,
            self.patience,
            self.batch_size,
        )

    def _first_params(self, space: Space, budget: Budget, seed: int) -> list[Params]:
        """Choose the first candidates of a finite space, all different, or all there are."""
        n_all, n_trials = space.n_combinations, budget.n_trials
        if n_all is None:
            return []
        if n_trials == n_all:
            return [space.combination(index) for index in range(n_all)]
        if self.sampler is not None or self.study is not None or self.warm_start_from is not None:
            return []
        # With a number for a random_state, they are those of RandomizedSearchCV.
        is_number = isinstance(self.random_state, numbers.Integral)
        rng = np.random.RandomState(self.random_state if is_number else seed)
        n = _N_FIRST if n_trials is None else min(n_trials, _N_FIRST)
        chosen = sample_without_replacement(n_all, min(n, n_all), random_state=rng)
        return [space.combination(int(index)) for index in chosen]

    def _sampler(self, seed: int) -> BaseSampler:
        sources = _studies(self.warm_start_from)
        if self.sampler is None:
            if self.study is not None and not sources:
                return self.study.sampler
            is_long = self.n_trials is not None and self.n_trials > _MOST_TO_MODEL
            kind = TPESampler if is_long else AutoSampler
            return kind(seed=seed, source_studies=sources or None)
        if sources:
            raise ValueError(
                "warm_start_from is for the default sampler. Give your own the studies itself: "
                "TPESampler(source_studies=[search.study_])."
            )
        return self.sampler


def _studies(given: Any) -> list[Study]:
    if given is None:
        return []
    studies = []
    for one in given if isinstance(given, list) else [given]:
        study = getattr(one, "study_", one)
        if not isinstance(study, Study):
            raise TypeError(f"warm_start_from must be a fitted SearchCV or a study, got {study!r}.")
        studies.append(study)
    return studies
