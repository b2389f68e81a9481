from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch.distributed

import tunesmith
from tunesmith.integrations import TorchDistributedTrial
from tunesmith.samplers import RandomSampler

from ..process_groups import TORCHRUN, run_script
from .doubles import After, Never

SCRIPT = Path(__file__).with_name("torch_script.py")


@pytest.fixture(scope="module")
def two_ranks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("torch")
    done = run_script(SCRIPT, folder, launcher=TORCHRUN)
    assert done.returncode == 0, done.stdout
    return folder


def read(file: Path) -> Any:
    return json.loads(file.read_text())


class TestTwoRanks:
    def test_both_see_the_same(self, two_ranks: Path) -> None:
        first, second = (read(two_ranks / f"seen-{rank}.json") for rank in range(2))
        assert first == second
        assert first.count("pruned") == 3  # one in each study
        assert [{"ranks": 2}, {"c": -1.0}] in first
        assert len([line for line in first if str(line).startswith("'bad': ")]) == 3
        assert first[-1] == "Rank 0 needs the trial, got None."

    @pytest.mark.parametrize("name", ["memory", "sqlite", "journal"])
    def test_the_study_has_one_trial_for_both(self, two_ranks: Path, name: str) -> None:
        trials = read(two_ranks / f"{name}-0.json")
        assert [state for state, _, _ in trials] == ["COMPLETE", "COMPLETE", "PRUNED", "COMPLETE"]
        assert [list(reports) for _, _, reports in trials] == [
            [str(step) for step in range(1 if state == "PRUNED" else 4)] for state, _, _ in trials
        ]
        if name != "memory":  # rank 1 reads the storage
            assert read(two_ranks / f"{name}-1.json") == trials


class TestOneRank:
    """One process is a group, too."""

    @pytest.fixture(autouse=True)
    def group(self) -> Iterator[None]:
        store = torch.distributed.HashStore()  # type: ignore[attr-defined]  # documented there
        torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
        yield
        torch.distributed.destroy_process_group()

    def test_what_the_trial_knows(self) -> None:
        study = tunesmith.create_study(sampler=RandomSampler(seed=0), pruner=Never())
        study.enqueue_trial({"x": 0.5}, user_attrs={"a": 1})
        single = study.ask()
        trial = TorchDistributedTrial(single)
        assert trial.suggest_float("x", 0, 1) == 0.5
        trial.set_user_attr("b", [2])
        trial.set_constraint("c", 1)
        assert trial.number == single.number
        assert trial.params == single.params == {"x": 0.5}
        assert trial.distributions == single.distributions
        assert trial.user_attrs == single.user_attrs == {"a": 1, "b": [2]}
        assert trial.constraints == single.constraints == {"c": 1.0}
        assert trial.datetime_start == single.datetime_start
        assert trial.system_attrs["fixed_params"] == {"x": 0.5}
        assert repr(trial) == "TorchDistributedTrial(number=0, params={'x': 0.5})"

    def test_folds_are_averaged(self) -> None:
        single = tunesmith.create_study(pruner=Never()).ask()
        trial = TorchDistributedTrial(single)
        for k in range(2):
            fold = trial.fold(k, n_steps=1)
            fold.report(float(k), 0)
            assert not fold.should_prune()
        assert single.record.intermediate_values == {0: 0.0, 1: 0.5}

    def test_the_pruner_is_obeyed(self) -> None:
        trial = TorchDistributedTrial(tunesmith.create_study(pruner=After(1)).ask())
        trial.report(1.0, 0)
        assert trial.should_prune()

    def test_an_error_stays_what_it_is(self) -> None:
        trial = TorchDistributedTrial(tunesmith.create_study().ask())
        with pytest.raises(TypeError, match=r"report\(\) needs a number"):
            trial.report("x", 0)  # type: ignore[arg-type]  # on purpose

    def test_rank_zero_needs_a_trial(self) -> None:
        with pytest.raises(ValueError, match="Rank 0 needs the trial, got None"):
            TorchDistributedTrial(None)


def test_a_process_group_is_needed() -> None:
    with pytest.raises(RuntimeError, match=r"Call torch.distributed.init_process_group\(\)"):
        TorchDistributedTrial(tunesmith.create_study().ask())
