"""What every sampler promises, and how a study uses one."""

from __future__ import annotations

import copy
import math
import pickle
import random
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tunesmith
from tunesmith import samplers
from tunesmith.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from tunesmith.exceptions import TrialPruned
from tunesmith.samplers import (
    AutoSampler,
    BaseSampler,
    CmaEsSampler,
    GPSampler,
    NSGAIIISampler,
    NSGAIISampler,
    QMCSampler,
    RandomSampler,
    TPESampler,
)
from tunesmith.trial import TrialState

INF, NAN = math.inf, math.nan


def tpe(**options):
    # Few random trials, so that most of the others come from the model.
    options = {"n_startup_trials": 4, **options}
    return lambda seed: TPESampler(seed=seed, **options)


def gp(**options):
    options = {"n_startup_trials": 4, "warn_independent_sampling": False, **options}
    return lambda seed: GPSampler(seed=seed, **options)


def cma(**options):
    options = {"popsize": 4, "warn_independent_sampling": False, **options}
    return lambda seed: CmaEsSampler(seed=seed, **options)


def qmc(**options):
    options = {"warn_independent_sampling": False, **options}
    return lambda seed: QMCSampler(seed=seed, scramble=True, **options)


SAMPLERS = {
    "random": RandomSampler,
    "tpe": tpe(),
    "tpe-defaults": lambda seed: TPESampler(seed=seed),
    "tpe-from-the-start": tpe(n_startup_trials=0),
    "tpe-independent": tpe(multivariate=False),
    "tpe-independent-endpoints": tpe(
        multivariate=False, consider_endpoints=True, consider_magic_clip=False
    ),
    "tpe-no-clip": tpe(consider_magic_clip=False),
    "tpe-group": tpe(group=True),
    "tpe-no-liar": tpe(constant_liar=False),
    "tpe-one-candidate": tpe(n_ei_candidates=1),
    "tpe-no-prior-weight": tpe(prior_weight=0.0),
    "gp": gp(),
    "gp-deterministic": gp(deterministic_objective=True),
    "auto": lambda seed: AutoSampler(seed=seed),
    "cma": cma(),
    "cma-margin": cma(with_margin=True),
    "cma-separable": cma(use_separable_cma=True, restart_strategy="bipop"),
    "nsga-ii": lambda seed: NSGAIISampler(seed=seed, population_size=4),
    "nsga-iii": lambda seed: NSGAIIISampler(seed=seed, population_size=4),
    "sobol": qmc(),
    "halton": qmc(qmc_type="halton"),
    "tpe-own-rules": tpe(gamma=lambda n: n // 2, weights=lambda n: [(k + 1) / n for k in range(n)]),
}
# The others may settle before they have tried everything.
EXPLORING = [SAMPLERS[k] for k in SAMPLERS if k not in ("tpe-own-rules", "tpe-no-prior-weight")]
LEARNING = {k: make for k, make in SAMPLERS.items() if k not in ("random", "sobol", "halton")}

# They are for some spaces only, or for one's own samplers, and have tests of their own.
NOT_HERE = {
    "BaseGASampler", "BaseSampler", "BruteForceSampler", "GridSampler", "HistorySampler",
    "PartialFixedSampler",
}  # fmt: skip

DISTRIBUTIONS = {
    "float": FloatDistribution(-3.0, 7.5),
    "float-log": FloatDistribution(1e-7, 1e3, log=True),
    "float-step": FloatDistribution(0.0, 0.9, step=0.3),
    "float-many-steps": FloatDistribution(-1.0, 1.0, step=0.001),
    "float-single": FloatDistribution(0.1, 0.1),
    "float-log-single": FloatDistribution(1e-3, 1e-3, log=True),
    "float-step-single": FloatDistribution(0.3, 0.3, step=0.1),
    "float-huge": FloatDistribution(-1.7e308, 1.7e308),
    "float-log-huge": FloatDistribution(5e-324, 1.7e308, log=True),
    "float-tiny": FloatDistribution(1.0, math.nextafter(1.0, 2.0)),
    "float-tiny-at-zero": FloatDistribution(0.0, 5e-324),
    "float-log-tiny": FloatDistribution(1.0, math.nextafter(1.0, 2.0), log=True),
    "float-large-offset": FloatDistribution(1e16, 1e16 + 8),
    "int": IntDistribution(-4, 11),
    "int-log": IntDistribution(1, 1000, log=True),
    "int-log-few": IntDistribution(2, 5, log=True),
    "int-step": IntDistribution(3, 23, step=5),
    "int-single": IntDistribution(7, 7),
    "int-log-single": IntDistribution(7, 7, log=True),
    "int-two": IntDistribution(0, 1),
    "int-wide": IntDistribution(-(2**53), 2**53),
    "int-log-wide": IntDistribution(1, 2**53, log=True),
    "int-wide-step": IntDistribution(0, 10**12, step=10**4),
    "categorical": CategoricalDistribution(["a", "b", "c"]),
    "categorical-mixed": CategoricalDistribution([None, True, 1.5, "1.5", 7]),
    "categorical-bool": CategoricalDistribution([False, True]),
    "categorical-none": CategoricalDistribution([None]),
    "categorical-many": CategoricalDistribution(list(range(150))),
    "categorical-not-finite": CategoricalDistribution([NAN, INF, -INF]),
}
TYPES = {FloatDistribution: float, IntDistribution: int}

every_sampler = pytest.mark.parametrize("make", SAMPLERS.values(), ids=SAMPLERS)
GENERATED = ("random", "tpe", "tpe-independent", "tpe-no-clip")
every_sampler_of_several = pytest.mark.parametrize(
    "make",
    [make for name, make in SAMPLERS.items() if not name.startswith("cma")],
    ids=[name for name in SAMPLERS if not name.startswith("cma")],
)
few_samplers = pytest.mark.parametrize("make", [SAMPLERS[k] for k in GENERATED], ids=GENERATED)
every_learning_sampler = pytest.mark.parametrize("make", LEARNING.values(), ids=LEARNING)
generated = settings(max_examples=10, deadline=None, derandomize=True, database=None)


@pytest.fixture(autouse=True, scope="module")
def no_news_of_every_trial():
    verbosity = tunesmith.logging.get_verbosity()
    tunesmith.logging.set_verbosity(tunesmith.logging.ERROR)
    yield
    tunesmith.logging.set_verbosity(verbosity)


def test_no_sampler_is_forgotten():
    public = {name for name in samplers.__all__ if name.endswith("Sampler")}

    used = {type(make(0)).__name__ for make in SAMPLERS.values()}
    assert used == public - NOT_HERE


def assert_belongs(value, distribution):
    kind = TYPES.get(type(distribution))
    if kind is None:
        assert any(value is choice for choice in distribution.choices)
    else:
        assert type(value) is kind
    assert distribution.contains(distribution.to_internal_repr(value)), (value, distribution)


def run(study, distributions, n_trials, loss):
    """Run trials and return their parameters; `loss` takes a trial and its parameters."""
    asked = []
    for _ in range(n_trials):
        trial = study.ask(distributions)
        for name, distribution in distributions.items():
            assert_belongs(trial.params[name], distribution)
        asked.append(trial.params)
        study.tell(trial, loss(trial, trial.params))
    return asked


def scattered(trial, params):
    return random.Random(trial.number).gauss(0, 1)


def mixed_objective(trial):
    x = trial.suggest_float("x", -1, 2)
    rate = trial.suggest_float("rate", 1e-4, 1.0, log=True)
    layers = trial.suggest_int("layers", 1, 4)
    kind = trial.suggest_categorical("kind", ["a", None, True])
    return x * x + math.log10(rate) ** 2 + layers + (kind is None)


def params_of(study):
    return [trial.params for trial in study.trials]


class TestRanges:
    @every_sampler
    @pytest.mark.parametrize("distribution", DISTRIBUTIONS.values(), ids=DISTRIBUTIONS)
    def test_a_value_is_in_its_range_and_of_its_type(self, make, distribution):
        # Losses that push the model to the lower end and to the upper one.
        for sign in (1.0, -1.0):

            def loss(trial, params, sign=sign):
                internal = distribution.to_internal_repr(params["x"])
                return 0.0 if internal != internal else sign * internal

            study = tunesmith.create_study(sampler=make(3))
            run(study, {"x": distribution}, 9, loss)

    @every_sampler
    def test_all_kinds_together(self, make):
        study = tunesmith.create_study(sampler=make(3))

        run(study, DISTRIBUTIONS, 14, scattered)

    @pytest.mark.parametrize("make", EXPLORING)
    def test_all_values_of_a_small_range_come_up(self, make):
        space = {"n": IntDistribution(0, 3), "c": CategoricalDistribution(["a", "b", "c"])}
        study = tunesmith.create_study(sampler=make(5))

        asked = run(study, space, 60, scattered)

        assert {params["n"] for params in asked} == {0, 1, 2, 3}
        assert {params["c"] for params in asked} == {"a", "b", "c"}

    @every_sampler
    def test_a_continuous_parameter_is_not_repeated(self, make):
        study = tunesmith.create_study(sampler=make(5))

        asked = run(study, {"x": FloatDistribution(0, 1)}, 30, scattered)

        assert len({params["x"] for params in asked}) == 30

    @few_samplers
    @generated
    @given(
        ends=st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2).map(sorted),
        seed=st.integers(0, 2**32),
    )
    def test_any_float_range(self, make, ends, seed):
        self.check(make, FloatDistribution(*ends), seed)

    @few_samplers
    @generated
    @given(
        ends=st.tuples(*[st.floats(5e-324, 1.7976931348623157e308)] * 2).map(sorted),
        seed=st.integers(0, 2**32),
    )
    def test_any_logarithmic_range(self, make, ends, seed):
        self.check(make, FloatDistribution(*ends, log=True), seed)

    @few_samplers
    @generated
    @given(
        low=st.integers(-(10**6), 10**6),
        step=st.integers(1, 10**4),
        n_steps=st.integers(0, 1000),
        digits=st.integers(0, 8),
        seed=st.integers(0, 2**32),
    )
    def test_any_grid_of_decimals(self, make, low, step, n_steps, digits, seed):
        ends = [float(Decimal(k).scaleb(-digits)) for k in (low, low + n_steps * step)]
        step = float(Decimal(step).scaleb(-digits))

        self.check(make, FloatDistribution(*ends, step=step), seed)

    @few_samplers
    @generated
    @given(
        low=st.integers(-(2**52), 2**52),
        step=st.one_of(st.just(1), st.integers(1, 2**40)),
        n_steps=st.one_of(st.integers(0, 70), st.integers(0, 2**12)),
        seed=st.integers(0, 2**32),
    )
    def test_any_range_of_integers(self, make, low, step, n_steps, seed):
        self.check(make, IntDistribution(low, low + n_steps * step, step=step), seed)

    @few_samplers
    @generated
    @given(
        ends=st.tuples(*[st.integers(1, 2**53)] * 2).map(sorted),
        seed=st.integers(0, 2**32),
    )
    def test_any_logarithmic_range_of_integers(self, make, ends, seed):
        self.check(make, IntDistribution(*ends, log=True), seed)

    def check(self, make, distribution, seed):
        study = tunesmith.create_study(sampler=make(seed))
        run(study, {"x": distribution}, 7, scattered)


class TestReproducibility:
    def outcome(self, make, seed, n_trials=25):
        study = tunesmith.create_study(sampler=make(seed))
        study.optimize(mixed_objective, n_trials=n_trials)
        return params_of(study)

    @every_sampler
    def test_same_seed_same_study(self, make):
        assert self.outcome(make, 11) == self.outcome(make, 11)

    @every_sampler
    def test_other_seed_other_study(self, make):
        one, other = self.outcome(make, 11), self.outcome(make, 12)

        # The first one may be the middle of the space, and a corner may come up in both.
        assert sum(a != b for a, b in zip(one, other, strict=True)) >= 22

    @pytest.mark.parametrize("kind", [RandomSampler, TPESampler])
    def test_without_a_seed_each_study_is_another(self, kind):
        one, other = (self.outcome(lambda _: kind(), None, n_trials=2) for _ in range(2))

        assert one != other

    @every_sampler
    def test_a_study_resumed_with_a_new_sampler_goes_on_as_if_uninterrupted(self, make, tmp_path):
        storage = f"sqlite:///{tmp_path / 'resumed.db'}"
        tunesmith.create_study(study_name="s", storage=storage)

        for n_trials in (3, 9, 1, 12):
            study = tunesmith.load_study(study_name="s", storage=storage, sampler=make(11))
            study.optimize(mixed_objective, n_trials=n_trials)

        assert params_of(study) == self.outcome(make, 11)

    @every_sampler
    @pytest.mark.parametrize("copied", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
    def test_a_copy_of_a_used_sampler_goes_on_alike(self, make, copied):
        if make is SAMPLERS["tpe-own-rules"]:
            make = tpe(gamma=math.isqrt, weights=list_of_ones)  # functions that can be pickled
        study = tunesmith.create_study(sampler=make(11))
        study.optimize(mixed_objective, n_trials=9)
        study.sampler = copied(study.sampler)
        study.optimize(mixed_objective, n_trials=16)

        assert params_of(study) == self.outcome(make, 11)

    # Workers share a sequence, so reseeding leaves it alone.
    @pytest.mark.parametrize(
        "make", [make for name, make in SAMPLERS.items() if name not in ("sobol", "halton")]
    )
    def test_reseeding_makes_another_sampler(self, make):
        sampler = make(11)
        sampler.reseed_rng()

        assert self.outcome(lambda _: sampler, None, n_trials=4) != self.outcome(make, 11, 4)

    @every_sampler
    def test_a_sampler_serves_several_studies_without_mixing_them(self, make):
        sampler = make(11)
        studies = [tunesmith.create_study(sampler=sampler) for _ in range(2)]
        for _ in range(25):
            for study in studies:
                study.optimize(mixed_objective, n_trials=1)

        assert params_of(studies[0]) == params_of(studies[1]) == self.outcome(make, 11)

    @every_sampler
    def test_the_global_generators_are_left_alone(self, make):
        import numpy as np

        def states():
            return random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002  # the global one is meant

        before = states()

        self.outcome(make, 11, n_trials=8)

        assert states() == before

    def test_random_values_depend_on_the_name_and_not_on_the_order(self):
        x, y = FloatDistribution(0, 1), FloatDistribution(0, 1)
        asked = [
            tunesmith.create_study(sampler=RandomSampler(seed=2)).ask(space).params
            for space in ({"x": x, "y": y}, {"y": y, "x": x}, {"x": x})
        ]

        assert asked[0] == asked[1]
        assert asked[2]["x"] == asked[0]["x"] != asked[0]["y"]


def list_of_ones(n):
    return [1.0] * n


class TestSpaces:
    @every_sampler
    def test_branches(self, make):
        def objective(trial):
            kind = trial.suggest_categorical("kind", ["tree", "net", "none"])
            if kind == "tree":
                return float(trial.suggest_int("depth", 1, 9)) / trial.suggest_float("eta", 0.1, 1)
            if kind == "net":
                layers = trial.suggest_int("layers", 1, 3)
                return float(sum(trial.suggest_int(f"width{k}", 4, 64) for k in range(layers)))
            return 5.0

        study = tunesmith.create_study(sampler=make(1))
        study.optimize(objective, n_trials=40)

        for trial in study.trials:
            expected = {"kind"}
            if trial.params["kind"] == "tree":
                expected |= {"depth", "eta"}
            elif trial.params["kind"] == "net":
                expected |= {"layers", *(f"width{k}" for k in range(trial.params["layers"]))}
            assert trial.params.keys() == expected
            for name, distribution in trial.distributions.items():
                assert_belongs(trial.params[name], distribution)
        if make in EXPLORING:
            assert {trial.params["kind"] for trial in study.trials} == {"tree", "net", "none"}

    @every_sampler
    def test_ranges_that_move(self, make):
        study = tunesmith.create_study(sampler=make(1))

        for number in range(30):
            low = 10 * (number // 6)
            space = {
                "x": FloatDistribution(low, low + 5.0 + number),
                "n": IntDistribution(low, low + number),
                "fixed": FloatDistribution(0, 1),
            }
            run(study, space, 1, scattered)

    @every_sampler
    def test_a_range_that_gets_and_loses_a_step(self, make):
        study = tunesmith.create_study(sampler=make(1))

        for x in (
            FloatDistribution(-5, 5),
            FloatDistribution(0, 5, step=0.5),
            FloatDistribution(2, 2),
            FloatDistribution(2, 5, step=1),
            FloatDistribution(-5, 5),
        ):
            run(study, {"x": x}, 7, scattered)

    @every_sampler
    def test_parameters_that_come_and_go(self, make):
        study = tunesmith.create_study(sampler=make(1))
        x = FloatDistribution(0, 1)

        for number in range(30):
            run(study, {f"x{k}": x for k in range(number % 4)}, 1, scattered)

    @every_sampler
    def test_no_parameters(self, make):
        study = tunesmith.create_study(sampler=make(1))

        assert run(study, {}, 8, scattered) == [{}] * 8

    @every_sampler
    def test_odd_names(self, make):
        study = tunesmith.create_study(sampler=make(1))

        run(study, {name: FloatDistribution(0, 1) for name in ("", "a,b", "ä ☃")}, 8, scattered)


class TestResults:
    @every_sampler
    @pytest.mark.parametrize("direction", ["minimize", "maximize"])
    @pytest.mark.parametrize(
        "values",
        [[INF], [-INF], [INF, -INF, 0.0], [0.0], [1e308, -1e308], [NAN, 1.0]],
        ids=["inf", "-inf", "both", "equal", "huge", "nan"],
    )
    def test_any_value(self, make, direction, values):
        study = tunesmith.create_study(sampler=make(1), direction=direction)

        def objective(trial):
            trial.suggest_float("x", 0, 1)
            trial.suggest_categorical("c", ["a", "b"])
            return values[trial.number % len(values)]

        study.optimize(objective, n_trials=16)

        assert len(study.trials) == 16
        for trial in study.trials:
            failed = math.isnan(values[trial.number % len(values)])
            assert trial.state is (TrialState.FAIL if failed else TrialState.COMPLETE)
            assert trial.params.keys() == {"x", "c"}

    @every_sampler
    @pytest.mark.parametrize("reported", [NAN, INF, -INF, 0.0])
    def test_pruned_trials_with_any_report(self, make, reported):
        study = tunesmith.create_study(sampler=make(1))

        def objective(trial):
            x = trial.suggest_float("x", 0, 1)
            for step in range(trial.number % 3):
                trial.report(reported, step)
            if trial.number % 4:
                raise TrialPruned
            return x

        study.optimize(objective, n_trials=24)

        states = [trial.state for trial in study.trials]
        assert states.count(TrialState.PRUNED) == 18
        assert states.count(TrialState.COMPLETE) == 6

    @every_sampler
    def test_nothing_but_pruned_trials(self, make):
        study = tunesmith.create_study(sampler=make(1))

        def objective(trial):
            trial.report(trial.suggest_float("x", 0, 1), 0)
            raise TrialPruned

        study.optimize(objective, n_trials=16)

        assert all(trial.state is TrialState.PRUNED for trial in study.trials)

    @every_sampler
    def test_nothing_but_failed_trials(self, make):
        study = tunesmith.create_study(sampler=make(1))

        def objective(trial):
            trial.suggest_float("x", 0, 1)
            raise RuntimeError("no")

        study.optimize(objective, n_trials=16, catch=RuntimeError)

        assert len({trial.params["x"] for trial in study.trials}) == 16

    @every_sampler
    def test_trials_that_failed_before_their_parameters(self, make):
        study = tunesmith.create_study(sampler=make(1))

        def objective(trial):
            if trial.number % 3 == 1:
                raise RuntimeError("no")
            return trial.suggest_float("x", 0, 1)

        study.optimize(objective, n_trials=20, catch=RuntimeError)

        assert [bool(trial.params) for trial in study.trials] == [k % 3 != 1 for k in range(20)]

    @every_sampler
    def test_an_enqueued_value_outside_the_range_is_used_and_does_no_harm(self, make):
        study = tunesmith.create_study(sampler=make(1))
        space = {"x": FloatDistribution(0, 1), "n": IntDistribution(1, 5, log=True)}
        run(study, space, 8, scattered)
        study.enqueue_trial({"x": 100.0, "n": 9})

        with pytest.warns(UserWarning, match="enqueued value .* lies outside"):
            trial = study.ask(space)
        study.tell(trial, -100.0)  # the best one by far

        assert trial.params == {"x": 100.0, "n": 9}
        run(study, space, 8, scattered)

    @every_sampler
    def test_a_trial_that_is_enqueued_in_part_is_completed(self, make):
        study = tunesmith.create_study(sampler=make(1))
        space = {"x": FloatDistribution(0, 1), "y": FloatDistribution(0, 1)}
        run(study, space, 8, scattered)
        study.enqueue_trial({"y": 0.25})

        (params,) = run(study, space, 1, scattered)

        assert params["y"] == 0.25
        assert params["x"] != 0.25

    @every_sampler
    def test_trials_that_were_run_elsewhere(self, make):
        space = {"x": FloatDistribution(0, 1), "c": CategoricalDistribution(["a", "b"])}
        study = tunesmith.create_study(sampler=make(1))
        study.add_trials(
            tunesmith.create_trial(
                params={"x": k / 20, "c": "ab"[k % 2]}, distributions=space, value=float(k)
            )
            for k in range(20)
        )

        run(study, space, 8, scattered)

        assert len(study.trials) == 28

    @every_sampler
    def test_many_running_trials(self, make):
        study = tunesmith.create_study(sampler=make(1))
        space = {"x": FloatDistribution(0, 1), "c": CategoricalDistribution(["a", "b"])}
        run(study, space, 8, scattered)

        running = [study.ask(space) for _ in range(20)]

        assert len({tuple(trial.params.values()) for trial in running}) == 20
        for trial in reversed(running):
            study.tell(trial, trial.params["x"])
        run(study, space, 4, scattered)


class TestSeveralObjectives:
    @every_sampler_of_several
    @pytest.mark.parametrize(
        "directions",
        [["minimize", "maximize"], ["minimize"] * 3, ["maximize"] * 4],
        ids=["two", "three", "four"],
    )
    def test_values_are_in_their_ranges_and_repeatable(self, make, directions):
        def objective(trial):
            x = [trial.suggest_float(f"x{k}", 0, 1) for k in range(len(directions))]
            kind = trial.suggest_categorical("kind", ["a", "b"])
            return [value * value + (kind == "a") for value in x]

        def outcome():
            study = tunesmith.create_study(directions=directions, sampler=make(1))
            study.optimize(objective, n_trials=20)
            return study

        one, other = outcome(), outcome()
        assert params_of(one) == params_of(other)
        for trial in one.trials:
            for name, distribution in trial.distributions.items():
                assert_belongs(trial.params[name], distribution)

    @every_sampler_of_several
    @pytest.mark.parametrize(
        "values",
        [(INF, 0.0), (-INF, INF), (0.0, 0.0), (1e308, -1e308), (NAN, 0.0)],
        ids=["inf", "both", "equal", "huge", "nan"],
    )
    def test_any_values(self, make, values):
        study = tunesmith.create_study(directions=["minimize", "maximize"], sampler=make(1))

        def objective(trial):
            x = trial.suggest_float("x", 0, 1)
            return (x, 1 - x) if trial.number % 3 == 0 else values

        study.optimize(objective, n_trials=18)

        assert len({trial.params["x"] for trial in study.trials}) == 18

    @every_sampler_of_several
    def test_pruned_and_failed_trials(self, make):
        study = tunesmith.create_study(directions=["minimize", "maximize"], sampler=make(1))

        def objective(trial):
            x = trial.suggest_float("x", 0, 1)
            if trial.number % 3 == 1:
                raise TrialPruned
            if trial.number % 3 == 2:
                raise RuntimeError("no")
            return x, x

        study.optimize(objective, n_trials=24, catch=RuntimeError)

        states = [trial.state for trial in study.trials]
        assert [states.count(s) for s in (TrialState.PRUNED, TrialState.FAIL)] == [8, 8]


class TestConstraints:
    @every_sampler
    @pytest.mark.parametrize("n_objectives", [1, 2])
    @pytest.mark.parametrize("violation", [-1.0, 0.0, 1.0, INF, -INF])
    def test_any_constraint_value(self, make, n_objectives, violation):
        if n_objectives > 1 and isinstance(make(1), CmaEsSampler):
            n_objectives = 1
        study = tunesmith.create_study(directions=["minimize"] * n_objectives, sampler=make(1))

        def objective(trial):
            x = trial.suggest_float("x", 0, 1)
            trial.set_constraint("some", violation if trial.number % 2 else x)
            if trial.number % 5 == 4:
                raise TrialPruned
            return [x] * n_objectives

        study.optimize(objective, n_trials=16)

        assert len({trial.params["x"] for trial in study.trials}) == 16


class TestThreads:
    @every_sampler
    def test_two_threads(self, make):
        study = tunesmith.create_study(sampler=make(1))

        study.optimize(mixed_objective, n_trials=30, n_jobs=2)

        assert [trial.number for trial in study.trials] == list(range(30))
        assert len({tuple(trial.params.values()) for trial in study.trials}) == 30
        for trial in study.trials:
            assert trial.state is TrialState.COMPLETE
            for name, distribution in trial.distributions.items():
                assert_belongs(trial.params[name], distribution)

    def test_two_threads_draw_the_random_trials_that_one_draws(self):
        studies = [tunesmith.create_study(sampler=RandomSampler(seed=1)) for _ in range(2)]

        for n_jobs, study in enumerate(studies, start=1):
            study.optimize(mixed_objective, n_trials=30, n_jobs=n_jobs)

        assert params_of(studies[0]) == params_of(studies[1])


class TestOptunasProtocol:
    @every_sampler
    def test_a_sampler_that_is_wrapped_proposes_what_it_proposes_alone(self, make):
        class Wrapper(BaseSampler):
            def __init__(self, inner):
                self.inner = inner

            def infer_relative_search_space(self, study, trial):
                return self.inner.infer_relative_search_space(study, trial)

            def sample_relative(self, study, trial, search_space):
                return self.inner.sample_relative(study, trial, search_space)

            def sample_independent(self, study, trial, param_name, param_distribution):
                return self.inner.sample_independent(study, trial, param_name, param_distribution)

        studies = [tunesmith.create_study(sampler=s) for s in (make(1), Wrapper(make(1)))]

        for study in studies:
            study.optimize(mixed_objective, n_trials=25)

        assert params_of(studies[0]) == params_of(studies[1])

    @every_sampler
    def test_a_sampler_can_be_exchanged_in_between(self, make):
        study = tunesmith.create_study(sampler=RandomSampler(seed=4))
        study.optimize(mixed_objective, n_trials=6)
        study.sampler = make(4)
        study.optimize(mixed_objective, n_trials=6)
        study.sampler = RandomSampler(seed=4)
        study.optimize(mixed_objective, n_trials=2)

        alone = tunesmith.create_study(sampler=RandomSampler(seed=4))
        alone.optimize(mixed_objective, n_trials=14)
        assert params_of(study)[:6] == params_of(alone)[:6]
        assert params_of(study)[12:] == params_of(alone)[12:]

    @every_sampler
    def test_its_name(self, make):
        assert str(make(1)) == type(make(1)).__name__


@every_learning_sampler
def test_learning_beats_drawing_at_random(make):
    def objective(trial):
        return sum(trial.suggest_float(f"x{k}", -1, 1) ** 2 for k in range(3))

    def means(make):
        result = []
        for seed in range(4):
            study = tunesmith.create_study(sampler=make(seed))
            study.optimize(objective, n_trials=50)
            values = [trial.value for trial in study.trials]
            chosen = sorted(values)[:15] if has_arrived else values[30:]
            result.append(sum(chosen) / len(chosen))
        return result

    # The trials themselves are better, not only the best one: the mean of x^2 is 1/3. Gaussian
    # processes have found the optimum by then, and look elsewhere.
    has_arrived = isinstance(make(0), GPSampler)
    learnt, drawn = means(make), means(RandomSampler)
    assert max(learnt) < min(drawn), (learnt, drawn)
