"""A study's optimization by a schedule: what is planned is suggested, trained and recorded."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from tunesmith.distributions import BaseDistribution
from tunesmith.exceptions import TrialPruned
from tunesmith.integrations.lightgbm.schedule import (
    ELAPSED,
    ITERATION_TIME,
    PARAMS,
    STEP,
    Schedule,
    best_of,
    step_of,
)
from tunesmith.samplers import BaseSampler
from tunesmith.study import Study
from tunesmith.trial import FrozenTrial, Trial

# Takes a trial and all parameters, returns the score and the number of iterations.
Train = Callable[[Trial, dict[str, Any]], tuple[float, int]]


class TuningRun:
    """One run of a schedule, from where the study is to the end or to the end of the time.

    Parameters
    ----------
    study : Study
        Its sampler is replaced while this runs.
    schedule : Schedule
        What to do.
    train : callable
        How to do it.
    bar : tqdm or None
        Shows the step and the best score.
    """

    def __init__(self, study: Study, schedule: Schedule, train: Train, bar: Any) -> None:
        self._study = study
        self._schedule = schedule
        self._train = train
        self._bar = bar
        self._sampler = _Planned()
        self._start = time.monotonic()

    def run(self, timeout: float | None, callbacks: Sequence[Any]) -> None:
        """Begin no trial after so many seconds; call the callbacks after each."""
        sampler = self._study.sampler
        if self._bar is not None:
            steps = {step.name for step in self._schedule.steps}
            trials = self._study.get_trials(deepcopy=False)
            self._bar.update(sum(step_of(t) in steps and t.state.is_finished() for t in trials))
        try:
            self._study.sampler = self._sampler
            self._study.optimize(
                self._objective, timeout=timeout, callbacks=[*callbacks, self._trial_ended]
            )
        finally:
            self._study.sampler = sampler
            if self._bar is not None:
                self._bar.close()

    def _objective(self, trial: Trial) -> float:
        trials = self._study.get_trials(deepcopy=False)
        plan = self._schedule.next_plan(trials, trial.number)
        if plan is None:
            self._study.stop()
            raise TrialPruned("Another process was faster: no step has anything left to try.")
        trial.set_user_attr(STEP, plan.step)
        self._sampler.values = plan.values
        values = {name: trial.suggest(name, space) for name, space in plan.space.items()}
        params = {**plan.fixed, **values}
        trial.set_user_attr(PARAMS, json.dumps(params, default=_plain))
        if self._bar is not None:
            best = best_of(trials, self._study.direction)
            shown = "" if best is None else f", best {best.value:.6g}"
            self._bar.set_description(f"{plan.step}{shown}")
        start = time.monotonic()
        score, n_iterations = self._train(trial, params)
        end = time.monotonic()
        trial.set_user_attr(ELAPSED, end - self._start)
        trial.set_user_attr(ITERATION_TIME, (end - start) / max(n_iterations, 1))
        return score

    def _trial_ended(self, study: Study, trial: FrozenTrial) -> None:
        if self._bar is not None:
            self._bar.update()
        if self._schedule.next_plan(study.get_trials(deepcopy=False)) is None:
            study.stop()
            if self._bar is not None:  # a step may have had fewer values to try than it could have
                self._bar.total = self._bar.n


class _Planned(BaseSampler):
    # Hands out the values of the plan.

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

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
        return self.values[param_name]


def _plain(value: Any) -> Any:
    # NumPy's numbers and arrays; functions are named.
    return value.tolist() if hasattr(value, "tolist") else repr(value)
