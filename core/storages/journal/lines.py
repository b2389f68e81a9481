"""From a file's bytes to records, whatever a killed process or an editor has left in it."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterable

from .records import DAMAGED, Op, Record

_encode = json.JSONEncoder(separators=(",", ":")).encode
_START = b'{"op_code":'
_SHOWN = 120  # bytes of a damaged line that a message quotes


def to_text(record: Record) -> str:
    """Return a record as a line's text, as Optuna writes it.

    Examples
    --------
    >>> to_text({"op_code": 1, "worker_id": "w", "study_id": 0})
    '{"op_code":1,"worker_id":"w","study_id":0}'
    """
    if record["op_code"] == Op.SET_TRIAL_PARAM:
        value = record["param_value_internal"]
        if math.isfinite(value):
            # Most of a journal: put together by hand, it takes a fifth of the time.
            return (
                f'{{"op_code":5,"worker_id":{_quoted(record["worker_id"])},'
                f'"trial_id":{record["trial_id"]},'
                f'"param_name":{_quoted(record["param_name"])},'
                f'"param_value_internal":{value!r},'
                f'"distribution":{_quoted(record["distribution"])}}}'
            )
    return _encode(record)


_quoted = functools.lru_cache(maxsize=4096)(_encode)


def to_lines(records: Iterable[Record]) -> bytes:
    """Return records as lines."""
    return "".join([f"{to_text(record)}\n" for record in records]).encode("ascii")


def from_line(line: bytes) -> Record | None:
    """Return the record that a line holds; None if it holds none."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and "op_code" in record else None


def recovered(line: bytes) -> tuple[Record, bytes]:
    """Return what can be used of a line that is no record.

    Another program may have appended its record to the rest of a line whose writer was killed.

    Returns
    -------
    record : dict
        The record at the line's end, or an empty one.
    lost : bytes
        What cannot be used.

    Examples
    --------
    >>> recovered(b'{"op_code":8,"wor{"op_code":1,"worker_id":"w","study_id":0}')
    ({'op_code': 1, 'worker_id': 'w', 'study_id': 0}, b'{"op_code":8,"wor')
    """
    start = line.rfind(_START)
    if start > 0:
        record = from_line(line[start:])
        if record is not None:
            return record, line[:start]
    return DAMAGED, line


def quoted(line: bytes) -> str:
    """Return the beginning of a line for a message."""
    more = f"... ({len(line)} bytes)" if len(line) > _SHOWN else ""
    return f"{line[:_SHOWN]!r}{more}"
