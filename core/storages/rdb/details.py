"""What belongs to trials and has tables of its own: parameters, values, reports, attributes.

Few trials are completed by one statement, which joins the rows of all tables; many by one
statement per table, whose rows are narrower.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...distributions import json_to_distribution
from ...records import FrozenTrial
from . import schema
from .encoding import decoded_float

Trials = dict[int, FrozenTrial]

_PARAM, _VALUE, _REPORT, _USER_ATTR, _SYSTEM_ATTR = range(5)
_MISSING = sa.null()
_NOTHING: sa.ColumnElement[Any] = sa.literal_column(
    "''"
)  # not NULL, whose type databases do not find out


def _union_of_all() -> sa.CompoundSelect[Any]:
    ids: sa.ColumnElement[Any] = sa.bindparam("trial_ids", expanding=True)

    def rows(
        kind: int,
        table: sa.Table,
        order: str,
        step: Any = _MISSING,
        number: Any = _MISSING,
        number_type: Any = _NOTHING,
        name: Any = _NOTHING,
        text: Any = _NOTHING,
        after: str | None = None,
    ) -> sa.Select[Any]:
        columns = (table.c.trial_id, table.c[order], step, number, number_type, name, text)
        labels = ("trial_id", "position", "step", "number", "number_type", "name", "text")
        labelled = (column.label(label) for column, label in zip(columns, labels, strict=True))
        kind_column: sa.Label[Any] = sa.literal_column(str(kind)).label("kind")
        selected = sa.select(kind_column, *labelled).where(table.c.trial_id.in_(ids))
        if after is not None:
            selected = selected.where(table.c[order] > sa.bindparam(after))
        return selected

    reports, values, params = (
        schema.trial_intermediate_values,
        schema.trial_values,
        schema.trial_params,
    )
    attrs = (
        rows(kind, table, order, name=table.c.key, text=table.c.value_json)
        for kind, table, order in (
            (_USER_ATTR, schema.trial_user_attributes, "trial_user_attribute_id"),
            (_SYSTEM_ATTR, schema.trial_system_attributes, "trial_system_attribute_id"),
        )
    )
    # Reports first: databases take the types of the columns from here.
    return sa.union_all(
        rows(
            _REPORT,
            reports,
            "trial_intermediate_value_id",
            step=reports.c.step,
            number=reports.c.intermediate_value,
            number_type=sa.cast(reports.c.intermediate_value_type, sa.String),
            after="after_report",
        ),
        rows(
            _VALUE,
            values,
            "objective",
            number=values.c.value,
            number_type=sa.cast(values.c.value_type, sa.String),
        ),
        rows(
            _PARAM,
            params,
            "param_id",
            number=params.c.param_value,
            name=params.c.param_name,
            text=params.c.distribution_json,
        ),
        *attrs,
    )


_ALL_OF_FEW = _union_of_all()


def complete_few(connection: Connection, trials: Trials, after_report: int = -1) -> dict[int, int]:
    """Fill trials by one statement.

    Parameters
    ----------
    connection : Connection
        In a transaction.
    trials : dict of int to FrozenTrial
        By identifier; no more than a few hundred.
    after_report : int, default -1
        Row of the last report that all of them have already.

    Returns
    -------
    dict of int to int
        Row of the last report that was read, for each trial that had any.
    """
    last_reports: dict[int, int] = {}
    if not trials:
        return last_reports
    wanted = {"trial_ids": list(trials), "after_report": after_report}
    # Sorted here: a database would make a table of its own for that.
    rows = sorted(connection.execute(_ALL_OF_FEW, wanted).all(), key=_place)
    for kind, trial_id, position, step, number, number_type, name, text in rows:
        trial = trials[trial_id]
        if kind == _PARAM:
            _put_param(trial, name, number, text)
        elif kind == _VALUE:
            _put_value(trial, number, number_type)
        elif kind == _REPORT:
            trial.intermediate_values[step] = decoded_float(number, number_type)
            last_reports[trial_id] = position
        else:
            _put_attr(trial, "user_attrs" if kind == _USER_ATTR else "system_attrs", name, text)
    return last_reports


def _place(row: Sequence[Any]) -> tuple[int, int]:
    kind, _, position = row[:3]
    return kind, position


def _put_param(trial: FrozenTrial, name: str, value: float, distribution_json: str) -> None:
    try:
        distribution = json_to_distribution(distribution_json)
        trial.params[name] = distribution.to_external_repr(value)
    except _UNREADABLE as error:
        raise _bad_row("trial_params", trial, f"param_name={name!r}", error) from error
    trial.distributions[name] = distribution


_UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)


def _bad_row(table: str, trial: FrozenTrial, place: str, error: Exception) -> ValueError:
    return ValueError(
        f"The table {table} holds a row that cannot be read, with trial_id={trial.trial_id}, "
        f"{place} ({type(error).__name__}: {error}). Mend or delete that row."
    )


def _put_value(trial: FrozenTrial, value: float | None, kind: str) -> None:
    try:
        number = decoded_float(value, kind)
    except _UNREADABLE as error:
        place = f"value={value!r}, value_type={kind!r}"
        raise _bad_row("trial_values", trial, place, error) from error
    trial.values = [*(trial.values or ()), number]


def _put_attr(trial: FrozenTrial, attribute: str, key: str, text: str) -> None:
    try:
        getattr(trial, attribute)[key] = json.loads(text)
    except _UNREADABLE as error:
        table = f"trial_{attribute.removesuffix('attrs')}attributes"
        raise _bad_row(table, trial, f"key={key!r}", error) from error


class Details:
    """Fills any number of trials by one statement per table.

    Parameters
    ----------
    wanted : Select
        Selects the identifiers of the trials.
    """

    def __init__(self, wanted: sa.Select[Any]) -> None:
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
        self._attrs = {
            "user_attrs": of_wanted(schema.trial_user_attributes, "key", "value_json"),
            "system_attrs": of_wanted(schema.trial_system_attributes, "key", "value_json"),
        }

    def complete(self, connection: Connection, trials: Trials, parameters: dict[str, Any]) -> None:
        """Fill trials.

        Parameters
        ----------
        connection : Connection
            In a transaction.
        trials : dict of int to FrozenTrial
            By identifier.
        parameters : dict of str to Any
            Of the statement that selects them.
        """
        # A trial that is not there was created between two statements.
        for trial_id, *param in _rows(connection, self._params, parameters):
            if trial_id in trials:
                _put_param(trials[trial_id], *param)
        values = list(_rows(connection, self._values, parameters))
        values.sort(key=lambda row: row[1])
        for trial_id, _, number, number_type in values:
            if trial_id in trials:
                _put_value(trials[trial_id], number, number_type)
        for trial_id, step, number, number_type in _rows(connection, self._reports, parameters):
            if trial_id in trials:
                reports = trials[trial_id].intermediate_values
                reports[step] = decoded_float(number, number_type)
        for attribute, statement in self._attrs.items():
            for trial_id, key, text in _rows(connection, statement, parameters):
                if trial_id in trials:
                    _put_attr(trials[trial_id], attribute, key, text)


def _column(table: sa.Table, name: str) -> sa.ColumnElement[Any]:
    column = table.c[name]
    # As text, because what other libraries wrote need not be among the known names.
    return sa.type_coerce(column, sa.String) if isinstance(column.type, sa.Enum) else column


def _rows(
    connection: Connection, statement: sa.Select[Any], parameters: dict[str, Any]
) -> Iterator[Sequence[Any]]:
    # By the thousand: one by one takes half as long again, all at once more memory.
    for rows in connection.execute(statement, parameters).partitions(1000):
        yield from rows
