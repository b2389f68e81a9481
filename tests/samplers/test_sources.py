"""Other studies as prior knowledge: TPE, Gaussian processes, CMA-ES, and the default."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

import tunesmith
from tunesmith.exceptions import TrialPruned
from tunesmith.samplers import AutoSampler, CmaEsSampler, GPSampler, RandomSampler, TPESampler

SAMPLERS = {
    "tpe": TPESampler,
    "tpe-independent": lambda **options: TPESampler(multivariate=False, **options),
    "tpe-group": lambda **options: TPESampler(group=True, **options),
    "gp": lambda **options: GPSampler(warn_independent_sampling=False, **options),
    "cma": lambda **options: CmaEsSampler(warn_independent_sampling=False, **options),
    "auto": AutoSampler,
}
OF_SEVERAL = {name: make for name, make in SAMPLERS.items() if name != "cma"}

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(params=SAMPLERS.values(), ids=SAMPLERS)
def sampler(request):
    return request.param


def bowl(centre):
    def objective(trial):
        x = [trial.suggest_float(f"x{k}", -5, 5) for k in range(4)]
        return sum((value - centre - 0.5 * k) ** 2 for k, value in enumerate(x))

    return objective


def studied(objective, n_trials=60, **options):
    study = tunesmith.create_study(sampler=RandomSampler(seed=7), **options)
    study.optimize(objective, n_trials=n_trials)
    return study


def best_after(objective, n_trials, sampler, **options):
    results = []
    for seed in range(5):
        study = tunesmith.create_study(sampler=sampler(seed=seed, **options))
        study.optimize(objective, n_trials=n_trials)
        results.append(study.best_value)
    return np.median(results)


def test_similar_studies_save_trials(sampler):
    source = studied(bowl(1.0))
    with_it = best_after(bowl(1.3), 12, sampler, source_studies=[source])
    assert with_it < 0.6 * best_after(bowl(1.3), 12, sampler)


@pytest.mark.parametrize("sampler", OF_SEVERAL.values(), ids=OF_SEVERAL)
def test_a_study_that_misleads_is_left_aside(sampler):
    source = studied(bowl(-3.0))
    with_it = best_after(bowl(2.0), 50, sampler, source_studies=[source])
    # No worse than what half of the trials reach without it.
    assert with_it < best_after(bowl(2.0), 25, sampler) + 0.01


def test_the_first_trials_repeat_the_best_ones_of_each_study(sampler):
    sources = [studied(bowl(0.0)), studied(bowl(1.0))]
    study = tunesmith.create_study(sampler=sampler(seed=0, source_studies=sources))
    trials = [study.ask() for _ in range(3)]
    proposed = [[trial.suggest_float(f"x{k}", -5, 5) for k in range(4)] for trial in trials]
    by_value = [sorted(source.trials, key=lambda trial: trial.value) for source in sources]
    expected = [by_value[1][0], by_value[0][0], by_value[1][1]]
    assert proposed == [list(trial.params.values()) for trial in expected]


def test_the_same_seed_gives_the_same_study_resumed_or_not(sampler, tmp_path):
    source = studied(bowl(1.0))
    through = tunesmith.create_study(sampler=sampler(seed=3, source_studies=[source]))
    through.optimize(bowl(1.5), n_trials=20)
    storage = f"sqlite:///{tmp_path}/study.db"
    for _ in range(2):
        made = sampler(seed=3, source_studies=[source])
        study = tunesmith.create_study(
            storage=storage,
            study_name="resumed",
            load_if_exists=True,
            sampler=pickle.loads(pickle.dumps(made)),
        )
        study.optimize(bowl(1.5), n_trials=10)
    assert [t.params for t in study.trials] == [t.params for t in through.trials]


def test_what_is_known_is_as_of_when_the_sampler_was_made(sampler):
    source = studied(bowl(1.0), 30)
    made = [sampler(seed=0, source_studies=[source]) for _ in range(2)]
    studies = [tunesmith.create_study(sampler=one) for one in made]
    studies[0].optimize(bowl(1.0), n_trials=8)
    source.optimize(bowl(1.0), n_trials=30)
    studies[1].optimize(bowl(1.0), n_trials=8)
    assert [t.params for t in studies[0].trials] == [t.params for t in studies[1].trials]


@pytest.mark.parametrize("sampler", OF_SEVERAL.values(), ids=OF_SEVERAL)
def test_parameters_of_other_ranges_kinds_and_names(sampler):
    def before(trial):
        n = trial.suggest_int("n", 1, 100, log=True)
        trial.suggest_float("kind", 0, 1)  # a category later
        trial.suggest_float("gone", 0, 1)
        act = trial.suggest_categorical("act", ["tanh", "relu"])
        return abs(math.log(n / 50)) / 8 + trial.suggest_float("lr", 0, 2) + (act == "tanh")

    def now(trial):
        n = trial.suggest_int("n", 10, 40)
        kind = trial.suggest_categorical("kind", ["a", "b"])
        act = trial.suggest_categorical("act", ["relu", "gelu", "tanh"])
        lr = trial.suggest_float("lr", 0.5, 3)
        return (
            abs(n - 20) / 40
            + lr
            + (kind == "a")
            + (act != "relu")
            + trial.suggest_int("m", 0, 9) / 90
        )

    study = tunesmith.create_study(sampler=sampler(seed=0, source_studies=[studied(before)]))
    study.optimize(now, n_trials=15)
    assert all(trial.state.name == "COMPLETE" for trial in study.trials)
    assert set(study.trials[0].params) == {"n", "kind", "act", "lr", "m"}
    # By value and not by place in the list of choices.
    assert [t.params["act"] for t in study.trials].count("relu") >= 8


def test_nothing_in_common_is_as_without(sampler):
    def other(trial):
        return trial.suggest_float("other", 0, 1)

    study = tunesmith.create_study(sampler=sampler(seed=0, source_studies=[studied(other)]))
    if isinstance(study.sampler, CmaEsSampler):
        study.optimize(bowl(0.0), n_trials=1)
        with pytest.raises(ValueError, match="has the parameters x0, x1, x2, x3"):
            study.optimize(bowl(0.0), n_trials=1)
    else:
        study.optimize(bowl(0.0), n_trials=15)
    assert all(trial.state.name == "COMPLETE" for trial in study.trials)


@pytest.mark.parametrize("sampler", OF_SEVERAL.values(), ids=OF_SEVERAL)
def test_several_objectives(sampler):
    def objective(trial):
        x, y = (trial.suggest_float(name, 0, 1) for name in "xy")
        return x**2 + y, (x - 1) ** 2 + y

    directions = ["minimize", "minimize"]
    source = studied(objective, directions=directions)
    study = tunesmith.create_study(
        directions=directions, sampler=sampler(seed=0, source_studies=[source])
    )
    study.optimize(objective, n_trials=25)
    assert np.mean([trial.params["y"] for trial in study.trials]) < 0.25


@pytest.mark.parametrize("sampler", OF_SEVERAL.values(), ids=OF_SEVERAL)
def test_branches(sampler):
    def objective(trial):
        if trial.suggest_categorical("model", ["linear", "tree"]) == "linear":
            return 1.0 + trial.suggest_float("penalty", 0, 1)
        return trial.suggest_float("rate", 0, 1) + trial.suggest_int("depth", 1, 9) / 10

    source = studied(objective)
    study = tunesmith.create_study(sampler=sampler(seed=0, source_studies=[source]))
    study.optimize(objective, n_trials=20)
    assert [t.params["model"] for t in study.trials].count("tree") >= 14
    assert study.best_value < 0.25


def test_pruned_failed_and_infeasible_trials_of_either_study(sampler):
    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        trial.set_constraint("early", 0.2 - x)
        if trial.number % 4 == 1:
            trial.report(x, 1)
            raise TrialPruned
        if trial.number % 4 == 2:
            raise OSError
        return x + trial.suggest_float("y", 0, 1)

    source = tunesmith.create_study(sampler=RandomSampler(seed=7))
    source.optimize(objective, n_trials=40, catch=OSError)
    study = tunesmith.create_study(sampler=sampler(seed=0, source_studies=[source]))
    study.optimize(objective, n_trials=20, catch=OSError)
    assert study.best_value < 0.6
    assert len(study.trials) == 20


def test_discrete_spaces_have_no_duplicates():
    def objective(trial):
        return trial.suggest_int("a", 0, 4) + trial.suggest_categorical("b", [0, 1, 2, 3])

    source = studied(objective, 20)
    for sampler in (TPESampler, GPSampler, AutoSampler):
        study = tunesmith.create_study(sampler=sampler(seed=0, source_studies=[source]))
        study.optimize(objective, n_trials=20)
        assert len({tuple(trial.params.values()) for trial in study.trials}) == 20
        assert study.best_trial.number == 0


def test_another_direction_is_said_before_a_trial_exists(sampler):
    source = studied(bowl(0.0), 5, study_name="before")
    study = tunesmith.create_study(
        direction="maximize", sampler=sampler(seed=0, source_studies=[source])
    )
    with pytest.raises(
        ValueError, match=r"'before' .* \['minimize'\], this one has \['maximize'\]"
    ):
        study.ask()
    assert study.trials == []


def test_bad_sources_are_said_at_once(sampler):
    with pytest.raises(TypeError, match=r"source_studies=\[study\]"):
        sampler(source_studies=studied(bowl(0.0), 1))
    with pytest.raises(TypeError, match="load_study"):
        sampler(source_studies=["sqlite:///old.db"])
    empty = tunesmith.create_study(study_name="empty")
    with pytest.raises(ValueError, match="'empty' in source_studies has no complete trial"):
        sampler(source_studies=[empty])


def test_cma_takes_one_kind_of_start():
    source = studied(bowl(0.0), 5)
    for options in ({"x0": {"x0": 1.0}}, {"sigma0": 0.1}, {"source_trials": source.trials}):
        with pytest.raises(ValueError, match="source_studies"):
            CmaEsSampler(source_studies=[source], **options)
