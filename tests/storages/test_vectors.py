"""Reports of several objectives: kept by every storage, ignored by Optuna."""

from __future__ import annotations

import math

import optuna
import pytest
import sqlalchemy as sa

import tunesmith
from tunesmith.exceptions import StorageInternalError, UpdateFinishedTrialError
from tunesmith.records import StudyDirection, TrialState, create_trial
from tunesmith.storages import (
    BaseStorage,
    InMemoryStorage,
    JournalStorage,
    RDBStorage,
    TrialUpdate,
    get_storage,
)
from tunesmith.storages.journal import JournalFileBackend
from tunesmith.storages.journal.snapshot import SMALLEST_SNAPSHOT

BOTH = [StudyDirection.MINIMIZE, StudyDirection.MAXIMIZE]
TABLE = "tunesmith_intermediate_vectors"


@pytest.fixture
def study_id(storage):
    return storage.create_new_study(BOTH)


def report(storage, trial_id, vectors):
    storage.update_trial(trial_id, TrialUpdate(intermediate_vectors=vectors))


def test_are_kept_as_they_were(storage, study_id):
    trial_id = storage.create_new_trial(study_id)
    report(storage, trial_id, {0: (1e-300, math.inf), 5: (math.nan, -math.inf)})
    report(storage, trial_id, {2: (0.1 + 0.2, 3)})

    text = "{0: (1e-300, inf), 5: (nan, -inf), 2: (0.30000000000000004, 3.0)}"
    for trial in (storage.get_trial(trial_id), *storage.get_all_trials(study_id)):
        assert str(trial.intermediate_vectors).replace(" 3)", " 3.0)") == text
        assert trial.intermediate_values == {}


def test_of_many_trials(storage, study_id):
    for number in range(130):
        storage.create_new_trial(
            study_id,
            create_trial(values=[number, 1.0], intermediate_vectors={0: (number, 2.0)}),
        )

    for trials in (storage.get_all_trials(study_id), storage.read_trials(study_id, None)[0]):
        assert [t.intermediate_vectors for t in trials] == [{0: (n, 2.0)} for n in range(130)]
    complete = storage.get_all_trials(study_id, states=(TrialState.COMPLETE,))
    assert len(complete) == 130
    assert complete[7].intermediate_vectors == {0: (7.0, 2.0)}


def test_arrive_at_a_reader_that_goes_on(storage, study_id):
    first, second = (storage.create_new_trial(study_id) for _ in range(2))
    report(storage, first, {0: (0.0, 0.5)})
    known = {}
    cursor = None
    for step in range(1, 4):
        report(storage, first, {step: (float(step), 0.5)})
        if step == 2:
            report(storage, second, {9: (9.0, 9.0)})
        trials, cursor = storage.read_trials(study_id, cursor)
        known.update({t.trial_id: t.intermediate_vectors for t in trials})

        assert known[first] == {s: (float(s), 0.5) for s in range(step + 1)}
        assert known[second] == ({9: (9.0, 9.0)} if step > 1 else {})


def test_of_a_finished_trial_do_not_change(storage, study_id):
    trial_id = storage.create_new_trial(
        study_id, create_trial(values=[0, 0], intermediate_vectors={0: (1, 1)})
    )

    with pytest.raises(UpdateFinishedTrialError):
        report(storage, trial_id, {0: (2, 2), 1: (2, 2)})
    assert storage.get_trial(trial_id).intermediate_vectors == {0: (1, 1)}


def test_go_with_their_study(storage, study_id):
    trial_id = storage.create_new_trial(study_id)
    report(storage, trial_id, {0: (1, 1)})
    storage.delete_study(study_id)

    again = storage.create_new_study(BOTH)
    storage.create_new_trial(again)
    assert [trial.intermediate_vectors for trial in storage.get_all_trials(again)] == [{}]


def test_are_copied_with_their_study(storage):
    source = tunesmith.create_study(storage=storage, directions=["minimize"] * 2)
    source.ask().report([1, 2], 3)
    target = InMemoryStorage()
    tunesmith.copy_study(from_study_name=source.study_name, from_storage=storage, to_storage=target)

    [copied] = tunesmith.load_study(study_name=source.study_name, storage=target).trials
    assert copied.intermediate_vectors == {3: (1, 2)}


def test_a_snapshot_has_them(tmp_path):
    path = str(tmp_path / "study.log")
    storage = JournalStorage(JournalFileBackend(path))
    study_id = storage.create_new_study(BOTH)
    trial_id = storage.create_new_trial(study_id)
    for step in range(SMALLEST_SNAPSHOT + 10):
        report(storage, trial_id, {step: (step, math.inf)})

    trial = JournalStorage(JournalFileBackend(path)).get_trial(trial_id)
    assert trial.intermediate_vectors == {s: (s, math.inf) for s in range(SMALLEST_SNAPSHOT + 10)}


def test_a_storage_written_for_optuna_says_that_it_has_no_place():
    class Old(InMemoryStorage):
        update_trial = BaseStorage.update_trial

    study = tunesmith.create_study(storage=Old(), directions=["minimize"] * 2)
    trial = study.ask()

    with pytest.raises(RuntimeError, match="Old keeps no reports of several objectives"):
        trial.report([1, 2], 0)
    study.tell(trial, [3, 4])  # it ends all the same
    assert study.trials[0].intermediate_vectors == {}
    assert study.trials[0].values == [3, 4]


def close(optunas_storage):
    optunas_storage.remove_session()
    optunas_storage.engine.dispose()


class TestOptuna:
    @pytest.fixture(params=["sqlite", "postgresql", "mariadb", "journal-file"])
    def urls(self, request, tmp_path):
        """The same place for Tunesmith and for Optuna."""
        if request.param == "journal-file":
            path = tmp_path / "study.log"
            backend = optuna.storages.journal.JournalFileBackend
            yield f"journal://{path}", lambda: optuna.storages.JournalStorage(backend(str(path)))
            return
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path / 'study.db'}"
        else:
            url = request.getfixturevalue(f"{request.param}_database")
        opened = []

        def open_optunas():
            opened.append(optuna.storages.RDBStorage(url))
            return opened[-1]

        yield url, open_optunas
        for storage in opened:
            close(storage)

    def test_sees_the_trials_without_them(self, urls):
        ours, theirs = urls
        study = tunesmith.create_study(study_name="s", storage=ours, directions=["minimize"] * 2)
        study.add_trial(create_trial(values=[1, 2], intermediate_vectors={0: (1, 2)}))
        trial = study.ask()
        trial.report([1, 2], 0)
        study.tell(trial, [0, 1])

        seen = optuna.load_study(study_name="s", storage=theirs())
        assert [trial.values for trial in seen.trials] == [[1, 2], [0, 1]]
        assert [(t.intermediate_values, t.user_attrs) for t in seen.trials] == [({}, {})] * 2
        seen.optimize(lambda trial: (0.5, 0.5), n_trials=1)
        assert [t.values for t in study.trials] == [[1, 2], [0, 1], [0.5, 0.5]]

    def test_deletes_them_with_a_study(self, urls):
        ours, theirs = urls
        study = tunesmith.create_study(study_name="s", storage=ours, directions=["minimize"] * 2)
        study.ask().report([1, 2], 0)
        optuna.delete_study(study_name="s", storage=theirs())

        # In SQLite the new trial gets the identifier of the old one.
        again = tunesmith.create_study(study_name="s", storage=ours, directions=["minimize"] * 2)
        again.ask()
        assert [trial.intermediate_vectors for trial in again.trials] == [{}]

    @pytest.mark.parametrize("writes", [False, True])
    def test_made_the_database(self, tmp_path, writes):
        url = f"sqlite:///{tmp_path / 'study.db'}"
        optuna.create_study(study_name="s", storage=url, directions=["minimize"] * 2)
        storage = RDBStorage(url, skip_table_creation=not writes)
        trial = tunesmith.load_study(study_name="s", storage=storage).ask()

        if writes:
            trial.report([1, 2], 0)
            assert storage.get_trial(trial.trial_id).intermediate_vectors == {0: (1, 2)}
        else:
            with pytest.raises(StorageInternalError, match=f"no table '{TABLE}'"):
                trial.report([1, 2], 0)
            assert not sa.inspect(storage.engine).has_table(TABLE)
            [seen] = storage.get_all_trials(storage.get_study_id_from_name("s"))
            assert seen.state is TrialState.RUNNING


def test_a_user_without_the_right_to_create_tables(postgresql_database):
    owner = optuna.storages.RDBStorage(postgresql_database)
    optuna.create_study(study_name="s", storage=owner, directions=["minimize"] * 2)
    close(owner)
    admin = sa.create_engine(postgresql_database)
    with admin.begin() as connection:
        for statement in (
            "CREATE ROLE guest LOGIN PASSWORD 'guest'",
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO guest",
            "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO guest",
        ):
            connection.execute(sa.text(statement))
    guest = sa.make_url(postgresql_database).set(username="guest", password="guest")
    study = tunesmith.load_study(
        study_name="s", storage=get_storage(guest.render_as_string(hide_password=False))
    )

    study.optimize(lambda trial: (trial.suggest_float("x", 0, 1), 0.0), n_trials=3)
    assert len(study.trials) == 3
    with pytest.raises(StorageInternalError, match="user who may create tables"):
        study.ask().report([1, 2], 0)
    admin.dispose()
