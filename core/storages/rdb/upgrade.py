"""Bring the tables that older releases of Optuna made to the form of Optuna 5.

The rows of the old tables are read, brought into today's form and written to new tables, which are
made as those of a new database are. That is one way for all old forms, and it also mends databases
that another tool has left half-way:

- before 2.4 a study had one direction, a trial one value in its own row, and reports were in
  ``trial_values``; before 1.3 a trial's number was an attribute;
- before 3.0 infinite and missing numbers had no types of their own, and other distributions had
  other names.

In SQLite and PostgreSQL all of it is one transaction. MySQL ends a transaction when a table is made:
there the old tables are kept under other names until the new ones are complete, and an upgrade that
was interrupted begins anew with them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...distributions import distribution_to_json, json_to_distribution
from . import schema
from .encoding import encoded_float
from .version import create_tables, current_revision, note_revision

Row = dict[str, Any]
Rows = dict[str, list[Row]]

#: Revisions of the tables, latest first.
REVISIONS = (
    schema.HEAD_REVISION,
    "v3.0.0.d",
    "v3.0.0.c",
    "v3.0.0.b",
    "v3.0.0.a",
    "v2.6.0.a",
    "v2.4.0.a",
    "v1.3.0.a",
    "v1.2.0.a",
    "v0.9.0.a",
)

_KEPT = "tunesmith_old_"  # begins the names of old tables in MySQL meanwhile
_LARGEST = 3.4028234663852886e38  # stood for infinity in MySQL, before 3.0
_NUMBER = "_number"  # the attribute, before 1.3


def upgrade(connection: Connection) -> bool:
    """Bring the tables of a database to the form of Optuna 5.

    Parameters
    ----------
    connection : Connection
        In a transaction that writes.

    Returns
    -------
    bool
        False if they have it already; then nothing is changed.

    Raises
    ------
    RuntimeError
        If the database is none of Optuna's, or newer.
    """
    restore(connection)
    revision = current_revision(connection)
    if revision == schema.HEAD_REVISION:
        return False
    inspector = sa.inspect(connection)
    if not inspector.has_table("studies") or not inspector.has_table("trials"):
        raise RuntimeError(
            "There are no studies in this database, so nothing to upgrade. Is it the right one?"
        )
    if revision is not None and revision not in REVISIONS:
        raise RuntimeError(
            f"The database has the schema {revision}, which this version does not know. If a newer "
            "library has made it, upgrade Tunesmith."
        )
    if revision == "v3.0.0.d":
        for index in schema.trials.indexes:
            index.create(connection, checkfirst=True)
        create_tables(connection)
        note_revision(connection)
        return True
    old = _read(connection, [table.name for table in schema.OPTUNAS_TABLES])
    new = _converted(old)
    if connection.dialect.name in ("mysql", "mariadb"):
        _keep(connection, old)
    else:
        _drop(connection, old)
    create_tables(connection)
    for table in schema.OPTUNAS_TABLES:
        if new.get(table.name):
            connection.execute(sa.insert(table), new[table.name])
    if connection.dialect.name == "postgresql":
        _set_sequences(connection)
    if connection.dialect.name in ("mysql", "mariadb"):
        _drop(connection, [_KEPT + name for name in old])  # first commits what was written
    return True


def restore(connection: Connection) -> None:
    """Undo an upgrade of a MySQL database that was interrupted; finish it if nothing is missing."""
    existing = set(sa.inspect(connection).get_table_names())
    kept = [name for name in existing if name.startswith(_KEPT)]
    if kept and current_revision(connection) == schema.HEAD_REVISION:
        # It is written together with the rows.
        _drop(connection, kept)
    elif kept:
        _drop(connection, schema.metadata.tables)
        _rename(connection, [(name, name.removeprefix(_KEPT)) for name in kept])


# Old tables.


def _read(connection: Connection, names: Iterable[str]) -> Rows:
    inspector = sa.inspect(connection)
    rows: Rows = {}
    for name in names:
        if inspector.has_table(name):
            table = sa.Table(name, sa.MetaData(), autoload_with=connection, resolve_fks=False)
            columns = [_as_stored(column).label(column.name) for column in table.columns]
            order = list(table.primary_key.columns)
            result = connection.execute(sa.select(*columns).order_by(*order)).mappings()
            rows[name] = [dict(row) for row in result]
    return rows


def _as_stored(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    if isinstance(column.type, sa.Enum):
        # As text, because the names that are allowed may have been others.
        return sa.type_coerce(column, sa.String)
    if isinstance(column.type, sa.Float):
        # MySQL would round a number of single precision to six digits, its reflected type to ten.
        return sa.type_coerce(column + sa.literal_column("0e0"), sa.Double)
    return column


def _drop(connection: Connection, names: Iterable[str]) -> None:
    metadata = sa.MetaData()
    existing = set(sa.inspect(connection).get_table_names())
    tables = [
        sa.Table(name, metadata, autoload_with=connection) for name in names if name in existing
    ]
    metadata.drop_all(connection, tables=tables)
    if connection.dialect.name == "postgresql":
        for table in schema.OPTUNAS_TABLES:
            for column in table.columns:
                if isinstance(column.type, sa.Enum):
                    # Its names may be fewer than today's.
                    column.type.drop(connection, checkfirst=True)


def _keep(connection: Connection, names: Iterable[str]) -> None:
    _rename(connection, [(name, _KEPT + name) for name in names])


def _rename(connection: Connection, pairs: Iterable[tuple[str, str]]) -> None:
    quote = connection.dialect.identifier_preparer.quote
    renamed = ", ".join(f"{quote(old)} TO {quote(new)}" for old, new in pairs)
    connection.exec_driver_sql(f"RENAME TABLE {renamed}")  # all of them or none


def _set_sequences(connection: Connection) -> None:
    # They have not seen the identifiers that were written.
    for table in schema.OPTUNAS_TABLES:
        [key, *more] = table.primary_key.columns
        if not more and isinstance(key.type, sa.Integer) and key.autoincrement is not False:
            largest = connection.execute(sa.select(sa.func.max(key))).scalar()
            if largest is not None:
                sequence = sa.func.pg_get_serial_sequence(table.name, key.name)
                connection.execute(sa.select(sa.func.setval(sequence, largest)))


# Today's form.


def _converted(old: Rows) -> Rows:
    before_2_4 = any("step" in row for row in old.get("trial_values", ()))
    before_2_4 = before_2_4 or any("value" in row for row in old["trials"])
    numbers = {
        row["trial_id"]: int(json.loads(row["value_json"]))
        for row in old.get("trial_system_attributes", ())
        if row["key"] == _NUMBER
    }
    new: Rows = {name: [] for name in schema.metadata.tables}
    new["studies"] = [_only(row, "study_id", "study_name") for row in old["studies"]]
    new["study_directions"] = _directions(old)
    new["trials"] = _trials(old["trials"], numbers)
    new["trial_params"] = [
        {**row, "distribution_json": _todays_distribution(row["distribution_json"])}
        for row in old.get("trial_params", ())
    ]
    if before_2_4:
        values = [
            {"trial_id": row["trial_id"], "objective": 0, "value": row["value"]}
            for row in old["trials"]
            # A failed trial had the last report there, and a running one, too.
            if row["value"] is not None and row["state"] in ("COMPLETE", "PRUNED")
        ]
        reports = [
            {**_only(row, "trial_id", "step"), "intermediate_value": row["value"]}
            for row in old.get("trial_values", ())
            if row["step"] is not None
        ]
    else:
        values = old.get("trial_values", [])
        reports = old.get("trial_intermediate_values", [])
    new["trial_values"] = [
        _typed(row, "value", "value_type") for row in values if _is_number(row, "value")
    ]
    new["trial_intermediate_values"] = [
        _typed(row, "intermediate_value", "intermediate_value_type") for row in reports
    ]
    for name in ("study_user_attributes", "study_system_attributes", "trial_user_attributes"):
        new[name] = old.get(name, [])
    new["trial_system_attributes"] = [
        row for row in old.get("trial_system_attributes", ()) if row["key"] != _NUMBER
    ]
    new["trial_heartbeats"] = old.get("trial_heartbeats", [])
    new["version_info"] = []  # a new database notes its own
    new["alembic_version"] = []
    return new


def _only(row: Mapping[str, Any], *names: str) -> Row:
    return {name: row[name] for name in names}


def _directions(old: Rows) -> list[Row]:
    rows = old.get("study_directions", [])
    known = {row["study_id"] for row in rows}
    rows = [_only(row, "study_id", "objective", "direction") for row in rows]
    rows += [
        {"study_id": row["study_id"], "objective": 0, "direction": row["direction"]}
        for row in old["studies"]
        if row["study_id"] not in known and "direction" in row
    ]
    return rows


def _trials(rows: list[Row], numbers: Mapping[int, int]) -> list[Row]:
    new = []
    following: dict[int, int] = {}  # number by study, where none was noted
    for row in rows:
        trial = _only(row, "trial_id", "study_id", "state", "datetime_start", "datetime_complete")
        number = row.get("number")
        if number is None:
            number = numbers.get(row["trial_id"], following.get(row["study_id"], 0))
        following[row["study_id"]] = number + 1
        new.append({**trial, "number": number})
    return new


def _todays_distribution(text: str) -> str:
    return distribution_to_json(json_to_distribution(text))


def _is_number(row: Row, column: str) -> bool:
    return "value_type" in row or (row[column] is not None and not math.isnan(row[column]))


def _typed(row: Row, column: str, type_column: str) -> Row:
    if type_column in row:
        return row
    value = row[column]
    if value is None:
        value = math.nan
    elif abs(value) == _LARGEST:
        value = math.copysign(math.inf, value)
    number, kind = encoded_float(value)
    return {**row, column: number, type_column: kind}
