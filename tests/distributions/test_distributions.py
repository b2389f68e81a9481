"""Ranges: what is refused, what they hold, and the JSON that Optuna writes and reads."""

from __future__ import annotations

import json
import math
import pickle
import warnings

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.distributions import (
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    check_distribution_compatibility,
    distribution_to_json,
    json_to_distribution,
)

BAD = {
    "low above high": (FloatDistribution, {"low": 2.0, "high": 1.0}, r"low=2\.0, high=1\.0"),
    "int low above high": (IntDistribution, {"low": 2, "high": 1}, "low=2, high=1"),
    "NaN": (FloatDistribution, {"low": math.nan, "high": 1.0}, "low=nan"),
    "infinite": (FloatDistribution, {"low": 0.0, "high": math.inf}, "high=inf"),
    "int infinite": (IntDistribution, {"low": 0, "high": math.inf}, "high=inf"),
    "text": (FloatDistribution, {"low": "a", "high": 1.0}, "low='a'"),
    "step 0": (FloatDistribution, {"low": 0.0, "high": 1.0, "step": 0.0}, r"step=0\.0"),
    "step -1": (IntDistribution, {"low": 0, "high": 9, "step": -1}, "step=-1"),
    "log of 0": (FloatDistribution, {"low": 0.0, "high": 1.0, "log": True}, r"low=0\.0"),
    "int log of 0": (IntDistribution, {"low": 0, "high": 9, "log": True}, "low=0"),
    "log and step": (FloatDistribution, {"low": 1, "high": 9, "log": True, "step": 1}, "exclude"),
    "int log, step": (IntDistribution, {"low": 1, "high": 9, "log": True, "step": 2}, "exclude"),
    "no choices": (CategoricalDistribution, {"choices": ()}, "at least one"),
    "text as choices": (CategoricalDistribution, {"choices": "abc"}, "'abc'"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_makes_no_sense_is_refused(name):
    kind, arguments, shown = BAD[name]

    with pytest.raises(ValueError, match=shown):
        kind(**arguments)


@pytest.mark.parametrize(
    ("make", "high"),
    [
        (lambda: FloatDistribution(0, 1, step=0.3), 0.9),
        (lambda: IntDistribution(0, 10, step=3), 9),
    ],
)
def test_an_end_off_the_grid_is_lowered_with_a_warning(make, high):
    with pytest.warns(UserWarning, match="cannot be reached"):
        assert make().high == high


@pytest.mark.parametrize(("low", "high", "step"), [(0, 0.9, 0.3), (0.1, 0.7, 0.1), (-1, 1, 0.05)])
def test_decimal_steps_reach_their_ends(low, high, step):
    distribution = FloatDistribution(low, high, step=step)
    n_steps = round((high - low) / step)

    assert distribution.high == high
    assert distribution.on_grid(n_steps) == high
    assert all(distribution.contains(distribution.on_grid(i)) for i in range(n_steps + 1))
    assert all(len(repr(distribution.on_grid(i))) <= 6 for i in range(n_steps + 1))


def test_what_ranges_hold():
    assert FloatDistribution(0, 1).contains(1.0)
    assert not FloatDistribution(0, 1).contains(1.1)
    assert not FloatDistribution(0, 1).contains(math.nan)
    assert not FloatDistribution(0, 1, step=0.5).contains(0.4)
    assert IntDistribution(1, 9, step=2).contains(3)
    assert not IntDistribution(1, 9, step=2).contains(4)
    assert CategoricalDistribution(["a", "b"]).contains(1)
    assert not CategoricalDistribution(["a", "b"]).contains(2)


@pytest.mark.parametrize(
    ("distribution", "single"),
    [
        (FloatDistribution(1, 1), True),
        (FloatDistribution(1, 1.1), False),
        (IntDistribution(1, 1), True),
        (IntDistribution(1, 2, log=True), False),
        (CategoricalDistribution([None]), True),
        (CategoricalDistribution([None, 1]), False),
    ],
)
def test_single_values(distribution, single):
    assert distribution.single() is single


@given(st.lists(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), min_size=1))
def test_choices_keep_their_type(choices):
    distribution = CategoricalDistribution(choices)
    for choice in choices:
        again = distribution.to_external_repr(distribution.to_internal_repr(choice))
        assert type(again) is type(choice)
        assert again == choice or math.isnan(choice)


def test_equal_choices_of_different_types_are_different_choices():
    distribution = CategoricalDistribution([True, 1, 1.0, "1"])

    assert [distribution.to_internal_repr(c) for c in (True, 1, 1.0, "1")] == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="2 is not one of"):
        distribution.to_internal_repr(2)


def test_other_choices_work_in_memory_with_a_warning():
    with pytest.warns(UserWarning, match="of type list"):
        distribution = CategoricalDistribution([[1], [2]])

    assert distribution.to_external_repr(distribution.to_internal_repr([2])) == [2]
    assert isinstance(hash(distribution), int)


@pytest.mark.parametrize("value", ["x", None, math.nan, [1]])
def test_what_is_no_number_cannot_be_a_value(value):
    for distribution in (FloatDistribution(0, 1), IntDistribution(0, 1)):
        with pytest.raises(ValueError, match="is not a number|cannot be a parameter"):
            distribution.to_internal_repr(value)


RANGES = [
    ("FloatDistribution", (0.0, 1.5), {}),
    ("FloatDistribution", (1e-5, 0.1), {"log": True}),
    ("FloatDistribution", (0.0, 1.0), {"step": 0.25}),
    ("IntDistribution", (-3, 12), {}),
    ("IntDistribution", (1, 64), {"log": True}),
    ("IntDistribution", (0, 9), {"step": 3}),
    ("CategoricalDistribution", ((None, True, 2, 0.5, "é\n"),), {}),
]


@pytest.mark.parametrize(("name", "arguments", "options"), RANGES)
def test_json_is_optunas_in_both_directions(name, arguments, options):
    ours = globals()[name](*arguments, **options)
    theirs = getattr(optuna.distributions, name)(*arguments, **options)
    written_there = optuna.distributions.distribution_to_json(theirs)

    assert distribution_to_json(ours) == written_there
    assert json_to_distribution(written_there) == ours
    assert optuna.distributions.json_to_distribution(distribution_to_json(ours)) == theirs
    assert repr(ours) == repr(theirs)


OLD = [
    '{"name": "UniformDistribution", "attributes": {"low": 0.0, "high": 1.0}}',
    '{"name": "LogUniformDistribution", "attributes": {"low": 0.1, "high": 1.0}}',
    '{"name": "DiscreteUniformDistribution", "attributes": {"low": 0.0, "high": 1.0, "q": 0.1}}',
    '{"name": "IntUniformDistribution", "attributes": {"low": 1, "high": 9, "step": 2}}',
    '{"name": "IntLogUniformDistribution", "attributes": {"low": 1, "high": 9, "step": 1}}',
    '{"type": "float", "low": 0, "high": 1}',
    '{"type": "int", "low": 0, "high": 4, "step": 2}',
    '{"type": "categorical", "choices": [1, "a"]}',
]


@pytest.mark.parametrize("text", OLD)
def test_older_forms_are_read_as_optuna_reads_them(text):
    ours = json_to_distribution(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = optuna.distributions.json_to_distribution(text)

    for key in ("low", "high", "log", "choices"):
        assert getattr(ours, key, None) == getattr(theirs, key, None)
    step = theirs.q if hasattr(theirs, "q") else getattr(theirs, "step", None)
    assert getattr(ours, "step", None) == step


@pytest.mark.parametrize(
    "text", ['{"name": "X", "attributes": {}}', '{"type": "q"}', '{"name": "FloatDistribution"}']
)
def test_unknown_json_is_refused(text):
    with pytest.raises(ValueError, match="distribution|Distribution"):
        json_to_distribution(text)
    json.loads(text)


@pytest.mark.parametrize(("name", "arguments", "options"), RANGES)
def test_ranges_are_values(name, arguments, options):
    kind = globals()[name]
    one, other = kind(*arguments, **options), kind(*arguments, **options)

    assert one == other
    assert hash(one) == hash(other)
    assert pickle.loads(pickle.dumps(one)) == one
    assert one != FloatDistribution(7, 8)
    assert one._asdict() == one.attributes()


@pytest.mark.parametrize(
    ("old", "new", "fits"),
    [
        (FloatDistribution(0, 1), FloatDistribution(5, 9), True),
        (FloatDistribution(1, 2), IntDistribution(1, 2), False),
        (FloatDistribution(1, 2), FloatDistribution(1, 2, log=True), False),
        (IntDistribution(1, 2), IntDistribution(1, 2, log=True), False),
        (CategoricalDistribution([1, 2]), CategoricalDistribution([1, 2]), True),
        (CategoricalDistribution([1, 2]), CategoricalDistribution([1, 2, 3]), True),
        (CategoricalDistribution([1, 2, 3]), CategoricalDistribution([1, 2]), True),
        (CategoricalDistribution([1, 2]), CategoricalDistribution([2, 1, 3]), False),
        (CategoricalDistribution([1, 2]), CategoricalDistribution(["1", 2, 3]), False),
    ],
)
def test_which_ranges_one_parameter_may_have(old, new, fits):
    if fits:
        check_distribution_compatibility(old, new)
    else:
        with pytest.raises(ValueError, match=r".+"):
            check_distribution_compatibility(old, new)
