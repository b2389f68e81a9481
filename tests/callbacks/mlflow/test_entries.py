"""Names that MLflow accepts, judged by MLflow."""

from __future__ import annotations

import pytest
from mlflow.entities import Metric, Param, RunTag

import tunesmith
from tunesmith.callbacks.mlflow.entries import entry_name, entry_names, metric_names

ODD = [
    "",
    ".",
    "..",
    "...",
    "/",
    "/etc/passwd",
    "../../etc",
    "..hidden",
    "a/../b",
    "a//b",
    "a/",
    "a/./b",
    "layers[0]/units",
    "naïve µ 名前",
    "tab\there\n",
    "semi;colon:and,comma",
    "100%",
    "n" * 400,
]


@pytest.mark.parametrize("name", ODD)
def test_mlflow_takes_every_name(name, store, study):
    run = store.client.create_run("0").info.run_id
    entry = entry_name(name)
    store.client.log_batch(
        run,
        metrics=[Metric(entry, 1.0, 0, 0)],
        params=[Param(entry, "1")],
        tags=[RunTag(entry, "1")],
    )
    data = store.client.get_run(run).data
    assert data.metrics == {entry: 1.0}
    assert data.params == {entry: "1"}


@pytest.mark.parametrize("name", ["x", "learning rate", "model/lr", "a.b-c_d", ".hidden", "ünï"])
def test_names_that_mlflow_takes_are_left_alone(name):
    assert entry_name(name) == name


def test_different_names_stay_different():
    names = [*ODD, *(name + "?" for name in ODD), "_", "__"]
    entries = entry_names(names)
    assert list(entries) == names
    assert len(set(entries.values())) == len(names)
    assert all(entry_name(entry) == entry for entry in entries.values())


def test_metric_names_of_one_objective():
    study = tunesmith.create_study()
    assert metric_names(study, None) == ["value"]
    assert metric_names(study, "top-1 [%]") == ["top-1 ___"]
    assert metric_names(study, ["loss"]) == ["loss"]


def test_metric_names_that_become_equal():
    study = tunesmith.create_study(directions=["minimize", "minimize"])
    assert metric_names(study, ["f(x)", "f[x]"]) == ["f_x_", "f_x__2"]
