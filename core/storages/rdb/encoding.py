"""Values as the tables hold them."""

from __future__ import annotations

import datetime
import json
import math
from typing import Any

MOST_CHARACTERS = 512  # of a name, by the tables

_NAMES = {math.inf: "INF_POS", -math.inf: "INF_NEG"}
_NUMBERS = {"INF_POS": math.inf, "INF_NEG": -math.inf, "NAN": math.nan}


def encoded_float(value: float) -> tuple[float | None, str]:
    """Return a value and its type: databases have no NaN or infinity in common."""
    if math.isfinite(value):
        return value, "FINITE"
    return None, _NAMES.get(value, "NAN")


def decoded_float(value: float | None, kind: str) -> float:
    """Undo :func:`encoded_float`."""
    return value if value is not None and kind == "FINITE" else _NUMBERS[kind]


def encoded_attr(key: str, value: Any) -> str:
    """Return an attribute as JSON.

    Raises
    ------
    TypeError
        If the value cannot be written as JSON.
    """
    try:
        return json.dumps(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(
            f"The attribute {key!r} must be JSON-serializable to be stored: {error}."
        ) from error


def checked_text(what: str, text: str, dialect: str) -> str:
    """Return a name if a database can hold it, unchanged.

    Raises
    ------
    ValueError
        If it is too long, or has characters that cannot be stored.
    """
    if len(text) > MOST_CHARACTERS:
        raise ValueError(
            f"{what} {text[:40]!r}... has {len(text)} characters, a database keeps at most "
            f"{MOST_CHARACTERS}. Choose a shorter one."
        )
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError(
                f"{what} {text!r} cannot be stored: it has half of a surrogate pair."
            ) from None
    if dialect == "postgresql" and "\0" in text:
        raise ValueError(f"{what} {text!r} cannot be stored: PostgreSQL has no character NUL.")
    return text


def utc(local: datetime.datetime | None) -> datetime.datetime | None:
    """Return a local time without zone as the UTC that the tables hold."""
    if local is None:
        return None
    return local.astimezone(datetime.timezone.utc).replace(tzinfo=None)


def local(stored: datetime.datetime | None) -> datetime.datetime | None:
    """Undo :func:`utc`."""
    if stored is None:
        return None
    return stored.replace(tzinfo=datetime.timezone.utc).astimezone().replace(tzinfo=None)
