"""Which parameters the trials of a study have in common."""

from __future__ import annotations

import operator

from ..distributions import BaseDistribution
from ..distributions.serialization import widest
from ..records import FrozenTrial, TrialState

SearchSpace = dict[str, BaseDistribution]


class SearchSpaceTracker:
    """Search spaces of a study, updated trial by trial as they finish.

    A categorical parameter has the choices of the trial that had most of them.

    Attributes
    ----------
    parameter_sets : dict of frozenset of str to int
        Every combination of parameter names that a finished trial had, and how many had it.
    """

    def __init__(self) -> None:
        self._of_complete: SearchSpace | None = None
        self._of_learned: SearchSpace | None = None
        self._latest: SearchSpace = {}
        self._varying: set[str] = set()
        self.parameter_sets: dict[frozenset[str], int] = {}

    def add(self, trial: FrozenTrial) -> None:
        """Take in a finished trial."""
        if trial.state is TrialState.FAIL:
            return
        space = trial.distributions
        # Nearly always they are the very objects of the trial before.
        if not all(map(operator.is_, map(self._latest.get, space), space.values())):
            self._note_ranges(space)
        names = frozenset(space)
        self.parameter_sets[names] = self.parameter_sets.get(names, 0) + 1
        self._of_learned = _common(self._of_learned, space)
        if trial.state is TrialState.COMPLETE:
            self._of_complete = _common(self._of_complete, space)

    def _note_ranges(self, space: SearchSpace) -> None:
        for name, distribution in space.items():
            common = widest(self._latest.get(name, distribution), distribution)
            if common is None:
                self._varying.add(name)
            self._latest[name] = distribution if common is None else common

    def intersection(self, *, include_pruned: bool = False) -> SearchSpace:
        """Return the parameters that all trials have with the same range, sorted by name.

        Parameters
        ----------
        include_pruned : bool, default False
            Whether pruned trials count beside complete ones.
        """
        space = self._of_learned if include_pruned else self._of_complete
        return {} if space is None else dict(space)

    def union(self) -> SearchSpace:
        """Return the parameters that any trial has and whose range never varies, by name."""
        return {name: self._latest[name] for name in sorted(self._latest.keys() - self._varying)}

    def flat(self) -> SearchSpace | None:
        """Return the parameters if all trials have the same ones with the same ranges.

        None otherwise, and before the first complete or pruned trial. Not a copy.
        """
        space = self._of_learned
        if space is None or len(self.parameter_sets) != 1:
            return None
        return space if self.parameter_sets.get(frozenset(space)) else None

    def groups(self) -> list[SearchSpace]:
        """Return the parameters split into groups that always appear together.

        Each group's ranges are the latest ones. A study whose trials had ``{a, b}`` and
        ``{a, c}`` has the groups ``{a}``, ``{b}`` and ``{c}``.
        """
        memberships: dict[str, list[int]] = {}
        for index, names in enumerate(self.parameter_sets):
            for name in names:
                memberships.setdefault(name, []).append(index)
        groups: dict[tuple[int, ...], SearchSpace] = {}
        for name in sorted(memberships):
            groups.setdefault(tuple(memberships[name]), {})[name] = self._latest[name]
        return list(groups.values())


def _common(space: SearchSpace | None, other: SearchSpace) -> SearchSpace:
    if space is None:
        return dict(sorted(other.items()))
    if len(space) == len(other) and all(map(operator.is_, map(other.get, space), space.values())):
        return space
    merged = ((name, widest(d, other[name])) for name, d in space.items() if name in other)
    return {name: distribution for name, distribution in merged if distribution is not None}
