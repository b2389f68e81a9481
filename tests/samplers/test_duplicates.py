"""Duplicate-free proposals in discrete spaces."""

from __future__ import annotations

import copy
import itertools
import math
import pickle

import numpy as np
import pytest

import tunesmith
from tunesmith.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from tunesmith.samplers import AutoSampler, GPSampler, RandomSampler, TPESampler
from tunesmith.samplers.discrete import is_discrete, n_levels, value_of_level
from tunesmith.samplers.duplicates import Duplicates, Tried
from tunesmith.trial import TrialState

SPACE = {
    "kind": CategoricalDistribution(["a", None, True]),
    "n": IntDistribution(3, 9, step=3),
    "rate": FloatDistribution(0, 0.3, step=0.1),
    "depth": IntDistribution(1, 4, log=True),
}
SIZE = 3 * 3 * 4 * 4


def tpe(**options):
    return lambda seed, **more: TPESampler(seed=seed, **options, **more)


SAMPLERS = {
    "random": RandomSampler,
    "tpe": tpe(),
    "tpe-group": tpe(group=True),
    "tpe-independent": tpe(multivariate=False),
    "tpe-no-liar": tpe(constant_liar=False),
    "gp": lambda seed, **more: GPSampler(seed=seed, n_startup_trials=3, **more),
    "auto": lambda seed, **more: AutoSampler(seed=seed, **more),
}
every_sampler = pytest.mark.parametrize("make", SAMPLERS.values(), ids=SAMPLERS)
# Where models take long, and do what the others do.
FAST = {name: make for name, make in SAMPLERS.items() if name not in ("gp", "auto")}
every_fast_sampler = pytest.mark.parametrize("make", FAST.values(), ids=FAST)


def loss(params):
    return params["n"] + params["rate"] + params["depth"] + (params["kind"] is None)


def objective(trial):
    return loss({name: trial.suggest(name, dist) for name, dist in SPACE.items()})


def configurations(study):
    return [tuple(trial.params[name] for name in SPACE) for trial in study.trials]


def warnings_in(log):
    return [r for r in log.records if "configurations of the search space" in r.getMessage()]


@pytest.fixture(autouse=True)
def quiet():
    tunesmith.logging.set_verbosity(tunesmith.logging.ERROR)


class TestSamplers:
    @every_sampler
    def test_every_configuration_comes_up_once(self, make, log_of_tunesmith):
        study = tunesmith.create_study(sampler=make(1))
        study.optimize(objective, n_trials=SIZE)

        assert len(set(configurations(study))) == SIZE
        assert not warnings_in(log_of_tunesmith)

    @every_sampler
    def test_then_there_is_one_warning_and_it_goes_on(self, make, log_of_tunesmith):
        space = {"x": IntDistribution(0, 5), "one": IntDistribution(2, 2)}
        study = tunesmith.create_study(sampler=make(1))
        for _ in range(11):
            study.tell(study.ask(space), 0.0)

        assert {trial.params["x"] for trial in study.trials[:6]} == set(range(6))
        (warning,) = warnings_in(log_of_tunesmith)
        assert "All 6 configurations" in warning.getMessage()

    @every_sampler
    def test_it_can_be_turned_off(self, make, log_of_tunesmith):
        study = tunesmith.create_study(sampler=make(1, avoid_duplicates=False))
        study.optimize(objective, n_trials=SIZE)

        assert len(set(configurations(study))) < SIZE
        assert not warnings_in(log_of_tunesmith)

    @every_fast_sampler
    def test_a_resumed_study_goes_on_alike(self, make, tmp_path):
        storage = f"sqlite:///{tmp_path / 'study.db'}"
        for n_trials in (50, 50, 44):
            study = tunesmith.create_study(
                study_name="s", storage=storage, load_if_exists=True, sampler=make(3)
            )
            study.optimize(objective, n_trials=n_trials)
        alone = tunesmith.create_study(sampler=make(3))
        alone.optimize(objective, n_trials=SIZE)

        assert configurations(study) == configurations(alone)
        assert len(set(configurations(study))) == SIZE

    @every_fast_sampler
    @pytest.mark.parametrize("copied", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
    def test_a_copy_knows_what_was_tried(self, make, copied):
        study = tunesmith.create_study(sampler=make(3))
        study.optimize(objective, n_trials=100)
        study.sampler = copied(study.sampler)
        study.optimize(objective, n_trials=44)

        assert len(set(configurations(study))) == SIZE

    @every_sampler
    def test_running_trials_count(self, make):
        study = tunesmith.create_study(sampler=make(2))
        study.optimize(objective, n_trials=20)
        running = [study.ask(SPACE) for _ in range(SIZE - 20)]
        assert len(set(configurations(study))) == SIZE

        for trial in running:
            study.tell(trial, 1.0)
        assert len(set(configurations(study))) == SIZE

    @every_sampler
    def test_failed_and_pruned_trials_count(self, make):
        def failing(trial):
            objective(trial)
            if trial.number % 3 == 1:
                raise ValueError
            if trial.number % 3 == 2:
                raise tunesmith.TrialPruned
            return 0.0

        study = tunesmith.create_study(sampler=make(2))
        study.optimize(failing, n_trials=SIZE, catch=ValueError)

        assert len(set(configurations(study))) == SIZE

    @every_sampler
    def test_what_others_have_tried_counts(self, make):
        study = tunesmith.create_study(sampler=make(2))
        configuration = {"kind": True, "n": 6, "rate": 0.2, "depth": 2}
        study.add_trial(
            tunesmith.create_trial(params=configuration, distributions=SPACE, value=0.0)
        )
        study.enqueue_trial({**configuration, "depth": 3})
        study.optimize(objective, n_trials=SIZE - 1)

        assert len(set(configurations(study))) == SIZE

    @every_fast_sampler
    def test_several_objectives(self, make):
        study = tunesmith.create_study(directions=["minimize", "maximize"], sampler=make(2))
        study.optimize(lambda trial: (objective(trial), trial.params["n"]), n_trials=SIZE)

        assert len(set(configurations(study))) == SIZE

    @every_fast_sampler
    def test_threads(self, make):
        study = tunesmith.create_study(sampler=make(2))
        study.optimize(objective, n_trials=1)
        study.optimize(objective, n_trials=SIZE - 1, n_jobs=3)

        assert len(set(configurations(study))) == SIZE

    @every_fast_sampler
    def test_nothing_changes_where_there_is_no_duplicate(self, make):
        def continuous(trial):
            return objective(trial) + trial.suggest_float("x", 0, 1)

        def huge(trial):
            return sum(trial.suggest_int(f"n{k}", 0, 10**6) for k in range(12))

        for function in (continuous, huge):
            studies = [
                tunesmith.create_study(sampler=make(5, avoid_duplicates=avoids))
                for avoids in (True, False)
            ]
            for study in studies:
                study.optimize(function, n_trials=30)
            assert [t.params for t in studies[0].trials] == [t.params for t in studies[1].trials]

    @every_sampler
    def test_conditional_spaces_are_left_alone(self, make, log_of_tunesmith):
        def branches(trial):
            if trial.suggest_categorical("kind", ["a", "b"]) == "a":
                return trial.suggest_float("x", 0, 1)
            return 2.0

        study = tunesmith.create_study(sampler=make(1))
        study.optimize(branches, n_trials=30)

        assert not warnings_in(log_of_tunesmith)

    @every_sampler
    def test_one_configuration_is_no_news(self, make, log_of_tunesmith):
        study = tunesmith.create_study(sampler=make(1))
        study.optimize(lambda trial: trial.suggest_int("x", 3, 3), n_trials=14)

        assert not warnings_in(log_of_tunesmith)

    @every_sampler
    def test_a_space_that_grows_has_new_configurations(self, make):
        study = tunesmith.create_study(sampler=make(1))
        for n in (4, 9):
            for _ in range(16):
                study.tell(study.ask({"x": IntDistribution(0, n)}), 0.0)

        assert len(study.trials) == 32  # ranges vary from now on: nothing is promised

    def test_random_draws_stay_logarithmic(self):
        study = tunesmith.create_study(sampler=RandomSampler(seed=0))
        space = {"n": IntDistribution(1, 10**4, log=True)}
        for _ in range(200):
            study.tell(study.ask(space), 0.0)
        drawn = [trial.params["n"] for trial in study.trials]

        assert len(set(drawn)) == 200
        # 100 with replacement; without, small values run out. Uniform draws would give 5,000.
        assert 100 <= np.median(drawn) <= 1000

    def test_random_draws_of_a_continuous_space_read_nothing(self):
        study = tunesmith.create_study(sampler=RandomSampler(seed=0))
        study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)

        assert not study.sampler.looks_back(study.trials[0].distributions)

    def test_tpe_still_learns(self):
        losses = []
        for avoids in (True, False):
            best = []
            for seed in range(5):
                sampler = TPESampler(seed=seed, avoid_duplicates=avoids)
                study = tunesmith.create_study(sampler=sampler)
                study.optimize(
                    lambda t: sum((t.suggest_int(f"x{k}", 0, 9) - 3) ** 2 for k in range(4)), 60
                )
                best.append(study.best_value)
            losses.append(sum(best))

        assert losses[0] <= losses[1], losses


def refreshed(tried, trials):
    """Take in trials (params, state) of a study made for them."""
    study = tunesmith.create_study()
    for params, state in trials:
        value = 0.0 if state is TrialState.COMPLETE else None
        study.add_trial(
            tunesmith.create_trial(
                params=params, distributions=tried.space, state=state, value=value
            )
        )
    tried.refresh(study.history, -1)
    return study


class TestTried:
    def test_which_trials_count(self):
        tried = Tried({"x": IntDistribution(0, 9)})
        states = [TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL, TrialState.RUNNING]
        refreshed(tried, [({"x": k}, state) for k, state in enumerate(states)])

        assert [{"x": k} in tried for k in range(6)] == [True] * 4 + [False] * 2
        assert tried.n_left == 6

    def test_the_trial_itself_does_not_count(self):
        tried = Tried({"x": IntDistribution(0, 9)})
        study = refreshed(tried, [({"x": 1}, TrialState.RUNNING)])
        tried.refresh(study.history, 0)

        assert {"x": 1} not in tried

    def test_trials_outside_the_space_do_not_count(self):
        tried = Tried({"x": IntDistribution(0, 8, step=4)})
        study = tunesmith.create_study()
        for x in (-4, 2, 12, 4):
            study.tell(study.ask({"x": IntDistribution(x, x)}), 0.0)
        study.tell(study.ask(), 0.0)
        tried.refresh(study.history, -1)

        assert tried.n_left == 2

    @pytest.mark.parametrize("n_tried", [0, 5, 80, 140, SIZE - 1])
    def test_draws_are_untried_and_uniform(self, n_tried):
        everything = [
            dict(zip(SPACE, values, strict=True))
            for values in itertools.product(
                *([value_of_level(d, k) for k in range(n_levels(d))] for d in SPACE.values())
            )
        ]
        order = np.random.default_rng(0).permutation(SIZE)
        tried = Tried(SPACE)
        # Two of them run, so both kinds are told apart from what is left.
        states = [TrialState.RUNNING] * min(2, n_tried) + [TrialState.COMPLETE] * (n_tried - 2)
        trials = [(everything[k], s) for k, s in zip(order[:n_tried], states, strict=False)]
        refreshed(tried, trials)
        left = [everything[k] for k in order[len(trials) :]]
        rng = np.random.default_rng(1)
        drawn = [tried.draw(rng) for _ in range(60 * len(left))]

        counts = [drawn.count(values) for values in left]
        assert sum(counts) == len(drawn)
        # Poisson with mean 60: six standard deviations.
        assert all(abs(count - 60) < 6 * math.sqrt(60) for count in counts)

    def test_what_is_near_shares_most_values(self):
        space = {f"x{k}": IntDistribution(0, 9) for k in range(5)}
        tried = Tried(space)
        values = dict.fromkeys(space, 5)
        refreshed(tried, [(values, TrialState.COMPLETE)])
        rng = np.random.default_rng(0)
        for _ in range(50):
            near = tried.near(values, rng)
            assert near not in tried
            assert sum(near[name] != 5 for name in space) == 1

    def test_what_is_near_may_be_the_last_one(self):
        space = {"a": IntDistribution(0, 1), "b": CategoricalDistribution(["x", "y"])}
        tried = Tried(space)
        refreshed(
            tried,
            [({"a": a, "b": b}, TrialState.COMPLETE) for a, b in [(0, "x"), (0, "y"), (1, "x")]],
        )
        rng = np.random.default_rng(0)
        assert tried.near({"a": 0, "b": "x"}, rng) == {"a": 1, "b": "y"}

    def test_nothing_left(self):
        tried = Tried({"x": IntDistribution(0, 0)})
        refreshed(tried, [({"x": 0}, TrialState.COMPLETE)])
        with pytest.raises(ValueError, match="No configuration is left"):
            tried.draw(np.random.default_rng(0))

    def test_spaces_of_any_size(self):
        space = {f"x{k}": IntDistribution(0, 2**40) for k in range(4)}
        tried = Tried(space)
        values = {name: 2**39 + k for k, name in enumerate(space)}
        refreshed(tried, [(values, TrialState.COMPLETE)])

        assert values in tried
        assert {**values, "x3": 0} not in tried
        assert tried.near(values, np.random.default_rng(0)) not in tried


class TestDiscrete:
    @pytest.mark.parametrize(
        ("distribution", "levels"),
        [
            (FloatDistribution(0, 1), None),
            (FloatDistribution(1, 2, log=True), None),
            (FloatDistribution(2, 2), [2.0]),
            (FloatDistribution(0, 0.3, step=0.1), [0.0, 0.1, 0.2, 0.3]),
            (IntDistribution(1, 7, step=3), [1, 4, 7]),
            (IntDistribution(1, 3, log=True), [1, 2, 3]),
            (IntDistribution(-(2**60), 2**60), None),
            (CategoricalDistribution(["a", None]), ["a", None]),
        ],
    )
    def test_levels(self, distribution, levels):
        assert is_discrete(distribution) == (levels is not None)
        if levels is not None:
            found = [value_of_level(distribution, k) for k in range(n_levels(distribution))]
            assert found == levels
            assert list(map(type, found)) == list(map(type, levels))

    def test_continuous_ranges_have_no_levels(self):
        with pytest.raises(TypeError, match="is not discrete"):
            n_levels(FloatDistribution(0, 1))


def test_only_flat_discrete_spaces_are_looked_after():
    duplicates = Duplicates()
    study = tunesmith.create_study()
    x, n = FloatDistribution(0, 1), IntDistribution(0, 3)
    assert duplicates.space(study.history) == {}
    study.tell(study.ask({"n": n}), 0.0)
    assert duplicates.space(study.history) == {"n": n}
    assert duplicates.tried(study.history, 1, {"n": n}).n_left == 3
    assert duplicates.tried(study.history, 1, {"n": IntDistribution(0, 4)}) is None
    study.tell(study.ask({"n": n, "x": x}), 0.0)
    assert duplicates.space(study.history) == {}
    assert duplicates.tried(study.history, 2, {"n": n}) is None
