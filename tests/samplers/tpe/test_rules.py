"""How many trials are good, how much each weighs, how wide kernels are."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.samplers.tpe.rules import (
    checked_weights,
    default_gamma,
    default_weights,
    hyperopt_gamma,
    narrowest,
    neighbour_bandwidths,
    rounded_count,
    shared_bandwidth,
)

generated = settings(max_examples=60, deadline=None, derandomize=True, database=None)


class TestGamma:
    @pytest.mark.parametrize(
        ("n", "n_good"),
        [(0, 0), (1, 1), (10, 1), (11, 2), (100, 10), (249, 25), (250, 25), (10**6, 25)],
    )
    def test_a_tenth_at_most_25(self, n, n_good):
        assert default_gamma(n) == n_good

    @pytest.mark.parametrize(
        ("n", "n_good"), [(0, 0), (1, 1), (16, 1), (17, 2), (100, 3), (10_000, 25), (10**6, 25)]
    )
    def test_a_quarter_of_the_root_at_most_25(self, n, n_good):
        assert hyperopt_gamma(n) == n_good


class TestWeights:
    @pytest.mark.parametrize("n", [0, 1, 2, 24, 25])
    def test_up_to_25_trials_count_alike(self, n):
        assert default_weights(n).tolist() == [1.0] * n

    @pytest.mark.parametrize("n", [26, 27, 28, 50, 1000])
    def test_a_ramp_up_to_the_last_25(self, n):
        weights = default_weights(n)

        ramp = np.linspace(1.0 / n, 1.0, n - 25)
        np.testing.assert_allclose(weights, np.concatenate([ramp, np.ones(25)]), rtol=1e-12)
        assert weights.shape == (n,)

    def test_of_a_user_may_be_a_list(self):
        assert checked_weights(lambda n: list(range(n)), 4).tolist() == [0.0, 1.0, 2.0, 3.0]

    def test_of_a_user_are_not_asked_for_nothing(self):
        assert checked_weights(lambda n: [1 / n] * n, 0).tolist() == []

    @pytest.mark.parametrize(
        ("weights", "message"),
        [
            ([1.0], r"weights\(3\) must have shape \(3,\), got \(1,\)"),
            ([[1.0] * 3], r"got \(1, 3\)"),
            ([1.0, -1.0, 1.0], r"weights\(3\) must be finite, not negative"),
            ([1.0, math.nan, 1.0], "must be finite"),
            ([1.0, math.inf, 1.0], "must be finite"),
            ([0.0, 0.0, 0.0], "not all zero"),
        ],
    )
    def test_of_a_user_that_are_wrong(self, weights, message):
        with pytest.raises(ValueError, match=message):
            checked_weights(lambda n: weights, 3)


class TestBandwidths:
    @pytest.mark.parametrize(("n", "width"), [(0, 0.5), (2, 0.25), (98, 0.01), (9999, 0.01)])
    def test_the_narrowest_follows_the_number_of_observations(self, n, width):
        assert narrowest(n, magic_clip=True) == width
        assert narrowest(n, magic_clip=False) == 1e-3

    @generated
    @given(
        centres=st.lists(st.floats(0, 1), max_size=12),
        magic_clip=st.booleans(),
        endpoints=st.booleans(),
    )
    def test_of_neighbours_by_brute_force(self, centres, magic_clip, endpoints):
        everybody = [*centres, 0.5]
        expected = []
        for k, centre in enumerate(centres):
            others = everybody[:k] + everybody[k + 1 :]
            # Of equal ones some lie left and some right, and the gap to the nearest is 0: only
            # those without a twin have gaps that do not depend on how ties are sorted.
            left = max((c for c in others if c < centre), default=None)
            right = min((c for c in others if c > centre), default=None)
            gaps = [centre - left] if left is not None else [centre] if endpoints else []
            gaps += [right - centre] if right is not None else [1.0 - centre] if endpoints else []
            twin = centre in others
            expected.append(None if twin else max(gaps))

        sigmas = neighbour_bandwidths(np.array(centres), magic_clip, endpoints)

        assert sigmas.shape == (len(centres),)
        assert ((sigmas >= narrowest(len(centres), magic_clip)) & (sigmas <= 1.0)).all()
        for sigma, width in zip(sigmas, expected, strict=True):
            if width is not None:
                clipped = min(max(width, narrowest(len(centres), magic_clip)), 1.0)
                assert sigma == pytest.approx(clipped)

    def test_of_neighbours_by_hand(self):
        centres = np.array([0.9, 0.1, 0.2])  # with the prior's 0.5: gaps .1 .1 .3 .4 .1

        inner = neighbour_bandwidths(centres, magic_clip=False, endpoints=False)
        outer = neighbour_bandwidths(np.array([0.95, 0.6]), magic_clip=False, endpoints=True)

        np.testing.assert_allclose(inner, [0.4, 0.1, 0.3])
        np.testing.assert_allclose(outer, [0.35, 0.35])

    @pytest.mark.parametrize("n_params", [1, 3, 30])
    def test_of_a_joint_density_shrink_as_observations_come(self, n_params):
        widths = [shared_bandwidth(n, n_params, magic_clip=True) for n in range(400)]

        assert all(one >= other > 0.0 for one, other in itertools.pairwise(widths))
        assert all(w >= narrowest(n, magic_clip=True) for n, w in enumerate(widths))


@given(st.integers(0, 10**7))
def test_a_rounded_count_is_off_by_a_32nd_at_most(n):
    rounded = rounded_count(n)

    assert rounded <= n <= rounded + n / 32
    assert rounded_count(rounded) == rounded
    assert n >= 64 or rounded == n
