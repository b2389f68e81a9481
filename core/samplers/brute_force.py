"""Every path through the objective's search space."""

from __future__ import annotations

import contextlib
import functools
import warnings
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from ..records import FrozenTrial, TrialState
from ..rng import SeededRandomness
from .base import BaseSampler

if TYPE_CHECKING:
    from ..history import History
    from ..study import Study

_MOST_VALUES = 1_000_000  # of one parameter: nobody tries more, and each takes memory


class BruteForceSampler(BaseSampler):
    """Try every combination of parameters once, then stop the study.

    Parameters may depend on each other: what the objective suggests after a value is known once a
    trial has had the value. Needs integers, categorical parameters and floats with a `step`.
    Combinations that failed count as tried. Those that other workers are at are left to them, as
    far as they are known; a repetition happens when two workers choose at the same time.

    Parameters
    ----------
    seed : int, optional
        Fixes the order. None takes a fresh seed from the operating system.
    avoid_premature_stop : bool, default False
        Whether to go on, with repetitions, while the last untried combinations are those of
        running trials: one of them may fail to be recorded, or lead to parameters that nobody
        has seen. Without, the study stops when nothing is left that nobody is at.

    Examples
    --------
    >>> import tunesmith
    >>> def objective(trial):
    ...     if trial.suggest_categorical("kind", ["a", "b"]) == "a":
    ...         return trial.suggest_int("x", 0, 2)
    ...     return trial.suggest_float("y", 0, 1, step=0.5) - 1
    >>> study = tunesmith.create_study(sampler=BruteForceSampler(seed=0))
    >>> study.optimize(objective)
    >>> len(study.trials), study.best_params
    (6, {'kind': 'b', 'y': 0.0})
    """

    def __init__(self, seed: int | None = None, avoid_premature_stop: bool = False) -> None:
        self._randomness = SeededRandomness(seed)
        self._avoids_premature_stop = avoid_premature_stop
        self._set_up()

    def _set_up(self) -> None:
        self._trees: weakref.WeakKeyDictionary[History, _Tree] = weakref.WeakKeyDictionary()

    def reseed_rng(self) -> None:
        self._randomness = SeededRandomness()

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        return {}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return {}

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Return a value that begins, or goes on with, an untried combination.

        Raises
        ------
        ValueError
            If the parameter has infinitely many values, or more than a million.
        """
        values = _values_of(param_name, param_distribution)
        history = study.history
        with history.lock:
            tree = self._tree(history)
            open_values = tree.open_values(
                trial, param_name, values, tree.running(history, trial.number)
            )
        u = self._randomness.uniform(trial.number, param_name)
        if not open_values:
            warnings.warn(
                "Every combination of parameters has been tried; trials repeat them.", stacklevel=2
            )
            open_values = values
        chosen = open_values[int(u * len(open_values))]
        with history.lock:
            # The storage may hear of it later than this process's other threads ask.
            path = {**_path(trial), param_name: (chosen, param_distribution)}
            tree.handed_out[trial.number] = path
        return param_distribution.to_external_repr(chosen)

    def after_trial(
        self,
        study: Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        """Stop the study if nothing is left to try."""
        history = study.history
        with history.lock:
            tree = self._tree(history)
            tree.handed_out.pop(trial.number, None)
            others: list[Path] = []
            if not self._avoids_premature_stop:
                others = tree.running(history, trial.number)
            stops = tree.is_done_with([_path(trial), *others])
        if stops:
            # Who asks and tells has no loop to stop.
            with contextlib.suppress(RuntimeError):
                study.stop()

    def _tree(self, history: History) -> _Tree:
        tree = self._trees.get(history)
        if tree is None:
            tree = self._trees[history] = _Tree()
        tree.refresh(history)
        return tree

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        del state["_trees"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._set_up()


class _Node:
    # What the objective suggests after a path of values. Values are internal representations.

    __slots__ = ("children", "is_done", "n_values", "name")

    def __init__(self, name: str, n_values: int) -> None:
        self.name = name
        self.n_values = n_values
        self.children: dict[float, _Node | None] = {}  # None where the objective has ended
        self.is_done = False


Path = dict[str, tuple[float, BaseDistribution]]  # what is left of a trial's parameters


class _Tree:
    # The finished trials of one study as paths.

    def __init__(self) -> None:
        self.root: _Node | None = None
        self.handed_out: dict[int, Path] = {}  # to this process's running trials, by number
        self._n_seen = 0
        self._unfinished: list[int] = []

    def running(self, history: History, number: int) -> list[Path]:
        # Of other trials that have suggested something.
        paths = []
        for other in history.unfinished(TrialState.RUNNING):
            trial = history.trials[other]
            path = self.handed_out.get(other)
            if path is None and trial is not None:
                path = _path(trial)
            if other != number and path:
                paths.append(dict(path))
        return paths

    def refresh(self, history: History) -> None:
        n = len(history)
        numbers = [*self._unfinished, *range(self._n_seen, n)]
        self._n_seen, self._unfinished = n, []
        for number in numbers:
            trial = history.trials[number]
            if trial is None or not trial.state.is_finished():
                self._unfinished.append(number)
            elif trial.params:
                self._add(_path(trial))

    def _add(self, path: Path) -> None:
        if self.root is None:
            self.root = _first_node(path)
        node: _Node | None = self.root
        passed = []
        while node is not None and node.name in path:
            passed.append(node)
            value, distribution = path.pop(node.name)
            # A list of choices may have grown.
            node.n_values = max(node.n_values, len(_values_of(node.name, distribution)))
            child = node.children.get(value)
            if child is None:
                # Where one trial ended another may go on, if the first one failed.
                child = node.children[value] = _first_node(path)
            node = child
        for node in reversed(passed):
            node.is_done = len(node.children) == node.n_values and all(
                child is None or child.is_done for child in node.children.values()
            )

    def open_values(
        self, trial: FrozenTrial, name: str, values: list[float], paths: list[Path]
    ) -> list[float]:
        # The values that lead to something untried, if possible to something nobody is at.
        path = _path(trial)
        node = self.root or _node_of(paths)
        while node is not None and node.name in path:
            value, _ = path.pop(node.name)
            paths = [p for p in paths if node.name in p and p.pop(node.name)[0] == value]
            node = node.children.get(value) or _node_of(paths)
        if node is None or node.name != name:
            return values
        untried = [v for v in values if not _is_done(node, v)]
        left = [v for v in untried if not _is_done_with(node, v, paths)]
        return left or untried

    def is_done_with(self, paths: list[Path]) -> bool:
        # Whether nothing is left once these have ended, too.
        paths = [path for path in paths if path]
        node = self.root or _node_of(paths)
        return node is not None and _is_whole(node, paths)


def _is_done(node: _Node, value: float) -> bool:
    if value not in node.children:
        return False
    child = node.children[value]
    return child is None or child.is_done


def _is_done_with(node: _Node, value: float, paths: list[Path]) -> bool:
    if _is_done(node, value):
        return True
    through = [
        {name: entry for name, entry in path.items() if name != node.name}
        for path in paths
        if node.name in path and path[node.name][0] == value
    ]
    if not through:
        return False
    child = node.children.get(value)
    if child is None:
        child = _node_of(through)
    return child is None or _is_whole(child, through)


def _is_whole(node: _Node, paths: list[Path]) -> bool:
    there = [path[node.name] for path in paths if node.name in path]
    n_values = max([node.n_values, *(len(_values_of(node.name, dist)) for _, dist in there)])
    if node.is_done and n_values == node.n_values:
        return True
    values = {*node.children, *(value for value, _ in there)}
    return len(values) == n_values and all(_is_done_with(node, v, paths) for v in values)


def _path(trial: FrozenTrial) -> Path:
    distributions = trial.distributions
    return {
        name: (distributions[name].to_internal_repr(value), distributions[name])
        for name, value in trial.params.items()
    }


def _first_node(path: Path) -> _Node | None:
    for name, (_, distribution) in path.items():
        return _Node(name, len(_values_of(name, distribution)))
    return None


def _node_of(paths: list[Path]) -> _Node | None:
    # Where nobody has ended, what those on the way tell.
    return next((_first_node(path) for path in paths if path), None)


@functools.lru_cache(maxsize=256)
def _values_of(name: str, distribution: BaseDistribution) -> list[float]:
    # In internal representation.
    if isinstance(distribution, CategoricalDistribution):
        return [float(k) for k in range(len(distribution.choices))]
    if distribution.single():
        return [float(distribution.low)]  # type: ignore[attr-defined]  # a number's
    step = getattr(distribution, "step", None)
    if step is None:
        raise ValueError(
            f"{name!r}: {distribution!r} has infinitely many values. Give it a step, or use "
            "another sampler than BruteForceSampler."
        )
    assert isinstance(distribution, (FloatDistribution, IntDistribution))
    n_values = round((distribution.high - distribution.low) / step) + 1
    if n_values > _MOST_VALUES:
        raise ValueError(
            f"{name!r}: {distribution!r} has {n_values} values; BruteForceSampler takes at most "
            f"{_MOST_VALUES}. Give it a larger step."
        )
    if isinstance(distribution, IntDistribution):
        return [float(value) for value in range(distribution.low, distribution.high + 1, step)]
    return [distribution.on_grid(k) for k in range(n_values)]
