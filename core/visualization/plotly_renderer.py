"""Drawing with plotly."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from typing import Any

from ..optional_dependency import optional_dependency
from . import style
from .chart import Chart, Series

with optional_dependency("tunesmith.visualization", "plotly", extra="plots"):
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

_MARKERS = ("circle", "square", "diamond", "triangle-up")
_DASHES = ("solid", "dash", "dot", "dashdot")
_FEW_NUMBERS = 8  # so many trials or steps have a label each
_PANEL_HEIGHT = 300
_NOTE_WIDTH = 60  # characters in a line under the mouse


def draw(chart: Chart) -> go.Figure:
    """Draw a chart."""
    figure = go.Figure()
    figure.update_layout(
        title={"text": chart.title + _states(chart)},
        xaxis_title=chart.x_label,
        yaxis_title=chart.y_label,
        template="plotly_white",
        hovermode="closest",
        legend={"traceorder": "normal"},  # bands would turn it round
    )
    size = 4 if sum(len(one.x) for one in chart.series) > style.MANY_POINTS else 7
    for series in chart.series:
        _draw_series(figure, series, size)
    _label_whole_numbers(figure, [chart])
    if chart.wide_legend:
        # Beside the plot, long names would leave no room for it.
        entries = sum(series.legend is not None for series in chart.series)
        figure.update_layout(
            legend={"orientation": "h", "y": -0.25, "yanchor": "top"},
            height=450 + 22 * entries,
            margin={"b": 90 + 22 * entries},
        )
    if chart.remark is not None:
        figure.add_annotation(
            text=chart.remark, showarrow=False, xref="paper", yref="paper", x=0.5, y=0.5
        )
        bare = {"showticklabels": False, "showgrid": False, "zeroline": False}
        figure.update_yaxes(bare)
        if not chart.series:
            figure.update_xaxes(bare)
    return figure


def draw_panels(charts: Sequence[Chart]) -> go.Figure:
    """Draw charts of curves, one above the other, with the title and the legend of the first."""
    if len(charts) == 1:
        return draw(charts[0])
    figure = make_subplots(rows=len(charts), cols=1, shared_xaxes=True, vertical_spacing=0.05)
    first, last = charts[0], len(charts)
    figure.update_layout(
        title={"text": first.title + _states(first)},
        template="plotly_white",
        hovermode="closest",
        height=150 + _PANEL_HEIGHT * last,
    )
    figure.update_xaxes(title_text=charts[-1].x_label, row=last, col=1)
    for row, chart in enumerate(charts, 1):
        figure.update_yaxes(title_text=chart.y_label, row=row, col=1)
        for series in chart.series:
            _draw_series(figure, series, 7, row=row, col=1)
    _label_whole_numbers(figure, charts)
    return figure


def _draw_series(figure: go.Figure, series: Series, size: int, **panel: int) -> None:
    deviations = series.deviations
    dash = _DASHES[series.variant % len(_DASHES)]
    symbol = _MARKERS[series.variant % len(_MARKERS)]
    look: dict[str, Any]
    if series.form == "points":
        look = {
            "mode": "markers",
            "marker": {"color": series.colour, "opacity": 0.7, "size": size, "symbol": symbol},
        }
        if deviations is not None:
            look["error_y"] = {"array": deviations, "thickness": 1, "width": 2}
    elif series.form == "hollow points":
        look = {
            "mode": "markers",
            "marker": {"color": series.colour, "size": size, "symbol": f"{symbol}-open"},
        }
    elif series.form == "crosses":
        look = {
            "mode": "markers",
            "marker": {"color": series.colour, "size": size, "symbol": "x-thin-open"},
        }
    elif series.form == "ticks":
        look = {
            "mode": "markers",
            "yaxis": "y2",
            "hoverinfo": "x+name",
            "marker": {"color": series.colour, "size": 8, "symbol": "line-ns-open"},
        }
        figure.update_layout(
            yaxis2={"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True}
        )
    elif series.form == "steps":
        look = {
            "mode": "lines",
            "line": {"color": series.colour, "shape": "hv", "dash": dash},
        }
    else:
        look = {
            "mode": "lines+markers",
            "opacity": 0.7,
            "line": {"color": series.colour, "width": 1},
            "marker": {"size": 3 if len(series.x) > 1 else 6},
        }
    # A legend shows the names of traces, so one that says something else is left to the title.
    look["showlegend"] = series.legend is not None and series.form != "curve"
    if any(series.notes):
        notes = [_wrapped(note) for note in series.notes]
        look["text"] = notes if len(notes) > 1 or len(series.x) == 1 else notes[0]
    figure.add_scatter(x=series.x, y=series.y, name=series.name, **look, **panel)
    if series.form == "steps" and deviations is not None:
        for bound, fill in ((series.y + deviations, None), (series.y - deviations, "tonexty")):
            figure.add_scatter(
                x=series.x, y=bound, mode="lines", showlegend=False, hoverinfo="skip",
                line={"color": series.colour, "width": 0, "shape": "hv"},
                fill=fill, fillcolor=_transparent(series.colour),
            )  # fmt: skip


def _states(chart: Chart) -> str:
    entries = [
        f'<span style="color:{series.colour}">■ {series.legend}</span>'
        for series in chart.series
        if series.form == "curve" and series.legend is not None
    ]
    return f"<br><sup>{'   '.join(entries)}</sup>" if entries else ""


def _wrapped(note: str) -> str:
    return "<br>".join(map(html.escape, textwrap.wrap(note, _NOTE_WIDTH)))


def _label_whole_numbers(figure: go.Figure, charts: Sequence[Chart]) -> None:
    numbers = [
        number for chart in charts for series in chart.series for number in series.x[[0, -1]]
    ]
    if numbers and max(numbers) - min(numbers) < _FEW_NUMBERS:
        figure.update_xaxes(dtick=1)


def _transparent(colour: str) -> str:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, 0.2)"
