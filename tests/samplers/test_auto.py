"""AutoSampler: which sampler proposes when."""

from __future__ import annotations

import numpy as np
import pytest

import tunesmith
from tunesmith.samplers import AutoSampler, GPSampler, RandomSampler, TPESampler


@pytest.fixture
def who(monkeypatch):
    """Notes which sampler was asked for each trial."""
    asked = {}
    for kind in (GPSampler, TPESampler):

        def noted(self, history, number, space, kind=kind, real=kind.sample_joint):
            asked[number] = kind.__name__[:-7] + (" groups" if getattr(self, "_group", 0) else "")
            return real(self, history, number, space)

        monkeypatch.setattr(kind, "sample_joint", noted)
    return asked


def plane(trial):
    return sum(trial.suggest_float(f"x{k}", 0, 1) for k in range(6))


def study_of(n_objectives=1):
    return tunesmith.create_study(
        directions=["minimize"] * n_objectives, sampler=AutoSampler(seed=0)
    )


def test_it_is_the_default():
    assert type(tunesmith.create_study().sampler) is AutoSampler


def test_the_first_trials_are_spread_out(who):
    found, drawn = [], []
    for sampler, gaps in ((AutoSampler, found), (RandomSampler, drawn)):
        for seed in range(5):
            study = tunesmith.create_study(sampler=sampler(seed=seed))
            study.optimize(plane, n_trials=6)
            points = np.array([list(trial.params.values()) for trial in study.trials])
            distances = np.linalg.norm(points[:, None] - points[None], axis=2)
            gaps.append(distances[np.triu_indices(6, 1)].min())
    assert not who
    assert np.mean(found) > 1.3 * np.mean(drawn)


def test_then_a_model_with_every_third_trial_by_densities(who):
    study_of().optimize(plane, n_trials=40)
    assert set(range(6, 40)) == set(who)
    assert [n for n, name in sorted(who.items()) if name == "TPE"] == [30, 33, 36, 39]


def test_late_trials_are_cheap(who):
    study = study_of()
    study.add_trials(
        tunesmith.create_trial(
            params={"x": k / 300}, value=k, distributions={"x": study_space()["x"]}
        )
        for k in range(300)
    )
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
    assert set(who.values()) == {"TPE"}


def study_space():
    return {"x": tunesmith.distributions.FloatDistribution(0, 1)}


def test_branches_are_modelled_and_get_densities_of_their_own(who):
    def branching(trial):
        if trial.suggest_categorical("kind", ["a", "b"]) == "a":
            return trial.suggest_float("x", 0, 1)
        return trial.suggest_float("y", 0, 1) + trial.suggest_float("z", 0, 1)

    study_of().optimize(branching, n_trials=34)
    assert who[33] == "TPE groups"
    assert who[32] == "GP"


def test_many_parameters(who):
    study_of().optimize(
        lambda t: sum(t.suggest_float(f"x{k}", 0, 1) for k in range(61)), n_trials=13
    )
    assert set(who.values()) == {"TPE"}


def test_many_objectives(who):
    study_of(4).optimize(lambda t: [t.suggest_float(f"x{k}", 0, 1) for k in range(4)], n_trials=14)
    assert set(who.values()) == {"TPE"}


def test_pruned_trials_change_nothing(who):
    def pruned(trial):
        value = plane(trial)
        trial.report(value, 0)
        if trial.number % 3 == 2:
            raise tunesmith.TrialPruned
        return value

    study_of().optimize(pruned, n_trials=20)
    assert set(who.values()) == {"GP"}


def test_it_finds_better_values_than_random_search():
    def bowl(trial):
        x, y = trial.suggest_float("x", -5, 5), trial.suggest_int("y", -5, 5)
        kind = trial.suggest_categorical("kind", ["a", "b", "c"])
        return (x - 1) ** 2 + (y + 2) ** 2 + "bca".index(kind)

    best = []
    for seed in range(3):
        study = tunesmith.create_study(sampler=AutoSampler(seed=seed))
        study.optimize(bowl, n_trials=30)
        best.append(study.best_value)
    assert max(best) < 0.05


@pytest.mark.parametrize("seed", range(4))
def test_it_leaves_a_branch_that_it_knows_well(seed):
    # The trials of the worse branch are so close to each other that, measured by their spread,
    # all others look equally bad.
    def objective(trial):
        kind = trial.suggest_categorical("kind", ["linear", "deep"])
        rate = trial.suggest_float("rate", 1e-5, 1e-1, log=True)
        if kind == "linear":
            return abs(rate - 1e-2) + 1
        return abs(rate - 1e-3) + abs(trial.suggest_int("layers", 1, 8) - 3)

    study = tunesmith.create_study(sampler=AutoSampler(seed=seed))
    study.optimize(objective, n_trials=40)

    assert study.best_params["kind"] == "deep"
    assert study.best_value < 0.01
