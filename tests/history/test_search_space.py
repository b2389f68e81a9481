from __future__ import annotations

import pytest

from tunesmith.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from tunesmith.history import SearchSpaceTracker
from tunesmith.records import TrialState

from ..recorded_studies import recorded

COMPLETE, PRUNED, FAIL = TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL
X = FloatDistribution(0.0, 1.0)
WIDE_X = FloatDistribution(0.0, 2.0)
N = IntDistribution(1, 4)
C = CategoricalDistribution(["a", "b"])
_VALUES = {"x": 0.5, "n": 2, "c": "a"}

Space = dict[str, BaseDistribution]


def tracker_of(*trials: tuple[TrialState, Space]) -> SearchSpaceTracker:
    tracker = SearchSpaceTracker()
    for number, (state, space) in enumerate(trials):
        params = {name: _VALUES[name] for name in space}
        tracker.add(recorded(number, {}, state, params=params, distributions=space))
    return tracker


def test_no_trials_no_parameters() -> None:
    tracker = SearchSpaceTracker()
    assert tracker.intersection() == tracker.intersection(include_pruned=True) == {}
    assert tracker.groups() == []


def test_intersection_is_sorted_by_name() -> None:
    assert list(tracker_of((COMPLETE, {"x": X, "c": C, "n": N})).intersection()) == ["c", "n", "x"]


def test_intersection_leaves_out_what_a_trial_lacks() -> None:
    tracker = tracker_of((COMPLETE, {"x": X, "n": N}), (COMPLETE, {"x": X, "c": C}))
    assert tracker.intersection() == {"x": X}


def test_intersection_leaves_out_what_has_another_range() -> None:
    tracker = tracker_of((COMPLETE, {"x": X, "n": N}), (COMPLETE, {"x": WIDE_X, "n": N}))
    assert tracker.intersection() == {"n": N}


def test_equal_ranges_need_not_be_the_same_object() -> None:
    tracker = tracker_of((COMPLETE, {"x": X}), (COMPLETE, {"x": FloatDistribution(0.0, 1.0)}))
    assert tracker.intersection() == {"x": X}


def test_what_has_left_the_intersection_does_not_return() -> None:
    tracker = tracker_of((COMPLETE, {"x": X}), (COMPLETE, {"n": N}), (COMPLETE, {"x": X}))
    assert tracker.intersection() == {}


@pytest.mark.parametrize(("include_pruned", "expected"), [(False, {"x": X, "n": N}), (True, {})])
def test_pruned_trials_count_on_request(include_pruned: bool, expected: Space) -> None:
    tracker = tracker_of((COMPLETE, {"x": X, "n": N}), (PRUNED, {}))
    assert tracker.intersection(include_pruned=include_pruned) == expected


def test_failed_trials_do_not_count() -> None:
    tracker = tracker_of((FAIL, {"c": C}), (COMPLETE, {"x": X}), (FAIL, {}))
    assert tracker.intersection(include_pruned=True) == {"x": X}
    assert tracker.parameter_sets == {frozenset({"x"}): 1}
    assert tracker.groups() == [{"x": X}]


def test_result_is_the_callers_own() -> None:
    tracker = tracker_of((COMPLETE, {"x": X}))
    tracker.intersection().clear()
    assert tracker.intersection() == {"x": X}


def test_parameter_sets_are_counted() -> None:
    tracker = tracker_of(
        (COMPLETE, {"x": X, "n": N}), (PRUNED, {"n": N, "x": X}), (COMPLETE, {"x": X})
    )
    assert tracker.parameter_sets == {frozenset({"x", "n"}): 2, frozenset({"x"}): 1}


def test_groups_hold_what_always_appears_together() -> None:
    tracker = tracker_of((COMPLETE, {"x": X, "n": N}), (COMPLETE, {"x": X, "c": C}))
    groups = sorted(tracker.groups(), key=min)
    assert groups == [{"c": C}, {"n": N}, {"x": X}]
    assert tracker_of((COMPLETE, {"x": X, "n": N})).groups() == [{"n": N, "x": X}]


def test_groups_have_the_latest_range() -> None:
    tracker = tracker_of((COMPLETE, {"x": X}), (COMPLETE, {"x": WIDE_X}))
    assert tracker.groups() == [{"x": WIDE_X}]
