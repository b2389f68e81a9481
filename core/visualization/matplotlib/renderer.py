"""Drawing with matplotlib."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...optional_dependency import optional_dependency
from .. import style
from ..chart import Chart, Series

with optional_dependency("tunesmith.visualization.matplotlib", "matplotlib", extra="plots"):
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKERS = "os^D"
_DASHES = ("-", "--", ":", "-.")
_ROW = 0.22  # inches, height of a row of the legend


def draw(chart: Chart) -> Axes:
    """Draw a chart."""
    entries = sum(series.legend is not None for series in chart.series)
    columns = 2 if chart.wide_legend else max(entries, 1)
    rows = math.ceil(entries / columns)
    _, axes = plt.subplots(figsize=(8, 4.5 + _ROW * rows), layout="constrained")
    axes.set_title(chart.title)
    axes.set_xlabel(chart.x_label)
    labelled = _draw_chart(axes, chart)
    if labelled:
        # Below the plot, where it covers no data.
        axes.legend(
            *zip(*labelled, strict=True), frameon=False, ncols=columns, fontsize="small",
            loc="upper center", bbox_to_anchor=(0.5, -0.6 / 4.5),
        )  # fmt: skip
    return axes


def draw_panels(charts: Sequence[Chart]) -> Axes | Sequence[Axes]:
    """Draw charts of curves, one above the other, with the title and the legend of the first.

    Returns the axes of the only chart, or a list of those of each.
    """
    if len(charts) == 1:
        return draw(charts[0])
    size = (8, 1 + 3 * len(charts))
    figure, panels = plt.subplots(len(charts), 1, sharex=True, figsize=size, layout="constrained")
    panels[0].set_title(charts[0].title)
    panels[-1].set_xlabel(charts[-1].x_label)
    labelled = [_draw_chart(axes, chart) for axes, chart in zip(panels, charts, strict=True)]
    figure.legend(
        *zip(*labelled[0], strict=True), frameon=False, ncols=len(labelled[0]), fontsize="small",
        loc="outside lower center",
    )  # fmt: skip
    return list(panels)


def _draw_chart(axes: Axes, chart: Chart) -> list[tuple[Any, str]]:
    """Draw what is inside; return what the legend shows and says."""
    axes.set_ylabel(chart.y_label)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    size = 12 if sum(len(one.x) for one in chart.series) > style.MANY_POINTS else 26
    handles = [_draw_series(axes, series, size) for series in chart.series]
    if chart.remark is not None:
        axes.text(0.5, 0.5, chart.remark, ha="center", va="center", transform=axes.transAxes)
        axes.set_yticks([])
        if not chart.series:
            axes.set_xticks([])
    return [
        (handle, style.shortened(series.legend))
        for handle, series in zip(handles, chart.series, strict=True)
        if series.legend is not None
    ]


def _draw_series(axes: Axes, series: Series, size: float) -> Any:
    x, y, colour, deviations = series.x, series.y, series.colour, series.deviations
    marker = _MARKERS[series.variant % len(_MARKERS)]
    if series.form == "points":
        if deviations is not None:
            axes.errorbar(x, y, deviations, fmt="none", ecolor=colour, elinewidth=1, alpha=0.6)
        return axes.scatter(
            x, y, s=size, color=colour, marker=marker, alpha=0.7, linewidths=0, label=series.name
        )
    if series.form == "hollow points":
        return axes.scatter(
            x, y, s=size, facecolors="none", edgecolors=colour, marker=marker, linewidths=1,
            label=series.name,
        )  # fmt: skip
    if series.form == "crosses":
        return axes.scatter(x, y, s=size, color=colour, marker="x", linewidths=1, label=series.name)
    if series.form == "ticks":
        (line,) = axes.plot(
            x, y, "|", color=colour, markersize=7, transform=axes.get_xaxis_transform(),
            label=series.name,
        )  # fmt: skip
    elif series.form == "steps":
        (line,) = axes.plot(
            x, y, color=colour, drawstyle="steps-post", label=series.name,
            linestyle=_DASHES[series.variant % len(_DASHES)],
        )  # fmt: skip
        if deviations is not None:
            axes.fill_between(
                x, y - deviations, y + deviations, step="post", color=colour, alpha=0.2,
                linewidth=0,
            )  # fmt: skip
    else:
        (line,) = axes.plot(
            x, y, color=colour, marker="o", markersize=2 if len(x) > 1 else 5, linewidth=1,
            alpha=0.7, label=series.name,
        )  # fmt: skip
    return line
