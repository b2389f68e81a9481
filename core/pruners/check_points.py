"""At which steps a rule looks at a trial."""

from __future__ import annotations

import numbers
from collections.abc import Collection
from typing import NamedTuple


class CheckPoints(NamedTuple):
    """After a warm-up, once per interval of steps.

    Attributes
    ----------
    n_warmup_steps : int
        No look before this step.
    interval_steps : int
        Width of an interval, counted from the end of the warm-up. The look is at the first step
        that is reported in an interval, so none is missed if its first step is not reported.
    """

    n_warmup_steps: int = 0
    interval_steps: int = 1

    @classmethod
    def checked(cls, n_warmup_steps: int, interval_steps: int) -> CheckPoints:
        """Return them, or raise a ValueError if the arguments make no sense."""
        check_at_least(0, n_warmup_steps=n_warmup_steps)
        check_at_least(1, interval_steps=interval_steps)
        return cls(n_warmup_steps, interval_steps)

    def include(self, step: int, steps: Collection[int]) -> bool:
        """Return whether `step`, the largest of a trial's `steps`, is to be looked at."""
        if step < self.n_warmup_steps:
            return False
        if self.interval_steps == 1:
            return True
        start = step - (step - self.n_warmup_steps) % self.interval_steps
        return not any(start <= other < step for other in steps)


def check_at_least(lowest: int, **arguments: float) -> None:
    """Raise a ValueError that names the first argument below `lowest`, a TypeError if no number."""
    for name, value in arguments.items():
        if not isinstance(value, numbers.Real):
            raise TypeError(f"{name} must be a number, got {name}={value!r}.")
        if not value >= lowest:
            raise ValueError(f"{name} must be at least {lowest}, got {name}={value!r}.")
