from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

import tunesmith
from tunesmith.integrations import MetricReporter
from tunesmith.samplers import RandomSampler
from tunesmith.study import Study
from tunesmith.trial import FixedTrial, Trial, TrialState

from .doubles import After, Never, run


def new_study(**options: Any) -> Study:
    return tunesmith.create_study(
        **{"sampler": RandomSampler(seed=0), "pruner": Never(), **options}
    )


def new_trial(**options: Any) -> Trial:
    return new_study(**options).ask()


def test_it_reports_the_monitored_metric_and_asks_the_pruner() -> None:
    pruner = After(3)
    trial = new_trial(pruner=pruner)
    reporter = MetricReporter(trial, "loss")
    answers = [reporter.report(step, {"loss": 1.0 / (step + 1), "lr": 9.0}) for step in range(3)]
    assert answers == [False, False, True]
    assert trial.record.intermediate_values == {0: 1.0, 1: 1 / 2, 2: 1 / 3}


def test_a_pruned_trial_says_where_it_ended() -> None:
    study = new_study(pruner=After(1))
    for _ in range(7):
        study.ask()
    reporter = MetricReporter(study.ask(), "valid-loss")
    with pytest.raises(tunesmith.TrialPruned) as caught:
        reporter.report_or_prune(12, {"valid-loss": 0.71})
    assert str(caught.value) == "Trial 7 was pruned at step 12 (valid-loss=0.71)."


class TestNames:
    def test_a_missing_metric_is_answered_with_the_names_there_are(self) -> None:
        reporter = MetricReporter(new_trial(), "auc")
        with pytest.raises(ValueError, match="auc") as caught:
            reporter.report(3, {"train-logloss": 0.5, "valid-auc": 0.7})
        assert str(caught.value) == (
            "metric 'auc' was not logged at step 3; logged: 'train-logloss', 'valid-auc'. "
            "Did you mean 'valid-auc'?"
        )

    def test_nothing_similar_is_not_made_up(self) -> None:
        reporter = MetricReporter(new_trial(), "accuracy")
        with pytest.raises(ValueError, match=r"logged: 'rmse'\.$"):
            reporter.report(0, {"rmse": 0.5})

    def test_an_empty_log_is_called_empty(self) -> None:
        reporter = MetricReporter(new_trial(), "auc")
        with pytest.raises(
            ValueError, match=r"^metric 'auc' was not logged at step 0; nothing was"
        ):
            reporter.report(0, {})

    def test_aliases_lead_to_the_name_that_is_logged(self) -> None:
        trial = new_trial()
        names = {"mse": "l2", "mean_squared_error": "l2"}
        reporter = MetricReporter(trial, "mse", canonical=lambda name: names.get(name, name))
        reporter.report(0, {"l1": 1.0, "mean_squared_error": 4.0})
        assert trial.record.intermediate_values == {0: 4.0}

    def test_the_exact_name_goes_before_an_alias(self) -> None:
        trial = new_trial()
        MetricReporter(trial, "B", canonical=str.lower).report(0, {"b": 1.0, "B": 2.0})
        assert trial.record.intermediate_values == {0: 2.0}

    def test_a_metric_that_goes_missing_later_is_an_error_too(self) -> None:
        reporter = MetricReporter(new_trial(direction="maximize"), "auc")
        reporter.report(0, {"auc": 0.5})
        with pytest.raises(ValueError, match="not logged at step 1"):
            reporter.report(1, {"loss": 0.5})

    def test_a_metric_is_missed_between_two_reports_too(self) -> None:
        reporter = MetricReporter(new_trial(direction="maximize"), "auc", interval=3)
        reporter.report(0, {"auc": 0.5})
        with pytest.raises(ValueError, match="not logged at step 1"):
            reporter.report(1, {"loss": 0.5})

    def test_nothing_is_stored_when_a_name_is_wrong(self) -> None:
        trial = new_trial()
        with pytest.raises(ValueError, match="not logged"):
            MetricReporter(trial, "auc").report(0, {"loss": 0.5})
        assert trial.record.intermediate_values == {}

    def test_one_metric_must_be_named(self) -> None:
        with pytest.raises(ValueError, match=r"Exactly one metric .* got \['a', 'b'\]"):
            MetricReporter(new_trial(), ["a", "b"])

    @pytest.mark.parametrize("monitor", [[], [1], [None]])
    def test_a_name_is_text(self, monitor: Any) -> None:
        with pytest.raises(ValueError, match="Name the metrics to monitor as text"):
            MetricReporter(new_trial(), monitor)


class TestDirection:
    def test_a_metric_to_maximize_is_refused_by_a_study_that_minimizes(self) -> None:
        trial = new_trial(direction="minimize")
        reporter = MetricReporter(trial, "auc")
        with pytest.raises(ValueError, match="auc") as caught:
            reporter.report(0, {"auc": 0.9}, {"auc": True})
        assert str(caught.value) == (
            "metric 'auc' should be maximized, but the study is to minimize. Create the study "
            "with direction='maximize', or monitor another metric. (If the metric is one to "
            "minimize, say so with direction='minimize'.)"
        )
        assert trial.record.intermediate_values == {}

    @pytest.mark.parametrize(
        ("direction", "higher"), [("minimize", False), ("maximize", True), ("minimize", None)]
    )
    def test_agreement_and_ignorance_pass(self, direction: str, higher: bool | None) -> None:
        trial = new_trial(direction=direction)
        MetricReporter(trial, "m").report(0, {"m": 0.9}, {"m": higher})
        assert trial.record.intermediate_values == {0: 0.9}

    def test_the_user_knows_better_than_the_framework(self) -> None:
        trial = new_trial(direction="minimize")
        MetricReporter(trial, "m", direction="minimize").report(0, {"m": 0.9}, {"m": True})
        assert trial.record.intermediate_values == {0: 0.9}

    @pytest.mark.parametrize(
        ("name", "direction"),
        [
            ("val_auc", "minimize"),
            ("valid/Accuracy_epoch", "minimize"),
            ("eval_f1", "minimize"),
            ("val_loss", "maximize"),
            ("train.logloss", "maximize"),
            ("val_rmse_step", "maximize"),
        ],
    )
    def test_a_name_that_tells_its_direction_is_taken_at_its_word(
        self, name: str, direction: Any
    ) -> None:
        trial = new_trial(direction=direction)
        with pytest.raises(ValueError, match=f"but the study is to {direction}"):
            MetricReporter(trial, name).report(0, {name: 0.5})
        assert trial.record.intermediate_values == {}
        MetricReporter(trial, name, direction=direction).report(0, {name: 0.5})
        assert trial.record.intermediate_values == {0: 0.5}

    @pytest.mark.parametrize("direction", ["minimize", "maximize"])
    @pytest.mark.parametrize(
        "name", ["score", "neg_loss", "loss_scale", "1-auc", "minus_auc", "lossless", "m", "@"]
    )
    def test_a_name_that_leaves_doubt_is_not(self, name: str, direction: str) -> None:
        trial = new_trial(direction=direction)
        MetricReporter(trial, name).report(0, {name: 0.5})
        assert trial.record.intermediate_values == {0: 0.5}

    def test_what_the_framework_says_goes_before_the_name(self) -> None:
        trial = new_trial(direction="maximize")
        MetricReporter(trial, "loss").report(0, {"loss": 0.5}, {"loss": True})
        assert trial.record.intermediate_values == {0: 0.5}

    def test_there_are_two_directions(self) -> None:
        with pytest.raises(ValueError, match="'minimize' or 'maximize', got 'down'"):
            MetricReporter(new_trial(), "m", direction="down")  # type: ignore[arg-type]

    def test_the_user_cannot_contradict_the_study(self) -> None:
        with pytest.raises(ValueError, match=r"should be maximized, but the study is to minimize"):
            MetricReporter(new_trial(direction="minimize"), "m", direction="maximize")


class TestFolds:
    def test_every_fold_counts_with_one_reporter(self) -> None:
        trial = new_trial()
        reporter = MetricReporter(trial, "loss")
        for value in (1.0, 3.0, 8.0):
            reporter.start_training(n_steps=2)
            reporter.report(0, {"loss": value})
            reporter.report(1, {"loss": value / 2})
        assert trial.record.intermediate_values == {0: 1, 1: 0.5, 2: 2, 3: 1, 4: 4, 5: 2}

    def test_every_fold_counts_with_a_reporter_each(self) -> None:
        trial = new_trial()
        for value in (1.0, 3.0):
            reporter = MetricReporter(trial, "loss")
            reporter.start_training(n_steps=1)
            reporter.report(0, {"loss": value})
        assert trial.record.intermediate_values == {0: 1.0, 1: 2.0}

    def test_a_later_fold_can_end_the_trial(self) -> None:
        def objective(trial: Trial) -> float:
            reporter = MetricReporter(trial, "loss")
            for _ in range(3):
                reporter.start_training(n_steps=2)
                for step in range(2):
                    reporter.report_or_prune(step, {"loss": 1.0})
            return 1.0

        trial = run(objective, After(4))
        assert trial.state is TrialState.PRUNED
        assert sorted(trial.intermediate_values) == [0, 1, 2, 3]

    def test_the_message_names_the_fold(self) -> None:
        reporter = MetricReporter(new_trial(), "loss")
        for value in (1.0, 2.0):
            reporter.start_training(n_steps=5)
            reporter.report(3, {"loss": value})
        with pytest.raises(
            tunesmith.TrialPruned,
            match=r"^Trial 0 was pruned at step 3 of fold 1 \(loss=1.5, mean of the folds\)\.$",
        ):
            reporter.prune()

    def test_trials_have_folds_of_their_own(self) -> None:
        study = new_study()
        for _ in range(2):
            trial = study.ask()
            reporter = MetricReporter(trial, "loss")
            reporter.start_training(n_steps=1)
            reporter.report(0, {"loss": 1.0})
            assert trial.record.intermediate_values == {0: 1.0}

    def test_folds_are_forgotten_with_their_trial(self) -> None:
        trial = new_trial()
        MetricReporter(trial, "loss").report(0, {"loss": 1.0})
        folds = weakref.ref(trial.folds)
        del trial
        gc.collect()
        assert folds() is None

    def test_a_new_reporter_that_begins_anew_is_a_fold_without_being_told(self) -> None:
        trial = new_trial()
        for value in (1.0, 3.0):
            reporter = MetricReporter(trial, "loss")
            for step in range(2):
                reporter.report(step, {"loss": value})
        assert trial.record.intermediate_values == {0: 1, 1: 1, 2: 2, 3: 2}

    def test_numbered_folds(self) -> None:
        trial = new_trial()
        for k, value in enumerate((1.0, 3.0)):
            reporter = MetricReporter(trial.fold(k), "loss")
            reporter.start_training(n_steps=3)
            for step in range(2):
                reporter.report(step, {"loss": value})
        assert trial.record.intermediate_values == {0: 1, 1: 1, 3: 2, 4: 2}

    def test_the_length_that_the_user_gave_a_fold_stands(self) -> None:
        trial = new_trial()
        for k in range(2):
            reporter = MetricReporter(trial.fold(k, n_steps=5), "loss")
            reporter.start_training(n_steps=3)
            reporter.report(0, {"loss": 1.0})
        assert sorted(trial.record.intermediate_values) == [0, 5]

    def test_one_fold_cannot_be_two_trainings(self) -> None:
        fold = new_trial().fold(0)
        reporter = MetricReporter(fold, "loss")
        reporter.start_training()
        reporter.report(0, {"loss": 1.0})
        with pytest.raises(
            ValueError, match=r"^Fold 0 of trial 0 has been trained already.*trial\.fold\(k\)\.$"
        ):
            MetricReporter(fold, "loss").start_training()

    def test_a_fold_can_be_restored_from_its_checkpoint(self) -> None:
        trial = new_trial()
        fold = trial.fold(0)
        for first, last in ((0, 4), (3, 6)):
            reporter = MetricReporter(fold, "loss")
            reporter.start_training(first)
            for step in range(first, last):
                reporter.report(step, {"loss": float(step)})
        assert trial.record.intermediate_values == {step: step for step in range(6)}


class TestKnownSteps:
    def test_a_training_restored_in_the_same_process_goes_on_where_it_was(self) -> None:
        trial = new_trial()
        for first, last in ((0, 4), (3, 6)):
            reporter = MetricReporter(trial, "loss")
            reporter.start_training(first)
            for step in range(first, last):
                reporter.report(step, {"loss": 10.0 * first + step})
        assert trial.record.intermediate_values == {0: 0, 1: 1, 2: 2, 3: 3, 4: 34, 5: 35}

    def test_a_training_restored_in_another_process_too(self) -> None:
        study = new_study()
        trial = study.ask()
        for step in range(3):
            trial.report(float(step), step)
        attached = Trial(study, trial.trial_id)
        reporter = MetricReporter(attached, "loss")
        reporter.start_training(first_step=1)
        answers = [reporter.report(step, {"loss": 9.0}) for step in range(1, 4)]
        assert answers == [False] * 3
        assert attached.record.intermediate_values == {0: 0, 1: 1, 2: 2, 3: 9}


class TestInterval:
    def test_only_the_last_step_of_each_interval_is_reported(self) -> None:
        pruner = Never()
        trial = new_trial(pruner=pruner)
        reporter = MetricReporter(trial, "loss", interval=3)
        for step in range(8):
            reporter.report(step, {"loss": float(step)})
        assert trial.record.intermediate_values == {2: 2.0, 5: 5.0}
        assert pruner.n_asked == 2

    def test_a_wrong_name_is_found_at_the_first_step_all_the_same(self) -> None:
        with pytest.raises(ValueError, match="not logged at step 0"):
            MetricReporter(new_trial(), "a", interval=100).report(0, {"b": 1.0})

    def test_it_must_be_positive(self) -> None:
        with pytest.raises(ValueError, match=r"1 or more, got 0"):
            MetricReporter(new_trial(), "a", interval=0)


class TestSeveralObjectives:
    """Whether a pruner may be asked is not the reporter's business, so a trial answers for it."""

    DIRECTIONS = ("minimize", "maximize")

    @pytest.fixture(autouse=True)
    def _pruner(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def should_prune(trial: Trial) -> bool:
            return len(trial.record.intermediate_vectors) >= 3

        monkeypatch.setattr(Trial, "should_prune", should_prune)

    def new_trial(self) -> Trial:
        return new_trial(directions=self.DIRECTIONS)

    def test_one_metric_for_each_is_reported_together(self) -> None:
        trial = self.new_trial()
        reporter = MetricReporter(trial, ["val_loss", "val_acc"])
        answers = [
            reporter.report(step, {"val_acc": step / 10, "val_loss": 1.0 - step, "lr": 9.0})
            for step in range(3)
        ]
        assert answers == [False, False, True]
        assert trial.record.intermediate_vectors == {0: (1, 0), 1: (0, 0.1), 2: (-1, 0.2)}
        with pytest.raises(
            tunesmith.TrialPruned,
            match=r"^Trial 0 was pruned at step 2 \(val_loss=-1, val_acc=0.2\)\.$",
        ):
            reporter.prune()

    def test_folds_are_averaged_for_each(self) -> None:
        trial = self.new_trial()
        for value in (1.0, 3.0):
            reporter = MetricReporter(trial, ["val_loss", "val_acc"])
            reporter.start_training(n_steps=1)
            reporter.report(0, {"val_loss": value, "val_acc": 10 * value})
        assert trial.record.intermediate_vectors == {0: (1, 10), 1: (2, 20)}
        assert reporter._last == "step 0 of fold 1 (val_loss=2, val_acc=20, mean of the folds)"

    def test_too_few_are_refused_with_what_to_give(self) -> None:
        with pytest.raises(ValueError, match="2 objectives") as caught:
            MetricReporter(self.new_trial(), "val_loss")
        assert str(caught.value) == (
            "The study has 2 objectives, but ['val_loss'] names 1 metric. Give a list with one "
            "metric for each objective, in the study's order, such as ['val_loss', 'val_acc']."
        )

    def test_too_many_are_refused_too(self) -> None:
        with pytest.raises(ValueError, match=r"\['a', 'b', 'c'\] names 3 metrics"):
            MetricReporter(self.new_trial(), ["a", "b", "c"])

    def test_the_wrong_way_round_is_an_error(self) -> None:
        reporter = MetricReporter(self.new_trial(), ["val_acc", "val_loss"])
        with pytest.raises(ValueError, match="val_acc") as caught:
            reporter.report(0, {"val_loss": 1.0, "val_acc": 0.1})
        assert str(caught.value) == (
            "metric 'val_acc' should be maximized, but objective 0 of the study is to minimize. "
            "Create the study with 'maximize' at this place of directions, or monitor another "
            "metric. (If the metric is one to minimize, give 'minimize' at its place of "
            "direction=.)"
        )

    def test_a_direction_for_each(self) -> None:
        trial = self.new_trial()
        names = ["val_acc", "val_loss"]
        reporter = MetricReporter(trial, names, direction=["minimize", "maximize"])
        reporter.report(0, {"val_loss": 1.0, "val_acc": 0.1}, {"val_loss": False})
        assert trial.record.intermediate_vectors == {0: (0.1, 1.0)}
        with pytest.raises(ValueError, match="'val_loss' should be minimized, but objective 1"):
            MetricReporter(trial, names, direction=[None, "minimize"])

    @pytest.mark.parametrize("direction", ["minimize", ["minimize"]])
    def test_as_many_directions_as_metrics(self, direction: Any) -> None:
        with pytest.raises(ValueError, match="a list with one direction, or None, for each"):
            MetricReporter(self.new_trial(), ["a", "b"], direction=direction)

    def test_a_name_that_is_missing(self) -> None:
        reporter = MetricReporter(self.new_trial(), ["val_loss", "val_ac"])
        with pytest.raises(ValueError, match=r"^metric 'val_ac' .* Did you mean 'val_acc'\?$"):
            reporter.report(0, {"val_loss": 1.0, "val_acc": 0.1})


@pytest.mark.parametrize(
    "trial", [FixedTrial({"x": 1.0}), tunesmith.create_trial(value=1.0)], ids=["fixed", "frozen"]
)
def test_an_objective_runs_with_a_trial_outside_any_study(trial: Any) -> None:
    reporter = MetricReporter(trial, "auc", direction="maximize")
    reporter.start_training()
    assert reporter.report(0, {"auc": 0.5}, {"auc": False}) is False
