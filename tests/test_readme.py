"""The README's Python runs as it stands there."""

from __future__ import annotations

import pathlib
import re

import pytest

README = pathlib.Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_readme_has_a_quickstart_of_at_most_15_lines():
    lines = [line for line in BLOCKS[0].splitlines() if line.strip()]

    assert "import tunesmith" in lines
    assert len(lines) <= 15


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_python_of_the_readme_runs(number, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    exec(compile(BLOCKS[number], f"README.md, Python block {number + 1}", "exec"), {})
