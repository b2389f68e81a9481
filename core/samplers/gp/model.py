"""From the trials of a study to an acquisition function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from ... import multi_objective
from ...distributions import BaseDistribution
from ...history import History
from ...learning_curves import expected_losses
from ...records import TrialState
from ..tpe.unit_space import UnitSpace
from .acquisition import (
    Acquisition,
    Limit,
    LogExpectedHypervolumeImprovement,
    LogExpectedImprovement,
)
from .boxes import non_dominated_boxes
from .conditions import ConditionalAcquisition, Conditions, PartialObservations
from .fit import fit_kernel
from .kernel import FloatArray, KernelParameters
from .process import GaussianProcess, Predictor
from .search import MixedSpace, propose
from .targets import constraint_targets, loss_targets
from .transfer import Transfer

IntArray = npt.NDArray[np.intp]

_MOST_POINTS = 1000  # of a model: its cost grows with their cube
_MOST_FITTED = 300  # for the kernel parameters
_MOST_FRONT = {2: 200, 3: 30}  # points of a front, by number of objectives
_SMALLEST_FRONT = 10  # for more objectives: the boxes multiply
_N_ANCHORS = 5
_FAILURE_WEIGHT = 10.0  # a trial that fails teaches less than one that breaks a constraint

# Plain ints: comparing an array with a member of an enum is ten times slower.
_COMPLETE, _PRUNED, _FAIL = (
    int(state) for state in (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
)


def checkpoint(n: int) -> int:
    """Return from how many of `n` trials the kernel parameters are learnt.

    All up to 40, then from a number that grows by some five percent at a time. A function of `n`
    alone, so that a resumed study has the same parameters.
    """
    return n - n % max(1, n // 20)


class Model:
    """The Gaussian processes over one search space of one study.

    Parameters
    ----------
    space : dict of str to BaseDistribution
        Distributions with more than one value.
    deterministic : bool
        Whether the objective returns the same value for the same parameters.
    sources : sequence of History, optional
        Similar studies, with parameters as in `space`.
    """

    def __init__(
        self,
        space: dict[str, BaseDistribution],
        deterministic: bool,
        sources: Sequence[History] = (),
    ) -> None:
        self._observations = PartialObservations(UnitSpace(space))
        self._space = MixedSpace(self._observations.space)
        self._deterministic = deterministic
        self._fits: dict[str, tuple[bytes, KernelParameters]] = {}
        self._constraints: dict[str, FloatArray] = {}
        self._transfer = Transfer(self._observations.space, self._space, sources, deterministic)

    def propose(
        self,
        history: History,
        number: int,
        rng: np.random.Generator,
        n_startup: int,
        *,
        may_repeat: bool = False,
    ) -> dict[str, object] | None:
        """Return the parameters of the trial `number`; None if there is too little to learn from.

        Parameters
        ----------
        history : History
            Up to date.
        number : int
        rng : Generator
        n_startup : int
            Number of complete trials from which on there is enough.
        may_repeat : bool, optional
            Whether points that trials have or had may be proposed again.
        """
        observations = self._observations
        new = observations.refresh(history)
        self._refresh_constraints(history, new)
        rows = self._space.rows(*observations.points)
        usable = observations.usable
        states = history.states
        # Pruned trials count with what they would have ended at.
        losses = history.losses
        expected = expected_losses(history)
        known = states == _COMPLETE
        if expected is not None:
            losses = expected[:, None]
            known |= (states == _PRUNED) & ~np.isnan(expected)
        learnt = np.flatnonzero(usable & known)
        if len(learnt) < max(1, n_startup) and not self._transfer:
            return None
        running = [k for k in history.unfinished() if k != number and usable[k]]
        failed = np.flatnonzero(usable & (states == _FAIL))
        learnt = _thinned(history, losses, learnt)
        # Every second trial looks at the whole: a model of what is near the best alone would stay
        # there, one of the whole alone would not see the best in detail.
        wide = number % 2 == 1
        acquisition, anchors = self._acquisition(
            history, losses[learnt], rows, learnt, failed, rows[running], wide, rng
        )
        taken = rows[np.concatenate([np.flatnonzero(usable & (states != _FAIL)), failed])]
        ended = usable & (states >= _COMPLETE)  # the others may yet ask for more
        present, points = observations.present[ended], rows[ended]
        if self._transfer:
            present = np.concatenate([present, self._transfer.present])
            points = np.concatenate([points, self._transfer.rows])
        conditions = Conditions(observations.space, present, points)
        if conditions.rules:
            acquisition = ConditionalAcquisition(acquisition, conditions)
        if may_repeat:
            taken = taken[:0]
        chosen = propose(acquisition, self._space, rng, anchors, taken, conditions.canonical)
        return None if chosen is None else self._decoded(chosen, conditions)

    def _decoded(self, row: FloatArray, conditions: Conditions) -> dict[str, object]:
        space = self._observations.space
        n = space.n_numerical
        lacks = conditions.lacking(row[None])[0]
        # A choice that stands for "lacks it", with nothing known to decide that: let it be drawn.
        lacks[n:] |= row[n:] >= space.n_choices
        choices = np.where(lacks[n:], 0.0, row[n:]).astype(np.int32)
        values = space.decode(space.snap(row[None, :n].copy(), choices[None]), 0)
        order = [*space.numerical, *space.categorical]
        absent = {space.names[order[column]] for column in np.flatnonzero(lacks)}
        return {name: value for name, value in values.items() if name not in absent}

    def _acquisition(
        self,
        history: History,
        losses: FloatArray,
        rows: FloatArray,
        learnt: IntArray,
        failed: IntArray,
        pending: FloatArray,
        wide: bool,
        rng: np.random.Generator,
    ) -> tuple[Acquisition, FloatArray]:
        # The function to maximise, and the points to search around.
        feasible = history.violations[learnt] == 0.0
        limits = self._limits(rows, learnt, failed, pending)
        if len(learnt) and not feasible.any():
            least = np.argsort(history.violations[learnt], kind="stable")[:_N_ANCHORS]
            return Acquisition(limits), rows[learnt[least]]
        processes = [
            self._objective(j, wide, rows, learnt, losses[:, j], pending, rng)
            for j in range(losses.shape[1])
        ]
        # A running trial is taken to come out as predicted, so it may be the one to beat.
        believed = pending
        for limit in limits:
            believed = believed[limit.process.mean(believed) <= limit.level]
        tested = rows[learnt[feasible]]
        if not len(tested):
            tested = self._transfer.best
        if len(processes) == 1:
            means = processes[0].mean(tested)
            anchors = tested[np.argsort(means, kind="stable")[:_N_ANCHORS]]
            best = float(processes[0].mean(believed).min(initial=means.min()))
            anchors = np.concatenate([anchors, self._transfer.best])
            return LogExpectedImprovement(processes[0], best, limits), anchors
        if self._transfer:
            targets = np.column_stack([process.mean(tested) for process in processes])
        else:
            columns = [loss_targets(losses[:, j], wide=wide) for j in range(len(processes))]
            targets = np.column_stack(columns)[feasible]
        reference = targets.max(axis=0) + 0.1
        predictions = np.column_stack([process.mean(believed) for process in processes])
        targets = np.concatenate([targets, predictions])
        front = np.flatnonzero(multi_objective.is_pareto_front(targets))
        most = _MOST_FRONT.get(targets.shape[1], _SMALLEST_FRONT)
        if len(front) > most:
            subset = multi_objective.select_subset(targets[front], most, reference)
            front = front[subset]
        lower, upper = non_dominated_boxes(targets[front], reference)
        growth = LogExpectedHypervolumeImprovement(processes, lower, upper, limits)
        return growth, np.concatenate([tested[front[front < len(tested)]], self._transfer.best])

    def _objective(
        self,
        j: int,
        wide: bool,
        rows: FloatArray,
        learnt: IntArray,
        losses: FloatArray,
        pending: FloatArray,
        rng: np.random.Generator,
    ) -> Predictor:
        own = None
        if len(learnt):
            view = " wide" if wide else ""
            to_targets = partial(loss_targets, wide=wide)
            own = self._process(f"objective {j}{view}", rows, learnt, losses, pending, to_targets)
            if not self._transfer:
                return own
        return self._transfer.ensemble(j, wide, own, rows[learnt], losses, pending, rng)

    def _process(
        self,
        kind: str,
        rows: FloatArray,
        numbers: IntArray,
        values: FloatArray,
        pending: FloatArray,
        to_targets: Callable[[FloatArray], FloatArray],
    ) -> GaussianProcess:
        n = checkpoint(len(numbers))
        key = numbers[:n].tobytes()
        known = self._fits.get(kind)
        if known is None or known[0] != key:
            sample = np.arange(n)
            if n > _MOST_FITTED:
                sample = np.linspace(0, n - 1, _MOST_FITTED).astype(np.intp)
            parameters = fit_kernel(
                rows[numbers[sample]],
                to_targets(values[sample]),
                self._space.categorical,
                deterministic=self._deterministic,
            )
            known = self._fits[kind] = (key, parameters)
        return GaussianProcess(
            rows[numbers], to_targets(values), self._space.categorical, known[1], pending
        )

    def _limits(
        self, rows: FloatArray, learnt: IntArray, failed: IntArray, pending: FloatArray
    ) -> list[Limit]:
        # One model for each constraint, and one for where trials fail.
        limits = []
        for name in sorted(self._constraints):
            column = self._constraints[name]
            numbers = learnt[~np.isnan(column[learnt])]
            if len(numbers) == 0:
                continue
            limits.append(self._limit(f"constraint {name}", rows, numbers, column, pending))
        if len(failed):
            column = np.full(len(rows), -1.0)
            column[failed] = 1.0
            numbers = np.union1d(learnt, failed[-_MOST_FITTED:])
            limits.append(self._limit("failure", rows, numbers, column, pending, _FAILURE_WEIGHT))
        return limits

    def _limit(
        self,
        kind: str,
        rows: FloatArray,
        numbers: IntArray,
        column: FloatArray,
        pending: FloatArray,
        weight: float = 1.0,
    ) -> Limit:
        values = column[numbers]
        process = self._process(
            kind, rows, numbers, values, pending, lambda part: constraint_targets(part)[0]
        )
        return Limit(process, constraint_targets(values)[1], weight)

    def _refresh_constraints(self, history: History, new: IntArray) -> None:
        if not history.has_constraints:
            return
        size = len(history)
        for name, column in self._constraints.items():
            if len(column) < size:
                extra = np.full(2 * size - len(column), np.nan)
                self._constraints[name] = np.concatenate([column, extra])
        for number in new.tolist():
            trial = history.trials[number]
            for key, value in (trial.constraints if trial is not None else {}).items():
                name = str(key)
                if name not in self._constraints:
                    self._constraints[name] = np.full(2 * size, np.nan)
                self._constraints[name][number] = value


def _thinned(history: History, losses: FloatArray, numbers: IntArray) -> IntArray:
    # The latest, and the best of the others.
    if len(numbers) <= _MOST_POINTS:
        return numbers
    half = _MOST_POINTS // 2
    old, late = numbers[:-half], numbers[-half:]
    if len(history.directions) == 1:
        worth = losses[old, 0] + np.where(history.violations[old] > 0.0, np.inf, 0.0)
    else:
        worth = multi_objective.non_domination_ranks(history.losses[old]).astype(np.float64)
    return np.sort(np.concatenate([old[np.argsort(worth, kind="stable")[:half]], late]))
