"""Drawing with matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...optional_dependency import optional_dependency
from ...records import TrialState
from .. import style
from ..averages import mean_and_deviation
from ..intermediate_values import LearningCurve
from ..optimization_history import OptimizationHistory

with optional_dependency("tunesmith.visualization.matplotlib", "matplotlib", extra="plots"):
    import matplotlib.pyplot as plt

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MANY = 300  # points, from which on they are drawn smaller


def draw_optimization_history(
    histories: Sequence[OptimizationHistory], target_name: str, error_bar: bool
) -> Axes:
    """Draw one or more studies' progress."""
    axes = _axes("Trial", target_name)
    alone = len(histories) == 1
    axes.set_title(
        f"Optimization history of {histories[0].study_name!r}" if alone else "Optimization history"
    )
    if error_bar and not alone:
        _draw_average(axes, histories, target_name)
    else:
        for k, history in enumerate(histories):
            _draw_history(axes, history, style.CYCLE[k % len(style.CYCLE)], alone, target_name)
    if axes.get_legend_handles_labels()[1]:
        axes.legend(frameon=False)
    else:
        axes.text(0.5, 0.5, "No trial has completed yet.", ha="center", transform=axes.transAxes)
    return axes


def _draw_history(
    axes: Axes, history: OptimizationHistory, colour: str, alone: bool, target_name: str
) -> None:
    of = "" if alone else f" of {history.study_name!r}"
    size = 18 if len(history.values) < _MANY else 5
    if len(history.values):
        axes.scatter(
            history.numbers, history.values, s=size, color=colour, alpha=0.7, linewidths=0,
            label=f"{target_name}{of}",
        )  # fmt: skip
    if len(history.pruned_values):
        axes.scatter(
            history.pruned_numbers, history.pruned_values, s=size, marker="x",
            color=style.GREY, linewidths=1, label=f"Pruned, last report{of}", zorder=1,
        )  # fmt: skip
    if history.best_values is not None and len(history.best_values):
        axes.plot(
            history.numbers, history.best_values, color=style.VERMILION if alone else colour,
            drawstyle="steps-post", label=f"Best value{of}",
        )  # fmt: skip
    if len(history.failed_numbers):
        # Ticks on the lower edge, whatever the scale of the values.
        axes.plot(
            history.failed_numbers, np.zeros(len(history.failed_numbers)), "|", markersize=10,
            color="black", transform=axes.get_xaxis_transform(), clip_on=False,
            label=f"Failed{of}",
        )  # fmt: skip


def _draw_average(axes: Axes, histories: Sequence[OptimizationHistory], target_name: str) -> None:
    numbers, means, deviations = mean_and_deviation(
        [h.numbers for h in histories], [h.values for h in histories]
    )
    axes.errorbar(
        numbers, means, deviations, fmt="o", markersize=3, color=style.BLUE, alpha=0.6,
        label=target_name,
    )  # fmt: skip
    best = [h.best_values for h in histories if h.best_values is not None]
    if best:
        numbers, means, deviations = mean_and_deviation([h.numbers for h in histories], best)
        axes.plot(numbers, means, color=style.VERMILION, label="Best value")
        axes.fill_between(
            numbers, means - deviations, means + deviations, color=style.VERMILION, alpha=0.2
        )


def draw_intermediate_values(curves: Sequence[LearningCurve]) -> Axes:
    """Draw learning curves."""
    axes = _axes("Step", "Intermediate Value")
    axes.set_title("Intermediate values")
    labelled: set[str] = set()
    for curve in curves:
        pruned = curve.state is TrialState.PRUNED
        label = "Pruned" if pruned else "Complete or running"
        axes.plot(
            curve.steps, curve.values, marker="o" if len(curve.steps) == 1 else None,
            markersize=3, linewidth=1, alpha=0.6, color=style.ORANGE if pruned else style.BLUE,
            label=label if label not in labelled else None,
        )  # fmt: skip
        labelled.add(label)
    if curves:
        axes.legend(frameon=False)
    else:
        axes.text(
            0.5, 0.5, "No trial has reported anything.", ha="center", transform=axes.transAxes
        )
    return axes


def _axes(x_label: str, y_label: str) -> Axes:
    _, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    return axes
