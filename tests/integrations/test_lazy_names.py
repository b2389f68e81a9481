from __future__ import annotations

import subprocess
import sys

import pytest

from tunesmith import integrations

# By name: distribution, lowest version, extra, name to import.
FRAMEWORKS = {
    "CatBoostPruningCallback": ("catboost", "1.2.2", "catboost", "catboost"),
    "KerasPruningCallback": ("keras", "3.0", "keras", "keras"),
    "LightGBMPruningCallback": ("lightgbm", "4.0", "lightgbm", "lightgbm"),
    "LightGBMTuner": ("lightgbm", "4.0", "lightgbm", "lightgbm"),
    "LightGBMTunerCV": ("lightgbm", "4.0", "lightgbm", "lightgbm"),
    "PyTorchIgnitePruningHandler": ("pytorch-ignite", "0.5", "ignite", "ignite"),
    "PyTorchLightningPruningCallback": ("lightning", "2.1", "lightning", "lightning"),
    "SearchCV": ("scikit-learn", "1.6", "sklearn", "sklearn"),
    "SkorchPruningCallback": ("skorch", "1.1", "skorch", "skorch"),
    "TorchDistributedTrial": ("torch", "2.0", "torch", "torch"),
    "TransformersPruningCallback": ("transformers", "4.49", "transformers", "transformers"),
    "XGBoostPruningCallback": ("xgboost", "2.0", "xgboost", "xgboost"),
    "partial_fit_epochs": ("scikit-learn", "1.6", "sklearn", "sklearn"),
}
OTHER_NAMES = {"OptunaSearchCV": "OptunaSearchCV", "TFKerasPruningCallback": "KerasPruningCallback"}


def python(program: str) -> str:
    command = [sys.executable, "-c", program]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_every_public_name_is_listed_and_there() -> None:
    assert set(integrations.__all__) == {*FRAMEWORKS, *OTHER_NAMES, "MetricReporter"}
    assert set(integrations.__all__) <= set(dir(integrations))
    for name in integrations.__all__:
        assert getattr(integrations, name).__name__ == OTHER_NAMES.get(name, name)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"'tunesmith.integrations' has no attribute 'Nope'"):
        integrations.Nope  # noqa: B018


def test_listing_the_names_imports_no_framework() -> None:
    frameworks = {
        "pytorch_lightning",
        "torch",
        *(framework[-1] for framework in FRAMEWORKS.values()),
    }
    imported = python(
        "import sys\n"
        "from tunesmith import integrations\n"
        "dir(integrations), integrations.MetricReporter\n"
        "print(*sys.modules)\n"
    )
    assert not frameworks & set(imported.split())


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_missing_framework_comes_with_the_command_that_installs_it(name: str) -> None:
    package, minimum, extra, module = FRAMEWORKS[name]
    message = python(
        "import sys\n"
        f"sys.modules.update(dict.fromkeys([{module!r}, 'pytorch_lightning']))\n"
        "try:\n"
        f"    from tunesmith.integrations import {name}\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    assert message == (
        f"{name} needs {package!r} ({minimum} or newer).\n"
        f'Install it with: pip install "tunesmith[{extra}]"\n'
    )
