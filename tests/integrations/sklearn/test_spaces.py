from __future__ import annotations

import pytest
from scipy import stats
from sklearn.model_selection import ParameterGrid

import tunesmith
from tunesmith.integrations.sklearn.spaces import search_space
from tunesmith.samplers import RandomSampler

BRANCHES = [
    {"kernel": ["rbf"], "C": stats.loguniform(1e-2, 10), "gamma": stats.expon()},
    {"kernel": ["poly", "linear"], "C": [1, 10], "degree": [2, 3]},
]


def candidates(space, n=50):
    study = tunesmith.create_study(sampler=RandomSampler(seed=0))
    return [search_space(space).suggest(study.ask()) for _ in range(n)]


def test_each_candidate_has_the_parameters_of_one_branch():
    found = candidates(BRANCHES)

    assert {tuple(one) for one in found} == {("kernel", "C", "gamma"), ("kernel", "C", "degree")}
    assert {one["kernel"] for one in found if "degree" in one} == {"poly", "linear"}
    assert all(0.01 <= one["C"] <= 10 for one in found)


def test_a_function_returns_the_parameters():
    def space(trial):
        n = trial.suggest_int("n", 1, 3)
        return {"hidden": tuple(trial.suggest_int(f"width{k}", 4, 8) for k in range(n))}

    assert {len(one["hidden"]) for one in candidates(space)} == {1, 2, 3}


@pytest.mark.parametrize(
    "grid",
    [
        {"b": [1, 2], "a": ["x", "y", None], "c": [True]},
        [{"a": [1, 2], "b": [3, 4]}, {"a": [5]}],
    ],
)
def test_combinations_come_in_the_order_of_scikit_learns_grid(grid):
    space = search_space(grid)
    study = tunesmith.create_study()
    found = []
    for index in range(space.n_combinations):
        study.enqueue_trial(space.combination(index))
        found.append(space.suggest(study.ask()))

    assert found == list(ParameterGrid(grid))


def test_what_has_no_end_has_no_number_of_combinations():
    assert search_space({"a": [1], "b": stats.norm()}).n_combinations is None
    assert search_space(BRANCHES).n_combinations is None
    assert search_space(lambda trial: {}).n_combinations is None


@pytest.mark.parametrize("space", [None, 3, "C", [], [1]])
def test_bad_input_is_explained(space):
    with pytest.raises(TypeError, match="dictionar"):
        search_space(space)


def test_a_function_that_returns_no_dictionary_is_explained():
    with pytest.raises(TypeError, match="returns a dictionary .* got 0.5"):
        candidates(lambda trial: 0.5, 1)
