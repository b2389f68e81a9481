"""Which version of the schema a database has."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from ..._version import __version__
from . import schema


def create_tables(connection: Connection) -> None:
    """Create the tables that are missing, and note the schema's version in a new database."""
    is_new = not sa.inspect(connection).has_table(schema.studies.name)
    schema.metadata.create_all(connection, tables=schema.OPTUNAS_TABLES)
    _create_own_table(connection)
    if is_new:
        note_revision(connection)


def note_revision(connection: Connection) -> None:
    """Note that the tables have the schema's latest version."""
    for table in (schema.version_info, schema.alembic_version):
        connection.execute(sa.delete(table))
    connection.execute(
        sa.insert(schema.version_info).values(
            version_info_id=1,
            schema_version=schema.SCHEMA_VERSION,
            library_version=__version__,
        )
    )
    connection.execute(sa.insert(schema.alembic_version).values(version_num=schema.HEAD_REVISION))


def _create_own_table(connection: Connection) -> None:
    # A database that Optuna made may belong to a user who lets us write to it but not create a
    # table; or another process creates it just now.
    try:
        with connection.begin_nested():
            schema.trial_intermediate_vectors.create(connection, checkfirst=True)
    except DBAPIError as error:
        if error.connection_invalidated:
            raise


def keeps_vectors(connection: Connection) -> bool:
    """Return whether the database has the table for reports of several objectives."""
    return sa.inspect(connection).has_table(schema.trial_intermediate_vectors.name)


def current_revision(connection: Connection) -> str | None:
    """Return the revision that the database's tables have; None if they do not say."""
    if not sa.inspect(connection).has_table(schema.alembic_version.name):
        return None
    return connection.execute(sa.select(schema.alembic_version.c.version_num)).scalar()


def check_revision(revision: str | None, database: str) -> None:
    """Raise an error if the tables have another revision than ours.

    Raises
    ------
    RuntimeError
        Naming both revisions and the command that helps.
    """
    if revision == schema.HEAD_REVISION:
        return
    raise RuntimeError(
        f"The database {database} has the schema {revision or 'of a very old version'}, this "
        f"library needs {schema.HEAD_REVISION}. If the database is older, upgrade it with "
        f"'tunesmith storage upgrade --storage {database}'; if it is newer, upgrade Tunesmith. "
        "(skip_compatibility_check=True tries all the same.)"
    )
