"""What belongs to trials and has tables of its own: parameters, values, reports, attributes.

Few trials are completed by one statement, which joins the rows of all tables; many by one
statement per table, whose rows are narrower.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...distributions import json_to_distribution
from ...records import FrozenTrial
from . import schema
from .encoding import decoded_float

Trials = dict[int, FrozenTrial]

_PARAM, _VALUE, _REPORT, _USER_ATTR, _SYSTEM_ATTR, _VECTOR = range(6)
_MISSING = sa.null()
_NOTHING: sa.ColumnElement[Any] = sa.literal_column(
    "''"
)  # not NULL, whose type databases do not find out


class LastRows(NamedTuple):
    """Rows of the last reports of a trial that were read; -1 if there was none."""

    report: int = -1
    vector: int = -1


def _union_of_all(*, with_vectors: bool) -> sa.CompoundSelect[Any]:
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
    vectors = schema.trial_intermediate_vectors
    vector_rows = rows(
        _VECTOR,
        vectors,
        "intermediate_vector_id",
        step=vectors.c.step,
        text=vectors.c.vector_json,
        after="after_vector",
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
        *((vector_rows,) if with_vectors else ()),
    )


_ALL_OF_FEW = {
    with_vectors: _union_of_all(with_vectors=with_vectors) for with_vectors in (False, True)
}


def complete_few(
    connection: Connection,
    trials: Trials,
    after: LastRows = LastRows(),  # noqa: B008  # immutable
    *,
    with_vectors: bool,
) -> dict[int, LastRows]:
    """Fill trials by one statement.

    Parameters
    ----------
    connection : Connection
        In a transaction.
    trials : dict of int to FrozenTrial
        By identifier; no more than a few hundred.
    after : LastRows, optional
        The last reports that all of them have already.
    with_vectors : bool
        Whether there may be reports of several objectives, and a table for them.

    Returns
    -------
    dict of int to LastRows
        The last reports that were read, for each trial that had any.
    """
    last_rows: dict[int, LastRows] = {}
    if not trials:
        return last_rows
    wanted: dict[str, Any] = {"trial_ids": list(trials), "after_report": after.report}
    if with_vectors:
        wanted["after_vector"] = after.vector
    # Sorted here: a database would make a table of its own for that.
    rows = sorted(connection.execute(_ALL_OF_FEW[with_vectors], wanted).all(), key=_place)
    for kind, trial_id, position, step, number, number_type, name, text in rows:
        trial = trials[trial_id]
        if kind == _PARAM:
            _put_param(trial, name, number, text)
        elif kind == _VALUE:
            _put_value(trial, number, number_type)
        elif kind == _REPORT:
            trial.intermediate_values[step] = decoded_float(number, number_type)
            last_rows[trial_id] = LastRows(report=position)
        elif kind == _VECTOR:
            trial.intermediate_vectors[step] = tuple(json.loads(text))
            last_rows[trial_id] = last_rows.get(trial_id, LastRows())._replace(vector=position)
        else:
            _put_attr(trial, "user_attrs" if kind == _USER_ATTR else "system_attrs", name, text)
    return last_rows


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
        self._vectors = of_wanted(schema.trial_intermediate_vectors, "step", "vector_json")
        self._attrs = {
            "user_attrs": of_wanted(schema.trial_user_attributes, "key", "value_json"),
            "system_attrs": of_wanted(schema.trial_system_attributes, "key", "value_json"),
        }

    def complete(
        self,
        connection: Connection,
        trials: Trials,
        parameters: dict[str, Any],
        *,
        with_vectors: bool,
    ) -> None:
        """Fill trials.

        Parameters
        ----------
        connection : Connection
            In a transaction.
        trials : dict of int to FrozenTrial
            By identifier.
        parameters : dict of str to Any
            Of the statement that selects them.
        with_vectors : bool
            Whether there may be reports of several objectives, and a table for them.
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
        if with_vectors:
            for trial_id, step, text in _rows(connection, self._vectors, parameters):
                if trial_id in trials:
                    trials[trial_id].intermediate_vectors[step] = tuple(json.loads(text))
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
