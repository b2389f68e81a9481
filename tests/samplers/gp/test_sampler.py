"""What a user sets, and what follows from it."""

from __future__ import annotations

import inspect
import logging
import math

import numpy as np
import optuna
import pytest

import tunesmith
from tunesmith.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from tunesmith.exceptions import TrialPruned
from tunesmith.samplers import BaseSampler, GPSampler, RandomSampler, TPESampler

X = FloatDistribution(0.0, 1.0)


def square(trial):
    return (trial.suggest_float("x", 0, 1) - 0.3) ** 2


def run(sampler, n_trials=20, objective=square, **study):
    study = tunesmith.create_study(sampler=sampler, **study)
    study.optimize(objective, n_trials=n_trials)
    return study


def values(study, name="x"):
    return [trial.params[name] for trial in study.trials]


class Always(BaseSampler):
    """A sampler of Optuna's protocol that counts its calls."""

    def __init__(self, value):
        self.value = value
        self.calls = []

    def infer_relative_search_space(self, study, trial):
        return {}

    def sample_relative(self, study, trial, search_space):
        return {}

    def sample_independent(self, study, trial, param_name, param_distribution):
        self.calls.append(trial.number)
        return self.value

    def before_trial(self, study, trial):
        self.calls.append("before")

    def after_trial(self, study, trial, state, values):
        self.calls.append("after")


class TestSettings:
    def test_the_signature_is_optunas_and_two_arguments_more(self):
        ours, theirs = (
            [
                (p.name, p.kind, p.default)
                for p in inspect.signature(library.samplers.GPSampler).parameters.values()
            ]
            for library in (tunesmith, optuna)
        )

        assert ours == [
            *theirs,
            ("avoid_duplicates", inspect.Parameter.KEYWORD_ONLY, True),
            ("source_studies", inspect.Parameter.KEYWORD_ONLY, None),
        ]

    @pytest.mark.parametrize("n", [0, 1, 7])
    def test_the_first_trials_are_random(self, n):
        drawn = values(run(RandomSampler(seed=5)))

        learnt = values(run(GPSampler(seed=5, n_startup_trials=n)))

        n_random = max(n, 1)
        assert learnt[:n_random] == drawn[:n_random]
        assert not set(learnt[n_random:]) & set(drawn)

    def test_only_complete_trials_are_first_trials(self):
        def objective(trial):
            x = trial.suggest_float("x", 0, 1)
            if trial.number % 2:
                raise TrialPruned if trial.number % 4 == 1 else RuntimeError
            return x

        studies = [
            tunesmith.create_study(sampler=sampler)
            for sampler in (GPSampler(seed=5, n_startup_trials=4), RandomSampler(seed=5))
        ]
        for study in studies:
            study.optimize(objective, n_trials=12, catch=RuntimeError)

        one, other = map(values, studies)
        assert [a == b for a, b in zip(one, other, strict=True)] == [True] * 7 + [False] * 5

    def test_an_independent_sampler_that_learns(self):
        study = run(GPSampler(seed=5, independent_sampler=TPESampler(seed=9, n_startup_trials=2)))

        alone = run(TPESampler(seed=9, n_startup_trials=2, multivariate=False))
        assert values(study)[:10] == values(alone)[:10]
        assert study.sampler.proposes_ahead

    def test_an_independent_sampler_of_optunas_protocol(self):
        other = Always(0.25)

        study = run(GPSampler(seed=5, n_startup_trials=3, independent_sampler=other), 5)

        assert values(study)[:3] == [0.25] * 3
        assert 0.25 not in values(study)[3:]
        assert other.calls == [
            *("before", 0, "after", "before", 1, "after", "before", 2, "after"),
            *("before", "after", "before", "after"),
        ]

    def test_the_independent_sampler_is_reseeded_too(self):
        independent = RandomSampler(seed=1)

        GPSampler(seed=1, independent_sampler=independent).reseed_rng()

        assert independent.randomness.seed != 1

    def test_a_subclass_that_overrides_optunas_protocol_is_asked(self):
        class Fixed(GPSampler):
            def sample_relative(self, study, trial, search_space):
                return dict.fromkeys(search_space, 0.125)

        study = run(Fixed(seed=5), 13)

        assert values(study)[10:] == [0.125] * 3

    @pytest.mark.parametrize("warns", [True, False])
    @pytest.mark.parametrize("independent", [None, Always(0.5)], ids=["own", "foreign"])
    def test_parameters_that_not_all_trials_have_are_warned_about(self, warns, independent):
        def objective(trial):
            x = trial.suggest_float("x", 0, 1)
            return x + trial.suggest_float(f"y{trial.number}", 0, 1)

        heard = []
        logger = tunesmith.logging.get_logger("tunesmith.samplers.gp.sampler")
        handler = logging.Handler()
        handler.emit = lambda record: heard.append(record.getMessage())
        logger.addHandler(handler)
        try:
            sampler = GPSampler(
                seed=1,
                n_startup_trials=3,
                independent_sampler=independent,
                warn_independent_sampling=warns,
            )
            run(sampler, 5, objective)
        finally:
            logger.removeHandler(handler)

        assert [text.split(",")[0] for text in heard] == (
            ["Trial 3: 'y3' is sampled independently", "Trial 4: 'y4' is sampled independently"]
            if warns
            else []
        )


class TestConstraints:
    def test_the_function_is_deprecated_and_does_what_set_constraint_does(self):
        def constrained(trial):
            x = trial.suggest_float("x", 0, 1)
            trial.set_constraint("0", 0.6 - x)
            return x

        with pytest.warns(FutureWarning, match="constraints_func is deprecated"):
            sampler = GPSampler(seed=1, constraints_func=lambda trial: (0.6 - trial.params["x"],))

        one = run(sampler, 20, lambda trial: trial.suggest_float("x", 0, 1))
        other = run(GPSampler(seed=1), 20, constrained)
        assert values(one) == values(other)
        assert one.trials[3].constraints == {"0": 0.6 - one.trials[3].params["x"]}

    def test_nan_is_refused(self):
        with pytest.warns(FutureWarning):
            sampler = GPSampler(constraints_func=lambda trial: (math.nan,))

        with pytest.raises(ValueError, match=r"constraints_func returned \(nan,\)"):
            run(sampler, 1)

    @pytest.mark.parametrize("n_objectives", [1, 2])
    def test_the_feasible_optimum_is_found(self, n_objectives):
        def objective(trial):
            x, y = trial.suggest_float("x", 0, 1), trial.suggest_float("y", 0, 1)
            trial.set_constraint("sum", 0.8 - x - y)
            return [x * x + y * y, x * x + y * y + 1][:n_objectives]

        study = run(GPSampler(seed=1), 35, objective, directions=["minimize"] * n_objectives)

        feasible = [t for t in study.trials if t.constraints["sum"] <= 0]
        assert min(t.values[0] for t in feasible) == pytest.approx(0.32, abs=0.01)

    def test_a_feasible_point_is_found_where_there_are_few(self):
        def objective(trial):
            x = [trial.suggest_float(f"x{k}", 0, 1) for k in range(4)]
            trial.set_constraint("near", sum((v - 0.8) ** 2 for v in x) - 0.01)
            return sum(x)

        study = run(GPSampler(seed=1), 40, objective)  # 0.05 % of the space

        assert study.best_trial.constraints["near"] <= 0


class TestLearning:
    def test_running_trials_push_others_away(self):
        space = {f"x{k}": X for k in range(3)}

        def wave(trial):
            return sum(math.sin(9 * trial.suggest_float(name, 0, 1)) for name in space)

        for seed in range(3):
            study = run(GPSampler(seed=seed), 15, wave)

            running = np.array([list(study.ask(space).params.values()) for _ in range(8)])

            distances = np.linalg.norm(running[:, None] - running, axis=2)
            assert distances[~np.eye(8, dtype=bool)].min() > 1e-3

    def test_regions_where_trials_fail_are_avoided(self):
        def objective(trial):
            x, y = trial.suggest_float("x", 0, 1), trial.suggest_float("y", 0, 1)
            if x < 0.4:
                raise RuntimeError
            return (x - 0.5) ** 2 + (y - 0.5) ** 2

        studies = []
        for seed in range(3):
            study = tunesmith.create_study(sampler=GPSampler(seed=seed))
            study.optimize(objective, n_trials=40, catch=RuntimeError)
            studies.append(study)

        failed = [trial.params["x"] < 0.4 for study in studies for trial in study.trials[20:]]
        assert np.mean(failed) < 0.25  # 0.4 at random, and the optimum is found early
        assert max(study.best_value for study in studies) < 1e-3

    def test_a_small_space_is_tried_in_full_before_anything_is_repeated(self):
        space = {
            "n": IntDistribution(0, 4),
            "c": CategoricalDistribution(["a", "b", "c"]),
            "s": FloatDistribution(0, 0.4, step=0.2),
        }
        study = tunesmith.create_study(sampler=GPSampler(seed=1, n_startup_trials=1))
        seen = set()
        for _ in range(45):
            trial = study.ask(space)
            seen.add(tuple(trial.params.values()))
            study.tell(trial, trial.params["n"] + (trial.params["c"] == "b"))

        assert len(seen) == 45
        study.ask(space)  # all are taken

    def test_mixed_parameters(self):
        def objective(trial):
            rate = trial.suggest_float("rate", 1e-5, 1.0, log=True)
            n = trial.suggest_int("n", 1, 512, log=True)
            step = trial.suggest_float("step", 0.0, 1.0, step=0.1)
            kind = trial.suggest_categorical("kind", ["a", "b", "c"])
            loss = (math.log10(rate) + 2) ** 2 + (math.log2(n) - 5) ** 2 / 4
            return loss + (step - 0.7) ** 2 + {"a": 1.0, "b": 0.0, "c": 2.0}[kind]

        study = run(GPSampler(seed=1), 50, objective)

        assert study.best_params["kind"] == "b"
        assert study.best_value < 0.05

    def test_noise_is_averaged_out(self):
        rng = np.random.default_rng(1)

        def objective(trial):
            x = [trial.suggest_float(f"x{k}", 0, 1) for k in range(2)]
            return sum((v - 0.6) ** 2 for v in x) + rng.normal(scale=0.05)

        study = run(GPSampler(seed=1), 60, objective)

        late = np.array([list(trial.params.values()) for trial in study.trials[30:]])
        assert np.abs(np.median(late, axis=0) - 0.6).max() < 0.15

    def test_directions_mirror_each_other(self):
        one = run(GPSampler(seed=1), 16)
        other = run(GPSampler(seed=1), 16, lambda trial: -square(trial), direction="maximize")

        assert values(one) == values(other)

    def test_the_front_of_two_objectives_is_covered(self):
        def objective(trial):
            x, y = trial.suggest_float("x", 0, 1), trial.suggest_float("y", 0, 1)
            return x * x + y * y, (x - 1) ** 2 + y * y

        study = run(GPSampler(seed=1), 40, objective, directions=["minimize"] * 2)

        front = [trial for trial in study.best_trials if trial.params["y"] < 0.1]
        assert len(front) > 15
        gaps = np.diff(np.sort([0.0, 1.0, *(trial.params["x"] for trial in front)]))
        assert gaps.max() < 0.2

    def test_each_branch_goes_on_with_what_all_trials_share(self):
        def objective(trial):
            x = trial.suggest_float("x", -1, 1)
            if trial.suggest_categorical("kind", ["a", "b"]) == "a":
                return x * x + trial.suggest_float("y", 0, 1)
            return x * x + 0.5

        study = run(GPSampler(seed=1, warn_independent_sampling=False), 40, objective)

        late = np.abs([trial.params["x"] for trial in study.trials[20:]])
        assert np.median(late) < 0.3
