from __future__ import annotations

import json
import pathlib
import subprocess
import sys
from typing import Any

import lightgbm
import numpy as np
import pytest

import tunesmith
from tunesmith.distributions import FloatDistribution, IntDistribution
from tunesmith.integrations import LightGBMTuner
from tunesmith.integrations.lightgbm import TuningStep
from tunesmith.integrations.lightgbm.tuning_step import BUILT_IN_STEPS
from tunesmith.pruners import BasePruner, NopPruner
from tunesmith.samplers import RandomSampler
from tunesmith.study import Study
from tunesmith.trial import FrozenTrial, TrialState, create_trial

from ..doubles import After
from .training import PARAMS, STEPS, data_sets, rows

STEP, LGBM_PARAMS = "lightgbm_tuner:step_name", "lightgbm_tuner:lgbm_params"
SEARCH = TuningStep("leaves", {"num_leaves": IntDistribution(2, 16)}, 5)


def tuner(params: dict[str, Any] | None = None, **options: Any) -> LightGBMTuner:
    train_set, valid_set = options.pop("data_sets", None) or data_sets()
    settings = {"num_boost_round": 4, "valid_sets": [valid_set], "steps": STEPS, "optuna_seed": 1}
    settings["show_progress_bar"] = False
    return LightGBMTuner({**PARAMS, **(params or {})}, train_set, **{**settings, **options})


def outline(study: Study) -> list[tuple[str, dict[str, Any], float | None]]:
    """What was tried, without the trials that were lost on the way."""
    return [
        (trial.user_attrs[STEP], trial.params, trial.value)
        for trial in study.trials
        if trial.state in (TrialState.COMPLETE, TrialState.PRUNED)
    ]


class Odd(BasePruner):
    """Prunes every second trial after its second report."""

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        return trial.number % 2 == 1 and len(trial.intermediate_values) >= 2


def test_it_goes_through_the_steps_and_finds_what_a_plain_training_repeats() -> None:
    tuned = tuner(steps=None)
    tuned.run()
    trials = tuned.study.trials
    names = [trial.user_attrs[STEP] for trial in trials]
    assert list(dict.fromkeys(names)) == list(BUILT_IN_STEPS)
    assert 66 <= len(trials) <= 68
    assert all(trial.state is TrialState.COMPLETE for trial in trials)
    assert tuned.best_score == min(trial.value for trial in trials)
    assert set(PARAMS.items()) <= set(tuned.best_params.items())

    train_set, valid_set = data_sets()
    alone = lightgbm.train(tuned.best_params, train_set, 4, valid_sets=[valid_set])
    assert alone.best_score["valid_0"]["binary_logloss"] == tuned.best_score
    booster = tuned.get_best_booster()
    assert booster.model_to_string() == alone.model_to_string()
    assert booster.params.items() >= tuned.best_params.items()


def test_each_step_keeps_what_the_ones_before_found_best() -> None:
    tuned = tuner()
    tuned.run()
    first, second = tuned.study.trials[:7], tuned.study.trials[7:]
    best = min(first, key=lambda trial: trial.value)
    for trial in second:
        params = json.loads(trial.user_attrs[LGBM_PARAMS])
        assert params["feature_fraction"] == best.params["feature_fraction"]
        assert params["min_child_samples"] == trial.params["min_child_samples"]
        assert trial.user_attrs["lightgbm_tuner:elapsed_secs"] > 0
        assert trial.user_attrs["lightgbm_tuner:average_iteration_time"] > 0


def test_steps_of_the_users_own() -> None:
    steps = [
        TuningStep("rate", {"eta": FloatDistribution(0.05, 0.5, log=True)}, n_trials=3),
        TuningStep("bins", {"max_bin": [15, 63]}),
        TuningStep("near", lambda best: {"max_bin": [best.get("max_bin", 255) - 1]}),
        "min_data_in_leaf",
    ]
    tuned = tuner(steps=steps, data_sets=data_sets(free_raw_data=False))
    tuned.run()
    names = [name for name, _, _ in outline(tuned.study)]
    assert names == ["rate"] * 3 + ["bins"] * 2 + ["near"] + ["min_data_in_leaf"] * 5
    # What changes how the data are read has had its effect.
    for trial in tuned.study.trials:
        train_set, valid_set = data_sets()
        params = json.loads(trial.user_attrs[LGBM_PARAMS])
        alone = lightgbm.train(params, train_set, 4, valid_sets=[valid_set])
        assert alone.best_score["valid_0"]["binary_logloss"] == trial.value


def test_what_the_user_gives_is_where_it_starts() -> None:
    tuned = tuner({"min_data_in_leaf": 7, "reg_alpha": 0.5}, steps=["feature_fraction"])
    assert tuned.best_params["min_child_samples"] == 7
    assert tuned.best_params["lambda_l1"] == 0.5
    assert tuned.best_score == np.inf
    tuned.run()
    assert tuned.get_best_booster().params["min_child_samples"] == 7


def test_same_seed_same_study() -> None:
    studies = []
    for seed in (1, 1, 2):
        tuned = tuner(steps=[SEARCH], optuna_seed=seed)
        tuned.run()
        studies.append(outline(tuned.study))
    assert studies[0] == studies[1] != studies[2]


def test_trials_are_pruned_by_the_pruner_of_the_study() -> None:
    study = tunesmith.create_study(pruner=Odd())
    tuned = tuner(study=study)
    tuned.run()
    assert len(study.trials) == 12
    for trial in study.trials:
        pruned = trial.number % 2 == 1
        assert trial.state is (TrialState.PRUNED if pruned else TrialState.COMPLETE)
        assert len(trial.intermediate_values) == (2 if pruned else 4)
        assert trial.user_attrs[STEP] in STEPS
    assert isinstance(study.pruner, Odd)
    assert tuned.study.best_trial.number % 2 == 0


def test_reports_are_made_at_the_interval_and_not_at_all_without_a_pruner() -> None:
    study = tunesmith.create_study(pruner=After(99))
    tuner(study=study, report_interval=2).run()
    assert {tuple(trial.intermediate_values) for trial in study.trials} == {(1, 3)}
    tuned = tuner()
    tuned.run()
    assert {tuple(trial.intermediate_values) for trial in tuned.study.trials} == {()}


class Interrupt:
    """Interrupts the training of the n-th trial in its second iteration."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self, env: lightgbm.callback.CallbackEnv) -> None:
        if env.iteration == 1:
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt


@pytest.mark.parametrize("after", [2, 8, 11])
def test_a_tuning_that_was_interrupted_goes_on_to_the_same_result(
    after: int, tmp_path: pathlib.Path
) -> None:
    around = TuningStep(
        "near", lambda best: {"num_leaves": [best["num_leaves"] + k for k in range(3)]}
    )
    steps = ["feature_fraction", SEARCH, around]
    unbroken = tuner(steps=steps, study=tunesmith.create_study(pruner=Odd()))
    unbroken.study.pruner = NopPruner()
    unbroken.run()
    url = f"sqlite:///{tmp_path / 'study.db'}"
    tunesmith.create_study(storage=url, study_name="s")
    broken = tunesmith.load_study(study_name="s", storage=url, pruner=NopPruner())
    with pytest.raises(KeyboardInterrupt):
        tuner(steps=steps, study=broken, callbacks=[Interrupt(after)]).run()
    assert len(outline(broken)) == after

    study = tunesmith.load_study(study_name="s", storage=url, pruner=NopPruner())
    resumed = tuner(steps=steps, study=study)
    resumed.run()
    assert outline(study) == outline(unbroken.study)
    assert resumed.best_params == unbroken.best_params
    assert resumed.best_score == unbroken.best_score
    n_trials = len(study.trials)
    tuner(steps=steps, study=study).run()
    assert len(study.trials) == n_trials


KILLED = """
import os, sys
from tests.integrations.lightgbm.test_tuner import SEARCH, tuner
import tunesmith

tunesmith.logging.set_verbosity(tunesmith.logging.ERROR)
study = tunesmith.create_study(storage=sys.argv[1], study_name="s", pruner=tunesmith.pruners.NopPruner())
def kill(env):
    if env.iteration == 1 and len(study.trials) == 4:
        os.kill(os.getpid(), 9)
tuner(steps=[SEARCH, "min_data_in_leaf"], study=study, optuna_seed=None, callbacks=[kill]).run()
"""


def test_a_tuning_that_was_killed_goes_on_with_the_seed_of_its_study(
    tmp_path: pathlib.Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'study.db'}"
    root = pathlib.Path(__file__).parents[3]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, url], cwd=root, check=False, capture_output=True, text=True
    )
    assert killed.returncode == -9, killed.stderr

    study = tunesmith.load_study(study_name="s", storage=url, pruner=NopPruner())
    tuner(steps=[SEARCH, "min_data_in_leaf"], study=study, optuna_seed=None).run()
    unbroken = tuner(
        steps=[SEARCH, "min_data_in_leaf"],
        optuna_seed=study.user_attrs["lightgbm_tuner:seed"],
    )
    unbroken.run()
    assert outline(study) == outline(unbroken.study)
    assert len(study.trials) == 11


def test_a_study_of_optunas_tuner_goes_on() -> None:
    # Which keeps its attributes among those of the system.
    study = tunesmith.create_study()
    step = BUILT_IN_STEPS["feature_fraction"]
    for values in step.candidates({}):
        trial = create_trial(
            value=1.0 - values["feature_fraction"],
            params=values,
            distributions={"feature_fraction": FloatDistribution(0.4, 1.0 + 1e-12)},
            system_attrs={
                STEP: step.name,
                LGBM_PARAMS: json.dumps({**PARAMS, **values, "lambda_l1": 0.25}),
            },
        )
        study.add_trial(trial)
    tuned = tuner(study=study)
    assert tuned.best_params["feature_fraction"] == 1.0
    tuned.run()
    assert len(study.trials) == 12
    params = json.loads(study.trials[-1].user_attrs[LGBM_PARAMS])
    assert params["feature_fraction"] == 1.0


def test_boosters_are_found_in_the_folder_by_another_tuner(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "boosters"
    study = tunesmith.create_study(pruner=NopPruner())
    tuned = tuner(study=study, model_dir=folder)
    tuned.run()
    assert {path.name for path in folder.iterdir()} == {f"{k}.txt" for k in range(12)}
    x = rows()[0]
    expected = tuned.get_best_booster().predict(x)
    other = tuner(study=study, model_dir=str(folder))
    np.testing.assert_allclose(other.get_best_booster().predict(x), expected)

    with pytest.raises(ValueError, match="its booster was not kept: another process"):
        tuner(study=study).get_best_booster()
    with pytest.raises(ValueError, match=rf"has no '{study.best_trial.number}.txt'"):
        tuner(study=study, model_dir=tmp_path).get_best_booster()
    with pytest.raises(ValueError, match="no trial is complete yet"):
        tuner().get_best_booster()


def test_early_stopping_gives_the_score_of_the_best_iteration() -> None:
    stop = lightgbm.early_stopping(2, verbose=False)
    tuned = tuner({"learning_rate": 0.5}, num_boost_round=100, callbacks=[stop])
    tuned.run()
    booster = tuned.get_best_booster()
    assert 0 < booster.best_iteration < 100
    assert booster.best_score["valid_0"]["binary_logloss"] == tuned.best_score


def test_the_score_is_of_the_last_data_that_are_not_trained_on() -> None:
    train_set, valid_set = data_sets()
    names = ["held out", "seen"]
    tuned = tuner(
        data_sets=(train_set, valid_set), valid_sets=[valid_set, train_set], valid_names=names
    )
    tuned.run()
    scores = tuned.get_best_booster().best_score
    assert tuned.best_score == scores["held out"]["binary_logloss"]
    assert set(scores) == set(names)
    train_set, valid_set = data_sets()
    tuned = tuner(
        data_sets=(train_set, valid_set), valid_sets=[train_set, valid_set], steps=STEPS[1:]
    )
    tuned.run()
    assert tuned.best_score == tuned.get_best_booster().best_score["valid_1"]["binary_logloss"]


def test_a_sample_of_the_rows_is_trained_on() -> None:
    tuned = tuner(sample_size=100)
    tuned.run()
    assert tuned.train_subset is not None
    assert tuned.train_subset.num_data() == 100
    assert len(tuned.study.trials) == 12
    tuned = tuner(sample_size=1000, steps=STEPS[1:])
    tuned.run()
    assert tuned.train_subset is tuned.train_set
    with pytest.raises(ValueError, match="Give the tuner a sample_size"):
        tuner().sample_train_set()


def test_one_step_at_a_time() -> None:
    tuned = tuner(num_boost_round=2)
    tuned.tune_feature_fraction(2)
    tuned.tune_num_leaves(1)
    tuned.tune_bagging(1)
    tuned.tune_feature_fraction_stage2(2)
    tuned.tune_regularization_factors(1)
    tuned.tune_min_data_in_leaf()
    names = [name for name, _, _ in outline(tuned.study)]
    assert [names.count(name) for name in BUILT_IN_STEPS] == [2, 1, 1, 2, 1, 5]


def test_a_metric_to_maximize_makes_a_study_that_maximizes() -> None:
    tuned = tuner({"metric": "auc"})
    assert tuned.best_score == -np.inf
    assert tuned.higher_is_better()
    assert tuned.compare_validation_metrics(0.9, 0.8)
    tuned.run()
    assert tuned.best_score == max(trial.value for trial in tuned.study.trials)
    assert not tuner().compare_validation_metrics(0.9, 0.8)


def accuracy(predicted: np.ndarray, data: lightgbm.Dataset) -> tuple[str, float, bool]:
    return "accuracy", float(np.mean((predicted > 0.5) == data.get_label())), True


def test_a_metric_of_the_users_own() -> None:
    study = tunesmith.create_study(direction="maximize", pruner=NopPruner())
    tuned = tuner({"metric": "accuracy"}, feval=accuracy, study=study)
    tuned.run()
    scores = tuned.get_best_booster().best_score["valid_0"]
    assert dict(scores) == {"accuracy": tuned.best_score}
    with pytest.raises(ValueError, match="'valid_0-accuracy' should be maximized"):
        tuner({"metric": "accuracy"}, feval=accuracy).run()


def test_a_study_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="metric 'auc' should be maximized, but the study is to"):
        tuner({"metric": "auc"}, study=tunesmith.create_study())
    study = tunesmith.create_study(directions=["minimize", "minimize"])
    with pytest.raises(RuntimeError, match="LightGBMTuner"):
        tuner(study=study)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"valid_sets": None}, "needs valid_sets"),
        ({"valid_sets": []}, "needs valid_sets"),
        ({"steps": ["nope"]}, "There is no step 'nope'"),
        ({"report_interval": 0}, "report_interval must be 1 or more, got 0"),
        ({"params": {"eta": 1, "learning_rate": 2}}, "are one parameter of LightGBM"),
    ],
)
def test_bad_input_is_refused_at_once(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tuner(**options)


def test_without_time_nothing_begins_and_the_next_run_goes_on() -> None:
    tuned = tuner(time_budget=0)
    tuned.run()
    assert tuned.study.trials == []


def test_a_callback_can_stop_the_tuning() -> None:
    seen = []

    def stop(study: Study, trial: FrozenTrial) -> None:
        seen.append(trial.number)
        if trial.number == 4:
            study.stop()

    tuned = tuner(optuna_callbacks=[stop])
    tuned.run()
    assert seen == list(range(5))
    tuned.run()
    assert seen == list(range(12))


def test_a_score_that_is_no_number_is_a_failed_trial_and_not_tried_again(
    log_of_tunesmith: pytest.LogCaptureFixture,
) -> None:
    calls: list[int] = []

    def sometimes(predicted: np.ndarray, data: lightgbm.Dataset) -> tuple[str, float, bool]:
        calls.append(0)
        return "own", float("nan") if len(calls) > 24 else 1.0, False

    tuned = tuner({"metric": "own"}, feval=sometimes)
    tuned.run()
    states = [trial.state for trial in tuned.study.trials]
    assert states == [TrialState.COMPLETE] * 6 + [TrialState.FAIL] * 6


def test_an_error_of_the_training_ends_the_tuning_and_leaves_the_study_as_it_was() -> None:
    sampler = RandomSampler(seed=0)
    study = tunesmith.create_study(sampler=sampler)
    tuned = tuner(steps=[TuningStep("bad", {"num_leaves": [4, -1]})], study=study)
    with pytest.raises(lightgbm.basic.LightGBMError, match="num_leaves"):
        tuned.run()
    assert study.sampler is sampler
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE, TrialState.FAIL]


def test_trials_of_another_origin_do_not_disturb() -> None:
    study = tunesmith.create_study(pruner=NopPruner())
    study.optimize(lambda trial: trial.suggest_float("x", -9, -8), n_trials=2)
    tuned = tuner(study=study)
    tuned.run()
    assert tuned.best_score > 0
    assert "x" not in tuned.best_params
    assert len(study.trials) == 14


def test_the_bar_has_the_step_and_the_best_score(capfd: pytest.CaptureFixture[str]) -> None:
    tuner(show_progress_bar=True).run()
    shown = capfd.readouterr().err
    assert "feature_fraction: " in shown
    assert "min_data_in_leaf, best 0." in shown
    assert "12/12" in shown


def test_verbosity_sets_the_level_of_the_log() -> None:
    for verbosity, level in [(-1, 40), (0, 30), (1, 20), (2, 10)]:
        tuner(verbosity=verbosity)
        assert tunesmith.logging.get_verbosity() == level


def test_names_and_categories_of_the_features_are_set() -> None:
    names = [f"f{k}" for k in range(8)]
    train_set, valid_set = data_sets()
    train_set.free_raw_data = False  # LightGBM before 4.6 needs them for each training
    sets = (train_set, valid_set)
    tuned = tuner(feature_name=names, categorical_feature=[7], steps=STEPS[1:], data_sets=sets)
    tuned.run()
    assert tuned.get_best_booster().feature_name() == names
    assert tuned.train_set.categorical_feature == [7]


def test_the_module_stands_in_for_lightgbm() -> None:
    import tunesmith.integrations.lightgbm as lgb

    assert lgb.Dataset is lightgbm.Dataset
    assert lgb.early_stopping is lightgbm.early_stopping
    with pytest.raises(AttributeError, match="has no attribute 'nope'"):
        lgb.nope  # noqa: B018
    train_set, valid_set = data_sets()
    booster = lgb.train(
        PARAMS, train_set, 3, valid_sets=valid_set, steps=STEPS[1:], show_progress_bar=False
    )
    assert booster.params["min_child_samples"] in (5, 10, 25, 50, 100)
    assert {"LightGBMTuner", "TuningStep", "train"} <= set(dir(lgb))
