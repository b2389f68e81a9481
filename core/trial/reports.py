"""What a reported value and step, and the number of a fold, may be."""

from __future__ import annotations

from typing import Any


def read_report(value: Any, n_objectives: int) -> float | tuple[float, ...]:
    """Turn what was reported into a number, or a tuple with one per objective.

    Raises
    ------
    TypeError
        If it is no number or no sequence of numbers.
    ValueError
        If there is not one number per objective.

    Examples
    --------
    >>> read_report("0.5", 1)
    0.5
    >>> read_report([1, 2], 2)
    (1.0, 2.0)
    """
    if n_objectives == 1:
        if type(value) is float:
            return value
        try:
            return float(value)
        except (TypeError, ValueError):
            raise TypeError(
                f"report() needs a number, got {value!r} of type {type(value).__name__}."
            ) from None
    try:
        if isinstance(value, (str, bytes)):
            raise TypeError
        vector = tuple(float(item) for item in value)
    except (TypeError, ValueError):
        raise TypeError(
            f"report() needs a sequence of {n_objectives} numbers, one per objective of the study, "
            f"got {value!r}."
        ) from None
    if len(vector) != n_objectives:
        raise ValueError(
            f"report() needs one number per objective, which is {n_objectives}, got {len(vector)}: "
            f"{value!r}."
        )
    return vector


def read_step(step: Any) -> int:
    """Turn a step into a whole number.

    Raises
    ------
    TypeError
        If it is none.
    ValueError
        If it is negative.
    """
    try:
        number = int(step)
    except (TypeError, ValueError):
        raise TypeError(
            f"report() needs a whole number as step, got {step!r} of type {type(step).__name__}."
        ) from None
    if number < 0:
        raise ValueError(f"report() needs step >= 0, got step={step}.")
    return number


def read_fold(index: Any, n_steps: Any) -> tuple[int, int | None]:
    """Turn a fold's number and length into whole numbers.

    Raises
    ------
    TypeError
        If one is none.
    ValueError
        If `index` is negative or `n_steps` less than 1.
    """
    for name, number in (("index", index), ("n_steps", n_steps)):
        if not hasattr(number, "__index__") and not (name == "n_steps" and number is None):
            raise TypeError(
                f"fold() needs a whole number as {name}, got {number!r} of type "
                f"{type(number).__name__}."
            )
    if index < 0:
        raise ValueError(f"fold() needs index >= 0, got {index}.")
    if n_steps is not None and n_steps < 1:
        raise ValueError(f"fold() needs n_steps >= 1, got n_steps={n_steps}.")
    return int(index), None if n_steps is None else int(n_steps)
