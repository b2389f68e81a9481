"""Commands on a storage as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .. import logging

if TYPE_CHECKING:
    from ..storages.rdb import RDBStorage

#: The option of every command that opens a storage.
storage_option = click.option(
    "--storage",
    "url",
    metavar="URL",
    envvar=["TUNESMITH_STORAGE", "OPTUNA_STORAGE"],
    required=True,
    help="Such as sqlite:///study.db. The environment variable TUNESMITH_STORAGE stands for it, "
    "so that no password shows in the list of processes.",
)


@click.group()
def storage() -> None:
    """The database of studies."""


@storage.command()
@storage_option
def upgrade(url: str) -> None:
    """Bring tables that an older Optuna made to the form of Optuna 5.

    All or nothing: if it fails, the database is as before. Stop everyone who uses it before.
    """
    database = _database(url)
    try:
        before = database.get_current_version()
        if database.upgrade():
            after = database.get_current_version()
            _say(f"Completed to upgrade the storage, from schema {before} to {after}.")
        else:
            _say("This storage is up-to-date.")
    finally:
        database.remove_session()


def _database(url: str) -> RDBStorage:
    scheme = url.partition("://")[0]
    if scheme in ("journal", "redis", "rediss"):
        raise click.ClickException(
            "Only databases have tables to upgrade; a journal is read whatever has written it."
        )
    from ..storages import RDBStorage

    if scheme == "sqlite" or scheme.startswith("sqlite+"):
        file = url.partition("://")[2].partition("?")[0].removeprefix("/")
        if not file.startswith("file:") and not Path(file).exists():
            # SQLite would make it.
            raise click.ClickException(f"There is no file {file!r}.")
    # Whoever typed the command would rather know at once that the database is away.
    return RDBStorage(
        url, skip_compatibility_check=True, skip_table_creation=True, outage_timeout=0
    )


def _say(message: str) -> None:
    if logging.get_verbosity() <= logging.WARNING:
        click.echo(message)
