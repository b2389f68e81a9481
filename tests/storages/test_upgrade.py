"""Databases of older releases of Optuna.

`old_schemas` holds dumps of SQLite files which those releases made, each with the same six trials
(COMPLETE, PRUNED, FAIL, COMPLETE with a NaN or infinite report, ...), one in the queue and, since
2.4, a study of two objectives.
"""

from __future__ import annotations

import math
import sqlite3
from pathlib import Path

import numpy as np
import optuna
import pytest
import sqlalchemy as sa

import tunesmith
from tunesmith.distributions import (
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from tunesmith.records import TrialState
from tunesmith.storages import RDBStorage
from tunesmith.storages.rdb import schema, upgrade

DUMPS = sorted((Path(__file__).parent / "old_schemas").glob("*.sql"))
REVISIONS = {
    "1.0.0": "v0.9.0.a",
    "1.5.0": "v1.3.0.a",
    "2.4.0": "v2.4.0.a",
    "2.6.0": "v2.6.0.a",
    "3.0.0": "v3.0.0.d",
}
OURS = "tunesmith_intermediate_vectors"


@pytest.fixture(params=DUMPS, ids=lambda path: path.stem)
def dump(request):
    return request.param


def restored(dump, path):
    with sqlite3.connect(path) as connection:
        connection.executescript(dump.read_text(encoding="utf-8"))
    connection.close()
    return f"sqlite:///{path}"


@pytest.fixture
def old(dump, tmp_path):
    return restored(dump, tmp_path / "old.db")


def opened(url):
    return RDBStorage(url, skip_compatibility_check=True, skip_table_creation=True)


def contents(url):
    engine = sa.create_engine(url)
    metadata = sa.MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        rows = {
            table.name: [tuple(row) for row in connection.execute(sa.select(table))]
            for table in metadata.sorted_tables
        }
    engine.dispose()
    return rows


def made_by_upgrade_and_anew(url, tmp_path):
    new = f"sqlite:///{tmp_path / 'new.db'}"
    RDBStorage(new).remove_session()
    schemas = []
    for where in (url, new):
        with sqlite3.connect(where.removeprefix("sqlite:///")) as connection:
            schemas.append(
                sorted(connection.execute("SELECT name, sql FROM sqlite_master"), key=str)
            )
        connection.close()
    return schemas


def test_are_refused_unchanged(old, dump):
    before = contents(old)
    with pytest.raises(RuntimeError, match=r"tunesmith storage upgrade --storage sqlite:///") as e:
        RDBStorage(old)

    assert REVISIONS[dump.stem] in str(e.value)
    assert contents(old) == before


def test_have_the_tables_of_a_new_database_then(old, dump, tmp_path):
    storage = opened(old)
    assert storage.get_current_version() == REVISIONS[dump.stem]

    assert storage.upgrade() is True
    assert storage.get_current_version() == storage.get_head_version() == schema.HEAD_REVISION
    assert storage.upgrade() is False
    storage.remove_session()
    upgraded, new = made_by_upgrade_and_anew(old, tmp_path)
    if dump.stem == "3.0.0":  # upgraded in place: Optuna 3.0's own text, and the index of 3.2
        upgraded, new = ([name for name, _ in tables] for tables in (upgraded, new))
    assert upgraded == new


def test_keep_every_trial(old, dump):
    opened(old).upgrade()
    study = tunesmith.load_study(study_name="s", storage=old)
    trials = study.trials

    assert study.direction.name == "MAXIMIZE"
    assert study.user_attrs == {"su": [1]}
    states = ["COMPLETE", "PRUNED", "FAIL", *["COMPLETE"] * 3]
    assert [trial.state.name for trial in trials[:6]] == states
    assert [trial.number for trial in trials] == list(range(len(trials)))
    assert [trial.values is None for trial in trials[:6]] == [False, False, True, *[False] * 3]
    for trial in trials[:6]:
        assert trial.distributions["x"] == FloatDistribution(-1, 1)
        assert trial.distributions["l"] == FloatDistribution(1e-3, 1, log=True)
        assert trial.distributions["n"] == IntDistribution(1, 9)
        assert trial.distributions["q"] == FloatDistribution(0, 1, step=0.25)
        assert trial.distributions["c"] == CategoricalDistribution(["a", None, True, 1.5])
        assert trial.user_attrs == {"u": {"k": [trial.number]}}
        assert trial.system_attrs["s"] == 1
        assert "_number" not in trial.system_attrs
        assert trial.intermediate_values[0] == trial.number
        assert trial.intermediate_values[2] == trial.params["x"]
        assert trial.datetime_start <= trial.datetime_complete
    if dump.stem in ("1.0.0", "1.5.0", "3.0.0"):
        assert math.isnan(trials[3].intermediate_values[3])
    if dump.stem == "3.0.0":
        assert trials[4].value == trials[4].intermediate_values[3] == math.inf
    else:
        assert trials[4].value == trials[4].params["x"] * trials[4].params["n"]
    if dump.stem != "1.0.0":
        assert trials[6].state is TrialState.WAITING
        study.optimize(lambda trial: trial.suggest_float("x", -1, 1), n_trials=1)
        assert study.trials[6].params == {"x": 0.5}
    if dump.stem >= "2.4.0":
        both = tunesmith.load_study(study_name="m", storage=old)
        assert [d.name for d in both.directions] == ["MINIMIZE", "MAXIMIZE"]
        assert [trial.values for trial in both.trials] == [
            [trial.params["x"], 2.0] for trial in both.trials
        ]
    assert study.optimize(lambda trial: 0.0, n_trials=1) is None


@pytest.mark.filterwarnings("ignore::FutureWarning")  # Optuna's, of its own old distributions
def test_are_the_same_for_optuna(old, dump, tmp_path):
    opened(old).upgrade()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    for name in ("s", "m") if dump.stem >= "2.4.0" else ("s",):
        ours = tunesmith.load_study(study_name=name, storage=old).trials
        seen = optuna.load_study(study_name=name, storage=old).trials
        others = [seen]
        if dump.stem >= "2.4.0":  # Optuna 5 itself fails on older ones, and leaves them half-way
            theirs = restored(dump, tmp_path / f"{name}.db")
            optuna.storages.RDBStorage(theirs, skip_compatibility_check=True).upgrade()
            others.append(optuna.load_study(study_name=name, storage=theirs).trials)
        for trials in others:
            assert len(ours) == len(trials)
            for one, other in zip(ours, trials, strict=True):
                assert one.state.name == other.state.name
                assert str(one.intermediate_values) == str(other.intermediate_values)
                assert repr(one.distributions) == repr(other.distributions)
                for attribute in (
                    "number", "values", "params", "user_attrs", "system_attrs",
                    "datetime_start", "datetime_complete",
                ):  # fmt: skip
                    assert getattr(one, attribute) == getattr(other, attribute), attribute


def test_numbers_that_stood_for_infinity(tmp_path):
    url = restored(Path(__file__).parent / "old_schemas" / "2.6.0.sql", tmp_path / "old.db")
    largest = 3.4028234663852886e38
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for row, value in enumerate((largest, -largest, math.inf, 1.7976931348623157e308), 1):
            connection.exec_driver_sql(
                "UPDATE trial_values SET value = ? WHERE trial_value_id = ?", (value, row)
            )
    engine.dispose()
    opened(url).upgrade()

    trials = tunesmith.load_study(study_name="s", storage=url).trials
    values = [trial.value for trial in trials if trial.values is not None]
    assert values[:4] == [math.inf, -math.inf, math.inf, 1.7976931348623157e308]


def test_one_that_optuna_left_half_way(tmp_path):
    url = restored(Path(__file__).parent / "old_schemas" / "1.5.0.sql", tmp_path / "old.db")
    whole = restored(Path(__file__).parent / "old_schemas" / "1.5.0.sql", tmp_path / "whole.db")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    theirs = optuna.storages.RDBStorage(url, skip_compatibility_check=True)
    with pytest.raises(Exception, match="NOT NULL|gkpj"):
        theirs.upgrade()
    theirs.remove_session()
    assert "study_directions" in contents(url)

    opened(url).upgrade()
    opened(whole).upgrade()
    assert contents(url) == contents(whole)


@pytest.mark.parametrize("instant", ["_converted", "create_tables", "_drop"])
def test_a_failure_leaves_it_as_it_was(old, dump, monkeypatch, instant):
    if dump.stem == "3.0.0":
        instant = "create_tables"
    before = contents(old)
    real = getattr(upgrade, instant)

    def failing(*args):
        real(*args)
        raise OSError("the power is gone")

    with monkeypatch.context() as patch:
        patch.setattr(upgrade, instant, failing)
        with pytest.raises(OSError, match="power"):
            opened(old).upgrade()

    assert contents(old) == before
    opened(old).upgrade()
    assert len(tunesmith.load_study(study_name="s", storage=old).trials) >= 6


class TestServers:
    """The same tables on a server."""

    @pytest.fixture(params=["postgresql", "mariadb"])
    def url(self, request):
        return request.getfixturevalue(f"{request.param}_database")

    @pytest.fixture
    def old(self, dump, url, tmp_path):
        path = restored(dump, tmp_path / "old.db")
        source, target = sa.create_engine(path), sa.create_engine(url)
        metadata = sa.MetaData()
        metadata.reflect(source)
        for table in metadata.tables.values():
            if table.name == "version_info":
                table.columns.version_info_id.autoincrement = False
            for column in table.columns:
                # As those releases made them.
                if column.name == "state":
                    names = ["RUNNING", "COMPLETE", "PRUNED", "FAIL"]
                    names += ["WAITING"] if dump.stem > "1.0.0" else []
                    column.type = sa.Enum(*names, name="trialstate", metadata=metadata)
                if column.name == "direction":
                    names = ["NOT_SET", "MINIMIZE", "MAXIMIZE"]
                    column.type = sa.Enum(*names, name="studydirection", metadata=metadata)
                if isinstance(column.type, sa.DateTime):
                    column.type = sa.DateTime()
                if isinstance(column.type, sa.Float):
                    # Of single precision on MySQL before 3.0.
                    column.type = sa.Float(53 if dump.stem == "3.0.0" else None)
        with target.begin() as connection, source.connect() as rows:
            metadata.create_all(connection)
            for table in metadata.sorted_tables:
                values = [dict(row) for row in rows.execute(sa.select(table)).mappings()]
                if values:
                    connection.execute(sa.insert(table), values)
            if url.startswith("postgresql") and dump.stem == "3.0.0":  # the tables stay
                upgrade._set_sequences(connection)
        source.dispose()
        target.dispose()
        return url

    def test_are_upgraded(self, old, dump, tmp_path):
        storage = opened(old)
        assert storage.upgrade() is True
        file = restored(dump, tmp_path / "file.db")
        opened(file).upgrade()

        single = old.startswith("mysql") and dump.stem != "3.0.0"

        def number(value):
            return float(np.float32(value)) if single and isinstance(value, float) else value

        def numbers(values):
            return {key: number(value) for key, value in values.items()}

        def shown(url):
            study = tunesmith.load_study(study_name="s", storage=url)
            return [
                (
                    t.state,
                    t.values and [number(value) for value in t.values],
                    numbers(t.params),
                    t.distributions,
                    str(numbers(t.intermediate_values)),
                    t.user_attrs,
                    t.system_attrs,
                )
                for t in study.trials
            ]

        assert shown(old) == shown(file)
        study = tunesmith.load_study(study_name="s", storage=old)
        n_before = len(study.trials)
        study.optimize(lambda trial: trial.suggest_float("x", -1, 1), n_trials=3)
        assert len(study.trials) == n_before + (3 if dump.stem == "1.0.0" else 2)
        tables = set(sa.inspect(storage.engine).get_table_names())
        assert tables == {table.name for table in schema.metadata.tables.values()}
        storage.remove_session()

    @pytest.mark.parametrize("dump", [DUMPS[2]], indirect=True, ids=lambda path: path.stem)
    @pytest.mark.parametrize("instant", ["_converted", "create_tables", "_keep", "_drop"])
    def test_a_failure_leaves_it_as_it_was(self, old, dump, monkeypatch, instant):
        if instant == "_keep" and old.startswith("postgresql"):
            pytest.skip("only MySQL keeps old tables")
        before = contents(old)
        real = getattr(upgrade, instant)

        def failing(*args):
            real(*args)
            raise OSError("the power is gone")

        storage = opened(old)
        with monkeypatch.context() as patch:
            patch.setattr(upgrade, instant, failing)
            with pytest.raises(OSError, match="power"):
                storage.upgrade()

        if instant == "_drop" and old.startswith("mysql"):
            # Everything was written; what was kept of the old tables goes with the next attempt.
            assert storage.upgrade() is False
            assert len(tunesmith.load_study(study_name="s", storage=old).trials) >= 6
        else:
            assert contents(old) == before
            assert storage.upgrade() is True
        assert not any("_old_" in name for name in sa.inspect(storage.engine).get_table_names())
        storage.remove_session()


def test_a_database_of_something_else(tmp_path):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE customers (id INTEGER)")
    connection.close()

    with pytest.raises(RuntimeError, match="no studies in this database"):
        opened(f"sqlite:///{path}").upgrade()


def test_a_newer_database(tmp_path):
    url = f"sqlite:///{tmp_path / 'new.db'}"
    storage = RDBStorage(url)
    with storage.engine.begin() as connection:
        connection.execute(sa.update(schema.alembic_version).values(version_num="v9.0.0.a"))

    with pytest.raises(RuntimeError, match=r"schema v9\.0\.0\.a, which this version does not know"):
        storage.upgrade()
    with pytest.raises(RuntimeError, match="upgrade Tunesmith"):
        RDBStorage(url)


def test_versions_are_optunas(tmp_path):
    url = f"sqlite:///{tmp_path / 'new.db'}"
    ours, theirs = RDBStorage(url), optuna.storages.RDBStorage(url)

    assert ours.get_all_versions() == theirs.get_all_versions()
    assert ours.get_current_version() == theirs.get_current_version()
    assert ours.get_head_version() == theirs.get_head_version()
