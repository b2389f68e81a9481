"""MLflow's own functions in an objective: they write to the trial's run, and only there."""

from __future__ import annotations

import os
import threading

import mlflow
import pytest

import tunesmith
from tunesmith import TrialPruned
from tunesmith.callbacks import MLflowCallback


@pytest.fixture
def callback(store):
    return MLflowCallback(store.uri)


def test_what_the_objective_logs_is_in_the_trials_run(study, store, callback):
    @callback.track_in_mlflow()
    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        mlflow.log_metric("mine", 10.0 + trial.number, step=7)
        mlflow.set_tag("seen", "yes")
        mlflow.log_text("of trial", "notes.txt")
        if trial.number == 1:
            raise TrialPruned
        return x

    study.optimize(objective, n_trials=3, callbacks=[callback])

    children = store.children(study)
    assert len(store.runs(study.study_name)) == 4
    assert [children[n].info.status for n in range(3)] == ["FINISHED", "KILLED", "FINISHED"]
    for number, run in children.items():
        assert store.history(run, "mine") == [(7, 10.0 + number)]
        assert run.data.tags["seen"] == "yes"
        assert run.data.params == {"x": str(study.trials[number].params["x"])}
        assert store.artifacts(run) == ["notes.txt"]


def test_the_objective_keeps_its_name_and_works_alone(callback):
    @callback.track_in_mlflow()
    def objective(trial):
        """The loss."""
        return trial.suggest_float("x", 0, 1)

    assert objective.__name__ == "objective"
    assert objective.__doc__ == "The loss."
    assert objective(tunesmith.trial.FixedTrial({"x": 0.5})) == 0.5
    assert mlflow.active_run() is None


def test_threads_have_a_run_each(study, store, callback):
    both = threading.Barrier(2, timeout=30)

    @callback.track_in_mlflow()
    def objective(trial):
        if trial.number < 2:
            both.wait()
        mlflow.log_metric("mine", float(trial.number))
        return 1.0

    study.optimize(objective, n_trials=8, n_jobs=2, callbacks=[callback])

    mine = {n: run.data.metrics["mine"] for n, run in store.children(study).items()}
    assert mine == {n: float(n) for n in range(8)}
    assert not mlflow.is_tracking_uri_set()


def test_nothing_of_mlflows_is_set_afterwards(study, callback):
    @callback.track_in_mlflow()
    def objective(trial):
        assert mlflow.active_run() is not None
        raise ZeroDivisionError

    study.optimize(objective, n_trials=2, callbacks=[callback], catch=ZeroDivisionError)

    assert mlflow.active_run() is None
    assert not mlflow.is_tracking_uri_set()
    assert not {"MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_ID"} & set(os.environ)


def test_mlflow_is_set_as_it_was_afterwards(study, store, callback, tmp_path, database):
    other = tmp_path / "other.db"
    other.write_bytes(database.read_bytes())
    mlflow.set_tracking_uri(f"sqlite:///{other}")
    before = mlflow.set_experiment("of the script")
    seen = []

    @callback.track_in_mlflow()
    def objective(trial):
        seen.append(mlflow.get_tracking_uri())
        mlflow.log_metric("mine", 1.0)
        return 1.0

    with mlflow.start_run() as run:
        study.optimize(objective, n_trials=2, callbacks=[callback])
        assert mlflow.active_run().info.run_id == run.info.run_id
        mlflow.log_metric("after", 2.0)
    assert mlflow.get_tracking_uri() == f"sqlite:///{other}"
    with mlflow.start_run() as later:
        assert later.info.experiment_id == before.experiment_id
    assert seen == [store.uri] * 2
    assert mlflow.get_run(run.info.run_id).data.metrics == {"after": 2.0}
    assert [r.data.metrics["mine"] for r in store.children(study).values()] == [1.0, 1.0]


def test_runs_that_the_objective_leaves_open_are_ended(study, store, callback):
    opened = []

    @callback.track_in_mlflow()
    def objective(trial):
        opened.append(mlflow.start_run(nested=True).info.run_id)
        return 1.0

    study.optimize(objective, n_trials=2, callbacks=[callback])

    assert mlflow.active_run() is None
    assert [store.client.get_run(run).info.status for run in opened] == ["FINISHED"] * 2
    parents = [store.client.get_run(run).data.tags["mlflow.parentRunId"] for run in opened]
    assert parents == [store.children(study)[n].info.run_id for n in range(2)]


def test_the_decorator_alone_gives_runs_with_a_status(study, store, callback):
    @callback.track_in_mlflow()
    def objective(trial):
        mlflow.log_metric("mine", 1.0)
        if trial.number == 1:
            raise TrialPruned
        return 1 / (trial.number - 2)

    study.optimize(objective, n_trials=3, catch=ZeroDivisionError)

    children = store.children(study)
    assert [children[n].info.status for n in range(3)] == ["FINISHED", "KILLED", "FAILED"]
    assert [children[n].data.metrics["mine"] for n in range(3)] == [1.0] * 3


def test_two_experiments_at_once_are_refused(store, request):
    studies = [tunesmith.create_study(study_name=f"{request.node.name}-{i}") for i in range(2)]
    callback = MLflowCallback(store.uri)

    def of_the_other(trial):
        return 1.0

    @callback.track_in_mlflow()
    def objective(trial):
        errors = []

        def other():
            try:
                studies[1].optimize(callback.track_in_mlflow()(of_the_other), n_trials=1)
            except RuntimeError as error:
                errors.append(str(error))

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        [error] = errors
        assert error.startswith("track_in_mlflow() cannot serve two tracking URIs or experiments")
        return 1.0

    studies[0].optimize(objective, n_trials=1, callbacks=[callback])
    assert studies[0].best_value == 1.0
    assert studies[1].trials[0].state.name == "FAIL"


def test_a_parameter_that_the_objective_logs_otherwise(study, store, callback, log_of_tunesmith):
    @callback.track_in_mlflow()
    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        mlflow.log_param("x", f"about {x:.1f}")
        return x

    study.optimize(objective, n_trials=2, callbacks=[callback])

    for number, run in store.children(study).items():
        assert run.data.params["x"].startswith("about")
        assert run.info.status == "FINISHED"
        assert run.data.metrics["value"] == study.trials[number].value
    assert store.parent(study).info.status == "FINISHED"
    errors = [r for r in log_of_tunesmith.records if r.levelname == "ERROR"]
    assert all("x" in str(record.exc_info[1]) for record in errors)
    assert errors


def test_while_the_store_is_away_runs_are_not_shared_by_trials(study, store, nowhere):
    mlflow.set_tracking_uri(store.uri)
    callback = MLflowCallback(nowhere)
    seen = []

    @callback.track_in_mlflow()
    def objective(trial):
        mlflow.log_param("number", trial.number)  # MLflow begins a run for this
        seen.append(mlflow.active_run().info.run_id)
        return 1.0

    study.optimize(objective, n_trials=2, callbacks=[callback])

    assert [trial.value for trial in study.trials] == [1.0, 1.0]
    logged = [store.client.get_run(run) for run in seen]
    assert [run.data.params for run in logged] == [{"number": "0"}, {"number": "1"}]
    assert [run.info.status for run in logged] == ["FINISHED", "FINISHED"]


def test_a_run_that_cannot_be_made_does_not_stop_the_trial(study, store, log_of_tunesmith):
    experiment = store.client.create_experiment(study.study_name)
    store.client.delete_experiment(experiment)
    callback = MLflowCallback(store.uri)
    study.optimize(callback.track_in_mlflow()(lambda trial: 1.0), n_trials=4, callbacks=[callback])
    assert [trial.value for trial in study.trials] == [1.0] * 4
    assert "has been deleted" in str(
        next(r.exc_info[1] for r in log_of_tunesmith.records if r.levelname == "ERROR")
    )
