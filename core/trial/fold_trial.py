"""One fold of a cross-validation, as a trial of its own."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..distributions import BaseDistribution
from ..records import BaseTrial, FrozenTrial, attr_names
from ..records.base_trial import Choice
from .folds import Fold
from .reports import read_report, read_step

if TYPE_CHECKING:
    from ..study import Study
    from .live import Trial


class FoldTrial(BaseTrial):
    """One fold of a trial; made by :meth:`Trial.fold`.

    It stands in for its trial: parameters, attributes and the pruner's decision are the trial's.
    Only what it reports is averaged with the folds before it, step by step, and reported at a step
    that counts on from fold to fold.
    """

    def __init__(self, trial: Trial, fold: Fold, *, is_given: bool) -> None:
        self._trial = trial
        self._fold = fold
        self._is_given = is_given
        self._n_reports = 0

    # What a fold does itself.

    def report(self, value: float | Sequence[float], step: int) -> None:
        """Report this fold's value at a step of its own.

        Parameters
        ----------
        value : float or sequence of float
            Value of this fold alone, one per objective if the study has several.
        step : int
            Epoch, boosting round or the like, from 0 in each fold. A second report at a step is
            ignored, with a warning; one that a process before this one has made, without.

        Raises
        ------
        TypeError
            If `value` is no number or no sequence of numbers, or `step` no whole number.
        ValueError
            If `step` is negative or belongs to the next fold already, or there is not one value
            per objective.
        """
        report = read_report(value, len(self.study.directions))
        step = read_step(step)
        fold = self._fold
        if fold.has(step):
            if self._n_reports:
                warnings.warn(
                    f"Fold {fold.index} of trial {self.number} has reported step {step} already; "
                    "this report is ignored.",
                    UserWarning,
                    stacklevel=2,
                )
            return
        trial_step, mean = fold.place(step, report)
        if fold.position is None:
            layout = [*self._trial.folds.layout, [fold.index, trial_step - step, fold.n_steps]]
            if len(layout) > 1 or fold.index > 0:
                self._trial.attach(attr_names.FOLDS, layout)
        self._trial.report(mean, trial_step)
        fold.add(step, report)
        self._n_reports += 1

    def should_prune(self) -> bool:
        """Ask the study's pruner whether the trial should end now, with all its folds."""
        return self._trial.should_prune()

    def end_pruned(self) -> None:
        self._trial.end_pruned()

    @property
    def ends_pruned(self) -> bool:
        return self._trial.ends_pruned

    def fold(self, index: int, n_steps: int | None = None) -> BaseTrial:
        """Raise ValueError: a fold has none of its own."""
        raise ValueError(
            f"This is fold {self._fold.index} of trial {self.number}, and a fold has no folds of "
            "its own. Ask the trial, with a number for each training: "
            "trial.fold(outer * n_inner + inner)."
        )

    def begin_training(self, first_step: int = 0, n_steps: int | None = None) -> FoldTrial:
        """Say that a training of this fold begins; return the fold.

        Raises
        ------
        ValueError
            If it begins anew and the fold was given by :meth:`Trial.fold` and has reports already.
        """
        if first_step == 0 and self._is_given and self._n_reports:
            raise ValueError(
                f"Fold {self._fold.index} of trial {self.number} has been trained already, up to "
                f"step {self.last_step}. Give each training a fold of its own: trial.fold(k)."
            )
        if n_steps is not None and not self._fold.n_steps:
            self._fold.n_steps = n_steps
        return self

    @property
    def index(self) -> int:
        """Number of the fold, from 0 where the loop counts so."""
        return self._fold.index

    @property
    def n_before(self) -> int:
        """How many folds come before this one."""
        return self._fold.position or 0

    @property
    def last_step(self) -> int:
        """Largest step of the fold with a report, -1 before the first."""
        return self._fold.last_step

    def has_reported(self, step: int) -> bool:
        """Whether the fold has reported a step, in this process or another."""
        return self._fold.has(step)

    def mean_at(self, step: int) -> float | tuple[float, ...]:
        """Mean over this fold and those before it at a step that was reported."""
        value = self._fold.at(step)
        assert value is not None
        return self._fold.place(step, value)[1]

    # What is the trial's.

    @property
    def trial(self) -> Trial:
        """The trial that this is a fold of."""
        return self._trial

    @property
    def study(self) -> Study:
        """The trial's study."""
        return self._trial.study

    @property
    def record(self) -> FrozenTrial:
        """The trial's record."""
        return self._trial.record

    @property
    def trial_id(self) -> int:
        """The trial's identifier within the storage."""
        return self._trial.trial_id

    def suggest_float(
        self,
        name: str,
        low: float,
        high: float,
        *,
        step: float | None = None,
        log: bool = False,
    ) -> float:
        return self._trial.suggest_float(name, low, high, step=step, log=log)

    def suggest_int(
        self, name: str, low: int, high: int, *, step: int = 1, log: bool = False
    ) -> int:
        return self._trial.suggest_int(name, low, high, step=step, log=log)

    def suggest_categorical(self, name: str, choices: Sequence[Choice]) -> Choice:
        return self._trial.suggest_categorical(name, choices)

    def set_user_attr(self, key: str, value: Any) -> None:
        self._trial.set_user_attr(key, value)

    def set_constraint(self, key: str, value: float) -> None:
        self._trial.set_constraint(key, value)

    @property
    def params(self) -> dict[str, Any]:
        return self._trial.params

    @property
    def distributions(self) -> dict[str, BaseDistribution]:
        return self._trial.distributions

    @property
    def user_attrs(self) -> dict[str, Any]:
        return self._trial.user_attrs

    @property
    def system_attrs(self) -> dict[str, Any]:
        """Attributes set by the library."""
        return self._trial.system_attrs

    @property
    def constraints(self) -> dict[str, float]:
        return self._trial.constraints

    @property
    def datetime_start(self) -> datetime.datetime | None:
        return self._trial.datetime_start

    @property
    def number(self) -> int:
        return self._trial.number

    def __repr__(self) -> str:
        return f"FoldTrial(number={self.number}, fold={self.index}, params={self.params})"
