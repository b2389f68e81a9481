"""Pruning of LightGBM trainings."""

from __future__ import annotations

from collections.abc import Sequence

from tunesmith.integrations.lightgbm.metric_names import canonical, full_names
from tunesmith.integrations.reporter import Direction, MetricReporter
from tunesmith.optional_dependency import optional_dependency
from tunesmith.trial import BaseTrial

with optional_dependency("LightGBMPruningCallback", "lightgbm", extra="lightgbm", minimum="4.0"):
    import lightgbm


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
            full_names(metric, valid_name),
            direction=direction,
            interval=report_interval,
            canonical=canonical,
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
