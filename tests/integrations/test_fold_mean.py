from __future__ import annotations

import numpy as np
import pytest

from tunesmith.integrations.fold_mean import FoldMean


def test_steps_count_on_and_values_are_the_mean_over_the_folds_so_far() -> None:
    curves = np.random.default_rng(0).normal(size=(5, 7))
    folds = FoldMean()
    for k, curve in enumerate(curves):
        folds.next_fold(n_steps=7)
        assert folds.fold == k
        for step, value in enumerate(curve):
            trial_step, mean = folds.add(step, value)
            assert trial_step == 7 * k + step
            assert mean == pytest.approx(curves[: k + 1, step].mean())


def test_a_fold_that_stopped_early_counts_with_its_last_value() -> None:
    folds = FoldMean()
    folds.next_fold(n_steps=10)
    folds.add(0, 1.0)
    folds.add(1, 3.0)
    folds.next_fold(n_steps=10)
    assert folds.add(1, 5.0) == (11, 4.0)
    assert folds.add(9, 7.0) == (19, 5.0)


def test_a_fold_without_a_value_yet_does_not_count() -> None:
    folds = FoldMean()
    folds.add(4, 1.0)
    folds.next_fold()
    assert folds.add(0, 3.0) == (5, 3.0)


def test_without_a_length_the_next_fold_begins_where_the_last_one_ended() -> None:
    folds = FoldMean()
    for step in range(3):
        folds.add(step, 1.0)
    folds.next_fold()
    assert folds.add(0, 1.0)[0] == 3


def test_a_fold_longer_than_announced_never_meets_the_next_one() -> None:
    folds = FoldMean()
    folds.next_fold(n_steps=2)
    for step in range(5):
        folds.add(step, 1.0)
    folds.next_fold(n_steps=2)
    assert folds.add(0, 1.0)[0] == 5


def test_a_fold_without_values_is_none() -> None:
    folds = FoldMean()
    folds.next_fold()
    folds.next_fold()
    assert folds.fold == 0
    assert folds.last_step == -1
