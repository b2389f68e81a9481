"""Samplers of a user's own, written for Optuna's base class."""

from __future__ import annotations

import random

import pytest

import tunesmith as optuna
from tunesmith.distributions import FloatDistribution
from tunesmith.trial import TrialState

X = FloatDistribution(-10, 10)


class Annealing(optuna.samplers.BaseSampler):
    """Simulated annealing: moves around the current point, which only sometimes gets worse."""

    def __init__(self, temperature=100.0, seed=None):
        self._rng = random.Random(seed)
        self._temperature = temperature
        self._current = None
        self._independent = optuna.samplers.RandomSampler(seed=seed)

    def infer_relative_search_space(self, study, trial):
        return optuna.search_space.intersection_search_space(study.get_trials(deepcopy=False))

    def sample_relative(self, study, trial, search_space):
        if not search_space:
            return {}
        previous = study.trials[-2]
        if (
            self._current is None
            or previous.value <= self._current.value
            or self._rng.random() < self._temperature / 100
        ):
            self._current = previous
        self._temperature *= 0.9
        params = {}
        for name, distribution in search_space.items():
            width = 0.1 * (distribution.high - distribution.low)
            low = max(distribution.low, self._current.params[name] - width)
            high = min(distribution.high, self._current.params[name] + width)
            params[name] = self._rng.uniform(low, high)
        return params

    def sample_independent(self, study, trial, param_name, param_distribution):
        return self._independent.sample_independent(study, trial, param_name, param_distribution)


class Recording(optuna.samplers.BaseSampler):
    """Writes down what it is asked; `x` is sampled jointly and is 1."""

    def __init__(self):
        self.calls = []

    def before_trial(self, study, trial):
        self.calls.append(("before_trial", trial.number, trial.state, dict(trial.params)))

    def infer_relative_search_space(self, study, trial):
        self.calls.append(("infer_relative_search_space", trial.number))
        return {"x": X}

    def sample_relative(self, study, trial, search_space):
        self.calls.append(("sample_relative", trial.number, search_space))
        return {"x": 1.0}

    def sample_independent(self, study, trial, param_name, param_distribution):
        known = dict(trial.params)
        self.calls.append(
            ("sample_independent", trial.number, param_name, param_distribution, known)
        )
        return param_distribution.low

    def after_trial(self, study, trial, state, values):
        self.calls.append(("after_trial", trial.number, state, values, trial.state))


def test_an_annealing_sampler_anneals():
    sampler = Annealing(seed=0)
    study = optuna.create_study(sampler=sampler)

    study.optimize(lambda t: t.suggest_float("x", -10, 10) ** 2 + t.suggest_float("y", 0, 5), 80)

    moves = [
        abs(one.params["x"] - other.params["x"])
        for one, other in zip(study.trials[1:], study.trials[2:], strict=False)
    ]
    assert sum(move <= 4.0 for move in moves) == len(moves)  # two steps of 2 at most
    assert study.best_value < 0.5


def test_hooks_are_called_in_their_order_with_what_they_need():
    sampler = Recording()
    study = optuna.create_study(sampler=sampler)
    y = FloatDistribution(2, 3)

    def objective(trial):
        return trial.suggest_float("x", -10, 10) + trial.suggest_float("y", 2, 3)

    study.optimize(objective, n_trials=2)

    running, complete = TrialState.RUNNING, TrialState.COMPLETE
    assert sampler.calls == [
        call
        for k in range(2)
        for call in (
            ("before_trial", k, running, {}),
            ("infer_relative_search_space", k),
            ("sample_relative", k, {"x": X}),
            ("sample_independent", k, "y", y, {"x": 1.0}),
            ("after_trial", k, complete, [3.0], running),
        )
    ]
    assert [trial.params for trial in study.trials] == [{"x": 1.0, "y": 2.0}] * 2


def test_after_trial_hears_of_every_end():
    sampler = Recording()
    study = optuna.create_study(sampler=sampler)

    def objective(trial):
        if trial.number == 1:
            raise RuntimeError("no")
        if trial.number == 2:
            trial.report(4.0, 0)
            raise optuna.TrialPruned
        return None if trial.number == 3 else 0.5

    study.optimize(objective, n_trials=4, catch=RuntimeError)
    study.tell(study.ask(), 7.0)

    ends = [call[1:4] for call in sampler.calls if call[0] == "after_trial"]
    assert ends == [
        (0, TrialState.COMPLETE, [0.5]),
        (1, TrialState.FAIL, None),
        (2, TrialState.PRUNED, [4.0]),
        (3, TrialState.FAIL, None),
        (4, TrialState.COMPLETE, [7.0]),
    ]


def test_hooks_may_write_attributes():
    class Noting(Recording):
        def before_trial(self, study, trial):
            study._storage.set_trial_system_attr(trial._trial_id, "noting:before", trial.number)

        def after_trial(self, study, trial, state, values):
            study._storage.set_trial_system_attr(trial._trial_id, "noting:after", values)
            study.set_user_attr("last", trial.number)

    study = optuna.create_study(sampler=Noting())

    study.optimize(lambda trial: trial.suggest_float("x", -10, 10), n_trials=2)

    for trial in study.trials:
        assert trial.system_attrs["noting:before"] == trial.number
        assert trial.system_attrs["noting:after"] == [1.0]
    assert study.user_attrs == {"last": 1}


def test_a_joint_value_outside_the_range_asked_for_is_sampled_alone():
    sampler = Recording()
    study = optuna.create_study(sampler=sampler)

    trial = study.ask()

    assert trial.suggest_float("x", 5, 9) == 5.0
    assert sampler.calls[-1][0] == "sample_independent"


def test_a_joint_value_that_was_not_announced_is_refused():
    class Wrong(Recording):
        def sample_relative(self, study, trial, search_space):
            return {"y": 1.0}

    study = optuna.create_study(sampler=Wrong())

    with pytest.raises(ValueError, match="returned a value for 'y', which is not in the joint"):
        study.ask().suggest_float("y", 0, 1)


def test_an_error_of_the_sampler_fails_the_trial_and_is_raised():
    class Broken(Recording):
        def sample_relative(self, study, trial, search_space):
            raise ZeroDivisionError("broken")

    study = optuna.create_study(sampler=Broken())

    with pytest.raises(ZeroDivisionError, match="broken"):
        study.optimize(lambda trial: 0.0, n_trials=3)

    assert [trial.state for trial in study.trials] == [TrialState.FAIL]


def test_an_error_after_the_trial_does_not_lose_its_result():
    class Broken(Recording):
        def after_trial(self, study, trial, state, values):
            raise ZeroDivisionError("broken")

    study = optuna.create_study(sampler=Broken())

    with pytest.raises(ZeroDivisionError, match="broken"):
        study.optimize(lambda trial: 2.5, n_trials=3)

    assert [trial.value for trial in study.trials] == [2.5]


@pytest.mark.parametrize("missing", ["infer_relative_search_space", "sample_independent"])
def test_what_a_sampler_must_have(missing):
    methods = {
        name: lambda self, *args: {}
        for name in ("infer_relative_search_space", "sample_relative", "sample_independent")
        if name != missing
    }
    kind = type("Partial", (optuna.samplers.BaseSampler,), methods)

    with pytest.raises(TypeError, match=f"abstract method '?{missing}"):
        kind()


@pytest.mark.parametrize("kind", [optuna.samplers.RandomSampler, optuna.samplers.TPESampler])
def test_a_subclass_of_a_built_in_sampler_is_asked_by_the_protocol(kind):
    class Halved(kind):
        def sample_relative(self, study, trial, search_space):
            values = super().sample_relative(study, trial, search_space)
            return {name: value / 2 for name, value in values.items()}

        def sample_independent(self, study, trial, param_name, param_distribution):
            value = super().sample_independent(study, trial, param_name, param_distribution)
            return value / 2

    study = optuna.create_study(sampler=Halved(seed=1))
    study.optimize(lambda trial: trial.suggest_float("x", -10, 10), n_trials=25)

    assert all(-5 <= trial.params["x"] <= 5 for trial in study.trials)
