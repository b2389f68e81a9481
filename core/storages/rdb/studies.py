"""What a database does with studies, each function within a transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...records import FrozenStudy, StudyDirection
from . import schema
from .encoding import checked_text


def create(connection: Connection, name: str, directions: Sequence[StudyDirection]) -> int:
    """Create a study and return its identifier; ValueError if the name cannot be stored."""
    checked_text("The study name", name, connection.dialect.name)
    result = connection.execute(sa.insert(schema.studies), {"study_name": name})
    study_id = int(result.inserted_primary_key[0])  # type: ignore[index]  # an insert has one
    connection.execute(
        sa.insert(schema.study_directions),
        [
            {"study_id": study_id, "objective": i, "direction": direction.name}
            for i, direction in enumerate(directions)
        ],
    )
    return study_id


def delete(connection: Connection, study_id: int) -> None:
    """Delete a study with its trials."""
    name_of(connection, study_id)
    trial_ids = sa.select(schema.trials.c.trial_id).where(schema.trials.c.study_id == study_id)
    # The reports of several objectives go with their trials.
    tables = [t for t in reversed(schema.metadata.sorted_tables) if t in schema.OPTUNAS_TABLES]
    for table in tables:
        if "trial_id" in table.c and table is not schema.trials:
            connection.execute(sa.delete(table).where(table.c.trial_id.in_(trial_ids)))
    for table in tables:
        if "study_id" in table.c:
            connection.execute(sa.delete(table).where(table.c.study_id == study_id))


def id_of(connection: Connection, name: str) -> int:
    """Return the identifier of the study of that name; KeyError if there is none."""
    try:
        checked_text("The study name", name, connection.dialect.name)
    except ValueError as error:
        raise KeyError(f"There is no study named {name!r}.") from error
    studies = schema.studies.c
    study_id = connection.execute(
        sa.select(studies.study_id).where(studies.study_name == name)
    ).scalar()
    if study_id is None:
        raise KeyError(f"There is no study named {name!r}.")
    return int(study_id)


def name_of(connection: Connection, study_id: int) -> str:
    """Return the name of a study; KeyError if there is none."""
    studies = schema.studies.c
    name = connection.execute(
        sa.select(studies.study_name).where(studies.study_id == study_id)
    ).scalar()
    if name is None:
        raise KeyError(f"There is no study with id {study_id}.")
    return str(name)


def directions_of(connection: Connection, study_id: int) -> list[StudyDirection]:
    """Return one direction per objective; KeyError if there is no such study."""
    table = schema.study_directions
    names = connection.execute(
        sa.select(sa.type_coerce(table.c.direction, sa.String))
        .where(table.c.study_id == study_id)
        .order_by(table.c.objective)
    ).scalars()
    directions = [StudyDirection[name] for name in names]
    if not directions:
        name_of(connection, study_id)
    return directions


def n_objectives(connection: Connection, study_id: int) -> int:
    """Return how many objectives a study has; 0 if there is no such study."""
    table = schema.study_directions
    count = sa.select(sa.func.count()).select_from(table).where(table.c.study_id == study_id)
    return int(connection.execute(count).scalar_one())


def attrs_of(connection: Connection, table: sa.Table, study_id: int) -> dict[str, Any]:
    """Return the attributes that a table holds of a study; KeyError if there is no such study."""
    rows = connection.execute(
        sa.select(table.c.key, table.c.value_json)
        .where(table.c.study_id == study_id)
        .order_by(next(iter(table.primary_key.columns)))
    ).all()
    if not rows:
        name_of(connection, study_id)
    return {key: json.loads(value_json) for key, value_json in rows}


def all_of_them(connection: Connection) -> list[FrozenStudy]:
    """Return all studies, ordered by identifier."""
    studies = schema.studies.c
    rows = connection.execute(
        sa.select(studies.study_id, studies.study_name).order_by(studies.study_id)
    ).all()
    directions: dict[int, list[StudyDirection]] = {}
    table = schema.study_directions.c
    for study_id, name in connection.execute(
        sa.select(table.study_id, sa.type_coerce(table.direction, sa.String)).order_by(
            table.study_id, table.objective
        )
    ):
        directions.setdefault(study_id, []).append(StudyDirection[name])
    user_attrs = _attrs_of_all(connection, schema.study_user_attributes)
    system_attrs = _attrs_of_all(connection, schema.study_system_attributes)
    return [
        FrozenStudy(
            study_name=name,
            direction=None,
            directions=directions[study_id],
            user_attrs=user_attrs.get(study_id, {}),
            system_attrs=system_attrs.get(study_id, {}),
            study_id=study_id,
        )
        for study_id, name in rows
        if study_id in directions  # else it is being deleted or created just now
    ]


def _attrs_of_all(connection: Connection, table: sa.Table) -> Mapping[int, dict[str, Any]]:
    attrs: dict[int, dict[str, Any]] = {}
    for study_id, key, value_json in connection.execute(
        sa.select(table.c.study_id, table.c.key, table.c.value_json).order_by(
            next(iter(table.primary_key.columns))
        )
    ):
        attrs.setdefault(study_id, {})[key] = json.loads(value_json)
    return attrs
