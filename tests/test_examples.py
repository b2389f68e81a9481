"""Every example runs as it stands there: in an empty folder, on bundled data, without a network."""

from __future__ import annotations

import importlib.util
import os
import pathlib
import subprocess
import sys

import pytest

from .process_groups import TORCHRUN

EXAMPLES = sorted((pathlib.Path(__file__).parent.parent / "examples").glob("*.py"))
# What makes the long ones short.
ARGUMENTS = {"quickstart": ["--trials", "4"]}
# What starts those that are not started by Python alone.
LAUNCHERS = {"pytorch_ddp": TORCHRUN}
# Python runs it before every script, also in the processes that a script starts.
NO_NETWORK = """
import sys

def refuse(event, args):
    if event == "socket.connect" and isinstance(args[1], tuple):
        host = args[1][0]
        if not (host in ("localhost", "::1") or host.startswith("127.")):
            raise ConnectionRefusedError(f"an example connects to {args[1]}")

sys.addaudithook(refuse)
"""


def each_example() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])


@each_example()
def test_example_runs(path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    site, cwd = tmp_path / "site", tmp_path / "cwd"
    site.mkdir()
    cwd.mkdir()
    (site / "sitecustomize.py").write_text(NO_NETWORK, encoding="utf-8")
    settings = {
        "PYTHONPATH": str(site),
        "MPLBACKEND": "agg",
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        "WANDB_MODE": "offline",
    }

    done = subprocess.run(
        [sys.executable, *LAUNCHERS.get(path.stem, ()), path, *ARGUMENTS.get(path.stem, [])],
        cwd=cwd,
        env={**os.environ, **settings},
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stdout.strip(), "an example shows what it found"


@each_example()
def test_example_can_be_read_at_a_glance(path: pathlib.Path) -> None:
    if path.stem != "quickstart":
        assert len(path.read_text(encoding="utf-8").splitlines()) < 60


@each_example()
def test_example_hides_no_package(path: pathlib.Path) -> None:
    # A script's folder comes first in its path: examples/xgboost.py would import itself.
    assert importlib.util.find_spec(path.stem) is None
