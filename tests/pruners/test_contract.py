"""What every pruner promises, and how a study uses one."""

from __future__ import annotations

import copy
import math
import pickle
import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tunesmith
from tunesmith import pruners
from tunesmith.exceptions import TrialPruned
from tunesmith.history import History
from tunesmith.pruners import BasePruner, HistoryPruner
from tunesmith.records import FrozenTrial, TrialState

from ..recorded_studies import RecordedStudy, recorded

MakePruner = Callable[[], BasePruner]

PRUNERS: dict[str, MakePruner] = {
    "HyperbandPruner": pruners.HyperbandPruner,
    "MedianPruner": lambda: pruners.MedianPruner(n_startup_trials=1),
    "NopPruner": pruners.NopPruner,
    "PatientPruner": lambda: pruners.PatientPruner(pruners.MedianPruner(1), patience=1),
    "PercentilePruner": lambda: pruners.PercentilePruner(25.0, n_startup_trials=1),
    "SequentialRegressionPruner": lambda: pruners.SequentialRegressionPruner(p_threshold=0.3),
    "SuccessiveHalvingPruner": lambda: pruners.SuccessiveHalvingPruner(reduction_factor=2),
    "ThresholdPruner": lambda: pruners.ThresholdPruner(lower=-1.0, upper=1.0),
    "WilcoxonPruner": lambda: pruners.WilcoxonPruner(p_threshold=0.4, n_startup_steps=0),
}
NEVER_PRUNING = {"NopPruner"}


def test_no_pruner_is_forgotten() -> None:
    public = {name for name in pruners.__all__ if name.endswith("Pruner")}
    assert set(PRUNERS) == public - {"BasePruner", "HistoryPruner"}


@pytest.fixture(params=list(PRUNERS.values()), ids=list(PRUNERS))
def make_pruner(request: pytest.FixtureRequest) -> MakePruner:
    make: MakePruner = request.param
    return make


def noisy(trial: tunesmith.Trial, n_steps: int = 12) -> float:
    """Report a noisy curve that depends on the trial's number alone."""
    draw = random.Random(trial.number)
    level = draw.gauss(0, 1)
    for step in range(n_steps):
        value = level / (step + 1) + draw.gauss(0, 0.3)
        trial.report(math.nan if draw.random() < 0.02 else value, step)
        if trial.should_prune():
            raise TrialPruned
    return level


def outcome(study: tunesmith.Study) -> list[tuple[TrialState, list[int]]]:
    return [(trial.state, list(trial.intermediate_values)) for trial in study.trials]


class TestContract:
    def test_no_reports_no_pruning(self, make_pruner: MakePruner) -> None:
        study = RecordedStudy()
        study.put(*(recorded(k, {0: 0.0, 1: 0.0}) for k in range(3)))
        trial = recorded(3, {}, TrialState.RUNNING)
        study.put(trial)
        assert make_pruner().prune(study, trial) is False  # type: ignore[arg-type]

    @pytest.mark.parametrize("direction", ["minimize", "maximize"])
    def test_answers_are_bools_and_repeatable(
        self, make_pruner: MakePruner, direction: str
    ) -> None:
        study, pruner, draw = RecordedStudy(direction), make_pruner(), random.Random(3)
        for number in range(25):
            reports: dict[int, float] = {}
            for step in draw.sample(range(8), 8) if number % 3 == 0 else range(8):
                reports[step] = draw.choice([draw.gauss(0, 1), math.nan, math.inf, 0.0])
                trial = recorded(number, reports, TrialState.RUNNING)
                study.put(trial)
                before = trial.copy()
                answers = [pruner.prune(study, trial) for _ in range(3)]  # type: ignore[arg-type]
                assert {type(answer) for answer in answers} == {bool}
                assert len(set(answers)) == 1
                assert repr(trial) == repr(before)  # as NaN differs from itself
            study.put(recorded(number, reports))

    def test_runs_a_study(self, make_pruner: MakePruner, request: pytest.FixtureRequest) -> None:
        study = tunesmith.create_study(pruner=make_pruner(), sampler=_sampler())
        study.optimize(noisy, n_trials=40)
        states = [trial.state for trial in study.trials]
        assert TrialState.FAIL not in states
        assert TrialState.COMPLETE in states
        never = any(name in request.node.callspec.id for name in NEVER_PRUNING)
        assert (TrialState.PRUNED in states) is not never

    def test_writes_only_why_and_with_the_end_of_the_trial(self, make_pruner: MakePruner) -> None:
        storage = CountingStorage()
        study = tunesmith.create_study(storage=storage, pruner=make_pruner(), sampler=_sampler())
        study.optimize(noisy, n_trials=10)
        study_id = storage.get_study_id_from_name(study.study_name)
        assert storage.get_study_system_attrs(study_id) == {}
        n_reports = sum(len(trial.intermediate_values) for trial in study.trials)
        assert storage.n_writes == n_reports + 10  # the reports and the ends
        for trial in study.trials:
            assert (trial.prune_reason is not None) == (trial.state is TrialState.PRUNED)
            assert set(trial.system_attrs) <= {"tunesmith:prune_reason"}

    def test_resumed_study_equals_an_uninterrupted_one(self, make_pruner: MakePruner) -> None:
        whole = tunesmith.create_study(pruner=make_pruner(), sampler=_sampler())
        whole.optimize(noisy, n_trials=40)
        storage = tunesmith.storages.InMemoryStorage()
        tunesmith.create_study(storage=storage, study_name="s")
        for n_trials in (1, 7, 20, 12):
            # Another object each time: nothing is left but what is stored.
            part = tunesmith.load_study(
                study_name="s", storage=storage, pruner=make_pruner(), sampler=_sampler()
            )
            part.optimize(noisy, n_trials=n_trials)
        assert outcome(part) == outcome(whole)

    def test_reports_out_of_order_survive_a_database(
        self, make_pruner: MakePruner, tmp_path: Path
    ) -> None:
        def disordered(trial: tunesmith.Trial) -> float:
            draw = random.Random(trial.number)
            for step in draw.sample(range(6), 6):
                trial.report(draw.choice([math.nan, math.inf, draw.gauss(0, 1)]), step)
                if trial.should_prune():
                    raise TrialPruned
            return 0.0

        whole = tunesmith.create_study(pruner=make_pruner(), sampler=_sampler())
        whole.optimize(disordered, n_trials=12)
        for _ in range(12):
            resumed = tunesmith.create_study(
                study_name="s",
                storage=f"sqlite:///{tmp_path}/s.db",
                load_if_exists=True,
                pruner=make_pruner(),
                sampler=_sampler(),
            )
            resumed.optimize(disordered, n_trials=1)
        assert outcome(resumed) == outcome(whole)

    def test_a_trial_that_need_not_ask_would_hear_no(self, make_pruner: MakePruner) -> None:
        study = tunesmith.create_study(pruner=make_pruner(), sampler=_sampler())
        for number in range(40):
            draw, trial = random.Random(number), study.ask()
            level = draw.gauss(0, 1)
            for step in draw.sample(range(12), 12) if number % 4 == 0 else range(12):
                value = level / (step + 1) + draw.gauss(0, 0.3)
                trial.report(math.nan if draw.random() < 0.05 else value, step)
                answer = trial.should_prune()
                assert answer == study.pruner.prune(study, trial.record)
                if answer and number % 2:
                    study.tell(trial, state=TrialState.PRUNED)
                    break
            else:
                study.tell(trial, level)

    def test_one_pruner_serves_several_studies(self, make_pruner: MakePruner) -> None:
        alone = [tunesmith.create_study(pruner=make_pruner(), sampler=_sampler()) for _ in "ab"]
        shared = make_pruner()
        mixed = [tunesmith.create_study(pruner=shared, sampler=_sampler()) for _ in "ab"]
        for study in alone:
            study.optimize(noisy, n_trials=20)
        for _ in range(20):
            for study in mixed:
                study.optimize(noisy, n_trials=1)
        assert [outcome(study) for study in mixed] == [outcome(study) for study in alone]

    def test_threads_ask_at_once(self, make_pruner: MakePruner) -> None:
        study = tunesmith.create_study(pruner=make_pruner(), sampler=_sampler())
        study.optimize(noisy, n_trials=60, n_jobs=4)
        assert len(study.trials) == 60
        assert TrialState.FAIL not in {trial.state for trial in study.trials}

    @pytest.mark.parametrize(
        "copied", [copy.deepcopy, lambda pruner: pickle.loads(pickle.dumps(pruner))]
    )
    def test_can_be_copied_and_pickled_in_the_middle_of_a_study(
        self, make_pruner: MakePruner, copied: Callable[[BasePruner], BasePruner]
    ) -> None:
        original, twin = (
            tunesmith.create_study(pruner=make_pruner(), sampler=_sampler()) for _ in "ab"
        )
        original.optimize(noisy, n_trials=30)
        twin.optimize(noisy, n_trials=15)
        twin.pruner = copied(twin.pruner)
        twin.optimize(noisy, n_trials=15)
        assert outcome(twin) == outcome(original)


class TestOptunasInterface:
    def test_custom_pruner_sees_the_study_and_a_record(self) -> None:
        seen: list[tuple[Any, FrozenTrial]] = []

        class LastOfTwo(BasePruner):
            def prune(self, study: tunesmith.Study, trial: FrozenTrial) -> bool:
                seen.append((study, trial))
                return trial.last_step == 1

        study = tunesmith.create_study(pruner=LastOfTwo())
        study.optimize(noisy, n_trials=2)
        assert [len(trial.intermediate_values) for trial in study.trials] == [2, 2]
        assert all(owner is study for owner, _ in seen)
        assert {type(trial) for _, trial in seen} == {FrozenTrial}
        assert all(trial.state is TrialState.RUNNING for _, trial in seen)

    def test_custom_pruner_may_keep_attributes_in_the_storage(self) -> None:
        class Counting(BasePruner):
            """As Optuna's halving does: it notes in the storage how far a trial came."""

            def prune(self, study: Any, trial: FrozenTrial) -> bool:
                n_asked = trial.system_attrs.get("n_asked", 0) + 1
                study._storage.set_trial_system_attr(trial._trial_id, "n_asked", n_asked)
                return bool(n_asked == 3)

        study = tunesmith.create_study(pruner=Counting())
        study.optimize(noisy, n_trials=2)
        assert [trial.system_attrs["n_asked"] for trial in study.trials] == [3, 3]
        assert [trial.last_step for trial in study.trials] == [2, 2]

    def test_custom_pruner_may_hand_on_a_changed_record(self) -> None:
        class Smoothing(BasePruner):
            def __init__(self, wrapped: BasePruner) -> None:
                self.wrapped = wrapped

            def prune(self, study: tunesmith.Study, trial: FrozenTrial) -> bool:
                smooth = copy.deepcopy(trial)
                smooth.intermediate_values = dict.fromkeys(trial.intermediate_values, 0.0)
                return self.wrapped.prune(study, smooth)

        wrapped = pruners.ThresholdPruner(upper=1.0)
        study = tunesmith.create_study(pruner=Smoothing(wrapped))
        trial = study.ask()
        trial.report(5.0, 0)
        assert not trial.should_prune()
        study.pruner = wrapped
        assert trial.should_prune()


class TestHistoryPruner:
    def test_decides_on_an_up_to_date_history_with_its_lock_held(self) -> None:
        free: list[bool] = []

        class Curious(HistoryPruner):
            def decide(self, history: History, trial: FrozenTrial) -> bool:
                assert history.curves.holds(trial)
                other = threading.Thread(target=lambda: free.append(_try(history)))
                other.start()
                other.join()
                return False

        study = tunesmith.create_study(pruner=Curious())
        study.optimize(lambda trial: noisy(trial, 2), n_trials=2)
        assert free == [False] * 4

    def test_nop_and_threshold_read_no_history(self) -> None:
        for pruner in (pruners.NopPruner(), pruners.ThresholdPruner(upper=1.0)):
            study = RecordedStudy()
            pruner.prune(study, recorded(0, {0: 0.0}, TrialState.RUNNING))  # type: ignore[arg-type]
            assert study.n_reads == 0


class TestLook:
    def test_halving_reads_nothing_between_rungs(self) -> None:
        storage = CountingStorage()
        pruner = pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=3)
        study = tunesmith.create_study(storage=storage, pruner=pruner, sampler=_sampler())
        study.optimize(lambda trial: noisy(trial, 3), n_trials=3)
        trial, reads = study.ask(), []
        for step in range(1, 12):
            before = storage.n_reads
            trial.report(-10.0 - step, step)
            assert not trial.should_prune()
            reads.append(storage.n_reads > before)
        assert [step for step, has_read in enumerate(reads, 1) if has_read] == [1, 3, 9]

    def test_rule_of_ones_own_is_asked_each_time(self) -> None:
        class NeverThirteen(pruners.SuccessiveHalvingPruner):
            def decide(self, history: History, trial: FrozenTrial) -> bool:
                return trial.last_step == 13 or super().decide(history, trial)

        study = tunesmith.create_study(pruner=NeverThirteen(min_resource=1))
        trial = study.ask()
        for step in range(1, 14):
            trial.report(0.0, step)
            assert trial.should_prune() is (step == 13)

    def test_another_pruner_is_asked_at_once(self) -> None:
        study = tunesmith.create_study(pruner=pruners.SuccessiveHalvingPruner(min_resource=1))
        trial = study.ask()
        for step in (1, 2):
            trial.report(5.0, step)
            assert not trial.should_prune()
        study.pruner = pruners.ThresholdPruner(upper=1.0)
        assert trial.should_prune()


class CountingStorage(tunesmith.storages.InMemoryStorage):
    """Counts the writes to trials that run, and reads. Like a database it shares no records."""

    shares_records = False

    def __init__(self) -> None:
        super().__init__()
        self.n_writes = 0
        self.n_reads = 0

    def read_trials(self, study_id: int, cursor: object | None) -> tuple[list[FrozenTrial], object]:
        self.n_reads += 1
        return super().read_trials(study_id, cursor)

    def update_trial(self, trial_id: int, update: tunesmith.storages.base.TrialUpdate) -> None:
        self.n_writes += 1
        super().update_trial(trial_id, update)


def _try(history: History) -> bool:
    free = history.lock.acquire(blocking=False)
    if free:
        history.lock.release()
    return free


def _sampler() -> tunesmith.samplers.BaseSampler:
    return tunesmith.samplers.RandomSampler(seed=0)
