"""What a user sets, and what follows from it."""

from __future__ import annotations

import inspect
import math

import numpy as np
import optuna
import pytest

import tunesmith
from tunesmith.distributions import CategoricalDistribution, FloatDistribution
from tunesmith.exceptions import TrialPruned
from tunesmith.samplers import RandomSampler, TPESampler
from tunesmith.trial import TrialState

X = FloatDistribution(0.0, 1.0)


def square(trial):
    return (trial.suggest_float("x", 0, 1) - 0.3) ** 2


def run(sampler, n_trials=20, objective=square, **study):
    study = tunesmith.create_study(sampler=sampler, **study)
    study.optimize(objective, n_trials=n_trials)
    return study


def values(study, name="x"):
    return [trial.params[name] for trial in study.trials]


def test_regions_where_trials_fail_are_avoided():
    # The better, the nearer to where they fail.
    def objective(trial):
        x, kind = trial.suggest_float("x", 0, 1), trial.suggest_categorical("kind", ["a", "b", "c"])
        if x > 0.5 or kind == "c":
            raise ValueError
        return 1 - x

    study = tunesmith.create_study(sampler=TPESampler(seed=0))
    study.optimize(objective, n_trials=100, catch=ValueError)

    late = study.trials[30:]
    assert sum(trial.state is TrialState.FAIL for trial in late) < 0.6 * len(late)
    assert study.best_value < 0.53


class TestSignature:
    @pytest.mark.parametrize("name", ["RandomSampler", "TPESampler"])
    def test_is_optunas_and_more(self, name):
        ours, theirs = (
            [
                (p.name, p.kind, p.default)
                for p in inspect.signature(getattr(library.samplers, name)).parameters.values()
            ]
            for library in (tunesmith, optuna)
        )

        more = [("avoid_duplicates", inspect.Parameter.KEYWORD_ONLY, True)]
        if name == "TPESampler":
            more.append(("source_studies", inspect.Parameter.KEYWORD_ONLY, None))
        assert ours == theirs + more

    def test_hyperopt_parameters_are_optunas(self):
        with pytest.warns(FutureWarning, match="hyperopt_parameters is deprecated"):
            ours = TPESampler.hyperopt_parameters()
        with pytest.warns(FutureWarning):
            theirs = optuna.samplers.TPESampler.hyperopt_parameters()

        rules = ("gamma", "weights")
        assert {k: v for k, v in ours.items() if k not in rules} == {
            k: v for k, v in theirs.items() if k not in rules
        }
        for n in [*range(1, 60), 100, 1000, 20_000]:
            assert ours["gamma"](n) == theirs["gamma"](n)
            np.testing.assert_allclose(ours["weights"](n), theirs["weights"](n), rtol=1e-9)
        with pytest.warns(FutureWarning, match="consider_prior"):
            run(TPESampler(**ours, seed=1), n_trials=25)

    @pytest.mark.filterwarnings("ignore:`weights` has been deprecated:FutureWarning")  # in Optuna
    def test_splits_as_optuna_does(self):
        """The weights are asked for as many good and as many bad trials."""
        asked = []
        for library in (tunesmith, optuna):
            sizes = []

            def weights(n, sizes=sizes):
                sizes.append(n)
                return np.ones(n)

            library.logging.set_verbosity(library.logging.ERROR)
            sampler = library.samplers.TPESampler(seed=1, weights=weights)
            study = library.create_study(sampler=sampler)
            study.optimize(square, n_trials=45)
            asked.append(set(sizes))
        assert {1, 2, 3, 4, 5} <= asked[0]  # a tenth, rounded up
        assert asked[0] == asked[1]


class TestSettings:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"prior_weight": -1.0}, "prior_weight >= 0 must hold, got prior_weight=-1.0"),
            ({"prior_weight": math.nan}, "prior_weight >= 0 must hold, got prior_weight=nan"),
            ({"n_ei_candidates": 0}, "n_ei_candidates >= 1 must hold, got n_ei_candidates=0"),
            ({"group": True, "multivariate": False}, "group=True needs multivariate=True"),
        ],
    )
    def test_that_make_no_sense(self, options, message):
        with pytest.raises(ValueError, match=message):
            TPESampler(**options)

    @pytest.mark.parametrize(
        "options",
        [
            {"consider_prior": True},
            {"warn_independent_sampling": True},
            {"constraints_func": lambda trial: (0.0,)},
        ],
        ids=lambda options: next(iter(options)),
    )
    def test_that_are_deprecated(self, options):
        with pytest.warns(FutureWarning, match=next(iter(options))):
            TPESampler(**options)

    @pytest.mark.parametrize("n", [0, 1, 7])
    def test_the_first_trials_are_random(self, n):
        drawn = values(run(RandomSampler(seed=5), n_trials=20))

        learnt = values(run(TPESampler(seed=5, n_startup_trials=n), n_trials=20))

        # With nothing to learn from there is nothing but drawing.
        n_random = max(n, 1)
        assert learnt[:n_random] == drawn[:n_random]
        assert not set(learnt[n_random:]) & set(drawn)

    def test_failed_trials_are_no_first_trials(self):
        def objective(trial):
            x = trial.suggest_float("x", 0, 1)
            if trial.number % 2:
                raise TrialPruned if trial.number % 4 == 1 else RuntimeError
            return x

        studies = [
            tunesmith.create_study(sampler=sampler)
            for sampler in (TPESampler(seed=5, n_startup_trials=6), RandomSampler(seed=5))
        ]
        for study in studies:
            study.optimize(objective, n_trials=12, catch=RuntimeError)

        one, other = map(values, studies)
        # Trials 0 to 6 hold six that are COMPLETE or PRUNED.
        assert [a == b for a, b in zip(one, other, strict=True)] == [True] * 7 + [False] * 5

    def test_it_is_multivariate_by_default_with_several_objectives_too(self):
        def pair(trial):
            x, y = (trial.suggest_float(name, 0, 1) for name in "xy")
            return x + y, x - y

        def total(trial):
            return pair(trial)[0]

        def outcome(objective, directions, multivariate):
            sampler = TPESampler(seed=2, multivariate=multivariate)
            return values(run(sampler, 15, objective, directions=directions))

        one, two = ["minimize"], ["minimize", "maximize"]
        assert outcome(total, one, None) == outcome(total, one, True)
        assert outcome(total, one, None) != outcome(total, one, False)
        assert outcome(pair, two, None) == outcome(pair, two, True)
        assert outcome(pair, two, None) != outcome(pair, two, False)

    @pytest.mark.parametrize(
        "options",
        [
            {"prior_weight": 0.1},
            {"consider_magic_clip": False},
            {"n_ei_candidates": 5},
            {"gamma": lambda n: n // 2},
            {"weights": lambda n: np.arange(1.0, n + 1)},
            {"multivariate": False},
            {"multivariate": False, "consider_endpoints": True},
        ],
        ids=str,
    )
    def test_each_makes_a_difference(self, options):
        assert values(run(TPESampler(seed=3, **options), 40)) != values(run(TPESampler(seed=3), 40))

    def test_defaults_may_be_written_out(self):
        written = TPESampler(
            seed=3,
            prior_weight=1.0,
            consider_magic_clip=True,
            consider_endpoints=False,
            n_startup_trials=10,
            n_ei_candidates=24,
            gamma=lambda n: min(math.ceil(n / 10), 25),
            multivariate=True,
            group=False,
            constant_liar=True,
        )

        assert values(run(written, 40)) == values(run(TPESampler(seed=3), 40))


class TestOwnRules:
    def test_gamma_may_say_none_or_all(self):
        for n_good in (-1, 0, 10**9):
            study = run(TPESampler(seed=1, n_startup_trials=2, gamma=lambda n, k=n_good: k))
            assert len(set(values(study))) == 20

    def test_wrong_weights_are_reported(self):
        with pytest.raises(ValueError, match=r"weights\(\d+\) must have shape"):
            run(TPESampler(seed=1, weights=lambda n: np.ones(n + 1)))

    def test_the_latest_count_where_the_weights_say_so(self):
        """Good trials at 0.2 first and at 0.8 last: the weights choose between them."""

        def proposals(weights):
            sampler = TPESampler(
                seed=1, gamma=lambda n: 20, weights=weights, prior_weight=1e-6, n_startup_trials=1
            )
            study = tunesmith.create_study(sampler=sampler)
            for k in range(40):
                x = (0.2, 0.8)[k >= 10] if k < 20 else 0.5
                study.add_trial(
                    tunesmith.create_trial(
                        params={"x": x}, distributions={"x": X}, value=float(k >= 20)
                    )
                )
            return np.array([study.ask({"x": X}).params["x"] for _ in range(30)])

        first = proposals(lambda n: np.where(np.arange(n) < n / 2, 1.0, 1e-9))
        last = proposals(lambda n: np.where(np.arange(n) >= n / 2, 1.0, 1e-9))

        assert (first < 0.5).mean() > 0.9
        assert (last > 0.5).mean() > 0.9


class TestConstraints:
    def sampler(self, **options):
        with pytest.warns(FutureWarning, match="constraints_func is deprecated"):
            return TPESampler(seed=1, **options)

    def test_the_function_sees_the_trial_and_its_values_are_stored(self):
        seen = []

        def constraints(trial):
            seen.append((trial.number, dict(trial.params), dict(trial.user_attrs)))
            return (trial.params["x"] - 0.5, -1)

        def objective(trial):
            trial.set_user_attr("twice", 2 * trial.suggest_float("x", 0, 1))
            return trial.number

        study = run(self.sampler(constraints_func=constraints), 12, objective)

        assert seen == [(t.number, t.params, {"twice": 2 * t.params["x"]}) for t in study.trials]
        for trial in study.trials:
            assert list(trial.system_attrs["constraints"]) == [trial.params["x"] - 0.5, -1]
            assert trial.constraints == {"0": trial.params["x"] - 0.5, "1": -1}
        assert study.best_trial.number == min(
            t.number for t in study.trials if t.params["x"] <= 0.5
        )

    @pytest.mark.parametrize("n_objectives", [1, 2])
    def test_it_keeps_to_the_feasible_part(self, n_objectives):
        def objective(trial):
            x = trial.suggest_float("x", 0, 1)
            return [x] * n_objectives  # the infeasible end is the better one

        sampler = self.sampler(constraints_func=lambda trial: (0.6 - trial.params["x"],))
        study = run(sampler, 60, objective, directions=["minimize"] * n_objectives)

        late = np.array(values(study)[30:])
        assert (late > 0.55).mean() > 0.6  # 0.45 at random
        assert np.median(late) < 0.8

    def test_set_constraint_does_the_same(self):
        def constrained(trial):
            x = trial.suggest_float("x", 0, 1)
            trial.set_constraint("0", 0.6 - x)
            return x

        def bare(trial):
            return trial.suggest_float("x", 0, 1)

        by_function = self.sampler(constraints_func=lambda trial: (0.6 - trial.params["x"],))

        one, other = run(by_function, 30, bare), run(TPESampler(seed=1), 30, constrained)
        assert values(one) == values(other)

    def test_nan_is_refused_and_the_result_kept(self):
        with pytest.raises(ValueError, match=r"constraints_func returned \(nan,\)"):
            run(self.sampler(constraints_func=lambda trial: (math.nan,)), 1)

    def test_pruned_trials_are_asked_and_failed_ones_are_not(self):
        asked = []

        def constraints(trial):
            asked.append(trial.number)
            return (0.0,)

        def objective(trial):
            x = trial.suggest_float("x", 0, 1)
            if trial.number == 1:
                raise TrialPruned
            if trial.number == 2:
                raise RuntimeError
            return math.nan if trial.number == 3 else x

        study = tunesmith.create_study(sampler=self.sampler(constraints_func=constraints))
        study.optimize(objective, n_trials=5, catch=RuntimeError)

        assert asked == [0, 1, 4]
        assert [t.state for t in study.trials[1:4]] == [
            TrialState.PRUNED,
            TrialState.FAIL,
            TrialState.FAIL,
        ]


class TestLiars:
    def proposals(self, *, constant_liar):
        study = run(TPESampler(seed=1, constant_liar=constant_liar), 30)
        return np.array([study.ask({"x": X}).params["x"] for _ in range(20)])

    def test_running_trials_push_others_away(self):
        with_liars, without = (
            np.diff(np.sort(self.proposals(constant_liar=liar))) for liar in (True, False)
        )

        # How far apart neighbours are, mostly.
        assert np.median(with_liars) > 2 * np.median(without)


class TestGroups:
    def test_each_branch_is_a_joint_density(self):
        """Within a branch y must follow x, which no model of single parameters can know."""

        def objective(trial):
            if trial.suggest_categorical("kind", ["a", "b"]) == "a":
                return abs(trial.suggest_float("x", 0, 1) - trial.suggest_float("y", 0, 1))
            return abs(trial.suggest_float("v", 0, 1) - trial.suggest_float("w", 0, 1))

        def late_mean(**options):
            studies = [run(TPESampler(seed=s, **options), 120, objective) for s in range(4)]
            return np.mean([t.value for study in studies for t in study.trials[60:]])

        assert late_mean(group=True) < late_mean(multivariate=False)

    def test_the_joint_space_is_that_of_all_groups(self):
        def objective(trial):
            kind = trial.suggest_categorical("kind", ["a", "b"])
            return trial.suggest_float(f"x-{kind}", 0, 1)

        sampler = TPESampler(seed=1, group=True)
        study = run(sampler, 20, objective)
        history = study.history

        assert set(sampler.joint_space(history)) == {"kind", "x-a", "x-b"}
        assert set(TPESampler(seed=1).joint_space(history)) == {"kind"}

    def test_single_values_are_not_modelled(self):
        def objective(trial):
            trial.suggest_int("one", 1, 1)
            trial.suggest_categorical("only", ["a"])
            return trial.suggest_float("x", 0, 1)

        for options in ({}, {"group": True}, {"multivariate": False}):
            study = run(TPESampler(seed=1, **options), 12, objective)
            assert set(study.sampler.joint_space(study.history)) == {"x"}


class TestLearning:
    def test_a_choice_that_is_better_is_chosen(self):
        def objective(trial):
            return {"a": 0.0, "b": 1.0, "c": 2.0}[trial.suggest_categorical("c", ["c", "b", "a"])]

        for options in ({}, {"multivariate": False}):
            chosen = values(run(TPESampler(seed=1, **options), 60, objective), "c")
            assert chosen[20:].count("a") > 25

    def test_parameters_that_belong_together_are_found_together(self):
        def objective(trial):
            x, y = trial.suggest_float("x", 0, 1), trial.suggest_float("y", 0, 1)
            return abs(x - y)

        def late_mean(multivariate):
            studies = [
                run(TPESampler(seed=s, multivariate=multivariate), 100, objective) for s in range(4)
            ]
            return np.mean([t.value for study in studies for t in study.trials[50:]])

        assert late_mean(True) < late_mean(False)

    def test_the_front_of_two_objectives_is_approached(self):
        def objective(trial):
            x, y = trial.suggest_float("x", 0, 1), trial.suggest_float("y", 0, 1)
            return x, 1 - x + 5 * y  # the front is at y = 0

        study = run(TPESampler(seed=1), 80, objective, directions=["minimize", "minimize"])

        late = study.trials[40:]
        assert np.mean([t.params["y"] for t in late]) < 0.25  # 0.5 at random
        assert np.ptp([t.params["x"] for t in late]) > 0.6

    def test_pruned_trials_teach(self):
        def objective(trial):
            x = trial.suggest_float("x", 0, 1)
            trial.report((x - 0.3) ** 2, 0)
            raise TrialPruned

        late = values(run(TPESampler(seed=1), 60, objective))[30:]

        assert np.abs(np.array(late) - 0.3).mean() < 0.15

    def test_trials_outside_a_new_range_are_left_out(self):
        study = tunesmith.create_study(sampler=TPESampler(seed=1, n_startup_trials=1))
        wide = FloatDistribution(0, 100)
        for k in range(30):  # all the good ones above 50
            trial = tunesmith.create_trial(
                params={"x": 3.0 * k}, distributions={"x": wide}, value=-float(k)
            )
            study.add_trial(trial)

        asked = [study.ask({"x": X}).params["x"] for _ in range(10)]

        assert all(0 <= x <= 1 for x in asked)

    def test_an_unknown_kind_of_choice_is_no_neighbour(self):
        space = {"c": CategoricalDistribution([None, 0, False, 0.0, ""])}
        study = tunesmith.create_study(sampler=TPESampler(seed=1, n_startup_trials=5))
        for _ in range(60):
            trial = study.ask(space)
            study.tell(trial, 0.0 if trial.params["c"] is False else 1.0)

        late = [trial.params["c"] for trial in study.trials[30:]]
        assert sum(choice is False for choice in late) > 15
