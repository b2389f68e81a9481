"""From rows to records."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...distributions import json_to_distribution
from ...records import FrozenTrial, TrialState
from . import schema
from .encoding import decoded_float, local

_STATES = TrialState.__members__
_MOST_IDS = 500  # in one statement: SQLite and drivers limit the number of parameters

_trial_columns = sa.select(
    schema.trials.c.trial_id,
    schema.trials.c.number,
    sa.type_coerce(schema.trials.c.state, sa.String),
    schema.trials.c.datetime_start,
    schema.trials.c.datetime_complete,
)


def trials_where(connection: Connection, *conditions: sa.ColumnElement[bool]) -> list[FrozenTrial]:
    """Read the trials that meet conditions on the trials' table, ordered by number.

    Six statements, whatever the number of trials.
    """
    rows = connection.execute(
        _trial_columns.where(*conditions).order_by(schema.trials.c.number)
    ).all()
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
        for trial_id, number, state, start, complete in rows
    }
    if trials:
        wanted = sa.select(schema.trials.c.trial_id).where(*conditions)
        _fill(connection, trials, wanted)
    return list(trials.values())


def trials_by_id(connection: Connection, trial_ids: Sequence[int]) -> list[FrozenTrial]:
    """Read trials by their identifiers, ordered by number."""
    trials: list[FrozenTrial] = []
    for start in range(0, len(trial_ids), _MOST_IDS):
        some = list(trial_ids[start : start + _MOST_IDS])
        trials += trials_where(connection, schema.trials.c.trial_id.in_(some))
    return sorted(trials)


def _fill(connection: Connection, trials: dict[int, FrozenTrial], wanted: sa.Select[Any]) -> None:
    params = schema.trial_params
    for trial_id, name, value, distribution_json in connection.execute(
        sa.select(
            params.c.trial_id, params.c.param_name, params.c.param_value, params.c.distribution_json
        )
        .where(params.c.trial_id.in_(wanted))
        .order_by(params.c.param_id)
    ):
        trial = trials.get(trial_id)
        if trial is not None:
            distribution = json_to_distribution(distribution_json)
            trial.distributions[name] = distribution
            trial.params[name] = distribution.to_external_repr(value)
    values = schema.trial_values
    for trial_id, value, kind in connection.execute(
        sa.select(values.c.trial_id, values.c.value, sa.type_coerce(values.c.value_type, sa.String))
        .where(values.c.trial_id.in_(wanted))
        .order_by(values.c.trial_id, values.c.objective)
    ):
        trial = trials.get(trial_id)
        if trial is not None:
            trial.values = [*(trial.values or ()), decoded_float(value, kind)]
    reports = schema.trial_intermediate_values
    for trial_id, step, value, kind in connection.execute(
        sa.select(
            reports.c.trial_id,
            reports.c.step,
            reports.c.intermediate_value,
            sa.type_coerce(reports.c.intermediate_value_type, sa.String),
        )
        .where(reports.c.trial_id.in_(wanted))
        .order_by(reports.c.trial_intermediate_value_id)
    ):
        trial = trials.get(trial_id)
        if trial is not None:
            trial.intermediate_values[step] = decoded_float(value, kind)
    for table, attribute in (
        (schema.trial_user_attributes, "user_attrs"),
        (schema.trial_system_attributes, "system_attrs"),
    ):
        for trial_id, key, value_json in connection.execute(
            sa.select(table.c.trial_id, table.c.key, table.c.value_json)
            .where(table.c.trial_id.in_(wanted))
            .order_by(table.primary_key.columns[0])
        ):
            trial = trials.get(trial_id)
            if trial is not None:
                getattr(trial, attribute)[key] = json.loads(value_json)
