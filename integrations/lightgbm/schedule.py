"""What a stepwise tuning does next, as a function of the trials that its study has.

Nothing is remembered between trials: a process that takes over plans what the one before it would
have planned.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tunesmith.distributions import BaseDistribution
from tunesmith.integrations.lightgbm.tuning_step import TuningStep
from tunesmith.samplers import AutoSampler
from tunesmith.storages import InMemoryStorage
from tunesmith.study import Study, StudyDirection
from tunesmith.trial import FrozenTrial, TrialState, create_trial

# Attributes of a trial, by the names that Optuna's tuner has for them.
STEP = "lightgbm_tuner:step_name"
PARAMS = "lightgbm_tuner:lgbm_params"
ELAPSED = "lightgbm_tuner:elapsed_secs"
ITERATION_TIME = "lightgbm_tuner:average_iteration_time"


@dataclass(frozen=True)
class Plan:
    """A trial to run: its step, its values, and the parameters that stay as they are."""

    step: str
    fixed: dict[str, Any]
    space: dict[str, BaseDistribution]
    values: dict[str, Any]


class Schedule:
    """The steps of a tuning, and where it starts.

    Parameters
    ----------
    steps : sequence of TuningStep
        In their order.
    start : dict
        Parameters before the first step.
    direction : StudyDirection
        Whether the metric is minimized or maximized.
    seed : int
        Of what is drawn.
    abandoned : iterable of int
        Numbers of trials that seem to run, but whose process is gone.
    """

    def __init__(
        self,
        steps: Sequence[TuningStep],
        start: dict[str, Any],
        direction: StudyDirection,
        seed: int,
        abandoned: Iterable[int] = (),
    ) -> None:
        self.steps = list(steps)
        self._start = start
        self._direction = direction
        self._seed = seed
        self._abandoned = frozenset(abandoned)

    def next_plan(self, trials: Sequence[FrozenTrial], number: int | None = None) -> Plan | None:
        """Return what the trial `number` should do, None if nothing is left."""
        others = [trial for trial in trials if trial.number != number]
        for step in self.steps:
            fixed = self.params_before(step, others)
            taken = [
                trial
                for trial in others
                if step_of(trial) == step.name and (_was_tried(trial) or self._runs(trial))
            ]
            if len(taken) >= step.size(fixed):
                continue
            space = step.distributions(fixed)
            candidates = step.candidates(fixed)
            if candidates:
                tried = [{name: trial.params.get(name) for name in space} for trial in taken]
                left = [values for values in candidates if values not in tried]
                if left:
                    return Plan(step.name, fixed, space, left[0])
            else:
                return Plan(step.name, fixed, space, self._draw(step.name, space, taken))
        return None

    def params_before(self, step: TuningStep, trials: Sequence[FrozenTrial]) -> dict[str, Any]:
        """Return the best parameters at the time when a step began, or now if it has not."""
        begun = min((trial.number for trial in trials if step_of(trial) == step.name), default=None)
        return self.best_params(
            [trial for trial in trials if begun is None or trial.number < begun]
        )

    def best_params(self, trials: Sequence[FrozenTrial]) -> dict[str, Any]:
        """Return the parameters to start with, and in them what is best of the trials."""
        best = best_of(trials, self._direction)
        if best is None:
            return dict(self._start)
        tuned = {name for trial in trials if step_of(trial) is not None for name in trial.params}
        stored = {**json.loads(attr_of(best, PARAMS) or "{}"), **best.params}
        return {**self._start, **{name: stored[name] for name in tuned if name in stored}}

    def _runs(self, trial: FrozenTrial) -> bool:
        return trial.state is TrialState.RUNNING and trial.number not in self._abandoned

    def _draw(
        self, step: str, space: Mapping[str, BaseDistribution], taken: Sequence[FrozenTrial]
    ) -> dict[str, Any]:
        # A study of this step alone. Its trials are numbered anew, so what is drawn does not
        # depend on trials that were lost in between.
        storage = InMemoryStorage()
        storage.create_new_study([self._direction], step)
        sampler = AutoSampler(seed=zlib.crc32(f"{self._seed}:{step}".encode()))
        study = Study(step, storage, sampler=sampler)
        study.add_trials(_alone(trial, space) for trial in taken)
        trial = study.ask()
        return {name: trial.suggest(name, space[name]) for name in space}


def best_of(trials: Iterable[FrozenTrial], direction: StudyDirection) -> FrozenTrial | None:
    """Return the best trial of a tuning, the first of equals."""
    sign = -1.0 if direction is StudyDirection.MAXIMIZE else 1.0
    complete = [
        trial
        for trial in trials
        if trial.state is TrialState.COMPLETE and step_of(trial) is not None
    ]
    return min(complete, key=lambda trial: (sign * _value(trial), trial.number), default=None)


def attr_of(trial: FrozenTrial, key: str) -> Any:
    """Return an attribute of the tuner's: Optuna's keeps them among those of the system."""
    return trial.user_attrs.get(key, trial.system_attrs.get(key))


def step_of(trial: FrozenTrial) -> str | None:
    """Return the name of the step that a trial belongs to, None for a trial of another origin."""
    step: str | None = attr_of(trial, STEP)
    return step


def _was_tried(trial: FrozenTrial) -> bool:
    # A failed trial was tried if its training came to an end, with a score that is no number.
    if trial.state is TrialState.FAIL:
        return attr_of(trial, ITERATION_TIME) is not None
    return trial.state in (TrialState.COMPLETE, TrialState.PRUNED)


def _value(trial: FrozenTrial) -> float:
    assert trial.value is not None
    return trial.value


def _alone(trial: FrozenTrial, space: Mapping[str, BaseDistribution]) -> FrozenTrial:
    names = [name for name in space if name in trial.params]
    return create_trial(
        state=trial.state,
        value=trial.value if trial.state.is_finished() else None,
        params={name: trial.params[name] for name in names},
        distributions={name: trial.distributions[name] for name in names},
        intermediate_values=trial.intermediate_values,
    )
