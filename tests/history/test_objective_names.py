"""Which objective a name or an index means, and what is said where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from tunesmith.history.objective_names import ObjectiveNames, check_objective


def test_by_name_and_by_index() -> None:
    names = ObjectiveNames(2, lambda: ["loss", "size"])
    assert [names.index_of(objective) for objective in ("loss", "size", 0, 1)] == [0, 1, 0, 1]
    assert names.index_of(np.int64(1)) == 1


def test_a_name_is_read_once() -> None:
    reads = []
    names = ObjectiveNames(2, lambda: reads.append(1) or ["loss", "size"])
    names.index_of("size")
    names.index_of("size")
    names.index_of(0)
    assert len(reads) == 1


@pytest.mark.parametrize(
    ("objective", "named", "message"),
    [
        ("speed", ["loss", "size"], "no objective='speed'; it has 'loss', 'size'"),
        ("loss", None, r"have no names. Give them with study.set_metric_names"),
        (2, ["loss", "size"], "2 objectives, counted from 0; there is no objective=2"),
    ],
)
def test_one_that_is_not_there(objective: str | int, named: list[str] | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ObjectiveNames(2, lambda: named).index_of(objective)


@pytest.mark.parametrize("objective", [None, 0, 3, "loss", np.int64(2)])
def test_what_may_name_an_objective(objective: object) -> None:
    check_objective(objective)


@pytest.mark.parametrize(
    ("objective", "error"),
    [(True, TypeError), (1.0, TypeError), (["loss"], TypeError), (-1, ValueError)],
)
def test_what_names_none(objective: object, error: type[Exception]) -> None:
    with pytest.raises(error, match="objective must be"):
        check_objective(objective)
