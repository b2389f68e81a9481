"""What the library answers to bad input and bad ends; one test per promise of the documentation.

The table is in docs/architecture.md, "Errors and bad input".
"""

from __future__ import annotations

import json
import math
import pathlib
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import tunesmith
from tunesmith.trial import TrialState

# Bad ranges: a ValueError when the parameter is suggested, which names it and the values.

BAD_RANGES = {
    "low above high": (lambda t: t.suggest_float("rate", 2.0, 1.0), ["2.0", "1.0"]),
    "low above high, int": (lambda t: t.suggest_int("rate", 5, 4), ["5", "4"]),
    "low is NaN": (lambda t: t.suggest_float("rate", math.nan, 1.0), ["nan"]),
    "high is NaN": (lambda t: t.suggest_float("rate", 0.0, math.nan), ["nan"]),
    "high is infinite": (lambda t: t.suggest_float("rate", 0.0, math.inf), ["inf"]),
    "step is zero": (lambda t: t.suggest_float("rate", 0.0, 1.0, step=0.0), ["step=0.0"]),
    "step is negative": (lambda t: t.suggest_int("rate", 0, 9, step=-2), ["step=-2"]),
    "step is NaN": (lambda t: t.suggest_float("rate", 0.0, 1.0, step=math.nan), ["step=nan"]),
    "log of zero": (lambda t: t.suggest_float("rate", 0.0, 1.0, log=True), ["low=0.0"]),
    "log of less": (lambda t: t.suggest_int("rate", -3, 8, log=True), ["low=-3"]),
    "log with step": (lambda t: t.suggest_float("rate", 1, 9, step=1, log=True), ["step=1"]),
    "no choices": (lambda t: t.suggest_categorical("rate", []), ["choices"]),
}


@pytest.mark.parametrize("name", BAD_RANGES)
def test_a_bad_range_is_refused_by_parameter_and_values(name):
    suggest, shown = BAD_RANGES[name]
    study = tunesmith.create_study()
    trial = study.ask()

    with pytest.raises(ValueError, match="'rate'") as caught:
        suggest(trial)

    assert all(text in str(caught.value) for text in shown), str(caught.value)
    assert trial.params == {}  # nothing is left behind
    assert trial.suggest_float("rate", 0, 1) == trial.params["rate"]
    assert study.tell(trial, 1.0).params == trial.params


@pytest.mark.parametrize("name", BAD_RANGES)
def test_a_bad_range_in_an_objective_fails_the_trial_and_is_raised(name):
    suggest, _ = BAD_RANGES[name]
    study = tunesmith.create_study()

    with pytest.raises(ValueError, match="'rate'"):
        study.optimize(suggest, n_trials=3)

    assert [trial.state for trial in study.trials] == [TrialState.FAIL]


# Bad results: the trial is FAIL with the reason stored and logged once; the study goes on.

BAD_RESULTS = {
    "None": (None, "None"),
    "NaN": (math.nan, "NaN"),
    "numpy NaN": (np.float64("nan"), "NaN"),
    "text": ("good", "'good'"),
    "text of a number": ("1.5", "'1.5'"),
    "too many": ([1.0, 2.0], "2 values"),
    "none at all": ([], "[]"),
    "an object": ({"loss": 1.0}, "loss"),
    "complex": (1j, "1j"),
}


@pytest.mark.parametrize("name", BAD_RESULTS)
def test_a_bad_result_fails_the_trial_and_the_study_goes_on(name, log_of_tunesmith):
    returned, shown = BAD_RESULTS[name]
    study = tunesmith.create_study()

    study.optimize(lambda trial: returned if trial.number == 1 else 0.5, n_trials=3)

    states = [trial.state for trial in study.trials]
    assert states == [TrialState.COMPLETE, TrialState.FAIL, TrialState.COMPLETE]
    reason = study.trials[1].system_attrs["tunesmith:fail_reason"]
    assert shown in reason
    assert study.trials[1].values is None
    warnings = [record for record in log_of_tunesmith.records if record.levelname == "WARNING"]
    assert len(warnings) == 1
    assert reason in warnings[0].getMessage()


@pytest.mark.parametrize("returned", [1.0, [1.0], [1.0, 2.0, 3.0], [1.0, math.nan], [1.0, "x"]])
def test_bad_results_for_two_objectives(returned):
    study = tunesmith.create_study(directions=["minimize", "maximize"])

    study.optimize(lambda _: returned, n_trials=2)

    assert [trial.state for trial in study.trials] == [TrialState.FAIL] * 2
    assert "2 numbers" in study.trials[0].system_attrs["tunesmith:fail_reason"] or math.isnan(
        returned[-1]
    )


@pytest.mark.parametrize(
    "returned", [1, True, np.float32(0.5), np.int64(3), np.array(0.5), [0.5], np.array([0.5])]
)
def test_what_counts_as_a_number(returned):
    study = tunesmith.create_study()

    study.optimize(lambda _: returned, n_trials=1)

    assert study.best_value == float(np.asarray(returned).reshape(()))
    assert type(study.best_value) is float


@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_infinity_is_a_value(value):
    study = tunesmith.create_study()

    study.optimize(lambda _: value, n_trials=2)

    assert study.best_value == value


# The objective raises.


def fail_at(number, error):
    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        if trial.number == number:
            raise error
        return x

    return objective


def test_an_error_of_the_objective_is_stored_and_raised():
    study = tunesmith.create_study()

    with pytest.raises(ZeroDivisionError, match="by nothing"):
        study.optimize(fail_at(1, ZeroDivisionError("by nothing")), n_trials=4)

    first, failed = study.trials
    assert (first.state, failed.state) == (TrialState.COMPLETE, TrialState.FAIL)
    assert failed.system_attrs["tunesmith:fail_reason"] == "ZeroDivisionError: by nothing"
    assert "test_bad_input.py" in failed.system_attrs["tunesmith:traceback"]
    assert failed.datetime_complete is not None
    assert set(failed.params) == {"x"}


@pytest.mark.parametrize("catch", [ArithmeticError, (KeyError, ZeroDivisionError), [Exception]])
def test_a_caught_error_fails_the_trial_and_the_study_goes_on(catch):
    study = tunesmith.create_study()

    study.optimize(fail_at(1, ZeroDivisionError()), n_trials=4, catch=catch)

    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "FAIL", *["COMPLETE"] * 2]


def test_retry_runs_the_same_parameters_again():
    seen = []

    def objective(trial):
        seen.append(trial.suggest_float("x", 0, 1))
        if trial.number < 2:
            raise OSError("out of memory")
        return seen[-1]

    study = tunesmith.create_study()
    study.optimize(objective, n_trials=3, retry=2)

    states = [trial.state.name for trial in study.trials]
    assert states == ["FAIL", "FAIL", "COMPLETE", "COMPLETE", "COMPLETE"]
    assert seen[0] == seen[1] == seen[2]
    assert len(set(seen)) == 3
    assert study.trials[2].system_attrs["retry_history"] == [0, 1]


def test_retry_gives_up_after_so_many_times():
    study = tunesmith.create_study()

    def objective(trial):
        raise OSError(trial.suggest_float("x", 0, 1))

    with pytest.raises(OSError, match=r"0\."):
        study.optimize(objective, n_trials=5, retry=2)

    assert [trial.state.name for trial in study.trials] == ["FAIL"] * 3


# The process is asked to end.

SCRIPT = """
    import os, signal, sys, threading
    import tunesmith

    # What runs in the background of a shell ignores Ctrl-C, and hands that on.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    tunesmith.logging.set_verbosity(tunesmith.logging.ERROR)

    def objective(trial):
        trial.suggest_float("x", 0, 1)
        if trial.number == 1:
            {end}
        return 0.5

    study = tunesmith.create_study(storage=sys.argv[1], study_name="s")
    study.optimize(objective, n_trials=5)
"""
# A signal that Python handles between two instructions: a wait lets it come to that.
ENDS = {
    "SIGINT": ("os.kill(os.getpid(), signal.SIGINT); threading.Event().wait(30)", -2, "Keyboard"),
    "SIGTERM": ("os.kill(os.getpid(), signal.SIGTERM); threading.Event().wait(30)", 143, "143"),
    "SystemExit": ("sys.exit(7)", 7, "SystemExit: 7"),
}


@pytest.mark.parametrize("how", ENDS)
def test_the_running_trial_is_closed_before_the_process_ends(how, tmp_path):
    end, code, reason = ENDS[how]
    url = f"sqlite:///{tmp_path / 'study.db'}"
    script = textwrap.dedent(SCRIPT).format(end=end)

    done = subprocess.run(
        [sys.executable, "-c", script, url], capture_output=True, text=True, check=False
    )

    expected = (code, 128 - code) if code < 0 else (code,)
    assert done.returncode in expected, done.stderr
    study = tunesmith.load_study(study_name="s", storage=url)
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "FAIL"]
    assert reason in study.trials[1].system_attrs["tunesmith:fail_reason"]


def test_a_handler_of_sigterm_that_the_user_has_set_stays(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            """
            import os, signal, tunesmith
            heard = []
            signal.signal(signal.SIGTERM, lambda *_: heard.append(1))
            def objective(trial):
                os.kill(os.getpid(), signal.SIGTERM)
                return len(heard)
            study = tunesmith.create_study()
            study.optimize(objective, n_trials=2)
            assert [t.value for t in study.trials] == [1.0, 2.0], study.trials
            """
        )
    )

    subprocess.run([sys.executable, script], check=True)


def test_sigterm_is_as_before_afterwards():
    before = signal.getsignal(signal.SIGTERM)

    tunesmith.create_study().optimize(lambda _: 0.0, n_trials=1)

    assert signal.getsignal(signal.SIGTERM) is before


# Bad arguments change nothing.

BAD_ARGUMENTS = {
    "objective": (lambda s: s.optimize(3, n_trials=1), TypeError, "callable"),
    "n_jobs": (lambda s: s.optimize(lambda _: 0, n_trials=1, n_jobs=0), ValueError, "n_jobs"),
    "n_trials": (lambda s: s.optimize(lambda _: 0, n_trials="9"), TypeError, "n_trials"),
    "n_trials, part": (lambda s: s.optimize(lambda _: 0, n_trials=1.5), TypeError, "n_trials"),
    "timeout": (lambda s: s.optimize(lambda _: 0, timeout="1h"), TypeError, "timeout"),
    "retry": (lambda s: s.optimize(lambda _: 0, n_trials=1, retry=-1), ValueError, "retry"),
    "catch": (lambda s: s.optimize(lambda _: 0, n_trials=1, catch=["E"]), TypeError, "catch"),
    "callback": (lambda s: s.optimize(lambda _: 0, n_trials=1, callbacks=[3]), TypeError, "3"),
    "enqueued": (lambda s: s.enqueue_trial(["x"]), TypeError, "dictionary"),
    "unknown trial": (lambda s: s.tell(9, 1.0), ValueError, "9"),
    "no trial": (lambda s: s.tell("0", 1.0), TypeError, "'0'"),
    "metric names": (lambda s: s.set_metric_names(["a", "b"]), ValueError, "objective"),
}


@pytest.mark.parametrize("name", BAD_ARGUMENTS)
def test_a_bad_argument_is_refused_and_changes_nothing(name):
    call, error, shown = BAD_ARGUMENTS[name]
    study = tunesmith.create_study()

    with pytest.raises(error, match=shown):
        call(study)

    assert study.trials == []
    assert study.metric_names is None
    study.optimize(lambda _: 0.0, n_trials=1)
    assert len(study.trials) == 1


def test_attributes_that_are_no_json_are_refused_and_nothing_is_lost(tmp_path):
    study = tunesmith.create_study(storage=f"sqlite:///{tmp_path / 's.db'}")
    trial = study.ask()
    trial.set_user_attr("kept", 1)

    with pytest.raises((TypeError, ValueError), match="'model'"):
        trial.set_user_attr("model", object())
    with pytest.raises((TypeError, ValueError), match="'model'"):
        study.set_user_attr("model", object())

    study.tell(trial, 1.0)
    assert json.dumps(study.trials[0].user_attrs) == '{"kept": 1}'
    assert study.user_attrs == {}


def test_a_study_url_that_leads_nowhere_is_named(tmp_path):
    missing = pathlib.Path(tmp_path, "no", "such", "folder", "s.db")

    with pytest.raises(Exception, match="s.db"):
        tunesmith.create_study(storage=f"sqlite:///{missing}")

    assert not missing.exists()
