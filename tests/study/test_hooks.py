"""When callbacks are called, with what, and what happens when they fail."""

from __future__ import annotations

import threading

import pytest

import tunesmith
from tunesmith.trial import FrozenTrial, Trial, TrialState


class Recorder:
    """Has every hook."""

    def __init__(self):
        self.calls = []

    def on_trial_start(self, study, trial):
        assert isinstance(trial, Trial)
        self.calls.append(("start", trial.number, threading.get_ident()))

    def on_report(self, study, trial, step, value):
        assert isinstance(trial, Trial)
        self.calls.append(("report", trial.number, step, value))

    def __call__(self, study, trial):
        assert isinstance(trial, FrozenTrial)
        self.calls.append(("end", trial.number, trial.state.name))

    def on_study_end(self, study):
        self.calls.append(("study end", len(study.trials)))


def reporting(trial):
    trial.report(0.5, 0)
    if trial.number == 1:
        raise tunesmith.TrialPruned
    trial.report(0.25, 3)
    return 1.0


def test_the_order_of_calls():
    recorder = Recorder()
    me = threading.get_ident()

    tunesmith.create_study().optimize(reporting, n_trials=2, callbacks=[recorder])

    assert recorder.calls == [
        ("start", 0, me),
        ("report", 0, 0, 0.5),
        ("report", 0, 3, 0.25),
        ("end", 0, "COMPLETE"),
        ("start", 1, me),
        ("report", 1, 0, 0.5),
        ("end", 1, "PRUNED"),
        ("study end", 2),
    ]


def test_hooks_alone_are_enough():
    class OnlyEnd:
        ended = 0

        def on_study_end(self, study):
            self.ended += 1

    callback = OnlyEnd()
    tunesmith.create_study().optimize(lambda _: 1.0, n_trials=3, callbacks=[callback])

    assert callback.ended == 1


def test_a_failed_trial_is_told_to_callbacks_before_its_error_is_raised():
    recorder = Recorder()
    study = tunesmith.create_study()

    def failing(trial):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        study.optimize(failing, n_trials=3, callbacks=[recorder])

    assert recorder.calls[1:] == [("end", 0, "FAIL"), ("study end", 1)]


def test_callbacks_see_the_ended_trial_in_the_study():
    seen = []

    def look(study, trial):
        seen.append(study.trials[trial.number] == trial)
        trial.user_attrs["mine"] = 1  # a copy

    study = tunesmith.create_study()
    study.optimize(lambda _: 1.0, n_trials=2, callbacks=[look, look])

    assert seen == [True, False, True, False]
    assert study.trials[0].user_attrs == {}


class Failing(Recorder):
    def __init__(self, where):
        super().__init__()
        self.where = where

    def _fail(self, where):
        if where == self.where:
            raise OSError("the store is away")

    def on_trial_start(self, study, trial):
        self._fail("on_trial_start")

    def on_report(self, study, trial, step, value):
        self._fail("on_report")

    def __call__(self, study, trial):
        self._fail("__call__")

    def on_study_end(self, study):
        self._fail("on_study_end")


HOOKS = ["on_trial_start", "on_report", "__call__", "on_study_end"]


@pytest.mark.parametrize("where", HOOKS)
def test_a_failing_callback_is_logged_and_the_study_goes_on(where, log_of_tunesmith):
    recorder = Recorder()
    study = tunesmith.create_study()

    study.optimize(reporting, n_trials=3, callbacks=[Failing(where), recorder])

    assert [t.state.name for t in study.trials] == ["COMPLETE", "PRUNED", "COMPLETE"]
    assert sum(call[0] == "end" for call in recorder.calls) == 3
    errors = [record for record in log_of_tunesmith.records if record.levelname == "ERROR"]
    assert errors
    assert all("the store is away" in str(record.exc_info[1]) for record in errors)


@pytest.mark.parametrize("where", HOOKS)
def test_a_failing_callback_ends_the_study_if_asked(where):
    study = tunesmith.create_study()

    with pytest.raises(OSError, match="the store is away"):
        study.optimize(
            reporting, n_trials=2, callbacks=[Failing(where)], raise_callback_errors=True
        )

    assert TrialState.RUNNING not in [trial.state for trial in study.trials]
    if where == "__call__":
        assert study.trials[0].value == 1.0  # the result is not lost
