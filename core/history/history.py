"""Arrays over the trials of one study, grown as they arrive."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from ..records import FrozenTrial, StudyDirection, TrialState
from .curves import Curves
from .objective_names import ObjectiveNames, ReadNames
from .search_space import SearchSpaceTracker
from .trial_log import TrialLog

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

ABSENT = -1  # state of a row whose trial is not known yet
_FIRST_CAPACITY = 64
_FEW = 8  # numbers that are looked up one by one


class History:
    """The columnar view of one study. Row *k* is trial number *k*.

    Arrays grow by doubling and are filled in place, so keeping the view up to date costs what
    is new. Properties return views of the known rows: do not write to them, and hold
    :attr:`lock` while several must fit together and other threads may :meth:`sync`.

    Parameters
    ----------
    log : TrialLog
        Where the trials come from.
    directions : sequence of StudyDirection
        One per objective.
    read_names : callable, optional
        Returns the names of the objectives, or None; called when an objective is named.

    Attributes
    ----------
    curves : Curves
        The intermediate values.
    objective_names : ObjectiveNames
        Which objective has which name.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study(direction="maximize")
    >>> study.optimize(lambda trial: trial.suggest_int("x", 3, 3), n_trials=2)
    >>> history = study.history
    >>> history.losses
    array([[-3.],
           [-3.]])
    >>> history.column("x")
    array([3., 3.])
    """

    def __init__(
        self,
        log: TrialLog,
        directions: Sequence[StudyDirection],
        read_names: ReadNames = lambda: None,
    ) -> None:
        self._log = log
        self.lock = log.lock
        self.directions = tuple(directions)
        self.signs: FloatArray = np.array(
            [-1.0 if d is StudyDirection.MAXIMIZE else 1.0 for d in directions]
        )
        self._signs: list[float] = self.signs.tolist()
        self._n = 0
        self._states = np.full(_FIRST_CAPACITY, ABSENT, dtype=np.int8)
        self._losses = np.full((_FIRST_CAPACITY, len(directions)), np.nan)
        self._violations = np.zeros(_FIRST_CAPACITY)
        self._columns: dict[str, FloatArray] = {}
        self._unit_columns: dict[tuple[str, BaseDistribution], FloatArray] = {}
        self._order: list[tuple[float, int, float, float, int]] = []
        self._n_by_state = dict.fromkeys((ABSENT, *map(int, TrialState)), 0)
        self._unfinished: dict[int, dict[str, Any]] = {}  # parameters by number
        self._has_constraints = False
        self.objective_names = ObjectiveNames(len(directions), read_names)
        self.curves = Curves(self._signs)
        self._search_space = SearchSpaceTracker()
        # Trials by number that only the curves have taken in, in the order of their last change.
        self._pending: dict[int, FrozenTrial] = {}

    def sync(self) -> None:
        """Take in what has changed since the last call: one read of the storage."""
        with self.lock:
            self._log.sync()
            self.take_logged()

    def take_logged(self) -> None:
        """Take in what the log knows, without a read of the storage.

        The curves have it right away, for a pruner; the rest takes it in when it is asked for.
        """
        with self.lock:
            pending = self._pending
            for trial in self._log.drain():
                if trial.intermediate_values or trial.intermediate_vectors:
                    self.curves.add(trial)
                pending.pop(trial.number, None)
                pending[trial.number] = trial

    def _settle(self) -> None:
        if self._pending:
            with self.lock:
                pending, self._pending = self._pending, {}
                for trial in pending.values():
                    self._take(trial)

    # What is known.

    def __len__(self) -> int:
        self._settle()
        return self._n

    @property
    def trials(self) -> list[FrozenTrial | None]:
        """Records by number, not copied; None where a number is not known yet."""
        return self._log.trials

    @property
    def states(self) -> npt.NDArray[np.int8]:
        """State of each trial as the number of its ``TrialState``, shape (n_trials,)."""
        self._settle()
        return self._states[: self._n]

    @property
    def losses(self) -> FloatArray:
        """Objective values with the sign that makes lower better, shape (n_trials, n_objectives).

        NaN where a trial has none.
        """
        self._settle()
        return self._losses[: self._n]

    @property
    def values(self) -> FloatArray:
        """Objective values as the objective returned them, shape (n_trials, n_objectives)."""
        return self.losses * self.signs

    @property
    def violations(self) -> FloatArray:
        """Sum of the positive constraint values of each trial, shape (n_trials,)."""
        self._settle()
        return self._violations[: self._n]

    @property
    def has_constraints(self) -> bool:
        """Whether any finished trial has constraints."""
        self._settle()
        return self._has_constraints

    @property
    def search_space(self) -> SearchSpaceTracker:
        """Which parameters the finished trials have in common."""
        self._settle()
        return self._search_space

    def count(self, *states: TrialState) -> int:
        """Return how many trials are in one of the given states."""
        self._settle()
        n = 0
        for state in states:
            n += self._n_by_state[state]
        return n

    def unfinished(self, state: TrialState = TrialState.RUNNING) -> list[int]:
        """Return the numbers of the trials that are RUNNING (or WAITING), ascending."""
        self._settle()
        if not self._unfinished:
            return []
        numbers = np.array(sorted(self._unfinished))
        # Plain ints: comparing an array with a member of an enum is ten times slower.
        listed: list[int] = numbers[self._states[numbers] == int(state)].tolist()
        return listed

    # Parameters.

    @property
    def param_names(self) -> list[str]:
        """Names of all parameters that any trial has, in order of appearance."""
        self._settle()
        return list(self._columns)

    def column(self, name: str) -> FloatArray:
        """Return a parameter in internal representation, shape (n_trials,), NaN where missing."""
        self._settle()
        column = self._columns.get(name)
        return np.full(self._n, np.nan) if column is None else column[: self._n]

    def configurations(
        self, names: Sequence[str], numbers: Sequence[int]
    ) -> list[tuple[float, ...]]:
        """Return some parameters of some trials, as :meth:`column` has them, trial by trial."""
        self._settle()
        known = self._columns
        columns = [known[name] if name in known else self.column(name) for name in names]
        if len(numbers) < _FEW:
            return [tuple([column.item(number) for column in columns]) for number in numbers]
        return list(zip(*(column[numbers].tolist() for column in columns), strict=True))

    def unit_column(self, name: str, distribution: BaseDistribution) -> FloatArray:
        """Return a numerical parameter mapped to [0, 1], shape (n_trials,), NaN where missing.

        Logarithmic ranges are mapped by their logarithm. Integers and steps are widened by half
        a step at both ends, so that each grid value has an interval of the same width. Values
        outside `distribution` (its range has changed) fall outside [0, 1]. The result is kept and
        extended as trials arrive.

        Raises
        ------
        TypeError
            If the distribution is categorical.
        """
        self._settle()
        key = (name, distribution)
        column = self._unit_columns.get(key)
        if column is None:
            column = np.full(len(self._states), np.nan)
            column[: self._n] = to_unit(self.column(name), distribution)
            self._unit_columns[key] = column
        return column[: self._n]

    # Orders.

    def ranked(self) -> list[int]:
        """Return the numbers of the COMPLETE and PRUNED trials, best first.

        Feasible trials come before infeasible ones, those by violation. Among the feasible:
        complete trials by loss, then pruned ones by how far they came, then by their value
        there. Only for one objective.
        """
        self._settle()
        return [entry[-1] for entry in self._order]

    def ranked_head(self, n: int) -> list[int]:
        """Return the first `n` of :meth:`ranked`, without building the rest."""
        self._settle()
        return [entry[-1] for entry in self._order[:n]]

    def best(self) -> int | None:
        """Return the number of the best feasible COMPLETE trial, the earliest of equals.

        None if there is none. Only for one objective.
        """
        self._settle()
        if self._order:
            violation, kind, _, _, number = self._order[0]
            if violation == 0.0 and kind == 0:
                return number
        return None

    # Taking in trials.

    def _take(self, trial: FrozenTrial) -> None:
        number, state = trial.number, trial.state
        if number >= self._n:
            self._grow(number + 1)
        self._n_by_state[int(self._states[number])] -= 1
        self._n_by_state[int(state)] += 1
        self._states[number] = int(state)
        # A trial that runs is seen again and again, mostly with nothing new.
        known = self._unfinished.get(number)
        has_more = known is None or known != trial.params
        for name, distribution in trial.distributions.items() if has_more else ():
            internal = distribution.to_internal_repr(trial.params[name])
            column = self._columns.get(name)
            if column is None:
                column = self._columns[name] = np.full(len(self._states), np.nan)
            if known is None or column[number] != internal:
                column[number] = internal
                if self._unit_columns:
                    self._update_units(name, number, internal)
        if not state.is_finished():
            if has_more:
                self._unfinished[number] = dict(trial.params)
            return
        self._unfinished.pop(number, None)
        if trial.values is not None and len(trial.values) == len(self.directions):
            for k, value in enumerate(trial.values):
                self._losses[number, k] = value * self._signs[k]
        if trial.system_attrs:
            constraints = trial.constraints
            if constraints:
                self._has_constraints = True
                self._violations[number] = sum(max(0.0, c) for c in constraints.values())
        self._search_space.add(trial)
        if len(self.directions) == 1 and state is not TrialState.FAIL:
            bisect.insort(self._order, self._order_entry(trial))

    def _order_entry(self, trial: FrozenTrial) -> tuple[float, int, float, float, int]:
        violation = float(self._violations[trial.number])
        if trial.state is TrialState.COMPLETE:
            loss = float(self._losses[trial.number, 0])
            return (violation, 0, 0.0, loss, trial.number)
        step = max(trial.intermediate_values, default=None)
        if step is None:
            return (violation, 2, 0.0, 0.0, trial.number)
        value = trial.intermediate_values[step] * self._signs[0]
        return (violation, 1, -float(step), math.inf if math.isnan(value) else value, trial.number)

    def _update_units(self, name: str, number: int, internal: float) -> None:
        for (owner, distribution), units in self._unit_columns.items():
            if owner == name:
                units[number] = to_unit(np.array([internal]), distribution)[0]

    def _grow(self, n: int) -> None:
        self._n_by_state[ABSENT] += n - self._n
        self._n = n
        capacity = len(self._states)
        if n <= capacity:
            return
        extra = max(capacity, n - capacity)
        self._states = _extended(self._states, extra, ABSENT)
        self._losses = _extended(self._losses, extra, np.nan)
        self._violations = _extended(self._violations, extra, 0.0)
        for name, column in self._columns.items():
            self._columns[name] = _extended(column, extra, np.nan)
        for key, column in self._unit_columns.items():
            self._unit_columns[key] = _extended(column, extra, np.nan)


def to_unit(internal: FloatArray, distribution: BaseDistribution) -> FloatArray:
    """Map internal values of a numerical parameter to [0, 1]; see `History.unit_column`."""
    low, high = unit_bounds(distribution)
    if getattr(distribution, "log", False):
        with np.errstate(invalid="ignore", divide="ignore"):
            internal = np.log(internal)
    if high == low:
        return np.where(np.isnan(internal), np.nan, 0.5)
    return (internal - low) / (high - low)


def from_unit(unit: FloatArray, distribution: BaseDistribution) -> FloatArray:
    """Map [0, 1] back to internal values inside the distribution, rounded to its grid."""
    low, high = unit_bounds(distribution)
    values = low + np.clip(unit, 0.0, 1.0) * (high - low)
    if getattr(distribution, "log", False):
        values = np.exp(values)
    if isinstance(distribution, IntDistribution):
        steps = np.rint((values - distribution.low) / distribution.step)
        values = distribution.low + steps * distribution.step
    elif isinstance(distribution, FloatDistribution) and distribution.step is not None:
        steps = np.rint((values - distribution.low) / distribution.step)
        last = round((distribution.high - distribution.low) / distribution.step)
        values = np.array([distribution.on_grid(int(k)) for k in np.clip(steps, 0, last)])
    return np.clip(values, distribution.low, distribution.high)  # type: ignore[attr-defined]  # numerical, or unit_bounds had raised


def unit_bounds(distribution: BaseDistribution) -> tuple[float, float]:
    """Return the ends of a numerical range on the scale that is mapped to [0, 1]."""
    if isinstance(distribution, IntDistribution):
        low, high = (
            distribution.low - 0.5 * distribution.step,
            distribution.high + 0.5 * distribution.step,
        )
    elif isinstance(distribution, FloatDistribution):
        half = 0.5 * distribution.step if distribution.step is not None else 0.0
        low, high = distribution.low - half, distribution.high + half
    else:
        kind = "categorical" if isinstance(distribution, CategoricalDistribution) else "unknown"
        raise TypeError(f"A {kind} distribution has no order to map to [0, 1]: {distribution!r}.")
    if distribution.log:
        return math.log(low), math.log(high)
    return low, high


def _extended(array: npt.NDArray[Any], extra: int, fill: float) -> npt.NDArray[Any]:
    added = np.full((extra, *array.shape[1:]), fill, dtype=array.dtype)
    return np.concatenate([array, added])
