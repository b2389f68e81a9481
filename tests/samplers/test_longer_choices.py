"""Choices that are added to a study."""

from __future__ import annotations

import pytest

import tunesmith
from tunesmith import samplers

WORTH = {"a": 1.0, "b": 0.5, None: 0.2, "new": -1.0}
SAMPLERS = {
    "random": samplers.RandomSampler,
    "tpe": samplers.TPESampler,
    "tpe-group": lambda seed: samplers.TPESampler(seed=seed, group=True),
    "tpe-independent": lambda seed: samplers.TPESampler(seed=seed, multivariate=False),
    "gp": samplers.GPSampler,
    "auto": lambda seed: samplers.AutoSampler(seed=seed),
    "cmaes": lambda seed: samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False),
    "nsgaii": lambda seed: samplers.NSGAIISampler(seed=seed, population_size=8),
    "nsgaiii": lambda seed: samplers.NSGAIIISampler(seed=seed, population_size=8),
    "qmc": lambda seed: samplers.QMCSampler(seed=seed, warn_independent_sampling=False),
    "brute-force": samplers.BruteForceSampler,
}
every_sampler = pytest.mark.parametrize("make", SAMPLERS.values(), ids=SAMPLERS)


def objective_with(choices):
    def objective(trial):
        worth = WORTH[trial.suggest_categorical("kind", choices)]
        n = trial.suggest_int("n", 0, 6)
        return worth + 0.1 * n + trial.suggest_float("x", 0, 1, step=0.25)

    return objective


@every_sampler
def test_they_are_tried_after_a_restart(make, tmp_path):
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    for choices, seed in ((["a", "b", None], 1), (["a", "b", None, "new"], 2)):
        study = tunesmith.create_study(
            study_name="s", storage=storage, load_if_exists=True, sampler=make(seed=seed)
        )
        study.optimize(objective_with(choices), n_trials=25)

    assert len(study.trials) == 50
    assert any(trial.params["kind"] == "new" for trial in study.trials)
    assert study.trials[0].distributions["kind"].choices == ("a", "b", None)


@every_sampler
def test_a_worker_with_the_old_list_goes_on(make):
    study = tunesmith.create_study(sampler=make(seed=1))
    study.optimize(objective_with(["a", "b", None, "new"]), n_trials=15)
    study.optimize(objective_with(["a", "b", None]), n_trials=15)

    assert all(trial.params["kind"] != "new" for trial in study.trials[15:])


def test_brute_force_tries_all_of_them():
    study = tunesmith.create_study(sampler=samplers.BruteForceSampler(seed=0))

    def objective_of(choices):
        def objective(trial):
            worth = WORTH[trial.suggest_categorical("kind", choices)]
            return worth + trial.suggest_int("n", 0, 2)

        return objective

    study.optimize(objective_of(["a", "b"]))
    assert len(study.trials) == 6
    study.optimize(objective_of(["a", "b", None]))

    assert len({(t.params["n"], t.params["kind"]) for t in study.trials}) == 9
    assert len(study.trials) == 9


@pytest.mark.parametrize("choices", [["b", "a"], ["a"], ["new", "a", "b", None], ["a", "b", "new"]])
def test_other_lists_are_refused(choices):
    study = tunesmith.create_study()
    study.optimize(objective_with(["a", "b", None]), n_trials=3)
    if choices == ["a"]:
        study.optimize(objective_with(choices), n_trials=1)  # begins alike
        return
    with pytest.raises(ValueError, match="'kind': A categorical parameter keeps its choices"):
        study.optimize(objective_with(choices), n_trials=1)

    assert len(study.get_trials(states=[tunesmith.trial.TrialState.COMPLETE])) == 3
