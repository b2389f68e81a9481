"""WilcoxonPruner: the test, and when a trial is compared at all."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import tunesmith
from tunesmith.pruners import WilcoxonPruner
from tunesmith.pruners.wilcoxon import signed_rank_p
from tunesmith.records import PruneReason, TrialState

from ..recorded_studies import RecordedStudy, recorded

INF, NAN = math.inf, math.nan


def by_definition(differences: np.ndarray) -> float:
    """Count the assignments of signs that favour the alternative at least as much."""
    sizes = np.abs(differences)
    ranks = np.array([(sizes < s).sum() + ((sizes == s).sum() + 1) / 2 for s in sizes])
    free = ranks[differences != 0]
    found = ranks[differences > 0].sum()
    sums = [np.dot(free, signs) for signs in itertools.product([0, 1], repeat=len(free))]
    return float(np.mean(np.array(sums) >= found - 1e-9))


@pytest.mark.parametrize("seed", range(20))
def test_the_p_value_is_exact_with_ties_and_zeros(seed: int) -> None:
    rng = np.random.default_rng(seed)
    differences = rng.integers(-2, 4, size=rng.integers(1, 11)).astype(float)
    assert signed_rank_p(differences) == pytest.approx(by_definition(differences))


def test_many_steps_by_the_normal_law() -> None:
    from scipy.stats import wilcoxon

    differences = np.random.default_rng(0).normal(0.2, 1.0, size=80)
    expected = wilcoxon(differences, alternative="greater", method="approx").pvalue
    assert signed_rank_p(differences) == pytest.approx(expected)
    assert signed_rank_p(differences[:50]) == pytest.approx(
        wilcoxon(differences[:50], alternative="greater").pvalue
    )


def asked(
    reports: dict[int, float], best: dict[int, float], *, direction: str = "minimize"
) -> bool:
    study = RecordedStudy(direction)
    trial = recorded(1, reports, TrialState.RUNNING)
    study.put(recorded(0, best), trial)
    return WilcoxonPruner().prune(study, trial)  # type: ignore[arg-type]  # all that it reads


BEST = dict.fromkeys(range(8), 1.0)


@pytest.mark.parametrize(
    ("reports", "pruned"),
    [
        ({}, False),
        ({0: 2.0, 1: 2.0, 2: 2.0}, False),  # 1/8 > 0.1
        ({0: 2.0, 1: 2.0, 2: 2.0, 3: 2.0}, True),
        ({3: 2.0, 0: 2.0, 7: 2.0, 2: 2.0}, True),  # in any order
        ({8: 2.0, 9: 2.0, 10: 2.0, 11: 2.0, 0: 2.0}, False),  # steps that the best has not
        ({0: 2.0, 1: 2.0, 2: NAN, 3: 2.0}, False),
        ({0: INF, 1: INF, 2: INF, 3: INF}, True),
        ({0: NAN, 1: NAN, 2: NAN, 3: NAN}, False),
        ({0: 0.0, 1: 0.0, 2: 0.0, 3: 0.0}, False),
        ({0: 1.1, 1: 1.1, 2: 1.1, 3: 1.1, 4: -9.0, 20: 1.1}, False),  # the mean is better
    ],
)
def test_who_is_pruned(reports: dict[int, float], pruned: bool) -> None:
    assert asked(reports, BEST) is pruned
    mirrored = {step: -value for step, value in reports.items()}
    assert asked(mirrored, dict.fromkeys(range(8), -1.0), direction="maximize") is pruned


def test_nothing_to_compare_with() -> None:
    study = tunesmith.create_study(pruner=WilcoxonPruner())
    trial = study.ask()
    for fold in range(9):
        trial.report(9.0, fold)
        assert not trial.should_prune()


class TestSeveralObjectives:
    """Trials 0 and 1 are on the front, trial 2 is not."""

    COMPLETE = ((1.0, 9.0), (9.0, 1.0), (9.0, 9.0))

    def why(
        self,
        vectors: list[tuple[float, ...]],
        *,
        directions: tuple[str, str] = ("minimize", "minimize"),
        objective: str | int | None = None,
    ) -> PruneReason | None:
        signs = [1.0 if direction == "minimize" else -1.0 for direction in directions]

        def turned(vector: tuple[float, ...]) -> tuple[float, ...]:
            return tuple(sign * value for sign, value in zip(signs, vector, strict=True))

        study = RecordedStudy(*directions, metric_names=["loss", "size"])
        for number, level in enumerate(self.COMPLETE):
            study.put(recorded(number, dict.fromkeys(range(6), turned(level))))
        trial = recorded(3, dict(enumerate(map(turned, vectors))), TrialState.RUNNING)
        study.put(trial)
        pruner = WilcoxonPruner(objective=objective)
        is_pruned = pruner.prune(study, trial)  # type: ignore[arg-type]  # all that it reads
        reason = pruner.why(study.history, trial)
        assert (reason is not None) is is_pruned
        return reason

    @pytest.mark.parametrize(
        "directions", [("minimize", "minimize"), ("minimize", "maximize"), ("maximize",) * 2]
    )
    @pytest.mark.parametrize(
        ("vectors", "rival"),
        [
            ([(2.0, 9.5)] * 4, 0),
            ([(9.5, 2.0)] * 4, 1),
            ([(2.0, 9.5)] * 3, None),  # 1/8 > 0.1
            ([(2.0, 9.0)] * 4, 0),  # they differ in one objective only
            ([(1.0, 9.0)] * 4, None),  # they do not differ
            ([(2.0, 2.0)] * 4, None),  # better than each in one objective
            ([(0.5, 20.0)] * 4, None),
            ([(2.0, 9.5), (2.0, 9.5), (2.0, NAN), (2.0, 9.5)], None),
            ([(NAN, NAN)] * 4, None),
        ],
    )
    def test_significantly_worse_than_one_on_the_front_in_all(
        self,
        vectors: list[tuple[float, ...]],
        rival: int | None,
        directions: tuple[str, str],
    ) -> None:
        reason = self.why(vectors, directions=directions)
        assert (None if reason is None else reason.compared["trial"]) == rival
        if reason is not None:
            assert reason.compared["p"] == 1 / 16

    @pytest.mark.parametrize(
        ("objective", "rival"), [("loss", 0), (0, 0), ("size", None), (1, None)]
    )
    def test_one_of_them_alone(self, objective: str | int, rival: int | None) -> None:
        reason = self.why([(2.0, 0.5)] * 4, objective=objective)
        assert (None if reason is None else reason.compared["trial"]) == rival

    def test_what_violates_a_constraint_is_no_rival(self) -> None:
        study = RecordedStudy("minimize", "minimize")
        best = recorded(0, dict.fromkeys(range(6), (0.0, 0.0)), constraints={"memory": 1.0})
        trial = recorded(1, dict.fromkeys(range(6), (1.0, 1.0)), TrialState.RUNNING)
        study.put(best, trial)
        assert not WilcoxonPruner().prune(study, trial)  # type: ignore[arg-type]
