"""What the tuners of ``lightgbm.train`` and ``lightgbm.cv`` have in common."""

from __future__ import annotations

import abc
import pathlib
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Generic, Literal, TypeVar

import numpy as np

import tunesmith
from tunesmith.integrations.lightgbm.callback import LightGBMPruningCallback
from tunesmith.integrations.lightgbm.metric_names import (
    is_higher_better,
    logged_as,
    metric_to_tune,
)
from tunesmith.integrations.lightgbm.parameter_names import with_main_names
from tunesmith.integrations.lightgbm.schedule import (
    Schedule,
    best_of,
    step_of,
)
from tunesmith.integrations.lightgbm.tuning_run import TuningRun
from tunesmith.integrations.lightgbm.tuning_step import (
    BUILT_IN_STEPS,
    DEFAULTS,
    TuningStep,
    chosen_steps,
)
from tunesmith.optional_dependency import optional_dependency
from tunesmith.pruners import NopPruner
from tunesmith.study import Study, StudyDirection
from tunesmith.trial import FrozenTrial, Trial, TrialState

with optional_dependency("LightGBMTuner", "lightgbm", extra="lightgbm", minimum="4.0"):
    import lightgbm


Booster = TypeVar("Booster", bound="lightgbm.Booster | lightgbm.CVBooster")
_SEED = "lightgbm_tuner:seed"


class StepwiseTuner(abc.ABC, Generic[Booster]):
    """Runs the steps; a subclass trains, and keeps what it trained.

    All that is known stands in the study, so a tuner with the same study goes on where another
    one stopped. See :class:`LightGBMTuner` for the parameters.
    """

    def __init__(
        self,
        params: Mapping[str, Any],
        train_set: lightgbm.Dataset,
        *,
        callbacks: Sequence[Callable[..., Any]] | None,
        feature_name: Any,
        categorical_feature: Any,
        time_budget: float | None,
        sample_size: int | None,
        study: Study | None,
        optuna_callbacks: Sequence[Callable[[Study, FrozenTrial], None]] | None,
        model_dir: str | pathlib.Path | None,
        verbosity: int | None,
        show_progress_bar: bool,
        optuna_seed: int | None,
        steps: Sequence[str | TuningStep] | None,
        report_interval: int,
    ) -> None:
        self._metric = metric_to_tune(params)
        # LightGBM leaves out features while it reads the data, by the first value of a parameter
        # that is about to be tuned.
        self.lgbm_params: dict[str, Any] = {
            **DEFAULTS,
            **with_main_names(params),
            "feature_pre_filter": False,
        }
        self._steps = chosen_steps(steps, self.lgbm_params)
        self.train_set = train_set
        self.train_subset: lightgbm.Dataset | None = None
        self._callbacks = list(callbacks or ())
        self._time_budget = time_budget
        self._sample_size = sample_size
        self._optuna_callbacks = list(optuna_callbacks or ())
        self._show_progress_bar = show_progress_bar
        if report_interval < 1:
            raise ValueError(f"report_interval must be 1 or more, got {report_interval}.")
        self._report_interval = report_interval
        self.study = self._checked_study(study)
        self._seed = optuna_seed
        self._model_dir = None if model_dir is None else pathlib.Path(model_dir)
        self._best_booster: tuple[int, Booster] | None = None
        if feature_name != "auto":
            train_set.set_feature_name(feature_name)
        if categorical_feature != "auto":
            train_set.set_categorical_feature(categorical_feature)
        train_set.params = {**(train_set.params or {}), "feature_pre_filter": False}
        if verbosity is not None:
            tunesmith.logging.set_verbosity(_LOG_LEVELS.get(verbosity, tunesmith.logging.ERROR))

    # Results.

    @property
    def best_score(self) -> float:
        """The best score so far; without any, the worst that there can be."""
        best = self._best_trial()
        if best is None or best.value is None:
            return -np.inf if self.higher_is_better() else np.inf
        return best.value

    @property
    def best_params(self) -> dict[str, Any]:
        """The parameters of the best training so far, those that were not tuned included."""
        schedule = Schedule([], self.lgbm_params, self.study.direction, 0)
        return schedule.best_params(self._trials())

    def get_best_booster(self) -> Booster:
        """Return the booster of the best trial.

        Raises
        ------
        ValueError
            If no trial is complete, or another process trained the best one and `model_dir` was
            not given or does not have it.
        """
        best = self._best_trial()
        if best is None:
            raise ValueError(
                "There is no best booster, because no trial is complete yet: run() it."
            )
        if self._best_booster is not None and self._best_booster[0] == best.number:
            return self._best_booster[1]
        way_out = "Train it again: lightgbm.train(tuner.best_params, ...)"
        if self._model_dir is None:
            raise ValueError(
                f"Trial {best.number} is the best, and its booster was not kept: another process "
                f"or tuner trained it. {way_out}, or give all tuners one model_dir."
            )
        path = self._model_path(best.number)
        if not path.exists():
            raise ValueError(
                f"Trial {best.number} is the best, and model_dir={str(self._model_dir)!r} has no "
                f"{path.name!r}. {way_out}, or share the folder among all processes."
            )
        return self._load(path)

    def higher_is_better(self) -> bool:
        """Whether the metric is maximized."""
        return self.study.direction is StudyDirection.MAXIMIZE

    def compare_validation_metrics(self, val_score: float, best_score: float) -> bool:
        """Whether the first score is better than the second."""
        return val_score > best_score if self.higher_is_better() else val_score < best_score

    # Tuning.

    def run(self) -> None:
        """Run what is left of the steps, or as much of it as `time_budget` allows."""
        self._run(self._steps)

    def tune_feature_fraction(self, n_trials: int = 7) -> None:
        """Run the step ``"feature_fraction"`` alone."""
        self._run([replace(BUILT_IN_STEPS["feature_fraction"], n_trials=n_trials)])

    def tune_num_leaves(self, n_trials: int = 20) -> None:
        """Run the step ``"num_leaves"`` alone."""
        self._run([replace(BUILT_IN_STEPS["num_leaves"], n_trials=n_trials)])

    def tune_bagging(self, n_trials: int = 10) -> None:
        """Run the step ``"bagging"`` alone."""
        self._run([replace(BUILT_IN_STEPS["bagging"], n_trials=n_trials)])

    def tune_feature_fraction_stage2(self, n_trials: int = 6) -> None:
        """Run the step ``"feature_fraction_stage2"`` alone."""
        self._run([replace(BUILT_IN_STEPS["feature_fraction_stage2"], n_trials=n_trials)])

    def tune_regularization_factors(self, n_trials: int = 20) -> None:
        """Run the step ``"regularization_factors"`` alone."""
        self._run([replace(BUILT_IN_STEPS["regularization_factors"], n_trials=n_trials)])

    def tune_min_data_in_leaf(self) -> None:
        """Run the step ``"min_data_in_leaf"`` alone."""
        self._run([BUILT_IN_STEPS["min_data_in_leaf"]])

    def sample_train_set(self) -> None:
        """Draw the `sample_size` rows to train on; :meth:`run` does so by itself."""
        if self._sample_size is None:
            raise ValueError("Give the tuner a sample_size to draw.")
        n_rows = self.train_set.construct().num_data()
        if n_rows <= self._sample_size:
            self.train_subset = self.train_set
            return
        rows = np.random.default_rng(0).choice(n_rows, self._sample_size, replace=False)
        self.train_subset = self.train_set.subset(np.sort(rows).tolist())

    def _run(self, steps: Sequence[TuningStep]) -> None:
        if self._sample_size is not None and self.train_subset is None:
            self.sample_train_set()
        schedule = Schedule(
            steps,
            self.lgbm_params,
            self.study.direction,
            self._seed_of_the_study(),
            abandoned=[t.number for t in self._trials() if t.state is TrialState.RUNNING],
        )
        if schedule.next_plan(self._trials()) is None:
            return
        run = TuningRun(self.study, schedule, self._train_and_keep, self._bar(schedule))
        run.run(self._time_budget, self._optuna_callbacks)

    def _train_and_keep(self, trial: Trial, params: dict[str, Any]) -> tuple[float, int]:
        prunes = not isinstance(self.study.pruner, NopPruner)
        callback = LightGBMPruningCallback(
            trial,
            self._metric,
            self._monitored_data(),
            # Without a pruner the callback is here for the metric's name and direction only.
            report_interval=self._report_interval if prunes else sys.maxsize,
        )
        data = self.train_set if self.train_subset is None else self.train_subset
        booster, score, n_iterations = self._train(params, data, [*self._callbacks, callback])
        if booster is not None:
            self._keep(trial, booster, score)
        return score, n_iterations

    def _keep(self, trial: Trial, booster: Booster, score: float) -> None:
        # In the folder for all, and in memory if it is the best.
        if self._model_dir is not None:
            self._model_dir.mkdir(parents=True, exist_ok=True)
            path = self._model_path(trial.number)
            unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            booster.save_model(unfinished)
            unfinished.replace(path)
        if self.compare_validation_metrics(score, self.best_score):
            self._best_booster = (trial.number, booster)

    def _score_among(self, scores: Mapping[str, Any]) -> float:
        """Return the score of the metric that is tuned by, whichever of its names it goes by."""
        return float(next(s for name, s in scores.items() if logged_as(name) == self._metric))

    @abc.abstractmethod
    def _train(
        self, params: dict[str, Any], data: lightgbm.Dataset, callbacks: list[Any]
    ) -> tuple[Booster | None, float, int]: ...

    @abc.abstractmethod
    def _monitored_data(self) -> str: ...

    @abc.abstractmethod
    def _model_path(self, number: int) -> pathlib.Path: ...

    @abc.abstractmethod
    def _load(self, path: pathlib.Path) -> Booster: ...

    # The study.

    def _checked_study(self, study: Study | None) -> Study:
        higher = is_higher_better(self._metric)
        wanted: Literal["minimize", "maximize"] = "maximize" if higher else "minimize"
        if study is None:
            # Trials are comparable from their first iterations on, but a drop-in ends no training
            # that the user did not ask it to end.
            return tunesmith.create_study(direction=wanted, pruner=NopPruner())
        study.require_one_objective(type(self).__name__)
        found = "maximize" if study.direction is StudyDirection.MAXIMIZE else "minimize"
        if higher is not None and found != wanted:
            raise ValueError(
                f"metric {self._metric!r} should be {wanted}d, but the study is to {found}. "
                f"Create the study with direction={wanted!r}, or give params another metric."
            )
        return study

    def _seed_of_the_study(self) -> int:
        if self._seed is None:
            self._seed = self.study.user_attrs.get(_SEED)
        if self._seed is None:
            self._seed = secrets.randbits(32)
            self.study.set_user_attr(_SEED, self._seed)
        return self._seed

    def _trials(self) -> list[FrozenTrial]:
        return [t for t in self.study.get_trials(deepcopy=False) if step_of(t) is not None]

    def _best_trial(self) -> FrozenTrial | None:
        return best_of(self._trials(), self.study.direction)

    def _bar(self, schedule: Schedule) -> Any:
        if not self._show_progress_bar:
            return None
        from tqdm.auto import tqdm

        return tqdm(total=sum(step.expected_size() for step in schedule.steps))


_LOG_LEVELS = {
    0: tunesmith.logging.WARNING,
    1: tunesmith.logging.INFO,
    2: tunesmith.logging.DEBUG,
}
