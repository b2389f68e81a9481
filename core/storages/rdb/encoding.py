"""Values as the tables hold them."""

from __future__ import annotations

import datetime
import json
import math
from typing import Any

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
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"The attribute {key!r} must be JSON-serializable to be stored: {error}."
        ) from error


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
