"""QMCSampler."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import qmc

import tunesmith
from tunesmith.samplers import QMCSampler, RandomSampler


def points(sampler, n_trials=33):
    study = tunesmith.create_study(sampler=sampler)
    study.optimize(lambda t: t.suggest_float("x", 0, 1) + t.suggest_float("y", 0, 1), n_trials)
    return np.array([[trial.params["x"], trial.params["y"]] for trial in study.trials])


@pytest.mark.parametrize(("kind", "sequence"), [("sobol", qmc.Sobol), ("halton", qmc.Halton)])
def test_the_points_are_the_sequences(kind, sequence):
    assert np.array_equal(
        points(QMCSampler(qmc_type=kind, seed=1))[1:], sequence(2, scramble=False).random(32)
    )


def test_many_points_are_those_of_one_long_sequence():
    expected = qmc.Sobol(2, scramble=False).random(256)[:199]
    assert np.array_equal(points(QMCSampler(seed=1), 200)[1:], expected)


@pytest.mark.parametrize("kind", ["sobol", "halton"])
def test_scrambled_points_fill_the_space_more_evenly_than_random_ones(kind):
    one = points(QMCSampler(qmc_type=kind, scramble=True, seed=1))
    other = points(QMCSampler(qmc_type=kind, scramble=True, seed=2))
    random = points(RandomSampler(seed=1))

    assert not np.array_equal(one, other)
    assert qmc.discrepancy(one[1:]) < 0.5 * qmc.discrepancy(random[1:])


def test_workers_share_the_sequence(tmp_path):
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    tunesmith.create_study(study_name="s", storage=storage)
    workers = [
        tunesmith.load_study(
            study_name="s", storage=storage, sampler=QMCSampler(scramble=True, seed=3)
        )
        for _ in range(2)
    ]
    for k in range(33):
        workers[k % 2].optimize(
            lambda t: t.suggest_float("x", 0, 1) + t.suggest_float("y", 0, 1), n_trials=1
        )
    found = [[t.params["x"], t.params["y"]] for t in workers[0].trials]

    assert np.array_equal(found, points(QMCSampler(scramble=True, seed=3)))


def test_warnings(log_of_tunesmith):
    with pytest.warns(UserWarning, match="give each the same seed"):
        QMCSampler(scramble=True)
    QMCSampler(scramble=True, warn_asynchronous_seeding=False)

    study = tunesmith.create_study(sampler=QMCSampler(seed=1))
    study.optimize(lambda t: t.suggest_float(f"x{min(t.number, 1)}", 0, 1), 3)
    said = [r.message for r in log_of_tunesmith.records if "independently" in r.getMessage()]
    assert len(said) == 2


def test_an_independent_sampler_is_asked_and_told():
    class Half(RandomSampler):
        ended = 0

        def sample_independent(self, study, trial, name, distribution):
            return "b" if name == "c" else 0.5

        def after_trial(self, *args):
            Half.ended += 1

    sampler = QMCSampler(seed=1, independent_sampler=Half(), warn_independent_sampling=False)
    study = tunesmith.create_study(sampler=sampler)

    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        return x if trial.number == 0 else x + len(trial.suggest_categorical("c", ["a", "b"]))

    study.optimize(objective, 4)

    assert [t.params["x"] for t in study.trials] == [0.5, 0.0, 0.5, 0.75]
    assert {t.params["c"] for t in study.trials[1:]} == {"b"}
    assert Half.ended == 4


def test_choices_take_equal_shares_of_the_sequence():
    study = tunesmith.create_study(sampler=QMCSampler(seed=1, warn_independent_sampling=False))
    study.optimize(
        lambda t: t.suggest_float("x", 0, 1) + len(t.suggest_categorical("c", ["a", "bb"])), 33
    )
    rows = [(t.params["c"], t.params["x"] < 0.5) for t in study.trials[1:]]

    assert all(rows.count(row) == 8 for row in set(rows)), rows
    assert len(set(rows)) == 4


def test_trials_that_failed_say_nothing_of_the_space():
    study = tunesmith.create_study(sampler=QMCSampler(seed=1))

    def objective(trial):
        x = trial.suggest_float("x" if trial.number > 2 else "y", 0, 1)
        return x if trial.number > 2 else float("nan")

    study.optimize(objective, 6)

    assert [t.params["x"] for t in study.trials[4:]] == [0.25, 0.375]  # points 3 and 4


def test_another_type():
    with pytest.raises(ValueError, match="must be 'halton' or 'sobol', got 'faure'"):
        QMCSampler(qmc_type="faure")
