from __future__ import annotations

import math
from typing import Any

import pytest

from tunesmith.pruners import BasePruner, PatientPruner
from tunesmith.records import FrozenTrial, TrialState

from ..recorded_studies import RecordedStudy, recorded

NAN, INF = math.nan, math.inf


class Fixed(BasePruner):
    """Always gives the same answer, and counts how often it was asked."""

    def __init__(self, answer: bool) -> None:
        self.answer = answer
        self.n_asked = 0

    def prune(self, study: Any, trial: FrozenTrial) -> bool:
        self.n_asked += 1
        return self.answer


def answers(pruner: PatientPruner, values: list[float], direction: str = "minimize") -> str:
    study = RecordedStudy(direction)
    result = ""
    for n in range(1, len(values) + 1):
        trial = recorded(0, dict(enumerate(values[:n])), TrialState.RUNNING)
        result += "x" if pruner.prune(study, trial) else "."  # type: ignore[arg-type]
    return result


@pytest.mark.parametrize(
    ("values", "patience", "min_delta", "expected"),
    [
        ([6, 5, 4, 3, 2, 1], 0, 0.0, "......"),
        ([1, 1, 1, 1, 1, 1], 0, 0.0, "......"),  # as good as before is good enough
        ([1, 2, 3, 4, 5, 6], 0, 0.0, ".xxxxx"),
        ([1, 2, 3, 4, 5, 6], 3, 0.0, "....xx"),
        ([1, 2, 3, 4, 5, 6], 1, 1.0, "...xxx"),
        ([3, 1, 2, 2, 1, 0], 1, 0.0, "...x.."),
        ([NAN] * 4, 0, 0.0, "...."),
        ([1, NAN, NAN, NAN], 0, 0.0, "...."),
        ([1, NAN, 2, NAN], 1, 0.0, "..xx"),
        ([INF, 1, 1, INF, INF], 1, 0.0, "....x"),
    ],
)
def test_falling_behind_its_own_best(
    values: list[float], patience: int, min_delta: float, expected: str
) -> None:
    pruner = PatientPruner(None, patience, min_delta)
    assert answers(pruner, values) == expected
    assert answers(pruner, [-value for value in values], "maximize") == expected


def test_wrapped_pruner_decides_but_only_then() -> None:
    no, yes = Fixed(answer=False), Fixed(answer=True)
    assert answers(PatientPruner(no, 1), [1, 2, 3, 4]) == "...."
    assert answers(PatientPruner(yes, 1), [1, 2, 3, 4]) == "..xx"
    assert no.n_asked == yes.n_asked == 2


def test_values_go_by_step() -> None:
    trial = recorded(0, {5: 1.0, 3: 0.0, 7: 2.0}, TrialState.RUNNING)
    assert PatientPruner(None, 1).prune(RecordedStudy(), trial)  # type: ignore[arg-type]


def test_no_reports_no_pruning() -> None:
    trial = recorded(0, {}, TrialState.RUNNING)
    assert not PatientPruner(None, 0).prune(RecordedStudy(), trial)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-1,), "patience must be at least 0, got patience=-1"),
        ((1, -0.5), r"min_delta must be at least 0, got min_delta=-0\.5"),
    ],
)
def test_bad_arguments_are_named(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PatientPruner(None, *arguments)
