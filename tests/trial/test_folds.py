"""Averaging over folds: the arithmetic, and ``trial.fold(k)``."""

from __future__ import annotations

import itertools
import math
import random
import warnings

import numpy as np
import pytest

import tunesmith
from tunesmith.pruners import BasePruner
from tunesmith.samplers import RandomSampler
from tunesmith.storages.retries import repetition
from tunesmith.trial import BaseTrial, FixedTrial, FoldTrial, Trial, TrialState
from tunesmith.trial.folds import Folds


class Recorder(BasePruner):
    """Prunes at one step, and remembers which steps it was asked at."""

    def __init__(self, prune_at: int = -1) -> None:
        self.prune_at = prune_at
        self.asked: list[int] = []

    def prune(self, study, trial) -> bool:
        self.asked.append(trial.last_step)
        return trial.last_step == self.prune_at


@pytest.fixture(params=["memory", "sqlite", "journal"])
def study(request, tmp_path):
    if request.param == "memory":
        storage = None
    elif request.param == "sqlite":
        storage = f"sqlite:///{tmp_path / 's.db'}"
    else:
        storage = f"journal:///{tmp_path / 's.log'}"
    return tunesmith.create_study(
        storage=storage, sampler=RandomSampler(seed=0), pruner=Recorder(), study_name="folds"
    )


def new_trial(**options) -> Trial:
    options = {"sampler": RandomSampler(seed=0), "pruner": Recorder(), **options}
    return tunesmith.create_study(**options).ask()


class TestArithmetic:
    def test_steps_count_on_and_values_are_the_mean_over_the_folds_so_far(self):
        curves = np.random.default_rng(0).normal(size=(5, 7))
        folds = Folds()
        for k, curve in enumerate(curves):
            fold = folds.fold(k, n_steps=7)
            for step, value in enumerate(curve):
                trial_step, mean = fold.add(step, value)
                assert trial_step == 7 * k + step
                assert mean == pytest.approx(curves[: k + 1, step].mean())

    def test_vectors_are_averaged_objective_by_objective(self):
        curves = np.random.default_rng(0).normal(size=(4, 3, 2))
        folds = Folds()
        for k, curve in enumerate(curves):
            for step, value in enumerate(curve):
                _, mean = folds.fold(k).add(step, tuple(value))
                assert mean == pytest.approx(tuple(curves[: k + 1, step].mean(axis=0)))

    def test_a_fold_that_stopped_early_counts_with_its_last_value(self):
        folds = Folds()
        first = folds.fold(0, n_steps=10)
        first.add(0, 1.0)
        first.add(1, 3.0)
        second = folds.fold(1, n_steps=10)
        assert second.add(1, 5.0) == (11, 4.0)
        assert second.add(9, 7.0) == (19, 5.0)

    def test_a_fold_without_a_value_yet_does_not_count(self):
        folds = Folds()
        folds.fold(0).add(4, 1.0)
        assert folds.fold(1).add(0, 3.0) == (5, 3.0)

    def test_without_a_length_the_next_fold_begins_where_the_last_one_ended(self):
        folds = Folds()
        for step in range(3):
            folds.fold(0).add(step, 1.0)
        assert folds.fold(1).add(0, 1.0)[0] == 3

    def test_a_fold_longer_than_announced_never_meets_the_next_one(self):
        folds = Folds()
        for step in range(5):
            folds.fold(0, n_steps=2).add(step, 1.0)
        assert folds.fold(1, n_steps=2).add(0, 1.0)[0] == 5

    def test_a_training_without_values_is_no_fold(self):
        folds = Folds()
        assert folds.next_fold() is folds.next_fold()
        folds.next_fold().add(0, 1.0)
        assert folds.next_fold().index == 1

    def test_trainings_that_say_no_number_come_after_those_that_do(self):
        folds = Folds()
        folds.fold(0).add(0, 1.0)
        folds.fold(4).add(0, 1.0)
        assert folds.next_fold().index == 5

    def test_a_training_that_goes_on_belongs_to_the_fold_before_it(self):
        folds = Folds()
        folds.next_fold().add(0, 1.0)
        folds.next_fold().add(0, 1.0)
        assert folds.next_fold(first_step=1).index == 1

    @pytest.mark.parametrize("n_objectives", [1, 2])
    def test_curves_are_worked_out_from_the_reports_of_another_process(self, n_objectives):
        rng = random.Random(0)

        def value():
            values = tuple(rng.random() for _ in range(n_objectives))
            return values if n_objectives > 1 else values[0]

        folds, reports = Folds(), {}
        for k, n in enumerate((5, 3, 4)):  # the second ends early, the third is cut off
            fold = folds.fold(k, n_steps=5)
            for step in range(n):
                trial_step, mean = fold.add(step, value())
                reports[trial_step] = mean

        again = Folds(folds.layout, reports)
        assert again.layout == folds.layout
        for step, final in [(4, value()), *((s, value()) for s in range(5))]:
            k = 2 if step == 4 and not again.fold(2).has(4) else 3
            expected = folds.fold(k, n_steps=5).add(step, final)
            found = again.fold(k, n_steps=5).add(step, final)
            assert found[0] == expected[0]
            assert found[1] == pytest.approx(expected[1])


class TestTrialFold:
    def test_every_fold_counts_and_nothing_warns(self, study):
        trial = study.ask()
        curves = np.random.default_rng(0).normal(size=(3, 4))
        for k, curve in enumerate(curves):
            fold = trial.fold(k)
            for epoch, value in enumerate(curve):
                fold.report(value, epoch)
                assert fold.should_prune() is False
        study.tell(trial, curves[:, -1].mean())
        means = np.cumsum(curves, axis=0) / np.arange(1, 4)[:, None]
        stored = study.trials[0].intermediate_values
        assert sorted(stored) == list(range(12)) == study.pruner.asked
        np.testing.assert_allclose([stored[step] for step in range(12)], means.ravel())

    def test_a_later_fold_can_end_the_trial(self, study):
        study.pruner = Recorder(prune_at=5)

        def objective(trial):
            for k in range(3):
                fold = trial.fold(k)
                for epoch in range(4):
                    fold.report(1.0, epoch)
                    if fold.should_prune():
                        raise tunesmith.TrialPruned
            return 1.0

        study.optimize(objective, n_trials=1)
        assert study.trials[0].state is TrialState.PRUNED
        assert sorted(study.trials[0].intermediate_values) == list(range(6))

    def test_a_real_pruner_stops_a_trial_in_its_second_fold(self):
        study = tunesmith.create_study(
            sampler=RandomSampler(seed=0),
            pruner=tunesmith.pruners.MedianPruner(n_startup_trials=2, n_warmup_steps=3),
        )

        def objective(trial):
            for k in range(2):
                fold = trial.fold(k, n_steps=2)
                for epoch in range(2):
                    fold.report(float(trial.number == 2), epoch)
                    if fold.should_prune():
                        raise tunesmith.TrialPruned
            return 0.0

        study.optimize(objective, n_trials=3)
        assert [trial.state.name for trial in study.trials] == ["COMPLETE", "COMPLETE", "PRUNED"]
        assert study.trials[2].intermediate_values == {0: 1.0, 1: 1.0, 2: 1.0, 3: 1.0}

    def test_several_objectives(self):
        trial = new_trial(directions=["minimize", "maximize"])
        trial.fold(0).report([1, 2], 0)
        trial.fold(1).report((3, 6), 0)
        assert trial.record.intermediate_vectors == {0: (1.0, 2.0), 1: (2.0, 4.0)}

    def test_folds_that_count_from_one(self):
        trial = new_trial()
        for k in (1, 2):
            trial.fold(k, n_steps=2).report(float(k), 0)
        assert trial.record.intermediate_values == {0: 1.0, 2: 1.5}

    def test_folds_that_take_turns(self):
        trial = new_trial()
        folds = [trial.fold(k, n_steps=3) for k in range(2)]
        for epoch, (k, fold) in itertools.product(range(3), enumerate(folds)):
            fold.report(float(k), epoch)
        assert trial.record.intermediate_values == {0: 0, 1: 0, 2: 0, 3: 0.5, 4: 0.5, 5: 0.5}

    def test_folds_that_take_turns_must_say_how_long_they_are(self):
        trial = new_trial()
        folds = [trial.fold(k) for k in range(2)]
        for fold in folds:
            fold.report(0.0, 0)
        with pytest.raises(ValueError, match=r"^Fold 0 has step 1 after fold 1 .*n_steps=\.\.\.\)"):
            folds[0].report(0.0, 1)
        assert trial.record.intermediate_values == {0: 0.0, 1: 0.0}

    def test_a_step_twice_in_one_fold_is_told(self):
        trial = new_trial()
        fold = trial.fold(2)
        fold.report(1.0, 0)
        with pytest.warns(UserWarning, match="Fold 2 of trial 0 has reported step 0 already"):
            fold.report(2.0, 0)
        assert trial.record.intermediate_values == {0: 1.0}

    def test_not_a_number_stays_what_it_is(self):
        trial = new_trial()
        trial.fold(0).report(math.nan, 0)
        trial.fold(1).report(1.0, 0)
        assert all(math.isnan(value) for value in trial.record.intermediate_values.values())

    def test_it_stands_in_for_its_trial(self):
        trial = new_trial()
        fold = trial.fold(0)
        assert isinstance(fold, BaseTrial)
        values = (
            fold.suggest_float("f", 0, 1),
            fold.suggest_int("i", 0, 9),
            fold.suggest_categorical("c", ["a", "b"]),
        )
        fold.set_user_attr("key", [1])
        fold.set_constraint("c", 0.5)
        assert tuple(trial.params.values()) == values
        for name in ("params", "distributions", "user_attrs", "system_attrs", "constraints"):
            assert getattr(fold, name) == getattr(trial, name)
            assert getattr(fold, name)
        assert (fold.number, fold.datetime_start) == (trial.number, trial.datetime_start)
        assert fold.trial is trial
        assert repr(fold).startswith("FoldTrial(number=0, fold=0, params={'f': ")

    def test_a_fold_has_no_folds(self):
        with pytest.raises(
            ValueError, match=r"^This is fold 1 of trial 0, and a fold has no folds"
        ):
            new_trial().fold(1).fold(0)

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ((-1,), ValueError, "index >= 0, got -1"),
            (("train",), TypeError, "whole number as index, got 'train' of type str"),
            ((0.5,), TypeError, "whole number as index, got 0.5 of type float"),
            ((0, 0), ValueError, "n_steps >= 1, got n_steps=0"),
            ((0, "all"), TypeError, "whole number as n_steps, got 'all'"),
        ],
    )
    def test_bad_arguments(self, arguments, error, message):
        with pytest.raises(error, match=message):
            new_trial().fold(*arguments)

    @pytest.mark.parametrize(
        ("value", "step", "error"),
        [("much", 0, TypeError), ([1, 2], 0, TypeError), (1.0, -1, ValueError)],
    )
    def test_a_bad_report_changes_nothing(self, value, step, error):
        trial = new_trial()
        with pytest.raises(error):
            trial.fold(0).report(value, step)
        trial.fold(0).report(1.0, 0)
        assert trial.record.intermediate_values == {0: 1.0}

    @pytest.mark.parametrize(
        "trial",
        [FixedTrial({"x": 1.0}), tunesmith.create_trial(value=1.0)],
        ids=["fixed", "frozen"],
    )
    def test_a_trial_outside_any_study_is_its_folds(self, trial):
        fold = trial.fold(3, n_steps=2)
        fold.report(1.0, 0)
        assert fold.should_prune() is False
        assert fold is trial


class TestOtherProcess:
    """The trial is taken over by another object, as by another process."""

    def halves(self, study, first, second):
        """Run a trial in two parts, the second with nothing known but what is stored."""
        trial = study.ask()
        first(trial)
        again = tunesmith.load_study(
            study_name="folds", storage=study.storage, pruner=Recorder(), sampler=RandomSampler(0)
        )
        taken_over = Trial(again, trial.trial_id)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            second(taken_over)
        again.tell(taken_over, 1.0)
        return again.trials[0].intermediate_values

    @staticmethod
    def train(trial, folds, n_steps=3):
        for k in folds:
            fold = trial.fold(k)
            for step in range(n_steps):
                fold.report(float(10 * k + step), step)

    def test_it_goes_on_with_the_next_fold(self, study):
        stored = self.halves(
            study, lambda t: self.train(t, [0, 1]), lambda t: self.train(t, [2, 3])
        )
        expected = [5.0 * k + step for k in range(4) for step in range(3)]
        assert stored == pytest.approx(dict(enumerate(expected)))

    def test_it_goes_on_within_a_fold(self, study):
        def first(trial):
            self.train(trial, [0])
            trial.fold(1).report(10.0, 0)

        def second(trial):
            fold = trial.fold(1)
            for step in (1, 2):
                fold.report(10.0 + step, step)

        assert self.halves(study, first, second) == {0: 0, 1: 1, 2: 2, 3: 5, 4: 6, 5: 7}

    def test_it_begins_again(self, study):
        def second(trial):
            self.train(trial, [0, 1, 2])

        stored = self.halves(study, lambda t: self.train(t, [0, 1]), second)
        assert stored == pytest.approx({3 * k + s: 5.0 * k + s for k in range(3) for s in range(3)})

    def test_folds_that_count_from_one_are_still_apart(self, study):
        stored = self.halves(study, lambda t: self.train(t, [1]), lambda t: self.train(t, [2]))
        assert stored == {0: 10, 1: 11, 2: 12, 3: 15, 4: 16, 5: 17}

    def test_the_repetition_that_inherits_reports_knows_the_folds(self, study):
        trial = study.ask()
        self.train(trial, [0, 1])
        record = study.storage.get_trial(trial.trial_id)
        study.tell(trial, state=TrialState.FAIL)
        study.add_trial(repetition(record, None, inherit_intermediate_values=True))
        again = study.ask()
        assert again.number == 1
        self.train(again, [0, 1, 2])
        assert again.record.intermediate_values == pytest.approx(
            {3 * k + s: 5.0 * k + s for k in range(3) for s in range(3)}
        )


def test_the_layout_costs_no_write_of_its_own(tmp_path):
    study = tunesmith.create_study(
        storage=f"sqlite:///{tmp_path / 's.db'}", sampler=RandomSampler(seed=0)
    )
    trial = study.ask()
    writes = []
    original = study.storage.update_trial
    study.storage.update_trial = lambda *args: (writes.append(args), original(*args))
    for k in range(3):
        trial.fold(k).report(1.0, 0)
    assert len(writes) == 3
    assert isinstance(trial.fold(3), FoldTrial)
    assert study.trials[0].system_attrs["tunesmith:folds"] == [[0, 0, 0], [1, 1, 0], [2, 2, 0]]
