from __future__ import annotations

import functools
from typing import Any

import catboost
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import KFold, train_test_split

import tunesmith
from tunesmith.integrations import CatBoostPruningCallback
from tunesmith.trial import Trial, TrialState

from .doubles import After, Never, run

SETTINGS = {
    "iterations": 6,
    "depth": 3,
    "eval_metric": "AUC",
    "custom_metric": ["Logloss", "F1"],
    "use_best_model": False,
    "thread_count": 1,
    "random_seed": 0,
    "allow_writing_files": False,
    "verbose": False,
}


@functools.lru_cache
def split() -> list[Any]:
    x, y = load_breast_cancer(return_X_y=True)
    return train_test_split(x, y, random_state=0)


def train(callbacks: list[Any], n_sets: int = 1, init_model: Any = None, **settings: Any) -> Any:
    x_train, x_valid, y_train, y_valid = split()
    sets = [(x_valid[k::2], y_valid[k::2]) for k in range(n_sets)]
    model = catboost.CatBoostClassifier(**{**SETTINGS, **settings})
    return model.fit(
        x_train, y_train, eval_set=sets, callbacks=callbacks or None, init_model=init_model
    )


def new_trial(direction: str = "minimize", pruner: Any = None) -> Trial:
    return tunesmith.create_study(direction=direction, pruner=pruner or Never()).ask()


def predictions(model: Any) -> np.ndarray:
    return model.predict(split()[0], prediction_type="RawFormulaVal")


@pytest.mark.parametrize(
    ("metric", "direction"), [("AUC", "maximize"), ("Logloss", "minimize"), ("F1", "maximize")]
)
def test_without_pruning_the_reports_are_the_log_and_the_model_is_the_same(
    metric: str, direction: str
) -> None:
    trial = new_trial(direction)
    model = train([CatBoostPruningCallback(trial, metric)])
    log = model.get_evals_result()["validation"][metric]
    assert trial.record.intermediate_values == dict(enumerate(log))
    assert len(log) == 6
    alone = train([])
    assert alone.get_evals_result() == model.get_evals_result()
    np.testing.assert_array_equal(predictions(model), predictions(alone))


@pytest.mark.parametrize("check", [True, False], ids=["checked", "not checked"])
def test_a_pruned_trial_ends_where_the_pruner_said_so(check: bool) -> None:
    came_to_the_end = []

    def objective(trial: Trial) -> float:
        callback = CatBoostPruningCallback(trial, "AUC")
        model = train([callback])
        assert model.tree_count_ == 3
        if check:
            callback.check_pruned()
        came_to_the_end.append(True)
        return 1.0

    trial = run(objective, After(3), direction="maximize")
    assert trial.state is TrialState.PRUNED
    expected = train([]).get_evals_result()["validation"]["AUC"][:3]
    assert trial.intermediate_values == dict(enumerate(expected))
    assert trial.value == expected[-1]
    assert came_to_the_end == ([] if check else [True])


def test_check_pruned_says_where_and_is_harmless_otherwise() -> None:
    trial = new_trial("maximize", After(2))
    callback = CatBoostPruningCallback(trial, "AUC")
    callback.check_pruned()
    train([callback])
    with pytest.raises(tunesmith.TrialPruned, match=r"at step 1 \(validation-AUC=0\."):
        callback.check_pruned()


def test_folds_after_the_one_that_was_pruned_cost_one_iteration() -> None:
    counts = []

    def objective(trial: Trial) -> float:
        models = [train([CatBoostPruningCallback(trial, "AUC")]) for _ in range(2)]
        counts.extend(model.tree_count_ for model in models)
        return 1.0

    trial = run(objective, After(2), direction="maximize")
    assert trial.state is TrialState.PRUNED
    assert counts == [2, 1]
    assert sorted(trial.intermediate_values) == [0, 1]


def test_a_wrong_metric_is_answered_with_the_right_ones() -> None:
    with pytest.raises(catboost.CatBoostError, match="metric 'validation-AUK' was not logged") as e:
        train([CatBoostPruningCallback(new_trial(), "AUK")])
    assert "Did you mean 'validation-AUC'?" in str(e.value)
    assert "logged: 'learn-F1', 'learn-Logloss', 'validation-F1', 'valid" in str(e.value)


@pytest.mark.parametrize(("metric", "direction"), [("AUC", "minimize"), ("Logloss", "maximize")])
def test_a_metric_against_the_study_is_refused(metric: str, direction: str) -> None:
    trial = new_trial(direction)
    with pytest.raises(catboost.CatBoostError, match=f"but the study is to {direction}"):
        train([CatBoostPruningCallback(trial, metric)])
    assert trial.record.intermediate_values == {}


@pytest.mark.parametrize("index", [None, 0, 1])
def test_one_of_several_evaluation_sets(index: int | None) -> None:
    trial = new_trial()
    model = train([CatBoostPruningCallback(trial, "Logloss", index)], n_sets=2)
    log = model.get_evals_result()[f"validation_{index or 0}"]["Logloss"]
    assert trial.record.intermediate_values == dict(enumerate(log))


def test_a_single_set_is_number_0() -> None:
    trial = new_trial()
    model = train([CatBoostPruningCallback(trial, "Logloss", 0)])
    log = model.get_evals_result()["validation"]["Logloss"]
    assert trial.record.intermediate_values == dict(enumerate(log))


def test_iterations_without_an_evaluation_are_not_reported() -> None:
    trial = new_trial("maximize")
    model = train([CatBoostPruningCallback(trial, "AUC")], metric_period=2)
    log = model.get_evals_result()["validation"]["AUC"]
    assert trial.record.intermediate_values == dict(zip([0, 2, 4, 5], log, strict=True))


def test_an_interval_between_reports() -> None:
    trial = new_trial()
    train([CatBoostPruningCallback(trial, "Logloss", report_interval=3)])
    assert sorted(trial.record.intermediate_values) == [2, 5]


def test_early_stopping_goes_together_with_pruning() -> None:
    trial = new_trial("maximize")
    model = train(
        [CatBoostPruningCallback(trial, "AUC")],
        iterations=300,
        early_stopping_rounds=2,
        use_best_model=True,
    )
    log = model.get_evals_result()["validation"]["AUC"]
    assert model.tree_count_ < len(log) < 300
    assert trial.record.intermediate_values == dict(enumerate(log))


def test_a_training_that_goes_on_from_a_model_counts_on() -> None:
    trial = new_trial()
    first = train([CatBoostPruningCallback(trial, "Logloss")], iterations=3)
    callback = CatBoostPruningCallback(trial, "Logloss", first_iteration=first.tree_count_)
    second = train([callback], iterations=2, init_model=first)
    logs = [model.get_evals_result()["validation"]["Logloss"] for model in (first, second)]
    assert trial.record.intermediate_values == dict(enumerate(logs[0] + logs[1]))


def test_several_objectives_are_reported_together() -> None:
    study = tunesmith.create_study(directions=["maximize", "minimize"], pruner=Never())
    trial = study.ask()
    model = train([CatBoostPruningCallback(trial, ["AUC", "Logloss"])])
    log = model.get_evals_result()["validation"]
    expected = zip(log["AUC"], log["Logloss"], strict=True)
    assert trial.record.intermediate_vectors == dict(enumerate(expected))


@pytest.mark.parametrize("one_callback", [True, False])
def test_every_fold_of_a_hand_written_cross_validation_counts(one_callback: bool) -> None:
    trial = new_trial()
    x, y = load_breast_cancer(return_X_y=True)
    callback = CatBoostPruningCallback(trial, "Logloss", iterations=4)
    curves = []
    for train_rows, valid_rows in KFold(3, shuffle=True, random_state=0).split(x):
        if not one_callback:
            callback = CatBoostPruningCallback(trial, "Logloss", iterations=4)
        model = catboost.CatBoostClassifier(**{**SETTINGS, "iterations": 4})
        model.fit(
            x[train_rows],
            y[train_rows],
            eval_set=(x[valid_rows], y[valid_rows]),
            callbacks=[callback],
        )
        curves.append(model.get_evals_result()["validation"]["Logloss"])
    means = (np.cumsum(curves, axis=0) / np.arange(1, 4)[:, None]).ravel()
    assert trial.record.intermediate_values == pytest.approx(dict(enumerate(means)))
