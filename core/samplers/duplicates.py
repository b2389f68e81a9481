"""What a discrete space still has to offer.

A sampler proposes, and asks :class:`Duplicates` whether that was tried; if so it takes another
configuration. Draws for the replacement come from a generator of their own, so that a proposal
which is no duplicate is the one that the seed gives without this module.
"""

from __future__ import annotations

import math
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..distributions import BaseDistribution, CategoricalDistribution
from ..logging import get_logger
from .discrete import is_discrete, n_levels, value_of_level

if TYPE_CHECKING:
    from ..history import History

_logger = get_logger(__name__)

_WAITING = 4  # number of TrialState; RUNNING is 0, and what is between has finished
_warned: weakref.WeakSet[History] = weakref.WeakSet()  # one warning, however many samplers
_OFF_GRID = 1e-6  # how far from a step a stored value may be, in steps


class Duplicates:
    """The tried configurations of each study that a sampler serves.

    Applies where all parameters are discrete and all trials have the same ones: in a conditional
    space, what a proposal leaves open may make it another configuration. It begins with the first
    complete trial, which shows the space.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study(sampler=tunesmith.samplers.RandomSampler(seed=0))
    >>> study.optimize(lambda trial: trial.suggest_int("x", 0, 4), n_trials=5)
    >>> sorted(trial.params["x"] for trial in study.trials)
    [0, 1, 2, 3, 4]
    """

    def __init__(self) -> None:
        self._of_study: weakref.WeakKeyDictionary[History, Tried] = weakref.WeakKeyDictionary()

    def space(self, history: History) -> dict[str, BaseDistribution]:
        """Return the study's space if it is one of those that this applies to, otherwise {}."""
        space = history.search_space.flat()
        if not space or not all(map(is_discrete, space.values())):
            return {}
        return {name: dist for name, dist in space.items() if not dist.single()}

    def tried(
        self, history: History, number: int, space: dict[str, BaseDistribution]
    ) -> Tried | None:
        """Return what was tried in a space, up to date, or None if that is no concern.

        It is none where :meth:`space` is another, and, after one warning, where nothing is left.

        Parameters
        ----------
        history : History
            Up to date.
        number : int
            The trial to propose for, which is left out of account.
        space : dict of str to BaseDistribution
            Parameters to be proposed jointly.
        """
        if not space or space != self.space(history):
            return None
        tried = self._of_study.get(history)
        if tried is None or tried.space != space:
            tried = self._of_study[history] = Tried(space)
        tried.refresh(history, number)
        if tried.n_left > 0:
            return tried
        if history not in _warned:
            _warned.add(history)
            _logger.warning(
                "All %d configurations of the search space were tried or are being tried; from "
                "now on trials repeat them.",
                tried.size,
            )
        return None

    def __getstate__(self) -> dict[str, Any]:
        return {}  # learnt anew from the history

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__()  # type: ignore[misc]  # nothing was kept


class Tried:
    """The configurations of one discrete space that trials have had.

    A configuration is a number: its levels are the digits. Those of finished trials, failed ones
    included, stay in a set; those of unfinished trials are looked up at each refresh.

    Parameters
    ----------
    space : dict of str to BaseDistribution
        Discrete parameters.

    Attributes
    ----------
    size : int
        Number of configurations of the space.

    Examples
    --------
    >>> import numpy as np
    >>> from tunesmith.distributions import CategoricalDistribution, IntDistribution
    >>> tried = Tried({"x": IntDistribution(0, 2), "c": CategoricalDistribution(["a", "b"])})
    >>> {"x": 1, "c": "b"} in tried, tried.n_left
    (False, 6)
    """

    def __init__(self, space: dict[str, BaseDistribution]) -> None:
        self.space = space
        self._counts = [n_levels(dist) for dist in space.values()]
        self.size = math.prod(self._counts)
        self._free = [k for k, count in enumerate(self._counts) if count > 1]
        self._settled: set[int] = set()
        self._running: set[int] = set()
        self._unsettled: list[int] = []
        self._n_seen = 0
        self._map: _UntriedMap | None = None

    @property
    def n_left(self) -> int:
        """Number of configurations that nobody has tried or is trying."""
        return self.size - len(self._settled) - len(self._running)

    def __contains__(self, values: object) -> bool:
        assert isinstance(values, dict)
        code = self._code(self._levels_of(values))
        return code in self._settled or code in self._running

    def refresh(self, history: History, number: int) -> None:
        """Take in trials that are new or were unfinished, leaving out trial `number`."""
        n = len(history)
        rows = np.array([*self._unsettled, *range(self._n_seen, n)], dtype=np.intp)
        self._n_seen = n
        states = history.states[rows]
        is_finished = (states > 0) & (states < _WAITING)
        codes, is_usable = self._codes(history, rows)
        settled = {c for c, take in zip(codes, is_finished & is_usable, strict=True) if take}
        if self._map is not None:
            self._map.mark(settled - self._settled)
        self._settled |= settled
        is_running = is_usable & ~is_finished & (rows != number)
        self._running = {c for c, take in zip(codes, is_running, strict=True) if take}
        self._running -= self._settled
        self._unsettled = rows[~is_finished].tolist()

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        """Return an untried configuration, each with the same probability.

        Costs O(1) draws while less than half of the space is tried, then O(sqrt(size)) on arrays.

        Raises
        ------
        ValueError
            If none is left.
        """
        if self.n_left <= 0:
            raise ValueError("No configuration is left.")
        while 2 * self.n_left > self.size:  # so it takes fewer than two draws in the mean
            code = self._code([int(rng.random() * count) for count in self._counts])
            if code not in self._settled and code not in self._running:
                return self._values_at(code)
        if self._map is None:
            self._map = _UntriedMap(self.size)
            self._map.mark(self._settled)
        self._map.mark(self._running)
        try:
            return self._values_at(self._map.at(int(rng.integers(self.n_left))))
        finally:
            self._map.unmark(self._running)

    def near(self, values: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
        """Return an untried configuration that shares most of a tried one's values.

        One parameter is changed, to a neighbouring value where there is an order; if that does
        not lead to an untried one, two are, and so on.

        Parameters
        ----------
        values : dict of str to Any
            What was proposed.
        rng : numpy.random.Generator
            Source of randomness.
        """
        levels = self._levels_of(values)
        ordered = [not isinstance(d, CategoricalDistribution) for d in self.space.values()]
        n_free = len(self._free)
        for n_changed in range(1, min(n_free, 3) + 1):
            for _ in range(2 * n_free + 2):
                changed = list(levels)
                for k in rng.permutation(n_free)[:n_changed].tolist():
                    position = self._free[k]
                    changed[position] = _other_level(
                        levels[position], self._counts[position], ordered[position], rng
                    )
                code = self._code(changed)
                if code not in self._settled and code not in self._running:
                    return self._values_at(code)
        return self.draw(rng)

    # Numbers for configurations.

    def _code(self, levels: list[int]) -> int:
        code = 0
        for level, count in zip(levels, self._counts, strict=True):
            code = code * count + level
        return code

    def _values_at(self, code: int) -> dict[str, Any]:
        levels = []
        for count in reversed(self._counts):
            code, level = divmod(code, count)
            levels.append(level)
        return {
            name: value_of_level(dist, level)
            for (name, dist), level in zip(self.space.items(), reversed(levels), strict=True)
        }

    def _levels_of(self, values: dict[str, Any]) -> list[int]:
        return [
            round(_level_at(dist, dist.to_internal_repr(values[name])))
            for name, dist in self.space.items()
        ]

    def _codes(
        self, history: History, rows: npt.NDArray[np.intp]
    ) -> tuple[list[int], npt.NDArray[np.bool_]]:
        is_usable = np.ones(len(rows), dtype=np.bool_)
        # Python's integers where 64 bits are not enough.
        exact = np.dtype(np.int64 if self.size < 2**62 else object)
        codes = np.zeros(len(rows), dtype=exact)
        for (name, dist), count in zip(self.space.items(), self._counts, strict=True):
            position = _level_at(dist, history.column(name)[rows])
            with np.errstate(invalid="ignore"):
                levels = np.rint(position)
                is_usable &= (levels >= 0) & (levels < count)  # False for NaN
                is_usable &= np.abs(position - levels) < _OFF_GRID
            levels[~is_usable] = 0.0
            codes = codes * count + levels.astype(np.int64).astype(exact)
        return codes.tolist(), is_usable


class _UntriedMap:
    # A flag for each configuration, in blocks with counts: the k-th untried one is found without
    # walking all. The order is that of the numbers, so it does not depend on who tried what when.

    def __init__(self, size: int) -> None:
        self._width = max(64, math.isqrt(size))
        n_blocks = -(-size // self._width)
        self._is_untried = np.zeros((n_blocks, self._width), dtype=np.bool_)
        self._is_untried.reshape(-1)[:size] = True
        self._n_untried = self._is_untried.sum(axis=1)

    def mark(self, codes: set[int]) -> None:
        self._set(codes, to=False)

    def unmark(self, codes: set[int]) -> None:
        self._set(codes, to=True)

    def _set(self, codes: set[int], *, to: bool) -> None:
        if not codes:
            return
        places = np.fromiter(codes, dtype=np.intp, count=len(codes))
        self._is_untried.reshape(-1)[places] = to
        blocks = places // self._width
        np.add.at(self._n_untried, blocks, 1 if to else -1)

    def at(self, rank: int) -> int:
        ends = np.cumsum(self._n_untried)
        block = int(np.searchsorted(ends, rank, side="right"))
        before = int(ends[block - 1]) if block else 0
        place = int(np.flatnonzero(self._is_untried[block])[rank - before])
        return block * self._width + place


def _level_at(distribution: BaseDistribution, internal: Any) -> Any:
    # The level of an internal value, not rounded yet.
    if isinstance(distribution, CategoricalDistribution):
        return internal
    step = distribution.step or 1.0  # type: ignore[attr-defined]  # a number's
    return (internal - distribution.low) / step  # type: ignore[attr-defined]  # as above


def _other_level(level: int, count: int, is_ordered: bool, rng: np.random.Generator) -> int:
    if not is_ordered:
        other = int(rng.random() * (count - 1))
        return other + (other >= level)
    # A tenth of the range in the mean, at least one step.
    away = min(1 + int(rng.exponential(0.1 * count)), count - 1)
    up, down = level + away, level - away
    if rng.random() < 0.5:
        up, down = down, up
    return next((k for k in (up, down) if 0 <= k < count), (level + 1) % count)
