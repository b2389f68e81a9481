"""A process that is killed, and one that takes over: no run stays RUNNING for ever."""

from __future__ import annotations

import subprocess
import sys
import time

import tunesmith
from tunesmith.callbacks import MLflowCallback
from tunesmith.storages import RDBStorage, RetryHeartbeatStaleTrialCallback

# As examples/quickstart.py does it, with a training that takes no time.
PROGRAM = """
import os, signal, sys
import tunesmith
from tunesmith.callbacks import MLflowCallback
from tunesmith.storages import RDBStorage, RetryHeartbeatStaleTrialCallback

tunesmith.logging.set_verbosity(tunesmith.logging.ERROR)
url, store, name, lethal = *sys.argv[1:4], int(sys.argv[4])
study = tunesmith.create_study(
    study_name=name,
    storage=RDBStorage(
        url,
        heartbeat_interval=1,
        grace_period=1,
        heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(max_retry=1),
    ),
    sampler=tunesmith.samplers.TPESampler(seed=1),
    load_if_exists=True,
)
callback = MLflowCallback(store, metric_name="loss")

@callback.track_in_mlflow()  # waits until the trial's run is there
def objective(trial):
    x = trial.suggest_float("x", 0, 1)
    trial.report(x, 0)
    if trial.number == lethal:
        os.kill(os.getpid(), signal.SIGKILL)
    return x

study.optimize(objective, n_trials=5, callbacks=[callback])
"""


def test_runs_of_lost_trials_are_failed_with_their_trials(store, tmp_path, request):
    url, name = f"sqlite:///{tmp_path / 'study.db'}", request.node.name
    killed = subprocess.run(
        [sys.executable, "-c", PROGRAM, url, store.uri, name, "2"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert killed.returncode == -9, killed.stderr
    study = tunesmith.load_study(study_name=name, storage=url)
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "COMPLETE", "RUNNING"]
    assert store.children(study)[2].info.status == "RUNNING"
    assert store.parent(study).info.status == "RUNNING"
    parent = store.parent(study).info.run_id

    # The trial is stale a grace period after its last sign of life: wait for just that.
    storage = RDBStorage(
        url,
        heartbeat_interval=1,
        grace_period=1,
        heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(max_retry=1),
    )
    study = tunesmith.load_study(study_name=name, storage=storage)
    deadline = time.monotonic() + 30
    while not storage.get_stale_trial_ids(study.study_id):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    study.optimize(
        lambda trial: trial.suggest_float("x", 0, 1),
        n_trials=2,
        callbacks=[MLflowCallback(store.uri, metric_name="loss")],
    )

    trials = study.trials
    assert [trial.state.name for trial in trials[2:]] == ["FAIL", "COMPLETE", "COMPLETE"]
    children = store.children(study)
    assert sorted(children) == [0, 1, 2, 3, 4]
    assert [children[n].info.status for n in range(5)] == [
        "FINISHED",
        "FINISHED",
        "FAILED",
        "FINISHED",
        "FINISHED",
    ]
    assert "no more signs of life" in children[2].data.tags["fail_reason"]
    assert children[2].data.params == {"x": str(trials[2].params["x"])}
    assert children[3].data.params == children[2].data.params  # tried again
    assert store.parent(study).info.run_id == parent
    assert store.parent(study).info.status == "FINISHED"
    assert store.parent(study).data.metrics["best_loss"] == study.best_value
