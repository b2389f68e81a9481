"""Drawing with plotly."""

from __future__ import annotations

from collections.abc import Sequence

from ..optional_dependency import optional_dependency
from ..records import TrialState
from . import style
from .averages import mean_and_deviation
from .intermediate_values import LearningCurve
from .optimization_history import OptimizationHistory

with optional_dependency("tunesmith.visualization", "plotly", extra="plots"):
    import plotly.graph_objects as go


def draw_optimization_history(
    histories: Sequence[OptimizationHistory], target_name: str, error_bar: bool
) -> go.Figure:
    """Draw one or more studies' progress."""
    alone = len(histories) == 1
    title = "Optimization history"
    if alone:
        title += f" of {histories[0].study_name!r}"
    figure = go.Figure()
    figure.update_layout(
        title=title, xaxis_title="Trial", yaxis_title=target_name, template="plotly_white"
    )
    if error_bar and not alone:
        _draw_average(figure, histories, target_name)
    else:
        for k, history in enumerate(histories):
            _draw_history(figure, history, style.CYCLE[k % len(style.CYCLE)], alone, target_name)
    if not any(len(history.values) for history in histories):
        figure.add_annotation(text="No trial has completed yet.", showarrow=False)
    return figure


def _draw_history(
    figure: go.Figure, history: OptimizationHistory, colour: str, alone: bool, target_name: str
) -> None:
    of = "" if alone else f" of {history.study_name!r}"
    figure.add_scatter(
        x=history.numbers, y=history.values, mode="markers", name=f"{target_name}{of}",
        marker={"color": colour, "opacity": 0.7},
    )  # fmt: skip
    if len(history.pruned_values):
        figure.add_scatter(
            x=history.pruned_numbers, y=history.pruned_values, mode="markers",
            name=f"Pruned, last report{of}", marker={"color": style.GREY, "symbol": "x-thin-open"},
        )  # fmt: skip
    if history.best_values is not None:
        figure.add_scatter(
            x=history.numbers, y=history.best_values, mode="lines", name=f"Best value{of}",
            line={"color": style.VERMILION if alone else colour, "shape": "hv"},
        )  # fmt: skip
    if len(history.failed_numbers):
        figure.add_scatter(
            x=history.failed_numbers, y=[0.0] * len(history.failed_numbers), yaxis="y2",
            mode="markers", name=f"Failed{of}", cliponaxis=False,
            marker={"color": "black", "symbol": "line-ns-open", "size": 10},
        )  # fmt: skip
        # An axis of its own puts the ticks on the lower edge, whatever the scale of the values.
        figure.update_layout(yaxis2={"overlaying": "y", "range": [0, 1], "visible": False})


def _draw_average(
    figure: go.Figure, histories: Sequence[OptimizationHistory], target_name: str
) -> None:
    numbers, means, deviations = mean_and_deviation(
        [h.numbers for h in histories], [h.values for h in histories]
    )
    figure.add_scatter(
        x=numbers, y=means, error_y={"array": deviations}, mode="markers", name=target_name,
        marker={"color": style.BLUE},
    )  # fmt: skip
    best = [h.best_values for h in histories if h.best_values is not None]
    if best:
        numbers, means, deviations = mean_and_deviation([h.numbers for h in histories], best)
        line = {"color": style.VERMILION}
        figure.add_scatter(x=numbers, y=means, mode="lines", name="Best value", line=line)
        for bound in (means - deviations, means + deviations):
            figure.add_scatter(
                x=numbers, y=bound, mode="lines", showlegend=False,
                line={**line, "width": 1, "dash": "dot"},
            )  # fmt: skip


def draw_intermediate_values(curves: Sequence[LearningCurve]) -> go.Figure:
    """Draw learning curves."""
    figure = go.Figure()
    figure.update_layout(
        title="Intermediate values",
        xaxis_title="Step",
        yaxis_title="Intermediate Value",
        template="plotly_white",
        showlegend=False,
    )
    for curve in curves:
        pruned = curve.state is TrialState.PRUNED
        figure.add_scatter(
            x=curve.steps, y=curve.values, mode="lines+markers", opacity=0.6,
            name=f"Trial {curve.number}" + (" (pruned)" if pruned else ""),
            line={"color": style.ORANGE if pruned else style.BLUE, "width": 1},
            marker={"size": 3},
        )  # fmt: skip
    if not curves:
        figure.add_annotation(text="No trial has reported anything.", showarrow=False)
    return figure
