from __future__ import annotations

import math
from typing import Any

import pytest

from tunesmith.pruners import MedianPruner, PercentilePruner
from tunesmith.records import TrialState

from ..recorded_studies import RecordedStudy, recorded

RUNNING, COMPLETE = TrialState.RUNNING, TrialState.COMPLETE
PRUNED, FAIL = TrialState.PRUNED, TrialState.FAIL
NAN, INF = math.nan, math.inf


def answer(
    pruner: PercentilePruner,
    own: dict[int, float],
    *others: dict[int, float] | tuple[TrialState, dict[int, float]],
    direction: str = "minimize",
) -> bool:
    study = RecordedStudy(direction)
    for number, other in enumerate(others):
        state, reports = other if isinstance(other, tuple) else (COMPLETE, other)
        study.put(recorded(number, reports, state))
    trial = recorded(len(others), own, RUNNING)
    study.put(trial)
    return pruner.prune(study, trial)  # type: ignore[arg-type]  # all that it reads is there


def median(**arguments: Any) -> MedianPruner:
    return MedianPruner(**{"n_startup_trials": 0, **arguments})


@pytest.mark.parametrize(
    ("direction", "own", "expected"),
    [
        ("minimize", 2.1, True),
        ("minimize", 2.0, False),
        ("minimize", 1.9, False),
        ("maximize", 1.9, True),
        ("maximize", 2.0, False),
        ("maximize", 2.1, False),
    ],
)
def test_worse_than_the_median_is_pruned(direction: str, own: float, expected: bool) -> None:
    others = [{0: 1.0}, {0: 2.0}, {0: 9.0}]
    assert answer(median(), {0: own}, *others, direction=direction) is expected


@pytest.mark.parametrize(
    ("direction", "kept", "pruned"), [("minimize", 1.75, 1.76), ("maximize", 3.25, 3.24)]
)
def test_percentile_is_the_share_that_goes_on(direction: str, kept: float, pruned: float) -> None:
    others = [{0: float(value)} for value in (1, 2, 3, 4)]
    pruner = PercentilePruner(25, n_startup_trials=0)
    assert not answer(pruner, {0: kept}, *others, direction=direction)
    assert answer(pruner, {0: pruned}, *others, direction=direction)


def test_best_so_far_counts_not_the_latest() -> None:
    others = [{0: 3.0, 1: 2.0}]
    assert not answer(median(), {0: 1.0, 1: 9.0}, *others)
    assert answer(median(), {0: 9.0, 1: 3.0}, *others)


def test_others_are_compared_at_the_same_step() -> None:
    assert not answer(median(), {0: 5.0}, {0: 6.0, 1: 0.0})
    assert answer(median(), {0: 5.0, 1: 5.0}, {0: 6.0, 1: 0.0})


def test_step_is_the_largest_whatever_was_reported_last() -> None:
    assert answer(median(), {7: 1.0, 5: 1.0}, {5: 10.0, 7: 0.0})


class TestWhoCounts:
    @pytest.mark.parametrize("state", [PRUNED, FAIL, RUNNING])
    def test_only_complete_trials(self, state: TrialState) -> None:
        assert not answer(median(), {0: 5.0}, (state, {0: 1.0}))
        assert not answer(median(), {0: 5.0}, {0: 6.0}, (state, {0: 1.0}), (state, {0: 1.0}))

    def test_none_at_all(self) -> None:
        assert not answer(median(), {0: 5.0})
        assert not answer(median(), {0: NAN})

    def test_nobody_at_this_step(self) -> None:
        assert not answer(median(), {1: 5.0}, {0: 1.0}, {2: 1.0})


class TestStart:
    def test_startup_trials_need_not_have_reports(self) -> None:
        pruner = median(n_startup_trials=2)
        assert not answer(pruner, {0: 5.0}, {0: 1.0})
        assert answer(pruner, {0: 5.0}, {0: 1.0}, {})

    def test_startup_trials_must_be_complete(self) -> None:
        assert not answer(median(n_startup_trials=2), {0: 5.0}, {0: 1.0}, (PRUNED, {0: 1.0}))

    def test_no_reports_no_pruning(self) -> None:
        assert not answer(median(), {}, {0: 1.0})

    def test_warm_up_is_over_at_its_step(self) -> None:
        others = [dict.fromkeys(range(5), 0.0)]
        reports = [dict.fromkeys(range(n), 1.0) for n in range(1, 6)]
        answers = [answer(median(n_warmup_steps=3), own, *others) for own in reports]
        assert answers == [False, False, False, True, True]

    def test_looks_once_per_interval(self) -> None:
        others = [dict.fromkeys(range(7), 0.0)]
        reports = [dict.fromkeys(range(n), 1.0) for n in range(1, 8)]
        pruner = median(n_warmup_steps=1, interval_steps=3)
        answers = [answer(pruner, own, *others) for own in reports]
        assert answers == [False, True, False, False, True, False, False]

    def test_minimum_of_trials_is_per_step(self) -> None:
        pruner = median(n_min_trials=2)
        assert not answer(pruner, {0: 5.0}, {0: 1.0}, {1: 1.0})
        assert answer(pruner, {0: 5.0}, {0: 1.0}, {0: 2.0})


class TestNaN:
    def test_nothing_but_nan_is_pruned(self) -> None:
        assert answer(median(), {0: NAN, 1: NAN}, {0: 1.0})

    def test_nothing_but_nan_is_pruned_where_nobody_reported(self) -> None:
        assert answer(median(n_min_trials=3), {9: NAN}, {0: 1.0})

    @pytest.mark.parametrize("own", [{0: NAN, 1: 0.5}, {0: 0.5, 1: NAN}])
    def test_own_nan_is_passed_over(self, own: dict[int, float]) -> None:
        assert not answer(median(), own, {1: 1.0})

    def test_nan_of_others_is_passed_over(self) -> None:
        assert answer(median(), {0: 1.5}, {0: NAN}, {0: 1.0})
        assert not answer(median(), {0: 0.5}, {0: NAN}, {0: 1.0})

    def test_others_that_are_all_nan_prune_nobody(self) -> None:
        assert not answer(median(), {0: 1.5}, {0: NAN}, {0: NAN})

    def test_nan_counts_for_the_minimum_of_trials(self) -> None:
        assert answer(median(n_min_trials=2), {0: 1.5}, {0: NAN}, {0: 1.0})


class TestInfinity:
    def test_own_infinity_is_the_worst(self) -> None:
        assert answer(median(), {0: INF}, {0: 1.0})
        assert answer(median(), {0: -INF}, {0: 1.0}, direction="maximize")

    def test_far_from_the_percentile_it_does_no_harm(self) -> None:
        others = [{0: value} for value in (1.0, 2.0, 3.0, INF, INF)]
        assert answer(PercentilePruner(25, 0), {0: 2.5}, *others)

    def test_next_to_the_percentile_it_keeps_everybody(self) -> None:
        assert not answer(median(), {0: 1e9}, {0: 1.0}, {0: 2.0}, {0: INF})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"percentile": -1}, "percentile must be between 0 and 100, got percentile=-1"),
        ({"percentile": 100.5}, "Use percentile=50 for the median"),
        ({"percentile": NAN}, "got percentile=nan"),
        ({"n_startup_trials": -1}, "n_startup_trials must be at least 0"),
        ({"n_warmup_steps": -1}, "n_warmup_steps must be at least 0"),
        ({"interval_steps": 0}, "interval_steps must be at least 1"),
        ({"n_min_trials": 0}, "n_min_trials must be at least 1"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PercentilePruner(**{"percentile": 50, **arguments})
    if "percentile" not in arguments:
        with pytest.raises(ValueError, match=message):
            MedianPruner(**arguments)
