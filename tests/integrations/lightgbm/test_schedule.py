from __future__ import annotations

import json
from typing import Any

from tunesmith.distributions import FloatDistribution, IntDistribution
from tunesmith.integrations.lightgbm import TuningStep
from tunesmith.integrations.lightgbm.schedule import (
    ITERATION_TIME,
    PARAMS,
    STEP,
    Schedule,
    best_of,
)
from tunesmith.study import StudyDirection
from tunesmith.trial import FrozenTrial, TrialState, create_trial

MINIMIZE = StudyDirection.MINIMIZE
GRID = TuningStep("bins", {"max_bin": [15, 31, 63]})
SEARCH = TuningStep("leaves", {"num_leaves": IntDistribution(2, 64)}, 3)


def trial(
    number: int,
    step: str | None,
    params: dict[str, Any],
    value: float | None = None,
    state: TrialState = TrialState.COMPLETE,
    **attrs: Any,
) -> FrozenTrial:
    made = create_trial(
        state=state,
        value=value,
        params=params,
        distributions={name: IntDistribution(0, 100) for name in params},
        user_attrs={} if step is None else {STEP: step, PARAMS: json.dumps(params), **attrs},
    )
    made.number = number
    return made


def schedule(*steps: TuningStep, **options: Any) -> Schedule:
    start = {"max_bin": 255, "num_leaves": 31, "seed": 0}
    return Schedule(steps or [GRID, SEARCH], start, MINIMIZE, 1, **options)


def test_steps_follow_each_other_and_keep_what_was_best() -> None:
    trials: list[FrozenTrial] = []
    plans = []
    for number, value in enumerate([3, 1, 2, 5, 4, 6]):
        plan = schedule().next_plan(trials, number)
        assert plan is not None
        plans.append(plan)
        trials.append(trial(number, plan.step, plan.values, value))
    assert [plan.step for plan in plans] == ["bins"] * 3 + ["leaves"] * 3
    assert [plan.values for plan in plans[:3]] == [{"max_bin": b} for b in (15, 31, 63)]
    assert all(plan.fixed["max_bin"] == 255 for plan in plans[:3])
    assert all(plan.fixed == {"max_bin": 31, "num_leaves": 31, "seed": 0} for plan in plans[3:])
    assert schedule().next_plan(trials) is None


def test_a_step_starts_from_what_was_best_when_it_began() -> None:
    # Or a step whose space depends on it would change its space on the way.
    around = TuningStep("around", lambda best: {"max_bin": [best["max_bin"] + k for k in (1, 2)]})
    trials = [trial(k, "bins", {"max_bin": b}, k) for k, b in enumerate([15, 31, 63])]
    trials.append(trial(3, "around", {"max_bin": 16}, -1))
    plan = schedule(GRID, around).next_plan(trials)
    assert plan is not None
    assert (plan.fixed["max_bin"], plan.values) == (15, {"max_bin": 17})


def test_what_is_drawn_depends_on_the_trials_of_the_step_alone() -> None:
    trials = [trial(k, "leaves", {"num_leaves": 8 + k}, 1.0) for k in range(2)]
    shifted = [
        trial(0, None, {"x": 1}, 0.0),
        trial(1, "leaves", {"num_leaves": 50}, None, TrialState.FAIL),
        trial(4, "leaves", {"num_leaves": 8}, 1.0),
        trial(7, "leaves", {"num_leaves": 9}, 1.0),
    ]
    first, second = (schedule(SEARCH).next_plan(some) for some in (trials, shifted))
    assert first is not None
    assert second is not None
    assert first.values == second.values


def test_a_trial_that_failed_before_it_had_a_score_is_repeated() -> None:
    done = trial(0, "bins", {"max_bin": 15}, 1.0)
    lost = trial(1, "bins", {"max_bin": 31}, None, TrialState.FAIL)
    plan = schedule(GRID).next_plan([done, lost])
    assert plan is not None
    assert plan.values == {"max_bin": 31}
    tried = trial(1, "bins", {"max_bin": 31}, None, TrialState.FAIL, **{ITERATION_TIME: 0.1})
    plan = schedule(GRID).next_plan([done, tried])
    assert plan is not None
    assert plan.values == {"max_bin": 63}


def test_what_another_process_runs_is_left_to_it() -> None:
    running = trial(0, "bins", {"max_bin": 15}, None, TrialState.RUNNING)
    plan = schedule(GRID).next_plan([running], 1)
    assert plan is not None
    assert plan.values == {"max_bin": 31}
    plan = schedule(GRID, abandoned=[0]).next_plan([running], 1)
    assert plan is not None
    assert plan.values == {"max_bin": 15}


def test_two_that_draw_at_once_draw_differently() -> None:
    search = TuningStep("eta", {"eta": FloatDistribution(0, 1)}, 9)
    first = schedule(search).next_plan([], 0)
    assert first is not None
    running = create_trial(
        state=TrialState.RUNNING,
        params=first.values,
        distributions=first.space,
        user_attrs={STEP: "eta"},
    )
    second = schedule(search).next_plan([running], 1)
    assert second is not None
    assert first.values != second.values


def test_the_first_of_equals_is_the_best_and_trials_of_others_do_not_count() -> None:
    trials = [
        trial(0, None, {"x": 1}, -9.0),
        trial(1, "bins", {"max_bin": 15}, 2.0),
        trial(2, "bins", {"max_bin": 31}, 1.0),
        trial(3, "bins", {"max_bin": 63}, 1.0),
        trial(4, "bins", {"max_bin": 63}, 0.5, TrialState.PRUNED),
    ]
    best = best_of(trials, MINIMIZE)
    assert best is not None
    assert best.number == 2
    best = best_of(trials, StudyDirection.MAXIMIZE)
    assert best is not None
    assert best.number == 1
    assert best_of(trials[:1], MINIMIZE) is None
