from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from tunesmith.optional_dependency import optional_dependency


def test_a_missing_package_comes_with_the_command_that_installs_it() -> None:
    with pytest.raises(ImportError) as caught:
        with optional_dependency("Chart", "no_such_package_", extra="plots", minimum="2.0"):
            importlib.import_module("no_such_package_.drawing")
    assert str(caught.value) == (
        "Chart needs 'no_such_package_' (2.0 or newer).\n"
        'Install it with: pip install "tunesmith[plots]"'
    )
    assert caught.value.name == "no_such_package_"


def test_a_package_may_be_imported_by_another_name() -> None:
    with pytest.raises(ImportError, match=r"^Chart needs 'no-such-package'\.\nInstall"):
        with optional_dependency(
            "Chart", "no-such-package", extra="plots", imported_as="no_such_package_"
        ):
            importlib.import_module("no_such_package_")


def test_without_a_minimum_no_version_is_named() -> None:
    with pytest.raises(ImportError, match=r"^Chart needs 'no_such_package_'\.\nInstall"):
        with optional_dependency("Chart", "no_such_package_", extra="plots"):
            importlib.import_module("no_such_package_")


def test_a_version_that_is_too_old_is_refused() -> None:
    with pytest.raises(ImportError, match=r"'numpy' \(999\.0 or newer\), found \d"):
        with optional_dependency("Chart", "numpy", extra="plots", minimum="999.0"):
            import numpy  # noqa: F401


@pytest.mark.parametrize("minimum", [None, "1", "1.24"])
def test_an_installed_package_passes(minimum: str | None) -> None:
    with optional_dependency("Chart", "numpy", extra="plots", minimum=minimum):
        import numpy
    assert numpy.arange(2).sum() == 1


def test_an_installed_package_that_lacks_something_itself_is_not_called_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "half_installed_.py").write_text("import its_own_dependency_\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="its_own_dependency_"):
        with optional_dependency("Chart", "half_installed_", extra="plots"):
            importlib.import_module("half_installed_")
    assert "half_installed_" not in sys.modules
