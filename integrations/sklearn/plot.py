"""Plots of a search."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tunesmith.study import Study
from tunesmith.trial import FrozenTrial


def plot_search(study: Study, kind: str, metric: str | None, backend: str) -> Any:
    """Plot the study of a search; see ``SearchCV.plot``."""
    from tunesmith import visualization

    if backend not in ("plotly", "matplotlib"):
        raise ValueError(f"backend must be 'plotly' or 'matplotlib', got {backend!r}.")
    draw: Any = visualization if backend == "plotly" else visualization.matplotlib
    if kind == "curves":
        return draw.plot_intermediate_values(study)
    if kind != "history":
        raise ValueError(f"kind must be 'history' or 'curves', got {kind!r}.")
    name, target = _target(study, metric)
    return draw.plot_optimization_history(study, target=target, target_name=name)


def _target(study: Study, metric: str | None) -> tuple[str, Callable[[FrozenTrial], float] | None]:
    names = study.metric_names or ["Score"]
    if metric is not None and metric not in names:
        raise ValueError(
            f"The search was not for {metric!r}, but for {', '.join(map(repr, names))}."
        )
    if len(study.directions) == 1:
        return names[0], None
    index = names.index(metric) if metric is not None else 0

    def value(trial: FrozenTrial) -> float:
        assert trial.values is not None
        return trial.values[index]

    return names[index], value
