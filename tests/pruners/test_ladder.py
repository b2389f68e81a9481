from __future__ import annotations

import math

import pytest

from tunesmith.history.curves import Finish
from tunesmith.pruners.ladder import Ladder, LadderRule

NAN = math.nan


def ladder(
    first_step: float = 1,
    factor: int = 2,
    n_bootstrap: int = 0,
    *,
    maximize: bool = False,
    after: Finish | None = None,
) -> Ladder:
    signs = (-1.0 if maximize else 1.0,)
    return Ladder(LadderRule(first_step, factor, n_bootstrap, signs, after))


def climb(on: Ladder, number: int, *values: float) -> str:
    """Report from step 0 on until held back; return one letter per report."""
    answers = ""
    for step, value in enumerate(values):
        on.take(number, {step: value}, None)
        answers += "x" if on.rejects(number) else "."
        if on.rejects(number):
            break
    return answers


def test_best_half_goes_on_at_each_rung() -> None:
    on = ladder(first_step=1, factor=2)  # rungs at 1, 2, 4, 8
    assert climb(on, 0, *[1.0] * 9) == "........."
    assert climb(on, 1, *[2.0] * 9) == ".x"  # 1 of 2 goes on
    assert climb(on, 2, *[0.5] * 9) == "........."
    assert climb(on, 3, *[1.0] * 9) == "..x"  # 2 of 4 at rung 0, where it ties; 1 of 3 next
    assert climb(on, 4, *[0.7] * 9) == "....x"


def test_maximize_is_the_mirror_image() -> None:
    up, down = ladder(maximize=True), ladder()
    for number, value in enumerate([1.0, 2.0, 0.5, 1.0, 0.7, 3.0]):
        assert climb(up, number, *[value] * 9) == climb(down, number, *[-value] * 9)


def test_equals_share_a_place() -> None:
    on = ladder(factor=4)
    assert [climb(on, number, 1.0, 1.0) for number in range(5)] == [".."] * 5


def test_first_steps_of_the_rungs() -> None:
    on = ladder(first_step=6, factor=2)
    climb(on, 0, *[0.0] * 30)
    assert climb(on, 1, *[1.0] * 30) == "......x"


def test_one_report_climbs_until_it_is_held_back() -> None:
    on = ladder(first_step=1, factor=2)
    on.take(0, {100: 1.0}, None)
    on.take(1, {100: 2.0}, None)  # held back at rung 0, so it is on no other rung
    on.take(2, {100: 0.0}, None)
    on.take(3, {100: 1.0}, None)  # 2 of 4 at rung 0, 1 of 3 at rung 1
    assert [on.rejects(number) for number in range(4)] == [False, True, False, True]
    on.take(4, {100: 0.5}, None)  # 2 of 5, 2 of 4, 1 of 3 at rung 2
    assert on.rejects(4)


def test_promotion_is_final() -> None:
    on = ladder(first_step=1, factor=2)
    assert climb(on, 0, 5.0, 5.0) == ".."
    for number in range(1, 6):
        climb(on, number, 0.0, 0.0)
    assert not on.rejects(0)


def test_who_was_held_back_and_went_on_all_the_same_may_recover() -> None:
    on = ladder(first_step=1, factor=2)
    climb(on, 0, *[1.0] * 5)
    on.take(1, {1: 2.0}, None)
    assert on.rejects(1)
    on.take(1, {2: 0.5}, None)
    assert not on.rejects(1)


def test_nan_at_a_rung_is_held_back_until_there_is_a_value() -> None:
    on = ladder(first_step=2)
    assert climb(on, 0, NAN, NAN, NAN) == "..x"
    on.take(0, {3: 1.0}, None)
    assert not on.rejects(0)
    assert climb(on, 1, 0.0, 0.0, 2.0) == "..x"  # 1.0 is what counts for trial 0


def test_nan_between_rungs_does_not_matter() -> None:
    assert climb(ladder(first_step=2), 0, NAN, 1.0, 1.0, NAN, 1.0, NAN) == "......"


def test_steps_behind_the_furthest_do_not_count() -> None:
    on = ladder(first_step=4)
    on.take(0, {7: 1.0}, None)
    on.take(0, {5: 0.0}, None)
    on.take(1, {4: 0.5}, None)
    assert not on.rejects(1)  # against 1.0


def test_nobody_goes_on_before_enough_have_arrived() -> None:
    on = ladder(first_step=1, n_bootstrap=2)
    assert climb(on, 0, 5.0, 5.0) == ".x"
    assert climb(on, 1, 4.0, 4.0) == ".x"
    assert climb(on, 2, 3.0, 3.0, 3.0) == "..x"  # the first on rung 1


def test_trials_that_ended_too_early_take_no_part() -> None:
    on = ladder(first_step=1, after=Finish(10.0, 3))
    on.take(0, {1: 0.0}, Finish(9.0, 0))
    on.take(3, {1: 0.0}, Finish(10.0, 3))
    assert on.rejects(0) is None
    assert on.rejects(3) is None
    on.take(4, {1: 1.0}, Finish(10.0, 4))
    on.take(5, {1: 0.5}, None)
    assert on.rejects(4) is False
    assert on.rejects(5) is False


def test_hypothetical_trial_leaves_no_trace() -> None:
    on = ladder(first_step=1, factor=2)
    climb(on, 0, 1.0, 1.0)
    for _ in range(3):
        assert on.would_reject({0: 2.0, 1: 2.0})
        assert not on.would_reject({0: 0.5, 1: 0.5})
        assert not on.would_reject({0: 2.0})
        assert on.would_reject({1: NAN})


@pytest.mark.parametrize("together", [True, False])
def test_reports_count_alike_one_by_one_and_together(together: bool) -> None:
    on = ladder(first_step=1, factor=2)
    climb(on, 0, *[1.0] * 5)
    reports = {0: 9.0, 1: 0.5, 2: 3.0, 3: 0.0}
    if together:
        on.take(1, reports, None)
    else:
        for step, value in reports.items():
            on.take(1, {step: value}, None)
    assert on.rejects(1)  # by the 3.0 at step 2
    assert not on.would_reject({0: 9.0, 1: 0.5})
