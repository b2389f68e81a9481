from __future__ import annotations

import math
from typing import Any

import pytest

import tunesmith
from tunesmith.pruners import SuccessiveHalvingPruner
from tunesmith.records import FrozenTrial, PruneReason, TrialState

from ..recorded_studies import RecordedStudy, recorded

RUNNING, PRUNED, FAIL = TrialState.RUNNING, TrialState.PRUNED, TrialState.FAIL


def ask(pruner: SuccessiveHalvingPruner, study: RecordedStudy, trial: FrozenTrial) -> bool:
    study.put(trial)
    return pruner.prune(study, trial)  # type: ignore[arg-type]  # all that it reads is there


def flat(number: int, value: float, n: int, state: TrialState = RUNNING) -> FrozenTrial:
    return recorded(number, dict.fromkeys(range(n), value), state)


class TestAuto:
    def test_prunes_nobody_before_a_trial_is_complete(self) -> None:
        study, pruner = RecordedStudy(), SuccessiveHalvingPruner()
        study.put(flat(0, 0.0, 50, PRUNED), recorded(1))  # complete, but without reports
        assert not ask(pruner, study, flat(2, 1.0, 50))
        assert not ask(pruner, study, recorded(3, {40: math.nan}, RUNNING))

    @pytest.mark.parametrize(
        ("last_step", "first_rung"), [(9, 1), (199, 1), (200, 2), (350, 3), (1000, 10)]
    )
    def test_first_rung_is_a_hundredth_of_the_first_complete_trial(
        self, last_step: int, first_rung: int
    ) -> None:
        study, pruner = RecordedStudy(), SuccessiveHalvingPruner()
        study.put(recorded(0, {last_step: 0.0}), recorded(1, {9999: 0.0}))
        ask(pruner, study, flat(2, 0.0, 20))
        answers = [ask(pruner, study, flat(3, 1.0, n)) for n in range(1, first_rung + 2)]
        assert answers == [False] * first_rung + [True]

    def test_what_ended_before_does_not_count(self) -> None:
        study, pruner = RecordedStudy(), SuccessiveHalvingPruner(reduction_factor=2)
        study.put(flat(0, 0.0, 10, FAIL), flat(1, 0.0, 10, TrialState.COMPLETE))
        assert not ask(pruner, study, flat(2, 5.0, 10))
        assert ask(pruner, study, flat(3, 6.0, 10))

    def test_first_complete_is_by_time_not_by_number(self) -> None:
        study, pruner = RecordedStudy(), SuccessiveHalvingPruner(reduction_factor=2)
        study.put(recorded(0, {500: 0.0}, ended_at=7), recorded(1, {300: 0.0}, ended_at=5))
        # Rungs at 3, 6, ...; trial 0 is on all of them.
        assert not ask(pruner, study, flat(2, 1.0, 3))
        assert ask(pruner, study, flat(2, 1.0, 4))


class TestRungs:
    def test_stopping_rate_leaves_out_rungs(self) -> None:
        pruner = SuccessiveHalvingPruner(3, reduction_factor=2, min_early_stopping_rate=2)
        study = RecordedStudy()
        study.put(flat(0, 0.0, 50))
        answers = [ask(pruner, study, flat(1, 1.0, n)) for n in range(1, 14)]
        assert answers == [False] * 12 + [True]

    @pytest.mark.parametrize("state", [TrialState.COMPLETE, PRUNED, FAIL, RUNNING])
    def test_everybody_who_arrived_counts(self, state: TrialState) -> None:
        study, pruner = RecordedStudy(), SuccessiveHalvingPruner(1)
        study.put(flat(0, 0.0, 2, state))
        assert ask(pruner, study, flat(1, 1.0, 2))

    def test_directions(self) -> None:
        for direction, expected in (("minimize", True), ("maximize", False)):
            study, pruner = RecordedStudy(direction), SuccessiveHalvingPruner(1)
            study.put(flat(0, 0.0, 2))
            assert ask(pruner, study, flat(1, 1.0, 2)) is expected

    def test_asking_again_gives_the_same_answer(self) -> None:
        study, pruner = RecordedStudy(), SuccessiveHalvingPruner(1)
        study.put(flat(0, 1.0, 2, RUNNING))
        trials = [flat(1, 0.0, 2), flat(2, 2.0, 2)]
        assert [ask(pruner, study, trial) for trial in trials] == [False, True]
        study.put(*(flat(3 + k, -1.0, 2) for k in range(9)))  # better ones arrive
        assert [ask(pruner, study, trial) for trial in trials] == [False, True]

    def test_asking_seldom_misses_no_rung(self) -> None:
        study, pruner = RecordedStudy(), SuccessiveHalvingPruner(2, reduction_factor=4)
        study.put(flat(0, 1.0, 7))
        for n in range(1, 6):  # behind at step 2, where nobody asks
            study.put(flat(1, 9.0, n))
        assert ask(pruner, study, flat(1, 9.0, 6))

    def test_record_with_other_reports_than_the_history_is_judged_by_its_own(self) -> None:
        study, pruner = RecordedStudy(), SuccessiveHalvingPruner(1)
        study.put(flat(0, 1.0, 2), flat(1, 5.0, 2, RUNNING))
        smoothed = flat(1, 0.5, 2)
        assert not pruner.prune(study, smoothed)  # type: ignore[arg-type]
        assert pruner.prune(study, flat(1, 5.0, 2))  # type: ignore[arg-type]

    def test_no_reports_no_pruning(self) -> None:
        study, pruner = RecordedStudy(), SuccessiveHalvingPruner(1)
        study.put(flat(0, 1.0, 2))
        assert not ask(pruner, study, recorded(1, {}, RUNNING))

    def test_two_pruners_have_rungs_of_their_own(self) -> None:
        study = RecordedStudy()
        study.put(*(flat(k, float(k), 3) for k in range(4)))
        trial = flat(9, 0.5, 3)
        assert not ask(SuccessiveHalvingPruner(2, reduction_factor=2), study, trial)
        assert ask(SuccessiveHalvingPruner(2, reduction_factor=4), study, trial)


Vector = tuple[float, ...]


def ask_in_turn(
    pruner: SuccessiveHalvingPruner, study: RecordedStudy, values: list[Vector], step: int = 1
) -> list[bool]:
    """Let a trial per value arrive, and return which are held back."""
    answers = []
    for value in values:
        trial = recorded(len(study.history), {step: value}, RUNNING)
        answers.append(ask(pruner, study, trial))
    return answers


# In the order of arrival, with the place that each has then.
ARRIVALS: list[tuple[Vector, int]] = [
    ((0.0, 4.0), 1),
    ((4.0, 0.0), 1),  # adds as much as the first
    ((1.0, 1.0), 1),  # adds more than both
    ((3.9, 2.0), 4),  # behind the front
    ((3.5, 0.9), 4),  # on the front, and adds least
    ((0.5, 0.5), 1),  # dominates two of them
]


class TestSeveralObjectives:
    @pytest.mark.parametrize("signs", [(1, 1), (1, -1), (-1, -1)])
    def test_the_place_by_non_domination_and_hypervolume(self, signs: tuple[int, int]) -> None:
        directions = ["minimize" if sign > 0 else "maximize" for sign in signs]
        study = RecordedStudy(*directions)
        pruner = SuccessiveHalvingPruner(1, reduction_factor=2)
        values = [(signs[0] * a, signs[1] * b) for (a, b), _ in ARRIVALS]
        held_back = ask_in_turn(pruner, study, values)
        assert held_back == [False, False, False, True, True, False]

        shown = [pruner.explain(study, number) for number in range(6)]  # type: ignore[call-overload]
        assert [(rung.value, rung.place, rung.n_arrived) for rungs in shown for rung in rungs] == [
            (value, place, number + 1)
            for number, (value, (_, place)) in enumerate(zip(values, ARRIVALS, strict=True))
        ]

    def test_why(self) -> None:
        study, pruner = RecordedStudy("minimize", "minimize"), SuccessiveHalvingPruner(1, 2)
        ask_in_turn(pruner, study, [value for value, _ in ARRIVALS[:4]])
        trial = recorded(4, {1: ARRIVALS[4][0]}, RUNNING)
        assert ask(pruner, study, trial)
        assert pruner.why(study.history, trial) == PruneReason(
            "SuccessiveHalvingPruner",
            1,
            (3.5, 0.9),
            "(3.5, 0.9) is in place 4 of 5 that have arrived at rung 0 (step 1), and 2 may go on",
            {"rung": 0, "rung_step": 1.0, "place": 4, "n_arrived": 5, "n_promoted": 2},
        )

    def test_explain_prints_vectors(self) -> None:
        study = tunesmith.create_study(directions=["minimize", "maximize"])
        for (a, b), _ in ARRIVALS:
            trial = tunesmith.create_trial(values=[a, -b], intermediate_vectors={1: (a, -b)})
            study.add_trial(trial)
        pruner = SuccessiveHalvingPruner(1, reduction_factor=2)
        assert str(pruner.explain(study)).splitlines() == [
            "bracket  step  arrived  went on  best that stopped",
            "      0     1        6        4        (3.5, -0.9)",
        ]
        assert str(pruner.explain(study, 4)).splitlines() == [
            "bracket  step        value  place  of  went on",
            "      0     1  (3.5, -0.9)      4   5       no",
        ]

    @pytest.mark.parametrize(
        ("objective", "held_back"),
        [
            ("loss", [False, True, True, True, True, True]),
            ("size", [False, False, True, True, True, True]),
        ],
    )
    def test_one_of_them_alone(self, objective: str, held_back: list[bool]) -> None:
        for name in (objective, ["loss", "size"].index(objective)):
            study = RecordedStudy("minimize", "minimize", metric_names=["loss", "size"])
            pruner = SuccessiveHalvingPruner(1, reduction_factor=4, objective=name)
            assert ask_in_turn(pruner, study, [value for value, _ in ARRIVALS]) == held_back
            (rung,) = pruner.explain(study)  # type: ignore[call-overload]
            assert isinstance(rung.best_stopped, float)

    def test_a_vector_with_a_nan_does_not_arrive(self) -> None:
        study, pruner = RecordedStudy("minimize", "minimize"), SuccessiveHalvingPruner(1, 2)
        assert ask_in_turn(pruner, study, [(1.0, 1.0), (0.0, math.nan)]) == [False, True]
        trial = recorded(1, {1: (0.0, math.nan)}, RUNNING)
        assert "has reported nothing but NaN" in str(pruner.why(study.history, trial))
        assert ask_in_turn(pruner, study, [(2.0, math.inf)]) == [True]
        assert ask_in_turn(pruner, study, [(0.5, -math.inf)]) == [False]

    def test_a_record_with_other_reports_than_the_history_is_judged_by_its_own(self) -> None:
        study, pruner = RecordedStudy("minimize", "minimize"), SuccessiveHalvingPruner(1, 2)
        ask_in_turn(pruner, study, [(1.0, 1.0), (5.0, 5.0)])
        smoothed = recorded(1, {1: (0.5, 0.5)}, RUNNING)
        assert not pruner.prune(study, smoothed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"min_resource": 0}, "min_resource must be at least 1, got min_resource=0"),
        ({"min_resource": "all"}, "min_resource must be 'auto' or at least 1, got .*'all'"),
        ({"reduction_factor": 1}, "reduction_factor must be at least 2"),
        ({"min_early_stopping_rate": -1}, "min_early_stopping_rate must be at least 0"),
        ({"bootstrap_count": -1}, "bootstrap_count must be at least 0"),
        ({"bootstrap_count": 3}, "bootstrap_count=3 needs a min_resource .* Use min_resource=1"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SuccessiveHalvingPruner(**arguments)
