"""Statements that change rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.engine import Connection

from ...distributions import BaseDistribution, distribution_to_json
from . import schema
from .encoding import encoded_attr, encoded_float


def upsert(
    connection: Connection, table: sa.Table, keys: Sequence[str], rows: list[dict[str, Any]]
) -> None:
    """Insert rows, or replace what the rows of the same key hold.

    Parameters
    ----------
    connection : Connection
        In a transaction for writing.
    table : Table
        Where to.
    keys : sequence of str
        Columns of a unique constraint of the table.
    rows : list of dict
        Values by column.
    """
    if not rows:
        return
    others = [name for name in rows[0] if name not in keys]
    name = connection.dialect.name
    if name in ("mysql", "mariadb"):
        insert = mysql.insert(table)
        statement: sa.Insert = insert.on_duplicate_key_update(
            {other: insert.inserted[other] for other in others}
        )
    elif name == "postgresql":
        pg_insert = postgresql.insert(table)
        statement = pg_insert.on_conflict_do_update(
            index_elements=list(keys), set_={other: pg_insert.excluded[other] for other in others}
        )
    else:
        lite_insert = sqlite.insert(table)
        statement = lite_insert.on_conflict_do_update(
            index_elements=list(keys), set_={other: lite_insert.excluded[other] for other in others}
        )
    connection.execute(statement, rows)


def put_params(
    connection: Connection, trial_id: int, params: Mapping[str, tuple[float, BaseDistribution]]
) -> None:
    """Set parameters of a trial."""
    rows = [
        {
            "trial_id": trial_id,
            "param_name": name,
            "param_value": value,
            "distribution_json": distribution_to_json(distribution),
        }
        for name, (value, distribution) in params.items()
    ]
    upsert(connection, schema.trial_params, ("trial_id", "param_name"), rows)


def put_attrs(
    connection: Connection, table: sa.Table, owner: str, owner_id: int, attrs: Mapping[str, Any]
) -> None:
    """Set attributes of a trial or study, whose identifier is in the column `owner`."""
    rows = [
        {owner: owner_id, "key": key, "value_json": encoded_attr(key, value)}
        for key, value in attrs.items()
    ]
    upsert(connection, table, (owner, "key"), rows)


def put_values(connection: Connection, trial_id: int, values: Sequence[float]) -> None:
    """Set the values of a trial."""
    rows = []
    for objective, value in enumerate(values):
        number, kind = encoded_float(value)
        rows.append(
            {"trial_id": trial_id, "objective": objective, "value": number, "value_type": kind}
        )
    upsert(connection, schema.trial_values, ("trial_id", "objective"), rows)


def put_reports(connection: Connection, trial_id: int, reports: Mapping[int, float]) -> None:
    """Set intermediate values of a trial."""
    rows = []
    for step, value in reports.items():
        number, kind = encoded_float(value)
        rows.append(
            {
                "trial_id": trial_id,
                "step": step,
                "intermediate_value": number,
                "intermediate_value_type": kind,
            }
        )
    upsert(connection, schema.trial_intermediate_values, ("trial_id", "step"), rows)
