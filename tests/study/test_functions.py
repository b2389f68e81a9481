"""Making, finding, copying and deleting studies."""

from __future__ import annotations

import pytest

import tunesmith
from tunesmith.exceptions import DuplicatedStudyError
from tunesmith.records import StudyDirection
from tunesmith.storages import InMemoryStorage


@pytest.fixture(params=["memory", "sqlite"])
def storage(request, tmp_path):
    if request.param == "memory":
        return InMemoryStorage()
    return f"sqlite:///{tmp_path / 's.db'}"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, ["MINIMIZE"]),
        ({"direction": "maximize"}, ["MAXIMIZE"]),
        ({"direction": StudyDirection.MAXIMIZE}, ["MAXIMIZE"]),
        ({"directions": ["minimize", "maximize"]}, ["MINIMIZE", "MAXIMIZE"]),
        ({"directions": (StudyDirection.MAXIMIZE,)}, ["MAXIMIZE"]),
    ],
)
def test_directions(arguments, expected):
    study = tunesmith.create_study(**arguments)

    assert [direction.name for direction in study.directions] == expected


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ({"direction": "max"}, "'max'"),
        ({"direction": StudyDirection.NOT_SET}, "NOT_SET"),
        ({"directions": []}, "directions"),
        ({"directions": ["minimize", "up"]}, "'up'"),
        ({"directions": "minimize"}, "minimize"),
        ({"direction": "minimize", "directions": ["minimize"]}, "direction"),
    ],
)
def test_bad_directions_create_nothing(arguments, shown):
    storage = InMemoryStorage()

    with pytest.raises(ValueError, match=shown):
        tunesmith.create_study(storage=storage, **arguments)

    assert storage.get_all_studies() == []


def test_a_name_is_taken_once(storage):
    first = tunesmith.create_study(storage=storage, study_name="s", direction="maximize")
    first.optimize(lambda _: 1.0, n_trials=2)

    with pytest.raises(DuplicatedStudyError, match="'s'"):
        tunesmith.create_study(storage=storage, study_name="s")
    again = tunesmith.create_study(storage=storage, study_name="s", load_if_exists=True)

    assert again.direction is StudyDirection.MAXIMIZE
    assert len(again.trials) == 2


def test_the_empty_name_is_a_name(storage):
    tunesmith.create_study(storage=storage, study_name="")

    assert tunesmith.load_study(study_name="", storage=storage).study_name == ""
    with pytest.raises(DuplicatedStudyError):
        tunesmith.create_study(storage=storage, study_name="")


def test_names_without_a_name_differ(storage):
    names = {tunesmith.create_study(storage=storage).study_name for _ in range(5)}

    assert len(names) == 5
    assert set(tunesmith.get_all_study_names(storage)) == names


def test_an_unknown_study_is_a_key_error(storage):
    tunesmith.create_study(storage=storage, study_name="known")

    for call in (tunesmith.load_study, tunesmith.delete_study):
        with pytest.raises(KeyError, match="unknown"):
            call(study_name="unknown", storage=storage)
    with pytest.raises(KeyError, match="unknown"):
        tunesmith.copy_study(
            from_study_name="unknown", from_storage=storage, to_storage=InMemoryStorage()
        )


def test_the_only_study_needs_no_name(storage):
    tunesmith.create_study(storage=storage, study_name="only")
    assert tunesmith.load_study(study_name=None, storage=storage).study_name == "only"

    tunesmith.create_study(storage=storage, study_name="second")
    with pytest.raises(ValueError, match=r"only.*second"):
        tunesmith.load_study(study_name=None, storage=storage)


def test_a_deleted_study_is_gone_and_others_stay(storage):
    for name in ("a", "b"):
        tunesmith.create_study(storage=storage, study_name=name).optimize(lambda _: 1.0, n_trials=3)

    tunesmith.delete_study(study_name="a", storage=storage)

    assert tunesmith.get_all_study_names(storage) == ["b"]
    assert len(tunesmith.load_study(study_name="b", storage=storage).trials) == 3


def test_a_copy_has_everything_and_stands_alone(storage):
    study = tunesmith.create_study(
        storage=storage, study_name="from", directions=["minimize", "maximize"]
    )
    study.set_user_attr("u", {"a": [1]})
    study.set_metric_names(["p", "q"])
    study.enqueue_trial({"x": 0.5})
    study.optimize(lambda t: (t.suggest_float("x", 0, 1), 1.0), n_trials=3)
    target = InMemoryStorage()

    tunesmith.copy_study(from_study_name="from", from_storage=storage, to_storage=target)
    study.optimize(lambda t: (t.suggest_float("x", 0, 1), 1.0), n_trials=1)

    copy = tunesmith.load_study(study_name="from", storage=target)
    assert copy.user_attrs == {"u": {"a": [1]}}
    assert copy.metric_names == ["p", "q"]
    assert copy.directions == study.directions
    kept = [(t.number, t.params, t.values, t.system_attrs, t.datetime_start) for t in copy.trials]
    theirs = [
        (t.number, t.params, t.values, t.system_attrs, t.datetime_start) for t in study.trials
    ]
    assert kept == theirs[:3]


def test_a_copy_over_an_existing_study_is_refused(storage):
    tunesmith.create_study(storage=storage, study_name="s")

    with pytest.raises(DuplicatedStudyError, match="'s'"):
        tunesmith.copy_study(from_study_name="s", from_storage=storage, to_storage=storage)


def test_summaries(storage):
    study = tunesmith.create_study(storage=storage, study_name="a", direction="maximize")
    study.set_user_attr("u", 1)
    study.optimize(lambda trial: float(trial.number), n_trials=3)
    tunesmith.create_study(storage=storage, study_name="b", directions=["minimize"] * 2)

    first, second = tunesmith.get_all_study_summaries(storage)

    assert (first.study_name, first.n_trials, first.user_attrs) == ("a", 3, {"u": 1})
    assert first.best_trial.value == 2.0
    assert first.direction is StudyDirection.MAXIMIZE
    assert first.datetime_start == study.trials[0].datetime_start
    assert (second.n_trials, second.best_trial, second.datetime_start) == (0, None, None)
    assert len(second.directions) == 2
    with pytest.raises(RuntimeError):
        second.direction  # noqa: B018
    without = tunesmith.get_all_study_summaries(storage, include_best_trial=False)
    assert [summary.best_trial for summary in without] == [None, None]


@pytest.mark.parametrize(("given", "error"), [(3, TypeError), ("study.db", ValueError)])
def test_what_is_no_storage_is_refused(given, error):
    with pytest.raises(error, match="sqlite:///"):
        tunesmith.create_study(storage=given)
