"""The chart of learning curves."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..records import TrialState
from ..study import Study
from . import style
from .chart import Chart, Series

_SHOWN = (TrialState.COMPLETE, TrialState.RUNNING, TrialState.PRUNED)
_COLOURS = {
    TrialState.COMPLETE: style.BLUE,
    TrialState.RUNNING: style.GREEN,
    TrialState.PRUNED: style.VERMILION,
}


@dataclasses.dataclass(frozen=True)
class LearningCurve:
    """What one trial reported.

    Attributes
    ----------
    number : int
        Number of the trial.
    state : TrialState
        State of the trial.
    steps, values : ndarray of shape (n_reports,)
        Ascending steps and the values there.
    """

    number: int
    state: TrialState
    steps: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]


def learning_curves(study: Study) -> list[LearningCurve]:
    """Return the curve of each complete, running or pruned trial that has reported something.

    Parameters
    ----------
    study : Study
        The study.

    Returns
    -------
    list of LearningCurve
        By number.

    Raises
    ------
    TypeError
        If `study` is not a study.
    """
    if not isinstance(study, Study):
        raise TypeError(f"One study is needed, got {study!r}.")
    curves = []
    for trial in study.get_trials(deepcopy=False, states=_SHOWN):
        if trial.intermediate_values:
            reports = sorted(trial.intermediate_values.items())
            steps, values = zip(*reports, strict=True)
            curves.append(
                LearningCurve(
                    trial.number,
                    trial.state,
                    np.array(steps, dtype=np.int64),
                    np.array(values, dtype=np.float64),
                )
            )
    return curves


def intermediate_values_chart(curves: Sequence[LearningCurve]) -> Chart:
    """Return the chart of learning curves, each in the colour of its trial's state.

    Parameters
    ----------
    curves : sequence of LearningCurve
        One per trial.
    """
    # Pruned curves end early and would vanish under the others, so they come last.
    series: list[Series] = []
    for state in _SHOWN:
        for position, curve in enumerate(c for c in curves if c.state is state):
            series.append(
                Series(
                    f"Trial{curve.number}", "curve", curve.steps, curve.values, _COLOURS[state],
                    legend=state.name.capitalize() if position == 0 else None,
                )
            )  # fmt: skip
    return Chart(
        title="Intermediate Values",
        x_label="Step",
        y_label="Intermediate Value",
        series=series,
        remark=None if series else "No trial has reported anything.",
    )
