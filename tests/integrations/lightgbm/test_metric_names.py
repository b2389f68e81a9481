from __future__ import annotations

from typing import Any

import pytest

from tunesmith.integrations.lightgbm.metric_names import is_higher_better, metric_to_tune


@pytest.mark.parametrize(
    ("params", "metric"),
    [
        ({}, "l2"),
        ({"objective": "binary"}, "binary_logloss"),
        ({"application": "multiclass"}, "multi_logloss"),
        ({"objective": "binary", "metric": "auc"}, "auc"),
        ({"metrics": ["auc", "mse"]}, "l2"),
        ({"metric": "auc, mae"}, "l1"),
        ({"metric": ("auc", "mae"), "first_metric_only": True}, "auc"),
        ({"objective": "lambdarank"}, "ndcg@5"),
        ({"metric": "map", "eval_at": [3, 7]}, "map@3"),
        ({"metric": "ndcg", "ndcg_at": "4,5"}, "ndcg@4"),
        ({"metric": "my own"}, "my own"),
        ({"metric": [], "objective": "quantile"}, "quantile"),
    ],
)
def test_the_metric_to_tune_by(params: dict[str, Any], metric: str) -> None:
    assert metric_to_tune(params) == metric


def test_a_function_has_no_metric_of_its_own() -> None:
    with pytest.raises(ValueError, match=r"Give params\['metric'\]"):
        metric_to_tune({"objective": lambda predicted, data: None})


@pytest.mark.parametrize(
    ("metric", "higher"),
    [("auc", True), ("ndcg@3", True), ("mse", False), ("multiclass", False), ("mine", None)],
)
def test_directions(metric: str, higher: bool | None) -> None:
    assert is_higher_better(metric) is higher
