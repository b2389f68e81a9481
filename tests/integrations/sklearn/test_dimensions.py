from __future__ import annotations

import math

import numpy as np
import optuna
import pytest
from scipy import stats
from sklearn.svm import SVC

import tunesmith
from tunesmith.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from tunesmith.integrations.sklearn.dimensions import dimension
from tunesmith.samplers import RandomSampler


def draws(values, n=200):
    study = tunesmith.create_study(sampler=RandomSampler(seed=0))
    trials = [study.ask() for _ in range(n)]
    return [dimension("x", values).suggest(trial) for trial in trials], trials


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (stats.uniform(2, 3), FloatDistribution(2.0, 5.0)),
        (stats.loguniform(1e-3, 10), FloatDistribution(1e-3, 10.0, log=True)),
        (stats.randint(1, 5), IntDistribution(1, 4)),
        (FloatDistribution(0, 1), FloatDistribution(0.0, 1.0)),
        (optuna.distributions.FloatDistribution(0, 1), FloatDistribution(0.0, 1.0)),
        (optuna.distributions.IntDistribution(1, 9, step=2), IntDistribution(1, 9, step=2)),
        (
            optuna.distributions.CategoricalDistribution(list("ab")),
            CategoricalDistribution(list("ab")),
        ),
        (["a", None, 2], CategoricalDistribution(["a", None, 2])),
        (range(3), CategoricalDistribution([0, 1, 2])),
        (np.array([0.5, 1.5]), CategoricalDistribution([0.5, 1.5])),
    ],
)
def test_the_study_holds_the_values_where_it_has_a_distribution_for_them(values, expected):
    chosen, (trial, *_) = draws(values)

    assert trial.distributions == {"x": expected}
    assert trial.params["x"] == chosen[0]


@pytest.mark.parametrize(
    "frozen",
    [stats.norm(3, 2), stats.expon(scale=0.1), stats.beta(2, 5), stats.loguniform(1, 9, loc=5)],
    ids=lambda frozen: frozen.dist.name,
)
def test_other_continuous_distributions_are_drawn_from_by_quantile(frozen):
    chosen, trials = draws(frozen, 400)

    assert stats.kstest(chosen, frozen.cdf).pvalue > 0.01
    assert [trial.user_attrs["x"] for trial in trials] == chosen
    assert trials[0].distributions == {"x (quantile)": FloatDistribution(0.0, 1.0)}


def test_the_ends_of_the_quantiles_are_finite():
    study = tunesmith.create_study()
    for quantile in (0.0, 1.0):
        study.enqueue_trial({"x (quantile)": quantile})
        assert math.isfinite(dimension("x", stats.norm()).suggest(study.ask()))


def test_discrete_distributions_give_integers():
    chosen, _ = draws(stats.poisson(3))

    assert {type(value) for value in chosen} == {int}
    assert 2.5 < np.mean(chosen) < 3.5


def test_an_object_that_only_draws_is_drawn_from_with_a_seed():
    class Pair:
        def rvs(self, random_state=None):
            return tuple(random_state.randint(0, 9, size=2).tolist())

    chosen, trials = draws(Pair(), 20)

    assert len(set(chosen)) > 5
    assert trials[0].user_attrs["x"] == f"0: {chosen[0]!r}"


@pytest.mark.parametrize(
    "values",
    [
        [(1, 2), (3, 4)],
        [SVC(), SVC(C=2)],
        [1, True],
        [np.nan, 0.5],
        [len, lambda: 0],
        [{"a": 1}, None],
    ],
    ids=str,
)
def test_a_list_may_hold_anything(values):
    chosen, (trial, *_) = draws(values, 30)

    assert {id(value) for value in chosen} == {id(value) for value in values}
    labels = trial.distributions["x"].choices
    assert all(isinstance(label, str) and " at 0x" not in label for label in labels)
    assert len(set(labels)) == len(values)


def test_a_list_keeps_the_types_of_its_values():
    chosen, _ = draws(np.logspace(-2, 2, 5))

    assert {type(value) for value in chosen} == {np.float64}


def test_values_are_counted():
    assert dimension("x", [1, 2, 3]).n_values == 3
    assert dimension("x", IntDistribution(1, 9, step=2)).n_values == 5
    assert dimension("x", FloatDistribution(0, 1, step=0.25)).n_values == 5
    assert dimension("x", FloatDistribution(0, 1)).n_values is None
    assert dimension("x", stats.norm()).n_values is None


@pytest.mark.parametrize(
    ("name", "values", "error", "message"),
    [
        ("C", 1.0, TypeError, r"'C': give a list .* got 1.0. .* into a list: \[1.0\]"),
        ("C", "rbf", TypeError, r"'C': give a list .* got 'rbf'"),
        ("C", [], ValueError, "'C': there must be a value to choose, got an empty list"),
        (1, [1], TypeError, "names, which are text, got 1"),
    ],
)
def test_bad_input_is_explained(name, values, error, message):
    with pytest.raises(error, match=message):
        dimension(name, values)
