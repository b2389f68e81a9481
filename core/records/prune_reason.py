"""Why a trial was pruned."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

Value = float | tuple[float, ...]


@dataclasses.dataclass(frozen=True)
class PruneReason:
    """What a trial was compared with when its pruner said that it should end.

    Printed, it is one sentence.

    Attributes
    ----------
    pruner : str
        Class of the pruner.
    step : int or None
        Largest step that the trial had reported.
    value : float, tuple of float or None
        What was compared: the trial's value, or one per objective.
    because : str
        The comparison in words.
    compared : dict of str to Any
        The comparison in figures, such as ``{"threshold": 0.5, "n_others": 12}``; which ones there
        are depends on the pruner.

    Examples
    --------
    >>> print(PruneReason("ThresholdPruner", 3, 12.5, "12.5 is above 10", {"upper": 10.0}))
    ThresholdPruner at step 3: 12.5 is above 10.
    """

    pruner: str
    step: int | None
    value: Value | None
    because: str = ""
    compared: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        at = "" if self.step is None else f" at step {self.step}"
        return f"{self.pruner}{at}{': ' + self.because if self.because else ''}."

    def to_attr(self) -> dict[str, Any]:
        """Return it as JSON-serializable values, without the NaN and Infinity that JSON lacks."""
        return {
            "pruner": self.pruner,
            "step": self.step,
            "value": _written(self.value),
            "because": self.because,
            "compared": {key: _written(value) for key, value in self.compared.items()},
        }

    @classmethod
    def from_attr(cls, attr: Any) -> PruneReason | None:
        """Return what :meth:`to_attr` had written; None if it is something else."""
        if not isinstance(attr, Mapping) or not isinstance(attr.get("pruner"), str):
            return None
        compared = attr.get("compared")
        return cls(
            pruner=attr["pruner"],
            step=attr.get("step"),
            value=_read(attr.get("value")),
            because=str(attr.get("because", "")),
            compared=(
                {key: _read(value) for key, value in compared.items()}
                if isinstance(compared, Mapping)
                else {}
            ),
        )


_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def _written(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return [_written(item) for item in value]
    if isinstance(value, float):
        value = float(value)  # of NumPy's, perhaps
        return value if math.isfinite(value) else str(value)
    return value


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_read(item) for item in value)
    return _NOT_FINITE.get(value, value) if isinstance(value, str) else value


def shown(value: Value | None) -> str:
    """Return a value, or one per objective, for people.

    Examples
    --------
    >>> shown((0.123456789, 2.0))
    '(0.123457, 2)'
    """
    if value is None:
        return "nothing"
    if isinstance(value, tuple):
        return f"({', '.join(map(shown, value))})"
    return f"{value:.6g}"
