"""The same curves get the same answers as from Optuna.

Random curves with missing, repeated and disordered steps, NaN and infinite values. The other
library is only observed from outside; where it is not installed, these tests are left out.
"""

from __future__ import annotations

import math
import random
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

import tunesmith

optuna = pytest.importorskip("optuna", reason="compares with Optuna, which is not installed")

Curve = dict[int, float]
SEEDS = range(60)


@pytest.fixture(autouse=True)
def quiet_optuna() -> Iterator[None]:
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():
        # Its percentiles warn where an infinite value is subtracted from another.
        warnings.simplefilter("ignore")
        yield
    optuna.logging.set_verbosity(verbosity)


def value(draw: random.Random) -> float:
    if draw.random() < 0.15:
        return draw.choice([math.nan, math.inf, -math.inf])
    # Ties are where implementations part, so half of the values are from a small set.
    return float(draw.randint(0, 4)) if draw.random() < 0.5 else draw.gauss(2, 2)


def curve(draw: random.Random, max_steps: int) -> Curve:
    share = draw.choice([0.5, 0.9, 1.0])
    stride = draw.choice([1, 1, 1, 40])
    steps = [step * stride for step in range(draw.randint(0, max_steps)) if draw.random() < share]
    if draw.random() < 0.2:
        draw.shuffle(steps)
    return {step: value(draw) for step in steps}


def run(
    library: ModuleType, pruner: Any, direction: str, curves: list[Curve], ends: list[str]
) -> list[str]:
    """Run one trial per curve; return its answers and its end."""
    study = library.create_study(
        direction=direction, pruner=pruner, sampler=library.samplers.RandomSampler(seed=0)
    )
    states = library.trial.TrialState
    results = []
    for reports, end in zip(curves, ends, strict=True):
        trial = study.ask()
        answers = ""
        for step, number in reports.items():
            trial.report(number, step)
            answers += "x" if trial.should_prune() else "."
            if answers.endswith("x"):
                study.tell(trial, state=states.PRUNED)
                break
        else:
            if end == "COMPLETE":
                study.tell(trial, 0.0)
            else:
                study.tell(trial, state=states[end])
        results.append(f"{answers} {study.trials[-1].state.name}")
    return results


def compare(draw: random.Random, name: str, **arguments: Any) -> None:
    n_trials, max_steps = draw.randint(2, 25), draw.choice([4, 9, 20])
    curves = [curve(draw, max_steps) for _ in range(n_trials)]
    ends = draw.choices(["COMPLETE", "PRUNED", "FAIL"], [8, 1, 1], k=n_trials)
    direction = draw.choice(["minimize", "maximize"])
    ours, theirs = (
        run(library, getattr(library.pruners, name)(**arguments), direction, curves, ends)
        for library in (tunesmith, optuna)
    )
    assert ours == theirs, (direction, arguments, curves, ends)


def check_points(draw: random.Random) -> dict[str, int]:
    return {"n_warmup_steps": draw.randint(0, 3), "interval_steps": draw.choice([1, 1, 2, 3])}


def start(draw: random.Random) -> dict[str, int]:
    return {"n_startup_trials": draw.randint(0, 4), "n_min_trials": draw.randint(1, 3)}


@pytest.mark.parametrize("seed", SEEDS)
def test_median(seed: int) -> None:
    draw = random.Random(seed)
    compare(draw, "MedianPruner", **start(draw), **check_points(draw))


@pytest.mark.parametrize("seed", SEEDS)
def test_percentile(seed: int) -> None:
    draw = random.Random(seed)
    percentile = draw.choice([0, 25.0, 33.3, 75, 100, 100 * draw.random()])
    compare(draw, "PercentilePruner", percentile=percentile, **start(draw), **check_points(draw))


@pytest.mark.parametrize("seed", SEEDS)
def test_successive_halving(seed: int) -> None:
    draw = random.Random(seed)
    compare(
        draw,
        "SuccessiveHalvingPruner",
        min_resource=draw.randint(1, 3),
        reduction_factor=draw.choice([2, 3, 4]),
        min_early_stopping_rate=draw.choice([0, 0, 1]),
        bootstrap_count=draw.choice([0, 0, 1, 3]),
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_successive_halving_auto(seed: int) -> None:
    draw = random.Random(seed)
    compare(draw, "SuccessiveHalvingPruner", reduction_factor=draw.choice([2, 3, 4]))


@pytest.mark.parametrize("seed", SEEDS)
def test_threshold(seed: int) -> None:
    draw = random.Random(seed)
    lower = draw.choice([None, -math.inf, 0.0, 1.0])
    upper = draw.choice([3.0, 4, math.inf])
    compare(draw, "ThresholdPruner", lower=lower, upper=upper, **check_points(draw))


@pytest.mark.parametrize("seed", SEEDS)
def test_patient(seed: int) -> None:
    draw = random.Random(seed)
    compare(
        draw,
        "PatientPruner",
        wrapped_pruner=None,
        patience=draw.randint(0, 3),
        min_delta=draw.choice([0.0, 0.5, 1.0]),
    )


@pytest.mark.parametrize("seed", range(20))
def test_wilcoxon(seed: int) -> None:
    draw = random.Random(seed)
    levels = [draw.choice([0.0, 1.0, draw.gauss(0, 1)]) for _ in range(12)]
    curves = [
        {step: level + draw.choice([0.0, draw.gauss(0, 1)]) for step in range(draw.randint(1, 8))}
        for level in levels
    ]
    ends = draw.choices(["COMPLETE", "FAIL"], [4, 1], k=len(curves))
    arguments = {
        "p_threshold": draw.choice([0.05, 0.1, 0.4]),
        "n_startup_steps": draw.randint(0, 4),
    }
    ours, theirs = (
        run(library, library.pruners.WilcoxonPruner(**arguments), "minimize", curves, ends)
        for library in (tunesmith, optuna)
    )
    assert ours == theirs, (arguments, curves, ends)


@pytest.mark.parametrize("name", ["MedianPruner", "PercentilePruner", "SuccessiveHalvingPruner"])
def test_defaults_on_long_studies(name: str) -> None:
    draw = random.Random(0)
    arguments = {"percentile": 25.0} if name == "PercentilePruner" else {}
    curves = [{step: draw.gauss(number % 7, 1) for step in range(30)} for number in range(60)]
    ours, theirs = (
        run(
            library,
            getattr(library.pruners, name)(**arguments),
            "minimize",
            curves,
            ["COMPLETE"] * 60,
        )
        for library in (tunesmith, optuna)
    )
    assert ours == theirs
    assert any("PRUNED" in result for result in ours)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("PercentilePruner", {"percentile": -1}),
        ("PercentilePruner", {"percentile": 101}),
        ("PercentilePruner", {"percentile": math.nan}),
        ("MedianPruner", {"n_startup_trials": -1}),
        ("MedianPruner", {"n_warmup_steps": -1}),
        ("MedianPruner", {"interval_steps": 0}),
        ("MedianPruner", {"n_min_trials": 0}),
        ("SuccessiveHalvingPruner", {"min_resource": 0}),
        ("SuccessiveHalvingPruner", {"min_resource": "all"}),
        ("SuccessiveHalvingPruner", {"reduction_factor": 1}),
        ("SuccessiveHalvingPruner", {"min_early_stopping_rate": -1}),
        ("SuccessiveHalvingPruner", {"bootstrap_count": -1}),
        ("SuccessiveHalvingPruner", {"bootstrap_count": 1}),
        ("HyperbandPruner", {"bootstrap_count": 1}),
        ("HyperbandPruner", {"max_resource": "all"}),
        ("WilcoxonPruner", {"p_threshold": -0.1}),
        ("WilcoxonPruner", {"p_threshold": 1.1}),
        ("WilcoxonPruner", {"n_startup_steps": -1}),
        ("ThresholdPruner", {}),
        ("ThresholdPruner", {"lower": 2, "upper": 1}),
        ("ThresholdPruner", {"lower": "low"}),
        ("PatientPruner", {"wrapped_pruner": None, "patience": -1}),
        ("PatientPruner", {"wrapped_pruner": None, "patience": 1, "min_delta": -1}),
    ],
)
def test_bad_arguments_raise_the_same_type(name: str, arguments: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)) as theirs:
        getattr(optuna.pruners, name)(**arguments)
    with pytest.raises(theirs.type):
        getattr(tunesmith.pruners, name)(**arguments)
