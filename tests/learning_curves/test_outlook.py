"""The chance of a running trial to end better than all that have ended."""

from __future__ import annotations

import numpy as np
import pytest

import tunesmith
from tunesmith.learning_curves import Outlook
from tunesmith.learning_curves.final_value import Prediction
from tunesmith.learning_curves.outlook import chance_to_be_undominated


@pytest.mark.parametrize("n_objectives", [1, 2, 3])
def test_the_chance_is_that_of_drawing_it(n_objectives: int) -> None:
    draw = np.random.default_rng(n_objectives)
    front = draw.normal(size=(5, n_objectives))
    predictions = [
        Prediction(draw.normal(size=1), draw.uniform(0.5, 1.5, size=1), 4.0)
        for _ in range(n_objectives)
    ]
    points = np.column_stack(
        [one.mean + one.spread * draw.standard_t(4.0, size=100_000) for one in predictions]
    )
    is_dominated = (front[:, None] <= points).all(axis=2).any(axis=0)
    chance = chance_to_be_undominated(predictions, front)
    assert chance == pytest.approx(1 - is_dominated.mean(), abs=0.01)


def test_who_has_left_the_range_in_one_objective_only_has_not_left_it() -> None:
    study = tunesmith.create_study(directions=["minimize", "maximize"])
    for number in range(4):
        trial = study.ask()
        trial.report([number, number], 0)
        trial.report([number + 1, number - 1], 1)
        study.tell(trial, [number, number])
    outlook = Outlook.of(study.history, (0, 1))
    assert outlook.ranges_left(np.array([45.0, 42.0])) == ((0.0, 4.0), (-3.0, 1.0))
    assert outlook.ranges_left(np.array([100.0, 0.0])) is None
    assert outlook.ranges_left(np.array([0.0, 100.0])) is None
    assert outlook.ranges_left(np.array([44.0, 42.0])) is None  # just not far enough
