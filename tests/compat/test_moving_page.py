"""The page "Moving from Optuna" names what is there, and only what is not there as missing."""

from __future__ import annotations

import importlib
import pathlib
import re

import pytest

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "from-optuna.md"
TEXT = PAGE.read_text(encoding="utf-8")
RENAMED = re.findall(r"^\| `(optuna\S*)` \| `(tunesmith\S*)` \|$", TEXT, flags=re.MULTILINE)
MISSING = re.findall(r"`(optuna\.[\w.]+)`", TEXT.partition("## Not there yet")[2])
# The matplotlib module is said to lack what the other one lacks.
MODULES = ["pruners", "samplers", "samplers.nsgaii", "storages", "study", "trial", "visualization"]


def find(path: str) -> object:
    """The module or the attribute of a module that a dotted path leads to."""
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError:
        module, _, name = path.rpartition(".")
        if not module:
            raise
        return getattr(find(module), name)


def is_there(path: str) -> bool:
    try:
        find(path)
    except (AttributeError, ModuleNotFoundError):
        return False
    return True


@pytest.mark.parametrize(("old", "new"), RENAMED)
def test_renamed_names_are_there(old: str, new: str) -> None:
    assert is_there(new)
    if old.startswith("optuna."):  # optuna_integration is not among the tests' packages
        assert is_there(old)


@pytest.mark.parametrize("old", MISSING)
def test_names_said_to_be_missing_are_missing(old: str) -> None:
    assert is_there(old)
    if old != "optuna.visualization.matplotlib":
        assert not is_there(old.replace("optuna", "tunesmith", 1)), (
            f"{old} is there by now: take it off the list in docs/{PAGE.name}"
        )


@pytest.mark.filterwarnings("ignore:.* is now tunesmith.storages.journal:FutureWarning")
def test_all_that_is_missing_is_said_to_be() -> None:
    renamed = {old for old, _ in RENAMED}
    absent = {
        f"optuna.{module}.{name}"
        for module in MODULES
        for name in find(f"optuna.{module}").__all__
        if not name.startswith("_") and not is_there(f"tunesmith.{module}.{name}")
    }
    assert absent <= renamed | set(MISSING)
    assert len(RENAMED) > 10
