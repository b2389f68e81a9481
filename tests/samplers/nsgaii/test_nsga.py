"""NSGA-II and NSGA-III."""

from __future__ import annotations

import math

import moocore
import numpy as np
import optuna
import pytest

import tunesmith
from tunesmith.samplers import NSGAIIISampler, NSGAIISampler, RandomSampler, nsgaii
from tunesmith.samplers.nsgaii import selection

CROSSOVERS = [getattr(nsgaii, name)() for name in nsgaii.__all__ if name.endswith("Crossover") and not name.startswith("Base")]  # fmt: skip
KINDS = [NSGAIISampler, NSGAIIISampler]


def zdt1(trial):
    x = [trial.suggest_float(f"x{k}", 0, 1) for k in range(4)]
    g = 1 + 3 * sum(x[1:])
    return x[0], g * (1 - math.sqrt(x[0] / g))


def solved(sampler, objective=zdt1, n_trials=60, n_objectives=2):
    study = tunesmith.create_study(directions=["minimize"] * n_objectives, sampler=sampler)
    study.optimize(objective, n_trials=n_trials)
    return study


def volume(study):
    values = np.array([trial.values for trial in study.trials])
    return moocore.hypervolume(values, ref=np.array([1.1, 8.0]))


@pytest.mark.parametrize("kind", KINDS)
def test_it_dominates_more_than_random_search(kind):
    wins = [
        volume(solved(kind(seed=seed, population_size=20), n_trials=200))
        > volume(solved(RandomSampler(seed=seed), n_trials=200))
        for seed in range(4)
    ]
    assert all(wins)


@pytest.mark.parametrize("crossover", CROSSOVERS, ids=str)
@pytest.mark.parametrize("mutation", [None, nsgaii.PolynomialMutation()], ids=str)
def test_every_crossover(crossover, mutation):
    sampler = NSGAIISampler(seed=0, population_size=10, crossover=crossover, mutation=mutation)
    study = solved(sampler)
    early, late = (np.mean([sum(t.values) for t in part]) for part in (study.trials[:10], study.trials[40:]))  # fmt: skip
    assert late < early


@pytest.mark.parametrize("crossover", CROSSOVERS, ids=str)
def test_children_lie_about_their_parents(crossover):
    rng = np.random.RandomState(0)
    parents = np.array([[0.3, 0.5], [0.5, 0.4], [0.4, 0.6]])[: crossover.n_parents]
    bounds = np.array([[0.0, 1.0]] * 2)
    study = tunesmith.create_study(directions=["minimize"] * 2)
    children = np.array([crossover.crossover(parents, rng, study, bounds) for _ in range(2000)])

    assert children.shape == (2000, 2)
    assert np.abs(children.mean(axis=0) - parents.mean(axis=0)).max() < 0.06
    assert np.abs(children - parents.mean(axis=0)).max() < 2.0


def test_simulated_binary_crossover_stays_inside():
    rng = np.random.RandomState(0)
    parents, bounds = np.array([[0.01, 0.9], [0.2, 0.99]]), np.array([[0.0, 1.0]] * 2)
    study = tunesmith.create_study()
    crossover = nsgaii.SBXCrossover(eta=0.5, use_child_gene_prob=1.0)
    children = np.array([crossover.crossover(parents, rng, study, bounds) for _ in range(500)])
    assert children.min() >= -1e-12
    assert children.max() <= 1 + 1e-12


def test_generations_are_as_long_as_the_population_and_optuna_reads_them(tmp_path):
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    sampler = NSGAIISampler(seed=0, population_size=5)
    study = tunesmith.create_study(
        study_name="s", storage=storage, directions=["minimize"] * 2, sampler=sampler
    )
    study.optimize(zdt1, n_trials=17)

    generations = [t.system_attrs["NSGAIISampler:generation"] for t in study.trials]
    assert generations == [k // 5 for k in range(17)]
    assert len(sampler.get_population(study, 3)) == 2
    parents = sampler.get_parent_population(study, 2)
    assert len(parents) == 5
    assert all(trial.number < 10 for trial in parents)
    theirs = optuna.load_study(
        study_name="s", storage=storage, sampler=optuna.samplers.NSGAIISampler(population_size=5)
    )
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    theirs.optimize(zdt1, n_trials=3)
    assert theirs.trials[-1].system_attrs["NSGAIISampler:generation"] == 3


def test_parents_are_those_that_nobody_dominates():
    losses = np.array([[1.0, 4], [2, 2], [4, 1], [3, 3], [5, 5]])
    ranks = selection.constrained_ranks(losses, np.zeros(5))
    assert ranks.tolist() == [0, 0, 0, 1, 2]
    assert sorted(selection.elite_by_crowding(ranks, losses, 3)) == [0, 1, 2]
    assert sorted(selection.elite_by_crowding(ranks, losses, 2)) == [0, 2]
    violations = np.array([0.0, 3, 0, 1, 1])
    assert selection.constrained_ranks(losses, violations).tolist() == [0, 2, 0, 1, 1]


def test_niches_are_filled_evenly():
    angles = np.concatenate([np.linspace(0, 0.1, 20), [0.8, 1.5]])
    losses = np.column_stack([np.cos(angles), np.sin(angles)])
    references = selection.simplex_lattice(2, 2)
    chosen = selection.elite_by_niches(
        np.zeros(22, dtype=np.intp), losses, 3, references, np.random.default_rng(0)
    )
    assert {20, 21} < set(chosen.tolist())
    assert len(selection.simplex_lattice(3, 4)) == selection.n_lattice_points(3, 4) == 15


def test_constraints():
    def objective(trial):
        x, y = trial.suggest_float("x", 0, 1), trial.suggest_float("y", 0, 1)
        trial.set_constraint("y", 0.9 - y)
        return x, 1 - x

    study = solved(NSGAIISampler(seed=0, population_size=10), objective, 100)
    assert np.mean([t.params["y"] >= 0.9 for t in study.trials[50:]]) > 0.5


def test_strategies_of_ones_own():
    calls = {"elite": 0, "child": 0, "after": 0}

    def elite(study, population):
        calls["elite"] += 1
        return sorted(population, key=lambda t: t.values[0])[:3]

    def child(study, space, parents):
        calls["child"] += 1
        assert len(parents) == 3
        return {name: parents[0].params[name] for name in space}

    def after(study, trial, state, values):
        calls["after"] += 1

    sampler = NSGAIISampler(
        seed=0,
        population_size=5,
        elite_population_selection_strategy=elite,
        child_generation_strategy=child,
        after_trial_strategy=after,
    )
    solved(sampler, n_trials=15)
    assert calls == {"elite": 2, "child": 10, "after": 15}


def test_crossover_and_mutation_of_ones_own_are_handed_the_study():
    class Mine(nsgaii.BaseCrossover):
        n_parents = 2

        def crossover(self, parents_params, rng, study, search_space_bounds):
            assert isinstance(study, tunesmith.Study)
            return parents_params.mean(axis=0)

    class Ours(nsgaii.BaseMutation):
        def mutation(self, param, rng, study, search_space_bounds):
            assert isinstance(study, tunesmith.Study)
            return param + 10

    sampler = NSGAIISampler(
        seed=0, population_size=4, crossover=Mine(), mutation=Ours(), mutation_prob=0.3
    )
    study = solved(sampler, n_trials=20)
    assert any(1.0 in trial.params.values() for trial in study.trials[4:])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"population_size": 1}, "population_size >= 2 must hold"),
        ({"population_size": 2, "crossover": nsgaii.SPXCrossover()}, "takes 3 parents"),
        ({"crossover_prob": 1.5}, "0 <= crossover_prob <= 1"),
        ({"mutation_prob": -0.5}, "0 <= mutation_prob <= 1"),
        ({"crossover": "sbx"}, "must be a BaseCrossover, got 'sbx'"),
        ({"mutation": 3}, "must be a BaseMutation, got 3"),
    ],
)
def test_bad_arguments(kind, options, message):
    with pytest.raises(ValueError, match=message):
        kind(**options)


def test_bad_reference_points():
    with pytest.raises(ValueError, match="none negative or zero"):
        NSGAIIISampler(reference_points=np.array([[1.0, -1.0]]))
    with pytest.raises(ValueError, match="dividing_parameter >= 1"):
        NSGAIIISampler(dividing_parameter=0)
    with pytest.raises(ValueError, match="reference_points have 3 columns, the study 2"):
        solved(NSGAIIISampler(population_size=4, reference_points=np.eye(3), seed=0))


def test_names_are_optunas():
    assert set(nsgaii.__all__) == set(optuna.samplers.nsgaii.__all__)
