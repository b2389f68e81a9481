"""Two processes train one model: one trial, whatever launched them and wherever the study is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ..process_groups import TORCHRUN, run_script

SCRIPT = Path(__file__).with_name("ddp_script.py")
STORAGES = ("memory", "sqlite", "journal")
# Each process that is spawned imports everything anew, so there the trials are few.
WAYS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "ddp": ("ddp", (), ("cpc", "cp", "cp")),
    "ddp_fork": ("ddp_fork", (), ("cpc", "cp", "cp")),
    "ddp_spawn": ("ddp_spawn", (), ("p", "p", "c")),
    "torchrun": ("ddp", TORCHRUN, ("cpc", "cp", "cp")),
}


@pytest.mark.parametrize("way", WAYS)
def test_one_trial_for_all_ranks(way: str, tmp_path: Path) -> None:
    strategy, launcher, plans = WAYS[way]
    studies = [f"{name}:{plan}" for name, plan in zip(STORAGES, plans, strict=True)]
    done = run_script(SCRIPT, strategy, tmp_path, *studies, launcher=launcher)
    assert done.returncode == 0, done.stdout
    for name, plan in zip(STORAGES, plans, strict=True):
        check_study(tmp_path, name, plan)


def check_study(folder: Path, name: str, plan: str) -> None:
    trials = json.loads((folder / f"{name}-trials-0.json").read_text())
    assert [trial["state"] for trial in trials] == [
        {"c": "COMPLETE", "p": "PRUNED"}[planned] for planned in plan
    ]
    for number, trial in enumerate(trials):
        seen = [read(folder / f"{name}-{number}-{rank}.jsonl") for rank in range(2)]
        assert seen[0] == seen[1]  # parameters, values and the end of the training
        assert {line["lr"] for line in seen[0]} == {trial["params"]["lr"]}
        losses = [line["val_loss"] for line in seen[0]]
        assert trial["reports"] == [[step, loss] for step, loss in enumerate(losses)]
        assert trial["value"] == losses[-1]
        assert len(losses) == {"c": 3, "p": 2}[plan[number]]
        for rank in range(2):
            assert (folder / f"{name}-{number}-{rank}.end").exists()
    others = folder / f"{name}-trials-1.json"
    if others.exists():  # the script ran once for each rank
        assert json.loads(others.read_text()) == trials


def read(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]
