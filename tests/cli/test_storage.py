"""`tunesmith storage`."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import tunesmith
from tunesmith.cli import main
from tunesmith.cli.app import app

OLD = Path(__file__).parents[1] / "storages" / "old_schemas" / "1.5.0.sql"


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(OLD.read_text(encoding="utf-8"))
    connection.close()
    return f"sqlite:///{path}"


def run(*args, **env):
    """Run in this process; returns the exit code and what was written."""
    result = CliRunner(env=env).invoke(_main, args)
    return result.exit_code, result.stdout, result.stderr


class _Main:
    """What the runner calls, with the ways out of the real one."""

    name = "tunesmith"

    @staticmethod
    def main(args, prog_name, **extra):
        main(list(args))


_main = _Main()


def test_upgrade(old):
    code, out, _ = run("storage", "upgrade", "--storage", old)
    assert code == 0
    assert out == ("Completed to upgrade the storage, from schema v1.3.0.a to v3.2.0.a.\n")
    assert len(tunesmith.load_study(study_name="s", storage=old).trials) == 7

    assert run("storage", "upgrade", "--storage", old) == (0, "This storage is up-to-date.\n", "")


@pytest.mark.parametrize("variable", ["TUNESMITH_STORAGE", "OPTUNA_STORAGE"])
def test_the_environment_names_the_storage(old, variable):
    code, out, _ = run("storage", "upgrade", **{variable: old})
    assert code == 0
    assert "Completed" in out


def test_quietly(old):
    assert run("--quiet", "storage", "upgrade", "--storage", old) == (0, "", "")


def test_as_a_program(old):
    command = [sys.executable, "-m", "tunesmith", "storage", "upgrade", "--storage", old]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Completed")


def test_no_storage():
    code, _, err = run("storage", "upgrade")
    assert code == 2
    assert "--storage" in err


def test_no_such_command():
    code, _, err = run("storage", "upgrad")
    assert code == 2
    assert "No such command 'upgrad'" in err


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite:///{}/none.db", "Error: There is no file '{}/none.db'.\n"),
        ("sqlite:///{}/empty.db", "nothing to upgrade. Is it the right one?\n"),
        ("sqlite:///{}/text.db", "file is not a database"),
        ("journal:///{}/study.log", "Only databases have tables to upgrade"),
        ("redis://u:secret@host/0", "Only databases have tables to upgrade"),
        ("{}/study.db", "is not the URL of a database"),
        ("nosuch://u:secret@host/db", "is not the URL of a database"),
        ("postgresql+psycopg://u:secret@127.0.0.1:1/db", "127.0.0.1"),
    ],
)
def test_errors_are_one_message(tmp_path, url, message):
    (tmp_path / "empty.db").touch()
    (tmp_path / "text.db").write_text("no database at all" * 100)
    before = sorted(tmp_path.iterdir())

    code, out, err = run("storage", "upgrade", "--storage", url.format(tmp_path))

    assert (code, out) == (1, "")
    assert err.startswith("Error: ")
    assert message.format(tmp_path) in err
    assert "secret" not in err
    assert "Traceback" not in err
    assert sorted(tmp_path.iterdir()) == before


def test_debug_shows_the_traceback(tmp_path):
    (tmp_path / "empty.db").touch()
    url = f"sqlite:///{tmp_path}/empty.db"
    with pytest.raises(RuntimeError, match="nothing to upgrade"):
        app.main(["--debug", "storage", "upgrade", "--storage", url], standalone_mode=False)


@pytest.mark.parametrize("args", [["--help"], ["storage", "--help"], ["storage", "upgrade", "-h"]])
def test_help(args):
    code, out, _ = run(*args)
    assert code == 0
    assert out.startswith("Usage: tunesmith")
