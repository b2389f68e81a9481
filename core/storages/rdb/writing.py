"""Statements that change rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...distributions import BaseDistribution, distribution_to_json
from . import schema
from .encoding import checked_text, encoded_attr, encoded_float
from .statements import report_of_unfinished, upsert

_LONGEST_STUDY_ATTR = 65_535  # bytes, of the column type TEXT


def _put(
    connection: Connection, table: sa.Table, keys: tuple[str, ...], rows: list[dict[str, Any]]
) -> None:
    if rows:
        others = tuple(name for name in rows[0] if name not in keys)
        connection.execute(upsert(table, keys, others, connection.dialect.name), rows)


def _put_named(
    connection: Connection, table: sa.Table, keys: tuple[str, str], rows: list[dict[str, Any]]
) -> None:
    """Put rows of one owner, each with a name."""
    owner, name = keys
    dialect = connection.dialect.name
    for row in rows:
        checked_text("The name", row[name], dialect)
    _put(connection, table, keys, rows)
    if not rows or dialect not in ("mysql", "mariadb"):
        return
    # There names are equal by default that differ in case, accents or trailing blanks: the row
    # of the other name has been replaced then, which this exception takes back.
    wanted = {row[name] for row in rows}
    names = connection.execute(
        sa.select(table.c[name]).where(
            table.c[owner] == rows[0][owner], table.c[name].in_(sorted(wanted))
        )
    ).scalars()
    missing = wanted.difference(names)
    if missing:
        raise ValueError(
            f"The names {sorted(missing)} differ from others of the same trial or study only in "
            "what the database ignores (case, accents, trailing blanks). Choose other names."
        )


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
    _put_named(connection, schema.trial_params, ("trial_id", "param_name"), rows)


def put_attrs(
    connection: Connection, table: sa.Table, owner: str, owner_id: int, attrs: Mapping[str, Any]
) -> None:
    """Set attributes of a trial or study, whose identifier is in the column `owner`."""
    rows: list[dict[str, Any]] = [
        {owner: owner_id, "key": key, "value_json": encoded_attr(key, value)}
        for key, value in attrs.items()
    ]
    if "study_id" in table.c and connection.dialect.name in ("mysql", "mariadb"):
        for row in rows:
            if len(row["value_json"]) > _LONGEST_STUDY_ATTR:
                raise ValueError(
                    f"The attribute {row['key']!r} takes {len(row['value_json'])} bytes as JSON; "
                    f"in MySQL a study's may take {_LONGEST_STUDY_ATTR}. Keep it in a file."
                )
    _put_named(connection, table, (owner, "key"), rows)


def put_values(connection: Connection, trial_id: int, values: Sequence[float]) -> None:
    """Set the values of a trial."""
    rows = []
    for objective, value in enumerate(values):
        number, kind = encoded_float(value)
        rows.append(
            {"trial_id": trial_id, "objective": objective, "value": number, "value_type": kind}
        )
    _put(connection, schema.trial_values, ("trial_id", "objective"), rows)


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
    _put(connection, schema.trial_intermediate_values, ("trial_id", "step"), rows)


def put_one_report(connection: Connection, trial_id: int, step: int, value: float) -> bool:
    """Set an intermediate value of a trial; False if the trial has finished or is none."""
    number, kind = encoded_float(value)
    statement = report_of_unfinished(connection.dialect.name)
    result = connection.execute(
        statement, {"id": trial_id, "at": step, "number": number, "kind": kind}
    )
    return bool(result.rowcount)


def put_vectors(
    connection: Connection, trial_id: int, vectors: Mapping[int, Sequence[float]]
) -> None:
    """Set reports of several objectives of a trial."""
    rows = [
        {"trial_id": trial_id, "step": step, "vector_json": json.dumps([float(v) for v in vector])}
        for step, vector in vectors.items()
    ]
    _put(connection, schema.trial_intermediate_vectors, ("trial_id", "step"), rows)
