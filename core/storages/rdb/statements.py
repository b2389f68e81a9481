"""Statements that are executed all the time, built once.

Building an expression costs several times what SQLite needs to execute it.
"""

from __future__ import annotations

import functools

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

#: Identifier and number of a study's last trial. Parameter: study_id.
LAST_TRIAL = (
    sa.select(_trials.trial_id, _trials.number)
    .where(_trials.study_id == sa.bindparam("study_id"))
    .order_by(_trials.trial_id.desc())
    .limit(1)
)

#: Waiting trials after one. Parameters: study_id, after.
WAITING_TRIALS = (
    sa.select(_trials.trial_id)
    .where(
        _trials.study_id == sa.bindparam("study_id"),
        _trials.trial_id > sa.bindparam("after"),
        _trials.state == "WAITING",
    )
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

#: Parameters: id, new_state, end.
SET_ENDED = SET_STATE.values(datetime_complete=sa.bindparam("end"))

#: Parameter: id.
BEAT_AGAIN = (
    sa.update(_beats)
    .where(_beats.c.trial_id == sa.bindparam("id"))
    .values(heartbeat=sa.func.current_timestamp())
)

#: Parameter: id.
FIRST_BEAT = sa.insert(_beats).values(
    trial_id=sa.bindparam("id"), heartbeat=sa.func.current_timestamp()
)


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
    if dialect in ("mysql", "mariadb"):
        insert = mysql.insert(table)
        return insert.on_duplicate_key_update({name: insert.inserted[name] for name in others})
    if dialect == "postgresql":
        pg_insert = postgresql.insert(table)
        return pg_insert.on_conflict_do_update(
            index_elements=list(keys), set_={name: pg_insert.excluded[name] for name in others}
        )
    lite_insert = sqlite.insert(table)
    return lite_insert.on_conflict_do_update(
        index_elements=list(keys), set_={name: lite_insert.excluded[name] for name in others}
    )
