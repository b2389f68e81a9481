from __future__ import annotations

import math
from typing import Any

import pytest

from tunesmith.pruners import ThresholdPruner
from tunesmith.records import TrialState

from ..recorded_studies import RecordedStudy, recorded

NAN, INF = math.nan, math.inf


def answer(pruner: ThresholdPruner, reports: dict[int, float]) -> bool:
    study = RecordedStudy()
    result = pruner.prune(study, recorded(0, reports, TrialState.RUNNING))  # type: ignore[arg-type]
    assert study.n_reads == 0
    return result


@pytest.mark.parametrize(
    ("value", "by_lower", "by_upper"),
    [
        (0.9, True, False),
        (1.0, False, False),
        (2.0, False, False),
        (2.1, False, True),
        (-INF, True, False),
        (INF, False, True),
        (NAN, True, True),
    ],
)
def test_outside_or_nan_is_pruned(value: float, by_lower: bool, by_upper: bool) -> None:
    assert answer(ThresholdPruner(lower=1.0), {0: value}) is by_lower
    assert answer(ThresholdPruner(upper=2.0), {0: value}) is by_upper
    assert answer(ThresholdPruner(1.0, 2.0), {0: value}) is (by_lower or by_upper)


def test_value_at_the_last_step_counts() -> None:
    assert not answer(ThresholdPruner(upper=1.0), {0: 5.0, 1: 0.0})
    assert answer(ThresholdPruner(upper=1.0), {3: 5.0, 1: 0.0})
    assert not answer(ThresholdPruner(upper=1.0), {})


def test_warm_up_and_interval() -> None:
    pruner = ThresholdPruner(upper=0.0, n_warmup_steps=1, interval_steps=2)
    reports = [dict.fromkeys(range(n), NAN) for n in range(1, 6)]
    assert [answer(pruner, own) for own in reports] == [False, True, False, True, False]


def why_vectors(pruner: ThresholdPruner, *vectors: tuple[float, ...]) -> str | None:
    study = RecordedStudy("minimize", "maximize", metric_names=["loss", "accuracy"])
    trial = recorded(0, dict(enumerate(vectors)), TrialState.RUNNING)
    is_pruned = pruner.prune(study, trial)  # type: ignore[arg-type]
    reason = pruner.why(study.history, trial)
    assert (reason is not None) is is_pruned
    return None if reason is None else str(reason).removeprefix("ThresholdPruner at step ")


class TestSeveralObjectives:
    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            ((1.0, 0.0), None),
            ((2.0, 0.0), "0: 2 is above 1."),
            ((1.0, 2.0), "0: 2 is above 1."),
            ((-2.0, 0.0), "0: -2 is below -1."),
            ((0.0, NAN), "0: a value is NaN."),
            ((0.0, -INF), "0: -inf is below -1."),
        ],
    )
    def test_a_number_bounds_each_of_them(
        self, value: tuple[float, float], reason: str | None
    ) -> None:
        assert why_vectors(ThresholdPruner(lower=-1.0, upper=1.0), value) == reason

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            ((1e9, 0.5), "0: 1e+09 is above 10."),
            ((10.0, 0.4), "0: 0.4 is below 0.5."),
            ((-1e9, 1e9), None),
        ],
    )
    def test_a_sequence_has_a_bound_for_each(
        self, value: tuple[float, float], reason: str | None
    ) -> None:
        assert why_vectors(ThresholdPruner([None, 0.5], [10.0, None]), value) == reason

    def test_one_of_them_alone(self) -> None:
        for objective in ("accuracy", 1):
            pruner = ThresholdPruner(lower=0.5, objective=objective)
            assert why_vectors(pruner, (-9.0, 0.5)) is None
            assert why_vectors(pruner, (9.0, 0.4)) == "0: 0.4 is below 0.5."
            assert why_vectors(pruner, (NAN, 0.5)) is None

    def test_the_value_at_the_last_step_counts(self) -> None:
        assert why_vectors(ThresholdPruner(upper=1.0), (5.0, 5.0), (0.0, 0.0)) is None

    def test_another_number_of_bounds_than_objectives(self) -> None:
        with pytest.raises(ValueError, match=r"one for each of 2 objectives, got lower=.*upper="):
            why_vectors(ThresholdPruner(upper=[1.0, 2.0, 3.0]), (0.0, 0.0))

    def test_one_objective_takes_one_bound(self) -> None:
        with pytest.raises(ValueError, match="With objective='loss' one bound is needed"):
            ThresholdPruner(upper=[1.0, 2.0], objective="loss")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, TypeError, "needs a bound: give lower=, upper= or both"),
        ({"lower": "high"}, TypeError, "lower must be a number, got lower='high'"),
        ({"upper": []}, TypeError, r"upper must be a number, got upper=\[\]"),
        ({"lower": 2, "upper": 1}, ValueError, "lower must not exceed upper, got lower=2, upper=1"),
        ({"lower": 2, "n_warmup_steps": -1}, ValueError, "n_warmup_steps must be at least 0"),
        ({"lower": 2, "interval_steps": 0}, ValueError, "interval_steps must be at least 1"),
    ],
)
def test_bad_arguments_are_named(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        ThresholdPruner(**arguments)
