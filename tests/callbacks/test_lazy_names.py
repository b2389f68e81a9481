from __future__ import annotations

import subprocess
import sys

import pytest

from tunesmith import callbacks


def python(program: str) -> str:
    command = [sys.executable, "-c", program]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_every_public_name_is_listed_and_there() -> None:
    assert callbacks.__all__ == ["MLflowCallback", "TensorBoardCallback"]
    assert set(callbacks.__all__) <= set(dir(callbacks))
    for name in callbacks.__all__:
        assert getattr(callbacks, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"'tunesmith.callbacks' has no attribute 'Nope'"):
        callbacks.Nope  # noqa: B018


def test_listing_the_names_imports_no_tracker() -> None:
    imported = python(
        "import sys\nfrom tunesmith import callbacks\ndir(callbacks)\nprint(*sys.modules)"
    )
    trackers = {"mlflow", "requests", "sqlalchemy", "tensorboard", "torch"}
    assert not trackers & set(imported.split())


@pytest.mark.parametrize("name", ["callbacks", "callbacks.mlflow"])
def test_a_missing_tracker_comes_with_the_command_that_installs_it(name: str) -> None:
    message = python(
        "import sys\n"
        "sys.modules['mlflow'] = None\n"
        "try:\n"
        f"    from tunesmith.{name} import MLflowCallback\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    assert message == (
        "MLflowCallback needs 'mlflow' (2.20 or newer).\n"
        'Install it with: pip install "tunesmith[mlflow]"\n'
    )


@pytest.mark.parametrize(("package", "minimum"), [("tensorboard", "2.12"), ("torch", "2.0")])
def test_tensorboard_needs_two_packages(package: str, minimum: str) -> None:
    message = python(
        "import sys\n"
        f"sys.modules[{package!r}] = None\n"
        "try:\n"
        "    from tunesmith.callbacks import TensorBoardCallback\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    assert message == (
        f"TensorBoardCallback needs {package!r} ({minimum} or newer).\n"
        'Install it with: pip install "tunesmith[tensorboard]"\n'
    )
