"""Candidates that users have enqueued in the study of a search."""

from __future__ import annotations

import datetime
import math
from typing import Any

from tunesmith.integrations.sklearn.spaces import Params, Space
from tunesmith.records import attr_names
from tunesmith.storages import TrialUpdate
from tunesmith.study import Study
from tunesmith.trial import FrozenTrial, TrialState

# Marks a waiting trial that a search is about to end; one that was killed in between does so again.
_TAKEN = "tunesmith:taken_by_search"


class Enqueued:
    """The trials that wait in a study, oldest first.

    They wait until their results are written, so that a search which ends before or is killed has
    lost none.

    Parameters
    ----------
    study : Study
        Where they wait.
    space : Space
        Says what their parameters are called in the study.

    Raises
    ------
    ValueError
        If one of those that wait has parameters that the space does not have.
    """

    def __init__(self, study: Study, space: Space) -> None:
        self._study = study
        self._space = space
        self._waiting: list[FrozenTrial] = []
        self._taken: set[int] = set()
        self.look()

    def params_of(self, trial: FrozenTrial) -> Params | None:
        """Return what the study calls the parameters that a trial was enqueued with, if it was."""
        given = trial.system_attrs.get(attr_names.FIXED_PARAMS)
        if given is None:
            return None
        try:
            return self._space.stored(given)
        except ValueError as error:
            raise ValueError(f"Trial {trial.number} was enqueued with {given}. {error}") from None

    def look(self, before: float = math.inf) -> None:
        """Look for those that wait now and have a smaller number than this."""
        states = (TrialState.WAITING, TrialState.RUNNING)
        self._waiting = [
            trial
            for trial in self._study.get_trials(deepcopy=False, states=states)
            if (trial.state is TrialState.WAITING or _TAKEN in trial.system_attrs)
            and trial.number not in self._taken
            and trial.number < before
        ]
        for trial in self._waiting:
            self.params_of(trial)

    def take(self) -> FrozenTrial | None:
        """Return the next one that this search has not taken yet."""
        if not self._waiting:
            return None
        trial = self._waiting.pop(0)
        self._taken.add(trial.number)
        return trial

    def end(self, waiting: FrozenTrial, ended: FrozenTrial, attrs: dict[str, Any]) -> FrozenTrial:
        """Write what came of one.

        Parameters
        ----------
        waiting : FrozenTrial
            As it was taken.
        ended : FrozenTrial
            The trial of the working study.
        attrs : dict of str to Any
            System attributes to write along with it.
        """
        storage, trial_id = self._study.storage, waiting.trial_id
        if waiting.state is TrialState.WAITING:
            storage.update_trial(trial_id, TrialUpdate(system_attrs={_TAKEN: True}))
            storage.claim_trial(trial_id)
        update = TrialUpdate(
            params={
                name: (distribution.to_internal_repr(ended.params[name]), distribution)
                for name, distribution in ended.distributions.items()
            },
            user_attrs=ended.user_attrs,
            system_attrs=attrs,
            intermediate_values=ended.intermediate_values,
            intermediate_vectors=ended.intermediate_vectors,
            state=ended.state,
            values=ended.values,
            datetime_complete=datetime.datetime.now(),
        )
        storage.update_trial(trial_id, update)
        return storage.get_trial(trial_id)
