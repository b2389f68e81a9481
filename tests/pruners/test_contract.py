"""What every pruner promises, and how a study uses one."""

from __future__ import annotations

import copy
import math
import pickle
import random
import threading
from collections.abc import Callable
from typing import Any

import pytest

import tunesmith
from tunesmith import pruners
from tunesmith.history import History
from tunesmith.pruners import BasePruner, HistoryPruner
from tunesmith.records import FrozenTrial, TrialState

from ..recorded_studies import RecordedStudy, recorded
from .every_pruner import (
    NEVER_PRUNING,
    PRUNERS,
    Kind,
    MakePruner,
    MakeStudy,
    as_report,
    noisy,
    outcome,
    reports_of,
)


def test_no_pruner_is_forgotten() -> None:
    public = {name for name in pruners.__all__ if name.endswith("Pruner")}
    assert set(PRUNERS) == public - {"BasePruner", "HistoryPruner"}


class TestContract:
    def test_no_reports_no_pruning(self, make_pruner: MakePruner, kind: Kind) -> None:
        study = RecordedStudy(*kind.directions)
        zero = (0.0,) * len(kind.directions) if len(kind.directions) > 1 else 0.0
        study.put(*(recorded(k, {0: zero, 1: zero}) for k in range(3)))
        trial = recorded(3, {}, TrialState.RUNNING)
        study.put(trial)
        assert make_pruner().prune(study, trial) is False  # type: ignore[arg-type]

    def test_answers_are_bools_and_repeatable(self, make_pruner: MakePruner, kind: Kind) -> None:
        study, pruner, draw = RecordedStudy(*kind.directions), make_pruner(), random.Random(3)

        def value() -> float:
            return draw.choice([draw.gauss(0, 1), math.nan, math.inf, 0.0])

        n_objectives = len(kind.directions)
        for number in range(20):
            reports: dict[int, Any] = {}
            for step in draw.sample(range(8), 8) if number % 3 == 0 else range(8):
                vector = tuple(value() for _ in kind.directions)
                reports[step] = vector if n_objectives > 1 else vector[0]
                trial = recorded(number, reports, TrialState.RUNNING)
                study.put(trial)
                before = trial.copy()
                answers = [pruner.prune(study, trial) for _ in range(3)]  # type: ignore[arg-type]
                assert {type(answer) for answer in answers} == {bool}
                assert len(set(answers)) == 1
                assert repr(trial) == repr(before)  # as NaN differs from itself
            study.put(recorded(number, reports, values=[0.0] * n_objectives))

    def test_runs_a_study(self, make_study: MakeStudy) -> None:
        study = make_study()
        study.optimize(noisy, n_trials=30)
        states = [trial.state for trial in study.trials]
        assert TrialState.FAIL not in states
        assert TrialState.COMPLETE in states
        never = type(study.pruner).__name__ in NEVER_PRUNING
        assert (TrialState.PRUNED in states) is not never

    def test_writes_only_why_and_with_the_end_of_the_trial(self, make_study: MakeStudy) -> None:
        storage = CountingStorage()
        study = make_study(storage=storage)
        study.optimize(noisy, n_trials=10)
        study_id = storage.get_study_id_from_name(study.study_name)
        assert storage.get_study_system_attrs(study_id) == {}
        n_reports = sum(len(reports_of(trial)) for trial in study.trials)
        assert storage.n_writes == n_reports + 10  # the reports and the ends
        for trial in study.trials:
            assert (trial.prune_reason is not None) == (trial.state is TrialState.PRUNED)
            assert set(trial.system_attrs) <= {"tunesmith:prune_reason"}

    def test_says_why(self, make_study: MakeStudy, kind: Kind) -> None:
        study = make_study()
        study.optimize(noisy, n_trials=30)
        for trial in study.trials:
            reason = trial.prune_reason
            if reason is None:
                assert trial.state is TrialState.COMPLETE
                continue
            assert reason.pruner == type(study.pruner).__name__
            assert reason.step == trial.last_step
            assert reason.because
            of_all = len(kind.directions) > 1 and kind.objective is None
            n_values = len(reason.value) if isinstance(reason.value, tuple) else None
            assert n_values == (len(kind.directions) if of_all else None)
            values = list(reports_of(trial).values())
            if not of_all and kind.objective is not None:
                values = [vector[int(kind.objective)] for vector in values]
            assert repr(reason.value) in map(repr, values)

    def test_resumed_study_equals_an_uninterrupted_one(
        self, make_study: MakeStudy, make_pruner: MakePruner
    ) -> None:
        whole = make_study()
        whole.optimize(noisy, n_trials=30)
        storage = tunesmith.storages.InMemoryStorage()
        make_study(storage=storage, study_name="s")
        for n_trials in (1, 7, 14, 8):
            # Another object each time: nothing is left but what is stored.
            part = tunesmith.load_study(
                study_name="s", storage=storage, pruner=make_pruner(), sampler=_sampler()
            )
            part.optimize(noisy, n_trials=n_trials)
        assert outcome(part) == outcome(whole)

    def test_a_trial_that_need_not_ask_would_hear_no(self, make_study: MakeStudy) -> None:
        study = make_study()
        for number in range(30):
            draw, trial = random.Random(number), study.ask()
            levels = [draw.gauss(0, 1) for _ in study.directions]
            for step in draw.sample(range(12), 12) if number % 4 == 0 else range(12):
                losses = [level / (step + 1) + draw.gauss(0, 0.3) for level in levels]
                losses[0] = math.nan if draw.random() < 0.05 else losses[0]
                trial.report(as_report(losses, study.directions), step)
                answer = trial.should_prune()
                assert answer == study.pruner.prune(study, trial.record)
                if answer and number % 2:
                    study.tell(trial, state=TrialState.PRUNED)
                    break
            else:
                study.tell(trial, as_report(levels, study.directions))

    def test_one_pruner_serves_several_studies(
        self, make_study: MakeStudy, make_pruner: MakePruner
    ) -> None:
        alone = [make_study() for _ in "ab"]
        shared = make_pruner()
        mixed = [make_study(pruner=shared) for _ in "ab"]
        for study in alone:
            study.optimize(noisy, n_trials=12)
        for _ in range(12):
            for study in mixed:
                study.optimize(noisy, n_trials=1)
        assert [outcome(study) for study in mixed] == [outcome(study) for study in alone]

    def test_threads_ask_at_once(self, make_study: MakeStudy) -> None:
        study = make_study()
        study.optimize(noisy, n_trials=40, n_jobs=4)
        assert len(study.trials) == 40
        assert TrialState.FAIL not in {trial.state for trial in study.trials}
        for trial in study.trials:
            assert (trial.prune_reason is not None) == (trial.state is TrialState.PRUNED)

    @pytest.mark.parametrize(
        "copied", [copy.deepcopy, lambda pruner: pickle.loads(pickle.dumps(pruner))]
    )
    def test_can_be_copied_and_pickled_in_the_middle_of_a_study(
        self, make_study: MakeStudy, copied: Callable[[BasePruner], BasePruner]
    ) -> None:
        original, twin = make_study(), make_study()
        original.optimize(noisy, n_trials=20)
        twin.optimize(noisy, n_trials=10)
        twin.pruner = copied(twin.pruner)
        twin.optimize(noisy, n_trials=10)
        assert outcome(twin) == outcome(original)


class TestObjective:
    """The argument that names one of several objectives."""

    NAMED = sorted(set(PRUNERS) - {"NopPruner"})

    @pytest.mark.parametrize("name", NAMED)
    def test_a_name_means_its_index(self, name: str) -> None:
        outcomes = []
        for objective in ("accuracy", 1):
            study = tunesmith.create_study(
                directions=["minimize", "maximize"],
                pruner=PRUNERS[name](objective=objective),
                sampler=_sampler(),
            )
            study.set_metric_names(["loss", "accuracy"])
            study.optimize(noisy, n_trials=12)
            outcomes.append(outcome(study))
        assert outcomes[0] == outcomes[1]

    @pytest.mark.parametrize("name", NAMED)
    def test_the_only_objective_may_be_named(self, name: str) -> None:
        outcomes = []
        for options in ({"objective": "loss"}, {"objective": 0}, {}):
            study = tunesmith.create_study(pruner=PRUNERS[name](**options), sampler=_sampler())
            study.set_metric_names(["loss"])
            study.optimize(noisy, n_trials=12)
            outcomes.append(outcome(study))
        assert outcomes[0] == outcomes[1] == outcomes[2]

    @pytest.mark.parametrize("name", NAMED)
    @pytest.mark.parametrize("directions", [["minimize"], ["minimize", "maximize"]])
    @pytest.mark.parametrize(
        ("objective", "message"),
        [("speed", "no objective='speed'; it has 'a'"), (2, "there is no objective=2")],
    )
    def test_one_that_is_not_there(
        self, name: str, directions: list[str], objective: str | int, message: str
    ) -> None:
        study = tunesmith.create_study(
            directions=directions, pruner=PRUNERS[name](objective=objective)
        )
        study.set_metric_names(["a", "b"][: len(directions)])
        trial = study.ask()
        for step in range(3):
            trial.report(as_report([1.0, 2.0][: len(directions)], study.directions), step)
        with pytest.raises(ValueError, match=message):
            trial.should_prune()

    @pytest.mark.parametrize("name", NAMED)
    @pytest.mark.parametrize(
        ("objective", "error"), [(1.5, TypeError), (True, TypeError), (-1, ValueError)]
    )
    def test_what_names_none(self, name: str, objective: Any, error: type[Exception]) -> None:
        with pytest.raises(error, match="objective must be"):
            PRUNERS[name](objective=objective)


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
