"""Reading trials, all of them or those that have changed."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...records import FrozenTrial, TrialState
from . import schema
from .details import Details, LastRows, Trials, complete_few
from .encoding import local

Item = TypeVar("Item")

_STATES = TrialState.__members__
_MOST_IDS = 500  # in one statement: SQLite and drivers limit the number of parameters
_FEW = 100

_trials = schema.trials.c
_TRIALS = sa.select(
    _trials.trial_id,
    _trials.number,
    sa.type_coerce(_trials.state, sa.String),
    _trials.datetime_start,
    _trials.datetime_complete,
)
_OF_STUDY = _trials.study_id == sa.bindparam("study_id")


def _record(
    trial_id: int,
    number: int,
    state: str,
    start: datetime.datetime | None,
    end: datetime.datetime | None,
) -> FrozenTrial:
    return FrozenTrial(
        number, _STATES[state], None, local(start), local(end), {}, {}, {}, {}, {}, trial_id
    )


def _records(rows: Sequence[Sequence[Any]]) -> Trials:
    return {row[0]: _record(*row) for row in rows}


class TrialReader:
    """Reads the trials that meet some conditions: seven statements, whatever their number.

    Parameters
    ----------
    *conditions : ColumnElement of bool
        On the columns of the trials' table, with named parameters.
    """

    def __init__(self, *conditions: sa.ColumnElement[bool]) -> None:
        self._trials = _TRIALS.where(*conditions)
        self._details = Details(sa.select(_trials.trial_id).where(*conditions))

    def read(
        self, connection: Connection, parameters: dict[str, Any], *, with_vectors: bool
    ) -> list[FrozenTrial]:
        """Return the trials, ordered by number.

        Parameters
        ----------
        connection : Connection
            In a transaction.
        parameters : dict of str to Any
            Values of the conditions' parameters.
        with_vectors : bool
            Whether the database has the table for reports of several objectives.
        """
        trials = _records(connection.execute(self._trials, parameters).all())
        self.complete(connection, trials, parameters, with_vectors=with_vectors)
        return sorted(trials.values())

    def complete(
        self,
        connection: Connection,
        trials: Trials,
        parameters: dict[str, Any],
        *,
        with_vectors: bool,
    ) -> None:
        """Fill trials that meet the conditions."""
        if len(trials) <= _FEW:
            complete_few(connection, trials, with_vectors=with_vectors)
        else:
            self._details.complete(connection, trials, parameters, with_vectors=with_vectors)


#: All trials of a study. Parameter: study_id.
TRIALS_OF_STUDY = TrialReader(_OF_STUDY)

#: Those in some states. Parameters: study_id, states (names).
TRIALS_IN_STATES = TrialReader(_OF_STUDY, _trials.state.in_(sa.bindparam("states", expanding=True)))

_TRIALS_AFTER = TrialReader(_OF_STUDY, _trials.trial_id > sa.bindparam("after"))
_BY_ID = _TRIALS.where(_trials.trial_id.in_(sa.bindparam("trial_ids", expanding=True)))
_AFTER = _TRIALS.where(_OF_STUDY, _trials.trial_id > sa.bindparam("after"))
_AFTER_AND_BY_ID = sa.union_all(_AFTER, _BY_ID)
_NO_LONGER_WAITING = sa.select(_trials.trial_id).where(
    _trials.trial_id >= sa.bindparam("first"),
    _trials.trial_id <= sa.bindparam("last"),
    _trials.state != "WAITING",
)


def trials_by_id(
    connection: Connection, trial_ids: Collection[int], *, with_vectors: bool
) -> list[FrozenTrial]:
    """Read trials by their identifiers, ordered by number: two statements for some hundreds."""
    trials: list[FrozenTrial] = []
    for some in _parts(dict.fromkeys(trial_ids)):
        found = _records(connection.execute(_BY_ID, {"trial_ids": list(some)}).all())
        complete_few(connection, found, with_vectors=with_vectors)
        trials += found.values()
    return sorted(trials)


def _parts(by_id: dict[int, Item]) -> Iterator[dict[int, Item]]:
    items = list(by_id.items())
    for start in range(0, len(items), _MOST_IDS):
        yield dict(items[start : start + _MOST_IDS])


class _Reports(NamedTuple):
    # Those of a running trial that have been read, by step, and the rows of the last ones.
    values: dict[int, float]
    vectors: dict[int, tuple[float, ...]]
    last_rows: LastRows


_NO_REPORTS = _Reports({}, {}, LastRows())


class Cursor:
    """What a reader of a study has seen.

    Parameters
    ----------
    with_vectors : bool
        Whether the study has several objectives and the database a table for their reports.
    """

    def __init__(self, *, with_vectors: bool) -> None:
        self._with_vectors = with_vectors
        self._n_known = 0  # all numbers below are known
        self._last_id = -1  # identifier of the last of them
        self._running: dict[int, _Reports] = {}
        self._waiting: frozenset[int] = frozenset()

    def read_on(self, connection: Connection, study_id: int) -> tuple[list[FrozenTrial], Cursor]:
        """Read the trials that may have changed, see ``BaseStorage.read_trials``."""
        begun = self._no_longer_waiting(connection)
        known = begun.union(self._running)
        after = {"study_id": study_id, "after": self._last_id}
        if known and len(known) <= _MOST_IDS:
            rows = connection.execute(_AFTER_AND_BY_ID, {**after, "trial_ids": sorted(known)})
            found = _records(rows.all())
        else:
            found = _records(connection.execute(_AFTER, after).all())
            for some in _parts(dict.fromkeys(known)):
                found.update(_records(connection.execute(_BY_ID, {"trial_ids": list(some)}).all()))
        reports = self._complete(connection, found, after)
        changed = sorted(found.values())
        return changed, self._following(changed, begun, reports)

    def _no_longer_waiting(self, connection: Connection) -> frozenset[int]:
        if not self._waiting:
            return frozenset()
        span = {"first": min(self._waiting), "last": max(self._waiting)}
        ids = connection.execute(_NO_LONGER_WAITING, span).scalars()
        return self._waiting.intersection(ids)

    def _complete(
        self, connection: Connection, found: Trials, after: dict[str, Any]
    ) -> dict[int, _Reports]:
        """Fill the trials; return the reports of those that run."""
        # Of a trial that goes on running only the new reports are read, or each report would
        # cost more than the one before. One that is replaced by the storage's own method, which
        # Trial.report never does, is seen when the trial has ended.
        going_on = {
            trial_id: trial
            for trial_id, trial in found.items()
            if trial.state is TrialState.RUNNING
            and self._running.get(trial_id, _NO_REPORTS) is not _NO_REPORTS
        }
        others = {trial_id: t for trial_id, t in found.items() if trial_id not in going_on}
        last_rows: dict[int, LastRows] = {}
        if len(others) > _FEW:
            new = {i: t for i, t in others.items() if i > self._last_id}
            _TRIALS_AFTER.complete(connection, new, after, with_vectors=self._with_vectors)
            others = {i: t for i, t in others.items() if i <= self._last_id}
        for some in _parts(others):
            last_rows.update(complete_few(connection, some, with_vectors=self._with_vectors))
        for trial_id, trial in going_on.items():
            trial.intermediate_values.update(self._running[trial_id].values)
            trial.intermediate_vectors.update(self._running[trial_id].vectors)
        if going_on:
            before = {trial_id: self._running[trial_id].last_rows for trial_id in going_on}
            seen = LastRows(
                min(rows.report for rows in before.values()),
                min(rows.vector for rows in before.values()),
            )
            new_rows = complete_few(connection, going_on, seen, with_vectors=self._with_vectors)
            for trial_id, (report, vector) in before.items():
                new_report, new_vector = new_rows.get(trial_id, LastRows())
                last_rows[trial_id] = LastRows(max(report, new_report), max(vector, new_vector))
        return {
            trial_id: _Reports(
                trial.intermediate_values.copy(),
                trial.intermediate_vectors.copy(),
                last_rows[trial_id],
            )
            if trial_id in last_rows
            else _NO_REPORTS
            for trial_id, trial in found.items()
            if trial.state is TrialState.RUNNING
        }

    def _following(
        self,
        changed: Sequence[FrozenTrial],
        begun: Collection[int],
        running: dict[int, _Reports],
    ) -> Cursor:
        following = Cursor(with_vectors=self._with_vectors)
        following._n_known, following._last_id = self._n_known, self._last_id
        following._running = running
        waiting = [t.trial_id for t in changed if t.state is TrialState.WAITING]
        following._waiting = self._waiting.difference(begun).union(waiting)
        for trial in changed:
            # A number may be missing for a moment, if its transaction ends after the next one's.
            if trial.number == following._n_known:
                following._n_known += 1
                following._last_id = max(following._last_id, trial.trial_id)
        return following
