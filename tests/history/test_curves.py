from __future__ import annotations

import datetime
import math
import random
from collections.abc import Mapping

import numpy as np
import pytest

from tunesmith.history import Curves
from tunesmith.history.curves import CurveIndex, Finish
from tunesmith.records import FrozenTrial, StudyDirection, TrialState

from ..recorded_studies import START, recorded

RUNNING, COMPLETE = TrialState.RUNNING, TrialState.COMPLETE
PRUNED, FAIL, WAITING = TrialState.PRUNED, TrialState.FAIL, TrialState.WAITING


def curves_of(*trials: FrozenTrial) -> Curves:
    curves = Curves()
    for trial in trials:
        curves.add(trial)
    return curves


def rows(curves: Curves) -> list[tuple[int, int, float]]:
    columns = (curves.trial_numbers, curves.steps, curves.values)
    return list(zip(*(column.tolist() for column in columns), strict=True))


class Diary(CurveIndex):
    """Writes down what it is given."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, dict[int, float], bool]] = []

    def take(self, number: int, reports: Mapping[int, float], finish: Finish | None) -> None:
        self.entries.append((number, dict(reports), finish is not None))


class TestColumns:
    def test_start_empty(self) -> None:
        curves = Curves()
        assert len(curves) == 0
        assert curves.trial_numbers.shape == curves.steps.shape == curves.values.shape == (0,)

    def test_hold_one_row_per_report_in_order_of_arrival(self) -> None:
        curves = curves_of(
            recorded(0, {0: 3.0}, RUNNING),
            recorded(1, {5: 1.0}, RUNNING),
            recorded(0, {0: 3.0, 2: 2.0}, RUNNING),
            recorded(1, {5: 1.0, 4: 0.0, 9: 7.0}),
        )
        assert rows(curves) == [(0, 0, 3.0), (1, 5, 1.0), (0, 2, 2.0), (1, 4, 0.0), (1, 9, 7.0)]
        assert len(curves) == 5

    def test_grow_beyond_their_first_capacity(self) -> None:
        curves = curves_of(*(recorded(k, {s: k + s / 8 for s in range(7)}) for k in range(100)))
        assert len(curves) == 700
        np.testing.assert_array_equal(curves.values, curves.trial_numbers + curves.steps / 8)

    def test_grow_at_once_for_one_long_curve(self) -> None:
        curves = curves_of(recorded(0, {s: float(s) for s in range(3000)}))
        np.testing.assert_array_equal(curves.values, np.arange(3000))

    def test_same_record_again_adds_nothing(self) -> None:
        trial = recorded(0, {0: 1.0, 1: math.nan}, RUNNING)
        curves = curves_of(trial, trial, recorded(0, {0: 1.0, 1: math.nan}))
        assert len(curves) == 2

    def test_finished_trials_are_taken_once(self) -> None:
        trial = recorded(0, {0: 1.0})
        curves = curves_of(trial, trial)
        assert len(curves) == 1
        assert curves.complete_at(0).ascending() == [1.0]

    def test_overwritten_value_replaces_the_old_one(self) -> None:
        curves = curves_of(
            recorded(0, {0: 1.0, 1: 2.0}, RUNNING),
            recorded(0, {0: 5.0, 1: 2.0}, RUNNING),
        )
        assert rows(curves) == [(0, 0, 5.0), (0, 1, 2.0)]

    def test_value_overwritten_beside_a_new_report_is_noticed_at_the_end(self) -> None:
        curves = curves_of(
            recorded(0, {0: 1.0}, RUNNING),
            recorded(0, {0: 5.0, 1: 2.0}, RUNNING),
            recorded(0, {0: 5.0, 1: 2.0}),
        )
        assert rows(curves) == [(0, 0, 5.0), (0, 1, 2.0)]
        assert curves.complete_at(0).ascending() == [5.0]

    def test_later_changes_of_a_running_record_do_not_show(self) -> None:
        trial = recorded(0, {0: 1.0}, RUNNING)
        curves = curves_of(trial)
        trial.intermediate_values[1] = 2.0
        assert rows(curves) == [(0, 0, 1.0)]
        curves.add(trial)
        assert rows(curves) == [(0, 0, 1.0), (0, 1, 2.0)]


class TestOneTrial:
    def test_curve_is_ordered_by_step(self) -> None:
        curves = curves_of(recorded(3, {7: 1.0, 2: math.nan, 5: 4.0}))
        steps, values = curves.of(3)
        assert steps.tolist() == [2, 5, 7]
        np.testing.assert_array_equal(values, [math.nan, 4.0, 1.0])

    def test_unknown_trial_has_an_empty_curve(self) -> None:
        steps, values = Curves().of(3)
        assert steps.shape == values.shape == (0,)
        assert Curves().last_step(3) is None

    @pytest.mark.parametrize(
        ("direction", "expected"),
        [
            (StudyDirection.MINIMIZE, [math.nan, 4.0, 4.0, 1.0, 1.0]),
            (StudyDirection.MAXIMIZE, [math.nan, 4.0, 4.0, 4.0, math.inf]),
        ],
    )
    def test_running_best_passes_over_nan(
        self, direction: StudyDirection, expected: list[float]
    ) -> None:
        reports = {1: 4.0, 0: math.nan, 3: 1.0, 2: math.nan, 4: math.inf}
        steps, best = curves_of(recorded(0, reports)).running_best(0, direction)
        assert steps.tolist() == [0, 1, 2, 3, 4]
        np.testing.assert_array_equal(best, expected)

    def test_last_step_is_the_largest_not_the_latest(self) -> None:
        curves = curves_of(recorded(0, {7: 1.0}, RUNNING), recorded(0, {7: 1.0, 3: 2.0}, RUNNING))
        assert curves.last_step(0) == 7

    def test_holds_what_it_has_taken_in(self) -> None:
        taken = recorded(0, {0: math.nan, 1: 2.0}, RUNNING)
        curves = curves_of(taken)
        assert curves.holds(taken)
        assert curves.holds(recorded(0, {0: float("nan"), 1: 2.0}, RUNNING))  # another NaN
        assert not curves.holds(recorded(0, {0: math.nan, 1: 2.5}, RUNNING))
        assert not curves.holds(recorded(0, {0: math.nan}, RUNNING))
        assert not curves.holds(recorded(1, {0: math.nan, 1: 2.0}, RUNNING))


class TestOneStep:
    def test_lists_all_trials_that_reported_there(self) -> None:
        curves = curves_of(
            recorded(2, {0: 1.0, 1: 2.0}, FAIL),
            recorded(0, {1: 3.0}, RUNNING),
            recorded(1, {1: math.nan}),
        )
        numbers, values = curves.at(1)
        assert numbers.tolist() == [2, 0, 1]
        np.testing.assert_array_equal(values, [2.0, 3.0, math.nan])

    def test_step_that_nobody_reported_is_empty(self) -> None:
        curves = curves_of(recorded(0, {1: 3.0}))
        numbers, values = curves.at(0)
        assert numbers.shape == values.shape == (0,)
        assert len(curves.complete_at(0)) == 0

    @pytest.mark.parametrize("state", [RUNNING, WAITING, PRUNED, FAIL])
    def test_only_complete_trials_are_ordered(self, state: TrialState) -> None:
        curves = curves_of(recorded(0, {0: 1.0}, state), recorded(1, {0: 2.0}))
        assert curves.complete_at(0).ascending() == [2.0]

    def test_running_trial_is_ordered_once_it_is_complete(self) -> None:
        curves = curves_of(recorded(0, {0: 1.0}, RUNNING))
        assert curves.complete_at(0).ascending() == []
        curves.add(recorded(0, {0: 1.0, 1: 0.5}))
        assert curves.complete_at(0).ascending() == [1.0]
        assert curves.complete_at(1).ascending() == [0.5]


class TestFirstComplete:
    def test_is_the_earliest_to_end_whatever_its_number(self) -> None:
        curves = curves_of(
            recorded(0, {0: 1.0}, ended_at=9),
            recorded(1, {0: 1.0}, PRUNED, ended_at=1),
            recorded(2, {0: 1.0}, ended_at=5),
        )
        first = curves.first_complete
        assert first is not None
        assert first.number == 2
        assert first.time == START + datetime.timedelta(seconds=5)

    def test_lower_number_wins_at_the_same_instant(self) -> None:
        curves = curves_of(
            recorded(3, {0: 1.0}, ended_at=1),
            recorded(2, {0: 1.0}, ended_at=1),
        )
        assert curves.first_complete is not None
        assert curves.first_complete.number == 2

    def test_is_none_before(self) -> None:
        curves = curves_of(recorded(0, {0: 1.0}, RUNNING), recorded(1, {0: 1.0}, PRUNED))
        assert curves.first_complete is None


class TestIndexes:
    def test_new_index_gets_what_was_there_by_number(self) -> None:
        curves = curves_of(recorded(1, {0: 1.0}, RUNNING), recorded(0, {3: 2.0, 1: 4.0}))
        diary = curves.index("diary", Diary)
        assert diary.entries == [(0, {3: 2.0, 1: 4.0}, True), (1, {0: 1.0}, False)]

    def test_index_gets_each_report_once(self) -> None:
        curves = Curves()
        diary = curves.index("diary", Diary)
        curves.add(recorded(0, {0: 1.0}, RUNNING))
        curves.add(recorded(0, {0: 1.0, 1: 2.0}, RUNNING))
        curves.add(recorded(0, {0: 1.0, 1: 2.0}))
        curves.add(recorded(1, {0: 3.0, 5: 4.0}))
        assert diary.entries == [
            (0, {0: 1.0}, False),
            (0, {1: 2.0}, False),
            (1, {0: 3.0, 5: 4.0}, True),
        ]

    def test_same_key_same_index(self) -> None:
        curves = Curves()
        assert curves.index("a", Diary) is curves.index("a", Diary)
        assert curves.index("a", Diary) is not curves.index("b", Diary)


@pytest.mark.parametrize("seed", range(30))
def test_any_order_of_arrival_ends_in_the_same_columns(seed: int) -> None:
    """What was kept up to date report by report equals what is read at once."""
    draw = random.Random(seed)
    values = [math.nan, math.inf, -math.inf, 0.0, 1.0, 2.0]
    finals = []
    for number in range(12):
        steps = draw.sample(range(9), draw.randint(1, 9))
        state = draw.choice([COMPLETE, COMPLETE, PRUNED, FAIL, RUNNING])
        finals.append(recorded(number, {step: draw.choice(values) for step in steps}, state))
    # Interleaved: each trial appears with ever more of its reports, in random strides.
    pending = {trial.number: 0 for trial in finals}
    grown = Curves()
    while pending:
        number = draw.choice(list(pending))
        final = finals[number]
        pending[number] += draw.randint(0, 3)
        reports = dict(list(final.intermediate_values.items())[: pending[number]])
        if len(reports) < len(final.intermediate_values):
            if reports:
                grown.add(recorded(number, reports, RUNNING))
        else:
            grown.add(final)
            del pending[number]
    at_once = curves_of(*finals)

    def by_trial(curves: Curves) -> list[str]:
        return sorted(map(repr, rows(curves)))

    assert by_trial(grown) == by_trial(at_once)
    assert grown.first_complete == at_once.first_complete
    for step in range(9):
        assert grown.complete_at(step).ascending() == at_once.complete_at(step).ascending()
        assert grown.complete_at(step).n_nan == at_once.complete_at(step).n_nan
        assert sorted(grown.at(step)[0]) == sorted(at_once.at(step)[0])
