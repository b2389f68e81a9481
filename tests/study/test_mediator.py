"""What is handed on without a read of the storage is what a read would have brought."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest

import tunesmith
from tunesmith.pruners import (
    BasePruner,
    HyperbandPruner,
    MedianPruner,
    SuccessiveHalvingPruner,
)
from tunesmith.records import FrozenTrial, TrialState
from tunesmith.storages import InMemoryStorage
from tunesmith.storages.base import TrialUpdate
from tunesmith.study import Study
from tunesmith.trial import Trial

PRUNERS: dict[str, Callable[[], BasePruner]] = {
    "halving": lambda: SuccessiveHalvingPruner(1, 2),
    "halving, from the first complete": lambda: SuccessiveHalvingPruner("auto", 2),
    "hyperband": lambda: HyperbandPruner(max_resource=9),
    "median": lambda: MedianPruner(2),
}


class NotSharing(InMemoryStorage):
    """Everything is written and read, as with a database."""

    shares_records = False


def one_study(pruner: BasePruner, storage: InMemoryStorage) -> list[Study]:
    sampler = tunesmith.samplers.RandomSampler(seed=0)
    return [tunesmith.create_study(study_name="s", storage=storage, sampler=sampler, pruner=pruner)]


def two_studies(pruner: BasePruner, storage: InMemoryStorage) -> list[Study]:
    first = one_study(pruner, storage)
    sampler = tunesmith.samplers.RandomSampler(seed=0)
    second = tunesmith.load_study(study_name="s", storage=storage, sampler=sampler, pruner=pruner)
    return [*first, second]


def answers(studies: list[Study], seed: int) -> list[object]:
    """Run trials side by side, at random; return what the pruner said and all that is known."""
    rng = random.Random(seed)
    running: list[tuple[Study, Trial, int]] = []
    said: list[object] = []
    for _ in range(300):
        action = rng.random()
        study = studies[rng.randrange(2) % len(studies)]
        if not running or (action < 0.08 and len(running) < 4):
            running.append((study, study.ask(), 0))
            continue
        if action > 0.97:
            said.append([t.state.name for t in study.trials])
        if action > 0.985:
            study.enqueue_trial({"x": 0.5})
        owner, trial, step = running.pop(rng.randrange(len(running)))
        trial.report(rng.random(), step)
        said.append((trial.number, step, trial.should_prune()))
        if said[-1][-1]:  # type: ignore[index]  # just appended
            owner.tell(trial, state=TrialState.PRUNED)
        elif step > 12:
            owner.tell(trial, trial.suggest_float("x", 0, 1))
        elif rng.random() < 0.02:
            owner.tell(trial, state=TrialState.FAIL)
        else:
            running.append((owner, trial, step + 1))
    for study in studies:
        history = study.history
        said.append((history.states.tolist(), history.count(TrialState.COMPLETE), history.best()))
        said.append(np.nan_to_num(history.losses).tolist())
        said.append(history.search_space.intersection())
        said.append([(t.number, t.state, t.intermediate_values) for t in study.trials])
    return said


@pytest.mark.parametrize("pruner", PRUNERS)
@pytest.mark.parametrize("open_studies", [one_study, two_studies])
@pytest.mark.parametrize("seed", range(3))
def test_shared_records_give_the_answers_that_reading_gives(pruner, open_studies, seed):
    shared = answers(open_studies(PRUNERS[pruner](), InMemoryStorage()), seed)
    assert shared == answers(open_studies(PRUNERS[pruner](), NotSharing()), seed)


class Noting(InMemoryStorage):
    def __init__(self) -> None:
        super().__init__()
        self.n_reads = 0

    def read_trials(self, study_id: int, cursor: object | None) -> tuple[list[FrozenTrial], object]:
        self.n_reads += 1
        return super().read_trials(study_id, cursor)


def test_a_subclass_that_reads_in_its_own_way_is_asked():
    storage = Noting()
    study = tunesmith.create_study(storage=storage, pruner=MedianPruner(1))
    for number in range(3):
        before = storage.n_reads
        trial = study.ask()
        trial.report(number, 0)
        trial.should_prune()
        study.tell(trial, number)
        assert storage.n_reads > before


class EveryStep(SuccessiveHalvingPruner):
    """Has rungs of its own, which the ladder's first step says nothing about."""

    def decide(self, history, trial):
        return trial.last_step == 0


def test_before_the_first_rung_only_a_users_own_pruner_is_asked(monkeypatch):
    asked = []
    look = SuccessiveHalvingPruner.look
    monkeypatch.setattr(
        SuccessiveHalvingPruner, "look", lambda *args: asked.append(args) or look(*args)
    )
    for pruner, expected in [(SuccessiveHalvingPruner(3), [False] * 3), (EveryStep(3), [True])]:
        trial = tunesmith.create_study(pruner=pruner).ask()
        said = []
        for step in range(3):
            trial.report(1.0, step)
            said.append(trial.should_prune())
            if said[-1]:
                break
        assert said == expected
        assert len(asked) == expected.count(True)


def test_what_another_writes_in_between_is_read():
    storage = InMemoryStorage()
    ours, theirs = two_studies(SuccessiveHalvingPruner(1, 2), storage)
    for value in (3.0, 2.0):
        trial = ours.ask()
        trial.report(value, 1)
        trial.should_prune()
        ours.tell(trial, value)
    trial = ours.ask()
    other = theirs.ask()
    storage.update_trial(other.trial_id, TrialUpdate(intermediate_values={1: 0.0}))
    trial.report(1.0, 1)

    # 1.0 is in place 2 of 4, of which 2 may go on.
    assert not trial.should_prune()
    storage.update_trial(theirs.ask().trial_id, TrialUpdate(intermediate_values={1: 0.5}))
    last = ours.ask()
    last.report(1.5, 1)
    # 1.5 is in place 4 of 6, of which 3 may go on. Without those of the other study it would be in
    # place 2 of 4.
    assert last.should_prune()


def test_where_no_pruner_is_asked_nothing_is_handed_on() -> None:
    study = tunesmith.create_study(sampler=tunesmith.samplers.RandomSampler(seed=0))
    study.tell(study.ask(), 0.0)
    log = study.mediator.log
    log.sync()
    cursor = log.cursor

    for value in (1.0, 2.0, 3.0):
        study.tell(study.ask(), value)

    assert log.cursor == cursor
    assert study.history.losses[:, 0].tolist() == [0.0, 1.0, 2.0, 3.0]
    assert log.cursor != cursor


def test_a_storage_that_shares_records_need_not_follow(monkeypatch):
    for name in ("add_report", "write_and_follow", "is_current"):
        monkeypatch.delattr(InMemoryStorage, name)
    for name, pruner in PRUNERS.items():
        shared = answers(one_study(pruner(), InMemoryStorage()), seed=3)
        assert shared == answers(one_study(pruner(), NotSharing()), seed=3), name
