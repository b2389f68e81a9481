"""Solve the tasks with other libraries, for `quality.py --samplers skopt ax smac ...`.

Each gets the parameters as its users would write them: ranges, logarithmic where the task's are,
integers, and choices. None of them learns a space from the objective, so all parameters of a
conditional space are given always, and those that do not apply are without effect. A seed of a
peer is that of the task; its defaults stay, but for what makes it silent.

Needs `constraints/bench.in` and `constraints/bench-peers.in`, best in an environment of its own. HEBO
is not among them: its release 0.3.6 needs NumPy below 1.25.
"""

from __future__ import annotations

import dataclasses
import functools
import logging
import math
import random
import tempfile
import warnings
from collections.abc import Callable
from typing import Any

from tasks import Task, all_tasks

_N_LOOKS = 40  # runs of an objective to see all of its parameters


@dataclasses.dataclass(frozen=True)
class Parameter:
    """A parameter as any library knows it. Steps are integers here; choices have an index."""

    kind: str  # "float", "int" or "choice"
    low: float
    high: float
    log: bool = False
    step: float | None = None
    choices: tuple[Any, ...] = ()

    def value(self, plain: Any) -> Any:
        """Return what the objective gets for what a library proposes."""
        if self.kind == "choice":
            return self.choices[int(plain)]
        if self.step is not None:
            return self.low + self.step * int(plain)
        if self.kind == "int":
            return min(max(round(plain), int(self.low)), int(self.high))
        return min(max(float(plain), self.low), self.high)

    @property
    def n_levels(self) -> int:
        """Number of choices, or of steps; 0 if it is a range."""
        if self.kind == "choice":
            return len(self.choices)
        return 0 if self.step is None else round((self.high - self.low) / self.step) + 1


class Spy:
    """A trial that draws its values and notes the parameters."""

    def __init__(self, rng: random.Random, found: dict[str, Parameter]) -> None:
        self._rng = rng
        self._found = found

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> Any:
        parameter = Parameter("float", low, high, log, step)
        draw = self._rng.uniform(low, high)
        return self._noted(name, parameter, self._rng.randrange(parameter.n_levels or 1), draw)

    def suggest_int(
        self, name: str, low: int, high: int, *, step: int = 1, log: bool = False
    ) -> Any:
        parameter = Parameter("int", low, high, log, None if step == 1 else step)
        draw = self._rng.randint(low, high)
        return self._noted(name, parameter, self._rng.randrange(parameter.n_levels or 1), draw)

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        parameter = Parameter("choice", 0, 0, choices=tuple(choices))
        return self._noted(name, parameter, self._rng.randrange(len(parameter.choices)), 0)

    def _noted(self, name: str, parameter: Parameter, level: int, draw: float) -> Any:
        self._found[name] = parameter
        return parameter.value(level if parameter.n_levels else draw)


class Given:
    """A trial whose values are given."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def suggest_float(self, name: str, *_: Any, **__: Any) -> Any:
        return self._values[name]

    suggest_int = suggest_categorical = suggest_float


@functools.cache
def space_of(task_name: str) -> dict[str, Parameter]:
    """Return all parameters that a task asks for."""
    found: dict[str, Parameter] = {}
    rng = random.Random(0)
    objective = all_tasks()[task_name].make(0)
    for _ in range(_N_LOOKS):
        objective(Spy(rng, found))
    return dict(sorted(found.items()))


def solved(library: str, task: Task, seed: int, n_trials: int) -> list[list[float]]:
    """Return the values of all trials of a peer."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    objective = task.make(seed)
    space = space_of(task.name)
    values: list[list[float]] = []

    def evaluate(plain: dict[str, Any]) -> float:
        given = {name: parameter.value(plain[name]) for name, parameter in space.items()}
        loss = float(objective(Given(given)))
        values.append([loss])
        return loss

    PEERS[library](space, evaluate, seed, n_trials)
    return values[:n_trials]


Evaluate = Callable[[dict[str, Any]], float]
Space = dict[str, Parameter]


def _hyperopt(space: Space, evaluate: Evaluate, seed: int, n_trials: int) -> None:
    import numpy as np
    from hyperopt import fmin, hp, tpe

    def written(name: str, p: Parameter) -> Any:
        if p.kind == "choice":
            return hp.choice(name, list(range(p.n_levels)))
        if p.n_levels:
            return hp.uniformint(name, 0, p.n_levels - 1)
        if p.kind == "int":
            if p.log:
                return hp.qloguniform(name, math.log(p.low), math.log(p.high), 1)
            return hp.uniformint(name, int(p.low), int(p.high))
        if p.log:
            return hp.loguniform(name, math.log(p.low), math.log(p.high))
        return hp.uniform(name, p.low, p.high)

    fmin(
        evaluate,
        {name: written(name, p) for name, p in space.items()},
        algo=tpe.suggest,
        max_evals=n_trials,
        rstate=np.random.default_rng(seed),
        show_progressbar=False,
        verbose=False,
    )


def _nevergrad(space: Space, evaluate: Evaluate, seed: int, n_trials: int) -> None:
    import nevergrad as ng

    def written(p: Parameter) -> Any:
        if p.kind == "choice":
            return ng.p.Choice(list(range(p.n_levels)))
        if p.n_levels:
            return ng.p.Scalar(lower=0, upper=p.n_levels - 1).set_integer_casting()
        if p.log:
            scalar = ng.p.Log(lower=p.low, upper=p.high)
        else:
            scalar = ng.p.Scalar(lower=p.low, upper=p.high)
        return scalar.set_integer_casting() if p.kind == "int" else scalar

    written_space = ng.p.Dict(**{name: written(p) for name, p in space.items()})
    written_space.random_state.seed(seed)
    optimizer = ng.optimizers.NGOpt(parametrization=written_space, budget=n_trials)
    optimizer.minimize(evaluate)


def _skopt(space: Space, evaluate: Evaluate, seed: int, n_trials: int) -> None:
    from skopt import gp_minimize
    from skopt.space import Categorical, Integer, Real

    def written(name: str, p: Parameter) -> Any:
        prior = "log-uniform" if p.log else "uniform"
        if p.kind == "choice":
            return Categorical(list(range(p.n_levels)), name=name)
        if p.n_levels:
            return Integer(0, p.n_levels - 1, name=name)
        if p.kind == "int":
            return Integer(int(p.low), int(p.high), prior=prior, name=name)
        return Real(p.low, p.high, prior=prior, name=name)

    dimensions = [written(name, p) for name, p in space.items()]
    gp_minimize(
        lambda row: evaluate(dict(zip(space, row, strict=True))),
        dimensions,
        n_calls=n_trials,
        random_state=seed,
    )


def _smac(space: Space, evaluate: Evaluate, seed: int, n_trials: int) -> None:
    from ConfigSpace import (
        CategoricalHyperparameter,
        ConfigurationSpace,
        UniformFloatHyperparameter,
        UniformIntegerHyperparameter,
    )
    from smac import HyperparameterOptimizationFacade, Scenario

    def written(name: str, p: Parameter) -> Any:
        if p.kind == "choice":
            return CategoricalHyperparameter(name, list(range(p.n_levels)))
        if p.n_levels:
            return UniformIntegerHyperparameter(name, 0, p.n_levels - 1)
        if p.kind == "int":
            return UniformIntegerHyperparameter(name, int(p.low), int(p.high), log=p.log)
        return UniformFloatHyperparameter(name, p.low, p.high, log=p.log)

    written_space = ConfigurationSpace(seed=seed)
    written_space.add([written(name, p) for name, p in space.items()])
    with tempfile.TemporaryDirectory() as folder:
        scenario = Scenario(
            written_space,
            deterministic=True,
            n_trials=n_trials,
            seed=seed,
            output_directory=folder,
        )

        def target(config: Any, seed: int = 0) -> float:  # noqa: ARG001  # SMAC asks for it
            return evaluate(dict(config))

        HyperparameterOptimizationFacade(
            scenario, target, overwrite=True, logging_level=False
        ).optimize()


def _ax(space: Space, evaluate: Evaluate, seed: int, n_trials: int) -> None:
    from ax import Client
    from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig

    def written(name: str, p: Parameter) -> Any:
        if p.kind == "choice":
            return ChoiceParameterConfig(
                name=name,
                values=list(range(p.n_levels)),
                parameter_type="int",
                is_ordered=False,
            )
        low, high = (0, p.n_levels - 1) if p.n_levels else (p.low, p.high)
        return RangeParameterConfig(
            name=name,
            bounds=(low, high),
            parameter_type="int" if p.kind == "int" or p.n_levels else "float",
            scaling="log" if p.log else "linear",
        )

    client = Client(random_seed=seed)
    client.configure_experiment(parameters=[written(name, p) for name, p in space.items()])
    client.configure_optimization(objective="-loss")
    for _ in range(n_trials):
        for index, plain in client.get_next_trials(max_trials=1).items():
            client.complete_trial(index, raw_data={"loss": evaluate(dict(plain))})


PEERS = {
    "ax": _ax,
    "hyperopt": _hyperopt,
    "nevergrad": _nevergrad,
    "skopt": _skopt,
    "smac": _smac,
}
