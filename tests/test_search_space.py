"""Parameters in common, as Optuna finds them."""

from __future__ import annotations

import optuna
import pytest

import tunesmith
from tunesmith.search_space import IntersectionSearchSpace, intersection_search_space


def run(library, n_trials=6):
    study = library.create_study(sampler=library.samplers.RandomSampler(seed=0))

    def objective(trial):
        trial.suggest_float("always", 0, 1)
        trial.suggest_int("growing", 0, 3 + trial.number % 2)
        if trial.number != 2:
            trial.suggest_categorical("not in a pruned one", [1, 2])
        if trial.number == 2:
            raise library.TrialPruned
        if trial.number == 3:
            return None
        return 0.0

    study.optimize(objective, n_trials=n_trials)
    return study


@pytest.mark.parametrize("include_pruned", [False, True])
def test_as_in_optuna(include_pruned):
    ours, theirs = run(tunesmith), run(optuna)
    expected = optuna.search_space.intersection_search_space(
        theirs.trials, include_pruned=include_pruned
    )

    found = intersection_search_space(ours.trials, include_pruned=include_pruned)
    tracked = IntersectionSearchSpace(include_pruned=include_pruned)

    assert {k: repr(v) for k, v in found.items()} == {k: repr(v) for k, v in expected.items()}
    assert list(found) == list(expected)
    assert tracked.calculate(ours) == found


def test_the_tracker_follows_its_study():
    study = run(tunesmith, n_trials=2)
    tracker = IntersectionSearchSpace()
    assert "always" in tracker.calculate(study)

    study.optimize(lambda trial: trial.suggest_float("other", 0, 1), n_trials=1)

    assert tracker.calculate(study) == {}
    other = tunesmith.create_study(storage=study.storage)
    with pytest.raises(ValueError, match="one study"):
        tracker.calculate(other)
