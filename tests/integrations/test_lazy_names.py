from __future__ import annotations

import subprocess
import sys

import pytest

from tunesmith import integrations

FRAMEWORKS = {
    "LightGBMPruningCallback": ("lightgbm", "4.0"),
    "PyTorchLightningPruningCallback": ("lightning", "2.0"),
    "XGBoostPruningCallback": ("xgboost", "2.0"),
}


def python(program: str) -> str:
    command = [sys.executable, "-c", program]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_every_public_name_is_listed_and_there() -> None:
    assert set(integrations.__all__) == {*FRAMEWORKS, "MetricReporter"}
    assert set(integrations.__all__) <= set(dir(integrations))
    for name in integrations.__all__:
        assert getattr(integrations, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"'tunesmith.integrations' has no attribute 'Nope'"):
        integrations.Nope  # noqa: B018


def test_listing_the_names_imports_no_framework() -> None:
    frameworks = {"lightgbm", "lightning", "pytorch_lightning", "torch", "xgboost", "sklearn"}
    imported = python(
        "import sys\n"
        "from tunesmith import integrations\n"
        "dir(integrations), integrations.MetricReporter\n"
        "print(*sys.modules)\n"
    )
    assert not frameworks & set(imported.split())


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_missing_framework_comes_with_the_command_that_installs_it(name: str) -> None:
    package, minimum = FRAMEWORKS[name]
    message = python(
        "import sys\n"
        f"sys.modules.update(dict.fromkeys([{package!r}, 'pytorch_lightning']))\n"
        "try:\n"
        f"    from tunesmith.integrations import {name}\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    assert message == (
        f"{name} needs {package!r} ({minimum} or newer).\n"
        f'Install it with: pip install "tunesmith[{package}]"\n'
    )
