"""One SQLite file, two libraries: what one writes, the other reads and goes on with."""

from __future__ import annotations

import itertools
import math
import os
import sqlite3
import subprocess
import sys

import optuna
import pytest

import tunesmith
from tunesmith.records import TrialState

ATTRIBUTES = (
    "number",
    "values",
    "params",
    "user_attrs",
    "system_attrs",
    "datetime_start",
    "datetime_complete",
    "constraints",
)


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'study.db'}"


@pytest.fixture(autouse=True)
def quiet():
    optuna.logging.set_verbosity(optuna.logging.ERROR)


def objective_for(library):
    def objective(trial):
        x = trial.suggest_float("x", 1e-3, 1.0, log=True)
        y = trial.suggest_int("y", 1, 9, step=2)
        kind = trial.suggest_categorical("kind", ["a", None, True, 1.5])
        if kind is None:
            trial.suggest_float("only with None", 0, 1, step=0.25)
        trial.set_user_attr("note", {"n": [trial.number, "ü"]})
        trial.set_constraint("g", x - 0.5)
        for step, value in enumerate([math.nan, math.inf, x * y]):
            trial.report(value, step)
        if trial.should_prune():
            raise library.TrialPruned
        if trial.number % 7 == 3:
            raise ValueError("on purpose")
        return -math.inf if trial.number == 5 else x * y

    return objective


def run(library, url, n_trials):
    study = library.create_study(
        study_name="shared",
        storage=url,
        load_if_exists=True,
        sampler=library.samplers.TPESampler(seed=1, n_startup_trials=5),
        pruner=library.pruners.MedianPruner(n_startup_trials=2, n_warmup_steps=1),
    )
    study.optimize(objective_for(library), n_trials=n_trials, catch=ValueError)
    return study


def assert_same_trials(ours, theirs):
    assert len(ours) == len(theirs) > 0
    for one, other in zip(ours, theirs, strict=True):
        assert one.state.name == other.state.name
        assert repr(one.distributions) == repr(other.distributions)
        # As text, because NaN is not equal to itself.
        assert str(one.intermediate_values) == str(other.intermediate_values)
        for name in ATTRIBUTES:
            assert getattr(one, name) == getattr(other, name), name


@pytest.mark.parametrize("order", [(tunesmith, optuna), (optuna, tunesmith)])
def test_each_continues_what_the_other_began(url, order):
    for library in (*order, *order):
        run(library, url, 8)
    ours = tunesmith.load_study(study_name="shared", storage=url)
    theirs = optuna.load_study(study_name="shared", storage=url)

    assert len(ours.trials) == 32
    assert {t.state for t in ours.trials} == {
        TrialState.COMPLETE,
        TrialState.PRUNED,
        TrialState.FAIL,
    }
    assert_same_trials(ours.trials, theirs.trials)
    assert ours.best_trial.number == theirs.best_trial.number
    ours.storage.remove_session()


def test_both_make_the_same_tables(tmp_path):
    schemas = {}
    for library in (tunesmith, optuna):
        path = tmp_path / f"{library.__name__}.db"
        library.create_study(storage=f"sqlite:///{path}")
        with sqlite3.connect(path) as connection:
            rows = connection.execute("SELECT name, sql FROM sqlite_master").fetchall()
            version = connection.execute("SELECT version_num FROM alembic_version").fetchall()
            schemas[library.__name__] = (sorted(rows, key=str), version)
        connection.close()
    ours, version = schemas["tunesmith"]
    shared = [row for row in ours if "tunesmith_" not in row[0]]

    assert (shared, version) == schemas["optuna"]
    assert sorted(name for name, _ in ours if "tunesmith_" in name) == [
        "sqlite_autoindex_tunesmith_intermediate_vectors_1",
        "tunesmith_intermediate_vectors",
        "tunesmith_vectors_of_deleted_trial",
    ]


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")  # metric names
def test_studies_of_one_are_studies_of_the_other(url):
    for library in (tunesmith, optuna):
        study = library.create_study(
            study_name=f"by {library.__name__}",
            storage=url,
            directions=["minimize", "maximize"],
        )
        study.set_user_attr("k", [1, {"a": None}])
        study.set_metric_names(["loss", "accuracy"])
        study.enqueue_trial({"x": 0.5}, user_attrs={"why": "default"})
    for library in (tunesmith, optuna):
        for other in (tunesmith, optuna):
            study = library.load_study(study_name=f"by {other.__name__}", storage=url)
            assert [d.name for d in study.directions] == ["MINIMIZE", "MAXIMIZE"]
            assert study.user_attrs == {"k": [1, {"a": None}]}
            assert study.metric_names == ["loss", "accuracy"]
    ours = tunesmith.load_study(study_name="by optuna", storage=url)
    theirs = optuna.load_study(study_name="by tunesmith", storage=url)

    assert ours.ask().suggest_float("x", 0, 1) == 0.5
    assert theirs.ask().suggest_float("x", 0, 1) == 0.5
    assert ours.trials[0].user_attrs == {"why": "default"}
    assert [s.study_name for s in tunesmith.get_all_study_summaries(url)] == [
        s.study_name for s in optuna.get_all_study_summaries(url)
    ]


def test_both_work_at_once(url, tmp_path):
    tunesmith.create_study(study_name="shared", storage=url)
    program = (
        "import sys, importlib; library = importlib.import_module(sys.argv[1]);"
        "library.logging.set_verbosity(library.logging.ERROR);"
        "study = library.load_study(study_name='shared', storage=sys.argv[2]);"
        "study.optimize(lambda t: t.suggest_float('x', 0, 1), n_trials=15)"
    )
    workers = [
        subprocess.Popen([sys.executable, "-c", program, name, url])
        for name in ("tunesmith", "optuna", "tunesmith", "optuna")
    ]
    for worker in workers:
        assert worker.wait(timeout=120) == 0
    trials = tunesmith.load_study(study_name="shared", storage=url).trials

    assert [trial.number for trial in trials] == list(range(60))
    assert {trial.state for trial in trials} == {TrialState.COMPLETE}


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York", "UTC"])
def test_times_are_utc_in_the_file_and_local_for_the_reader(url, zone):
    program = (
        "import importlib, sys; library = importlib.import_module(sys.argv[1]);"
        "library.logging.set_verbosity(library.logging.ERROR);"
        "study = library.create_study(study_name='s', storage=sys.argv[2], load_if_exists=True);"
        "study.optimize(lambda trial: 0.0, n_trials=1);"
        "print([str(t.datetime_start) for t in study.trials])"
    )
    environment = {**os.environ, "TZ": zone}
    seen = [
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program, name, url],
            env=environment, check=True, capture_output=True, text=True,
        ).stdout
        for name in ("optuna", "tunesmith", "optuna", "tunesmith")
    ]  # fmt: skip
    lists = [eval(text) for text in seen]

    for shorter, longer in itertools.pairwise(lists):
        assert longer[: len(shorter)] == shorter
