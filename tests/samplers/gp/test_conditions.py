"""Parameters that not every trial has."""

from __future__ import annotations

import numpy as np
import pytest

import tunesmith
from tunesmith.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from tunesmith.samplers import GPSampler, RandomSampler
from tunesmith.samplers.gp.conditions import Conditions, PartialObservations
from tunesmith.samplers.tpe.unit_space import UnitSpace

SPACE = {
    "kind": CategoricalDistribution(["a", "b", "c"]),
    "n": IntDistribution(1, 3),
    "on": CategoricalDistribution([True, False]),
    "shared": FloatDistribution(0, 1),
    "x": FloatDistribution(0, 1),
    "y": FloatDistribution(0, 1),
}


def nested(trial):
    kind = trial.suggest_categorical("kind", ["a", "b", "c"])
    loss = (trial.suggest_float("shared", 0, 1) - 0.3) ** 2
    if kind == "a":
        loss += (trial.suggest_float("x", 0, 1) - 0.7) ** 2 + 0.5
    if kind == "b":
        loss += 0.1 * abs(trial.suggest_int("n", 1, 3) - 2)
        if trial.suggest_categorical("on", [True, False]):
            loss += (trial.suggest_float("y", 0, 1) - 0.2) ** 2 - 0.05
    return loss + (kind == "c")


@pytest.fixture(scope="module")
def learnt():
    study = tunesmith.create_study(sampler=RandomSampler(seed=0))
    study.optimize(nested, n_trials=60)
    observations = PartialObservations(UnitSpace(SPACE))
    observations.refresh(study.history)
    units = observations.space
    rows = np.concatenate(
        [observations.points.units, observations.points.levels[:, len(units.grids) :]], axis=1
    )
    return observations, rows, Conditions(units, observations.present, rows)


def test_trials_that_lack_parameters_are_usable(learnt):
    observations, rows, _ = learnt
    assert observations.usable.all()
    x = observations.space.names.index("x")
    column = observations.space.numerical.index(x)
    assert set(rows[~observations.present[:, x], column]) == {0.5}


def test_what_decides_is_found(learnt):
    observations, rows, conditions = learnt
    units = observations.space
    order = [*units.numerical, *units.categorical]
    assert len(conditions.rules) == 3
    assert np.array_equal(conditions.lacking(rows), ~observations.present[:, order])


def test_what_does_not_apply_makes_no_difference(learnt):
    _, rows, conditions = learnt
    changed = rows.copy()
    lacks = conditions.lacking(rows)
    changed[lacks] = np.random.default_rng(0).integers(0, 2, size=lacks.sum())
    assert not np.array_equal(changed, rows)
    assert np.array_equal(conditions.canonical(changed), rows)


def test_nothing_is_made_up_where_nothing_decides():
    study = tunesmith.create_study(sampler=RandomSampler(seed=0))

    def arbitrary(trial):
        trial.suggest_float("x", 0, 1)
        if trial.number % 3:
            trial.suggest_categorical("kind", ["a", "b", "c"])
        return float(trial.number % 5)

    study.optimize(arbitrary, n_trials=30)
    study.sampler = GPSampler(seed=0)
    study.optimize(arbitrary, n_trials=6)
    assert len(study.trials) == 36


def test_it_finds_the_best_branch():
    best = []
    for seed in range(3):
        study = tunesmith.create_study(sampler=GPSampler(seed=seed))
        study.optimize(nested, n_trials=45)
        best.append(study.best_value)
        proposed = study.trials[20:]
        # Only what applies is proposed, and nothing that applies is left to chance for long.
        assert all(("x" in t.params) == (t.params["kind"] == "a") for t in proposed)
    assert np.median(best) < -0.045


def test_a_resumed_study_goes_on(tmp_path):
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    for n_trials in (12, 13):
        study = tunesmith.create_study(
            study_name="s", storage=storage, load_if_exists=True, sampler=GPSampler(seed=5)
        )
        study.optimize(nested, n_trials=n_trials)
    alone = tunesmith.create_study(sampler=GPSampler(seed=5))
    alone.optimize(nested, n_trials=25)
    assert [t.params for t in study.trials] == [t.params for t in alone.trials]
