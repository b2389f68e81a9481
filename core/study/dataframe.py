"""Trials as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..optional_dependency import optional_dependency
from ..records import FrozenTrial

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_ATTRS = (
    "number",
    "value",
    "datetime_start",
    "datetime_complete",
    "duration",
    "params",
    "user_attrs",
    "system_attrs",
    "state",
)
_NESTED = (
    "params",
    "distributions",
    "user_attrs",
    "system_attrs",
    "intermediate_values",
    "intermediate_vectors",
)


def trials_dataframe(
    trials: Sequence[FrozenTrial],
    attrs: Sequence[str],
    multi_index: bool,
    n_objectives: int,
    metric_names: Sequence[str] | None,
) -> pd.DataFrame:
    """Make a table with a row per trial; see ``Study.trials_dataframe``."""
    with optional_dependency("Study.trials_dataframe", "pandas", extra="pandas"):
        import pandas as pd

    attrs = [("values" if n_objectives > 1 and a == "value" else a) for a in attrs]
    unknown = [a for a in attrs if not hasattr(FrozenTrial, a)]
    if unknown:
        raise AttributeError(
            f"A trial has no attribute {unknown[0]!r}; choose among {', '.join(DEFAULT_ATTRS)}, "
            "values, intermediate_values, intermediate_vectors, constraints."
        )
    columns: dict[tuple[str, str], dict[int, Any]] = {}
    order: dict[str, set[Any]] = {attr: set() for attr in attrs}
    for row, trial in enumerate(trials):
        for attr in attrs:
            for key, value in _cells(trial, attr, n_objectives, metric_names):
                columns.setdefault((attr, key), {})[row] = value
                order[attr].add(key)
    if not trials:
        return pd.DataFrame()
    data = {}
    for attr in attrs:
        keys = (
            sorted(order[attr])
            if attr in _NESTED
            else list(dict.fromkeys(key for a, key in columns if a == attr))
        )
        for key in keys:
            cells = columns[attr, key]
            data[attr, key] = [cells.get(row) for row in range(len(trials))]
    frame = pd.DataFrame(data, columns=pd.MultiIndex.from_tuples(list(data)))
    if not multi_index:
        frame.columns = pd.Index([f"{a}_{k}" if k != "" else a for a, k in data])
    return frame


def _cells(
    trial: FrozenTrial, attr: str, n_objectives: int, metric_names: Sequence[str] | None
) -> list[tuple[Any, Any]]:
    value = getattr(trial, attr)
    if attr == "state":
        return [("", value.name)]
    if attr == "values":
        values = value if value is not None else [None] * n_objectives
        return list(zip(metric_names or range(n_objectives), values, strict=False))
    if attr == "value" and metric_names is not None:
        return [(metric_names[0], value)]
    if isinstance(value, dict):
        return list(value.items())
    return [("", value)]
