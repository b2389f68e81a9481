"""What only a database can get wrong."""

from __future__ import annotations

import pickle
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
import sqlalchemy as sa

import tunesmith
from tunesmith.exceptions import StorageInternalError
from tunesmith.records import TrialState
from tunesmith.storages import RDBStorage, RetryHeartbeatStaleTrialCallback


@pytest.fixture
def path(tmp_path):
    return tmp_path / "study.db"


@pytest.fixture
def url(path):
    return f"sqlite:///{path}"


def write_transactions(storage, action):
    """Count the transactions that `action` begins for writing."""
    begun = []
    engine = storage.engine

    def note(connection, cursor, statement, parameters, context, executemany):
        begun.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        action()
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    return begun.count("BEGIN IMMEDIATE")


class TestTransactions:
    def test_a_trial_without_reports_takes_two(self, url):
        storage = RDBStorage(url)
        study = tunesmith.create_study(storage=storage, sampler=tunesmith.samplers.TPESampler())

        def objective(trial):
            return sum(trial.suggest_float(f"x{k}", 0, 1) for k in range(5))

        study.optimize(objective, n_trials=15)  # past the start-up: now proposed jointly

        assert write_transactions(storage, lambda: study.optimize(objective, n_trials=1)) == 2

    def test_a_report_takes_one(self, url):
        storage = RDBStorage(url)
        study = tunesmith.create_study(storage=storage)
        trial = study.ask()
        trial.suggest_float("x", 0, 1)

        assert write_transactions(storage, lambda: trial.report(1.0, 0)) == 1
        assert write_transactions(storage, trial.should_prune) == 0
        assert study.trials[0].params == trial.params  # written with the report

    def test_a_proposed_parameter_that_is_not_asked_for_is_taken_back(self, url):
        study = tunesmith.create_study(
            storage=url, sampler=tunesmith.samplers.TPESampler(n_startup_trials=2)
        )
        study.optimize(
            lambda t: t.suggest_float("x", 0, 1) + t.suggest_float("y", 0, 1), n_trials=4
        )
        running = study.ask()
        assert set(study.trials[-1].params) == {"x", "y"}  # other workers see the proposal
        assert running.params == {}
        running.suggest_float("x", 0, 1)
        study.tell(running, 1.0)

        assert set(study.trials[-1].params) == {"x"}


class TestLiveness:
    def test_a_killed_worker_is_noticed_and_its_trial_run_again(self, url):
        program = (
            "import sys, time, tunesmith;"
            "storage = tunesmith.storages.RDBStorage(sys.argv[1], heartbeat_interval=1);"
            "study = tunesmith.create_study(study_name='s', storage=storage);"
            "study.optimize(lambda t: (t.suggest_float('x', 0, 1), t.report(1.0, 0),"
            " print('running', flush=True), time.sleep(600)))"
        )
        worker = subprocess.Popen(
            [sys.executable, "-c", program, url], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert worker.stdout.readline() == b"running\n"
        worker.kill()
        worker.wait()
        worker.stdout.close()
        storage = RDBStorage(
            url,
            heartbeat_interval=1,
            grace_period=1,
            heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(),
        )
        study = tunesmith.load_study(study_name="s", storage=storage)
        deadline = time.monotonic() + 60
        while not storage.get_stale_trial_ids(study.study_id):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)

        lost, repeated = study.trials
        assert lost.state is TrialState.FAIL
        assert "no more signs of life" in lost.system_attrs["tunesmith:fail_reason"]
        assert repeated.state is TrialState.COMPLETE
        assert repeated.params == lost.params
        assert RetryHeartbeatStaleTrialCallback.retried_trial_number(repeated) == 0

    def test_trials_that_were_asked_for_are_never_stale(self, url):
        storage = RDBStorage(url, heartbeat_interval=1, grace_period=1)
        study = tunesmith.create_study(storage=storage)
        study.ask()
        with storage.engine.begin() as connection:
            beats = connection.execute(sa.text("SELECT * FROM trial_heartbeats")).all()

        assert beats == []
        assert storage.get_stale_trial_ids(study.study_id) == []

    def test_no_signs_of_life_if_not_wanted(self, url):
        assert RDBStorage(url).get_heartbeat_interval() == 60
        assert RDBStorage(url, heartbeat_interval=0).get_heartbeat_interval() is None
        with pytest.raises(ValueError, match=r"heartbeat_interval >= 0 must hold, got -1"):
            RDBStorage(url, heartbeat_interval=-1)


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_the_running_trial(url, signal_number):
    program = (
        "import signal, sys, time, tunesmith;"
        # What runs in the background of a shell ignores Ctrl-C, and hands that on.
        "signal.signal(signal.SIGINT, signal.default_int_handler);"
        "study = tunesmith.create_study(study_name='s', storage=sys.argv[1]);"
        "study.optimize(lambda t: (t.suggest_float('x', 0, 1), print('running', flush=True),"
        " time.sleep(600)))"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", program, url], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert worker.stdout.readline() == b"running\n"
    worker.send_signal(signal_number)

    assert worker.wait(timeout=30) != 0
    worker.stdout.close()
    (trial,) = tunesmith.load_study(study_name="s", storage=url).trials
    assert trial.state is TrialState.FAIL
    assert set(trial.params) == {"x"}
    reason = trial.system_attrs["tunesmith:fail_reason"]
    assert reason.startswith(
        "SystemExit: 143" if signal_number == signal.SIGTERM else "KeyboardInterrupt"
    )


def test_processes_share_a_file(url):
    study = tunesmith.create_study(study_name="s", storage=url)
    program = (
        "import sys, tunesmith;"
        "tunesmith.logging.set_verbosity(tunesmith.logging.ERROR);"
        "sampler = tunesmith.samplers.TPESampler(seed=1);"
        "study = tunesmith.load_study(study_name='s', storage=sys.argv[1], sampler=sampler);"
        "study.optimize(lambda t: t.suggest_float('x', 0, 1), n_trials=25)"
    )
    workers = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(4)]
    for worker in workers:
        assert worker.wait(timeout=120) == 0
    trials = study.trials

    assert [trial.number for trial in trials] == list(range(100))
    assert {trial.state for trial in trials} == {TrialState.COMPLETE}
    assert len({trial.params["x"] for trial in trials}) == 100  # one seed, no trial twice


def test_the_same_seed_gives_the_same_study_resumed_or_not(url):
    def objective(trial):
        x = trial.suggest_float("x", -5, 5)
        n = trial.suggest_int("n", 1, 8)
        return (x - 1) ** 2 + n if trial.suggest_categorical("c", ["a", "b"]) == "a" else x**2

    def run(storage, n_trials):
        study = tunesmith.create_study(
            study_name="s",
            storage=storage,
            load_if_exists=True,
            sampler=tunesmith.samplers.TPESampler(seed=7),
        )
        study.optimize(objective, n_trials=n_trials)
        return study

    run(url, 25)
    resumed = run(url, 35)
    in_one_go = run(None, 60)

    assert [t.params for t in resumed.trials] == [t.params for t in in_one_go.trials]


class TestBadInput:
    def test_folder_that_does_not_exist(self, tmp_path):
        with pytest.raises(ValueError, match=r"the folder '.*nowhere' does not exist"):
            tunesmith.create_study(storage=f"sqlite:///{tmp_path}/nowhere/study.db")

    @pytest.mark.parametrize("storage", ["study.db", "", "/tmp/study.db"])
    def test_path_instead_of_url(self, storage):
        with pytest.raises(ValueError, match=r"is not a URL\. For a local file use"):
            tunesmith.create_study(storage=storage)

    def test_unknown_database(self):
        with pytest.raises(ValueError, match=r"'nosuchdb://host/x' is not the URL of a database"):
            tunesmith.create_study(storage="nosuchdb://host/x")

    def test_file_that_is_no_database(self, path, url):
        path.write_text("no database" * 1000)

        with pytest.raises((StorageInternalError, sa.exc.DatabaseError), match="not a database"):
            tunesmith.create_study(storage=url)

    def test_missing_driver(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "psycopg", None)

        with pytest.raises(ImportError, match=r'pip install "tunesmith\[postgresql\]"'):
            tunesmith.create_study(storage="postgresql+psycopg://user:secret@host/name")

    def test_other_schema(self, path, url):
        tunesmith.create_study(storage=url)
        with sqlite3.connect(path) as connection:
            connection.execute("UPDATE alembic_version SET version_num = 'v2.6.0.a'")
        connection.close()

        with pytest.raises(RuntimeError, match=r"has the schema v2\.6\.0\.a.*needs v3\.2\.0\.a"):
            tunesmith.create_study(storage=url)
        storage = RDBStorage(url, skip_compatibility_check=True)
        assert storage.get_current_version() == "v2.6.0.a"
        assert storage.get_head_version() == "v3.2.0.a"

    def test_passwords_are_never_shown(self):
        url = "postgresql+psycopg://user:secret@127.0.0.1:1/name?connect_timeout=1"
        with pytest.raises(StorageInternalError) as caught:
            RDBStorage(url, outage_timeout=0.2)

        assert "secret" not in str(caught.value)
        assert "user:***@127.0.0.1" in str(caught.value)


def test_a_storage_can_be_pickled(url):
    study = tunesmith.create_study(storage=url)
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    copy = pickle.loads(pickle.dumps(study))
    copy.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)

    assert len(study.trials) == 4


def test_in_memory_sqlite_works_with_threads():
    study = tunesmith.create_study(storage="sqlite:///:memory:")
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=20, n_jobs=4)

    assert len(study.trials) == 20


def test_a_write_ahead_log_synced_at_each_commit(path, url):
    storage = RDBStorage(url)
    with storage.engine.begin() as connection:
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(sa.text("PRAGMA synchronous")).scalar() == 2
