"""Distributions as JSON, in the records that Optuna writes and reads."""

from __future__ import annotations

import functools
import json
from typing import Any

from .base import BaseDistribution
from .categorical import CategoricalDistribution
from .numerical import FloatDistribution, IntDistribution

_CLASSES: dict[str, type[BaseDistribution]] = {
    cls.__name__: cls for cls in (FloatDistribution, IntDistribution, CategoricalDistribution)
}


def distribution_to_json(dist: BaseDistribution) -> str:
    """Serialize a distribution.

    Examples
    --------
    >>> distribution_to_json(IntDistribution(0, 5))
    '{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 0, "high": 5}}'
    """
    return json.dumps({"name": type(dist).__name__, "attributes": dist.attributes()})


@functools.lru_cache(maxsize=4096)
def json_to_distribution(json_str: str) -> BaseDistribution:
    """Read a distribution that Tunesmith or Optuna (any version since 1.0) has written.

    Raises
    ------
    ValueError
        If the text is not a distribution's record.

    Examples
    --------
    >>> json_to_distribution('{"name": "UniformDistribution", "attributes": {"low": 0, "high": 1}}')
    FloatDistribution(high=1.0, log=False, low=0.0, step=None)
    """
    try:
        record = json.loads(json_str)
        if "name" in record:
            return _from_record(record["name"], dict(record["attributes"]))
        return _from_short_record(dict(record))
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{json_str!r} is not a distribution's JSON record.") from error


def _from_record(name: str, attributes: dict[str, Any]) -> BaseDistribution:
    if name in _CLASSES:
        return _CLASSES[name](**attributes)
    # Names of Optuna before 3.0.
    low, high = attributes.get("low"), attributes.get("high")
    if name == "UniformDistribution":
        return FloatDistribution(low, high)  # type: ignore[arg-type]  # checked by the class
    if name == "LogUniformDistribution":
        return FloatDistribution(low, high, log=True)  # type: ignore[arg-type]  # as above
    if name == "DiscreteUniformDistribution":
        return FloatDistribution(low, high, step=attributes["q"])  # type: ignore[arg-type]  # as above
    if name == "IntUniformDistribution":
        return IntDistribution(low, high, step=attributes.get("step", 1))  # type: ignore[arg-type]  # as above
    if name == "IntLogUniformDistribution":
        return IntDistribution(low, high, log=True)  # type: ignore[arg-type]  # as above
    raise ValueError(f"Unknown distribution {name!r}; known: {', '.join(sorted(_CLASSES))}.")


def _from_short_record(record: dict[str, Any]) -> BaseDistribution:
    kind = record.pop("type")
    if kind == "float":
        return FloatDistribution(**record)
    if kind == "int":
        return IntDistribution(**record)
    if kind == "categorical":
        return CategoricalDistribution(**record)
    raise ValueError(f"Unknown distribution type {kind!r}; known: float, int, categorical.")


def check_distribution_compatibility(
    dist_old: BaseDistribution, dist_new: BaseDistribution
) -> None:
    """Check that one parameter may have both distributions within a study.

    Ranges may differ between trials; the kind and the scale may not. Choices can be added at the
    end: one list has to begin with the other.

    Raises
    ------
    ValueError
        If they differ in more than that.
    """
    if type(dist_old) is not type(dist_new):
        raise ValueError(
            f"A parameter keeps its kind: it was {dist_old!r}, now {dist_new!r}. "
            "Use another name for the new parameter."
        )
    if isinstance(dist_old, (FloatDistribution, IntDistribution)):
        if dist_old.log != dist_new.log:  # type: ignore[attr-defined]  # same class as dist_old
            raise ValueError(
                f"A parameter keeps its scale: it was {dist_old!r}, now {dist_new!r}. "
                "Use another name, or the same value of log."
            )
    elif widest(dist_old, dist_new) is None:
        raise ValueError(
            f"A categorical parameter keeps its choices, in their order: they were {dist_old!r}, "
            f"now {dist_new!r}. Add new choices at the end, or use another name."
        )


def widest(one: BaseDistribution, other: BaseDistribution) -> BaseDistribution | None:
    """Return which of two distributions of a parameter comprises the other.

    None if neither does, and for ranges that differ. Of equal ones it is the first; of choices
    that begin alike, the longer list, for in both a choice has the same index.

    >>> short, long = (CategoricalDistribution(list(text)) for text in ("ab", "abc"))
    >>> widest(short, long) is long, widest(long, short) is long
    (True, True)
    """
    if one == other:
        return one
    if isinstance(one, CategoricalDistribution) and isinstance(other, CategoricalDistribution):
        longer = one if len(one.choices) >= len(other.choices) else other
        n = min(len(one.choices), len(other.choices))
        if CategoricalDistribution(one.choices[:n]) == CategoricalDistribution(other.choices[:n]):
            return longer
    return None
