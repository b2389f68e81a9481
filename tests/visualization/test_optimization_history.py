"""What is known of a study's progress."""

from __future__ import annotations

import pytest

import tunesmith
from tunesmith.trial import TrialState, create_trial
from tunesmith.visualization.optimization_history import optimization_history


@pytest.mark.parametrize(
    ("direction", "best"), [("minimize", [3.0, 3.0, 1.0, 1.0]), ("maximize", [3.0, 3.0, 3.0, 3.0])]
)
def test_the_best_value_lasts_from_the_first_to_the_last_trial(direction, best):
    study = tunesmith.create_study(direction=direction)
    study.add_trial(create_trial(state=TrialState.FAIL))
    study.add_trial(create_trial(value=3.0))
    study.add_trial(create_trial(state=TrialState.FAIL))
    study.add_trial(create_trial(value=1.0))
    study.ask()

    (history,) = optimization_history(study)

    assert history.numbers.tolist() == [1, 3]
    assert history.values.tolist() == [3.0, 1.0]
    assert history.best_numbers.tolist() == [1, 2, 3, 4]
    assert history.best_values.tolist() == best
    assert history.failed_numbers.tolist() == [0, 2]


def test_an_infeasible_trial_is_not_the_best():
    study = tunesmith.create_study()
    for value, violation in ((0.0, 1.0), (5.0, 0.0), (1.0, 2.0), (4.0, -1.0), (-1.0, 0.5)):
        study.add_trial(create_trial(value=value, constraints={"g": violation}))

    (history,) = optimization_history(study)

    assert history.numbers.tolist() == [1, 3]
    assert history.infeasible_numbers.tolist() == [0, 2, 4]
    assert history.infeasible_values.tolist() == [0.0, 1.0, -1.0]
    assert history.best_numbers.tolist() == [1, 2, 3, 4]
    assert history.best_values.tolist() == [5.0, 5.0, 4.0, 4.0]


def test_a_pruned_trial_without_a_report_has_no_place():
    study = tunesmith.create_study()
    study.add_trial(create_trial(state=TrialState.PRUNED))
    study.add_trial(create_trial(state=TrialState.PRUNED, value=2.0))

    (history,) = optimization_history(study)

    assert history.pruned_numbers.tolist() == [1]
    assert history.pruned_values.tolist() == [2.0]
    assert history.best_values.tolist() == []


def test_a_target_sees_complete_trials_and_has_no_best():
    study = tunesmith.create_study(directions=["minimize", "maximize"])
    study.add_trial(create_trial(values=[1.0, 5.0]))
    study.add_trial(create_trial(state=TrialState.FAIL))
    study.add_trial(create_trial(values=[2.0, 4.0]))

    (history,) = optimization_history(study, lambda trial: trial.values[1])

    assert history.values.tolist() == [5.0, 4.0]
    assert history.best_values is None


@pytest.mark.parametrize("several", [list, tuple, iter])
def test_several_studies_in_their_order(several):
    studies = [tunesmith.create_study(study_name=name) for name in "ba"]

    assert [h.study_name for h in optimization_history(several(studies))] == ["b", "a"]


@pytest.mark.parametrize("study", [3, None, ["name"], "name"])
def test_what_is_no_study(study):
    with pytest.raises(TypeError, match="A study or a sequence of studies is needed"):
        optimization_history(study)


def test_one_study_of_several_with_several_objectives():
    studies = [
        tunesmith.create_study(),
        tunesmith.create_study(study_name="both", directions=["minimize", "maximize"]),
    ]

    with pytest.raises(ValueError, match="'both' has 2 objectives; .* target=lambda"):
        optimization_history(studies)


@pytest.mark.parametrize("answer", [None, "high", [1.0, 2.0]])
def test_a_target_that_returns_no_number(answer):
    study = tunesmith.create_study()
    study.add_trial(create_trial(value=1.0))

    with pytest.raises(ValueError, match="for trial 0; it must return a number"):
        optimization_history(study, lambda trial: answer)
