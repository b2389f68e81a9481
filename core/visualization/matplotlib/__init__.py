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
    TypeError, ValueError
        As for :func:`tunesmith.visualization.plot_optimization_history`.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> import matplotlib.pyplot as plt, tunesmith
    >>> study = tunesmith.create_study()
    >>> study.add_trial(tunesmith.create_trial(value=3.0))
    >>> axes = plot_optimization_history(study, target_name="loss")
    >>> axes.get_ylabel()
    'loss'
    >>> plt.close(axes.figure)
    """
    from ..history_chart import history_chart
    from ..optimization_history import optimization_history
    from .renderer import draw

    return draw(history_chart(optimization_history(study, target), target_name, error_bar))


def plot_intermediate_values(
    study: Study, *, objective: str | int | None = None
) -> Axes | Sequence[Axes]:
    """Plot what each complete, running or pruned trial reported, step by step.

    The legend says which pruner ended the pruned ones.

    Parameters
    ----------
    study, objective
        As for :func:`tunesmith.visualization.plot_intermediate_values`.

    Returns
    -------
    matplotlib.axes.Axes, or a sequence of them
        One for each objective that is shown, if these are several.

    Raises
    ------
    TypeError, ValueError
        As for :func:`tunesmith.visualization.plot_intermediate_values`.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> import matplotlib.pyplot as plt, tunesmith
    >>> study = tunesmith.create_study()
    >>> study.add_trial(tunesmith.create_trial(value=0.5, intermediate_values={0: 0.9, 1: 0.5}))
    >>> axes = plot_intermediate_values(study)
    >>> axes.lines[0].get_ydata().tolist()
    [0.9, 0.5]
    >>> plt.close(axes.figure)
    """
    from ..intermediate_values import intermediate_values_charts, learning_curves
    from .renderer import draw_panels

    return draw_panels(intermediate_values_charts(learning_curves(study, objective)))
