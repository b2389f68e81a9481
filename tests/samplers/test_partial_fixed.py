"""PartialFixedSampler."""

from __future__ import annotations

import pytest

import tunesmith
from tunesmith.samplers import CmaEsSampler, NSGAIISampler, PartialFixedSampler, TPESampler


def objective(trial):
    x, y = trial.suggest_float("x", -1, 1), trial.suggest_int("y", 0, 9)
    return x**2 + y + (trial.suggest_categorical("c", ["a", None]) is None)


@pytest.mark.parametrize(
    "base",
    [
        TPESampler(n_startup_trials=3, seed=0),
        NSGAIISampler(population_size=4, seed=0),
        CmaEsSampler(seed=0, warn_independent_sampling=False),
    ],
    ids=str,
)
def test_fixed_ones_are_fixed_and_the_others_move(base):
    study = tunesmith.create_study(sampler=PartialFixedSampler({"y": 7, "c": None}, base))
    study.optimize(objective, n_trials=20)

    assert {(t.params["y"], t.params["c"]) for t in study.trials} == {(7, None)}
    assert all(type(t.params["y"]) is int for t in study.trials)
    assert len({t.params["x"] for t in study.trials}) == 20


def test_constraints_of_the_other_sampler_are_stored():
    with pytest.warns(FutureWarning, match="constraints_func"):
        base = TPESampler(constraints_func=lambda trial: [trial.params["x"]])
    study = tunesmith.create_study(sampler=PartialFixedSampler({"y": 0}, base))
    study.optimize(objective, n_trials=3)

    assert [t.system_attrs["constraints"] for t in study.trials] == [
        (t.params["x"],) for t in study.trials
    ]


def test_a_value_outside_the_range_is_used_with_a_warning():
    study = tunesmith.create_study(sampler=PartialFixedSampler({"x": 5.0}, TPESampler()))
    with pytest.warns(UserWarning, match=r"fixed value 5\.0 of 'x' is outside"):
        study.optimize(objective, n_trials=1)
    assert study.trials[0].params["x"] == 5.0


def test_another_choice():
    study = tunesmith.create_study(sampler=PartialFixedSampler({"c": "z"}, TPESampler()))
    with pytest.raises(ValueError, match="z"):
        study.optimize(objective, n_trials=1)
