"""Results of trials that were taken for dead."""

from __future__ import annotations

import pytest

import tunesmith
from tunesmith.storages import (
    JournalStorage,
    RDBStorage,
    RetryHeartbeatStaleTrialCallback,
    fail_stale_trials,
)
from tunesmith.storages.journal import JournalFileBackend
from tunesmith.trial import TrialState

COMPLETE, FAIL = TrialState.COMPLETE, TrialState.FAIL


@pytest.fixture(params=["sqlite", "journal"])
def open_storage(request, tmp_path):
    def open_storage(callback):
        options = {"heartbeat_interval": 60, "heartbeat_stale_trial_callback": callback}
        if request.param == "journal":
            return JournalStorage(JournalFileBackend(str(tmp_path / "s.log")), **options)
        return RDBStorage(f"sqlite:///{tmp_path / 's.db'}", **options)

    return open_storage


@pytest.fixture
def study(open_storage):
    return tunesmith.create_study(
        study_name="s",
        storage=open_storage(RetryHeartbeatStaleTrialCallback()),
        sampler=tunesmith.samplers.RandomSampler(0),
    )


def take_for_dead(study, trial, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(study.storage, "get_stale_trial_ids", lambda _: [trial.trial_id])
        fail_stale_trials(study)


def late(study, monkeypatch, meanwhile=lambda: None):
    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        trial.set_user_attr("before", 1)
        trial.report(5.0, 0)
        if trial.number == 0:
            take_for_dead(study, trial, monkeypatch)
            meanwhile()
        y = trial.suggest_int("y", 1, 9)
        trial.set_user_attr("after", 2)
        trial.report(4.0, 1)
        assert not trial.should_prune()
        return x + y

    return objective


def assert_is_whole(trial):
    assert trial.state is COMPLETE
    assert trial.value == trial.params["x"] + trial.params["y"]
    assert trial.user_attrs == {"before": 1, "after": 2}
    assert trial.intermediate_values == {0: 5.0, 1: 4.0}
    assert RetryHeartbeatStaleTrialCallback.retried_trial_number(trial) == 0
    assert RetryHeartbeatStaleTrialCallback.retry_history(trial) == [0]


def test_goes_to_the_repetition_that_still_waits(study, monkeypatch, log_of_tunesmith):
    ended = []
    study.optimize(
        late(study, monkeypatch), n_trials=1, callbacks=[lambda _, trial: ended.append(trial)]
    )

    assert [trial.state for trial in study.trials] == [FAIL, COMPLETE]
    assert_is_whole(study.trials[1])
    assert ended == study.trials[1:]
    assert study.best_trial.number == 1
    assert "Trial 0 was taken for dead" in log_of_tunesmith.text


def test_is_a_new_trial_if_the_repetition_runs(study, monkeypatch):
    study.optimize(late(study, monkeypatch, meanwhile=study.ask), n_trials=1)

    states = [FAIL, TrialState.RUNNING, COMPLETE]
    assert [trial.state for trial in study.trials] == states
    assert_is_whole(study.trials[2])


def test_is_a_new_trial_without_repetitions(open_storage, monkeypatch):
    study = tunesmith.create_study(storage=open_storage(None))
    study.optimize(late(study, monkeypatch), n_trials=1)

    assert [trial.state for trial in study.trials] == [FAIL, COMPLETE]
    assert_is_whole(study.trials[1])


def test_a_pruned_one(study, monkeypatch):
    def objective(trial):
        late(study, monkeypatch)(trial)
        raise tunesmith.TrialPruned

    study.optimize(objective, n_trials=1)

    assert [trial.state for trial in study.trials] == [FAIL, TrialState.PRUNED]
    assert study.trials[1].value == 4.0


def test_a_failure_is_none(study, monkeypatch):
    def objective(trial):
        late(study, monkeypatch)(trial)
        raise ZeroDivisionError

    study.optimize(objective, n_trials=1, catch=ZeroDivisionError)

    assert [trial.state for trial in study.trials] == [FAIL, TrialState.WAITING]


def test_only_of_those_that_were_found_dead(study):
    def objective(trial):
        study.tell(trial.number, state=FAIL)
        return 1.0

    with pytest.raises(tunesmith.exceptions.UpdateFinishedTrialError, match="Trial 0"):
        study.optimize(objective, n_trials=1)
    assert [trial.state for trial in study.trials] == [FAIL]
