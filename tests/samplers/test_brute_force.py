"""BruteForceSampler."""

from __future__ import annotations

import pytest

import tunesmith
from tunesmith.samplers import BruteForceSampler


def tree(trial):
    kind = trial.suggest_categorical("kind", ["a", "b", "c"])
    if kind == "a":
        return trial.suggest_int("n", 1, 3) + trial.suggest_float("x", 0, 1, step=0.5)
    if kind == "b":
        depth = trial.suggest_int("depth", 1, 2)
        return sum(trial.suggest_int(f"width{k}", 0, 1) for k in range(depth))
    return 0.0


N_PATHS = 3 * 3 + (2 + 4) + 1


def paths(study):
    return [tuple(sorted(trial.params.items())) for trial in study.trials]


def solved(seed=0, objective=tree, **options):
    study = tunesmith.create_study(sampler=BruteForceSampler(seed))
    study.optimize(objective, **options)
    return study


def test_every_path_once_then_it_stops():
    study = solved()
    assert len(study.trials) == len(set(paths(study))) == N_PATHS


def test_the_seed_fixes_the_order():
    assert paths(solved(1)) == paths(solved(1)) != paths(solved(2))


def test_a_resumed_study_goes_on(tmp_path):
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    for n_trials in (5, 1, None):
        study = tunesmith.create_study(
            study_name="s", storage=storage, load_if_exists=True, sampler=BruteForceSampler(1)
        )
        study.optimize(tree, n_trials=n_trials)

    assert paths(study) == paths(solved(1))


@pytest.mark.filterwarnings("ignore:Every combination")
def test_threads_share_it():
    study = solved(n_jobs=3)
    assert len(set(paths(study))) == N_PATHS
    assert len(study.trials) <= N_PATHS + 4


def test_trials_that_fail_count_those_that_break_off_do_not_hide_the_rest():
    def failing(trial):
        if trial.suggest_categorical("kind", ["a", "b"]) == "a" and trial.number < 4:
            raise ValueError("before the next parameter")
        return trial.suggest_int("n", 0, 2)

    study = tunesmith.create_study(sampler=BruteForceSampler(0))
    study.enqueue_trial({"kind": "a"})
    study.enqueue_trial({"kind": "a"})
    study.optimize(failing, catch=ValueError, n_trials=4)
    study.enqueue_trial({"kind": "a", "n": 1})
    study.optimize(failing, catch=ValueError)

    whole = {path for path in paths(study) if len(path) == 2}
    assert len(whole) == 6


def test_the_others_running_trials_are_left_to_them():
    study = tunesmith.create_study(sampler=BruteForceSampler(0))
    trials = [study.ask() for _ in range(6)]
    asked = {(t.suggest_int("x", 0, 2), t.suggest_categorical("c", ["a", "b"])) for t in trials}
    assert len(asked) == 6


@pytest.mark.parametrize(("avoids", "stops"), [(False, True), (True, False)])
def test_whether_it_waits_for_running_trials(avoids, stops):
    study = tunesmith.create_study(sampler=BruteForceSampler(0, avoid_premature_stop=avoids))
    running = study.ask()
    running.suggest_int("x", 0, 2)
    running.set_user_attr("keeps", True)  # writes the parameter, so that others know it
    study.optimize(lambda trial: trial.suggest_int("x", 0, 2), n_trials=10)

    assert (len(study.trials) == 3) == stops


def test_going_on_after_the_last_one_repeats_with_a_warning():
    study = solved()
    with pytest.warns(UserWarning, match="Every combination of parameters has been tried"):
        study.optimize(tree, n_trials=1)
    assert len(study.trials) == N_PATHS + 1


def test_infinitely_many_values():
    study = tunesmith.create_study(sampler=BruteForceSampler())
    with pytest.raises(ValueError, match="'x': FloatDistribution.* infinitely many values"):
        study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    study = tunesmith.create_study(sampler=BruteForceSampler())
    with pytest.raises(ValueError, match="has 2000001 values"):
        study.optimize(lambda trial: trial.suggest_int("x", 0, 2_000_000), n_trials=1)


def test_one_value_only():
    study = solved(objective=lambda trial: trial.suggest_float("x", 2, 2))
    assert len(study.trials) == 1
