"""The chart of a study's progress."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from . import style
from .averages import mean_and_deviation
from .chart import Chart, Series
from .optimization_history import OptimizationHistory

_FEW_STUDIES = 3  # so many have their points in the legend, beside their lines
_TICK_HEIGHT = 0.02  # where the ticks of failed trials stand, in fractions of the axis


def history_chart(
    histories: Sequence[OptimizationHistory], target_name: str, error_bar: bool
) -> Chart:
    """Return the chart of one or more studies' progress.

    Of one study everything is shown. Several are there to be compared, so that their pruned and
    failed trials are left out.

    Parameters
    ----------
    histories : sequence of OptimizationHistory
        One per study.
    target_name : str
        What the values are called.
    error_bar : bool
        Whether several studies are shown as their mean and standard deviation.
    """
    title = "Optimization History"
    if len(histories) == 1:
        title += f" of {histories[0].study_name}"
        series = _alone(histories[0], target_name)
    elif error_bar and histories:
        title += f", Mean of {len(histories)} Studies"
        series = _averaged(histories, target_name)
    else:
        series = _side_by_side(histories, target_name)
    series = [one for one in series if len(one.x)]
    return Chart(
        title=title,
        x_label="Trial",
        y_label=target_name,
        series=series,
        remark=(
            None if any(one.form != "ticks" for one in series) else "No trial has completed yet."
        ),
        wide_legend=len(histories) > 1 and not error_bar,
    )


def _alone(history: OptimizationHistory, target_name: str) -> list[Series]:
    heights = np.full(len(history.failed_numbers), _TICK_HEIGHT)
    return [
        Series(
            target_name, "points", history.numbers, history.values, style.BLUE,
            legend=target_name,
        ),
        *_best(history, "Best Value", style.VERMILION),
        Series(
            "Infeasible Trial", "hollow points", history.infeasible_numbers,
            history.infeasible_values, style.BLUE, legend="Infeasible Trial",
        ),
        Series(
            "Pruned Trial", "crosses", history.pruned_numbers, history.pruned_values, style.GREY,
            legend="Pruned Trial", notes=history.prune_reasons,
        ),
        Series(
            "Failed Trial", "ticks", history.failed_numbers, heights, style.BLACK,
            legend="Failed Trial",
        ),
    ]  # fmt: skip


def _side_by_side(histories: Sequence[OptimizationHistory], target_name: str) -> list[Series]:
    series: list[Series] = []
    explained = False
    for k, history in enumerate(histories):
        variant, position = divmod(k, len(style.CYCLE))
        colour = style.CYCLE[position]
        best = _best(history, f"Best Value of {history.study_name}", colour, variant)
        name = f"{target_name} of {history.study_name}"
        series += [
            Series(
                name, "points", history.numbers, history.values, colour, variant,
                legend=name if len(histories) <= _FEW_STUDIES or not best else None,
            ),
            *best,
            Series(
                f"Infeasible Trial of {history.study_name}", "hollow points",
                history.infeasible_numbers, history.infeasible_values, colour, variant,
                legend=None if explained else "Infeasible Trial",
            ),
        ]  # fmt: skip
        explained = explained or len(history.infeasible_numbers) > 0
    return series


def _averaged(histories: Sequence[OptimizationHistory], target_name: str) -> list[Series]:
    numbers, means, deviations = mean_and_deviation(
        [history.numbers for history in histories], [history.values for history in histories]
    )
    series = [
        Series(
            target_name, "points", numbers, means, style.BLUE, deviations=deviations,
            legend=target_name,
        )
    ]  # fmt: skip
    best = [
        (history.best_numbers, history.best_values)
        for history in histories
        if history.best_numbers is not None and history.best_values is not None
    ]
    if best:
        numbers, means, deviations = mean_and_deviation(*zip(*best, strict=True))
        series.append(
            Series(
                "Best Value", "steps", numbers, means, style.VERMILION, deviations=deviations,
                legend="Best Value",
            )
        )  # fmt: skip
    return series


def _best(history: OptimizationHistory, name: str, colour: str, variant: int = 0) -> list[Series]:
    if history.best_numbers is None or history.best_values is None:
        return []
    return [
        Series(
            name, "steps", history.best_numbers, history.best_values, colour, variant, legend=name
        )
    ]
