"""Every combination of given values."""

from __future__ import annotations

import contextlib
import math
import warnings
import weakref
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..distributions import BaseDistribution, CategoricalDistribution
from ..records import FrozenTrial, TrialState
from .history_sampler import HistorySampler

if TYPE_CHECKING:
    from ..history import History
    from ..study import Study

GridValue = str | float | int | bool | None


class GridSampler(HistorySampler):
    """Try every combination of the given values once, then stop the study.

    The combinations are tried in an order that the seed shuffles. Workers with the same grid and
    seed share it: which combination a trial gets depends on its number, so no two get the same.
    Combinations that other trials have tried (of an earlier run, or enqueued) are left out; a
    failed trial has tried its combination too.

    Parameters
    ----------
    search_space : dict of str to sequence
        The values of each parameter that the objective suggests: numbers, text, bool or None.
    seed : int, optional
        Fixes the order. With None it depends on the grid alone, so that workers still agree.

    Raises
    ------
    ValueError
        If a parameter has no values, has one twice, or one of another type.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study(sampler=GridSampler({"x": [-1, 0, 1], "kind": ["a", "b"]}))
    >>> def objective(trial):
    ...     shift = {"a": 0, "b": 1}[trial.suggest_categorical("kind", ["a", "b"])]
    ...     return trial.suggest_float("x", -1, 1) ** 2 + shift
    >>> study.optimize(objective)
    >>> len(study.trials), study.best_params == {"kind": "a", "x": 0.0}
    (6, True)
    """

    def __init__(
        self, search_space: Mapping[str, Sequence[GridValue]], seed: int | None = None
    ) -> None:
        super().__init__(0 if seed is None else seed)
        self._values = {name: _checked(name, search_space[name]) for name in sorted(search_space)}
        self._size = math.prod(len(values) for values in self._values.values())
        self._order = self.randomness.generator(0, "grid").permutation(self._size)
        self._set_up()

    def _set_up(self) -> None:
        self._progress: weakref.WeakKeyDictionary[History, _Progress]
        self._progress = weakref.WeakKeyDictionary()

    def is_exhausted(self, study: Study) -> bool:
        """Return whether every combination has been tried by a finished trial.

        Examples
        --------
        >>> import tunesmith
        >>> sampler = GridSampler({"x": [0, 1]})
        >>> sampler.is_exhausted(tunesmith.create_study(sampler=sampler))
        False
        """
        history = study.history
        with history.lock:
            return self._progress_of(history).n_tried == self._size

    def reseed_rng(self) -> None:
        """Do nothing: workers that share a grid must agree on its order."""

    def joint_space(self, history: History) -> dict[str, BaseDistribution]:
        space: dict[str, BaseDistribution] = {}
        for parameters in history.search_space.groups():
            space.update((name, d) for name, d in parameters.items() if name in self._values)
        return space

    def sample_joint(
        self, history: History, number: int, space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return {
            name: self.sample_alone(history, number, name, dist) for name, dist in space.items()
        }

    def sample_alone(
        self, history: History, number: int, name: str, distribution: BaseDistribution
    ) -> Any:
        if name not in self._values:
            raise ValueError(
                f"The grid has no values for {name!r}; it has {', '.join(self._values)}. Add "
                f"{name!r} to GridSampler({{...}})."
            )
        place = self._progress_of(history).place_of(number)
        value: Any = self._values[name][self._digits(place)[name]]
        if isinstance(distribution, CategoricalDistribution):
            internal: float = distribution.to_internal_repr(value)
        else:
            internal = float(value)
        if not distribution.contains(internal):
            warnings.warn(
                f"The grid's value {value!r} of {name!r} is outside {distribution!r}.", stacklevel=2
            )
            return value
        return distribution.to_external_repr(internal)

    def after_trial(
        self,
        study: Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        """Stop the study if this trial was the last one of the grid."""
        history = study.history
        with history.lock:
            progress = self._progress_of(history)
            untried = self._size - progress.n_tried
            if untried == 0:
                stops = True
            else:
                place = progress.place_in_grid(trial)
                stops = untried == 1 and place is not None and not progress.tried[place]
        if stops:
            # Who asks and tells has no loop to stop.
            with contextlib.suppress(RuntimeError):
                study.stop()

    def _progress_of(self, history: History) -> _Progress:
        progress = self._progress.get(history)
        if progress is None:
            progress = self._progress[history] = _Progress(self._values, self._order)
        progress.refresh(history)
        return progress

    def _digits(self, place: int) -> dict[str, int]:
        digits = {}
        for name in reversed(self._values):
            place, digits[name] = divmod(place, len(self._values[name]))
        return digits

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        del state["_progress"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._set_up()


class _Progress:
    # Which places of the grid the trials of one study have tried.

    def __init__(self, values: dict[str, list[GridValue]], order: npt.NDArray[np.intp]) -> None:
        self._values = values
        self._indices = {
            name: {_key(value): k for k, value in enumerate(choices)}
            for name, choices in values.items()
        }
        self._order = order
        self.tried = np.zeros(len(order), dtype=np.bool_)
        self.n_tried = 0
        self._n_seen = 0
        self._unfinished: list[int] = []
        self._places: dict[int, int] = {}  # of trials that are being asked for

    def refresh(self, history: History) -> None:
        n = len(history)
        if n == self._n_seen and not self._unfinished:
            return
        numbers = [*self._unfinished, *range(self._n_seen, n)]
        self._n_seen, self._unfinished = n, []
        for number in numbers:
            trial = history.trials[number]
            if trial is None or not trial.state.is_finished():
                self._unfinished.append(number)
                continue
            self._places.pop(number, None)
            place = self.place_in_grid(trial)
            if place is not None and not self.tried[place]:
                self.tried[place] = True
                self.n_tried += 1

    def place_in_grid(self, trial: FrozenTrial) -> int | None:
        place = 0
        for name, choices in self._values.items():
            if name not in trial.params:
                return None
            index = self._indices[name].get(_key(trial.params[name]))
            if index is None:
                return None
            place = place * len(choices) + index
        return place

    def place_of(self, number: int) -> int:
        place = self._places.get(number)
        if place is None:
            place = self._places[number] = self._next(number)
        return place

    def _next(self, number: int) -> int:
        if number < len(self._order) and not self.tried[self._order[number]]:
            return int(self._order[number])
        # Somebody else has tried that, or every number was used: what was left out.
        untried = self._order[~self.tried[self._order]]
        taken = set(self._places.values())
        free = [place for place in untried.tolist() if place not in taken]
        if not free:
            free = untried.tolist()
        if not free:
            warnings.warn(
                "Every combination of the grid has been tried; trials repeat them.", stacklevel=2
            )
            free = self._order.tolist()
        return int(free[number % len(free)])


def _checked(name: str, values: Sequence[GridValue]) -> list[GridValue]:
    if isinstance(values, str) or not len(values):
        raise ValueError(f"The grid needs a list of values for {name!r}, got {values!r}.")
    checked: list[GridValue] = []
    for value in values:
        plain = value.item() if isinstance(value, np.generic) else value
        if plain is not None and not isinstance(plain, (str, int, float, bool)):
            raise ValueError(
                f"{name!r}: {value!r} of type {type(value).__name__} cannot be in a grid; use "
                "numbers, text, bool or None."
            )
        checked.append(plain)
    seen = set()
    for key in map(_key, checked):
        if key in seen:
            raise ValueError(f"{name!r}: {key[1]!r} is twice in the grid.")
        seen.add(key)
    return checked


def _key(value: Any) -> tuple[str, Any]:
    # 1, 1.0 and True are equal, and NaN is not even equal to itself.
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return type(value).__name__, value
    number = float(value)
    return "number", "nan" if math.isnan(number) else number
