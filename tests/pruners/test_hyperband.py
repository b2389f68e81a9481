"""Hyperband: brackets, and what they do."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import pytest

import tunesmith
from tunesmith.pruners import HyperbandPruner, SuccessiveHalvingPruner
from tunesmith.records import TrialState

from ..recorded_studies import RecordedStudy, recorded


def curve(number: int, n_steps: int = 27) -> dict[int, float]:
    draw = random.Random(number)
    level = draw.gauss(0, 1)
    return {step: level + draw.gauss(0, 0.2) for step in range(1, n_steps + 1)}


def answers(pruner: tunesmith.pruners.BasePruner, numbers: list[int]) -> dict[int, int | None]:
    """Run trials; return the step at which each was pruned."""
    study, pruned = RecordedStudy(), {}
    for number in numbers:
        pruned[number], reports = None, {}
        for step, value in curve(number).items():
            reports[step] = value
            trial = recorded(number, dict(reports), TrialState.RUNNING)
            study.put(trial)
            if pruner.prune(study, trial):  # type: ignore[arg-type]  # all that it reads is there
                pruned[number] = step
                break
        study.put(
            recorded(number, reports, TrialState.PRUNED if pruned[number] else TrialState.COMPLETE)
        )
    return pruned


def test_a_bracket_is_successive_halving_among_its_own() -> None:
    # Four brackets with 27, 12, 6 and 4 parts of 49.
    found = answers(HyperbandPruner(max_resource=27), list(range(98)))
    members: dict[int, list[int]] = {}
    golden = (5**0.5 - 1) / 2
    for number in found:
        at = (0.5 + number * golden) % 1 * 49
        members.setdefault(sum(at >= limit for limit in (27, 39, 45)), []).append(number)
    assert [len(members[k]) for k in range(4)] == pytest.approx([54, 24, 12, 8], abs=1)
    for bracket, numbers in members.items():
        halving = SuccessiveHalvingPruner(
            min_resource=1, reduction_factor=3, min_early_stopping_rate=bracket
        )
        alone = answers(halving, numbers)
        assert {number: found[number] for number in numbers} == alone
    steps = Counter(step for step in found.values() if step is not None)
    assert set(steps) == {1, 3, 9, 27}


def test_auto_waits_for_a_complete_trial() -> None:
    found = answers(HyperbandPruner(), list(range(60)))
    assert found[0] is None
    assert any(found.values())


def test_one_bracket_if_there_is_room_for_no_more() -> None:
    study = tunesmith.create_study(pruner=HyperbandPruner(min_resource=5, max_resource=9))
    for number in range(8):
        trial = study.ask()
        trial.report(number, 5)
        assert trial.should_prune() is (number > 0)
        study.tell(trial, number)


def test_explain_counts_what_happened() -> None:
    def objective(trial: tunesmith.Trial) -> float:
        for step, value in curve(trial.number).items():
            trial.report(value, step)
            if trial.should_prune():
                raise tunesmith.TrialPruned
        return value

    pruner = HyperbandPruner(max_resource=27)
    study = tunesmith.create_study(pruner=pruner, direction="maximize")
    assert list(pruner.explain(study)) == []
    study.optimize(objective, n_trials=80)
    rungs = pruner.explain(study)
    assert [(rung.bracket, rung.step) for rung in rungs][:4] == [(0, 1), (0, 3), (0, 9), (0, 27)]
    assert sum(rung.n_arrived for rung in rungs if rung.step == 3**rung.bracket) == 80
    for rung, following in itertools.pairwise(rungs):
        if rung.bracket == following.bracket:
            assert rung.n_went_on == following.n_arrived
    n_stopped = sum(rung.n_arrived - rung.n_went_on for rung in rungs)
    assert n_stopped == sum(trial.state is TrialState.PRUNED for trial in study.trials)
    assert str(rungs).splitlines()[0].split() == [
        "bracket",
        "step",
        "arrived",
        "went",
        "on",
        "best",
        "that",
        "stopped",
    ]


def vector_answers(pruner: tunesmith.pruners.BasePruner, numbers: list[int]) -> RecordedStudy:
    """Run trials with two objectives; the study has who was pruned."""
    study = RecordedStudy("minimize", "maximize", metric_names=["loss", "accuracy"])
    for number in numbers:
        state, reports = TrialState.COMPLETE, {}
        for step, value in curve(number, 9).items():
            reports[step] = (value, -curve(number + 1000, 9)[step])
            trial = recorded(number, dict(reports), TrialState.RUNNING)
            study.put(trial)
            if pruner.prune(study, trial):  # type: ignore[arg-type]  # all that it reads is there
                state = TrialState.PRUNED
                break
        study.put(recorded(number, reports, state, values=list(reports[step])))
    return study


def lengths(study: RecordedStudy) -> dict[int, int]:
    return {
        trial.number: len(trial.intermediate_vectors)
        for trial in study.history.trials
        if trial is not None
    }


@pytest.mark.parametrize("objective", [None, "accuracy", 0])
def test_a_bracket_of_several_objectives_is_halving_among_its_own(
    objective: str | int | None,
) -> None:
    pruner = HyperbandPruner(max_resource=9, objective=objective)
    study = vector_answers(pruner, list(range(60)))
    found = lengths(study)
    assert set(found.values()) == {1, 3, 9}
    rungs = list(pruner.explain(study))  # type: ignore[call-overload]
    assert [(rung.bracket, rung.step) for rung in rungs] == [
        (0, 1), (0, 3), (0, 9), (1, 3), (1, 9), (2, 9),
    ]  # fmt: skip
    kind = tuple if objective is None else float
    assert {type(rung.best_stopped) for rung in rungs if rung.best_stopped is not None} == {kind}
    members: dict[int, list[int]] = {0: [], 1: [], 2: []}
    for number in found:
        (first, *_) = pruner.explain(study, number)  # type: ignore[call-overload]
        members[first.bracket].append(number)
    for bracket, numbers in members.items():
        halving = SuccessiveHalvingPruner(
            1, reduction_factor=3, min_early_stopping_rate=bracket, objective=objective
        )
        alone = lengths(vector_answers(halving, numbers))
        assert alone == {number: found[number] for number in numbers}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"max_resource": "all"}, "'auto' or a number"),
        ({"min_resource": 10, "max_resource": 9}, "max_resource must be at least 10"),
        ({"reduction_factor": 1}, "reduction_factor must be at least 2"),
        ({"bootstrap_count": 3}, "needs a max_resource that is known"),
    ],
)
def test_bad_arguments(arguments: dict[str, int], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        HyperbandPruner(**arguments)
