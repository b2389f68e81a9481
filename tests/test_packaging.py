"""What is built is what is on disk, and it works where nothing else is installed."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import tunesmith

ROOT = Path(__file__).parents[1]
FOLDERS = {
    "core": "tunesmith",
    "integrations": "tunesmith/integrations",
    "callbacks": "tunesmith/callbacks",
}
BUILT_FROM = ["pyproject.toml", "setup.py", "MANIFEST.in", "LICENSE", "README.md", "src", "tests"]

# Runs in an interpreter that sees the standard library and one folder, whose modules it imports.
IMPORT_ALL = """
import importlib, json, sys
site, *modules = sys.argv[1:]
sys.path.append(site)
failed = {}
for name in modules:
    try:
        module = importlib.import_module(name)
        assert module.__file__.startswith(site), module.__file__
    except BaseException as error:
        failed[name] = f"{type(error).__name__}: {error}"
print(json.dumps(failed))
"""


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build_wheel(source: Path, target: Path) -> Path:
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    run(sys.executable, "-m", "pip", "wheel", *options, "-w", target, source, cwd=source)
    [wheel] = target.glob("*.whl")
    return wheel


def build_sdist(source: Path, target: Path) -> Path:
    code = "import sys; from setuptools import build_meta; build_meta.build_sdist(sys.argv[1])"
    run(sys.executable, "-c", code, target, cwd=source)
    [sdist] = target.glob("*.tar.gz")
    return sdist


def files_on_disk() -> set[str]:
    """The Python files of the three folders, under the names that they get when installed."""
    found = set()
    for folder, package in FOLDERS.items():
        for path in (ROOT / folder).rglob("*.py"):
            relative = path.relative_to(ROOT / folder)
            if not (folder == "core" and relative.parts[0] in FOLDERS):  # a symlink
                found.add(f"{package}/{relative.as_posix()}")
    return found


def files_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is built from: building leaves traces in the tree."""
    copy = tmp_path_factory.mktemp("source")
    for name in [*BUILT_FROM, *FOLDERS]:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=ignored)
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(source, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_sdist(source, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, what it requires without any extra, and nothing else."""
    site = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    for distribution in required_distributions(wheel):
        for file in distribution.files or []:
            top = file.parts[0]
            if top not in ("..", "__pycache__") and not (site / top).exists():
                (site / top).symlink_to(Path(str(distribution.locate_file(top))))
    return site


def required_distributions(wheel: Path) -> list[importlib.metadata.Distribution]:
    """What the wheel requires, directly and indirectly, in this environment."""
    waiting = [Requirement(text) for text in metadata_of(wheel).get_all("Requires-Dist", [])]
    found: dict[str, importlib.metadata.Distribution] = {}
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if wanted and name not in found:
            found[name] = importlib.metadata.distribution(name)
            waiting += [Requirement(text) for text in found[name].requires or []]
    return list(found.values())


def metadata_of(wheel: Path) -> importlib.metadata.PackageMetadata:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return Parser().parsestr(archive.read(name).decode())


def test_wheel_has_every_file_and_no_other(wheel: Path) -> None:
    assert files_in(wheel) == files_on_disk() | {"tunesmith/py.typed"}


def test_every_folder_of_modules_is_a_package() -> None:
    files = files_on_disk()
    folders = {file.rpartition("/")[0] for file in files}
    assert {folder for folder in folders if f"{folder}/__init__.py" not in files} == set()


def test_metadata(wheel: Path) -> None:
    metadata = metadata_of(wheel)
    assert metadata["Name"] == "tunesmith"
    assert metadata["Version"] == tunesmith.__version__
    assert metadata["Requires-Python"] == ">=3.10"
    assert metadata["License-Expression"] == "MIT"


def test_extra_all_names_every_extra() -> None:
    distribution = importlib.metadata.distribution("tunesmith")
    extras = set(distribution.metadata.get_all("Provides-Extra", []))
    named: set[str] = set()
    for text in distribution.requires or []:
        requirement = Requirement(text)
        if canonicalize_name(requirement.name) == "tunesmith":
            named |= requirement.extras
    assert named == extras - {"all"}


def test_every_module_imports_where_only_the_requirements_are(wheel: Path, site: Path) -> None:
    modules = sorted(
        file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for file in files_in(wheel)
        if file.endswith(".py") and not file.endswith("__main__.py")
    )
    # -I -S: neither the environment's packages, nor the current folder, nor PYTHONPATH.
    output = run(sys.executable, "-I", "-S", "-c", IMPORT_ALL, site, *modules, cwd=site)
    failed: dict[str, str] = json.loads(output.splitlines()[-1])

    def may_need_an_extra(module: str, error: str) -> bool:
        adapters = ("tunesmith.integrations.", "tunesmith.callbacks.", "tunesmith.visualization.")
        return (
            module.startswith(adapters)
            and error.startswith("ImportError")
            and 'pip install "tunesmith[' in error
        )

    assert {m: error for m, error in failed.items() if not may_need_an_extra(m, error)} == {}


def test_sdist_has_the_tests(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    tests = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("*.py")}
    assert tests <= names


def test_sdist_builds_the_same_wheel(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        if hasattr(tarfile, "data_filter"):
            archive.extractall(tmp_path, filter="data")
        else:
            archive.extractall(tmp_path)
    [source] = tmp_path.iterdir()
    again = build_wheel(source, tmp_path / "wheel")
    assert files_in(again) == files_in(wheel)
