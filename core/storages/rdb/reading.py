"""From rows to records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...distributions import json_to_distribution
from ...records import FrozenTrial, TrialState
from . import schema
from .encoding import decoded_float, local

_STATES = TrialState.__members__
_MOST_IDS = 500  # in one statement: SQLite and drivers limit the number of parameters


class TrialReader:
    """Reads the trials that meet some conditions: six statements, whatever their number.

    Parameters
    ----------
    *conditions : ColumnElement of bool
        On the columns of the trials' table, with named parameters.
    """

    def __init__(self, *conditions: sa.ColumnElement[bool]) -> None:
        trials = schema.trials.c
        self._trials = (
            sa.select(
                trials.trial_id,
                trials.number,
                sa.type_coerce(trials.state, sa.String),
                trials.datetime_start,
                trials.datetime_complete,
            )
            .where(*conditions)
            .order_by(trials.number)
        )
        wanted = sa.select(trials.trial_id).where(*conditions)

        def of_wanted(table: sa.Table, *columns: str) -> sa.Select[Any]:
            chosen = (_column(table, name) for name in ("trial_id", *columns))
            order = next(iter(table.primary_key.columns))
            return sa.select(*chosen).where(table.c.trial_id.in_(wanted)).order_by(order)

        self._params = of_wanted(
            schema.trial_params, "param_name", "param_value", "distribution_json"
        )
        self._values = of_wanted(schema.trial_values, "objective", "value", "value_type")
        self._reports = of_wanted(
            schema.trial_intermediate_values,
            "step",
            "intermediate_value",
            "intermediate_value_type",
        )
        self._user_attrs = of_wanted(schema.trial_user_attributes, "key", "value_json")
        self._system_attrs = of_wanted(schema.trial_system_attributes, "key", "value_json")

    def read(self, connection: Connection, parameters: dict[str, Any]) -> list[FrozenTrial]:
        """Return the trials, ordered by number.

        Parameters
        ----------
        connection : Connection
            In a transaction.
        parameters : dict of str to Any
            Values of the conditions' parameters.
        """
        trials = {
            trial_id: FrozenTrial(
                number,
                _STATES[state],
                None,
                local(start),
                local(complete),
                {},
                {},
                {},
                {},
                {},
                trial_id,
            )
            for trial_id, number, state, start, complete in _rows(
                connection, self._trials, parameters
            )
        }
        if trials:
            self._fill(connection, trials, parameters)
        return list(trials.values())

    def _fill(
        self, connection: Connection, trials: dict[int, FrozenTrial], parameters: dict[str, Any]
    ) -> None:
        # A trial that is not there was created between two statements.
        for trial_id, name, value, distribution_json in _rows(connection, self._params, parameters):
            trial = trials.get(trial_id)
            if trial is not None:
                distribution = json_to_distribution(distribution_json)
                trial.distributions[name] = distribution
                trial.params[name] = distribution.to_external_repr(value)
        values = list(_rows(connection, self._values, parameters))
        for trial_id, _, value, kind in sorted(values, key=lambda row: (row[0], row[1])):
            trial = trials.get(trial_id)
            if trial is not None:
                trial.values = [*(trial.values or ()), decoded_float(value, kind)]
        for trial_id, step, value, kind in _rows(connection, self._reports, parameters):
            trial = trials.get(trial_id)
            if trial is not None:
                trial.intermediate_values[step] = decoded_float(value, kind)
        for statement, attribute in (
            (self._user_attrs, "user_attrs"),
            (self._system_attrs, "system_attrs"),
        ):
            for trial_id, key, value_json in _rows(connection, statement, parameters):
                trial = trials.get(trial_id)
                if trial is not None:
                    getattr(trial, attribute)[key] = json.loads(value_json)


def _rows(
    connection: Connection, statement: sa.Select[Any], parameters: dict[str, Any]
) -> Iterator[Sequence[Any]]:
    # By the thousand: one by one takes half as long again, all at once more memory.
    for rows in connection.execute(statement, parameters).partitions(1000):
        yield from rows


def _column(table: sa.Table, name: str) -> sa.ColumnElement[Any]:
    column = table.c[name]
    # As text, because what other libraries wrote need not be among the known names.
    return sa.type_coerce(column, sa.String) if isinstance(column.type, sa.Enum) else column


_trials = schema.trials.c
_BY_ID = TrialReader(_trials.trial_id.in_(sa.bindparam("trial_ids", expanding=True)))

#: All trials of a study. Parameter: study_id.
TRIALS_OF_STUDY = TrialReader(_trials.study_id == sa.bindparam("study_id"))

#: Those in some states. Parameters: study_id, states (names).
TRIALS_IN_STATES = TrialReader(
    _trials.study_id == sa.bindparam("study_id"),
    _trials.state.in_(sa.bindparam("states", expanding=True)),
)

#: Those after one. Parameters: study_id, after (an identifier).
TRIALS_AFTER = TrialReader(
    _trials.study_id == sa.bindparam("study_id"), _trials.trial_id > sa.bindparam("after")
)


def trials_by_id(connection: Connection, trial_ids: Sequence[int]) -> list[FrozenTrial]:
    """Read trials by their identifiers, ordered by number."""
    trials: list[FrozenTrial] = []
    for start in range(0, len(trial_ids), _MOST_IDS):
        some = list(trial_ids[start : start + _MOST_IDS])
        trials += _BY_ID.read(connection, {"trial_ids": some})
    return sorted(trials) if len(trial_ids) > _MOST_IDS else trials
