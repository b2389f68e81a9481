"""Fit candidates on splits and score them, in whatever processes joblib has."""

from __future__ import annotations

import dataclasses
import functools
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.model_selection._validation import _fit_and_score  # not public, the same since 1.0
from sklearn.utils.parallel import Parallel, delayed

from tunesmith.integrations.sklearn.candidates import SplitResult
from tunesmith.integrations.sklearn.continuing import Begun
from tunesmith.integrations.sklearn.spaces import Params

Split = tuple[Any, Any]


@dataclasses.dataclass(frozen=True)
class Fit:
    """One fit to make: a candidate on a split.

    Parameters
    ----------
    params : dict
        Values for ``estimator.set_params``.
    candidate, split : int
        Their numbers.
    rows : index array, optional
        Rows to train on, if not those of the split.
    is_part : bool, default False
        Whether the score is only to tell whether the candidate is any good.
    n_passes : int, optional
        Train by so many calls of ``partial_fit`` with all rows, and not by ``fit``.
    begun : Begun, optional
        Train on from there.
    is_begin : bool, default False
        Whether another fit is to train on from there: the result has the "estimator".
    """

    params: Params
    candidate: int
    split: int
    rows: Any = None
    is_part: bool = False
    n_passes: int | None = None
    begun: Begun | None = None
    is_begin: bool = False


class Evaluator:
    """Makes the fits of one search, on splits that were made once.

    Parameters
    ----------
    estimator : estimator
        Is cloned for each fit.
    X, y : array-like
        All rows.
    splits : list of pairs of index arrays
        Rows to train on and rows to score on.
    parallel : joblib.Parallel
        Which processes or threads do it.
    n_candidates : int
        For the lines that `verbose` prints.
    options : dict
        What scikit-learn's function for a fit is given in each fit.
    callback_args : callable, optional
        Returns, for the fit of a candidate on a split, what tells scikit-learn's callbacks of it.
    """

    def __init__(
        self,
        estimator: Any,
        X: Any,
        y: Any,
        splits: Sequence[Split],
        *,
        parallel: Parallel,
        n_candidates: int,
        options: dict[str, Any],
        callback_args: Callable[[int, int], dict[str, Any]] | None = None,
    ) -> None:
        self.estimator = estimator
        self.X = X
        self.y = y
        self.splits = splits
        self.options = options
        self._parallel = parallel
        self._n_candidates = n_candidates
        self._callback_args = callback_args

    @property
    def n_splits(self) -> int:
        """How many splits each candidate is evaluated on."""
        return len(self.splits)

    def fits(
        self, fits: Sequence[Fit], *, goes_on: Callable[[Fit], bool] | None = None
    ) -> Iterator[SplitResult]:
        """Yield the results of fits, in their order, each as soon as it and those before are done.

        Parameters
        ----------
        fits : list of Fit
            What to do.
        goes_on : callable, optional
            Asked before each fit; no further one begins when it returns False.
        """
        tasks = [self._task(fit) for fit in fits]
        return self.run(
            task for fit, task in zip(fits, tasks, strict=True) if goes_on is None or goes_on(fit)
        )

    def run(self, tasks: Iterable[Any]) -> Iterator[Any]:
        """Yield what ``joblib.delayed`` calls return, in their order."""
        yield from self._parallel(tasks)

    def _task(self, fit: Fit) -> Any:
        train, test = self.splits[fit.split]
        options: dict[str, Any] = dict(self.options)
        if fit.is_part:
            options.update(verbose=0, return_train_score=False)
        elif self._callback_args:
            options.update(self._callback_args(fit.candidate, fit.split))
        if fit.is_begin:
            options["return_estimator"] = True
        estimator = clone(self.estimator) if fit.begun is None else fit.begun.estimator
        if fit.n_passes is not None:
            # Found before the method of the class, by everything that fits the estimator.
            classes = np.unique(self.y) if is_classifier(estimator) else None
            estimator.fit = functools.partial(_fit_in_passes, estimator, fit.n_passes, classes)
        return delayed(_fit_quietly if fit.is_part else _fit_and_score)(
            estimator,
            self.X,
            self.y,
            train=train if fit.rows is None else fit.rows,
            test=test,
            parameters=fit.params,
            split_progress=(fit.split, self.n_splits),
            candidate_progress=(fit.candidate, self._n_candidates),
            **options,
        )


def _fit_in_passes(
    estimator: Any, n_passes: int, classes: Any, X: Any, y: Any = None, **params: Any
) -> Any:
    """Train by ``partial_fit``; of a classifier the first call needs all classes."""
    if classes is not None:
        estimator.partial_fit(X, y, classes=classes, **params)
        n_passes -= 1
    for _ in range(n_passes):
        estimator.partial_fit(X, y, **params)
    return estimator


def _fit_quietly(*args: Any, **options: Any) -> SplitResult:
    """Make a fit that may warn of what it was kept from, such as to converge."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _fit_and_score(*args, **options)  # type: ignore[no-any-return]  # untyped
