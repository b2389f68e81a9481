"""What a study tells and keeps."""

from __future__ import annotations

import pickle

import pytest

import tunesmith
from tunesmith.distributions import FloatDistribution
from tunesmith.records import StudyDirection
from tunesmith.storages import InMemoryStorage
from tunesmith.trial import TrialState, create_trial


def study_of(*values, direction="minimize", **kwargs):
    study = tunesmith.create_study(direction=direction, **kwargs)
    study.optimize(lambda trial: values[trial.number], n_trials=len(values))
    return study


# The best.


@pytest.mark.parametrize(("direction", "best"), [("minimize", 2), ("maximize", 1)])
def test_the_best_is_the_earliest_of_equals(direction, best):
    study = study_of(2.0, 3.0, 1.0, 3.0, 1.0, direction=direction)

    assert study.best_trial.number == best
    assert study.best_value == study.best_trial.value
    assert study.best_params == study.best_trial.params


def test_what_has_no_value_is_not_best():
    study = tunesmith.create_study()
    study.add_trial(create_trial(state=TrialState.FAIL))
    pruned = study.ask()
    pruned.report(-5.0, 1)
    study.tell(pruned, state=TrialState.PRUNED)
    study.ask()

    for name in ("best_trial", "best_value", "best_params"):
        with pytest.raises(ValueError, match="No trials are completed yet"):
            getattr(study, name)

    study.tell(study.ask(), 7.0)
    assert study.best_trial.number == 3


def test_an_infeasible_trial_is_not_best():
    study = tunesmith.create_study()

    def objective(trial):
        trial.set_constraint("g", 1.0 if trial.number < 2 else 0.0)
        return float(trial.number)

    study.optimize(objective, n_trials=1)
    with pytest.raises(ValueError, match="No feasible trials"):
        study.best_trial  # noqa: B018

    study.optimize(objective, n_trials=3)
    assert study.best_trial.number == 2


def test_the_pareto_front():
    study = tunesmith.create_study(directions=["minimize", "maximize"])
    values = [(0, 0), (1, 2), (2, 2), (1, 2), (3, 5)]
    study.optimize(lambda trial: values[trial.number], n_trials=len(values))

    assert [trial.number for trial in study.best_trials] == [0, 1, 3, 4]
    assert tunesmith.create_study().best_trials == []


# Trials are copies.


def test_what_is_returned_is_a_copy():
    study = study_of(1.0)
    study.set_user_attr("a", [1])

    study.trials[0].values = [9.0]
    study.trials[0].user_attrs["x"] = 1
    study.best_trial.params["x"] = 1
    study.user_attrs["a"].append(2)
    study.directions.append(None)

    [trial] = study.trials
    assert (trial.values, trial.user_attrs, trial.params) == ([1.0], {}, {})
    assert study.user_attrs == {"a": [1]}
    assert study.directions == [StudyDirection.MINIMIZE]


def test_trials_by_state():
    study = study_of(1.0, None, 2.0)

    assert [t.number for t in study.get_trials(states=[TrialState.FAIL])] == [1]
    assert [t.number for t in study.get_trials(states=(TrialState.COMPLETE,))] == [0, 2]
    assert study.get_trials(states=[]) == []
    assert study.get_trials(deepcopy=False)[0] is study.get_trials(deepcopy=False)[0]


# Names.


def test_names_of_metrics():
    study = tunesmith.create_study(directions=["minimize", "maximize"])
    assert study.metric_names is None

    study.set_metric_names(["loss", "accuracy"])

    assert study.metric_names == ["loss", "accuracy"]


# Enqueueing and adding.


def test_enqueued_trials_come_first_and_in_order():
    study = tunesmith.create_study()
    for x in (0.1, 0.2, 0.3):
        study.enqueue_trial({"x": x}, user_attrs={"queued": x})

    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=5)

    assert [trial.params["x"] for trial in study.trials[:3]] == [0.1, 0.2, 0.3]
    assert [trial.user_attrs.get("queued") for trial in study.trials] == [0.1, 0.2, 0.3, None, None]
    assert study.trials[0].system_attrs == {"fixed_params": {"x": 0.1}}
    assert [trial.number for trial in study.trials] == list(range(5))


def test_the_same_parameters_are_queued_once_if_asked():
    study = tunesmith.create_study()
    nan = float("nan")
    for params in ({"x": 1, "k": "a"}, {"x": nan}):
        study.enqueue_trial(params)
        study.enqueue_trial(params, skip_if_exists=True)
    study.enqueue_trial({"x": 1}, skip_if_exists=True)

    assert len(study.trials) == 3


def test_a_finished_trial_counts_as_existing():
    study = tunesmith.create_study()
    study.optimize(lambda trial: trial.suggest_int("x", 3, 3), n_trials=1)

    study.enqueue_trial({"x": 3}, skip_if_exists=True)

    assert len(study.trials) == 1


def test_an_added_trial_gets_the_next_number_and_keeps_the_rest():
    study = study_of(1.0)
    trial = create_trial(
        params={"x": 0.5},
        distributions={"x": FloatDistribution(0, 1)},
        value=2.0,
        user_attrs={"a": 1},
        system_attrs={"b": 2},
        intermediate_values={3: 0.5},
    )

    study.add_trial(trial)

    added = study.trials[1]
    assert added.number == 1
    for name in ("params", "distributions", "values", "user_attrs", "system_attrs", "state"):
        assert getattr(added, name) == getattr(trial, name)
    assert added.intermediate_values == {3: 0.5}
    assert trial.number == -1  # the template is as it was


def test_a_bad_trial_among_several_adds_none():
    study = tunesmith.create_study()
    good, bad = create_trial(value=1.0), create_trial(value=1.0)
    bad.values = None

    with pytest.raises(ValueError, match="value"):
        study.add_trials([good, bad])
    with pytest.raises(ValueError, match="2 values"):
        study.add_trial(create_trial(values=[1.0, 2.0]))
    with pytest.raises(ValueError, match="2 values"):
        study.add_trials([good, create_trial(values=[1.0, 2.0])])

    assert study.trials == []


# Asking and telling.


def test_fixed_distributions_are_suggested_at_once():
    study = tunesmith.create_study()

    trial = study.ask({"x": FloatDistribution(0, 1), "y": FloatDistribution(2, 3)})

    assert set(trial.params) == {"x", "y"}
    assert study.trials[0].params == trial.params


def test_told_by_number_from_another_object():
    storage = InMemoryStorage()
    study = tunesmith.create_study(storage=storage, study_name="s")
    trial = study.ask()
    trial.suggest_float("x", 0, 1)
    other = tunesmith.load_study(study_name="s", storage=storage)

    told = other.tell(trial.number, 3.0)

    assert (told.value, told.state) == (3.0, TrialState.COMPLETE)
    assert study.best_value == 3.0
    assert study.trials[0].params == trial.params


def test_a_trial_is_told_once():
    study = tunesmith.create_study()
    trial = study.ask()
    study.tell(trial, 1.0)

    with pytest.raises(ValueError, match="COMPLETE"):
        study.tell(trial, 2.0)
    assert study.tell(trial, 2.0, skip_if_finished=True).value == 1.0
    assert study.best_value == 1.0


def test_telling_nothing_of_use_fails_the_trial_with_a_warning():
    study = tunesmith.create_study()

    with pytest.warns(UserWarning, match="None"):
        told = study.tell(study.ask())

    assert told.state is TrialState.FAIL


def test_what_was_suggested_outlives_a_refused_value(tmp_path):
    study = tunesmith.create_study(storage=f"sqlite:///{tmp_path / 's.db'}")
    trial = study.ask()
    x = trial.suggest_float("x", 0, 1)
    trial.set_constraint("c", -1.0)

    with pytest.raises(ValueError, match="NaN"):
        study.tell(trial, float("nan"), state=TrialState.COMPLETE)
    study.tell(trial, 1.0)

    stored = tunesmith.load_study(study_name=study.study_name, storage=study.storage).trials[0]
    assert (stored.params, stored.constraints, stored.value) == ({"x": x}, {"c": -1.0}, 1.0)


@pytest.mark.parametrize("state", [TrialState.RUNNING, TrialState.WAITING])
def test_a_trial_does_not_end_as_running(state):
    study = tunesmith.create_study()
    trial = study.ask()

    with pytest.raises(ValueError, match="COMPLETE, PRUNED or FAIL"):
        study.tell(trial, state=state)

    assert study.tell(trial, 1.0).state is TrialState.COMPLETE


# The object.


def test_a_pickled_study_goes_on(tmp_path):
    url = f"sqlite:///{tmp_path / 's.db'}"
    study = tunesmith.create_study(storage=url, sampler=tunesmith.samplers.TPESampler(seed=1))
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=12)

    copy = pickle.loads(pickle.dumps(study))
    copy.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)

    assert len(study.trials) == 14
    assert study.trials == copy.trials


def test_defaults():
    study = tunesmith.create_study()

    assert type(study.sampler) is tunesmith.samplers.AutoSampler
    assert type(study.pruner) is tunesmith.pruners.SequentialRegressionPruner
    assert study.direction is StudyDirection.MINIMIZE
    assert study.study_name.startswith("no-name-")
    assert study.user_attrs == {}


def test_optuna_names_for_what_tools_reach_into():
    study = study_of(1.0)

    assert study._storage is study.storage
    assert study._study_id == study.study_id
    assert not study._is_multi_objective()
    assert study._get_trials(deepcopy=False, use_cache=True) == study.trials
    assert study.trials[0]._trial_id == study.trials[0].trial_id
