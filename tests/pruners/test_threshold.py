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
