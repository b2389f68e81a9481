"""What a Gaussian process learns from."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tunesmith.samplers.gp.targets import constraint_targets, loss_targets

VALUES = {
    "normal": np.random.default_rng(0).standard_normal(30),
    "outlier": np.array([1.0, 2.0, 3.0, 2.5, 1e12]),
    "infinite": np.array([1.0, math.inf, 3.0, -math.inf, 2.0]),
    "huge": np.array([-1.7e308, 1.7e308, 0.0, 1e300]),
    "tiny": np.array([0.0, 5e-324, 1e-300, 1e-310]),
    "mostly-equal": np.array([0.0, 0.0, 0.0, 0.0, 1.0]),
}
every_kind = pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)


@pytest.mark.parametrize("wide", [False, True])
@every_kind
def test_losses_keep_their_order_and_become_standard(values, wide):
    targets = loss_targets(values, wide=wide)

    order = np.argsort(values, kind="stable")
    assert (np.diff(targets[order]) >= 0.0).all()
    assert targets.mean() == pytest.approx(0.0, abs=1e-9)
    assert targets.std() == pytest.approx(1.0, rel=1e-9)


def test_the_wide_view_shows_what_is_far_from_the_best():
    losses = np.array([1.0, *(1.0 + 0.001 * np.arange(1, 12)), 2.0, 5.0])

    near, wide = loss_targets(losses), loss_targets(losses, wide=True)

    assert wide[-1] - wide[-2] > 3.0 * (near[-1] - near[-2])


def test_an_outlier_leaves_the_others_apart():
    targets = np.sort(loss_targets(VALUES["outlier"]))

    assert targets[3] - targets[0] > 0.05


@pytest.mark.parametrize("value", [0.0, -3.0, 1e308, math.inf])
def test_equal_losses_are_zero(value):
    np.testing.assert_array_equal(loss_targets(np.full(5, value)), 0.0)


@every_kind
def test_the_limit_parts_what_holds_from_what_does_not(values):
    targets, limit = constraint_targets(values)

    holds = values <= 0.0
    assert (targets[holds] <= limit + 1e-12).all()
    assert (targets[~holds] >= limit - 1e-12).all()
