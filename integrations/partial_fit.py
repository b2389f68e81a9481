"""Trainings in steps with scikit-learn's ``partial_fit``, pruned between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tunesmith.integrations.reporter import Direction, MetricReporter
from tunesmith.optional_dependency import optional_dependency
from tunesmith.trial import BaseTrial

with optional_dependency(
    "partial_fit_epochs", "scikit-learn", extra="sklearn", minimum="1.6", imported_as="sklearn"
):
    import numpy as np
    from sklearn.base import is_classifier
    from sklearn.metrics import check_scoring
    from sklearn.utils import check_random_state, gen_batches

Scorer = Callable[[Any, Any, Any], float]


def partial_fit_epochs(
    trial: BaseTrial,
    estimator: Any,
    x: Any,
    y: Any,
    *,
    validation: tuple[Any, Any],
    scoring: str | Scorer | Sequence[str] | None = None,
    n_epochs: int = 10,
    batch_size: int | None = None,
    random_state: Any = None,
    direction: Direction | Sequence[Direction | None] | None = None,
) -> list[dict[str, float]]:
    """Train an estimator epoch by epoch, report its validation score after each, and prune.

    The step of a report is the epoch, from 0. Calls that follow each other in one trial are taken
    for the folds of a cross-validation; see :class:`~tunesmith.integrations.MetricReporter`.

    Parameters
    ----------
    trial : Trial
        The running trial.
    estimator : estimator with ``partial_fit``
        Is trained itself, not a clone of it.
    x, y : array-like
        Training data. A classifier learns its classes from `y`.
    validation : tuple of array-like
        Data and targets to score on.
    scoring : str, callable or sequence of str, optional
        As in scikit-learn, where higher is always better: the study has to be maximized. If the
        study has several objectives, one name for each, in their order. Default: the estimator's
        own score. A callable and the default are reported as ``"score"``.
    n_epochs : int, default 10
        How often to go through the training data.
    batch_size : int, optional
        Rows for each call of ``partial_fit``, in another order in each epoch. Default: one call
        with all rows as they are.
    random_state : int, RandomState or None
        Where the order of the rows comes from.
    direction : {"minimize", "maximize"}, optional
        For a callable that breaks scikit-learn's rule. It must be the study's.

    Returns
    -------
    list of dict of str to float
        The scores of each epoch.

    Raises
    ------
    TrialPruned
        When the study's pruner says so. The estimator stays as it is then.
    TypeError
        If the estimator has no ``partial_fit``.
    ValueError
        If the study is to be minimized, or `n_epochs` or `batch_size` is less than 1.

    Examples
    --------
    >>> import tunesmith
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import SGDClassifier
    >>> from tunesmith.integrations import partial_fit_epochs
    >>> x, y = load_iris(return_X_y=True)
    >>> def objective(trial):
    ...     model = SGDClassifier(alpha=trial.suggest_float("alpha", 1e-6, 1e-1, log=True))
    ...     log = partial_fit_epochs(
    ...         trial, model, x[::2], y[::2], validation=(x[1::2], y[1::2]), n_epochs=3
    ...     )
    ...     return log[-1]["score"]
    >>> study = tunesmith.create_study(direction="maximize")
    >>> study.optimize(objective, n_trials=2)
    """
    if not hasattr(estimator, "partial_fit"):
        raise TypeError(
            f"{type(estimator).__name__} has no partial_fit, so it cannot be trained in steps. "
            "Take one that has, such as SGDClassifier or MLPRegressor."
        )
    for name, count in {"n_epochs": n_epochs, "batch_size": batch_size}.items():
        if count is not None and count < 1:
            raise ValueError(f"{name} must be 1 or more, got {count}.")
    scorers = _scorers(estimator, scoring)
    higher_is_better = dict.fromkeys(scorers, True)
    reporter = MetricReporter(trial, tuple(scorers), direction=direction)
    reporter.start_training(n_steps=n_epochs)
    random = check_random_state(random_state)
    # A classifier must know all classes at the first call, which may see only some.
    options = {"classes": np.unique(y)} if is_classifier(estimator) else {}
    log = []
    for epoch in range(n_epochs):
        for batch_x, batch_y in _batches(x, y, batch_size, random):
            estimator.partial_fit(batch_x, batch_y, **options)
            options = {}
        log.append({name: float(score(estimator, *validation)) for name, score in scorers.items()})
        reporter.report_or_prune(epoch, log[-1], higher_is_better)
    return log


def _scorers(estimator: Any, scoring: str | Scorer | Sequence[str] | None) -> dict[str, Scorer]:
    if scoring is None or callable(scoring):
        return {"score": check_scoring(estimator, scoring)}
    names = [scoring] if isinstance(scoring, str) else list(scoring)
    return {name: check_scoring(estimator, name) for name in names}


def _batches(x: Any, y: Any, batch_size: int | None, random: Any) -> Iterator[tuple[Any, Any]]:
    if batch_size is None:
        yield x, y
        return
    x = x if hasattr(x, "shape") else np.asarray(x)
    y = None if y is None else np.asarray(y)
    rows = random.permutation(x.shape[0])
    for batch in gen_batches(len(rows), batch_size):
        chosen = rows[batch]
        # A data frame counts its columns, not its rows.
        batch_x = x.iloc[chosen] if hasattr(x, "iloc") else x[chosen]
        yield batch_x, None if y is None else y[chosen]
