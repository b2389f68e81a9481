"""Run the parameters of a trial that failed or got lost again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..records import FrozenTrial, TrialState, attr_names, create_trial

if TYPE_CHECKING:
    from ..study import Study


class RetryHeartbeatStaleTrialCallback:
    """Queue the parameters of a stale trial again.

    Parameters
    ----------
    max_retry : int, optional
        How often at most; None for ever.
    inherit_intermediate_values : bool, default False
        Whether the repetition begins with what the stale trial had reported.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study()
    >>> lost = study.ask()
    >>> x = lost.suggest_float("x", 0, 1)
    >>> RetryHeartbeatStaleTrialCallback()(study, study.trials[0])
    >>> study.ask().suggest_float("x", 0, 1) == x
    True
    """

    def __init__(
        self, max_retry: int | None = None, inherit_intermediate_values: bool = False
    ) -> None:
        self._max_retry = max_retry
        self._inherits = inherit_intermediate_values

    def __call__(self, study: Study, trial: FrozenTrial) -> None:
        again = self.repetition(trial)
        if again is not None:
            study.add_trial(again)

    def repetition(self, trial: FrozenTrial) -> FrozenTrial | None:
        """Return the trial to be queued; None if it was repeated often enough.

        A study that finds a stale trial asks for it, and queues it in the same step in which it
        sets the stale one FAIL: a worker that is killed in between would lose it.
        """
        return repetition(trial, self._max_retry, inherit_intermediate_values=self._inherits)

    @staticmethod
    def retried_trial_number(trial: FrozenTrial) -> int | None:
        """Return the number of the trial that `trial` repeats; None if it is the first."""
        return trial.system_attrs.get(attr_names.FAILED_TRIAL)

    @staticmethod
    def retry_history(trial: FrozenTrial) -> list[int]:
        """Return the numbers of the trials with the same parameters before, oldest first."""
        return list(trial.system_attrs.get(attr_names.RETRY_HISTORY, []))


def repetition(
    trial: FrozenTrial, max_retry: int | None, *, inherit_intermediate_values: bool = False
) -> FrozenTrial | None:
    """Return a waiting trial with the same parameters, linked to those that tried them before.

    Parameters
    ----------
    trial : FrozenTrial
        The trial to repeat.
    max_retry : int or None
        How often at most; None for ever.
    inherit_intermediate_values : bool, default False
        Whether the repetition begins with what `trial` had reported.

    Returns
    -------
    FrozenTrial or None
        None if it was repeated often enough.
    """
    before = list(trial.system_attrs.get(attr_names.RETRY_HISTORY, []))
    if max_retry is not None and len(before) >= max_retry:
        return None
    attrs = {
        key: value
        for key, value in trial.system_attrs.items()
        if not key.startswith((attr_names.OWN_PREFIX, "constraints"))
    }
    attrs[attr_names.FIXED_PARAMS] = {**attrs.get(attr_names.FIXED_PARAMS, {}), **trial.params}
    attrs[attr_names.FAILED_TRIAL] = before[0] if before else trial.number
    attrs[attr_names.RETRY_HISTORY] = [*before, trial.number]
    inherits = inherit_intermediate_values
    if inherits and attr_names.FOLDS in trial.system_attrs:
        attrs[attr_names.FOLDS] = trial.system_attrs[attr_names.FOLDS]  # what the reports mean
    return create_trial(
        state=TrialState.WAITING,
        user_attrs=trial.user_attrs,
        system_attrs=attrs,
        intermediate_values=trial.intermediate_values if inherits else None,
        intermediate_vectors=dict(trial.intermediate_vectors) if inherits else None,
    )
