from __future__ import annotations

import math
from typing import Any

import pytest

from tunesmith.pruners import MedianPruner, PercentilePruner
from tunesmith.records import PruneReason, TrialState

from ..recorded_studies import RecordedStudy, recorded

RUNNING, COMPLETE = TrialState.RUNNING, TrialState.COMPLETE
PRUNED, FAIL = TrialState.PRUNED, TrialState.FAIL
NAN, INF = math.nan, math.inf


def answer(
    pruner: PercentilePruner,
    own: dict[int, float],
    *others: dict[int, float] | tuple[TrialState, dict[int, float]],
    direction: str = "minimize",
) -> bool:
    study = RecordedStudy(direction)
    for number, other in enumerate(others):
        state, reports = other if isinstance(other, tuple) else (COMPLETE, other)
        study.put(recorded(number, reports, state))
    trial = recorded(len(others), own, RUNNING)
    study.put(trial)
    return pruner.prune(study, trial)  # type: ignore[arg-type]  # all that it reads is there


def median(**arguments: Any) -> MedianPruner:
    return MedianPruner(**{"n_startup_trials": 0, **arguments})


@pytest.mark.parametrize(
    ("direction", "own", "expected"),
    [
        ("minimize", 2.1, True),
        ("minimize", 2.0, False),
        ("minimize", 1.9, False),
        ("maximize", 1.9, True),
        ("maximize", 2.0, False),
        ("maximize", 2.1, False),
    ],
)
def test_worse_than_the_median_is_pruned(direction: str, own: float, expected: bool) -> None:
    others = [{0: 1.0}, {0: 2.0}, {0: 9.0}]
    assert answer(median(), {0: own}, *others, direction=direction) is expected


@pytest.mark.parametrize(
    ("direction", "kept", "pruned"), [("minimize", 1.75, 1.76), ("maximize", 3.25, 3.24)]
)
def test_percentile_is_the_share_that_goes_on(direction: str, kept: float, pruned: float) -> None:
    others = [{0: float(value)} for value in (1, 2, 3, 4)]
    pruner = PercentilePruner(25, n_startup_trials=0)
    assert not answer(pruner, {0: kept}, *others, direction=direction)
    assert answer(pruner, {0: pruned}, *others, direction=direction)


def test_best_so_far_counts_not_the_latest() -> None:
    others = [{0: 3.0, 1: 2.0}]
    assert not answer(median(), {0: 1.0, 1: 9.0}, *others)
    assert answer(median(), {0: 9.0, 1: 3.0}, *others)


def test_others_are_compared_at_the_same_step() -> None:
    assert not answer(median(), {0: 5.0}, {0: 6.0, 1: 0.0})
    assert answer(median(), {0: 5.0, 1: 5.0}, {0: 6.0, 1: 0.0})


def test_step_is_the_largest_whatever_was_reported_last() -> None:
    assert answer(median(), {7: 1.0, 5: 1.0}, {5: 10.0, 7: 0.0})


class TestWhoCounts:
    @pytest.mark.parametrize("state", [PRUNED, FAIL, RUNNING])
    def test_only_complete_trials(self, state: TrialState) -> None:
        assert not answer(median(), {0: 5.0}, (state, {0: 1.0}))
        assert not answer(median(), {0: 5.0}, {0: 6.0}, (state, {0: 1.0}), (state, {0: 1.0}))

    def test_none_at_all(self) -> None:
        assert not answer(median(), {0: 5.0})
        assert not answer(median(), {0: NAN})

    def test_nobody_at_this_step(self) -> None:
        assert not answer(median(), {1: 5.0}, {0: 1.0}, {2: 1.0})


class TestStart:
    def test_startup_trials_need_not_have_reports(self) -> None:
        pruner = median(n_startup_trials=2)
        assert not answer(pruner, {0: 5.0}, {0: 1.0})
        assert answer(pruner, {0: 5.0}, {0: 1.0}, {})

    def test_startup_trials_must_be_complete(self) -> None:
        assert not answer(median(n_startup_trials=2), {0: 5.0}, {0: 1.0}, (PRUNED, {0: 1.0}))

    def test_no_reports_no_pruning(self) -> None:
        assert not answer(median(), {}, {0: 1.0})

    def test_warm_up_is_over_at_its_step(self) -> None:
        others = [dict.fromkeys(range(5), 0.0)]
        reports = [dict.fromkeys(range(n), 1.0) for n in range(1, 6)]
        answers = [answer(median(n_warmup_steps=3), own, *others) for own in reports]
        assert answers == [False, False, False, True, True]

    def test_looks_once_per_interval(self) -> None:
        others = [dict.fromkeys(range(7), 0.0)]
        reports = [dict.fromkeys(range(n), 1.0) for n in range(1, 8)]
        pruner = median(n_warmup_steps=1, interval_steps=3)
        answers = [answer(pruner, own, *others) for own in reports]
        assert answers == [False, True, False, False, True, False, False]

    def test_minimum_of_trials_is_per_step(self) -> None:
        pruner = median(n_min_trials=2)
        assert not answer(pruner, {0: 5.0}, {0: 1.0}, {1: 1.0})
        assert answer(pruner, {0: 5.0}, {0: 1.0}, {0: 2.0})


class TestNaN:
    def test_nothing_but_nan_is_pruned(self) -> None:
        assert answer(median(), {0: NAN, 1: NAN}, {0: 1.0})

    def test_nothing_but_nan_is_pruned_where_nobody_reported(self) -> None:
        assert answer(median(n_min_trials=3), {9: NAN}, {0: 1.0})

    @pytest.mark.parametrize("own", [{0: NAN, 1: 0.5}, {0: 0.5, 1: NAN}])
    def test_own_nan_is_passed_over(self, own: dict[int, float]) -> None:
        assert not answer(median(), own, {1: 1.0})

    def test_nan_of_others_is_passed_over(self) -> None:
        assert answer(median(), {0: 1.5}, {0: NAN}, {0: 1.0})
        assert not answer(median(), {0: 0.5}, {0: NAN}, {0: 1.0})

    def test_others_that_are_all_nan_prune_nobody(self) -> None:
        assert not answer(median(), {0: 1.5}, {0: NAN}, {0: NAN})

    def test_nan_counts_for_the_minimum_of_trials(self) -> None:
        assert answer(median(n_min_trials=2), {0: 1.5}, {0: NAN}, {0: 1.0})


class TestInfinity:
    def test_own_infinity_is_the_worst(self) -> None:
        assert answer(median(), {0: INF}, {0: 1.0})
        assert answer(median(), {0: -INF}, {0: 1.0}, direction="maximize")

    def test_far_from_the_percentile_it_does_no_harm(self) -> None:
        others = [{0: value} for value in (1.0, 2.0, 3.0, INF, INF)]
        assert answer(PercentilePruner(25, 0), {0: 2.5}, *others)

    def test_next_to_the_percentile_it_keeps_everybody(self) -> None:
        assert not answer(median(), {0: 1e9}, {0: 1.0}, {0: 2.0}, {0: INF})


Vector = tuple[float, ...]

# Three on the front, of which (2, 2) adds most and (1, 5) least, and one behind it.
OTHERS: list[Vector] = [(1.0, 5.0), (2.0, 2.0), (5.0, 1.0), (4.0, 4.0)]


def why_vectors(
    pruner: PercentilePruner,
    own: dict[int, Vector],
    *others: dict[int, Vector],
    directions: tuple[str, ...] = ("minimize", "minimize"),
) -> PruneReason | None:
    study = RecordedStudy(*directions, metric_names=["loss", "size"])
    study.put(*(recorded(number, other, values=[0.0, 0.0]) for number, other in enumerate(others)))
    trial = recorded(len(others), own, RUNNING)
    study.put(trial)
    is_pruned = pruner.prune(study, trial)  # type: ignore[arg-type]  # all that it reads is there
    reason = pruner.why(study.history, trial)
    assert (reason is not None) is is_pruned
    return reason


class TestSeveralObjectives:
    @pytest.mark.parametrize("signs", [(1, 1), (1, -1), (-1, 1), (-1, -1)])
    @pytest.mark.parametrize(
        ("own", "place"),
        [
            ((0.5, 0.5), None),  # before all
            ((2.0, 2.0), None),  # as good as the best of the front
            ((1.1, 3.5), None),  # on the front, and one adds more
            ((1.1, 4.9), 3),  # on the front, too, but two add more
            ((3.0, 3.0), 4),  # behind the front
            ((9.0, 9.0), 5),
        ],
    )
    def test_the_place_by_non_domination_and_hypervolume(
        self, own: Vector, place: int | None, signs: tuple[int, int]
    ) -> None:
        def turned(vector: Vector) -> Vector:
            return tuple(sign * value for sign, value in zip(signs, vector, strict=True))

        reason = why_vectors(
            median(),
            {0: turned(own)},
            *({0: turned(other)} for other in OTHERS),
            directions=tuple("minimize" if sign > 0 else "maximize" for sign in signs),
        )
        if place is None:
            assert reason is None
            return
        assert reason == PruneReason(
            "MedianPruner",
            0,
            turned(own),
            f"{place - 1} of 4 complete trials are before it there, by non-domination and "
            "hypervolume; at most 50 % may be",
            {"place": place, "percentile": 50.0, "n_others": 4},
        )

    def test_the_percentile_is_the_share_that_goes_on(self) -> None:
        others = [{0: other} for other in OTHERS]
        for percentile, n_before in ((0, 0), (34, 1), (67, 2), (100, 3)):
            pruner = PercentilePruner(percentile, 0)
            for n, own in enumerate([(0.5, 0.5), (1.1, 3.5), (1.1, 4.9), (3.0, 3.0), (9.0, 9.0)]):
                assert (why_vectors(pruner, {0: own}, *others) is not None) is (n > n_before)

    def test_best_report_so_far_counts_not_the_latest(self) -> None:
        others = [{1: other} for other in OTHERS]
        assert why_vectors(median(), {0: (1.5, 1.5), 1: (9.0, 9.0)}, *others) is None
        reason = why_vectors(median(), {0: (1.1, 4.9), 1: (9.0, 9.0)}, *others)
        assert reason is not None
        assert (reason.step, reason.value, reason.compared["place"]) == (1, (1.1, 4.9), 3)

    @pytest.mark.parametrize(
        ("objective", "own", "pruned"),
        [
            ("loss", (9.0, 0.0), True),
            ("size", (9.0, 0.0), False),
            (0, (9.0, 0.0), True),
            (1, (9.0, 0.0), False),
            ("size", (NAN, 0.0), False),
            ("loss", (NAN, 0.0), True),  # nothing but NaN
        ],
    )
    def test_one_of_them_alone(self, objective: str | int, own: Vector, pruned: bool) -> None:
        pruner = median(objective=objective)
        reason = why_vectors(pruner, {0: own}, *({0: other} for other in OTHERS))
        assert (reason is not None) is pruned
        if reason is not None:
            index = 0 if objective == "loss" else objective
            assert str(reason.value) == str(own[int(index)])

    def test_the_direction_of_that_one(self) -> None:
        others = [{0: (0.0, 5.0)}]
        for direction, pruned in (("minimize", False), ("maximize", True)):
            reason = why_vectors(
                median(objective="size"),
                {0: (9.0, 4.0)},
                *others,
                directions=("minimize", direction),
            )
            assert (reason is not None) is pruned

    def test_vectors_with_a_nan_are_passed_over(self) -> None:
        others = [{0: other, 1: other} for other in OTHERS]
        assert why_vectors(median(), {0: (1.5, 1.5), 1: (NAN, 9.0)}, *others) is None
        reason = why_vectors(median(), {0: (NAN, 1.0), 1: (1.0, NAN)}, *others)
        assert str(reason) == (
            "MedianPruner at step 1: each of its reports has a NaN among its values."
        )
        assert why_vectors(median(), {0: (9.0, 9.0)}, {0: (NAN, 1.0)}) is None
        assert why_vectors(median(n_min_trials=2), {0: (9.0, 9.0)}, {0: (1.0, 1.0)}) is None
        assert why_vectors(
            median(n_min_trials=2), {0: (9.0, 9.0)}, {0: (1.0, 1.0)}, {0: (NAN, 1.0)}
        )

    def test_infinite_values_are_the_worst(self) -> None:
        others = [{0: other} for other in OTHERS]
        assert why_vectors(median(), {0: (INF, INF)}, *others)
        assert why_vectors(median(), {0: (-INF, -INF)}, *others) is None

    def test_startup_warm_up_and_interval(self) -> None:
        others = [dict.fromkeys(range(7), (0.0, 0.0))]
        bad = (1.0, 1.0)
        assert why_vectors(median(n_startup_trials=2), {0: bad}, *others) is None
        pruner = median(n_warmup_steps=1, interval_steps=3)
        reports = [dict.fromkeys(range(n), bad) for n in range(1, 8)]
        answers = [why_vectors(pruner, own, *others) is not None for own in reports]
        assert answers == [False, True, False, False, True, False, False]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"percentile": -1}, "percentile must be between 0 and 100, got percentile=-1"),
        ({"percentile": 100.5}, "Use percentile=50 for the median"),
        ({"percentile": NAN}, "got percentile=nan"),
        ({"n_startup_trials": -1}, "n_startup_trials must be at least 0"),
        ({"n_warmup_steps": -1}, "n_warmup_steps must be at least 0"),
        ({"interval_steps": 0}, "interval_steps must be at least 1"),
        ({"n_min_trials": 0}, "n_min_trials must be at least 1"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PercentilePruner(**{"percentile": 50, **arguments})
    if "percentile" not in arguments:
        with pytest.raises(ValueError, match=message):
            MedianPruner(**arguments)
