"""Pruning of LightGBM trainings."""

from __future__ import annotations

from collections.abc import Sequence

from tunesmith.integrations.reporter import Direction, MetricReporter
from tunesmith.optional_dependency import optional_dependency
from tunesmith.trial import BaseTrial

with optional_dependency("LightGBMPruningCallback", "lightgbm", extra="lightgbm", minimum="4.0"):
    import lightgbm

_ALIASES = {
    "cross_entropy": ("xentropy",),
    "cross_entropy_lambda": ("xentlambda",),
    "binary_logloss": ("binary",),
    "kullback_leibler": ("kldiv",),
    "l1": ("mean_absolute_error", "mae", "regression_l1"),
    "l2": ("mean_squared_error", "mse", "regression_l2", "regression"),
    "map": ("mean_average_precision",),
    "mape": ("mean_absolute_percentage_error",),
    "multi_logloss": ("multiclass", "softmax", "multiclassova", "multiclass_ova", "ova", "ovr"),
    "ndcg": ("lambdarank", "rank_xendcg", "xendcg", "xe_ndcg", "xe_ndcg_mart", "xendcg_mart"),
    "rmse": ("root_mean_squared_error", "l2_root"),
}
_LOGGED_AS = {alias: name for name, aliases in _ALIASES.items() for alias in aliases}


class LightGBMPruningCallback:
    """Ends a LightGBM training when the study's pruner says so.

    Works in ``lightgbm.train``, ``lightgbm.cv`` and the estimators with scikit-learn's interface.
    The step of a report is the iteration. Trainings that follow each other in one trial are taken
    for the folds of a cross-validation; see :class:`~tunesmith.integrations.MetricReporter`. One
    callback may serve them all.

    Parameters
    ----------
    trial : Trial
        The running trial.
    metric : str or sequence of str
        Metric to report, by any of the names that LightGBM has for it. If the study has several
        objectives, one for each, in their order.
    valid_name : str or sequence of str, default "valid_0"
        Data set to take it from, the same for all metrics or one for each. ``lightgbm.cv`` calls
        its own ``"valid"``, for which the default stands too, and reports the mean over its folds.
    report_interval : int, default 1
        Report every so many iterations only.
    direction : {"minimize", "maximize"}, optional
        Direction of the metric, if the one that LightGBM gives for it is wrong. It must be the
        study's. For several metrics a sequence with one direction, or None, for each.

    Raises
    ------
    ValueError
        If there is not one metric for each objective of the study, nor one data set for each
        metric. In the first iteration, if the metric is not evaluated or LightGBM's direction of it is
        not the study's.

    Examples
    --------
    >>> import lightgbm, numpy as np, tunesmith
    >>> from tunesmith.integrations import LightGBMPruningCallback
    >>> x = np.random.default_rng(0).normal(size=(100, 3))
    >>> data = lightgbm.Dataset(x, label=x[:, 0], free_raw_data=False)
    >>> def objective(trial):
    ...     params = {
    ...         "metric": "mse",
    ...         "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.5, log=True),
    ...         "num_threads": 1,
    ...         "verbosity": -1,
    ...     }
    ...     model = lightgbm.train(
    ...         params, data, num_boost_round=5, valid_sets=[data], valid_names=["train"],
    ...         callbacks=[LightGBMPruningCallback(trial, "mse", valid_name="train")],
    ...     )
    ...     return model.best_score["train"]["l2"]
    >>> study = tunesmith.create_study()
    >>> study.optimize(objective, n_trials=2)
    """

    def __init__(
        self,
        trial: BaseTrial,
        metric: str | Sequence[str],
        valid_name: str | Sequence[str] = "valid_0",
        report_interval: int = 1,
        *,
        direction: Direction | Sequence[Direction | None] | None = None,
    ) -> None:
        # LightGBM looks for these two in the instance. The order is after the evaluation has been
        # recorded (20) and before early stopping may end the training (30).
        self.before_iteration = False
        self.order = 25
        self._reporter = MetricReporter(
            trial,
            _names(metric, valid_name),
            direction=direction,
            interval=report_interval,
            canonical=_canonical,
        )

    def __call__(self, env: lightgbm.callback.CallbackEnv) -> None:
        """Report the iteration and raise TrialPruned if the pruner says so."""
        if env.iteration == env.begin_iteration:
            self._reporter.start_training(env.begin_iteration, env.end_iteration)
        metrics: dict[str, float] = {}
        higher_is_better: dict[str, bool | None] = {}
        for data, metric, value, higher, *_ in env.evaluation_result_list or ():
            # Before LightGBM 4.7, cv() gave "cv_agg" as data and both names as metric.
            name = metric.replace(" ", "-", 1) if data == "cv_agg" else f"{data}-{metric}"
            metrics[name] = value
            higher_is_better[name] = higher
        self._reporter.report_or_prune(env.iteration, metrics, higher_is_better)


def _names(metric: str | Sequence[str], valid_name: str | Sequence[str]) -> list[str]:
    metrics = [metric] if isinstance(metric, str) else list(metric)
    data = [valid_name] * len(metrics) if isinstance(valid_name, str) else list(valid_name)
    if len(data) != len(metrics):
        raise ValueError(
            f"valid_name={valid_name!r} should be one data set, or one for each of the metrics "
            f"{metrics}."
        )
    return [f"{name}-{metric}" for name, metric in zip(data, metrics, strict=True)]


def _canonical(name: str) -> str:
    data, _, metric = name.rpartition("-")
    base, at, position = metric.partition("@")
    data = "valid_0" if data == "valid" else data  # the data of train() and cv()
    return f"{data}-{_LOGGED_AS.get(base, base)}{at}{position}"
