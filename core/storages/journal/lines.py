"""From a file's bytes to records, whatever a killed process or an editor has left in it."""

from __future__ import annotations

import json

from .records import DAMAGED, Record

_encoder = json.JSONEncoder(separators=(",", ":"))
_START = b'{"op_code":'
_SHOWN = 120  # bytes of a damaged line that a message quotes


def to_line(record: Record) -> bytes:
    """Return a record as a line, as Optuna writes it.

    Examples
    --------
    >>> to_line({"op_code": 1, "worker_id": "w", "study_id": 0})
    b'{"op_code":1,"worker_id":"w","study_id":0}\\n'
    """
    return _encoder.encode(record).encode("ascii") + b"\n"


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
