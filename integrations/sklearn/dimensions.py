"""One parameter of a search space, in whichever form scikit-learn's users write it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TypeGuard, runtime_checkable

import numpy as np

from tunesmith.distributions import (
    BaseDistribution,
    CategoricalChoiceType,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from tunesmith.trial import BaseTrial

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_LONGEST_LABEL = 60
_SMALLEST_TAIL = 2.0**-53  # quantiles 0 and 1 of many distributions are infinite


@runtime_checkable
class Drawable(Protocol):
    """A frozen distribution in the manner of ``scipy.stats``."""

    def rvs(self, *, random_state: Any = None) -> Any: ...


class Dimension(Protocol):
    """What a search space asks of each of its parameters."""

    @property
    def name(self) -> str:
        """Name in the study."""

    @property
    def n_values(self) -> int | None:
        """How many values there are; None if there is no end of them."""

    def suggest(self, trial: BaseTrial) -> Any:
        """Suggest a value, as the estimator takes it."""

    def stored(self, index: int) -> Any:
        """What the study calls one of finitely many values."""

    @property
    def stored_name(self) -> str:
        """What the study calls what it keeps of the parameter."""

    def stored_value(self, value: Any) -> Any:
        """What the study keeps of a value; ValueError if it is none of the parameter's."""

    def named(self, name: str) -> Dimension:
        """The same parameter under another name in the study."""


class Choices:
    """One of a list of values of any kind.

    Text, numbers, booleans and None are stored as they are. In a list that holds anything else,
    or the same value twice, a value is stored by its place and its representation.
    """

    def __init__(self, name: str, values: Sequence[Any]) -> None:
        self.name = name
        self._values = list(values)
        self.n_values = len(self._values)
        self._labels = _labels(self._values)
        self._places = {(type(label), label): place for place, label in enumerate(self._labels)}

    def suggest(self, trial: BaseTrial) -> Any:
        label = trial.suggest_categorical(self.name, self._labels)
        return self._values[self._places[type(label), label]]

    def stored(self, index: int) -> CategoricalChoiceType:
        return self._labels[index]

    @property
    def stored_name(self) -> str:
        return self.name

    def stored_value(self, value: Any) -> CategoricalChoiceType:
        for label, known in zip(self._labels, self._values, strict=True):
            if known is value or (type(label) is type(value) and label == value):
                return label
        for label, known in zip(self._labels, self._values, strict=True):
            if np.array_equal(known, value):
                return label
        raise ValueError(f"{self.name!r} can be one of {self._values!r}, not {value!r}.")

    def named(self, name: str) -> Choices:
        return Choices(name, self._values)


class Range:
    """A distribution of Tunesmith."""

    def __init__(self, name: str, distribution: BaseDistribution) -> None:
        self.name = name
        self._distribution = distribution
        self.n_values = _n_values(distribution)

    def suggest(self, trial: BaseTrial) -> Any:
        return suggest(trial, self.name, self._distribution)

    def stored(self, index: int) -> Any:
        distribution = self._distribution
        if isinstance(distribution, CategoricalDistribution):
            return distribution.choices[index]
        assert isinstance(distribution, (IntDistribution, FloatDistribution))
        return distribution.low + index * (distribution.step or 0)

    @property
    def stored_name(self) -> str:
        return self.name

    def stored_value(self, value: Any) -> Any:
        return value

    def named(self, name: str) -> Range:
        return Range(name, self._distribution)


class Quantile:
    """A continuous distribution of ``scipy.stats``, searched by its quantile.

    The value itself is kept as a user attribute of the trial under the parameter's name.
    """

    n_values = None

    def __init__(self, name: str, frozen: Any) -> None:
        self.name = name
        self._frozen = frozen

    def suggest(self, trial: BaseTrial) -> Any:
        quantile = trial.suggest_float(self.stored_name, 0.0, 1.0)
        inside = min(max(quantile, _SMALLEST_TAIL), 1.0 - _SMALLEST_TAIL)
        drawn = self._frozen.ppf(inside)
        value: float = int(drawn) if _is_discrete(self._frozen) else float(drawn)
        trial.set_user_attr(self.name, value)
        return value

    def stored(self, index: int) -> Any:
        raise AssertionError("there is no end of values")

    @property
    def stored_name(self) -> str:
        return f"{self.name} (quantile)"

    def stored_value(self, value: Any) -> float:
        if not _is_discrete(self._frozen):
            return float(self._frozen.cdf(value))
        # In the middle of the quantiles that it has.
        return float(self._frozen.cdf(value) + self._frozen.cdf(value - 1)) / 2

    def named(self, name: str) -> Quantile:
        return Quantile(name, self._frozen)


class Draws:
    """An object that only knows how to draw; what it draws depends on a seed that is searched."""

    n_values = None

    def __init__(self, name: str, source: Drawable) -> None:
        self.name = name
        self._source = source

    def suggest(self, trial: BaseTrial) -> Any:
        seed = trial.suggest_int(self.stored_name, 0, 2**31 - 2)
        value = self._source.rvs(random_state=np.random.RandomState(seed))
        trial.set_user_attr(self.name, _label(0, value) if not _is_plain(value) else value)
        return value

    def stored(self, index: int) -> Any:
        raise AssertionError("there is no end of values")

    @property
    def stored_name(self) -> str:
        return f"{self.name} (seed)"

    def stored_value(self, value: Any) -> Any:
        raise ValueError(
            f"{self.name!r} is drawn by {self._source!r}, of which no value can be told. Leave it "
            f"out, or give the seed to draw it with as {self.stored_name!r}."
        )

    def named(self, name: str) -> Draws:
        return Draws(name, self._source)


def dimension(name: Any, values: Any) -> Dimension:
    """Read one entry of a parameter dictionary.

    Parameters
    ----------
    name : str
        Name of the estimator's parameter.
    values : distribution, frozen distribution of ``scipy.stats`` or list
        What it may be.

    Raises
    ------
    TypeError
        If `name` is no text or `values` is nothing that can be searched.
    ValueError
        If `values` is an empty list.

    Examples
    --------
    >>> import tunesmith
    >>> trial = tunesmith.create_study().ask()
    >>> dimension("solver", ["svd"]).suggest(trial)
    'svd'
    """
    if not isinstance(name, str):
        raise TypeError(f"Parameters go by their names, which are text, got {name!r}.")
    if isinstance(values, BaseDistribution):
        return Range(name, values)
    if type(values).__module__.startswith("optuna.distributions"):
        return Range(name, _from_optuna(values))
    if hasattr(values, "rvs"):
        return _from_scipy(name, values)
    if isinstance(values, Iterable) and not isinstance(values, (str, bytes, dict)):
        values = list(values)
        if not values:
            raise ValueError(f"{name!r}: there must be a value to choose, got an empty list.")
        return Choices(name, values)
    raise TypeError(
        f"{name!r}: give a list of values, a distribution of Tunesmith or a frozen one of "
        f"scipy.stats, got {values!r}. A single value goes into a list: [{values!r}]."
    )


def suggest(trial: BaseTrial, name: str, distribution: BaseDistribution) -> Any:
    """Suggest from a distribution by the method for its kind, which all kinds of trials have."""
    if isinstance(distribution, CategoricalDistribution):
        return trial.suggest_categorical(name, distribution.choices)
    if isinstance(distribution, IntDistribution):
        ints = distribution
        return trial.suggest_int(name, ints.low, ints.high, step=ints.step, log=ints.log)
    if isinstance(distribution, FloatDistribution):
        floats = distribution
        return trial.suggest_float(name, floats.low, floats.high, step=floats.step, log=floats.log)
    raise TypeError(
        f"{name!r}: {distribution!r} is of a kind of its own, which trials do not know."
    )


def _from_scipy(name: str, frozen: Any) -> Dimension:
    if not hasattr(frozen, "ppf"):
        return Draws(name, frozen)
    family = getattr(getattr(frozen, "dist", None), "name", None)
    low, high = frozen.support() if hasattr(frozen, "support") else (-math.inf, math.inf)
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        return Quantile(name, frozen)
    # Where a distribution of our own is the same one, the study holds the values themselves.
    if family == "uniform":
        return Range(name, FloatDistribution(float(low), float(high)))
    if family == "randint":
        return Range(name, IntDistribution(int(low), int(high)))
    if family in ("loguniform", "reciprocal") and low > 0.0:
        middle = float(frozen.ppf(0.5))
        if math.isclose(middle, math.sqrt(low * high), rel_tol=1e-9):  # not so if shifted by `loc`
            return Range(name, FloatDistribution(float(low), float(high), log=True))
    return Quantile(name, frozen)


def _from_optuna(distribution: Any) -> BaseDistribution:
    kind = type(distribution).__name__
    if kind == "CategoricalDistribution":
        return CategoricalDistribution(distribution.choices)
    low, high, log, step = (getattr(distribution, key) for key in ("low", "high", "log", "step"))
    if kind == "IntDistribution":
        return IntDistribution(low, high, log=log, step=step)
    return FloatDistribution(low, high, log=log, step=step)


def _is_discrete(frozen: Any) -> bool:
    return hasattr(getattr(frozen, "dist", None), "pmf")


def _n_values(distribution: BaseDistribution) -> int | None:
    if isinstance(distribution, CategoricalDistribution):
        return len(distribution.choices)
    if isinstance(distribution, (IntDistribution, FloatDistribution)) and distribution.step:
        return round((distribution.high - distribution.low) / distribution.step) + 1
    return 1 if distribution.single() else None


def _labels(values: Sequence[Any]) -> list[CategoricalChoiceType]:
    plain = [value.item() if isinstance(value, np.generic) else value for value in values]
    if all(map(_is_plain, plain)) and not _has_equals(plain):
        return plain
    return [_label(place, value) for place, value in enumerate(values)]


def _label(place: int, value: Any) -> str:
    # Addresses differ from process to process; a search has to recognise its choices.
    text = " ".join(_ADDRESS.sub("", repr(value)).split())
    if len(text) > _LONGEST_LABEL:
        text = text[: _LONGEST_LABEL - 3] + "..."
    return f"{place}: {text}"


def _is_plain(value: Any) -> TypeGuard[CategoricalChoiceType]:
    is_known = value is None or type(value) in (bool, int, float, str)
    return is_known and not (isinstance(value, float) and not math.isfinite(value))


def _has_equals(values: Sequence[Any]) -> bool:
    return len(set(values)) < len(values)
