from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
import xgboost
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import KFold, train_test_split

import tunesmith
from tunesmith.integrations import XGBoostPruningCallback
from tunesmith.trial import Trial, TrialState

from .doubles import After, Never, run

PARAMS = {
    "objective": "binary:logistic",
    "eval_metric": ["auc", "logloss", "error@0.7"],
    "max_depth": 2,
    "nthread": 1,
    "seed": 0,
    "subsample": 0.5,
}


@functools.lru_cache
def split() -> list[Any]:
    x, y = load_breast_cancer(return_X_y=True)
    return train_test_split(x, y, random_state=0)


def matrices() -> tuple[xgboost.DMatrix, xgboost.DMatrix]:
    x_train, x_valid, y_train, y_valid = split()
    return xgboost.DMatrix(x_train, y_train), xgboost.DMatrix(x_valid, y_valid)


def train(
    callbacks: list[Any], rounds: int = 6, params: dict[str, Any] | None = None, **options: Any
) -> tuple[xgboost.Booster, Any]:
    data, valid = matrices()
    log: dict[str, dict[str, list[float]]] = {}
    booster = xgboost.train(
        {**PARAMS, **(params or {})},
        data,
        rounds,
        evals=[(data, "train"), (valid, "validation")],
        evals_result=log,
        callbacks=callbacks,
        verbose_eval=False,
        **options,
    )
    return booster, log


def new_trial(direction: str = "minimize") -> Trial:
    return tunesmith.create_study(direction=direction, pruner=Never()).ask()


@pytest.mark.parametrize(
    ("key", "direction"),
    [
        ("validation-auc", "maximize"),
        ("validation-logloss", "minimize"),
        ("validation-error@0.7", "minimize"),
        ("train-auc", "maximize"),
    ],
)
def test_without_pruning_the_reports_are_the_log_and_the_model_is_the_same(
    key: str, direction: str
) -> None:
    trial = new_trial(direction)
    booster, log = train([XGBoostPruningCallback(trial, key)])
    data, _, metric = key.partition("-")
    assert trial.record.intermediate_values == dict(enumerate(log[data][metric]))
    alone, alone_log = train([])
    assert booster.save_raw() == alone.save_raw()
    assert log == alone_log


def test_a_pruned_trial_ends_where_the_pruner_said_so() -> None:
    logs = []

    def objective(trial: Trial) -> float:
        _, log = train([XGBoostPruningCallback(trial, "validation-logloss")])
        logs.append(log)
        return log["validation"]["logloss"][-1]

    trial = run(objective, After(3))
    assert trial.state is TrialState.PRUNED
    assert logs == []
    expected = train([])[1]["validation"]["logloss"][:3]
    assert trial.intermediate_values == dict(enumerate(expected))
    assert trial.value == expected[-1]


def test_a_wrong_key_is_answered_with_the_right_ones() -> None:
    with pytest.raises(
        ValueError, match=r"^metric 'valid-auc' was not logged at step 0; "
    ) as error:
        train([XGBoostPruningCallback(new_trial("maximize"), "valid-auc")])
    assert "'train-auc', 'train-logloss', 'train-error@0.7', 'validation-auc'" in str(error.value)
    assert str(error.value).endswith("Did you mean 'validation-auc'?")


@pytest.mark.parametrize(
    ("key", "direction"),
    [
        ("validation-auc", "minimize"),
        ("validation-logloss", "maximize"),
        ("validation-error@0.7", "maximize"),
    ],
)
def test_a_metric_against_the_study_is_refused(key: str, direction: str) -> None:
    trial = new_trial(direction)
    with pytest.raises(ValueError, match=f"but the study is to {direction}"):
        train([XGBoostPruningCallback(trial, key)])
    assert trial.record.intermediate_values == {}


def test_directions_are_those_of_early_stopping() -> None:
    from tunesmith.integrations import xgboost as module

    # EarlyStopping says what it takes for better in the attribute that it fills in.
    booster, _ = train([], rounds=1)
    for metric, higher in module._METRICS.items():
        if metric in ("ams", "interval-regression-accuracy"):  # early stopping has these wrong
            continue
        stopping = xgboost.callback.EarlyStopping(rounds=1)
        stopping.before_training(booster)
        stopping.after_iteration(booster, 0, {"validation": {metric: [0.5]}})
        assert stopping.maximize is higher, metric


def test_a_metric_of_the_users_own_has_the_direction_of_the_study() -> None:
    def recall(predicted: np.ndarray, data: xgboost.DMatrix) -> tuple[str, float]:
        true = data.get_label() == 1
        return "recall", float(((predicted > 0.5) & true).sum() / true.sum())

    trial = new_trial("maximize")
    _, log = train([XGBoostPruningCallback(trial, "validation-recall")], custom_metric=recall)
    assert trial.record.intermediate_values == dict(enumerate(log["validation"]["recall"]))


@pytest.mark.parametrize("order", ["before", "after"])
def test_early_stopping_goes_together_with_pruning(order: str) -> None:
    trial = new_trial()
    callbacks = [
        xgboost.callback.EarlyStopping(rounds=2, data_name="validation", metric_name="error@0.7"),
        XGBoostPruningCallback(trial, "validation-logloss"),
    ]
    booster, log = train(callbacks if order == "before" else callbacks[::-1], rounds=200)
    assert booster.num_boosted_rounds() < 200
    reported = list(trial.record.intermediate_values.values())
    assert reported == log["validation"]["logloss"]


def test_early_stopping_by_argument_goes_together_with_pruning() -> None:
    trial = new_trial()
    callback = XGBoostPruningCallback(trial, "validation-error@0.7")
    booster, log = train([callback], rounds=200, early_stopping_rounds=2)
    alone, _ = train([], rounds=200, early_stopping_rounds=2)
    assert booster.best_iteration == alone.best_iteration < 200
    assert list(trial.record.intermediate_values.values()) == log["validation"]["error@0.7"]
    assert booster.save_raw() == alone.save_raw()


@pytest.mark.skipif(
    xgboost.__version__.startswith("2."), reason="XGBoost 2 called its callbacks in any order"
)
def test_a_training_that_another_callback_has_ended_is_not_pruned() -> None:
    class Stop(xgboost.callback.TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            return epoch == 2

    trial = tunesmith.create_study(pruner=After(3)).ask()
    train([Stop(), XGBoostPruningCallback(trial, "validation-logloss")])
    assert sorted(trial.record.intermediate_values) == [0, 1, 2]


def test_dart_is_reported_like_any_other_booster() -> None:
    trial = new_trial()
    params = {"booster": "dart", "rate_drop": 0.5, "seed": 3}
    booster, log = train([XGBoostPruningCallback(trial, "validation-logloss")], params=params)
    assert trial.record.intermediate_values == dict(enumerate(log["validation"]["logloss"]))
    assert booster.save_raw() == train([], params=params)[0].save_raw()

    def objective(trial: Trial) -> float:
        train([XGBoostPruningCallback(trial, "validation-logloss")], params=params)
        raise AssertionError

    assert run(objective, After(2)).state is TrialState.PRUNED


def hinge(predicted: np.ndarray, data: xgboost.DMatrix) -> list[tuple[str, float]]:
    margin = (2 * data.get_label() - 1) * (2 * predicted - 1)
    return [("hinge", float(np.maximum(0, 1 - margin).mean())), ("margin", float(margin.mean()))]


@pytest.mark.parametrize(("metric", "direction"), [("hinge", "minimize"), ("margin", "maximize")])
def test_the_users_own_metrics_are_reported(metric: str, direction: str) -> None:
    trial = new_trial(direction)
    callback = XGBoostPruningCallback(trial, f"validation-{metric}")
    _, log = train([callback], custom_metric=hinge)
    assert trial.record.intermediate_values == dict(enumerate(log["validation"][metric]))


def test_the_users_own_metric_has_the_direction_that_the_user_gives() -> None:
    with pytest.raises(ValueError, match="should be maximized, but the study is to minimize"):
        XGBoostPruningCallback(new_trial(), "validation-margin", direction="maximize")


def test_several_objectives_are_reported_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Trial, "should_prune", lambda self: False)
    study = tunesmith.create_study(directions=["maximize", "minimize"])
    trial = study.ask()
    keys = ["validation-auc", "train-logloss"]
    _, log = train([XGBoostPruningCallback(trial, keys)])
    expected = zip(log["validation"]["auc"], log["train"]["logloss"], strict=True)
    assert trial.record.intermediate_vectors == dict(enumerate(expected))
    with pytest.raises(ValueError, match=r"'train-logloss' should be minimized, but objective 0"):
        train([XGBoostPruningCallback(study.ask(), keys[::-1])])


def test_a_training_that_goes_on_from_a_model_counts_on() -> None:
    trial = new_trial()
    callback = XGBoostPruningCallback(trial, "validation-logloss")
    first, first_log = train([callback], rounds=3)
    _, second_log = train([callback], rounds=2, xgb_model=first)
    expected = first_log["validation"]["logloss"] + second_log["validation"]["logloss"]
    assert trial.record.intermediate_values == dict(enumerate(expected))


@pytest.mark.parametrize("key", ["test-auc", "test-auc-mean"])
def test_the_mean_over_the_folds_is_reported_in_cv(key: str) -> None:
    trial = new_trial("maximize")
    data, _ = matrices()
    table = xgboost.cv(
        PARAMS, data, 4, nfold=3, seed=0, callbacks=[XGBoostPruningCallback(trial, key)]
    )
    assert trial.record.intermediate_values == dict(enumerate(table["test-auc-mean"]))


def test_cv_can_be_pruned() -> None:
    def objective(trial: Trial) -> float:
        data, _ = matrices()
        xgboost.cv(PARAMS, data, 4, callbacks=[XGBoostPruningCallback(trial, "test-auc")])
        raise AssertionError

    trial = run(objective, After(2), direction="maximize")
    assert trial.state is TrialState.PRUNED
    assert sorted(trial.intermediate_values) == [0, 1]


@pytest.mark.parametrize("one_callback", [True, False])
def test_every_fold_of_a_hand_written_cross_validation_counts(one_callback: bool) -> None:
    trial = new_trial()
    x, y = load_breast_cancer(return_X_y=True)
    callback = XGBoostPruningCallback(trial, "v-logloss")
    curves = []
    for train_rows, valid_rows in KFold(3, shuffle=True, random_state=0).split(x):
        log: dict[str, Any] = {}
        if not one_callback:
            callback = XGBoostPruningCallback(trial, "v-logloss")
        xgboost.train(
            PARAMS,
            xgboost.DMatrix(x[train_rows], y[train_rows]),
            4,
            evals=[(xgboost.DMatrix(x[valid_rows], y[valid_rows]), "v")],
            evals_result=log,
            callbacks=[callback],
            verbose_eval=False,
        )
        curves.append(log["v"]["logloss"])
    running_means = np.cumsum(curves, axis=0) / np.arange(1, 4)[:, None]
    reported = trial.record.intermediate_values
    assert sorted(reported) == list(range(12))
    np.testing.assert_allclose([reported[step] for step in range(12)], running_means.ravel())


def test_folds_that_stop_early_line_up_if_the_number_of_rounds_is_given() -> None:
    trial = new_trial()
    for _ in range(2):
        callback = XGBoostPruningCallback(trial, "validation-logloss", num_boost_round=50)
        train([callback], rounds=3)
    assert sorted(trial.record.intermediate_values) == [0, 1, 2, 50, 51, 52]


def test_estimators_take_it() -> None:
    x_train, x_valid, y_train, y_valid = split()

    def objective(trial: Trial) -> float:
        model = xgboost.XGBClassifier(
            n_estimators=5,
            eval_metric="logloss",
            n_jobs=1,
            callbacks=[XGBoostPruningCallback(trial, "validation_0-logloss", report_interval=2)],
        )
        model.fit(x_train, y_train, eval_set=[(x_valid, y_valid)], verbose=False)
        log = model.evals_result()["validation_0"]["logloss"]
        trial.set_user_attr("log", log)
        return log[-1]

    trial = run(objective)
    assert trial.state is TrialState.COMPLETE
    log = trial.user_attrs["log"]
    assert trial.intermediate_values == {1: log[1], 3: log[3]}
    assert run(objective, After(1)).state is TrialState.PRUNED


def test_numbered_folds_count() -> None:
    trial = new_trial()
    x, y = load_breast_cancer(return_X_y=True)
    curves = []
    for k, (train_rows, valid_rows) in enumerate(KFold(3).split(x)):
        model = xgboost.XGBRegressor(
            n_estimators=3,
            n_jobs=1,
            callbacks=[XGBoostPruningCallback(trial.fold(k, n_steps=4), "validation_0-rmse")],
        )
        valid = (x[valid_rows], y[valid_rows])
        model.fit(x[train_rows], y[train_rows], eval_set=[valid], verbose=False)
        curves.append(model.evals_result()["validation_0"]["rmse"])
    means = (np.cumsum(curves, axis=0) / np.arange(1, 4)[:, None]).ravel()
    expected = dict(zip([0, 1, 2, 4, 5, 6, 8, 9, 10], means, strict=True))
    assert trial.record.intermediate_values == pytest.approx(expected)


def test_clones_of_an_estimator_report_to_the_same_trial() -> None:
    trial = new_trial()
    model = xgboost.XGBClassifier(
        n_estimators=2,
        eval_metric="logloss",
        n_jobs=1,
        callbacks=[XGBoostPruningCallback(trial, "validation_0-logloss")],
    )
    x_train, x_valid, y_train, y_valid = split()
    for _ in range(2):
        clone(model).fit(x_train, y_train, eval_set=[(x_valid, y_valid)], verbose=False)
    assert sorted(trial.record.intermediate_values) == [0, 1, 2, 3]
