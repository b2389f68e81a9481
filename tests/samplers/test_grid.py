"""GridSampler."""

from __future__ import annotations

import itertools
import warnings

import pytest

import tunesmith
from tunesmith.samplers import GridSampler

GRID = {"x": [-1, 0, 1], "kind": ["a", None], "on": [True, False]}


def objective(trial):
    x = trial.suggest_float("x", -1, 1)
    kind = trial.suggest_categorical("kind", ["a", None])
    on = trial.suggest_categorical("on", [True, False])
    return x + (kind is None) + on


def combinations(study):
    return [tuple(trial.params[name] for name in GRID) for trial in study.trials]


def solved(seed=None, **options):
    study = tunesmith.create_study(sampler=GridSampler(GRID, seed=seed))
    study.optimize(objective, **options)
    return study


def test_every_combination_once_then_it_stops():
    study = solved()
    assert sorted(combinations(study), key=str) == sorted(
        itertools.product(*GRID.values()), key=str
    )
    assert study.sampler.is_exhausted(study)
    assert all(type(trial.params["x"]) is float for trial in study.trials)


def test_the_seed_fixes_the_order():
    assert combinations(solved(seed=1)) == combinations(solved(seed=1))
    assert combinations(solved(seed=1)) != combinations(solved(seed=2))
    assert combinations(solved()) == combinations(solved())


def test_a_resumed_study_goes_on(tmp_path):
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    for n_trials in (5, 1, None):
        study = tunesmith.create_study(
            study_name="s", storage=storage, load_if_exists=True, sampler=GridSampler(GRID, seed=1)
        )
        study.optimize(objective, n_trials=n_trials)

    assert combinations(study) == combinations(solved(seed=1))


@pytest.mark.filterwarnings("ignore:Every combination")
def test_threads_share_it():
    study = solved(n_jobs=4)

    assert set(combinations(study)) == set(itertools.product(*GRID.values()))
    assert len(study.trials) <= 12 + 3  # others may have begun when the last one ended


def test_workers_that_take_turns_share_it(tmp_path):
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    tunesmith.create_study(study_name="s", storage=storage)
    workers = [
        tunesmith.load_study(study_name="s", storage=storage, sampler=GridSampler(GRID))
        for _ in range(2)
    ]
    asked = [workers[k % 2].ask() for k in range(12)]
    values = [objective(trial) for trial in asked]
    for k in range(12):
        workers[k % 2].tell(asked[k], values[k])

    assert len(set(combinations(workers[0]))) == 12


def test_what_others_have_tried_is_left_out():
    study = tunesmith.create_study(sampler=GridSampler(GRID))
    study.enqueue_trial({"x": 0.0, "kind": None, "on": False})
    study.enqueue_trial({"x": 0.5, "kind": None, "on": False})
    study.enqueue_trial({"x": 1.0})
    study.optimize(objective)

    assert sorted(combinations(study), key=str) == sorted(
        [*itertools.product(*GRID.values()), (0.5, None, False)], key=str
    )


def test_a_failed_trial_has_tried_its_combination():
    def failing(trial):
        objective(trial)
        raise ValueError

    study = tunesmith.create_study(sampler=GridSampler(GRID))
    study.optimize(failing, catch=ValueError)
    assert len(set(combinations(study))) == len(study.trials) == 12


def test_going_on_after_the_last_one_repeats_with_a_warning():
    study = solved()
    with pytest.warns(UserWarning, match="Every combination of the grid has been tried"):
        study.optimize(objective, n_trials=1)
    assert len(study.trials) == 13


def test_parameters_that_are_not_in_the_grid():
    study = tunesmith.create_study(sampler=GridSampler({"x": [0]}))
    with pytest.raises(ValueError, match=r"no values for 'y'; it has x\. Add 'y'"):
        study.optimize(lambda trial: trial.suggest_float("y", 0, 1), n_trials=1)


def test_values_outside_the_range_are_used_with_a_warning():
    study = tunesmith.create_study(sampler=GridSampler({"x": [0, 7]}))
    with pytest.warns(UserWarning, match="grid's value 7 of 'x' is outside"):
        study.optimize(lambda trial: trial.suggest_int("x", 0, 5))
    assert {trial.params["x"] for trial in study.trials} == {0, 7}


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ({"x": []}, "needs a list of values for 'x'"),
        ({"x": "abc"}, "needs a list of values for 'x', got 'abc'"),
        ({"x": [object()]}, "of type object cannot be in a grid"),
        ({"x": [1, 2, 1.0]}, "'x': 1.0 is twice in the grid"),
    ],
)
def test_bad_grids(grid, message):
    with pytest.raises(ValueError, match=message):
        GridSampler(grid)


def test_true_is_not_one():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        study = tunesmith.create_study(sampler=GridSampler({"c": [1, True, "1", float("nan")]}))
        choices = [1, True, "1", float("nan")]
        study.optimize(lambda trial: float(trial.suggest_categorical("c", choices) == "1"))
    assert len(study.trials) == 4
