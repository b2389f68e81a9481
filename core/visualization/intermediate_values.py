"""What the plot of learning curves shows."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..records import TrialState

if TYPE_CHECKING:
    from ..study import Study


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
    """Return the curve of each trial that has reported something, by number.

    Parameters
    ----------
    study : Study
        The study.
    """
    curves = []
    for trial in study.get_trials(deepcopy=False):
        if trial.intermediate_values and trial.state is not TrialState.WAITING:
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
