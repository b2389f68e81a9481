"""Nothing is lost when workers are killed, servers stop or a disk is full."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import tunesmith
from tunesmith.exceptions import StorageInternalError
from tunesmith.storages import get_storage
from tunesmith.trial import TrialState

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mariadb", "redis", "journal"])
def test_killed_workers_and_stopped_servers(kind, request):
    if kind in ("postgresql", "mariadb", "redis"):
        request.getfixturevalue(f"{kind}_server")  # says so if it is not installed
    command = ["-m", "tests.faults", "--storage", kind, "--kills", "12", "--workers", "4"]
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing lost" in done.stdout


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mariadb", "redis", "journal"])
def test_many_workers(kind, request):
    if kind in ("postgresql", "mariadb", "redis"):
        request.getfixturevalue(f"{kind}_server")
    command = ["-m", "tests.faults", "--storage", kind, "--kills", "0", "--workers", "16"]
    done = subprocess.run(
        [sys.executable, *command, "--trials", "25"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "400 trials" in done.stdout


class TestFullDisk:
    @pytest.fixture
    def disk(self, tmp_path):
        """A folder on a disk of 2 MB."""
        command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tunesmith", str(tmp_path)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            pytest.skip(f"a small disk needs 'mount': {error}")
        if done.returncode:
            pytest.skip(f"a small disk cannot be mounted: {done.stderr.strip()}")
        yield tmp_path
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)

    @pytest.fixture(params=["sqlite", "journal"])
    def url(self, request, disk):
        place = disk / "study"
        return f"journal://{place}" if request.param == "journal" else f"sqlite:///{place}"

    def test_says_so_and_loses_no_finished_trial(self, url, disk):
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(1_000_000))
        study = tunesmith.create_study(study_name="s", storage=url)
        told = []

        def objective(trial):
            trial.set_user_attr("log", "x" * 20_000)
            return trial.suggest_float("x", 0, 1)

        def note(_, trial):
            told.append(trial)

        with pytest.raises(StorageInternalError, match="(?i)study.*(no space left|disk is full)"):
            study.optimize(objective, n_trials=1000, callbacks=[note])
        n_told = len(told)
        assert n_told > 5
        ballast.unlink()
        study = tunesmith.load_study(study_name="s", storage=get_storage(url))
        study.optimize(objective, n_trials=5, callbacks=[note])

        trials = study.trials
        assert len(told) == n_told + 5
        assert [trial.number for trial in trials] == list(range(len(trials)))
        by_number = {trial.number: trial for trial in trials}
        for trial in told:
            stored = by_number[trial.number]
            assert (stored.state, stored.values) == (trial.state, trial.values)
            assert stored.params == trial.params
            assert stored.user_attrs == trial.user_attrs
        # The trial that met the full disk may have found the room to say that it failed.
        assert len(trials) - len(told) <= 1
        assert sum(trial.state is TrialState.COMPLETE for trial in told) >= len(told) - 1

    @pytest.mark.parametrize("kind", ["sqlite", "journal"])
    def test_a_limit_on_the_size_of_files(self, kind, tmp_path):
        # The same without the right to mount, as far as that goes: a write fails half-way.
        program = """
import resource, signal, sys, tunesmith
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
study = tunesmith.create_study(study_name="s", storage=sys.argv[1])
study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), -1))
def objective(trial):
    trial.set_user_attr("log", "x" * 7000)
    return 1.0
try:
    study.optimize(objective, n_trials=1000)
except tunesmith.exceptions.StorageInternalError as error:
    print("says", error, file=sys.stderr)
    resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
    study.optimize(lambda trial: 2.0, n_trials=3)
"""
        place = tmp_path / "study"
        url = f"journal://{place}" if kind == "journal" else f"sqlite:///{place}"
        done = subprocess.run(
            [sys.executable, "-c", program, url, "500000"],
            capture_output=True,
            text=True,
            check=False,
        )
        trials = tunesmith.load_study(study_name="s", storage=url).trials

        assert done.returncode == 0, done.stderr
        assert str(place) in done.stderr.partition("says")[2]
        assert [trial.number for trial in trials] == list(range(len(trials)))
        assert [trial.value for trial in trials[-3:]] == [2.0] * 3
        states = [trial.state for trial in trials]
        assert states.count(TrialState.COMPLETE) >= len(trials) - 1
