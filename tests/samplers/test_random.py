"""Uniform draws, one by one and all at once."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import tunesmith
from tunesmith.distributions import (
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from tunesmith.rng import SeededRandomness
from tunesmith.samplers import RandomSampler
from tunesmith.samplers.random import value_at

SPACE = {
    "x": FloatDistribution(-5.0, 5.0),
    "log": FloatDistribution(1e-300, 1e300, log=True),
    "wide": FloatDistribution(-1e308, 1e308),
    "step": FloatDistribution(0.0, 1.0, step=0.1),
    "n": IntDistribution(-3, 9, step=3),
    "log n": IntDistribution(1, 1000, log=True),
    "c": CategoricalDistribution([1, True, "a", None]),
}


def test_drawing_all_at_once_gives_what_drawing_one_by_one_gives():
    sampler = RandomSampler(seed=3)
    study = tunesmith.create_study(sampler=sampler)

    # Beyond what is drawn ahead, backwards, and after a jump.
    for number in (0, 1, 40, 41, 39, 1000, 0):
        values = sampler.sample_each_alone(number, SPACE)
        alone = {
            name: sampler.sample_alone(study.history, number, name, distribution)
            for name, distribution in SPACE.items()
        }
        assert values == alone
        assert type(values["c"]) is type(alone["c"])


def test_other_ranges_or_another_seed_give_other_draws():
    sampler = RandomSampler(seed=3)
    before = sampler.sample_each_alone(5, {"x": FloatDistribution(0.0, 1.0)})

    assert sampler.sample_each_alone(5, {"x": FloatDistribution(0.0, 2.0)})["x"] == pytest.approx(
        2 * before["x"]
    )
    sampler.randomness = SeededRandomness(4)
    assert sampler.sample_each_alone(5, {"x": FloatDistribution(0.0, 1.0)}) != before


def _branching(trial: tunesmith.Trial) -> float:
    if trial.number % 3 == 0:
        return trial.suggest_float("a", 0, 1)
    high = 1.0 if trial.number % 2 else 5.0
    return trial.suggest_float("b", 0, high) + trial.suggest_int("k", 0, 10**20)


def test_trials_in_memory_have_the_parameters_that_were_asked_for(tmp_path):
    in_memory = tunesmith.create_study(sampler=RandomSampler(seed=1))
    on_disk = tunesmith.create_study(
        sampler=RandomSampler(seed=1), storage=f"sqlite:///{tmp_path / 'study.db'}"
    )
    for study in (in_memory, on_disk):
        study.enqueue_trial({"a": 0.25})
        study.optimize(_branching, n_trials=12)

    assert [t.params for t in in_memory.trials] == [t.params for t in on_disk.trials]
    assert [t.distributions for t in in_memory.trials] == [t.distributions for t in on_disk.trials]
    assert in_memory.trials[0].params == {"a": 0.25}


def test_a_running_trial_shows_what_was_asked_for():
    study = tunesmith.create_study(sampler=RandomSampler(seed=1))
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1) + trial.suggest_float("y", 0, 1), 3)

    trial = study.ask()
    assert trial.params == {}
    x = trial.suggest_float("x", 0, 1)
    assert trial.params == {"x": x}
    assert trial.distributions == {"x": FloatDistribution(0, 1)}
    # Nobody else has seen more meanwhile, neither as a record nor as a column.
    assert study.trials[-1].params == {"x": x}
    assert study.trials_dataframe(attrs=("params",))["params_y"].isna().tolist()[-1]
    assert np.isnan(study.history.column("y")[-1])
    assert list(trial.record.params) == list(trial.record.distributions) == ["x"]
    study.tell(trial.number, x)  # by its number, as another process would
    assert study.trials[-1].params == {"x": x}
    assert study.history.search_space.intersection() == {"x": FloatDistribution(0, 1)}


def test_trials_that_began_before_the_others_draw_the_same():
    asked, run = (tunesmith.create_study(sampler=RandomSampler(seed=1)) for _ in range(2))
    run.optimize(_branching, n_trials=9)
    for trial in [asked.ask() for _ in range(4)]:
        asked.tell(trial, _branching(trial))
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(
                lambda trial: asked.tell(trial, _branching(trial)), (asked.ask() for _ in range(5))
            )
        )

    assert [t.params for t in asked.trials] == [t.params for t in run.trials]


def test_a_parameter_of_another_kind_is_refused_as_ever():
    study = tunesmith.create_study(sampler=RandomSampler(seed=1))
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)

    trial = study.ask()
    with pytest.raises(ValueError, match="'x'"):
        trial.suggest_categorical("x", ["a"])
    study.tell(trial, 0.0)
    with pytest.raises(tunesmith.exceptions.UpdateFinishedTrialError, match="finished"):
        trial.suggest_float("x", 0, 1)


class _Middle(RandomSampler):
    def sample_alone(self, history: Any, number: int, name: str, distribution: Any) -> Any:
        return value_at(distribution, 0.5)


def test_a_subclass_decides_on_each_parameter():
    study = tunesmith.create_study(sampler=_Middle(seed=0))
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=5)

    assert [trial.params["x"] for trial in study.trials] == [0.5] * 5


def test_a_copy_draws_the_same():
    sampler = RandomSampler(seed=3)
    first = sampler.sample_each_alone(7, SPACE)

    assert pickle.loads(pickle.dumps(sampler)).sample_each_alone(7, SPACE) == first
