"""Two real processes run one study; the script stands for a distributed training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ..process_groups import run_script

SCRIPT = Path(__file__).with_name("script.py")


def run(what: str, folder: Path) -> list[list[Any]]:
    done = run_script(SCRIPT, what, folder)
    assert done.returncode == 0, done.stdout
    return [seen_by(rank, folder) for rank in range(2)]


def seen_by(rank: int, folder: Path) -> list[Any]:
    return json.loads((folder / f"seen-{rank}").read_text())  # type: ignore[no-any-return]  # a list


def test_both_see_the_same(tmp_path: Path) -> None:
    first, second = run("all is well", tmp_path)
    assert first == second
    states = [line[1] for line in first if isinstance(line, list) and isinstance(line[0], int)]
    assert states == ["COMPLETE", "COMPLETE", "COMPLETE", "PRUNED"] * 2
    assert first.count("pruned") == 2
    assert len(first[-1]) == 2  # what ran before anything was launched
    trials = [line for line in first if isinstance(line, list) and line[0] == "sqlite"]
    assert [trial[1] for trial in trials] == [0, 1, 2, 3]
    assert trials[0][2]["x"] == 0.25
    assert trials[0][5] == {"from": "queue"}


def test_both_fail_and_go_on(tmp_path: Path) -> None:
    first, second = run("both fail", tmp_path)
    assert first == second
    states = [line[1] for line in first if isinstance(line, list) and isinstance(line[0], int)]
    assert states == ["COMPLETE", "COMPLETE", "FAIL", "PRUNED"] * 2


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("other ranges", "ValueError: 'n': this rank suggests from IntDistribution(high=9"),
        ("other names", "RuntimeError: Trial 2 has ended on rank 0, which did not ask for 'n1'"),
    ],
)
def test_ranks_that_suggest_something_else_are_told(
    what: str, message: str, tmp_path: Path
) -> None:
    run_script(SCRIPT, what, tmp_path)
    assert any(str(line).startswith(message) for line in seen_by(1, tmp_path))


def test_a_follower_ends_when_its_leader_has_died(tmp_path: Path) -> None:
    assert run_script(SCRIPT, "rank 0 dies", tmp_path).returncode == 9
    error = seen_by(1, tmp_path)[-1]
    assert error.startswith("ConnectionError: The process that runs the trial is gone")


def test_a_leader_does_not_wait_for_a_follower_that_has_died(tmp_path: Path) -> None:
    assert run_script(SCRIPT, "rank 1 dies", tmp_path).returncode == 0
    assert seen_by(0, tmp_path)[-1].startswith(
        "AssertionError"
    )  # of the training that waits for it
    assert not (tmp_path / "seen-1").exists()
