"""Plots of studies with plotly; :mod:`tunesmith.visualization.matplotlib` has the same ones.

One function computes what a plot shows, the two renderers only draw it.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from . import matplotlib

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from ..study import Study
    from .optimization_history import Target

__all__ = [
    "is_available",
    "matplotlib",
    "plot_intermediate_values",
    "plot_optimization_history",
]


def is_available() -> bool:
    """Return whether plotly is installed."""
    return importlib.util.find_spec("plotly") is not None


def plot_optimization_history(
    study: Study | Sequence[Study],
    *,
    target: Target | None = None,
    target_name: str = "Objective Value",
    error_bar: bool = False,
) -> go.Figure:
    """Plot the value of each trial, and the best value so far.

    Of one study the pruned trials (at their value, that of a report), the infeasible and the failed
    ones are shown too; the mouse on a pruned one shows why it was pruned. Trials that violate a constraint are never the best.

    Parameters
    ----------
    study : Study or sequence of Study
        Studies to show in one plot.
    target : callable, optional
        Takes a complete trial, returns the number to show; default its value. Needed for studies
        of several objectives.
    target_name : str, default "Objective Value"
        Label of that number.
    error_bar : bool, default False
        Whether to show the mean and the standard deviation over several studies at each trial
        number rather than each study. Infeasible trials do not count.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    TypeError
        If `study` is neither a study nor several.
    ValueError
        If a study has several objectives and there is no `target`, or if `target` returns
        something that is not a number.
    ImportError
        If plotly is not installed.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study()
    >>> for loss in (3.0, 1.0, 2.0):
    ...     study.add_trial(tunesmith.create_trial(value=loss))
    >>> figure = plot_optimization_history(study, target_name="loss")
    >>> [(trace.name, trace.y.tolist()) for trace in figure.data]
    [('loss', [3.0, 1.0, 2.0]), ('Best Value', [3.0, 1.0, 1.0])]
    """
    from . import plotly_renderer
    from .history_chart import history_chart
    from .optimization_history import optimization_history

    histories = optimization_history(study, target)
    return plotly_renderer.draw(history_chart(histories, target_name, error_bar))


def plot_intermediate_values(study: Study, *, objective: str | int | None = None) -> go.Figure:
    """Plot what each complete, running or pruned trial reported, step by step.

    The mouse on a pruned trial's curve shows why it was pruned.

    Parameters
    ----------
    study : Study
        The study.
    objective : str or int, optional
        Name (see ``Study.set_metric_names``) or index of the objective to show, of several.
        Default: each in a panel of its own.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    TypeError
        If `study` is not a study, or `objective` is neither a name nor an index.
    ValueError
        If there is no such objective.
    ImportError
        If plotly is not installed.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study()
    >>> study.add_trial(tunesmith.create_trial(value=0.5, intermediate_values={0: 0.9, 1: 0.5}))
    >>> plot_intermediate_values(study).data[0].y.tolist()
    [0.9, 0.5]
    """
    from . import plotly_renderer
    from .intermediate_values import intermediate_values_charts, learning_curves

    charts = intermediate_values_charts(learning_curves(study, objective))
    return plotly_renderer.draw_panels(charts)


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module {__name__!r} has no plot {name!r}; it has {', '.join(__all__)}")
