"""Statements that are executed all the time, built once.

Building an expression costs several times what SQLite needs to execute it.
"""

from __future__ import annotations

import functools
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

from . import schema

_trials = schema.trials.c
_beats = schema.trial_heartbeats

#: Keeps other workers from creating trials in a study. Parameter: study_id.
LOCK_STUDY = (
    sa.select(schema.studies.c.study_id)
    .where(schema.studies.c.study_id == sa.bindparam("study_id"))
    .with_for_update()
)

#: Identifier, number and state of a study's trials from one on. Parameters: study_id, since.
TRIALS_SINCE = (
    sa.select(_trials.trial_id, _trials.number, sa.type_coerce(_trials.state, sa.String))
    .where(_trials.study_id == sa.bindparam("study_id"), _trials.trial_id >= sa.bindparam("since"))
    .order_by(_trials.trial_id)
)

#: Sets a waiting trial running. Parameters: id, start.
CLAIM_TRIAL = (
    sa.update(schema.trials)
    .where(_trials.trial_id == sa.bindparam("id"), _trials.state == "WAITING")
    .values(state="RUNNING", datetime_start=sa.bindparam("start"))
)

#: Keeps other workers from changing a trial; its number and state. Parameter: id.
LOCK_TRIAL = (
    sa.select(_trials.number, sa.type_coerce(_trials.state, sa.String))
    .where(_trials.trial_id == sa.bindparam("id"))
    .with_for_update()
)

INSERT_TRIAL = sa.insert(schema.trials)

#: Parameters: id, new_state.
SET_STATE = (
    sa.update(schema.trials)
    .where(_trials.trial_id == sa.bindparam("id"))
    .values(state=sa.bindparam("new_state"))
)

#: Parameters: id, new_state, start.
SET_BEGUN = SET_STATE.values(datetime_start=sa.bindparam("start"))

#: Ends a trial that has not ended yet. Parameters: id, new_state, end.
END_TRIAL = SET_STATE.where(_trials.state.in_(("RUNNING", "WAITING"))).values(
    datetime_complete=sa.bindparam("end")
)

#: Parameter: id.
STATE_OF_TRIAL = sa.select(sa.type_coerce(_trials.state, sa.String)).where(
    _trials.trial_id == sa.bindparam("id")
)

#: Last signs of life of a study's running trials. Parameter: study_id.
BEATS_OF_RUNNING = sa.select(_trials.trial_id, _beats.c.heartbeat).where(
    _trials.study_id == sa.bindparam("study_id"),
    _trials.state == "RUNNING",
    _beats.c.trial_id == _trials.trial_id,
)

#: Parameter: id.
BEAT_AGAIN = (
    sa.update(_beats)
    .where(_beats.c.trial_id == sa.bindparam("id"))
    .values(heartbeat=sa.func.current_timestamp())
)

#: Parameter: id.
FIRST_BEAT = (
    sa.insert(_beats)
    .values(trial_id=sa.bindparam("id"), heartbeat=sa.func.current_timestamp())
    .inline()
)


@functools.cache
def report_of_unfinished(dialect: str) -> sa.Insert:
    """Return a statement that sets a report of a trial, unless the trial has finished.

    It locks the trial as LOCK_TRIAL does, in the same trip. Parameters: id, at (the step), number
    and kind (the value, encoded).
    """
    table = schema.trial_intermediate_values
    keys, others = ("trial_id", "step"), ("intermediate_value", "intermediate_value_type")
    values: list[sa.ColumnElement[Any]] = [
        sa.bindparam(name, type_=table.c[column].type)
        for name, column in zip(("at", "number", "kind"), (keys[1], *others), strict=True)
    ]
    if dialect == "postgresql":
        values = [sa.cast(value, value.type) for value in values]
    source = (
        sa.select(_trials.trial_id, *values)
        .where(_trials.trial_id == sa.bindparam("id"), _trials.state.in_(("RUNNING", "WAITING")))
        .with_for_update()
    )
    insert = _replacing(table, keys, others, dialect, source)
    return insert.execution_options(preserve_rowcount=True)


@functools.cache
def upsert(
    table: sa.Table, keys: tuple[str, ...], others: tuple[str, ...], dialect: str
) -> sa.Insert:
    """Return a statement that inserts a row, or replaces what the row of the same key holds.

    Parameters
    ----------
    table : Table
        Where to.
    keys : tuple of str
        Columns of a unique constraint of the table.
    others : tuple of str
        The other columns that are given.
    dialect : str
        SQLAlchemy's name of the kind of database.
    """
    return _replacing(table, keys, others, dialect)


def _replacing(
    table: sa.Table,
    keys: tuple[str, ...],
    others: tuple[str, ...],
    dialect: str,
    source: sa.Select[Any] | None = None,
) -> sa.Insert:
    columns = [*keys, *others]
    if dialect in ("mysql", "mariadb"):
        insert = mysql.insert(table)
        if source is not None:
            insert = insert.from_select(columns, source, include_defaults=False)
        return insert.on_duplicate_key_update(
            {name: insert.inserted[name] for name in others}
        ).inline()
    if dialect == "postgresql":
        pg_insert = postgresql.insert(table)
        if source is not None:
            pg_insert = pg_insert.from_select(columns, source, include_defaults=False)
        return pg_insert.on_conflict_do_update(
            index_elements=list(keys), set_={name: pg_insert.excluded[name] for name in others}
        ).inline()
    lite_insert = sqlite.insert(table)
    if source is not None:
        lite_insert = lite_insert.from_select(columns, source, include_defaults=False)
    return lite_insert.on_conflict_do_update(
        index_elements=list(keys), set_={name: lite_insert.excluded[name] for name in others}
    ).inline()
