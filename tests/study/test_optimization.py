"""The loop: budgets, threads, stopping and reproducibility."""

from __future__ import annotations

import gc
import threading
import time

import numpy as np
import pytest

import tunesmith
from tunesmith.samplers import RandomSampler, TPESampler
from tunesmith.study import MaxTrialsCallback
from tunesmith.trial import TrialState


def objective(trial):
    x = trial.suggest_float("x", -5, 5)
    if trial.suggest_categorical("branch", ["a", "b"]) == "a":
        x += trial.suggest_int("n", 1, 9, log=True)
    return x**2


# Budgets.


@pytest.mark.parametrize(("n_trials", "expected"), [(0, 0), (-3, 0), (3, 3), (np.int64(2), 2)])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_so_many_trials(n_trials, expected, n_jobs):
    study = tunesmith.create_study()

    study.optimize(objective, n_trials=n_trials, n_jobs=n_jobs)

    assert len(study.trials) == expected


def test_each_call_has_a_budget_of_its_own():
    study = tunesmith.create_study()
    study.optimize(objective, n_trials=3)
    study.optimize(objective, n_trials=4)

    assert [trial.number for trial in study.trials] == list(range(7))


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_no_trial_begins_after_the_timeout(n_jobs):
    # Others import a model's packages before one of the trials.
    study = tunesmith.create_study(sampler=tunesmith.samplers.RandomSampler())
    began = []

    def slow(trial):
        began.append(time.monotonic())
        time.sleep(0.05)
        return 0.0

    start = time.monotonic()
    study.optimize(slow, timeout=0.3, n_jobs=n_jobs)

    assert began
    assert all(moment - start < 0.4 for moment in began)
    assert all(trial.state is TrialState.COMPLETE for trial in study.trials)


def test_no_time_no_trial():
    study = tunesmith.create_study()
    study.optimize(objective, timeout=0)
    study.optimize(objective, n_trials=3, timeout=-1)

    assert study.trials == []


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_stop_from_the_objective(n_jobs):
    study = tunesmith.create_study()

    def stopping(trial):
        if trial.number == 5:
            study.stop()
        return 1.0

    study.optimize(stopping, n_jobs=n_jobs)

    assert 6 <= len(study.trials) <= 6 + n_jobs
    assert all(trial.state is TrialState.COMPLETE for trial in study.trials)
    study.optimize(stopping, n_trials=2)  # an earlier stop() does not last


def test_stop_outside_is_an_error():
    with pytest.raises(RuntimeError, match="callbacks"):
        tunesmith.create_study().stop()


def test_nesting_is_refused_and_the_trial_fails():
    study = tunesmith.create_study()

    def nested(trial):
        study.optimize(objective, n_trials=1)
        return 1.0

    with pytest.raises(RuntimeError, match="inside an objective"):
        study.optimize(nested, n_trials=1)
    assert [trial.state for trial in study.trials] == [TrialState.FAIL]
    study.optimize(objective, n_trials=1)  # the thread is free again


def test_max_trials_over_all_calls():
    study = tunesmith.create_study()
    for _ in range(3):
        study.optimize(objective, n_trials=5, callbacks=[MaxTrialsCallback(8)])

    # The callback comes when a trial has ended: each further call runs one.
    assert len(study.trials) == 9


# Threads.


def test_threads_share_the_budget_and_no_number_comes_twice():
    study = tunesmith.create_study(sampler=TPESampler(seed=0))

    study.optimize(objective, n_trials=60, n_jobs=4)

    assert [trial.number for trial in study.trials] == list(range(60))
    assert {trial.state for trial in study.trials} == {TrialState.COMPLETE}
    assert all(trial.value is not None and "x" in trial.params for trial in study.trials)


def test_trials_run_at_the_same_time():
    study = tunesmith.create_study()
    together = threading.Barrier(3, timeout=20)

    def meet(trial):
        together.wait()
        return 0.0

    study.optimize(meet, n_trials=6, n_jobs=3)

    assert len(study.trials) == 6


def test_an_error_in_one_thread_ends_the_others_after_their_trials():
    study = tunesmith.create_study()

    def failing(trial):
        if trial.number == 3:
            raise KeyError("lost")
        return 1.0

    with pytest.raises(KeyError, match="lost"):
        study.optimize(failing, n_trials=10_000, n_jobs=3)

    states = [trial.state for trial in study.trials]
    assert states.count(TrialState.FAIL) == 1
    assert TrialState.RUNNING not in states
    assert len(states) < 10_000


def test_the_sampler_may_be_replaced_between_calls():
    study = tunesmith.create_study(sampler=RandomSampler(seed=0))
    study.optimize(objective, n_trials=12)
    study.sampler = TPESampler(seed=0)
    study.pruner = tunesmith.pruners.NopPruner()
    study.optimize(objective, n_trials=3)

    assert len(study.trials) == 15


# Reproducibility.


def results(study):
    return [(trial.params, trial.values) for trial in study.trials]


@pytest.mark.parametrize("kind", [RandomSampler, TPESampler])
def test_the_same_seed_gives_the_same_study(kind):
    studies = [tunesmith.create_study(sampler=kind(seed=seed)) for seed in (7, 7, 8)]
    for study in studies:
        study.optimize(objective, n_trials=40)

    assert results(studies[0]) == results(studies[1])
    assert results(studies[0]) != results(studies[2])


@pytest.mark.parametrize("kind", [RandomSampler, TPESampler])
def test_a_resumed_study_equals_an_uninterrupted_one(kind, tmp_path):
    url = f"sqlite:///{tmp_path / 's.db'}"
    whole = tunesmith.create_study(sampler=kind(seed=7))
    whole.optimize(objective, n_trials=30)
    for n_trials in (13, 1, 16):
        part = tunesmith.create_study(
            storage=url, study_name="s", sampler=kind(seed=7), load_if_exists=True
        )
        part.optimize(objective, n_trials=n_trials)

    assert results(part) == results(whole)


def test_random_search_is_the_same_for_any_number_of_threads():
    one, four = (tunesmith.create_study(sampler=RandomSampler(seed=3)) for _ in range(2))
    one.optimize(objective, n_trials=40)
    four.optimize(objective, n_trials=40, n_jobs=4)

    assert results(one) == results(four)


# The rest.


def test_garbage_is_collected_if_asked(monkeypatch):
    calls = []
    monkeypatch.setattr(gc, "collect", lambda *_: calls.append(1))

    tunesmith.create_study().optimize(objective, n_trials=3, gc_after_trial=True)
    n_calls = len(calls)
    tunesmith.create_study().optimize(objective, n_trials=3)

    assert n_calls == 3
    assert len(calls) == 3


def test_a_progress_bar_shows_the_best_value(capsys):
    study = tunesmith.create_study()

    study.optimize(lambda trial: 5.0 - trial.number, n_trials=3, show_progress_bar=True)

    shown = capsys.readouterr().err
    assert "3/3" in shown
    assert "best=3" in shown


def test_what_is_logged(log_of_tunesmith):
    study = tunesmith.create_study(study_name="named", storage=None)

    def pruned_at_2(trial):
        trial.report(1.0, 4)
        if trial.number == 2:
            raise tunesmith.TrialPruned
        return float(trial.number)

    study.optimize(pruned_at_2, n_trials=3)

    texts = [record.getMessage() for record in log_of_tunesmith.records]
    assert "named" in texts[0]
    assert texts[2].startswith("Trial 1 finished with value: 1.0")
    assert texts[2].endswith("Best is trial 0 with value: 0.0.")
    assert texts[3] == "Trial 2 pruned at step 4."


# Trainings that cannot raise.


def report_and_mark(trial):
    trial.report(3.0, 0)
    trial.fold(0).end_pruned()
    return 1.0


def test_a_trial_that_an_adapter_has_pruned_ends_pruned_whatever_is_returned():
    study = tunesmith.create_study()
    study.optimize(report_and_mark, n_trials=1)
    assert study.trials[0].state is TrialState.PRUNED
    assert study.trials[0].value == 3.0


@pytest.mark.parametrize("state", [None, TrialState.COMPLETE])
def test_and_whatever_is_told(state):
    study = tunesmith.create_study()
    trial = study.ask()
    value = report_and_mark(trial)
    assert study.tell(trial, value, state=state).state is TrialState.PRUNED


def test_an_objective_that_fails_after_that_has_failed_all_the_same():
    def objective(trial):
        report_and_mark(trial)
        raise ZeroDivisionError

    study = tunesmith.create_study()
    study.optimize(objective, n_trials=1, catch=ZeroDivisionError)
    assert study.trials[0].state is TrialState.FAIL
