"""Parameters as coordinates and back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from tunesmith.samplers.tpe.unit_space import MOST_LEVELS, Points, UnitSpace

generated = settings(max_examples=60, deadline=None, derandomize=True, database=None)

SPACE = {
    "kind": CategoricalDistribution(["a", None, True]),
    "rate": FloatDistribution(1e-4, 1.0, log=True),
    "few": IntDistribution(1, 5),
    "many": IntDistribution(0, 999),
    "fine": FloatDistribution(0.0, 1.0, step=0.25),
    "layers": IntDistribution(1, 8, log=True),
    "width": IntDistribution(1, 1000, log=True),
    "x": FloatDistribution(-2.0, 2.0),
}


def encoded(space, **values):
    internal = [[space[name].to_internal_repr(values[name]) for name in space]]
    return UnitSpace(space).encode(np.array(internal, dtype=float))


def test_a_point_by_hand():
    points, usable = encoded(
        SPACE, kind=True, rate=1e-2, few=2, many=0, fine=1.0, layers=1, width=1000, x=1.0
    )

    rate, few, many, fine, layers, width, x = points.units[0]
    assert usable.tolist() == [True]
    assert rate == pytest.approx(0.5)
    assert few == pytest.approx(0.3)  # the middle of the second of five cells
    assert many == pytest.approx(0.0005)
    assert fine == pytest.approx(0.9)
    # Integers on a logarithmic scale end half a step beyond their range.
    assert layers == pytest.approx(math.log(1 / 0.5) / math.log(8.5 / 0.5))
    assert width == pytest.approx(math.log(1000 / 0.5) / math.log(1000.5 / 0.5))
    assert x == pytest.approx(0.75)
    assert points.levels[0].tolist() == [1, 4, 0, 2]  # few, fine, layers, then kind


def test_what_is_smooth_and_what_has_levels():
    space = UnitSpace(SPACE)

    assert space.n_numerical == 7
    assert space.smooth.tolist() == [0, 2, 5, 6]
    assert [k for k, _, _ in space.grids] == [1, 3, 4]
    assert space.n_choices == [3]
    assert not space.has_equal_cells  # because of the width
    assert UnitSpace({"n": IntDistribution(1, MOST_LEVELS)}).smooth.size == 0
    assert UnitSpace({"n": IntDistribution(0, MOST_LEVELS)}).smooth.tolist() == [0]


@pytest.mark.parametrize("name", ["few", "fine", "layers"])
def test_cells_of_a_grid(name):
    _, centres, edges = UnitSpace({name: SPACE[name]}).grids[0]

    assert edges[0] == 0.0
    assert edges[-1] == 1.0
    assert len(edges) == len(centres) + 1
    assert (edges[:-1] < centres).all()
    assert (centres < edges[1:]).all()
    if name == "layers":
        between = np.log(np.arange(9) + 0.5)
        expected = (between - between[0]) / (between[-1] - between[0])
        np.testing.assert_allclose(edges, expected, atol=1e-12)
    else:
        np.testing.assert_allclose(np.diff(edges), 1 / len(centres))


class TestUsable:
    @pytest.mark.parametrize(
        ("value", "is_usable"),
        [
            (0.0, True),
            (1.0, True),
            (1.1, False),
            (-0.1, False),
            (math.nan, False),
            (math.inf, False),
        ],
    )
    def test_a_float(self, value, is_usable):
        space = UnitSpace({"x": FloatDistribution(0, 1)})

        points, usable = space.encode(np.array([[value]]))

        assert usable.tolist() == [is_usable]
        assert points.units[0, 0] == (value if is_usable else 0.5)

    @pytest.mark.parametrize(
        ("value", "is_usable"),
        [(1.0, True), (8.0, True), (9.0, False), (0.0, False), (-3.0, False), (math.nan, False)],
    )
    def test_an_integer_on_a_logarithmic_scale(self, value, is_usable):
        _, usable = UnitSpace({"n": SPACE["layers"]}).encode(np.array([[value]]))

        assert usable.tolist() == [is_usable]

    @pytest.mark.parametrize(
        ("value", "is_usable"),
        [(0.0, True), (2.0, True), (3.0, False), (-1.0, False), (math.nan, False)],
    )
    def test_a_choice(self, value, is_usable):
        points, usable = UnitSpace({"c": SPACE["kind"]}).encode(np.array([[value]]))

        assert usable.tolist() == [is_usable]
        assert points.levels[0, 0] == (value if is_usable else 0)

    def test_one_that_is_missing_makes_the_row_unusable(self):
        space = UnitSpace({"x": FloatDistribution(0, 1), "c": CategoricalDistribution(["a", "b"])})
        rows = np.array([[0.25, 1.0], [math.nan, 1.0], [0.25, math.nan]])

        points, usable = space.encode(rows)

        assert usable.tolist() == [True, False, False]
        assert points.units[:, 0].tolist() == [0.25, 0.5, 0.5]
        assert points.levels[:, 0].tolist() == [1, 0, 0]

    def test_one_row_is_as_one_of_many(self):
        space = UnitSpace({**SPACE, "wide": FloatDistribution(-1e308, 1e308)})
        rng = np.random.default_rng(0)
        columns = []
        for distribution in space.distributions:
            if isinstance(distribution, CategoricalDistribution):
                column = rng.integers(len(distribution.choices), size=200).astype(float)
            else:
                low, high = float(distribution.low), float(distribution.high)
                column = np.clip(rng.random(200) * high - rng.random(200) * -low, low, high)
                if distribution.step is not None:
                    column = low + np.rint((column - low) / distribution.step) * distribution.step
            odd = [math.nan, math.inf, -math.inf, -1.0, 0.0]
            column[rng.integers(200, size=5)] = odd
            columns.append(column)
        rows = np.array(columns).T

        points, usable = space.encode(rows)

        assert usable.any()
        assert not usable.all()
        for k in range(200):
            (units, levels), one_usable = space.encode(rows[k : k + 1])
            assert units[0].tolist() == points.units[k].tolist()
            assert levels[0].tolist() == points.levels[k].tolist()
            assert one_usable.tolist() == [usable[k]]

    def test_rows_are_left_as_they_were(self):
        rows = np.array([[0.5], [7.0], [math.nan]])
        before = rows.copy()

        UnitSpace({"n": FloatDistribution(0.1, 1, log=True)}).encode(rows)

        np.testing.assert_array_equal(rows, before)


def there_and_back(distribution, value):
    space = UnitSpace({"p": distribution})
    points, usable = space.encode(np.array([[float(distribution.to_internal_repr(value))]]))
    assert usable.all()
    return space.decode(points, 0)["p"]


class TestThereAndBack:
    @generated
    @given(
        low=st.integers(-(10**9), 10**9),
        step=st.integers(1, 1000),
        n_steps=st.integers(1, 10**4),
        share=st.floats(0, 1),
    )
    def test_integers(self, low, step, n_steps, share):
        distribution = IntDistribution(low, low + n_steps * step, step=step)
        value = low + round(share * n_steps) * step

        assert there_and_back(distribution, value) == value

    @generated
    @given(low=st.integers(1, 10**5), extra=st.integers(1, 10**6), share=st.floats(0, 1))
    def test_integers_on_a_logarithmic_scale(self, low, extra, share):
        value = low + round(share * extra)

        assert there_and_back(IntDistribution(low, low + extra, log=True), value) == value

    @generated
    @given(n_steps=st.integers(1, 2000), share=st.floats(0, 1), low=st.integers(-50, 50))
    def test_steps(self, n_steps, share, low):
        distribution = FloatDistribution(low / 10, (low + n_steps) / 10, step=0.1)
        value = (low + round(share * n_steps)) / 10

        assert there_and_back(distribution, value) == value

    @generated
    @given(
        ends=st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2)
        .map(sorted)
        .filter(lambda ends: ends[0] < ends[1]),
        share=st.floats(0, 1),
    )
    def test_floats(self, ends, share):
        low, high = ends
        value = min(max(low * (1 - share) + high * share, low), high)

        back = there_and_back(FloatDistribution(low, high), value)

        assert low <= back <= high
        scale = max(abs(low), abs(high))
        assert back / scale == pytest.approx(value / scale, abs=1e-14) if scale > 1e-300 else True

    @generated
    @given(log_low=st.floats(-300, 299), decades=st.floats(1e-3, 300), share=st.floats(0, 1))
    def test_floats_on_a_logarithmic_scale(self, log_low, decades, share):
        low, high = 10**log_low, 10 ** min(log_low + decades, 308.0)
        value = min(max(10 ** (log_low + share * math.log10(high / low)), low), high)

        back = there_and_back(FloatDistribution(low, high, log=True), value)

        assert low <= back <= high
        assert back == pytest.approx(value, rel=1e-10)

    def test_choices(self):
        for choice in SPACE["kind"].choices:
            assert there_and_back(SPACE["kind"], choice) is choice

    def test_keeps_the_order_of_the_space(self):
        space = UnitSpace(SPACE)
        points = space.snap(np.full((1, 7), 0.5), np.array([[1]]))

        assert list(space.decode(points, 0)) == list(SPACE)


class TestSnap:
    def test_leads_to_what_the_decoded_values_encode_to(self):
        space, rng = UnitSpace(SPACE), np.random.default_rng(1)

        points = space.snap(rng.random((200, 7)), rng.integers(3, size=(200, 1)))

        values = [space.decode(points, row) for row in range(200)]
        for value in values:
            for name, distribution in SPACE.items():
                assert distribution.contains(distribution.to_internal_repr(value[name]))
        internal = [[SPACE[k].to_internal_repr(v[k]) for k in SPACE] for v in values]
        again, usable = space.encode(np.array(internal, dtype=float))
        assert usable.all()
        np.testing.assert_allclose(again.units, points.units, atol=1e-12)
        np.testing.assert_array_equal(again.levels, points.levels)

    def test_shares_a_linear_grid_equally_to_both_ends(self):
        space = UnitSpace({"n": IntDistribution(1, 4)})
        units = np.array([[0.0], [0.2499], [0.25], [0.75], [1.0]])

        points = space.snap(units, np.empty((5, 0), dtype=int))

        assert points.levels[:, 0].tolist() == [0, 0, 1, 3, 3]
        assert [space.decode(points, row)["n"] for row in range(5)] == [1, 1, 2, 4, 4]


def test_half_cells():
    space, points = UnitSpace(SPACE), np.full((2, 7), 0.5)
    points[:, 5] = [0.0, 1.0]  # the width: 1 and 1000

    halves = space.half_cells(points)

    scale = math.log(1000.5 / 0.5)
    assert halves[:, 0].tolist() == [0.0, 0.0]
    assert halves[:, 1].tolist() == [0.0005, 0.0005]
    assert halves[:, 3].tolist() == [0.0, 0.0]
    expected = [0.5 * math.log((v + 0.5) / (v - 0.5)) / scale for v in (1, 1000)]
    np.testing.assert_allclose(halves[:, 2], expected, rtol=1e-6)


def test_taking_rows():
    points = Points(np.arange(6.0).reshape(3, 2), np.arange(3, dtype=np.int32)[:, None])

    taken = points.take(np.array([2, 0]))

    assert taken.units.tolist() == [[4.0, 5.0], [0.0, 1.0]]
    assert taken.levels.tolist() == [[2], [0]]


def test_another_kind_of_distribution_is_refused_by_name():
    class Circular(BaseDistribution):
        def single(self):
            return False

        def contains(self, param_value_in_internal_repr):
            return True

        def to_internal_repr(self, param_value_in_external_repr):
            return param_value_in_external_repr

        def attributes(self):
            return {}

    with pytest.raises(TypeError, match="cannot model .*Circular"):
        UnitSpace({"angle": Circular()})
