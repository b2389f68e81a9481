"""The benchmarks that train models run, on very little; what they measure is not judged here."""

from __future__ import annotations

import importlib.util
import logging
import pathlib
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest
import torch

FOLDER = pathlib.Path(__file__).parent.parent / "benchmarks"


@pytest.fixture(scope="module")
def benchmark() -> Iterator[ModuleType]:
    sys.path.insert(0, str(FOLDER))  # as Python does for a script
    spec = importlib.util.spec_from_file_location("benchmarks_callbacks", FOLDER / "callbacks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    spec.loader.exec_module(module)
    logging.disable(logging.WARNING)
    yield module
    logging.disable(logging.NOTSET)
    torch.set_num_threads(n_threads)
    sys.path.remove(str(FOLDER))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "framework",
    [
        "lightning",
        "torch",
        "xgboost",
        "lightgbm",
        "catboost",
        "keras",
        "transformers",
        "skorch",
        "ignite",
        "partial_fit",
        "tensorboard",
    ],
)
def test_the_time_of_each_callback_is_measured(benchmark: ModuleType, framework: str) -> None:
    times = benchmark.milliseconds(framework, n_epochs=2, n_trials=1, n_before=5)
    ours = {storage for library, storage in times if library == "tunesmith"}
    assert ours == {"memory", "sqlite"}
    assert min(wall for wall, _ in times.values()) > 0


@pytest.mark.filterwarnings("ignore")
def test_no_callback_is_forgotten(benchmark: ModuleType) -> None:
    import tunesmith.integrations

    prunes = ("PruningCallback", "PruningHandler", "DistributedTrial", "_epochs")
    callbacks = {name for name in tunesmith.integrations.__all__ if name.endswith(prunes)}
    callbacks -= {"TFKerasPruningCallback"}  # another name of Keras's
    assert callbacks <= {name for _, name in benchmark.FRAMEWORKS.values()}
