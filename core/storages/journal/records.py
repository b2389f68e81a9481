"""The records of a journal, as Optuna 5 writes them.

A record is a JSON object with ``op_code`` (what happens), ``worker_id`` (who wrote it) and the
fields of its kind. Identifiers are not written where studies and trials are created: they are
counted when the journal is replayed. Fields of our own begin with ``tunesmith:``; Optuna ignores
fields that it does not know (but not unknown op codes, so there are none).
"""

from __future__ import annotations

import datetime
import enum
import json
from collections.abc import Mapping, Sequence
from typing import Any

from ...distributions import BaseDistribution, distribution_to_json
from ...records import FrozenTrial, StudyDirection, TrialState

Record = dict[str, Any]

DAMAGED: Record = {}  # stands for an entry of the journal that cannot be read

# Parameters that were proposed when the trial was created: internal value and distribution. They
# become parameters for Optuna when the trial ends, because its records cannot take one back.
PROPOSED = "tunesmith:params"
# Reports of several objectives, by step as text: a field of records that are nothing to Optuna
# (and have a ``trial_id``), and of those that create a whole trial.
VECTORS = "tunesmith:vectors"
# Under which name the trial's worker gives signs of life.
ALIVE = "tunesmith:alive"


class Op(enum.IntEnum):
    """What a record says has happened."""

    CREATE_STUDY = 0
    DELETE_STUDY = 1
    SET_STUDY_USER_ATTR = 2
    SET_STUDY_SYSTEM_ATTR = 3
    CREATE_TRIAL = 4
    SET_TRIAL_PARAM = 5
    SET_TRIAL_STATE_VALUES = 6
    SET_TRIAL_INTERMEDIATE_VALUE = 7
    SET_TRIAL_USER_ATTR = 8
    SET_TRIAL_SYSTEM_ATTR = 9
    NONE = 10  # Optuna reads it without an effect


# Text of the distributions that are in use, which stay the same from trial to trial. By identity,
# because 1 and True are equal; holding the distribution keeps its identity from being used again.
_texts: dict[int, tuple[BaseDistribution, str]] = {}
_MOST_TEXTS = 4096


def distribution_text(distribution: BaseDistribution) -> str:
    """Return a distribution as JSON text."""
    known = _texts.get(id(distribution))
    if known is not None and known[0] is distribution:
        return known[1]
    if len(_texts) >= _MOST_TEXTS:
        _texts.clear()
    text = distribution_to_json(distribution)
    _texts[id(distribution)] = (distribution, text)
    return text


_SCALARS = (str, int, float, bool, type(None))


def written_attr(key: str, value: Any) -> dict[str, Any]:
    """Return an attribute as a reader of the journal will find it.

    Raises
    ------
    TypeError
        If the value cannot be written as JSON.

    Examples
    --------
    >>> written_attr("k", (1, 2))
    {'k': [1, 2]}
    """
    if type(value) in _SCALARS and type(key) is str:
        return {key: value}
    try:
        attr: dict[str, Any] = json.loads(json.dumps({key: value}))
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(
            f"The attribute {key!r} must be JSON-serializable to be stored: {error}."
        ) from error
    return attr


def written_time(time: datetime.datetime | None) -> str | None:
    """Return a local time as the text that records hold.

    Examples
    --------
    >>> read_time(written_time(datetime.datetime(2026, 1, 2, 3, 4, 5, 678)))
    datetime.datetime(2026, 1, 2, 3, 4, 5, 678)
    """
    if time is None:
        return None
    return time.astimezone(datetime.timezone.utc).isoformat(timespec="microseconds")


def _now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="microseconds")


def read_time(text: str | None) -> datetime.datetime | None:
    """Undo :func:`written_time`."""
    if text is None:
        return None
    return datetime.datetime.fromisoformat(text).astimezone().replace(tzinfo=None)


class RecordWriter:
    """Makes the records of one worker.

    Parameters
    ----------
    worker_id : str
        Unique to the process and thread that writes.
    """

    def __init__(self, worker_id: str) -> None:
        self.worker_id = worker_id

    def _record(self, op: Op, **fields: Any) -> Record:
        return {"op_code": int(op), "worker_id": self.worker_id, **fields}

    def create_study(self, name: str, directions: Sequence[StudyDirection]) -> Record:
        return self._record(
            Op.CREATE_STUDY, study_name=name, directions=[int(d) for d in directions]
        )

    def delete_study(self, study_id: int) -> Record:
        return self._record(Op.DELETE_STUDY, study_id=study_id)

    def study_user_attr(self, study_id: int, attr: Mapping[str, Any]) -> Record:
        return self._record(Op.SET_STUDY_USER_ATTR, study_id=study_id, user_attr=attr)

    def study_system_attr(self, study_id: int, attr: Mapping[str, Any]) -> Record:
        return self._record(Op.SET_STUDY_SYSTEM_ATTR, study_id=study_id, system_attr=attr)

    def start_trial(self, study_id: int) -> Record:
        return self._record(Op.CREATE_TRIAL, study_id=study_id, datetime_start=_now())

    def create_trial(self, study_id: int, template: FrozenTrial) -> Record:
        values = template.values
        single = values is not None and len(values) == 1
        record = self._record(
            Op.CREATE_TRIAL,
            study_id=study_id,
            datetime_start=written_time(template.datetime_start),
            state=int(template.state),
            value=float(values[0]) if values and single else None,
            values=None if values is None or single else [float(v) for v in values],
        )
        if template.datetime_complete is not None:
            record["datetime_complete"] = written_time(template.datetime_complete)
        distributions = template.distributions
        record["distributions"] = {
            name: distribution_text(distribution) for name, distribution in distributions.items()
        }
        record["params"] = {
            name: distributions[name].to_internal_repr(value)
            for name, value in template.params.items()
        }
        record["user_attrs"] = written_attrs(template.user_attrs)
        record["system_attrs"] = written_attrs(template.system_attrs)
        record["intermediate_values"] = {
            str(step): float(value) for step, value in template.intermediate_values.items()
        }
        if template.intermediate_vectors:
            record[VECTORS] = _written_vectors(template.intermediate_vectors)
        return record

    def param(
        self, trial_id: int, name: str, value: float, distribution: BaseDistribution
    ) -> Record:
        return {
            "op_code": 5,
            "worker_id": self.worker_id,
            "trial_id": trial_id,
            "param_name": name,
            "param_value_internal": value if type(value) is int else float(value),
            "distribution": distribution_text(distribution),
        }

    def claim(self, trial_id: int) -> Record:
        return self.state(trial_id, TrialState.RUNNING, None, None)

    def state(
        self,
        trial_id: int,
        state: TrialState,
        values: Sequence[float] | None,
        datetime_complete: datetime.datetime | None,
    ) -> Record:
        record = self._record(
            Op.SET_TRIAL_STATE_VALUES,
            trial_id=trial_id,
            state=int(state),
            values=None if values is None else [float(value) for value in values],
        )
        if state is TrialState.RUNNING:
            record["datetime_start"] = _now()
        elif state.is_finished():
            record["datetime_complete"] = written_time(datetime_complete) or _now()
        return record

    def report(self, trial_id: int, step: int, value: float) -> Record:
        return self._record(
            Op.SET_TRIAL_INTERMEDIATE_VALUE,
            trial_id=trial_id,
            step=int(step),
            intermediate_value=float(value),
        )

    def vectors(self, trial_id: int, vectors: Mapping[int, Sequence[float]]) -> Record:
        return self._record(Op.NONE, trial_id=trial_id, **{VECTORS: _written_vectors(vectors)})

    def user_attr(self, trial_id: int, attr: Mapping[str, Any]) -> Record:
        return self._record(Op.SET_TRIAL_USER_ATTR, trial_id=trial_id, user_attr=attr)

    def system_attr(self, trial_id: int, attr: Mapping[str, Any]) -> Record:
        return self._record(Op.SET_TRIAL_SYSTEM_ATTR, trial_id=trial_id, system_attr=attr)


def only_progress(records: Sequence[Record]) -> bool:
    """Whether records say no more than that trials begin, have parameters and report."""
    return all(_is_progress(record) for record in records)


def _is_progress(record: Record) -> bool:
    op = record["op_code"]
    if op in (Op.CREATE_TRIAL, Op.SET_TRIAL_STATE_VALUES):
        return bool(record.get("state", TrialState.RUNNING) == TrialState.RUNNING)
    return op in (Op.SET_TRIAL_PARAM, Op.SET_TRIAL_INTERMEDIATE_VALUE) or VECTORS in record


def _written_vectors(vectors: Mapping[int, Sequence[float]]) -> dict[str, list[float]]:
    return {str(int(step)): [float(v) for v in vector] for step, vector in vectors.items()}


def read_vectors(record: Record) -> dict[int, tuple[float, ...]]:
    """Return the reports of several objectives in a record, by step."""
    return {int(step): tuple(vector) for step, vector in record.get(VECTORS, {}).items()}


def written_attrs(attrs: Mapping[str, Any]) -> dict[str, Any]:
    """Return attributes as a reader of the journal will find them; see :func:`written_attr`."""
    written: dict[str, Any] = {}
    for key, value in attrs.items():
        written.update(written_attr(key, value))
    return written
