"""Which objective a user means."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence

ReadNames = Callable[[], "Sequence[str] | None"]


class ObjectiveNames:
    """Finds the objective of a name or an index.

    Parameters
    ----------
    n_objectives : int
        How many there are.
    read : callable
        Returns the names that were given to them, or None. It is called when a name is asked for
        that is not known yet.
    """

    def __init__(self, n_objectives: int, read: ReadNames) -> None:
        self._n_objectives = n_objectives
        self._read = read
        self._found: dict[str, int] = {}

    def index_of(self, objective: str | int) -> int:
        """Return the index of an objective.

        Raises
        ------
        ValueError
            If there is none of that name or index.

        Examples
        --------
        >>> ObjectiveNames(2, lambda: ["loss", "size"]).index_of("size")
        1
        """
        if not isinstance(objective, str):
            index = operator.index(objective)
            if not 0 <= index < self._n_objectives:
                raise ValueError(
                    f"The study has {self._n_objectives} objectives, counted from 0; there is no "
                    f"objective={objective}."
                )
            return index
        found = self._found.get(objective)
        if found is None:
            names = self._read()
            if names is None:
                raise ValueError(
                    f"objective={objective!r} cannot be found: the study's objectives have no "
                    "names. Give them with study.set_metric_names([...]), or use the index."
                )
            if objective not in names:
                raise ValueError(
                    f"The study has no objective={objective!r}; it has "
                    f"{', '.join(map(repr, names))}."
                )
            found = self._found[objective] = list(names).index(objective)
        return found


def check_objective(objective: object) -> None:
    """Raise a TypeError unless an argument is the name or index of an objective, or None.

    A negative index is a ValueError.
    """
    if objective is None or isinstance(objective, str):
        return
    if isinstance(objective, bool) or not hasattr(objective, "__index__"):
        raise TypeError(
            "objective must be the name or the index of an objective, or None for all of them, "
            f"got objective={objective!r}."
        )
    if operator.index(objective) < 0:
        raise ValueError(f"objective must be 0 or more, got objective={objective!r}.")
