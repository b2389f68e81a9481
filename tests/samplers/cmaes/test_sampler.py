"""CmaEsSampler."""

from __future__ import annotations

import numpy as np
import pytest

import tunesmith
from tunesmith.samplers import CmaEsSampler, RandomSampler


def ellipsoid(trial):
    x = [trial.suggest_float(f"x{k}", -5, 5) for k in range(4)]
    return sum(10.0**k * (value - 1) ** 2 for k, value in enumerate(x))


def solved(sampler, objective=ellipsoid, n_trials=150, **options):
    study = tunesmith.create_study(sampler=sampler, **options)
    study.optimize(objective, n_trials=n_trials)
    return study


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"use_separable_cma": True},
        {"with_margin": True},
        {"lr_adapt": True},
        {"restart_strategy": "ipop"},
        {"restart_strategy": "bipop", "inc_popsize": 3},
        {"popsize": 5, "sigma0": 0.3, "x0": {"x1": 2.0}},
    ],
    ids=str,
)
def test_every_option_beats_random_search(options):
    found = [solved(CmaEsSampler(seed=seed, **options)).best_value for seed in range(3)]
    random = [solved(RandomSampler(seed=seed)).best_value for seed in range(3)]
    assert np.median(found) < 0.5 * np.median(random)


def test_it_begins_where_it_is_told():
    sampler = CmaEsSampler(x0={"x0": 3.0}, sigma0=1e-3, seed=0)
    study = solved(sampler, n_trials=8)
    for trial in study.trials[1:]:
        assert abs(trial.params["x0"] - 3.0) < 0.1
        assert abs(trial.params["x1"]) < 0.1


def test_it_begins_at_the_good_trials_of_another_study():
    source = solved(CmaEsSampler(seed=0)).trials
    warm = [
        solved(CmaEsSampler(seed=s, source_trials=source), n_trials=30).best_value for s in range(3)
    ]
    cold = [solved(CmaEsSampler(seed=s), n_trials=30).best_value for s in range(3)]
    assert max(warm) < min(cold)


def test_source_trials_that_do_not_fit():
    sampler = CmaEsSampler(source_trials=[tunesmith.create_trial(value=1.0)])
    with pytest.raises(ValueError, match="None of the source trials is complete and has"):
        solved(sampler, n_trials=3)


def test_maximising_is_minimising_the_negative():
    one = solved(CmaEsSampler(seed=0), n_trials=40)
    other = solved(CmaEsSampler(seed=0), lambda t: -ellipsoid(t), 40, direction="maximize")
    assert [t.params for t in one.trials] == [t.params for t in other.trials]


def test_restarts_leave_where_it_has_converged():
    def bowl(trial):
        x, y = trial.suggest_float("x", 0, 1), trial.suggest_float("y", 0, 1)
        return (x - 0.2) ** 2 + (y - 0.3) ** 2

    def spread(strategy):
        study = solved(CmaEsSampler(seed=0, popsize=4, restart_strategy=strategy), bowl, 500)
        return np.ptp([t.params["x"] for t in study.trials[300:]])

    assert spread(None) < 1e-3
    assert spread("ipop") > 0.1
    assert spread("bipop") > 0.1


def test_pruned_trials_count_if_wanted():
    def objective(trial):
        value = ellipsoid(trial)
        trial.report(value, 0)
        if trial.number % 2:
            raise tunesmith.TrialPruned
        return value

    generations = []
    for considered in (False, True):
        sampler = CmaEsSampler(seed=0, popsize=4, consider_pruned_trials=considered)
        study = solved(sampler, objective, 41)
        generations.append(max(t.system_attrs.get("cma:generation", 0) for t in study.trials))
    assert generations[0] == 4
    assert generations[1] == 9


def test_infeasible_trials_are_worse_than_all_others():
    def objective(trial):
        x, y = trial.suggest_float("x", -5, 5), trial.suggest_float("y", -5, 5)
        trial.set_constraint("x", 2.0 - x)
        return x**2 + y**2

    best = solved(CmaEsSampler(seed=0), objective, 200).best_trial
    assert best.params["x"] == pytest.approx(2.0, abs=0.3)


def test_results_that_come_late_and_out_of_order():
    study = tunesmith.create_study(sampler=CmaEsSampler(seed=0, popsize=4))
    study.optimize(ellipsoid, n_trials=1)
    for _ in range(4):
        running = [study.ask() for _ in range(7)]
        values = [ellipsoid(trial) for trial in running]
        for trial, value in reversed(list(zip(running, values, strict=True))):
            study.tell(trial, value)

    assert max(t.system_attrs.get("cma:generation", 0) for t in study.trials) == 3


def test_integers_get_stuck_less_with_margin():
    def objective(trial):
        x = trial.suggest_float("x", -5, 5)
        return (x - 1) ** 2 + sum(100 * (trial.suggest_int(f"n{k}", 0, 9) - 8) ** 2 for k in "ab")

    best = [solved(CmaEsSampler(seed=s, with_margin=True), objective).best_value for s in range(4)]
    assert np.median(best) < 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"source_trials": [], "x0": {}}, "in place of x0 and sigma0"),
        ({"source_trials": [], "use_separable_cma": True}, "needs a full covariance"),
        ({"use_separable_cma": True, "with_margin": True}, "exclude each other"),
        ({"lr_adapt": True, "with_margin": True}, "excludes"),
        ({"restart_strategy": "x"}, "None, 'ipop' or 'bipop', got 'x'"),
        ({"popsize": 2}, "popsize >= 3"),
        ({"sigma0": 0.0}, "sigma0 > 0"),
        ({"inc_popsize": 0}, "inc_popsize >= 1"),
    ],
)
def test_bad_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        CmaEsSampler(**options)


def test_several_objectives():
    with pytest.raises(ValueError, match="for one objective; this study has 2"):
        solved(CmaEsSampler(), lambda t: (0.0, 1.0), 2, directions=["minimize"] * 2)


def test_x0_outside_the_range():
    with pytest.raises(ValueError, match="outside the ranges"):
        solved(CmaEsSampler(x0={"x0": 7.0}), n_trials=3)
