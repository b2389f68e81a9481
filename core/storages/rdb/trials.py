"""What a database does with trials, each function within a transaction."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...distributions import (
    BaseDistribution,
    check_distribution_compatibility,
    json_to_distribution,
)
from ...exceptions import UpdateFinishedTrialError
from ...records import FrozenTrial, TrialState
from ..base import TrialUpdate
from . import schema, statements
from .encoding import checked_text, encoded_attr, utc
from .writing import (
    put_attrs,
    put_one_report,
    put_params,
    put_reports,
    put_values,
    put_vectors,
)

_UNFINISHED = ("RUNNING", "WAITING")


class Queue:
    """What this process knows of the last trial of a study, and of its waiting ones.

    Only what other transactions have committed is noted here, so nothing has to be taken back
    if this one fails.

    Attributes
    ----------
    next_number : int
        Number that the next trial will have.
    """

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self.next_number = 0
        self._last_id = -1
        self._waiting: list[int] = []

    def refresh(self, connection: Connection, study_id: int) -> None:
        """Look at the trials that were created since; other workers create none meanwhile.

        Raises
        ------
        KeyError
            If there is no such study.
        """
        # In SQLite the write transaction itself keeps the others out.
        if connection.dialect.name != "sqlite" or self._last_id < 0:
            lock(connection, study_id)
        rows = self._rows_since_last(connection, study_id)
        if self._last_id >= 0 and (not rows or rows[0][:2] != self._last):
            # A study was deleted, and the database has given its identifier to another one.
            self._forget()
            lock(connection, study_id)
            rows = self._rows_since_last(connection, study_id)
        for trial_id, number, state in rows:
            # Trials never begin to wait later, so each is looked at once.
            if trial_id > self._last_id and state == "WAITING":
                self._waiting.append(trial_id)
            self.next_number = number + 1
        if rows:
            self._last_id = rows[-1][0]

    @property
    def _last(self) -> tuple[int, int]:
        return self._last_id, self.next_number - 1

    def _rows_since_last(self, connection: Connection, study_id: int) -> list[tuple[int, int, str]]:
        rows = connection.execute(
            statements.TRIALS_SINCE, {"study_id": study_id, "since": self._last_id}
        )
        return [(trial_id, number, state) for trial_id, number, state in rows]

    def claim(self, connection: Connection, now: datetime.datetime) -> int | None:
        """Set the oldest waiting trial running, and return it; None if there is none."""
        while self._waiting:
            # It stays in the list until it is seen to be taken: this transaction may yet fail.
            if claim(connection, self._waiting[0], now):
                return self._waiting[0]
            del self._waiting[0]
        return None


def lock(connection: Connection, study_id: int) -> None:
    """Keep other workers from creating trials in a study; KeyError if there is none."""
    if connection.execute(statements.LOCK_STUDY, {"study_id": study_id}).scalar() is None:
        raise KeyError(f"There is no study with id {study_id}.")


def insert(connection: Connection, study_id: int, number: int, trial: FrozenTrial) -> int:
    """Insert a trial's own row and return its identifier."""
    result = connection.execute(
        statements.INSERT_TRIAL,
        {
            "number": number,
            "study_id": study_id,
            "state": trial.state.name,
            "datetime_start": utc(trial.datetime_start),
            "datetime_complete": utc(trial.datetime_complete),
        },
    )
    return int(result.inserted_primary_key[0])  # type: ignore[index]  # an insert has one


def insert_whole(connection: Connection, study_id: int, number: int, trial: FrozenTrial) -> int:
    """Insert a trial with everything that it has, and return its identifier.

    Raises
    ------
    ValueError
        If another trial of the study has a parameter with another kind of distribution.
    """
    for name, distribution in trial.distributions.items():
        check_distribution(connection, study_id, name, distribution)
    trial_id = insert(connection, study_id, number, trial)
    put_params(
        connection,
        trial_id,
        {
            name: (distribution.to_internal_repr(trial.params[name]), distribution)
            for name, distribution in trial.distributions.items()
        },
    )
    _put_trial_attrs(connection, trial_id, trial.user_attrs, trial.system_attrs)
    put_reports(connection, trial_id, trial.intermediate_values)
    put_vectors(connection, trial_id, trial.intermediate_vectors)
    put_values(connection, trial_id, trial.values or ())
    return trial_id


def claim(connection: Connection, trial_id: int, now: datetime.datetime) -> bool:
    """Set a waiting trial running; False if it does not wait any more."""
    result = connection.execute(statements.CLAIM_TRIAL, {"id": trial_id, "start": utc(now)})
    return bool(result.rowcount)


def check_updatable(connection: Connection, trial_id: int) -> str:
    """Keep other workers from changing a trial; return its state.

    Raises
    ------
    KeyError
        If there is no such trial.
    UpdateFinishedTrialError
        If it has finished.
    """
    row = connection.execute(statements.LOCK_TRIAL, {"id": trial_id}).first()
    if row is None:
        raise KeyError(f"There is no trial with id {trial_id}.")
    number, state = row
    if state not in _UNFINISHED:
        raise UpdateFinishedTrialError(
            f"Trial {number} has finished ({state}) and cannot be changed."
        )
    return str(state)


def update(connection: Connection, trial_id: int, changes: TrialUpdate) -> None:
    """Write all changes to a trial; errors as in :func:`check_updatable`."""
    state = changes.state
    if changes.is_one_report:
        [(step, value)] = changes.intermediate_values.items()
        if put_one_report(connection, trial_id, step, value):
            return
    if state is None or not state.is_finished():
        check_updatable(connection, trial_id)
        if state is not None:
            set_state(connection, trial_id, state)
    else:
        # The row is locked by this, too.
        end = utc(changes.datetime_complete or datetime.datetime.now())
        ended = connection.execute(
            statements.END_TRIAL, {"id": trial_id, "new_state": state.name, "end": end}
        )
        if not ended.rowcount:
            check_updatable(connection, trial_id)
    put_params(connection, trial_id, changes.params)
    _put_trial_attrs(connection, trial_id, changes.user_attrs, changes.system_attrs)
    put_reports(connection, trial_id, changes.intermediate_values)
    put_vectors(connection, trial_id, changes.intermediate_vectors)
    if changes.dropped_params:
        params = schema.trial_params
        connection.execute(
            sa.delete(params).where(
                params.c.trial_id == trial_id, params.c.param_name.in_(changes.dropped_params)
            )
        )
    if changes.values is not None:
        put_values(connection, trial_id, changes.values)


def set_state(connection: Connection, trial_id: int, state: TrialState) -> None:
    """Set the state of a trial that has not finished, and the time that goes with it."""
    change: dict[str, Any] = {"id": trial_id, "new_state": state.name}
    now = utc(datetime.datetime.now())
    if state is TrialState.RUNNING:
        connection.execute(statements.SET_BEGUN, {**change, "start": now})
    elif state.is_finished():
        connection.execute(statements.END_TRIAL, {**change, "end": now})
    else:
        connection.execute(statements.SET_STATE, change)


def has_ended_by(connection: Connection, trial_id: int, changes: TrialUpdate) -> bool:
    """Return whether a trial has ended by these changes, and not by those of another worker."""
    row = connection.execute(statements.STATE_OF_TRIAL, {"id": trial_id}).first()
    if row is None or changes.state is None or row[0] != changes.state.name:
        return False
    table = schema.trial_system_attributes.c
    rows = connection.execute(
        sa.select(table.key, table.value_json).where(table.trial_id == trial_id)
    )
    stored = {row[0]: row[1] for row in rows}
    return all(
        stored.get(key) == encoded_attr(key, value) for key, value in changes.system_attrs.items()
    )


def beat(connection: Connection, trial_id: int, *, is_new: bool = False) -> None:
    """Record a sign of life of a trial's worker, for a new trial the first one."""
    if is_new or not connection.execute(statements.BEAT_AGAIN, {"id": trial_id}).rowcount:
        connection.execute(statements.FIRST_BEAT, {"id": trial_id})


def check_distribution(
    connection: Connection, study_id: int, name: str, distribution: BaseDistribution
) -> None:
    """Raise ValueError if a trial of the study has a parameter with another kind of range."""
    checked_text("The parameter name", name, connection.dialect.name)
    params, trials = schema.trial_params.c, schema.trials.c
    known = connection.execute(
        sa.select(params.distribution_json)
        .where(
            params.param_name == name,
            params.trial_id == trials.trial_id,
            trials.study_id == study_id,
        )
        .limit(1)
    ).scalar()
    if known is not None:
        check_distribution_compatibility(json_to_distribution(known), distribution)


def _put_trial_attrs(
    connection: Connection,
    trial_id: int,
    user_attrs: Mapping[str, Any],
    system_attrs: Mapping[str, Any],
) -> None:
    for table, attrs in (
        (schema.trial_user_attributes, user_attrs),
        (schema.trial_system_attributes, system_attrs),
    ):
        put_attrs(connection, table, "trial_id", trial_id, attrs)
