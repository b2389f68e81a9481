"""Pruning of XGBoost trainings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunesmith.integrations.reporter import Direction, MetricReporter
from tunesmith.optional_dependency import optional_dependency
from tunesmith.trial import BaseTrial

with optional_dependency("XGBoostPruningCallback", "xgboost", extra="xgboost", minimum="2.0"):
    import xgboost

# Values by data set and metric; those of xgboost.cv are pairs.
EvalsLog = Mapping[str, Mapping[str, Sequence[float] | Sequence[tuple[float, float]]]]

# Metrics of XGBoost by direction, without the "@threshold" and "-" that may follow a name.
_HIGHER_IS_BETTER = dict.fromkeys(
    ("ams", "auc", "aucpr", "interval-regression-accuracy", "map", "ndcg", "pre"), True
)
_LOWER_IS_BETTER = dict.fromkeys(
    (
        "aft-nloglik",
        "cox-nloglik",
        "error",
        "expectile",
        "gamma-deviance",
        "gamma-nloglik",
        "logloss",
        "mae",
        "mape",
        "merror",
        "mlogloss",
        "mphe",
        "poisson-nloglik",
        "quantile",
        "rmse",
        "rmsle",
        "tweedie-nloglik",
    ),
    False,
)
_METRICS = {**_HIGHER_IS_BETTER, **_LOWER_IS_BETTER}


class XGBoostPruningCallback(xgboost.callback.TrainingCallback):
    """Ends an XGBoost training when the study's pruner says so.

    Works in ``xgboost.train``, ``xgboost.cv`` and the estimators with scikit-learn's interface.
    The step of a report is the boosting round. Trainings that follow each other in one trial are
    taken for the folds of a cross-validation; see
    :class:`~tunesmith.integrations.MetricReporter`. One callback may serve them all.

    Parameters
    ----------
    trial : Trial
        The running trial.
    observation_key : str or sequence of str
        Data set and metric, such as ``"validation-auc"`` for ``evals=[(matrix, "validation")]``,
        ``"validation_0-auc"`` for the first `eval_set` of an estimator and ``"test-auc"`` in
        ``xgboost.cv``, where the mean over its folds is reported. If the study has several
        objectives, one for each, in their order.
    report_interval : int, default 1
        Report every so many rounds only.
    num_boost_round : int, optional
        Number of rounds given to ``xgboost.train``, which XGBoost does not tell its callbacks.
        Give it when early stopping may end some folds of a cross-validation before others, so
        that trials are still compared at the same round of the same fold.
    direction : {"minimize", "maximize"}, optional
        Direction of the metric, if it is not one of XGBoost's own. It must be the study's. For
        several metrics a sequence with one direction, or None, for each.

    Raises
    ------
    ValueError
        In the first round, if the metric is not evaluated or XGBoost's direction of it is not the
        study's.

    Examples
    --------
    >>> import numpy as np, tunesmith, xgboost
    >>> from tunesmith.integrations import XGBoostPruningCallback
    >>> x = np.random.default_rng(0).normal(size=(100, 3))
    >>> data = xgboost.DMatrix(x, label=x[:, 0] > 0)
    >>> def objective(trial):
    ...     params = {
    ...         "objective": "binary:logistic",
    ...         "eta": trial.suggest_float("eta", 0.01, 0.5, log=True),
    ...         "nthread": 1,
    ...     }
    ...     log = {}
    ...     xgboost.train(
    ...         params, data, num_boost_round=5, evals=[(data, "train")], evals_result=log,
    ...         callbacks=[XGBoostPruningCallback(trial, "train-logloss")], verbose_eval=False,
    ...     )
    ...     return log["train"]["logloss"][-1]
    >>> study = tunesmith.create_study()
    >>> study.optimize(objective, n_trials=2)
    """

    def __init__(
        self,
        trial: BaseTrial,
        observation_key: str | Sequence[str],
        *,
        report_interval: int = 1,
        num_boost_round: int | None = None,
        direction: Direction | Sequence[Direction | None] | None = None,
    ) -> None:
        super().__init__()
        self._reporter = MetricReporter(
            trial,
            observation_key,
            direction=direction,
            interval=report_interval,
            canonical=lambda name: name.removesuffix("-mean"),  # as the columns of xgboost.cv
        )
        self._num_boost_round = num_boost_round
        self._first_round = 0
        self._n_seen = 0
        self._log: EvalsLog = {}

    def before_training(self, model: Any) -> Any:
        """Note where the training starts: XGBoost counts the rounds of each from 0."""
        is_cv = hasattr(model, "cvfolds")
        self._first_round = 0 if is_cv else model.num_boosted_rounds()
        self._n_seen = 0
        self._log = {}
        self._reporter.start_training(self._first_round, self._num_boost_round)
        return model

    def after_iteration(self, model: Any, epoch: int, evals_log: EvalsLog) -> bool:
        """Report the round and raise TrialPruned if the pruner says so."""
        self._n_seen = epoch + 1
        self._log = evals_log
        if self._report(epoch):
            self._reporter.prune()
        return False

    def after_training(self, model: Any) -> Any:
        """Report the last round if a callback before this one ended the training in it.

        XGBoost asks no further callback then. The training is over, so nothing is pruned.
        """
        n_rounds = max(
            (len(values) for log in self._log.values() for values in log.values()), default=0
        )
        if n_rounds > self._n_seen > 0:
            self._report(n_rounds - 1)
        self._log = {}
        return model

    def _report(self, epoch: int) -> bool:
        metrics: dict[str, float] = {}
        higher_is_better: dict[str, bool | None] = {}
        for data, log in self._log.items():
            for metric, values in log.items():
                name = f"{data}-{metric}"
                latest = values[-1]
                # xgboost.cv logs pairs of mean and standard deviation.
                metrics[name] = latest[0] if isinstance(latest, tuple) else latest
                higher_is_better[name] = _METRICS.get(metric.partition("@")[0].rstrip("-"))
        return self._reporter.report(self._first_round + epoch, metrics, higher_is_better)
