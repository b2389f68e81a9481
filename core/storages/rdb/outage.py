"""Which errors of a database pass, and how long to wait for that."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, OperationalError

from ...exceptions import StorageInternalError
from ...logging import get_logger

Result = TypeVar("Result")

_logger = get_logger(__name__)

_FIRST_PAUSE = 0.05  # seconds; each pause is twice the one before
_LONGEST_PAUSE = 5.0
_MOST_CONFLICTS = 50

# Two transactions stood in each other's way and the server gave one up: PostgreSQL's and MySQL's
# codes for a deadlock, a failed serialization and a lock that took too long.
_CONFLICTS = frozenset({"40001", "40P01", "55P03", 1205, 1213, 1020})

# What drivers say when a server stops, starts or cannot be reached just now. A wrong password or
# an unknown host is none of these: waiting does not mend it.
_AWAY = re.compile(
    r"refused|timed? ?out|starting up|shutting down|in recovery|closed|terminat|gone away|"
    r"lost connection|can't connect|could not connect|unreachable|reset by peer|broken pipe|"
    r"no such file or directory|too many (clients|connections)|server has gone",
    re.IGNORECASE,
)


def is_conflict(error: DBAPIError) -> bool:
    """Return whether a transaction was given up in favour of another one."""
    original = error.orig
    code = getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)
    if code is None and original is not None and original.args:
        code = original.args[0]
    return isinstance(code, (str, int)) and code in _CONFLICTS


def is_outage(error: DBAPIError) -> bool:
    """Return whether the server cannot be reached just now."""
    if error.connection_invalidated:
        return True
    return isinstance(error, OperationalError) and bool(_AWAY.search(str(error.orig)))


def persistently(action: Callable[[], Result], database: object, patience: float) -> Result:
    """Do something with a database, again if it has to be.

    Parameters
    ----------
    action : callable
        Does it, in a transaction of its own.
    database : object
        Shown in messages, as a text without password.
    patience : float
        Seconds to wait for a database that is away.

    Raises
    ------
    StorageInternalError
        If the database fails, or is away for longer than `patience`.
    """
    pause, n_conflicts, deadline = _FIRST_PAUSE, 0, 0.0
    while True:
        try:
            result = action()
        except DBAPIError as error:
            if is_conflict(error) and n_conflicts < _MOST_CONFLICTS:
                n_conflicts += 1
                time.sleep(random.uniform(0.0, 0.02 * n_conflicts))
                continue
            away = is_outage(error)
            if not away and not isinstance(error, OperationalError):
                raise
            if not deadline:
                deadline = time.monotonic() + patience
                if away and patience > 0:
                    _logger.warning(
                        "The database %s is away, trying again for %g seconds: %s",
                        database,
                        patience,
                        error.orig,
                    )
            if not away or time.monotonic() + pause > deadline:
                waited = f" (waited {patience:g} seconds for it)" if away else ""
                raise StorageInternalError(
                    f"The database {database} failed{waited}: {error.orig}"
                ) from error
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        else:
            if deadline:
                _logger.warning("The database %s is back.", database)
            return result
