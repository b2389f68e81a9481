"""Names of LightGBM's metrics: it logs each by one name, whichever it was asked for by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

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
_HIGHER_IS_BETTER = frozenset(("auc", "auc_mu", "average_precision", "map", "ndcg", "r2"))
_LOWER_IS_BETTER = frozenset(
    (
        *(name for name in _ALIASES if name not in _HIGHER_IS_BETTER),
        *("binary_error", "fair", "gamma", "gamma_deviance", "huber", "multi_error"),
        *("poisson", "quantile", "tweedie"),
    )
)
_PARAMETERS = ("metric", "metrics", "metric_types")
_OBJECTIVES = ("objective", "objective_type", "app", "application", "loss")
_POSITIONS = ("eval_at", "ndcg_eval_at", "ndcg_at", "map_eval_at", "map_at")


def logged_as(metric: str) -> str:
    """The name that LightGBM logs a metric by.

    Examples
    --------
    >>> logged_as("mse"), logged_as("lambdarank@3"), logged_as("my_own")
    ('l2', 'ndcg@3', 'my_own')
    """
    base, at, position = metric.partition("@")
    return f"{_LOGGED_AS.get(base, base)}{at}{position}"


def canonical(name: str) -> str:
    """The same for a name with that of the data in front.

    Examples
    --------
    >>> canonical("valid_0-mse"), canonical("valid-auc")
    ('valid_0-l2', 'valid_0-auc')
    """
    data, _, metric = name.rpartition("-")
    data = "valid_0" if data == "valid" else data  # the data of train() and cv()
    return f"{data}-{logged_as(metric)}"


def full_names(metric: str | Sequence[str], valid_name: str | Sequence[str]) -> list[str]:
    """Names of metrics with those of the data that they are taken from."""
    metrics = [metric] if isinstance(metric, str) else list(metric)
    data = [valid_name] * len(metrics) if isinstance(valid_name, str) else list(valid_name)
    if len(data) != len(metrics):
        raise ValueError(
            f"valid_name={valid_name!r} should be one data set, or one for each of the metrics "
            f"{metrics}."
        )
    return [f"{name}-{metric}" for name, metric in zip(data, metrics, strict=True)]


def is_higher_better(metric: str) -> bool | None:
    """Whether a metric is to be maximized; None for one that is not LightGBM's own."""
    base = logged_as(metric).partition("@")[0]
    if base in _HIGHER_IS_BETTER:
        return True
    return False if base in _LOWER_IS_BETTER else None


def metric_to_tune(params: Mapping[str, Any]) -> str:
    """The one metric that a training with these parameters is judged by.

    The last of several, or the first if early stopping looks at the first only. Without any it is
    the objective's own, which LightGBM evaluates then.

    Raises
    ------
    ValueError
        If `params` names no metric, and its objective is a function.

    Examples
    --------
    >>> metric_to_tune({"metric": ["auc", "binary_logloss"]})
    'binary_logloss'
    >>> metric_to_tune({"metric": "auc,binary_logloss", "first_metric_only": True})
    'auc'
    >>> metric_to_tune({"objective": "lambdarank", "eval_at": [3, 10]})
    'ndcg@3'
    """
    metrics = _listed(_first_of(params, _PARAMETERS, ()))
    if metrics:
        metric = str(metrics[0 if params.get("first_metric_only") else -1])
    else:
        objective = _first_of(params, _OBJECTIVES, "regression")
        if not isinstance(objective, str):
            raise ValueError(
                "The objective is a function, and params name no metric to tune by. Give "
                "params['metric'], the name that feval returns or one of LightGBM's."
            )
        metric = objective
    metric = logged_as(metric)
    if metric in ("ndcg", "map"):
        positions = _listed(_first_of(params, _POSITIONS, (5,)))
        metric = f"{metric}@{positions[0]}"
    return metric


def _first_of(params: Mapping[str, Any], names: Iterable[str], default: Any) -> Any:
    return next((params[name] for name in names if params.get(name) is not None), default)


def _listed(given: Any) -> list[Any]:
    if isinstance(given, str):
        return [part.strip() for part in given.split(",") if part.strip()]
    return list(given) if isinstance(given, Iterable) else [given]
