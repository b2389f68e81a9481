"""Draws without state."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from tunesmith.rng import SeededRandomness


def test_a_draw_depends_on_seed_number_and_purpose_alone():
    rng = SeededRandomness(7)
    in_order = [rng.uniform(n, p) for n in range(5) for p in ("x", "y")]
    backwards = [rng.uniform(n, p) for n in reversed(range(5)) for p in ("y", "x")]

    assert in_order == backwards[::-1]
    assert len(set(in_order)) == 10
    assert SeededRandomness(8).uniform(0, "x") != in_order[0]


def test_the_numbers_are_those_of_earlier_versions():
    # A change here changes every seeded study of every user.
    rng = SeededRandomness(42)

    assert [rng.uniform(number, "x") for number in range(3)] == KNOWN_UNIFORM
    assert rng.generator(5, "tpe").random(3).tolist() == KNOWN_ARRAY


KNOWN_UNIFORM = [0.7631675709629007, 0.9483952620134661, 0.9927113857209623]
KNOWN_ARRAY = [0.6544625461047252, 0.3555667113356621, 0.3619079047801208]


def test_draws_are_uniform_over_trials_and_over_purposes():
    rng = SeededRandomness(0)
    over_trials = np.array([rng.uniform(n, "x") for n in range(20_000)])
    over_names = np.array([rng.uniform(0, f"x{n}") for n in range(20_000)])
    for draws in (over_trials, over_names):
        counts, _ = np.histogram(draws, bins=20, range=(0, 1))

        assert draws.min() >= 0
        assert draws.max() < 1
        assert ((counts - 1000) ** 2 / 1000).sum() < 50  # chi square, 19 degrees of freedom
        assert abs(np.corrcoef(draws[:-1], draws[1:])[0, 1]) < 0.03


def test_parameters_of_a_trial_are_independent():
    rng = SeededRandomness(1)
    draws = np.array([[rng.uniform(n, name) for name in "abcd"] for n in range(5000)])

    correlations = np.corrcoef(draws.T) - np.eye(4)
    assert np.abs(correlations).max() < 0.06


def test_seeds():
    assert SeededRandomness().seed != SeededRandomness().seed
    for seed in (0, -1, 2**100):
        copy = pickle.loads(pickle.dumps(SeededRandomness(seed)))
        assert copy.uniform(3, "x") == SeededRandomness(seed).uniform(3, "x")


def test_many_draws_at_once_are_the_single_ones():
    rng = SeededRandomness(7)
    keys = [rng.purpose_key(purpose) for purpose in ("x", "y")]

    assert rng.uniforms(range(3, 6), keys).tolist() == [
        [rng.uniform(number, purpose) for purpose in ("x", "y")] for number in range(3, 6)
    ]


def test_generators_are_those_of_a_key():
    rng = SeededRandomness(7)

    def draws(generator):
        return [generator.random(5).tolist(), generator.integers(9, size=3).tolist()]

    for number in range(4):
        key = rng._key(f"{number}:tpe")
        expected = draws(np.random.Generator(np.random.Philox(key=key)))
        assert draws(rng.generator(number, "tpe")) == expected
        # Whatever the thread has drawn from it before.
        assert draws(rng.brief_generator(number, "tpe")) == expected


def test_each_thread_has_a_brief_generator_of_its_own():
    rng = SeededRandomness(7)
    here = rng.brief_generator(1, "tpe")
    with ThreadPoolExecutor(1) as pool:
        there = pool.submit(rng.brief_generator, 2, "tpe").result()

    assert here.random() == rng.generator(1, "tpe").random()
    assert there.random() == rng.generator(2, "tpe").random()
