"""Pruning of CatBoost trainings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from tunesmith.integrations.reporter import Direction, MetricReporter
from tunesmith.optional_dependency import optional_dependency
from tunesmith.trial import BaseTrial

with optional_dependency("CatBoostPruningCallback", "catboost", extra="catboost", minimum="1.2.2"):
    import catboost  # noqa: F401

# Metrics of CatBoost by direction, without the parameters that may follow a name.
_HIGHER_IS_BETTER = dict.fromkeys(
    (
        "AUC",
        "Accuracy",
        "AverageGain",
        "BalancedAccuracy",
        "CtrFactor",
        "DCG",
        "ERR",
        "F",
        "F1",
        "FilteredDCG",
        "Kappa",
        "MAP",
        "MCC",
        "MRR",
        "NDCG",
        "NormalizedGini",
        "PFound",
        "PRAUC",
        "PairAccuracy",
        "Precision",
        "PrecisionAt",
        "QueryAUC",
        "QueryAverage",
        "R2",
        "Recall",
        "RecallAt",
        "TotalF1",
        "WKappa",
    ),
    True,
)
_LOWER_IS_BETTER = dict.fromkeys(
    (
        "BalancedErrorRate",
        "BrierScore",
        "CrossEntropy",
        "Expectile",
        "FairLoss",
        "HammingLoss",
        "HingeLoss",
        "Huber",
        "LogCosh",
        "LogLinQuantile",
        "Logloss",
        "Lq",
        "MAE",
        "MAPE",
        "MSLE",
        "MedianAbsoluteError",
        "MultiClass",
        "MultiClassOneVsAll",
        "MultiLogloss",
        "MultiRMSE",
        "PairLogit",
        "Poisson",
        "Quantile",
        "QueryCrossEntropy",
        "QueryRMSE",
        "RMSE",
        "SMAPE",
        "Tweedie",
        "ZeroOneLoss",
    ),
    False,
)
_METRICS = {**_HIGHER_IS_BETTER, **_LOWER_IS_BETTER}


class IterationInfo(Protocol):
    """What CatBoost tells a callback after an iteration."""

    @property
    def iteration(self) -> int:
        """Number of iterations so far."""

    @property
    def metrics(self) -> Mapping[str, Mapping[str, Sequence[float]]] | None:
        """All values so far by data set and metric."""


class CatBoostPruningCallback:
    """Ends a CatBoost training when the study's pruner says so.

    Works in ``fit`` of ``CatBoost`` and the estimators, on CPUs; CatBoost calls no callback on
    GPUs or in ``catboost.cv``. The step of a report is the iteration, from 0. Trainings that
    follow each other in one trial are taken for the folds of a cross-validation; see
    :class:`~tunesmith.integrations.MetricReporter`. One callback may serve them all.

    CatBoost lets no exception of a callback through as it is. So a pruned training ends as one
    that stops early, and the trial is PRUNED whatever its objective returns.
    :meth:`check_pruned`, called after ``fit``, saves the rest of the objective.

    Parameters
    ----------
    trial : Trial
        The running trial.
    metric : str or sequence of str
        Metric to report, as CatBoost logs it, such as ``"Logloss"`` or ``"NDCG:type=Base"``. If
        the study has several objectives, one for each, in their order.
    eval_set_index : int, optional
        Which of several evaluation sets to take it from. Default: the first.
    report_interval : int, default 1
        Report every so many iterations only.
    iterations : int, optional
        Number of iterations given to the model, which CatBoost does not tell its callbacks. Give
        it when early stopping may end some folds of a cross-validation before others, so that
        trials are still compared at the same iteration of the same fold.
    first_iteration : int, default 0
        Number of iterations of the ``init_model``, if the training goes on from one.
    direction : {"minimize", "maximize"}, optional
        Direction of the metric, if it is not one of CatBoost's own. It must be the study's. For
        several metrics a sequence with one direction, or None, for each.

    Raises
    ------
    catboost.CatBoostError
        From ``fit``, in the first iteration and with the text of the ValueError, if the metric is
        not evaluated or its direction is not the study's.

    Examples
    --------
    >>> import numpy as np, tunesmith
    >>> from catboost import CatBoostRegressor
    >>> from tunesmith.integrations import CatBoostPruningCallback
    >>> x = np.random.default_rng(0).normal(size=(100, 3))
    >>> def objective(trial):
    ...     model = CatBoostRegressor(
    ...         iterations=5,
    ...         learning_rate=trial.suggest_float("learning_rate", 0.01, 0.5, log=True),
    ...         thread_count=1,
    ...         allow_writing_files=False,
    ...         verbose=False,
    ...     )
    ...     callback = CatBoostPruningCallback(trial, "RMSE")
    ...     model.fit(x, x[:, 0], eval_set=(x, x[:, 0]), callbacks=[callback])
    ...     callback.check_pruned()
    ...     return model.best_score_["validation"]["RMSE"]
    >>> study = tunesmith.create_study()
    >>> study.optimize(objective, n_trials=2)
    """

    def __init__(
        self,
        trial: BaseTrial,
        metric: str | Sequence[str],
        eval_set_index: int | None = None,
        *,
        report_interval: int = 1,
        iterations: int | None = None,
        first_iteration: int = 0,
        direction: Direction | Sequence[Direction | None] | None = None,
    ) -> None:
        data = "validation" if eval_set_index is None else f"validation_{eval_set_index}"
        metrics = [metric] if isinstance(metric, str) else list(metric)
        self._reporter = MetricReporter(
            trial,
            [f"{data}-{name}" for name in metrics],
            direction=direction,
            interval=report_interval,
            canonical=_canonical,
        )
        self._iterations = iterations
        self._first_iteration = first_iteration
        self._n_values: dict[str, int] = {}

    def after_iteration(self, info: IterationInfo) -> bool:
        """Report the iteration; False if the pruner says that the training should stop."""
        if self._reporter.has_pruned:
            return False
        if info.iteration == 1:
            self._reporter.start_training(self._first_iteration, self._iterations)
            self._n_values = {}
        step = self._first_iteration + info.iteration - 1
        logged: dict[str, float] = {}
        # Where metric_period is above 1, most iterations bring no value.
        new: dict[str, float] = {}
        higher_is_better: dict[str, bool | None] = {}
        for data, log in (info.metrics or {}).items():
            for metric, values in log.items():
                name = f"{data}-{metric}"
                logged[name] = values[-1]
                if len(values) > self._n_values.get(name, 0):
                    self._n_values[name] = len(values)
                    new[name] = values[-1]
                higher_is_better[name] = _METRICS.get(metric.partition(":")[0])
        self._reporter.require(step, logged)
        if self._reporter.finds_all(new) and self._reporter.report(step, new, higher_is_better):
            self._reporter.prune_at_end()
            return False
        return True

    def check_pruned(self) -> None:
        """Raise TrialPruned if the trial is pruned.

        It would be PRUNED without this call, too, but only when the objective returns.

        Raises
        ------
        TrialPruned
            If the pruner has said that the training should stop.
        """
        if self._reporter.has_pruned:
            self._reporter.prune()


def _canonical(name: str) -> str:
    data, _, metric = name.partition("-")
    data = "validation" if data == "validation_0" else data  # a single one has no number
    return f"{data}-{metric}"
