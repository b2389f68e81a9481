"""`import tunesmith` costs next to nothing, and a study loads only what it uses."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import tunesmith

RANDOM_SEARCH = """
tunesmith.logging.set_verbosity(tunesmith.logging.WARNING)
study = tunesmith.create_study(sampler=tunesmith.samplers.RandomSampler(seed=1))
study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
"""


def loaded_by(code: str) -> set[str]:
    """Top-level names of the modules that a fresh interpreter loads for a piece of code."""
    script = (
        "import json, sys\n"
        "before = set(sys.modules)\n"
        f"import tunesmith\n{code}\n"
        "loaded = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(json.dumps(sorted(loaded)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1])) - sys.stdlib_module_names


def test_import_loads_nothing_but_the_package() -> None:
    assert loaded_by("") == {"tunesmith"}


def test_random_search_in_memory_loads_no_optional_or_heavy_package() -> None:
    heavy = {"torch", "pandas", "sklearn", "sqlalchemy", "matplotlib", "plotly", "joblib", "cmaes"}
    loaded = loaded_by(RANDOM_SEARCH)
    assert "numpy" in loaded
    assert not loaded & heavy


@pytest.mark.parametrize("name", tunesmith.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(tunesmith, name) is not None
    assert name in dir(tunesmith)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'tunesmith' has no attribute 'create_studdy'"):
        tunesmith.create_studdy  # noqa: B018
