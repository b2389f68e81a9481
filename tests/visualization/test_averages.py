"""Several studies as one."""

from __future__ import annotations

import numpy as np

from tunesmith.visualization.averages import mean_and_deviation


def test_numbers_that_only_some_studies_have():
    numbers, means, deviations = mean_and_deviation(
        [np.array([0, 1, 5]), np.array([1, 2])],
        [np.array([1.0, 2.0, 3.0]), np.array([6.0, 7.0])],
    )

    assert numbers.tolist() == [0, 1, 2, 5]
    assert means.tolist() == [1.0, 4.0, 7.0, 3.0]
    assert deviations.tolist() == [0.0, 2.0, 0.0, 0.0]


def test_the_deviation_is_numpys():
    values = np.random.default_rng(0).normal(size=(5, 3))

    _, means, deviations = mean_and_deviation([np.arange(3)] * 5, list(values))

    np.testing.assert_allclose(means, values.mean(axis=0))
    np.testing.assert_allclose(deviations, values.std(axis=0))


def test_no_trials_at_all():
    nothing = np.array([], dtype=np.int64)

    assert [len(a) for a in mean_and_deviation([nothing], [nothing.astype(float)])] == [0, 0, 0]


def test_an_infinite_value_has_no_deviation():
    _, means, deviations = mean_and_deviation(
        [np.array([0]), np.array([0])], [np.array([np.inf]), np.array([1.0])]
    )

    assert means.tolist() == [np.inf]
    assert np.isnan(deviations).all()
