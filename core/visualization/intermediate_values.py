"""The chart of learning curves."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..history.objective_names import ObjectiveNames, check_objective
from ..records import FrozenTrial, PruneReason, TrialState
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
    """What one trial reported of one objective.

    Attributes
    ----------
    number : int
        Number of the trial.
    state : TrialState
        State of the trial.
    steps, values : ndarray of shape (n_reports,)
        Ascending steps and the values there.
    prune_reason : PruneReason or None
        Why the trial was pruned, if it was and that is known.
    """

    number: int
    state: TrialState
    steps: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    prune_reason: PruneReason | None = None


@dataclasses.dataclass(frozen=True)
class ObjectiveCurves:
    """The curves of one objective.

    Attributes
    ----------
    objective : str or None
        What it is called; None for the only one, if it has no name.
    curves : list of LearningCurve
        By number of the trial.
    """

    objective: str | None
    curves: list[LearningCurve]


def learning_curves(study: Study, objective: str | int | None = None) -> list[ObjectiveCurves]:
    """Return the curve of each complete, running or pruned trial that has reported something.

    Parameters
    ----------
    study : Study
        The study.
    objective : str or int, optional
        Name or index of the objective to show; default each of them.

    Returns
    -------
    list of ObjectiveCurves
        One per objective.

    Raises
    ------
    TypeError
        If `study` is not a study, or `objective` is neither a name nor an index.
    ValueError
        If there is no such objective.
    """
    if not isinstance(study, Study):
        raise TypeError(f"One study is needed, got {study!r}.")
    check_objective(objective)
    names, n_objectives = study.metric_names, len(study.directions)
    shown: Sequence[int] = range(n_objectives)
    if objective is not None:
        shown = [ObjectiveNames(n_objectives, lambda: names).index_of(objective)]
    trials = study.get_trials(deepcopy=False, states=_SHOWN)
    return [
        ObjectiveCurves(
            names[k] if names else f"objective {k}" if n_objectives > 1 else None,
            [curve for trial in trials if (curve := _curve_of(trial, k)) is not None],
        )
        for k in shown
    ]


def _curve_of(trial: FrozenTrial, objective: int) -> LearningCurve | None:
    reports = trial.intermediate_values or {
        step: vector[objective] for step, vector in trial.intermediate_vectors.items()
    }
    if not reports:
        return None
    steps, values = zip(*sorted(reports.items()), strict=True)
    return LearningCurve(
        trial.number,
        trial.state,
        np.array(steps, dtype=np.int64),
        np.array(values, dtype=np.float64),
        trial.prune_reason if trial.state is TrialState.PRUNED else None,
    )


def intermediate_values_charts(objectives: Sequence[ObjectiveCurves]) -> list[Chart]:
    """Return the chart of each objective's curves, each in the colour of its trial's state.

    A single one if there are no curves.
    """
    if not any(one.curves for one in objectives):
        return [_chart_of([], None)]
    return [_chart_of(one.curves, one.objective) for one in objectives]


def _chart_of(curves: Sequence[LearningCurve], objective: str | None) -> Chart:
    # Pruned curves end early and would vanish under the others, so they come last.
    series: list[Series] = []
    for state in _SHOWN:
        alike = [curve for curve in curves if curve.state is state]
        for position, curve in enumerate(alike):
            reason = curve.prune_reason
            series.append(
                Series(
                    f"Trial{curve.number}", "curve", curve.steps, curve.values, _COLOURS[state],
                    legend=_legend(state, alike) if position == 0 else None,
                    notes=() if reason is None else (f"Pruned by {reason}",),
                )
            )  # fmt: skip
    return Chart(
        title="Intermediate Values",
        x_label="Step",
        y_label="Intermediate Value" + (f" of {objective}" if objective is not None else ""),
        series=series,
        remark=None if series else "No trial has reported anything.",
    )


def _legend(state: TrialState, curves: Sequence[LearningCurve]) -> str:
    pruners = {curve.prune_reason.pruner for curve in curves if curve.prune_reason is not None}
    return state.name.capitalize() + (f" by {' and '.join(sorted(pruners))}" if pruners else "")
