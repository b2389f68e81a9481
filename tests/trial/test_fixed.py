"""Objectives called with parameters of the user's choice."""

from __future__ import annotations

import pytest

from tunesmith.trial import FixedTrial


def test_values_are_handed_out():
    trial = FixedTrial({"x": 0.5, "n": 3, "k": "a", "y": 1}, number=7)

    assert trial.suggest_float("x", 0, 1) == 0.5
    assert trial.suggest_int("n", 1, 9) == 3
    assert trial.suggest_categorical("k", ["a", "b"]) == "a"
    assert trial.suggest_float("y", 0, 2) == 1.0
    assert trial.number == 7
    assert set(trial.distributions) == {"x", "n", "k", "y"}
    assert trial.params == {"x": 0.5, "n": 3, "k": "a", "y": 1}


def test_a_missing_value_is_named():
    with pytest.raises(ValueError, match="'missing'"):
        FixedTrial({"x": 1}).suggest_float("missing", 0, 1)


def test_a_value_out_of_range_is_used_with_a_warning():
    with pytest.warns(UserWarning, match="'x'"):
        assert FixedTrial({"x": 5.0}).suggest_float("x", 0, 1) == 5.0


def test_a_choice_that_is_none_is_refused():
    with pytest.raises(ValueError, match="'c'"):
        FixedTrial({"k": "c"}).suggest_categorical("k", ["a", "b"])


def test_it_is_never_pruned_and_keeps_what_it_is_told():
    trial = FixedTrial({})
    trial.report(1.0, 0)
    trial.set_user_attr("a", 1)
    trial.set_constraint("g", 0.5)

    assert not trial.should_prune()
    assert trial.user_attrs == {"a": 1}
    assert trial.constraints == {"g": 0.5}
    assert trial.datetime_start is not None
