from __future__ import annotations

import math
import random

import numpy as np
import pytest

from tunesmith.history.ordered_values import OrderedValues


def ordered(values: list[float]) -> OrderedValues:
    result = OrderedValues()
    for value in values:
        result.add(value)
    return result


@pytest.mark.parametrize("seed", range(20))
def test_stays_sorted_whatever_is_asked_between_additions(seed: int) -> None:
    draw = random.Random(seed)
    values, result = [], OrderedValues()
    for _ in range(30):
        for _ in range(draw.randint(0, 9)):
            values.append(draw.choice([draw.gauss(0, 1), 1.0, math.inf, -math.inf]))
            result.add(values[-1])
        if draw.random() < 0.5:
            assert result.ascending() == sorted(values)
        assert len(result) == len(values)


def test_nan_is_counted_apart() -> None:
    result = ordered([math.nan, 2.0, math.nan, 1.0])
    assert result.ascending() == [1.0, 2.0]
    assert (len(result), result.n_nan) == (2, 2)


@pytest.mark.parametrize("seed", range(200))
def test_percentile_is_that_of_numpy_to_the_last_bit(seed: int) -> None:
    draw = random.Random(seed)
    special = [math.nan, math.inf, -math.inf, 0.0, 1.0]
    values = [
        draw.choice(special) if draw.random() < 0.3 else draw.gauss(0, 10 ** draw.randint(-3, 5))
        for _ in range(draw.randint(1, 12))
    ]
    for q in (0, 25, 50, 75, 100, 100 - 33.3, 100 * draw.random()):
        with np.errstate(invalid="ignore"):
            if all(map(math.isnan, values)):
                expected = math.nan
            else:
                expected = float(np.nanpercentile(values, q))
        assert ordered(values).percentile(q) == pytest.approx(expected, rel=0, abs=0, nan_ok=True)


def test_percentile_of_nothing_is_nan() -> None:
    assert math.isnan(OrderedValues().percentile(50))


def test_numpy_scalars_give_no_warnings() -> None:
    values = ordered([np.float64("inf"), np.float64("inf")])
    assert math.isnan(values.percentile(50))
