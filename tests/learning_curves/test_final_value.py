"""The arithmetic: features of curves, the regression, the scale."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import stdtr

from tunesmith.learning_curves.final_value import EndedCurves, Regression, Scale

STEPS = np.arange(1, 21)


def curves(n: int, seed: int, noise: float = 0.02) -> tuple[np.ndarray, np.ndarray]:
    """Return curves of 20 steps that fall to a floor by a power law, and their floors' values."""
    rng = np.random.default_rng(seed)
    floors, heights = rng.gamma(2.0, 0.2, size=n), rng.gamma(2.0, 0.5, size=n)
    rates = rng.uniform(0.5, 1.5, size=n)
    losses = floors[:, None] + heights[:, None] * STEPS ** -rates[:, None]
    losses += noise * rng.standard_normal(losses.shape)
    return losses, losses[:, -1]


def ended(losses: np.ndarray) -> EndedCurves:
    known = EndedCurves()
    for row in losses:
        known.add(STEPS, row, float(row[-1]))
    return known


def test_level_is_the_mean_of_the_latest_and_half_the_way() -> None:
    known = EndedCurves()
    known.add(np.arange(40), np.arange(40.0), 0.0)
    level, half = known.features(39)
    assert level == pytest.approx([np.mean([36, 37, 38, 39])])
    assert half == pytest.approx([np.mean([18, 19])])
    assert known.features(-1) is None


def test_curves_of_other_steps_are_filled_forward() -> None:
    known = EndedCurves()
    known.add(np.array([2, 4]), np.array([1.0, 3.0]), 0.0)
    known.add(np.array([1, 2, 3]), np.array([5.0, np.nan, 6.0]), 0.0)
    known.add(np.array([9]), np.array([7.0]), 0.0)
    level, _ = known.features(3)
    assert level.tolist() == [1.0, 6.0, 7.0]
    level, _ = known.features_of(np.array([3]), np.array([2.5]))
    assert level == pytest.approx([2.5])


def test_it_foretells_better_the_further_a_curve_has_come() -> None:
    known, (rest, finals) = ended(curves(30, 0)[0]), curves(200, 1)
    scale = Scale(known.targets)
    errors, spreads = [], []
    for step in (2, 6, 18):
        levels, halves = map(scale, known.features(step))
        at = [known.features_of(STEPS[:step], row[:step]) for row in rest]
        level, half = (scale(np.concatenate(column)) for column in zip(*at, strict=True))
        found = Regression.fitted(levels, halves, scale(known.targets)).predict(level, half)
        errors.append(np.abs(found.mean - scale(finals)).mean())
        spreads.append(found.spread.mean())
    assert errors[0] > 1.3 * errors[1] > 1.3 * errors[2]
    assert spreads[0] > 1.3 * spreads[1] > 1.3 * spreads[2]


@pytest.mark.parametrize("step", [2, 5, 10])
def test_the_distribution_is_calibrated(step: int) -> None:
    levels_of = []
    for seed in range(40):
        known, (rest, finals) = ended(curves(12, seed)[0]), curves(25, 1000 + seed)
        scale = Scale(known.targets)
        levels, halves = map(scale, known.features(step))
        at = [known.features_of(STEPS[:step], row[:step]) for row in rest]
        level, half = (scale(np.concatenate(column)) for column in zip(*at, strict=True))
        found = Regression.fitted(levels, halves, scale(known.targets)).predict(level, half)
        levels_of.append(stdtr(found.degrees, (scale(finals) - found.mean) / found.spread))
    shares = np.concatenate(levels_of)
    # What should happen in 5 % of the cases does in 1 to 10 % where pruning depends on it.
    assert 0.01 < (shares < 0.05).mean() < 0.1
    assert (shares > 0.95).mean() < 0.1
    assert 0.35 < (shares < 0.5).mean() < 0.65


def test_the_scale_is_there_and_back_for_any_losses() -> None:
    losses = np.array([3.0, 1.0, 2.0, 50.0])
    scale = Scale(losses)
    assert scale(losses) == pytest.approx([np.log1p(4 / 3), 0.0, np.log1p(2 / 3), np.log1p(98 / 3)])
    assert scale.back(scale(losses)) == pytest.approx(losses)
    for extreme in ([1e300, -1e300], [np.inf, 0.0], [5.0, 5.0], [0.0]):
        assert np.isfinite(Scale(np.array(extreme))(np.array(extreme))).all()
