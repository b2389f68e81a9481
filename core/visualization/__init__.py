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
        Whether to show the mean and the standard deviation over the studies at each trial number
        rather than each study.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    ValueError
        If a study has several objectives and there is no `target`.
    ImportError
        If plotly is not installed.
    """
    from . import plotly_renderer
    from .optimization_history import optimization_history

    return plotly_renderer.draw_optimization_history(
        optimization_history(study, target), target_name, error_bar
    )


def plot_intermediate_values(study: Study) -> go.Figure:
    """Plot what each trial reported, step by step.

    Parameters
    ----------
    study : Study
        The study.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    ImportError
        If plotly is not installed.
    """
    from . import plotly_renderer
    from .intermediate_values import learning_curves

    return plotly_renderer.draw_intermediate_values(learning_curves(study))


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module {__name__!r} has no plot {name!r}; it has {', '.join(__all__)}")
