from __future__ import annotations

import functools
from typing import Any

import lightgbm
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import KFold, train_test_split

import tunesmith
from tunesmith.integrations import LightGBMPruningCallback
from tunesmith.trial import Trial, TrialState

from ..doubles import After, Never, run

PARAMS = {
    "objective": "binary",
    "metric": ["auc", "binary_logloss"],
    "num_leaves": 4,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "seed": 0,
    "verbosity": -1,
}


@functools.lru_cache
def split() -> list[Any]:
    x, y = load_breast_cancer(return_X_y=True)
    return train_test_split(x, y, random_state=0)


def train(
    callbacks: list[Any], rounds: int = 6, params: dict[str, Any] | None = None, **options: Any
) -> tuple[lightgbm.Booster, Any]:
    x_train, x_valid, y_train, y_valid = split()
    data = lightgbm.Dataset(x_train, y_train)
    log: dict[str, dict[str, list[float]]] = {}
    booster = lightgbm.train(
        {**PARAMS, **(params or {})},
        data,
        rounds,
        valid_sets=[lightgbm.Dataset(x_valid, y_valid, reference=data)],
        callbacks=[*callbacks, lightgbm.record_evaluation(log)],
        **options,
    )
    return booster, log


def new_trial(direction: str = "minimize") -> Trial:
    return tunesmith.create_study(direction=direction, pruner=Never()).ask()


@pytest.mark.parametrize(
    ("metric", "direction"), [("auc", "maximize"), ("binary_logloss", "minimize")]
)
def test_without_pruning_the_reports_are_the_log_and_the_model_is_the_same(
    metric: str, direction: str
) -> None:
    trial = new_trial(direction)
    booster, log = train([LightGBMPruningCallback(trial, metric)])
    assert trial.record.intermediate_values == dict(enumerate(log["valid_0"][metric]))
    alone, alone_log = train([])
    assert booster.model_to_string() == alone.model_to_string()
    assert log == alone_log


def test_a_pruned_trial_ends_where_the_pruner_said_so() -> None:
    def objective(trial: Trial) -> float:
        train([LightGBMPruningCallback(trial, "auc")])
        raise AssertionError

    trial = run(objective, After(3), direction="maximize")
    assert trial.state is TrialState.PRUNED
    expected = train([])[1]["valid_0"]["auc"][:3]
    assert trial.intermediate_values == dict(enumerate(expected))
    assert trial.value == expected[-1]


def test_the_log_has_the_round_that_was_pruned() -> None:
    trial = tunesmith.create_study(pruner=After(2)).ask()
    log: dict[str, Any] = {}
    x, y = load_breast_cancer(return_X_y=True)
    data = lightgbm.Dataset(x, y)
    callbacks = [LightGBMPruningCallback(trial, "binary", "t"), lightgbm.record_evaluation(log)]
    with pytest.raises(tunesmith.TrialPruned, match=r"at step 1 \(t-binary_logloss=0\."):
        lightgbm.train(PARAMS, data, 5, valid_sets=[data], valid_names=["t"], callbacks=callbacks)
    assert len(log["t"]["auc"]) == 2


def test_a_wrong_metric_is_answered_with_the_right_ones() -> None:
    with pytest.raises(ValueError, match="valid_0-auk") as error:
        train([LightGBMPruningCallback(new_trial(), "auk")])
    assert str(error.value) == (
        "metric 'valid_0-auk' was not logged at step 0; logged: 'valid_0-auc', "
        "'valid_0-binary_logloss'. Did you mean 'valid_0-auc'?"
    )


def test_without_validation_data_the_error_says_so() -> None:
    x_train, _, y_train, _ = split()
    with pytest.raises(
        ValueError, match=r"nothing was\. Give the training something to evaluate on"
    ):
        lightgbm.train(
            PARAMS,
            lightgbm.Dataset(x_train, y_train),
            2,
            callbacks=[LightGBMPruningCallback(new_trial(), "auc")],
        )


@pytest.mark.parametrize(
    ("metric", "direction"), [("auc", "minimize"), ("binary_logloss", "maximize")]
)
def test_a_metric_against_the_study_is_refused(metric: str, direction: str) -> None:
    trial = new_trial(direction)
    with pytest.raises(ValueError, match=f"but the study is to {direction}"):
        train([LightGBMPruningCallback(trial, metric)])
    assert trial.record.intermediate_values == {}


def test_the_users_own_metric_with_the_wrong_flag_can_be_put_right() -> None:
    def regret(predicted: np.ndarray, data: lightgbm.Dataset) -> tuple[str, float, bool]:
        return "regret", float(np.mean((predicted > 0.5) != data.get_label())), True

    trial = new_trial("minimize")
    callback = LightGBMPruningCallback(trial, "regret", direction="minimize")
    _, log = train([callback], feval=regret)
    assert trial.record.intermediate_values == dict(enumerate(log["valid_0"]["regret"]))


@pytest.mark.parametrize(
    ("objective", "alias"),
    [
        ("regression", "mse"),
        ("regression", "mean_squared_error"),
        ("regression", "regression"),
        ("regression", "mae"),
        ("regression", "l2_root"),
        ("regression", "mean_absolute_percentage_error"),
        ("regression", "root_mean_squared_error"),
        ("binary", "binary"),
        ("binary", "xentropy"),
        ("binary", "xentlambda"),
        ("binary", "kldiv"),
        ("binary", "average_precision"),
    ],
)
def test_a_metric_goes_by_all_its_names(objective: str, alias: str) -> None:
    # What LightGBM itself logs when it is asked for the alias is the name that counts.
    direction = "maximize" if alias == "average_precision" else "minimize"
    trial = new_trial(direction)
    params = {"objective": objective, "metric": alias}
    _, log = train([LightGBMPruningCallback(trial, alias)], rounds=2, params=params)
    (values,) = log["valid_0"].values()
    assert trial.record.intermediate_values == dict(enumerate(values))


@pytest.mark.parametrize("metric", ["ndcg@3", "lambdarank@3", "map@5", "mean_average_precision@5"])
def test_positions_of_ranking_metrics_are_part_of_the_name(metric: str) -> None:
    trial = new_trial("maximize")
    x, y = load_breast_cancer(return_X_y=True)
    data = lightgbm.Dataset(x, y, group=[len(y) // 2, len(y) - len(y) // 2])
    log: dict[str, Any] = {}
    params = {**PARAMS, "objective": "lambdarank", "metric": ["ndcg", "map"], "eval_at": [3, 5]}
    callbacks = [LightGBMPruningCallback(trial, metric, "t"), lightgbm.record_evaluation(log)]
    lightgbm.train(params, data, 2, valid_sets=[data], valid_names=["t"], callbacks=callbacks)
    logged = {"lambdarank@3": "ndcg@3", "mean_average_precision@5": "map@5"}.get(metric, metric)
    assert trial.record.intermediate_values == dict(enumerate(log["t"][logged]))


def test_early_stopping_goes_together_with_pruning() -> None:
    trial = new_trial("maximize")
    callbacks = [
        lightgbm.early_stopping(2, first_metric_only=True, verbose=False),
        LightGBMPruningCallback(trial, "auc"),
    ]
    booster, log = train(callbacks, rounds=300)
    assert booster.current_iteration() < 300
    assert trial.record.intermediate_values == dict(enumerate(log["valid_0"]["auc"]))


@pytest.mark.parametrize("boosting", ["dart", "rf", "goss"])
def test_every_kind_of_boosting_is_reported_alike(boosting: str) -> None:
    params = {"boosting": boosting, "drop_rate": 0.5}
    if boosting == "rf":
        params |= {"bagging_freq": 1, "bagging_fraction": 0.5}
    trial = new_trial()
    booster, log = train([LightGBMPruningCallback(trial, "binary_logloss")], params=params)
    reported = trial.record.intermediate_values
    assert reported == dict(enumerate(log["valid_0"]["binary_logloss"]))
    assert booster.model_to_string() == train([], params=params)[0].model_to_string()

    def objective(trial: Trial) -> float:
        train([LightGBMPruningCallback(trial, "auc")], params=params)
        raise AssertionError

    assert run(objective, After(2), direction="maximize").state is TrialState.PRUNED


@pytest.mark.parametrize("first_metric_only", [True, False])
def test_early_stopping_by_parameter_sees_what_it_would_have_seen(first_metric_only: bool) -> None:
    params = {"early_stopping_round": 2, "first_metric_only": first_metric_only}
    trial = new_trial()
    callback = LightGBMPruningCallback(trial, "binary_logloss")
    booster, log = train([callback], rounds=300, params=params)
    alone, alone_log = train([], rounds=300, params=params)
    assert booster.best_iteration == alone.best_iteration < 300
    assert booster.model_to_string() == alone.model_to_string()
    assert log == alone_log
    reported = trial.record.intermediate_values
    assert reported == dict(enumerate(log["valid_0"]["binary_logloss"]))


def test_several_objectives_are_reported_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Trial, "should_prune", lambda self: False)
    study = tunesmith.create_study(directions=["maximize", "minimize"])
    trial = study.ask()
    _, log = train([LightGBMPruningCallback(trial, ["auc", "binary"])])
    expected = zip(*log["valid_0"].values(), strict=True)
    assert trial.record.intermediate_vectors == dict(enumerate(expected))
    with pytest.raises(ValueError, match="'valid_0-binary_logloss' should be minimized"):
        train([LightGBMPruningCallback(study.ask(), ["binary", "auc"])])


def test_each_metric_may_come_from_a_data_set_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Trial, "should_prune", lambda self: False)
    study = tunesmith.create_study(directions=["maximize", "maximize"])
    trial = study.ask()
    x, y = load_breast_cancer(return_X_y=True)
    data = lightgbm.Dataset(x, y)
    names = ["one", "two"]
    log: dict[str, Any] = {}
    callbacks = [
        LightGBMPruningCallback(trial, ["auc", "auc"], names),
        lightgbm.record_evaluation(log),
    ]
    sets = [lightgbm.Dataset(x[k::2], y[k::2], reference=data) for k in range(2)]
    lightgbm.train(PARAMS, data, 3, valid_sets=sets, valid_names=names, callbacks=callbacks)
    expected = zip(log["one"]["auc"], log["two"]["auc"], strict=True)
    assert trial.record.intermediate_vectors == dict(enumerate(expected))
    with pytest.raises(ValueError, match="one for each of the metrics"):
        LightGBMPruningCallback(trial, ["auc", "auc"], ["one"])


def test_numbered_folds_count() -> None:
    trial = new_trial()
    curves = []
    for k in range(2):
        callback = LightGBMPruningCallback(trial.fold(k), "binary_logloss")
        _, log = train([callback], rounds=3, params={"seed": k, "feature_fraction": 0.5})
        curves.append(log["valid_0"]["binary_logloss"])
    means = (np.cumsum(curves, axis=0) / np.arange(1, 3)[:, None]).ravel()
    assert trial.record.intermediate_values == pytest.approx(dict(enumerate(means)))


def test_a_training_that_goes_on_from_a_model_counts_on() -> None:
    trial = new_trial()
    callback = LightGBMPruningCallback(trial, "binary_logloss")
    first, first_log = train([callback], rounds=3)
    _, second_log = train([callback], rounds=2, init_model=first)
    expected = first_log["valid_0"]["binary_logloss"] + second_log["valid_0"]["binary_logloss"]
    assert trial.record.intermediate_values == dict(enumerate(expected))


@pytest.mark.parametrize("names", [{}, {"valid_name": "valid"}])
def test_the_mean_over_the_folds_is_reported_in_cv(names: dict[str, str]) -> None:
    trial = new_trial("maximize")
    x_train, _, y_train, _ = split()
    results = lightgbm.cv(
        PARAMS,
        lightgbm.Dataset(x_train, y_train),
        4,
        nfold=3,
        callbacks=[LightGBMPruningCallback(trial, "auc", **names)],
    )
    assert trial.record.intermediate_values == dict(enumerate(results["valid auc-mean"]))


def test_results_of_cv_before_lightgbm_4_7_are_understood() -> None:
    trial = new_trial("maximize")
    env = lightgbm.callback.CallbackEnv(
        model=lightgbm.CVBooster(),
        params={},
        iteration=0,
        begin_iteration=0,
        end_iteration=1,
        evaluation_result_list=[("cv_agg", "valid auc", 0.9, True, 0.01)],
    )
    LightGBMPruningCallback(trial, "auc")(env)
    assert trial.record.intermediate_values == {0: 0.9}


@pytest.mark.parametrize("one_callback", [True, False])
def test_every_fold_of_a_hand_written_cross_validation_counts(one_callback: bool) -> None:
    trial = new_trial()
    x, y = load_breast_cancer(return_X_y=True)
    callback = LightGBMPruningCallback(trial, "binary_logloss")
    curves = []
    for train_rows, valid_rows in KFold(3, shuffle=True, random_state=0).split(x):
        log: dict[str, Any] = {}
        if not one_callback:
            callback = LightGBMPruningCallback(trial, "binary_logloss")
        data = lightgbm.Dataset(x[train_rows], y[train_rows])
        lightgbm.train(
            PARAMS,
            data,
            4,
            valid_sets=[lightgbm.Dataset(x[valid_rows], y[valid_rows], reference=data)],
            callbacks=[callback, lightgbm.record_evaluation(log)],
        )
        curves.append(log["valid_0"]["binary_logloss"])
    running_means = np.cumsum(curves, axis=0) / np.arange(1, 4)[:, None]
    reported = trial.record.intermediate_values
    assert sorted(reported) == list(range(12))
    np.testing.assert_allclose([reported[step] for step in range(12)], running_means.ravel())


@pytest.mark.filterwarnings("ignore:The argument 'eval_set' is deprecated")
def test_estimators_take_it() -> None:
    x_train, x_valid, y_train, y_valid = split()

    def objective(trial: Trial) -> float:
        model = lightgbm.LGBMClassifier(n_estimators=5, n_jobs=1, verbosity=-1)
        model.fit(
            x_train,
            y_train,
            eval_set=[(x_valid, y_valid)],
            callbacks=[LightGBMPruningCallback(trial, "binary_logloss", report_interval=2)],
        )
        log = model.evals_result_["valid_0"]["binary_logloss"]
        trial.set_user_attr("log", log)
        return log[-1]

    trial = run(objective)
    assert trial.state is TrialState.COMPLETE
    log = trial.user_attrs["log"]
    assert trial.intermediate_values == {1: log[1], 3: log[3]}
    assert run(objective, After(1)).state is TrialState.PRUNED
