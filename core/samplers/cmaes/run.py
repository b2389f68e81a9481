"""The evolution of one study, replayed from its trials."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ...distributions import BaseDistribution
from ...history import History
from ...optional_dependency import optional_dependency
from ...records import FrozenTrial, TrialState
from ...rng import SeededRandomness
from ..tpe.unit_space import UnitSpace

FloatArray = npt.NDArray[np.float64]

GENERATION = "cma:generation"  # the attribute by which Optuna knows them, too
_SEEDS = 2**32
_SIGMA = 1.0 / 6.0  # at first, of each range


@dataclasses.dataclass(frozen=True)
class Options:
    """What a user can set about the strategy; see :class:`CmaEsSampler`."""

    x0: dict[str, Any] | None = None
    sigma0: float | None = None
    pruned_count: bool = False
    restarts: str | None = None
    popsize: int | None = None
    growth: int = 2
    separable: bool = False
    margin: bool = False
    lr_adapt: bool = False
    source_trials: tuple[FrozenTrial, ...] | None = None
    source_ranks: tuple[tuple[float, FrozenTrial], ...] = ()


class Run:
    """The strategy's state after the trials of one study, in one search space.

    The state is a function of the finished trials, in the order of their numbers, and of the seed:
    it is replayed after a restart and needs no storage. A trial says by an attribute which
    generation it belongs to; a generation is over once it has as many results as the population
    has members. Results that come later are left out.

    Parameters
    ----------
    space : dict of str to BaseDistribution
        Floats and integers with more than one value.
    options : Options
    randomness : SeededRandomness
    sign : float
        -1 if the objective is maximised.

    Raises
    ------
    ValueError
        If no source trial has the parameters of the space.
    """

    def __init__(
        self,
        space: dict[str, BaseDistribution],
        options: Options,
        randomness: SeededRandomness,
        sign: float,
    ) -> None:
        self._units = UnitSpace(space)
        self._is_rounded = any(getattr(d, "step", None) is not None for d in space.values())
        self._sign = sign
        self._options = options
        self._randomness = randomness
        self._n_seen = 0
        self._unfinished: list[int] = []
        self._results: dict[int, list[tuple[FrozenTrial, float]]] = {}
        self.generation = 0
        self._n_restarts = 0
        self._n_large = 0  # restarts with a larger population
        self._spent = {"large": 0, "small": 0}  # evaluations, by kind of restart
        self._kind = "first"
        self._optimizer = self._first()
        self._first_size = self._optimizer.population_size

    def refresh(self, history: History) -> None:
        """Take in the trials that have ended, and finish the generations that are complete."""
        n = len(history)
        numbers = [*self._unfinished, *range(self._n_seen, n)]
        self._n_seen, self._unfinished = n, []
        for number in numbers:
            trial = history.trials[number]
            if trial is None or not trial.state.is_finished():
                self._unfinished.append(number)
            elif GENERATION in trial.system_attrs:
                self._take(history, trial)

    def ask(self, number: int) -> dict[str, Any]:
        """Return the parameters of the trial `number`."""
        point, _ = self._drawn(number)
        return self._decoded(point)

    def _drawn(self, number: int) -> tuple[FloatArray, FloatArray]:
        # The point to evaluate, and what the optimizer wants to be told of it. A fresh stream for
        # each trial: what is drawn depends on the state and the number, not on who asks or when.
        self._optimizer.reseed_rng(int(self._randomness.uniform(number, "cma") * _SEEDS))
        with np.errstate(all="ignore"):
            drawn = self._optimizer.ask()
        point, told = drawn if self._options.margin else (drawn, drawn)
        return np.clip(point, 0.0, 1.0), told

    def _decoded(self, point: FloatArray) -> dict[str, Any]:
        points = self._units.snap(point[None].copy(), np.empty((1, 0), dtype=np.int32))
        return self._units.decode(points, 0)

    # Results.

    def _take(self, history: History, trial: FrozenTrial) -> None:
        loss = self._loss(history, trial)
        if loss is None or self._point(trial) is None:
            return
        generation = int(trial.system_attrs[GENERATION])
        self._results.setdefault(generation, []).append((trial, loss))
        while len(self._results.get(self.generation, ())) >= self._optimizer.population_size:
            self._next_generation()

    def _loss(self, history: History, trial: FrozenTrial) -> float | None:
        violation = float(history.violations[trial.number])
        if trial.state is TrialState.COMPLETE:
            loss = float(history.losses[trial.number, 0])
        elif trial.state is TrialState.PRUNED and self._options.pruned_count:
            if not trial.intermediate_values:
                return None
            last = trial.intermediate_values[max(trial.intermediate_values)]
            loss = float(last * history.signs[0])
        else:
            return None
        if math.isnan(loss):
            return None
        # Only the order counts: what violates a constraint is worse than all that does not.
        loss = min(max(loss, -1e300), 1e300)
        return loss if violation == 0.0 else 1e301 + 1e300 * violation / (1.0 + violation)

    def _point(self, trial: FrozenTrial) -> FloatArray | None:
        if any(name not in trial.params for name in self._units.names):
            return None
        internal = [
            [d.to_internal_repr(trial.params[name])]
            for name, d in zip(self._units.names, self._units.distributions, strict=True)
        ]
        points, usable = self._units.encode(np.array(internal, dtype=np.float64).T)
        return points.units[0] if usable[0] else None

    def _next_generation(self) -> None:
        optimizer = self._optimizer
        solutions = []
        for trial, loss in self._results.pop(self.generation)[: optimizer.population_size]:
            told = self._point(trial)
            if self._is_rounded:
                # The optimizer learns more from the point before it was moved to the grid.
                point, drawn = self._drawn(trial.number)
                decoded = self._decoded(point)
                if all(trial.params[name] == value for name, value in decoded.items()):
                    told = drawn
            solutions.append((told, loss))
        with np.errstate(all="ignore"):
            optimizer.tell(solutions)
        self.generation += 1
        if self._kind in self._spent:
            self._spent[self._kind] += len(solutions)
        if self._options.restarts is not None and optimizer.should_stop():
            self._restart()

    # Optimizers.

    def _first(self) -> Any:
        options = self._options
        n = self._units.n_numerical
        if options.source_trials is not None or options.source_ranks:
            with _package():
                import cmaes
            mean, sigma, cov = cmaes.get_warm_start_mgd(self._sources())
            return self._made(mean, sigma, options.popsize, cov)
        mean = np.full(n, 0.5)
        if options.x0 is not None:
            # Parameters that it leaves out begin in the middle.
            inside = [
                _internal(d, options.x0[name]) if name in options.x0 else float(d.low)  # type: ignore[attr-defined]  # numbers by selection
                for name, d in zip(self._units.names, self._units.distributions, strict=True)
            ]
            points, usable = self._units.encode(np.array([inside]))
            if not usable[0]:
                raise ValueError(f"x0={options.x0!r} is outside the ranges of the parameters.")
            given = np.array([name in options.x0 for name in self._units.names])
            mean = np.where(given, points.units[0], mean)
        sigma = _SIGMA if options.sigma0 is None else options.sigma0
        return self._made(mean, sigma, options.popsize)

    def _sources(self) -> list[tuple[FloatArray, float]]:
        states = [TrialState.COMPLETE]
        if self._options.pruned_count:
            states.append(TrialState.PRUNED)
        ranked = list(self._options.source_ranks)
        ranked += [
            (self._sign * trial.value, trial)
            for trial in self._options.source_trials or ()
            if trial.value is not None
        ]
        found = []
        for loss, trial in ranked:
            if trial.state not in states:
                continue
            try:
                point = self._point(trial)
            except (TypeError, ValueError):  # it has another kind of parameter by that name
                continue
            if point is not None:
                found.append((point, loss))
        if not found:
            raise ValueError(
                "None of the source trials is complete and has the parameters "
                f"{', '.join(self._units.names)} within their ranges."
            )
        return found

    def _restart(self) -> None:
        self._n_restarts += 1
        rng = self._randomness.generator(self._n_restarts, "cma:restart")
        mean = rng.random(self._units.n_numerical)
        sigma, first = _SIGMA, self._first_size
        if self._options.restarts == "bipop" and self._spent["small"] < self._spent["large"]:
            # The kind that has had less. Its size and width are random.
            self._kind = "small"
            largest = self._options.growth**self._n_large
            size = int(first * max(1.0, 0.5 * largest) ** (rng.random() ** 2))
            sigma *= 10.0 ** (-2.0 * rng.random())
        else:
            self._kind = "large"
            self._n_large += 1
            size = first * self._options.growth**self._n_large
        self._optimizer = self._made(mean, sigma, size)

    def _made(
        self, mean: FloatArray, sigma: float, size: int | None, cov: FloatArray | None = None
    ) -> Any:
        with _package():
            import cmaes
        n = self._units.n_numerical
        bounds = np.tile([0.0, 1.0], (n, 1))
        common: dict[str, Any] = {"n_max_resampling": 10 * n, "seed": 0, "population_size": size}
        if self._options.separable:
            return cmaes.SepCMA(mean, sigma, bounds, **common)
        if self._options.margin:
            steps, margins = self._units.steps(), 0.5 * self._units.steps()
            bounds = np.column_stack([margins, 1.0 - margins])
            return cmaes.CMAwM(mean, sigma, bounds, steps, cov=cov, **common)
        return cmaes.CMA(mean, sigma, bounds, cov=cov, lr_adapt=self._options.lr_adapt, **common)


def _package() -> contextlib.AbstractContextManager[None]:
    return optional_dependency("CmaEsSampler", "cmaes", extra="cmaes")


def _internal(distribution: BaseDistribution, value: Any) -> float:
    return float(distribution.to_internal_repr(value))
