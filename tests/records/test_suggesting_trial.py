from __future__ import annotations

from typing import Any

import pytest

from tunesmith.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from tunesmith.records.suggesting_trial import suggest_from
from tunesmith.trial import BaseTrial, FixedTrial, create_trial

DISTRIBUTIONS: list[tuple[Any, BaseDistribution]] = [
    (0.5, FloatDistribution(0.0, 1.0)),
    (0.1, FloatDistribution(1e-3, 1.0, log=True)),
    (0.5, FloatDistribution(0.0, 0.75, step=0.25)),
    (3, IntDistribution(1, 8)),
    (4, IntDistribution(1, 8, log=True)),
    (5, IntDistribution(1, 9, step=2)),
    (None, CategoricalDistribution(["a", None, True])),
]


@pytest.mark.parametrize(("value", "distribution"), DISTRIBUTIONS)
def test_a_distribution_is_asked_for_by_its_kind(
    value: Any, distribution: BaseDistribution
) -> None:
    trial = FixedTrial({"x": value})
    found = suggest_from(trial, "x", distribution)
    assert found == value
    assert type(found) is type(value)
    assert trial.distributions == {"x": distribution}


@pytest.mark.parametrize(
    "trial",
    [
        FixedTrial({"x": 1}),
        create_trial(value=0.0, params={"x": 1}, distributions={"x": IntDistribution(1, 2)}),
    ],
    ids=["fixed", "frozen"],
)
def test_a_range_that_makes_no_sense_is_named(trial: BaseTrial) -> None:
    with pytest.raises(ValueError, match="^'x': "):
        trial.suggest_float("x", 1, 0)
    with pytest.raises(ValueError, match="^'x': "):
        trial.suggest_int("x", 0, 2, log=True)
    with pytest.raises(ValueError, match="^'x': choices must be a list, got the string 'abc'"):
        trial.suggest_categorical("x", "abc")
