"""Pruners on every storage: the same decisions and the same reasons, resumed or not, by several."""

from __future__ import annotations

import functools
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

import tunesmith
from tunesmith.records import TrialState

from ..every_storage import OpenStorage
from .every_pruner import NEVER_PRUNING, PRUNERS, Kind, noisy, outcome, reports_of

KINDS = {
    "maximize": Kind(("maximize",)),
    "several": Kind(("minimize", "maximize")),
    "one of several": Kind(("minimize", "maximize"), "accuracy"),
}
SEVERAL = KINDS["several"]
CASES = {
    **{
        f"{pruner}, {kind}": (pruner, KINDS[kind])
        for pruner in sorted(PRUNERS)
        for kind in ("maximize", "several")
    },
    # Where a name is looked up does not depend on the pruner.
    "MedianPruner, one of several": ("MedianPruner", KINDS["one of several"]),
    "HyperbandPruner, one of several": ("HyperbandPruner", KINDS["one of several"]),
}
N_TRIALS = 10


def objective(trial: tunesmith.Trial) -> float | list[float]:
    return noisy(trial, 6, is_disordered=trial.number % 4 == 1)


def started(storage: tunesmith.storages.BaseStorage, kind: Kind) -> str:
    """Make a study with names for its objectives; return its own name."""
    study = tunesmith.create_study(
        storage=storage, study_name=str(uuid.uuid4()), directions=kind.directions
    )
    study.set_metric_names(["loss", "accuracy"][-len(kind.directions) :])
    return study.study_name


def opened(
    name: str, storage: tunesmith.storages.BaseStorage, pruner: str, kind: Kind
) -> tunesmith.Study:
    return tunesmith.load_study(
        study_name=name,
        storage=storage,
        pruner=PRUNERS[pruner](**kind.options),
        sampler=tunesmith.samplers.RandomSampler(seed=0),
    )


@functools.cache
def expected(pruner: str, kind: Kind) -> list[str]:
    """What comes of a study that runs through, in memory."""
    storage = tunesmith.storages.InMemoryStorage()
    study = opened(started(storage, kind), storage, pruner, kind)
    study.optimize(objective, n_trials=N_TRIALS)
    states = {trial.state for trial in study.trials}
    pruned = set() if pruner in NEVER_PRUNING else {TrialState.PRUNED}
    assert states == {TrialState.COMPLETE} | pruned
    return outcome(study)


@pytest.mark.parametrize(("pruner", "kind"), CASES.values(), ids=CASES)
def test_decides_alike_and_stores_why(open_storage: OpenStorage, pruner: str, kind: Kind) -> None:
    name = started(open_storage(), kind)
    for n_trials in (6, 4):
        # As a process would that goes on: nothing is left but what is stored.
        study = opened(name, open_storage(), pruner, kind)
        study.optimize(objective, n_trials=n_trials)
    assert outcome(opened(name, open_storage(), pruner, kind)) == expected(pruner, kind)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_trial_goes_on_in_another_process(open_storage: OpenStorage, kind: Kind) -> None:
    name = started(open_storage(), kind)
    level = [0.1, -0.1][: len(kind.directions)]
    first = opened(name, open_storage(), "MedianPruner", kind)
    for _ in range(3):
        trial = first.ask()
        for step in range(4):
            trial.report(level if len(level) > 1 else -level[0], step)
        first.tell(trial, level if len(level) > 1 else level[0])
    trial = first.ask()
    good = [0.0, 0.0] if len(level) > 1 else 0.5
    bad = [0.5, -0.5] if len(level) > 1 else -0.5
    trial.report(good, 0)
    assert not trial.should_prune()

    again = opened(name, open_storage(), "ThresholdPruner", kind)
    resumed = tunesmith.Trial(again, trial.trial_id)
    again.pruner = tunesmith.pruners.PatientPruner(None, 1, **kind.options)
    for step in (1, 2):
        resumed.report(bad, step)
        assert resumed.should_prune() is (step == 2)
    again.tell(resumed, state=TrialState.PRUNED)

    ended = opened(name, open_storage(), "NopPruner", kind).trials[3]
    assert ended.state is TrialState.PRUNED
    assert ended.values == (bad if isinstance(bad, list) else [bad])
    assert list(reports_of(ended)) == [0, 1, 2]
    assert "its last 2 values are" in str(ended.prune_reason)


def check(study: tunesmith.Study, n_trials: int) -> None:
    """What holds whichever worker was faster."""
    trials = study.trials
    assert [trial.number for trial in trials] == list(range(n_trials))
    assert {trial.state for trial in trials} <= {TrialState.COMPLETE, TrialState.PRUNED}
    for trial in trials:
        reason = trial.prune_reason
        assert (reason is not None) == (trial.state is TrialState.PRUNED)
        if reason is not None:
            assert reason.step == trial.last_step


@pytest.mark.parametrize("pruner", ["HyperbandPruner", "SequentialRegressionPruner"])
def test_threads(open_storage: OpenStorage, pruner: str) -> None:
    name = started(open_storage(), SEVERAL)
    study = opened(name, open_storage(), pruner, SEVERAL)
    study.optimize(objective, n_trials=N_TRIALS, n_jobs=3)
    check(opened(name, open_storage(), pruner, SEVERAL), N_TRIALS)


WORKER = """
import sys
import tunesmith
from tests.pruners.every_pruner import PRUNERS, noisy

for name in sys.argv[2].split():
    study_name, pruner, *objective = name.split(":")
    study = tunesmith.load_study(
        study_name=study_name,
        storage=sys.argv[1],
        pruner=PRUNERS[pruner](**({"objective": objective[0]} if objective else {})),
        sampler=tunesmith.samplers.RandomSampler(),
    )
    study.optimize(lambda trial: noisy(trial, 4), n_trials=4)
"""


@pytest.mark.parametrize("kind_of_storage", ["sqlite", "journal"])
def test_processes(kind_of_storage: str, tmp_path: Path) -> None:
    url = f"{kind_of_storage}:///{tmp_path}/study"
    storage = tunesmith.storages.get_storage(url)
    cases = [
        ("HyperbandPruner", KINDS["one of several"]),
        ("MedianPruner", SEVERAL),
        ("SequentialRegressionPruner", KINDS["maximize"]),
        ("SuccessiveHalvingPruner", SEVERAL),
        ("WilcoxonPruner", SEVERAL),
    ]
    studies = {started(storage, kind): (pruner, kind) for pruner, kind in cases}
    jobs = [
        ":".join([name, pruner, *kind.options.values()]) for name, (pruner, kind) in studies.items()
    ]
    root = str(Path(__file__).parents[2])
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, url, " ".join(jobs)], cwd=root, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    for worker in workers:
        _, errors = worker.communicate(timeout=100)
        assert worker.returncode == 0, errors.decode()
    for name, (pruner, kind) in studies.items():
        check(opened(name, storage, pruner, kind), 3 * 4)
    storage.remove_session()
