"""The plots of :mod:`tunesmith.visualization`, drawn with matplotlib."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...study import Study
    from ..optimization_history import Target

__all__ = ["is_available", "plot_intermediate_values", "plot_optimization_history"]


def is_available() -> bool:
    """Return whether matplotlib is installed."""
    return importlib.util.find_spec("matplotlib") is not None


def plot_optimization_history(
    study: Study | Sequence[Study],
    *,
    target: Target | None = None,
    target_name: str = "Objective Value",
    error_bar: bool = False,
) -> Axes:
    """Plot the value of each trial, and the best value so far.

    Parameters
    ----------
    study, target, target_name, error_bar
        As for :func:`tunesmith.visualization.plot_optimization_history`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If a study has several objectives and there is no `target`.
    ImportError
        If matplotlib is not installed.
    """
    from ..optimization_history import optimization_history
    from .renderer import draw_optimization_history

    return draw_optimization_history(optimization_history(study, target), target_name, error_bar)


def plot_intermediate_values(study: Study) -> Axes:
    """Plot what each trial reported, step by step.

    Parameters
    ----------
    study : Study
        The study.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    from ..intermediate_values import learning_curves
    from .renderer import draw_intermediate_values

    return draw_intermediate_values(learning_curves(study))
