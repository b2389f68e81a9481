"""Aliases of LightGBM's parameters: two names of one parameter must not meet in one training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# The name that a tuner uses first, as Optuna's do, then the others that LightGBM knows.
_NAMES = (
    ("lambda_l1", "reg_alpha", "l1_regularization"),
    ("lambda_l2", "reg_lambda", "lambda", "l2_regularization"),
    ("num_leaves", "num_leaf", "max_leaves", "max_leaf", "max_leaf_nodes"),
    ("feature_fraction", "sub_feature", "colsample_bytree"),
    ("feature_fraction_bynode", "sub_feature_bynode", "colsample_bynode"),
    ("bagging_fraction", "sub_row", "subsample", "bagging"),
    ("bagging_freq", "subsample_freq"),
    (
        "min_child_samples",
        "min_data_in_leaf",
        "min_data_per_leaf",
        "min_data",
        "min_samples_leaf",
    ),
    (
        "min_sum_hessian_in_leaf",
        "min_sum_hessian_per_leaf",
        "min_sum_hessian",
        "min_hessian",
        "min_child_weight",
    ),
    ("min_gain_to_split", "min_split_gain"),
    ("learning_rate", "shrinkage_rate", "eta"),
    ("max_bin", "max_bins"),
    ("extra_trees", "extra_tree"),
    ("drop_rate", "rate_drop"),
    (
        *("num_iterations", "num_iteration", "n_iter", "num_tree", "num_trees", "num_round"),
        *("num_rounds", "nrounds", "num_boost_round", "n_estimators", "max_iter"),
    ),
)
_MAIN = {alias: names[0] for names in _NAMES for alias in names}


def main_name(name: str) -> str:
    """The one name that a tuner has for a parameter.

    Examples
    --------
    >>> main_name("reg_alpha"), main_name("min_data_in_leaf"), main_name("seed")
    ('lambda_l1', 'min_child_samples', 'seed')
    """
    return _MAIN.get(name, name)


def with_main_names(params: Mapping[str, Any]) -> dict[str, Any]:
    """The same parameters, each by its main name.

    Raises
    ------
    ValueError
        If two names of one parameter have different values.
    """
    renamed: dict[str, Any] = {}
    given_as: dict[str, str] = {}
    for name, value in params.items():
        main = main_name(name)
        if main in renamed and renamed[main] != value:
            raise ValueError(
                f"{given_as[main]!r} and {name!r} are one parameter of LightGBM, but have the "
                f"values {renamed[main]!r} and {value!r}. Give one of them."
            )
        renamed[main] = value
        given_as[main] = name
    return renamed
