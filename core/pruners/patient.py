"""Wait with pruning while a trial may recover."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..history.objective_names import check_objective
from ..records import FrozenTrial, PruneReason, StudyDirection
from .base import BasePruner
from .check_points import check_at_least

if TYPE_CHECKING:
    from ..study import Study

Losses = tuple[float, ...]


class PatientPruner(BasePruner):
    """Let another pruner decide only once a trial has fallen behind its own best for a while.

    It has if all of its last ``patience + 1`` values (by step) are worse, by more than
    `min_delta`, than the best before them. NaN values are passed over; if nothing else is left,
    the trial has not.

    With several objectives, each of these values has to be dominated by one before them, which is
    better by more than `min_delta` in one objective at least.

    Parameters
    ----------
    wrapped_pruner : BasePruner or None
        Decides then. None prunes then.
    patience : int
        Steps to wait beyond the first worse one, at least 0.
    min_delta : float, default 0.0
        By how much worse, at least 0, in units of the objective.
    objective : str or int, optional
        Name (see ``Study.set_metric_names``) or index of the objective that the patience goes by,
        of several. Default: all of them. The wrapped pruner has one of its own.

    Raises
    ------
    ValueError
        If `patience` or `min_delta` is negative.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study(pruner=PatientPruner(None, patience=1))
    >>> trial = study.ask()
    >>> for step, value in enumerate([3.0, 1.0, 2.0, 1.5]):
    ...     trial.report(value, step)
    ...     print(trial.should_prune())
    False
    False
    False
    True
    """

    def __init__(
        self,
        wrapped_pruner: BasePruner | None,
        patience: int,
        min_delta: float = 0.0,
        *,
        objective: str | int | None = None,
    ) -> None:
        check_at_least(0, patience=patience, min_delta=min_delta)
        check_objective(objective)
        self._wrapped_pruner = wrapped_pruner
        self._patience = patience
        self._min_delta = min_delta
        self._objective = objective

    @property
    def needs_stored_record(self) -> bool:  # type: ignore[override]  # fixed for most pruners
        """As the wrapped pruner needs it."""
        wrapped = self._wrapped_pruner
        # One that was written for Optuna, and derived from its class, does not say.
        return wrapped is not None and getattr(wrapped, "needs_stored_record", True)

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        if not self._has_fallen_behind(study, trial):
            return False
        return self._wrapped_pruner is None or self._wrapped_pruner.prune(study, trial)

    def reason(self, study: Study, trial: FrozenTrial) -> PruneReason | None:
        reason = super().reason(study, trial)
        assert reason is not None, "there is always a class and a report"
        value = reason.value
        how = "worse than the best before them"
        if isinstance(value, tuple) and self._objective is not None:
            value = value[study.history.objective_names.index_of(self._objective)]
        elif isinstance(value, tuple):
            how = "dominated by some before them"
        n = self._patience + 1
        because = f"its last {n} values are {how}" if n > 1 else f"its last value is {how}"
        compared = {"patience": self._patience, "min_delta": self._min_delta}
        of_wrapped = None
        if self._wrapped_pruner is not None:
            of_wrapped = self._wrapped_pruner.reason(study, trial)
        if of_wrapped is not None:
            because += f", and {of_wrapped.pruner}: {of_wrapped.because}"
            compared = {**of_wrapped.compared, **compared}
        return PruneReason(reason.pruner, reason.step, value, because, compared)

    def _has_fallen_behind(self, study: Study, trial: FrozenTrial) -> bool:
        directions, index = study.directions, 0
        if self._objective is not None:
            index = study.history.objective_names.index_of(self._objective)
        elif len(directions) > 1:
            return self._vectors_have_fallen_behind(directions, trial.intermediate_vectors)
        values = trial.intermediate_values
        if len(directions) > 1:
            values = {step: vector[index] for step, vector in trial.intermediate_vectors.items()}
        if len(values) <= self._patience + 1:
            return False
        losses = [values[step] for step in sorted(values)]
        if directions[index] == StudyDirection.MAXIMIZE:
            losses = [-value for value in losses]
        return has_fallen_behind(losses, self._patience, self._min_delta)

    def _vectors_have_fallen_behind(
        self, directions: Sequence[StudyDirection], vectors: dict[int, Losses]
    ) -> bool:
        signs = [-1.0 if each == StudyDirection.MAXIMIZE else 1.0 for each in directions]
        losses = [
            tuple(sign * value for sign, value in zip(signs, vectors[step], strict=True))
            for step in sorted(vectors)
        ]
        return is_dominated_by_earlier(losses, self._patience, self._min_delta)


def has_fallen_behind(losses: list[float], patience: int, min_delta: float) -> bool:
    """Return whether the last ``patience + 1`` losses all exceed the best before them.

    Examples
    --------
    >>> has_fallen_behind([1.0, 0.5, 0.8, 0.7], patience=1, min_delta=0.1)
    True
    """
    window = patience + 1
    before, latest = _lowest(losses[:-window]), _lowest(losses[-window:])
    return before + min_delta < latest


def is_dominated_by_earlier(losses: list[Losses], patience: int, min_delta: float) -> bool:
    """Return whether each of the last ``patience + 1`` vectors is dominated by one before them.

    Examples
    --------
    >>> is_dominated_by_earlier([(1.0, 5.0), (2.0, 5.0), (3.0, 6.0)], patience=1, min_delta=0.1)
    True
    """
    window = patience + 1
    before, latest = _without_nan(losses[:-window]), _without_nan(losses[-window:])
    return bool(latest) and all(
        any(
            all(a <= b for a, b in zip(earlier, late, strict=True))
            and any(a + min_delta < b for a, b in zip(earlier, late, strict=True))
            for earlier in before
        )
        for late in latest
    )


def _without_nan(losses: list[Losses]) -> list[Losses]:
    return [loss for loss in losses if not any(map(math.isnan, loss))]


def _lowest(losses: list[float]) -> float:
    lowest = min(losses, default=math.nan)
    # Comparisons with NaN are false: one later in the row was passed over, a first one stayed.
    if math.isnan(lowest):
        lowest = min((loss for loss in losses if not math.isnan(loss)), default=math.nan)
    return lowest
