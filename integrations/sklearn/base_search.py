"""What scikit-learn's searches have in common: splits, scorers, results and the refit.

``BaseSearchCV.fit`` evaluates batch by batch, formats its table and warns once for each batch, and
has no place for results that are there already or for candidates that are not evaluated to their
end. So this ``fit`` goes its own way between the same beginning and the same end. All that it uses
of scikit-learn without being documented stands in this module and in ``evaluation``; scikit-learn's
own tests run over it.
"""

from __future__ import annotations

import abc
import time
from collections.abc import Callable, Sequence
from typing import Any

from sklearn.base import _fit_context, clone, is_classifier
from sklearn.model_selection import check_cv
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._validation import (
    _insert_error_scores,
    _warn_or_raise_about_fit_failures,
)
from sklearn.utils import get_tags, indexable
from sklearn.utils.parallel import Parallel
from sklearn.utils.validation import _check_method_params

from tunesmith.integrations.sklearn.callbacks import SearchCallbacks, callbacks_of
from tunesmith.integrations.sklearn.candidates import Candidate
from tunesmith.integrations.sklearn.evaluation import Evaluator, Split
from tunesmith.integrations.sklearn.results import results_table

Start = Callable[[int, int | None], Evaluator]


class BaseStudySearchCV(BaseSearchCV, metaclass=abc.ABCMeta):  # type: ignore[misc]  # untyped
    """A search of scikit-learn whose candidates come from a study."""

    @abc.abstractmethod
    def _search(
        self, start: Start, objectives: tuple[str, ...] | None, splits: Sequence[Split]
    ) -> Sequence[Candidate]:
        """Evaluate candidates until the budget is spent; return all, also those known before.

        Parameters
        ----------
        start : callable
            To be called once, with the number of candidates that are known and of those to come,
            None if only time will tell. Returns what evaluates them.
        objectives : tuple of str or None
            Names of the metrics to maximise; None for the only one.
        splits : list of pairs of index arrays
            What candidates are evaluated on.
        """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        # What the estimator can take and predict, the search can.
        of_estimator = get_tags(self.estimator)
        tags.input_tags.allow_nan = of_estimator.input_tags.allow_nan
        tags.target_tags.multi_output = of_estimator.target_tags.multi_output
        tags.target_tags.single_output = of_estimator.target_tags.single_output
        return tags

    def _make_splits(self, cv: Any, X: Any, y: Any, params: dict[str, Any]) -> list[Split]:
        """Return the splits that all candidates share."""
        splits = list(cv.split(X, y, **params))
        n_splits = cv.get_n_splits(X, y, **params)
        if not splits:
            raise ValueError(
                "No fits were performed. Was the CV iterator empty? Were there no candidates?"
            )
        if len(splits) != n_splits:
            raise ValueError(
                "cv.split and cv.get_n_splits return inconsistent results. "
                f"Expected {n_splits} splits, got {len(splits)}"
            )
        return splits

    def _objectives_of(self, scorers: Any) -> tuple[str, ...] | None:
        """Return the names of the metrics to maximise; None for the only one."""
        several = getattr(scorers, "_scorers", None)
        if several is None and not callable(self.scoring):
            return None
        if isinstance(self.refit, str):
            return (self.refit,)
        return None if several is None else tuple(several)

    @_fit_context(prefer_skip_nested_validation=False)  # type: ignore[untyped-decorator]  # scikit-learn has no types
    def fit(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Search, then fit the best candidate on all rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, n_samples)
            Rows to learn from, in any form that the estimator takes.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), optional
            What to predict.
        **params : dict
            Passed to the estimator's ``fit``, the scorer and the splitter, as in every search of
            scikit-learn: ``groups``, ``sample_weight``, or what metadata routing asks for.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If all fits fail, or a stored search was made on other splits or metrics.
        """
        scorers, refit_metric = self._get_scorers()
        X, y = indexable(X, y)
        params = _check_method_params(X, params=params)
        routed = self._get_routed_params_for_fit(params)
        callbacks = callbacks_of(self)
        told: dict[str, Any] = {"X": X, "y": y}
        if params.get("sample_weight") is not None:
            told["metadata"] = {"sample_weight": params["sample_weight"]}
        callbacks.begin(1 + (self.refit is not False), **told)

        cv = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        splits = self._make_splits(cv, X, y, routed.splitter.split)
        self.n_splits_ = len(splits)

        estimator = clone(self.estimator)
        parallel = self._parallel()

        def start(n_known: int, n_new: int | None) -> Evaluator:
            n_fits = None if n_new is None else n_new * self.n_splits_
            callbacks.begin_search(n_fits)
            if self.verbose > 0:
                many = (
                    "candidates"
                    if n_new is None
                    else f"{n_new} candidates, totalling {n_fits} fits"
                )
                print(f"Fitting {self.n_splits_} folds for each of {many}")  # noqa: T201  # asked for
            return Evaluator(
                estimator,
                X,
                y,
                splits,
                parallel=parallel,
                n_candidates=n_known + (n_new or 0),
                options={
                    "scorer": scorers,
                    "fit_params": routed.estimator.fit,
                    "score_params": routed.scorer.score,
                    "return_train_score": self.return_train_score,
                    "return_n_test_samples": True,
                    "return_times": True,
                    "error_score": self.error_score,
                    "verbose": self.verbose,
                },
                callback_args=callbacks.of_fit,
            )

        with parallel:
            candidates = self._search(start, self._objectives_of(scorers), splits)
        callbacks.end_search()

        all_splits = [split for candidate in candidates for split in candidate.splits]
        _warn_or_raise_about_fit_failures(all_splits, self.error_score)
        if callable(self.scoring):
            _insert_error_scores(all_splits, self.error_score)
        first_scores = all_splits[0]["test_scores"]
        self.multimetric_ = isinstance(first_scores, dict)
        if callable(self.scoring) and self.multimetric_:
            self._check_refit_for_multimetric(first_scores)
            refit_metric = self.refit
        table = results_table(candidates, self.n_splits_, self._format_results)

        if self.refit or not self.multimetric_:
            self._choose(refit_metric, table)
        if self.refit:
            self._refit(estimator, X, y, routed.estimator.fit, callbacks, told)
            if hasattr(self.best_estimator_, "feature_names_in_"):
                self.feature_names_in_ = self.best_estimator_.feature_names_in_
        # A scorer of several metrics holds the scorers of each by name.
        self.scorer_ = getattr(scorers, "_scorers", scorers)
        self.cv_results_ = table
        callbacks.end(**told)
        return self

    def _parallel(self) -> Parallel:
        options = {"n_jobs": self.n_jobs, "pre_dispatch": self.pre_dispatch}
        try:
            return Parallel(**options, return_as="generator")
        except ValueError:  # a backend, such as Ray's, that returns its results all at once
            return Parallel(**options)

    def _choose(self, refit_metric: Any, table: dict[str, Any]) -> None:
        self.best_index_ = self._select_best_index(self.refit, refit_metric, table)
        if not callable(self.refit):
            self.best_score_ = table[f"mean_test_{refit_metric}"][self.best_index_]
        self.best_params_ = table["params"][self.best_index_]

    def _refit(
        self,
        estimator: Any,
        X: Any,
        y: Any,
        fit_params: dict[str, Any],
        callbacks: SearchCallbacks,
        told: dict[str, Any],
    ) -> None:
        # Parameters may be estimators themselves, which must not be fitted in the table.
        best = clone(estimator).set_params(**clone(self.best_params_, safe=False))
        self.best_estimator_ = best
        with callbacks.around_refit(best, told):
            begin = time.time()
            if y is None:
                best.fit(X, **fit_params)
            else:
                best.fit(X, y, **fit_params)
            self.refit_time_ = time.time() - begin
