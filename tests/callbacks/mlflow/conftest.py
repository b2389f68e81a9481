"""A tracking store in SQLite, made once: creating MLflow's tables takes seconds."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest

import tunesmith
from tunesmith import Study
from tunesmith.samplers import RandomSampler

from .store import Store

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # MLflow's own tables use a loader that SQLAlchemy 2.1 calls deprecated.
    of_mlflow = pytest.mark.filterwarnings(
        "ignore:The ``noload`` loader strategy is deprecated:sqlalchemy.exc.SADeprecationWarning"
    )
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(of_mlflow)


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """MLflow as if just imported, in an empty folder; and as it was, afterwards."""
    monkeypatch.chdir(tmp_path)
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME"):
        monkeypatch.delenv(name, raising=False)
    # What set_experiment() has chosen; there is no public way to undo it.
    monkeypatch.setattr(mlflow.tracking.fluent, "_active_experiment_id", None)
    level = tunesmith.logging.get_verbosity()
    tunesmith.logging.set_verbosity(tunesmith.logging.ERROR)
    yield
    tunesmith.logging.set_verbosity(level)
    left_open = mlflow.active_run()
    mlflow.end_run()
    mlflow.set_tracking_uri(None)
    assert left_open is None


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """File of the store. Each test has a study, and so an experiment, of its own in there."""
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    Store(path)
    return path


@pytest.fixture
def store(database: Path) -> Store:
    return Store(database)


@pytest.fixture
def study(request: pytest.FixtureRequest) -> Study:
    """A study that is called as the test."""
    return tunesmith.create_study(study_name=request.node.name, sampler=RandomSampler(seed=0))


@pytest.fixture
def nowhere() -> str:
    """Address of a server that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return f"http://127.0.0.1:{port}"
