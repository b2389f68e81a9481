"""A lock is held by one worker, whatever happens to the others."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tunesmith.storages.journal import JournalFileOpenLock, JournalFileSymlinkLock

KINDS = [JournalFileOpenLock, JournalFileSymlinkLock]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def make_lock(request, tmp_path):
    def make(grace_period=30):
        lock = request.param(str(tmp_path / "study.log"), grace_period=1)
        lock._grace_period = grace_period  # tests cannot wait for whole seconds
        return lock

    return make


@pytest.fixture
def taken(make_lock, tmp_path):
    """Leaves the lock of a worker that has died."""
    make_lock().acquire()
    return tmp_path / "study.log.lock"


def test_is_a_file_that_is_gone_after_release(make_lock, tmp_path):
    lock = make_lock()

    assert lock.acquire() is True
    assert list(tmp_path.iterdir()) == [tmp_path / "study.log.lock"]
    lock.release()
    assert list(tmp_path.iterdir()) == []


def test_release_of_a_lock_that_is_not_held(make_lock):
    lock = make_lock()
    with pytest.raises(RuntimeError, match="is not held"):
        lock.release()
    lock.acquire()
    lock.release()
    with pytest.raises(RuntimeError, match="is not held"):
        lock.release()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("grace_period", [0, -1])
def test_grace_period_must_be_positive(kind, grace_period):
    with pytest.raises(ValueError, match=f"grace_period > 0 must hold .*got {grace_period}"):
        kind("study.log", grace_period)


def test_is_held_by_one_thread_at_a_time(make_lock):
    inside, most = [0], [0]

    def work():
        lock = make_lock()
        for _ in range(30):
            lock.acquire()
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            time.sleep(0)
            inside[0] -= 1
            lock.release()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == [1]


def test_both_kinds_exclude_each_other_and_optunas(tmp_path):
    import optuna

    theirs = optuna.storages.journal
    kinds = [*KINDS, theirs.JournalFileOpenLock, theirs.JournalFileSymlinkLock]
    path = str(tmp_path / "study.log")
    for holder in kinds:
        held = holder(path)
        held.acquire()
        for waiter in kinds:
            got = threading.Event()

            def wait(waiter=waiter, got=got):
                lock = waiter(path)
                lock.acquire()
                got.set()
                lock.release()

            thread = threading.Thread(target=wait)
            thread.start()
            assert not got.wait(0.05)
            held.release()
            assert got.wait(30)
            thread.join()
            held.acquire()
        held.release()


@pytest.mark.parametrize("attempt", range(3))
def test_a_stale_lock_is_taken_over_by_one_of_many(make_lock, taken, attempt):
    inside, most, finished = [0], [0], []

    def work():
        lock = make_lock(grace_period=0.5)
        lock.acquire()
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        time.sleep(0.002)
        finished.append(lock)
        inside[0] -= 1
        lock.release()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == [1]
    assert len(finished) == 8
    assert list(taken.parent.iterdir()) == []


def test_a_lock_that_changes_hands_is_not_stale(make_lock, taken):
    lock = make_lock(grace_period=1)
    end = time.monotonic() + 2
    got = threading.Event()
    thread = threading.Thread(target=lambda: (lock.acquire(), got.set()))
    thread.start()
    fresh = taken.with_name("fresh")
    while time.monotonic() < end:
        # As if others took it in turns without a gap.
        make = os.symlink if taken.is_symlink() else lambda _, path: path.touch()
        make("x", fresh)
        fresh.replace(taken)
        assert not got.wait(0.02)
    assert got.wait(30)
    thread.join()


def test_a_waiter_that_died_during_the_takeover_does_not_stop_the_next(make_lock, taken):
    status = os.lstat(taken)
    claim = f"{taken}.{status.st_dev}-{status.st_ino}-{status.st_mtime_ns}.0"
    Path(claim).touch()
    lock = make_lock(grace_period=0.05)
    lock.acquire()
    lock.release()

    assert list(taken.parent.iterdir()) == []


def test_without_grace_period_it_waits(make_lock, taken):
    lock = make_lock(grace_period=None)
    thread = threading.Thread(target=lock.acquire)
    thread.start()
    thread.join(0.2)
    assert thread.is_alive()
    taken.unlink()
    thread.join(30)

    assert not thread.is_alive()


def test_who_lost_the_lock_does_not_release_it(make_lock, taken):
    loser = make_lock()
    taken.unlink()
    loser.acquire()
    winner = make_lock(grace_period=0.05)
    winner.acquire()
    with pytest.raises(RuntimeError, match="another worker has taken it over"):
        loser.release()
    winner.release()

    assert list(taken.parent.iterdir()) == []


def test_a_journal_goes_on_after_a_worker_died_with_the_lock(tmp_path):
    path = tmp_path / "study.log"
    program = (
        "import os, sys, tunesmith.storages.journal as j;"
        "j.JournalFileSymlinkLock(sys.argv[1]).acquire(); os._exit(9)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert done.returncode == 9
    import tunesmith
    from tunesmith.storages.journal import JournalFileBackend, JournalStorage

    lock = JournalFileSymlinkLock(str(path), grace_period=1)
    storage = JournalStorage(JournalFileBackend(str(path), lock))
    study = tunesmith.create_study(storage=storage)
    study.optimize(lambda trial: 0.0, n_trials=1)

    assert len(study.trials) == 1
