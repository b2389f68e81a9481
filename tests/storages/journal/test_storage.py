"""What a journal promises wherever it is kept."""

from __future__ import annotations

import datetime
import pickle
import subprocess
import sys
import time
from pathlib import Path

import pytest

import tunesmith
from tunesmith.exceptions import DuplicatedStudyError, UpdateFinishedTrialError
from tunesmith.records import StudyDirection, TrialState, create_trial
from tunesmith.storages import (
    BaseHeartbeat,
    JournalStorage,
    RetryHeartbeatStaleTrialCallback,
    TrialUpdate,
    get_storage,
)
from tunesmith.storages.journal import JournalFileBackend

MIN = StudyDirection.MINIMIZE

# Opens the journal named first; what follows is code that uses `storage`.
OPENED = """
import os, sys, time, tunesmith
from tunesmith.storages.journal import *
kind = JournalRedisBackend if sys.argv[1].startswith("redis") else JournalFileBackend
tunesmith.logging.set_verbosity(tunesmith.logging.ERROR)
"""


def start(program, *args):
    return subprocess.Popen([sys.executable, "-c", OPENED + program, *args], stdout=subprocess.PIPE)


class TestManyWorkers:
    def test_eight_processes_share_a_study(self, storage_of, place):
        study = tunesmith.create_study(study_name="s", storage=storage_of(tunesmith))
        for k in range(20):
            study.enqueue_trial({"x": k / 100})
        program = (
            "study = tunesmith.load_study(study_name='s', storage=JournalStorage(kind(sys.argv[1])))\n"
            "def objective(trial):\n"
            "    trial.report(0.5, 0)\n"
            "    return trial.suggest_float('x', 0, 1) + trial.suggest_int('n', 0, 3)\n"
            "study.optimize(objective, n_trials=25)"
        )
        workers = [start(program, place) for _ in range(8)]
        for worker in workers:
            worker.communicate(timeout=120)
            assert worker.returncode == 0
        trials = study.trials

        assert [trial.number for trial in trials] == list(range(200))
        assert {trial.state for trial in trials} == {TrialState.COMPLETE}
        assert [trial.params["x"] for trial in trials[:20]] == [k / 100 for k in range(20)]
        assert all(t.value == t.params["x"] + t.params["n"] for t in trials)
        assert trials == tunesmith.load_study(study_name="s", storage=storage_of(tunesmith)).trials

    def test_a_worker_killed_at_any_instant_loses_no_finished_trial(self, storage_of, place):
        tunesmith.create_study(study_name="s", storage=storage_of(tunesmith))
        program = (
            "study = tunesmith.load_study(study_name='s', storage=JournalStorage(kind(sys.argv[1])))\n"
            "print(flush=True)\n"
            "def told(study, trial): os.write(1, b'%d ' % trial.number)\n"
            "study.optimize(lambda trial: trial.suggest_float('x', 0, 1), callbacks=[told])"
        )
        finished = set()
        for _ in range(3):
            worker = start(program, place)
            worker.stdout.readline()
            time.sleep(0.05)
            worker.kill()
            output = worker.communicate()[0].decode()
            finished |= {int(n) for n in output.rpartition(" ")[0].split()}
        # One may have died with the lock, and nobody wants to wait for the grace period here.
        Path(f"{place}.lock").unlink(missing_ok=True)
        study = tunesmith.load_study(study_name="s", storage=storage_of(tunesmith))
        study.optimize(lambda trial: 0.0, n_trials=1)

        states = {trial.number: trial.state for trial in study.trials}
        assert list(states) == list(range(len(states)))
        assert {states[number] for number in finished} == {TrialState.COMPLETE}

    def test_a_pickled_storage_works_in_another_process(self, storage_of, place):
        storage = storage_of(tunesmith)
        study = tunesmith.create_study(study_name="s", storage=storage)
        study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
        data = pickle.dumps(study)
        program = (
            "import pickle; study = pickle.loads(sys.stdin.buffer.read());"
            "study.optimize(lambda trial: trial.suggest_float('x', 0, 1), n_trials=2)"
        )
        done = subprocess.run(
            [sys.executable, "-c", OPENED + program, place], input=data, check=False
        )

        assert done.returncode == 0
        assert len(study.trials) == 4
        assert len(data) < 10_000  # the replayed trials stay here

    def test_a_fork_is_a_worker_of_its_own(self, storage_of, place):
        program = (
            "storage = JournalStorage(kind(sys.argv[1]))\n"
            "study = tunesmith.create_study(study_name='s', storage=storage)\n"
            "study.optimize(lambda trial: 0.0, n_trials=1)\n"
            "pids = []\n"
            "for _ in range(3):\n"
            "    pid = os.fork()\n"
            "    if not pid:\n"
            "        study.optimize(lambda trial: 0.0, n_trials=10)\n"
            "        os._exit(0)\n"
            "    pids.append(pid)\n"
            "for pid in pids:\n"
            "    assert os.waitpid(pid, 0)[1] == 0\n"
        )
        worker = start(program, place)
        worker.communicate(timeout=60)
        assert worker.returncode == 0
        trials = storage_of(tunesmith).get_all_trials(0)

        assert [trial.number for trial in trials] == list(range(31))
        assert {trial.state for trial in trials} == {TrialState.COMPLETE}


class TestLiveness:
    def test_is_on(self, storage_of):
        storage = storage_of(tunesmith)

        assert isinstance(storage, BaseHeartbeat)
        assert storage.get_heartbeat_interval() == 60
        assert storage_of(tunesmith, heartbeat_interval=0).get_heartbeat_interval() is None

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"heartbeat_interval": -1}, "heartbeat_interval >= 0 must hold, got -1"),
            ({"grace_period": 0}, "grace_period > 0 must hold, got 0"),
        ],
    )
    def test_intervals_are_checked(self, storage_of, options, message):
        with pytest.raises(ValueError, match=message):
            storage_of(tunesmith, **options)

    def test_a_killed_worker_is_noticed_and_its_trial_run_again(self, storage_of, place):
        program = (
            "storage = JournalStorage(kind(sys.argv[1]), heartbeat_interval=1)\n"
            "study = tunesmith.create_study(study_name='s', storage=storage)\n"
            "study.optimize(lambda t: (t.suggest_float('x', 0, 1), t.report(1.0, 0),"
            " print('running', flush=True), time.sleep(600)))"
        )
        worker = start(program, place)
        assert worker.stdout.readline() == b"running\n"
        storage = storage_of(
            tunesmith,
            heartbeat_interval=1,
            grace_period=1,
            heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(),
        )
        asked = tunesmith.load_study(study_name="s", storage=storage_of(tunesmith)).ask()
        assert storage.get_stale_trial_ids(0) == []
        worker.kill()
        worker.communicate()
        deadline = time.monotonic() + 60
        while not storage.get_stale_trial_ids(0):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        study = tunesmith.load_study(study_name="s", storage=storage)
        study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)

        lost, without_signs, repeated = study.trials
        assert lost.state is TrialState.FAIL
        assert "no more signs of life" in lost.system_attrs["tunesmith:fail_reason"]
        assert (without_signs.number, without_signs.state) == (asked.number, TrialState.RUNNING)
        assert repeated.state is TrialState.COMPLETE
        assert repeated.params == lost.params

    def test_a_worker_that_lives_is_not_stale(self, storage_of):
        storage = storage_of(tunesmith, heartbeat_interval=1, grace_period=3)
        study = tunesmith.create_study(storage=storage)
        seen = []

        def objective(trial):
            end = time.monotonic() + 4.5
            while time.monotonic() < end:
                seen.append(storage.get_stale_trial_ids(0))
                time.sleep(0.1)
            return 0.0

        study.optimize(objective, n_trials=1)

        assert len(seen) > 5
        assert not any(seen)

    def test_a_sign_for_a_trial_that_was_begun_without(self, storage_of):
        storage = storage_of(tunesmith, heartbeat_interval=1, grace_period=1)
        storage.create_new_study([MIN], "s")
        trial_id = storage.create_new_trial(0)
        assert storage.get_stale_trial_ids(0) == []
        storage.record_heartbeat(trial_id)
        assert storage.get_stale_trial_ids(0) == []
        time.sleep(1.2)

        assert storage.get_stale_trial_ids(0) == [trial_id]
        storage.set_trial_state_values(trial_id, TrialState.FAIL)
        assert storage.get_stale_trial_ids(0) == []

    def test_starting_trials_seldom_costs_a_sign(self, storage_of, monkeypatch):
        storage = storage_of(tunesmith)
        storage.create_new_study([MIN], "s")
        signs = []
        liveness = storage._signs._liveness
        monkeypatch.setattr(type(liveness), "beat", lambda self, name: signs.append(name))
        for _ in range(5):
            storage.start_trial(0, heartbeat=True)

        assert len(signs) == 1


class TestMinimalBackend:
    """Somebody else writes between our decision and our record."""

    @pytest.fixture
    def storage(self, minimal_backend):
        return JournalStorage(minimal_backend)

    @pytest.fixture
    def meanwhile(self, minimal_backend):
        def arrange(action):
            def act():
                minimal_backend.before_append = lambda: None
                action(JournalStorage(minimal_backend))

            minimal_backend.before_append = act

        return arrange

    def test_the_same_study_was_created(self, storage, meanwhile):
        meanwhile(lambda other: other.create_new_study([MIN], "s"))

        with pytest.raises(DuplicatedStudyError, match="'s' exists already"):
            storage.create_new_study([MIN], "s")

    def test_another_trial_was_created(self, storage, meanwhile):
        storage.create_new_study([MIN], "s")
        meanwhile(lambda other: other.create_new_trial(0))

        assert storage.start_trial(0).number == 1

    def test_the_waiting_trial_was_claimed(self, storage, meanwhile):
        storage.create_new_study([MIN], "s")
        waiting = storage.create_new_trial(0, create_trial(state=TrialState.WAITING))
        meanwhile(lambda other: other.start_trial(0))
        assert not storage.claim_trial(waiting)
        waiting = storage.create_new_trial(0, create_trial(state=TrialState.WAITING))
        meanwhile(lambda other: other.start_trial(0))

        assert storage.start_trial(0).trial_id == waiting + 1

    def test_the_trial_was_finished(self, storage, meanwhile):
        storage.create_new_study([MIN], "s")
        trial_id = storage.create_new_trial(0)
        meanwhile(lambda other: other.set_trial_state_values(trial_id, TrialState.FAIL))

        with pytest.raises(UpdateFinishedTrialError, match=r"Trial 0 has finished \(FAIL\)"):
            storage.set_trial_user_attr(trial_id, "k", 1)

    def test_has_no_signs_of_life(self, storage):
        assert storage.get_heartbeat_interval() is None

    def test_one_of_optunas_will_do(self, tmp_path):
        import optuna

        theirs = optuna.storages.journal.JournalFileBackend(str(tmp_path / "study.log"))
        study = tunesmith.create_study(storage=JournalStorage(theirs))
        study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)

        assert len(study.trials) == 3

    def test_something_else_is_refused(self):
        with pytest.raises(TypeError, match=r"needs a backend, got 'study.log' of type str"):
            JournalStorage("study.log")


class TestNames:
    def test_urls(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        for url in (
            f"journal://{tmp_path}/a.log",
            f"journal:///{tmp_path}/b.log",
            "journal://c.log",
        ):
            study = tunesmith.create_study(storage=url)
            study.optimize(lambda trial: 0.0, n_trials=1)
            assert isinstance(get_storage(url), JournalStorage)
        with pytest.raises(ValueError, match="names no file"):
            get_storage("journal://")

        names = [path.name for path in sorted(tmp_path.iterdir()) if path.is_file()]
        assert names == ["a.log", "b.log", "c.log"]

    @pytest.mark.parametrize(
        ("former", "name"),
        [
            ("JournalFileStorage", "JournalFileBackend"),
            ("JournalRedisStorage", "JournalRedisBackend"),
            ("JournalFileOpenLock", "JournalFileOpenLock"),
            ("JournalFileSymlinkLock", "JournalFileSymlinkLock"),
            ("BaseJournalLogStorage", "BaseJournalBackend"),
        ],
    )
    def test_former_names_of_optunas(self, former, name):
        with pytest.warns(FutureWarning, match=f"is now tunesmith.storages.journal.{name}"):
            found = getattr(tunesmith.storages, former)

        assert found is getattr(tunesmith.storages.journal, name)

    def test_signatures_are_optunas(self):
        import inspect

        import optuna

        theirs = optuna.storages.journal
        for name in theirs.__all__:
            ours = inspect.signature(getattr(tunesmith.storages.journal, name)).parameters
            for parameter, expected in inspect.signature(getattr(theirs, name)).parameters.items():
                assert ours[parameter].default == expected.default, (name, parameter)
                assert ours[parameter].kind == expected.kind


def test_times_are_kept_to_the_microsecond(tmp_path):
    storage = JournalStorage(JournalFileBackend(str(tmp_path / "study.log")))
    storage.create_new_study([MIN], "s")
    trial_id = storage.create_new_trial(0)
    end = datetime.datetime(2026, 3, 29, 2, 30, 0, 7)
    storage.update_trial(
        trial_id, TrialUpdate(state=TrialState.COMPLETE, values=[1.0], datetime_complete=end)
    )

    assert storage.get_trial(trial_id).datetime_complete == end
