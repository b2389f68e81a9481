"""The search of optuna-integration, by its name and with its arguments."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from sklearn.utils import _safe_indexing, check_random_state
from sklearn.utils.validation import _num_samples, check_is_fitted

from tunesmith.integrations.sklearn.evaluation import Evaluator, Split
from tunesmith.integrations.sklearn.loop import Strategy
from tunesmith.integrations.sklearn.resources import Passes
from tunesmith.integrations.sklearn.search import SearchCV
from tunesmith.integrations.sklearn.staged import StagedEvaluation
from tunesmith.study import Study
from tunesmith.trial import FrozenTrial


class OptunaSearchCV(SearchCV):
    """:class:`SearchCV` for code that was written for ``OptunaSearchCV``.

    It takes the arguments of optuna-integration's class and has its attributes. Parameters and
    results that are not listed here are those of :class:`SearchCV`, spaces included.

    Parameters
    ----------
    estimator : estimator
        What to search the parameters of.
    param_distributions : dict, list of dict or callable
        As for :class:`SearchCV`.
    cv, error_score, n_jobs, random_state, refit, return_train_score, scoring, timeout, verbose
        As for :class:`SearchCV`.
    enable_pruning : bool, default False
        Whether candidates are trained by ``partial_fit``, ``max_iter`` times, and pruned on the way
        by the study's pruner.
    max_iter : int, default 1000
        How often ``partial_fit`` is called with all rows of a split, if pruning is enabled.
    n_trials : int or None, default 10
        Number of candidates, in addition to those that the study has.
    study : Study, optional
        Keep the search in this study, and propose by its sampler.
    subsample : int or float, default 1.0
        Number or share of the rows to search with. The best estimator is fitted on all.
    callbacks : list of callable, optional
        Called as ``callback(study, frozen_trial)`` after each candidate.

    Attributes
    ----------
    best_trial_ : FrozenTrial
        Trial with the best score.
    n_trials_ : int
        Number of trials.
    sample_indices_ : ndarray of int
        Rows that were searched with.
    trials_ : list of FrozenTrial
        All trials.
    user_attrs_ : dict
        User attributes of the study.

    Raises
    ------
    ValueError
        By ``fit``, if pruning is enabled and the estimator has no ``partial_fit``.

    Examples
    --------
    >>> import tunesmith
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from tunesmith.integrations import OptunaSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": tunesmith.distributions.FloatDistribution(1e-2, 1e2, log=True)}
    >>> search = OptunaSearchCV(SVC(), space, n_trials=5, random_state=0).fit(X, y)
    >>> search.n_trials_
    5
    """

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        cv: Any = None,
        enable_pruning: bool = False,
        error_score: Literal["raise"] | float = np.nan,
        max_iter: int = 1000,
        n_jobs: int | None = None,
        n_trials: int | None = 10,
        random_state: Any = None,
        refit: Any = True,
        return_train_score: bool = False,
        scoring: Any = None,
        study: Study | None = None,
        subsample: float = 1.0,
        timeout: float | None = None,
        verbose: int = 0,
        callbacks: list[Callable[[Study, FrozenTrial], None]] | None = None,
    ) -> None:
        super().__init__(
            estimator,
            param_distributions,
            n_trials=n_trials,
            timeout=timeout,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            random_state=random_state,
            study=study,
            resource=None,
            callbacks=callbacks,
            verbose=verbose,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.enable_pruning = enable_pruning
        self.max_iter = max_iter
        self.subsample = subsample

    def _make_splits(self, cv: Any, X: Any, y: Any, params: dict[str, Any]) -> list[Split]:
        n_rows = _num_samples(X)
        self.sample_indices_ = rows = self._chosen_rows(n_rows)
        if len(rows) == n_rows:
            return super()._make_splits(cv, X, y, params)
        part = {
            name: _safe_indexing(value, rows) if np.ndim(value) else value
            for name, value in params.items()
        }
        y_part = None if y is None else _safe_indexing(y, rows)
        splits = super()._make_splits(cv, _safe_indexing(X, rows), y_part, part)
        return [(rows[train], rows[test]) for train, test in splits]

    def _chosen_rows(self, n_rows: int) -> Any:
        share = self.subsample
        if isinstance(share, numbers.Integral):
            n_chosen, is_right = int(share), 1 <= share <= n_rows
        else:
            n_chosen, is_right = int(share * n_rows), 0.0 < share <= 1.0
        if not is_right or n_chosen < 1:
            raise ValueError(
                f"subsample must be a share above 0 and up to 1.0, or a number of the {n_rows} "
                f"rows, got subsample={share!r}."
            )
        if n_chosen == n_rows:
            return np.arange(n_rows)
        rng = check_random_state(self.random_state)
        return np.sort(rng.choice(n_rows, n_chosen, replace=False))

    def _n_candidates(self, n_known: int) -> int | None:
        return None if self.n_trials is None else self.n_trials + n_known

    def _strategy(self, evaluator: Evaluator, objectives: Sequence[str] | None) -> Strategy:
        if not self.enable_pruning:
            return super()._strategy(evaluator, objectives)
        if not hasattr(evaluator.estimator, "partial_fit"):
            raise ValueError(
                f"enable_pruning=True needs an estimator with partial_fit, which "
                f"{evaluator.estimator!r} has not. SearchCV(resource='auto') prunes any estimator."
            )
        resource = Passes(evaluator.n_splits, self.max_iter)
        return StagedEvaluation(evaluator, resource, objectives, reports_mean=True)

    @property
    def best_trial_(self) -> FrozenTrial:
        """Trial with the best score."""
        check_is_fitted(self)
        return self.study_.best_trial

    @property
    def trials_(self) -> list[FrozenTrial]:
        """All trials of the study."""
        check_is_fitted(self)
        return self.study_.trials

    @property
    def n_trials_(self) -> int:
        """Number of trials of the study."""
        return len(self.trials_)

    @property
    def user_attrs_(self) -> dict[str, Any]:
        """User attributes of the study."""
        check_is_fitted(self)
        return self.study_.user_attrs

    def set_user_attr(self, key: str, value: Any) -> OptunaSearchCV:
        """Attach a value to the study.

        Parameters
        ----------
        key : str
            Name of the attribute.
        value : Any
            Something that JSON can hold.

        Returns
        -------
        self : object
        """
        check_is_fitted(self)
        self.study_.set_user_attr(key, value)
        return self
