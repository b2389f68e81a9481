"""Ranges of floats and of integers."""

from __future__ import annotations

import math
import warnings
from decimal import Decimal
from typing import Any

from .base import BaseDistribution

# How far from a whole number of steps a value may lie and still count as on the grid.
_GRID_TOLERANCE = 1e-8


class FloatDistribution(BaseDistribution):
    """A range of floats, both ends included.

    Parameters
    ----------
    low, high : float
        Ends of the range, finite, ``low <= high``. With `log`, ``low > 0``.
    log : bool, default False
        Search on a logarithmic scale. Excludes `step`.
    step : float, optional
        Only ``low, low + step, low + 2 * step, ...`` belong to the range. If `high` is not one
        of them, it is lowered to the last one, with a warning.

    Raises
    ------
    ValueError
        If the arguments contradict each other or are not finite.

    Examples
    --------
    >>> FloatDistribution(1e-5, 1e-1, log=True)
    FloatDistribution(high=0.1, log=True, low=1e-05, step=None)
    """

    __slots__ = ("_digits", "_hash", "high", "log", "low", "step")

    def __init__(
        self, low: float, high: float, log: bool = False, step: float | None = None
    ) -> None:
        low, high = _finite_float("low", low), _finite_float("high", high)
        if low > high:
            raise ValueError(f"low <= high must hold, got low={low}, high={high}. Swap them.")
        if log and step is not None:
            raise ValueError(f"log=True and step={step} exclude each other. Leave one of them out.")
        if log and low <= 0.0:
            raise ValueError(
                f"log=True needs low > 0, got low={low}, high={high}. Use low=1e-5, or log=False."
            )
        self._digits = 0
        if step is not None:
            step = _finite_float("step", step)
            if step <= 0.0:
                raise ValueError(f"step > 0 must hold, got step={step}.")
            high = _last_on_grid(low, high, step)
            self._digits = max(_decimals(low), _decimals(step))
        self.low = low
        self.high = high
        self.log = bool(log)
        self.step = step
        self._hash = hash((FloatDistribution, low, high, self.log, step))

    def on_grid(self, index: int) -> float:
        """Return ``low + index * step`` without the noise of binary fractions."""
        if self.step is None:
            raise ValueError(f"{self!r} has no step, so no grid.")
        # round() to the decimals of low and step gives 0.3, not 0.30000000000000004.
        return min(round(self.low + index * self.step, self._digits), self.high)

    def single(self) -> bool:
        if self.step is None:
            return self.low == self.high
        return self.high - self.low < self.step

    def contains(self, param_value_in_internal_repr: float) -> bool:
        value = param_value_in_internal_repr
        if not self.low <= value <= self.high:
            return False
        if self.step is None:
            return True
        steps = (value - self.low) / self.step
        return abs(steps - round(steps)) < _GRID_TOLERANCE

    def to_internal_repr(self, param_value_in_external_repr: Any) -> float:
        value = param_value_in_external_repr
        if type(value) is float and not self.log and value == value:
            return value  # the usual case
        value = _castable_float(value)
        if self.log and value <= 0.0:
            raise ValueError(f"{value!r} cannot belong to a range with log=True; it must be > 0.")
        return value

    def attributes(self) -> dict[str, Any]:
        return {"step": self.step, "low": self.low, "high": self.high, "log": self.log}

    __eq__ = BaseDistribution.__eq__

    def __hash__(self) -> int:
        return self._hash


class IntDistribution(BaseDistribution):
    """A range of integers, both ends included.

    Parameters
    ----------
    low, high : int
        Ends of the range, ``low <= high``. With `log`, ``low >= 1``.
    log : bool, default False
        Search on a logarithmic scale. Excludes a `step` other than 1.
    step : int, default 1
        Only ``low, low + step, low + 2 * step, ...`` belong to the range. If `high` is not one
        of them, it is lowered to the last one, with a warning.

    Raises
    ------
    ValueError
        If the arguments contradict each other or are not finite.

    Examples
    --------
    >>> IntDistribution(1, 9, step=2).contains(4)
    False
    """

    __slots__ = ("_hash", "high", "log", "low", "step")

    def __init__(self, low: int, high: int, log: bool = False, step: int = 1) -> None:
        low, high, step = _whole("low", low), _whole("high", high), _whole("step", step)
        if low > high:
            raise ValueError(f"low <= high must hold, got low={low}, high={high}. Swap them.")
        if step <= 0:
            raise ValueError(f"step > 0 must hold, got step={step}.")
        if log and step != 1:
            raise ValueError(f"log=True and step={step} exclude each other. Leave one of them out.")
        if log and low < 1:
            raise ValueError(
                f"log=True needs low >= 1, got low={low}, high={high}. Use low=1, or log=False."
            )
        last = low + (high - low) // step * step
        if last != high:
            _warn_high_lowered(low, high, step, last)
        self.low = low
        self.high = last
        self.log = bool(log)
        self.step = step
        self._hash = hash((IntDistribution, low, last, self.log, step))

    def single(self) -> bool:
        return self.high - self.low < self.step

    def contains(self, param_value_in_internal_repr: float) -> bool:
        value = param_value_in_internal_repr
        return self.low <= value <= self.high and (value - self.low) % self.step == 0

    def to_external_repr(self, param_value_in_internal_repr: float) -> int:
        return int(param_value_in_internal_repr)

    def to_internal_repr(self, param_value_in_external_repr: Any) -> float:
        value = _castable_float(param_value_in_external_repr)
        if self.log and value <= 0.0:
            raise ValueError(f"{value!r} cannot belong to a range with log=True; it must be > 0.")
        return value

    def attributes(self) -> dict[str, Any]:
        return {"log": self.log, "step": self.step, "low": self.low, "high": self.high}

    __eq__ = BaseDistribution.__eq__

    def __hash__(self) -> int:
        return self._hash


def _finite_float(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number, got {name}={value!r}.") from None
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite, got {name}={number}.")
    return number


def _whole(name: str, value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} must be a whole number, got {name}={value!r}.") from None


def _castable_float(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{value!r} is not a number.") from None
    if number != number:
        raise ValueError(f"{value!r} cannot be a parameter's value.")
    return number


def _decimals(value: float) -> int:
    exponent = Decimal(repr(value)).as_tuple().exponent
    return max(0, -int(exponent))


def _last_on_grid(low: float, high: float, step: float) -> float:
    # Decimal, because (0.9 - 0.0) / 0.3 is 2.9999999999999996 in binary floating point.
    d_low, d_high, d_step = Decimal(repr(low)), Decimal(repr(high)), Decimal(repr(step))
    if (d_high - d_low) % d_step == 0:
        return high
    last = float((d_high - d_low) // d_step * d_step + d_low)
    _warn_high_lowered(low, high, step, last)
    return last


def _warn_high_lowered(low: float, high: float, step: float, last: float) -> None:
    warnings.warn(
        f"high={high} cannot be reached from low={low} in steps of {step}; "
        f"the range ends at {last}.",
        UserWarning,
        stacklevel=4,
    )
