from __future__ import annotations

import math

import pytest

from tunesmith.pruners.check_points import CheckPoints, check_at_least


def looks(check_points: CheckPoints, steps: list[int]) -> list[int]:
    """Return at which of the steps, reported one after the other, there is a look."""
    return [
        max(steps[: n + 1])
        for n in range(len(steps))
        if check_points.include(max(steps[: n + 1]), steps[: n + 1])
    ]


@pytest.mark.parametrize(
    ("warm_up", "interval", "steps", "expected"),
    [
        (0, 1, [0, 1, 2, 3], [0, 1, 2, 3]),
        (2, 1, [0, 1, 2, 3], [2, 3]),
        (0, 3, list(range(10)), [0, 3, 6, 9]),
        (2, 3, list(range(10)), [2, 5, 8]),
        # The first step of an interval is not reported: the next one counts.
        (0, 3, [0, 2, 4, 6, 8, 10, 12], [0, 4, 6, 10, 12]),
        (2, 3, [0, 2, 4, 6, 8, 10], [2, 6, 8]),
        (0, 10, [5, 7, 23, 25], [5, 23]),
        # 5 lies before the interval that 7 opens, 6 within it.
        (0, 3, [7, 5], [7, 7]),
        (0, 3, [7, 6], [7]),
    ],
)
def test_first_report_of_each_interval(
    warm_up: int, interval: int, steps: list[int], expected: list[int]
) -> None:
    assert looks(CheckPoints(warm_up, interval), steps) == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-1, 1), r"n_warmup_steps must be at least 0, got n_warmup_steps=-1\."),
        ((0, 0), r"interval_steps must be at least 1, got interval_steps=0\."),
    ],
)
def test_bad_arguments_are_named(arguments: tuple[int, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CheckPoints.checked(*arguments)


def test_nan_is_not_at_least_anything() -> None:
    with pytest.raises(ValueError, match="patience must be at least 0, got patience=nan"):
        check_at_least(0, patience=math.nan)


def test_text_is_no_number() -> None:
    with pytest.raises(TypeError, match="patience must be a number, got patience='3'"):
        check_at_least(0, patience="3")  # type: ignore[arg-type]
