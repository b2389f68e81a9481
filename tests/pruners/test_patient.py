from __future__ import annotations

import math
from typing import Any

import pytest

from tunesmith.pruners import BasePruner, MedianPruner, PatientPruner
from tunesmith.records import FrozenTrial, PruneReason, TrialState

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


def test_why_names_the_wrapped_pruner_and_its_figures() -> None:
    study = RecordedStudy()
    study.put(recorded(0, dict.fromkeys(range(4), 0.0)))
    trial = recorded(1, {0: 1.0, 1: 2.0}, TrialState.RUNNING)
    study.put(trial)
    pruner = PatientPruner(MedianPruner(1), 0, min_delta=0.5)
    assert pruner.prune(study, trial)  # type: ignore[arg-type]
    reason = pruner.reason(study, trial)  # type: ignore[arg-type]
    assert str(reason).startswith(
        "PatientPruner at step 1: its last value is worse than the best before them, and "
        "MedianPruner: its best value so far, 1, is worse than 0"
    )
    assert reason is not None
    assert reason.compared.items() >= {"threshold": 0.0, "patience": 0, "min_delta": 0.5}.items()


@pytest.mark.parametrize(
    ("wrapped", "needs"),
    [(None, False), (MedianPruner(), False), (Fixed(answer=True), True), (object(), True),
     (PatientPruner(Fixed(answer=True), 1), True), (PatientPruner(MedianPruner(), 1), False)],
)  # fmt: skip
def test_the_stored_record_is_for_pruners_of_the_users_own(wrapped: Any, needs: bool) -> None:
    assert PatientPruner(wrapped, 1).needs_stored_record is needs


def test_values_go_by_step() -> None:
    trial = recorded(0, {5: 1.0, 3: 0.0, 7: 2.0}, TrialState.RUNNING)
    assert PatientPruner(None, 1).prune(RecordedStudy(), trial)  # type: ignore[arg-type]


def test_no_reports_no_pruning() -> None:
    trial = recorded(0, {}, TrialState.RUNNING)
    assert not PatientPruner(None, 0).prune(RecordedStudy(), trial)  # type: ignore[arg-type]


def answers_to_vectors(
    pruner: PatientPruner, vectors: list[tuple[float, ...]], *directions: str
) -> str:
    study = RecordedStudy(*directions, metric_names=["loss", "size"])
    result = ""
    for n in range(1, len(vectors) + 1):
        trial = recorded(0, dict(enumerate(vectors[:n])), TrialState.RUNNING)
        result += "x" if pruner.prune(study, trial) else "."  # type: ignore[arg-type]
    return result


class TestSeveralObjectives:
    @pytest.mark.parametrize(
        ("vectors", "patience", "min_delta", "expected"),
        [
            ([(3, 3), (2, 2), (1, 1)], 0, 0.0, "..."),
            ([(1, 1), (2, 2), (3, 3)], 0, 0.0, ".xx"),
            ([(1, 1), (1, 1), (1, 1)], 0, 0.0, "..."),  # as good as before is good enough
            ([(1, 1), (2, 0), (0, 2)], 0, 0.0, "..."),  # each better in one of them
            ([(1, 1), (1, 2), (2, 1), (2, 2)], 1, 0.0, "..xx"),
            ([(1, 5), (5, 1), (2, 6), (6, 2)], 1, 0.0, "...x"),  # by another one each
            ([(1, 1), (2, 2), (0, 3), (4, 4)], 1, 0.0, "...."),
            ([(1, 1), (2, 2), (1.5, 9)], 0, 1.0, "..x"),
            ([(1, NAN), (2, 2), (NAN, 3), (3, 3)], 0, 0.0, "...x"),
            ([(NAN, NAN)] * 3, 0, 0.0, "..."),
            ([(0, 0), (INF, 0), (INF, INF)], 0, 0.0, ".xx"),
        ],
    )
    def test_dominated_by_its_own_past(
        self,
        vectors: list[tuple[float, ...]],
        patience: int,
        min_delta: float,
        expected: str,
    ) -> None:
        pruner = PatientPruner(None, patience, min_delta)
        assert answers_to_vectors(pruner, vectors, "minimize", "minimize") == expected
        mixed = [(-first, second) for first, second in vectors]
        assert answers_to_vectors(pruner, mixed, "maximize", "minimize") == expected

    @pytest.mark.parametrize("objective", ["size", 1])
    def test_one_of_them_alone(self, objective: str | int) -> None:
        vectors = [(3, 1), (2, 2), (1, 3), (0, 0), (NAN, 1)]
        pruner = PatientPruner(None, 0, objective=objective)
        assert answers_to_vectors(pruner, vectors, "minimize", "minimize") == ".xx.x"
        assert answers_to_vectors(pruner, vectors, "minimize", "maximize") == "...xx"

    @pytest.mark.parametrize(
        ("objective", "value", "how"),
        [(None, (3.0, 9.0), "dominated by some before them"),
         ("size", 9.0, "worse than the best before them")],
    )  # fmt: skip
    def test_why(self, objective: str | None, value: Any, how: str) -> None:
        study = RecordedStudy("minimize", "minimize", metric_names=["loss", "size"])
        trial = recorded(0, {0: (1.0, 1.0), 1: (2.0, 8.0), 2: (3.0, 9.0)}, TrialState.RUNNING)
        pruner = PatientPruner(None, 1, objective=objective)
        assert pruner.prune(study, trial)  # type: ignore[arg-type]
        assert pruner.reason(study, trial) == PruneReason(  # type: ignore[arg-type]
            "PatientPruner", 2, value, f"its last 2 values are {how}",
            {"patience": 1, "min_delta": 0.0},
        )  # fmt: skip

    def test_wrapped_pruner_decides_but_only_then(self) -> None:
        yes = Fixed(answer=True)
        vectors = [(1, 1), (2, 0), (3, 3)]
        assert answers_to_vectors(PatientPruner(yes, 0), vectors, "minimize", "minimize") == "..x"
        assert yes.n_asked == 1


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
