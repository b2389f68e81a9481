"""How much Tunesmith says, and where.

Messages go to the logger ``tunesmith``, by default to standard error from level INFO on.
"""

from __future__ import annotations

import functools
import logging
import sys
from logging import CRITICAL, DEBUG, ERROR, FATAL, INFO, WARN, WARNING
from typing import Any

__all__ = [
    "CRITICAL",
    "DEBUG",
    "ERROR",
    "FATAL",
    "INFO",
    "WARN",
    "WARNING",
    "disable_default_handler",
    "disable_propagation",
    "enable_default_handler",
    "enable_propagation",
    "get_logger",
    "get_verbosity",
    "set_verbosity",
]

_ROOT_NAME = "tunesmith"


class _CurrentStderr(logging.StreamHandler):  # type: ignore[type-arg]  # generic only for checkers
    """Writes to what ``sys.stderr`` is at the time, which notebooks and tests replace."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        return sys.stderr


_handler = _CurrentStderr()
_handler.setFormatter(
    logging.Formatter(
        "[%(levelname).1s %(asctime)s,%(msecs)03d] %(message)s", datefmt="%Y-%m-%d %H:%M:%S"
    )
)


@functools.cache
def _root() -> logging.Logger:
    root = logging.getLogger(_ROOT_NAME)
    root.addHandler(_handler)
    root.setLevel(INFO)
    root.propagate = False
    return root


def get_logger(name: str) -> logging.Logger:
    """Return a logger that obeys the functions of this module.

    Parameters
    ----------
    name : str
        Usually ``__name__`` of the module that logs.
    """
    _root()
    inside = name == _ROOT_NAME or name.startswith(f"{_ROOT_NAME}.")
    return logging.getLogger(name if inside else f"{_ROOT_NAME}.{name}")


def get_verbosity() -> int:
    """Return the level from which on messages are shown.

    Examples
    --------
    >>> import tunesmith
    >>> tunesmith.logging.get_verbosity() == tunesmith.logging.INFO
    True
    """
    return _root().getEffectiveLevel()


def set_verbosity(verbosity: int) -> None:
    """Set the level from which on messages are shown, e.g. ``tunesmith.logging.WARNING``."""
    _root().setLevel(verbosity)


def disable_default_handler() -> None:
    """Stop writing messages to standard error."""
    _root().removeHandler(_handler)


def enable_default_handler() -> None:
    """Write messages to standard error (the default)."""
    _root().addHandler(_handler)


def disable_propagation() -> None:
    """Keep messages from the handlers of the root logger (the default)."""
    _root().propagate = False


def enable_propagation() -> None:
    """Pass messages on to the handlers of the root logger as well."""
    _root().propagate = True
