"""Hostile content executes nothing, breaks nothing, and no password is shown."""

from __future__ import annotations

import base64
import datetime
import json
import logging
import os
import pickle
import traceback

import numpy as np
import pytest
import sqlalchemy as sa

import tunesmith
from tunesmith.distributions import CategoricalDistribution, FloatDistribution
from tunesmith.records import StudyDirection
from tunesmith.storages import (
    InMemoryStorage,
    JournalStorage,
    RDBStorage,
    TrialUpdate,
    get_storage,
)
from tunesmith.storages.journal import JournalFileBackend, JournalRedisBackend

MIN = StudyDirection.MINIMIZE
X = FloatDistribution(0, 1)
ODD = [
    "'; DROP TABLE trials; --",
    "%s %(name)s %% :name ?",
    "a\x01\x1f\x7f\r\n\tb",
    "\U0001f600\U0010ffff",
    "${x} {0} \\' \\0",
]


class Payload:
    """Makes a folder when it is unpickled."""

    def __init__(self, marker):
        self.marker = str(marker)

    def __reduce__(self):
        return os.mkdir, (self.marker,)


@pytest.fixture
def study_id(storage):
    return storage.create_new_study([MIN])


@pytest.fixture
def trial_id(storage, study_id):
    return storage.create_new_trial(study_id)


class TestPickles:
    def test_an_attribute_stays_text(self, storage, study_id, trial_id, tmp_path):
        pickled = pickle.dumps(Payload(tmp_path / "marker"))
        for text in (base64.b64encode(pickled).decode(), pickled.decode("latin-1")):
            if "\0" in text and isinstance(storage, RDBStorage):
                text = text.replace("\0", "")  # noqa: PLW2901  # has a test of its own below
            storage.set_trial_user_attr(trial_id, "k", text)
            assert storage.get_trial(trial_id).user_attrs == {"k": text}
            assert storage.read_trials(study_id, None)[0][0].user_attrs == {"k": text}
        assert not (tmp_path / "marker").exists()

    def test_in_a_journal_file_it_is_skipped(self, tmp_path, log_of_tunesmith):
        path = tmp_path / "study.log"
        path.write_bytes(pickle.dumps(Payload(tmp_path / "marker"), 0).replace(b"\n", b"") + b"\n")
        storage = JournalStorage(JournalFileBackend(str(path)))

        assert storage.get_all_studies() == []
        assert not (tmp_path / "marker").exists()
        assert "study.log" in log_of_tunesmith.text

    @pytest.mark.parametrize("name", ["snapshot", "tunesmith:snapshot", "log:0"])
    def test_in_redis_it_is_ignored(self, redis_database, tmp_path, log_of_tunesmith, name):
        import redis

        first = JournalStorage(JournalRedisBackend(redis_database))
        study_id = first.create_new_study([MIN], "kept")
        with redis.Redis.from_url(redis_database) as client:
            client.set(f":{name}", pickle.dumps(Payload(tmp_path / "marker")))
        second = JournalStorage(JournalRedisBackend(redis_database))

        names = [study.study_name for study in second.get_all_studies()]
        assert names == ([] if name == "log:0" else ["kept"])
        assert study_id == 0
        assert not (tmp_path / "marker").exists()

    @pytest.mark.parametrize("snapshot", [b"[" * 100_000, b"[]", b'{"version":1}', b"\xff\x00"])
    def test_a_snapshot_of_nonsense_is_ignored(self, redis_database, snapshot):
        JournalStorage(JournalRedisBackend(redis_database)).create_new_study([MIN], "kept")
        JournalRedisBackend(redis_database).save_snapshot(snapshot)
        storage = JournalStorage(JournalRedisBackend(redis_database))

        assert [study.study_name for study in storage.get_all_studies()] == ["kept"]


class TestText:
    @pytest.mark.parametrize("text", ODD)
    def test_is_only_text(self, storage, text):
        if text in {study.study_name for study in storage.get_all_studies()}:
            storage.delete_study(storage.get_study_id_from_name(text))
        study_id = storage.create_new_study([MIN], text)
        choices = CategoricalDistribution([text, None])
        trial = storage.start_trial(study_id, {text: (0.0, choices)}, 0)
        storage.update_trial(
            trial.trial_id,
            TrialUpdate({text: (0.0, choices)}, {text: text}, {text: [text]}),
        )
        found = storage.get_all_trials(study_id)[0]

        assert storage.get_study_name_from_id(study_id) == text
        assert found.params == {text: text}
        assert found.distributions == {text: choices}
        assert (found.user_attrs, found.system_attrs) == ({text: text}, {text: [text]})

    @pytest.mark.parametrize("text", ["a\0b", "\ud800"], ids=["NUL", "surrogate"])
    @pytest.mark.parametrize("place", ["name", "key", "value", "param"])
    def test_what_cannot_be_stored_is_refused_whole(self, storage, trial_id, text, place):
        before = storage.get_trial(trial_id)
        try:
            if place == "name":
                found = storage.get_study_name_from_id(storage.create_new_study([MIN], text))
            elif place == "param":
                storage.set_trial_param(trial_id, text, 0.5, X)
                (found,) = storage.get_trial(trial_id).params
            else:
                key, value = (text, "v") if place == "key" else ("k", text)
                storage.set_trial_user_attr(trial_id, key, value)
                ((found_key, found_value),) = storage.get_trial(trial_id).user_attrs.items()
                found = found_key if place == "key" else found_value
        except ValueError as error:
            assert "cannot be stored" in str(error)  # noqa: PT017  # either is right
            assert storage.get_trial(trial_id) == before
        else:
            assert found == text

    @pytest.mark.parametrize("place", ["name", "key", "param"])
    def test_the_longest_name(self, storage, trial_id, place):
        text = "n" * 513
        before = storage.get_trial(trial_id)

        def write():
            if place == "name":
                storage.create_new_study([MIN], text)
            elif place == "key":
                storage.update_trial(trial_id, TrialUpdate(user_attrs={"good": 1, text: 1}))
            else:
                storage.set_trial_param(trial_id, text, 0.5, X)

        if isinstance(storage, RDBStorage):
            with pytest.raises(ValueError, match="512"):
                write()
            assert storage.get_trial(trial_id) == before
        else:
            names = {study.study_name for study in storage.get_all_studies()}
            if text in names:
                storage.delete_study(storage.get_study_id_from_name(text))
            write()

    def test_names_differ_in_case_and_blanks(self, storage, trial_id):
        names = ["k", "K", "k ", "ä", "a"]
        try:
            storage.update_trial(trial_id, TrialUpdate(user_attrs=dict.fromkeys(names, 1)))
        except ValueError as error:
            assert "differ" in str(error)  # noqa: PT017  # either is right
            assert storage.get_trial(trial_id).user_attrs == {}
        else:
            assert list(storage.get_trial(trial_id).user_attrs) == names


class TestValues:
    @pytest.mark.parametrize(
        "value",
        [object(), np.float32(1), np.int64(1), datetime.datetime(2026, 1, 1), {1, 2}, b"bytes"],
        ids=lambda value: type(value).__name__,
    )
    def test_what_is_not_json_is_refused_whole(self, storage, study_id, trial_id, value):
        if isinstance(storage, InMemoryStorage):
            pytest.skip("memory keeps any object")
        for write in (
            lambda: storage.update_trial(trial_id, TrialUpdate(user_attrs={"a": 1, "b": value})),
            lambda: storage.set_study_user_attr(study_id, "b", value),
            lambda: storage.set_trial_system_attr(trial_id, "b", [value]),
        ):
            with pytest.raises(TypeError, match="'b' must be JSON-serializable"):
                write()
        trial = storage.get_trial(trial_id)
        assert (trial.user_attrs, trial.system_attrs) == ({}, {})
        assert storage.get_study_user_attrs(study_id) == {}

    def test_nested_too_deeply(self, storage, trial_id):
        if isinstance(storage, InMemoryStorage):
            pytest.skip("memory keeps any object")
        deep: list = []
        for _ in range(100_000):
            deep = [deep]
        with pytest.raises(TypeError, match="'k' must be JSON-serializable"):
            storage.set_trial_user_attr(trial_id, "k", deep)
        assert storage.get_trial(trial_id).user_attrs == {}

    @pytest.mark.parametrize("owner", ["trial", "study"])
    @pytest.mark.parametrize("size", [70_000, 10_000_000])
    def test_a_huge_one_is_whole_or_refused(self, storage, study_id, trial_id, size, owner):
        text = "0123456789" * (size // 10)
        storage.set_trial_user_attr(trial_id, "k", "before")
        storage.set_study_user_attr(study_id, "k", "before")
        try:
            if owner == "trial":
                storage.set_trial_user_attr(trial_id, "k", text)
            else:
                storage.set_study_user_attr(study_id, "k", text)
        except ValueError as error:
            assert "'k'" in str(error)  # noqa: PT017  # either is right
            assert len(str(error)) < 1000  # noqa: PT017
            text = "before"
        if owner == "trial":
            assert storage.get_trial(trial_id).user_attrs["k"] == text
        else:
            assert storage.get_study_user_attrs(study_id)["k"] == text

    def test_very_many_parameters(self, storage, study_id, trial_id):
        params = {f"p{k}": (0.5, X) for k in range(3000)}
        storage.update_trial(trial_id, TrialUpdate(params))

        assert len(storage.get_all_trials(study_id)[0].params) == 3000


@pytest.mark.parametrize(
    "fields",
    [
        {"op_code": 5, "trial_id": 0, "param_name": "c", "param_value_internal": 1e99,
         "distribution": '{"name": "CategoricalDistribution", "attributes": {"choices": [1]}}'},
        {"op_code": 5, "trial_id": 0, "param_name": "c", "param_value_internal": float("inf"),
         "distribution": '{"name": "CategoricalDistribution", "attributes": {"choices": [1]}}'},
        {"op_code": 5, "trial_id": 0, "param_name": "x", "param_value_internal": 1,
         "distribution": "os.system('false')"},
        {"op_code": 6, "trial_id": 0, "state": 77, "values": None},
        {"op_code": 6, "trial_id": 0, "state": 1},
        {"op_code": 4, "study_id": "0"},
        {"op_code": 4, "study_id": 0, "datetime_start": "0001-01-01T00:00:00+14:00"},
        {"op_code": 8, "trial_id": [0], "user_attr": {}},
        {"op_code": 8, "trial_id": 0, "user_attr": 5},
        {"op_code": 0, "study_name": ["n"], "directions": [1]},
        {"op_code": 4711}, {"op_code": "__import__('os')"}, {"op_code": None},
    ],
)  # fmt: skip
def test_a_crafted_journal_line_is_skipped(tmp_path, log_of_tunesmith, fields):
    path = tmp_path / "study.log"
    first = JournalStorage(JournalFileBackend(str(path)))
    trial_id = first.create_new_trial(first.create_new_study([MIN], "s"))
    before = first.get_trial(trial_id)
    with path.open("a") as journal:
        journal.write(json.dumps({**fields, "worker_id": "w"}) + "\n")

    for storage in (first, JournalStorage(JournalFileBackend(str(path)))):
        assert storage.get_all_trials(0) == [before]
    if fields["op_code"] is not None:
        assert "Entry 3 of the journal" in log_of_tunesmith.text


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("trial_params", {"param_name": "x", "param_value": 1, "distribution_json": "not JSON"}),
        ("trial_params", {"param_name": "x", "param_value": 1, "distribution_json": "[1]"}),
        ("trial_params", {"param_name": "x", "param_value": 1,
                          "distribution_json": '{"name": "os.system", "attributes": {}}'}),
        ("trial_params", {"param_name": "x", "param_value": 1e99, "distribution_json":
                  '{"name": "CategoricalDistribution", "attributes": {"choices": [1]}}'}),
        ("trial_user_attributes", {"key": "x", "value_json": "cos\nsystem\n"}),
        ("trial_system_attributes", {"key": "x", "value_json": None}),
        ("trial_values", {"objective": 0, "value": None, "value_type": "FINITE"}),
    ],
)  # fmt: skip
def test_a_crafted_row_is_named(tmp_path, table, row):
    storage = RDBStorage(f"sqlite:///{tmp_path / 'study.db'}")
    study_id = storage.create_new_study([MIN])
    trial_id = storage.create_new_trial(study_id)
    names = ", ".join(row)
    with storage.engine.begin() as connection:
        connection.execute(
            sa.text(
                f"INSERT INTO {table} (trial_id, {names}) "
                f"VALUES ({trial_id}, {', '.join(f':{name}' for name in row)})"
            ),
            row,
        )
    for read in (
        lambda: storage.get_trial(trial_id),
        lambda: storage.get_all_trials(study_id),
        lambda: storage.read_trials(study_id, None),
    ):
        with pytest.raises(ValueError, match=f"(?s){table}.*trial_id={trial_id}"):
            read()


SECRET = "s3cr3t"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg://user:{SECRET}@127.0.0.1:1/db",
        f"postgresql+psycopg://user:{SECRET}%40%2F@127.0.0.1:1/db",
        f"mysql+pymysql://user:{SECRET}@127.0.0.1:1/db",
        f"mysql+pymysql://user:{SECRET}@127.0.0.1:port/db",
        f"mysql+pymysql://user:x@y:{SECRET}@127.0.0.1:port/db",
        f"nosuch://user:{SECRET}@host/db",
        f"redis://user:{SECRET}@127.0.0.1:1/0",
        f"redis://:{SECRET}@127.0.0.1:1/0",
        f"redis://:a/{SECRET}@127.0.0.1:1/0",
        f"redis://:{SECRET}/a@127.0.0.1:1/0",
        f"redis://:a@{SECRET}@127.0.0.1:port/0",
        f"redis://127.0.0.1:1/0?password={SECRET}",
        f"postgresql:user:{SECRET}@host/db",
    ],
)
def test_no_password_is_shown(url, log_of_tunesmith, monkeypatch):
    monkeypatch.setattr("tunesmith.storages.journal.redis._FIRST_PATIENCE", 0.0)
    tunesmith.logging.set_verbosity(logging.DEBUG)
    log_of_tunesmith.set_level(logging.DEBUG)
    with pytest.raises(Exception) as caught:  # noqa: PT012  # which one is tested elsewhere
        if url.startswith(("postgresql+", "mysql", "nosuch")):
            RDBStorage(url, outage_timeout=0.0)
        else:
            get_storage(url)
    shown = "".join(traceback.format_exception(caught.value))
    error = caught.value
    while error is not None:
        shown += f"{error!s} {error!r}"
        error = error.__cause__ or error.__context__

    assert SECRET not in shown
    assert SECRET not in log_of_tunesmith.text
