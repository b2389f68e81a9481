"""The contract of a storage: who calls what, and what each call promises.

A storage keeps studies and trials for any number of studies, threads and, unless it lives in
memory, processes. The study and its trials call it; samplers and pruners never do (they read the
:class:`~tunesmith.history.History`).

*Consistency.* Each method is one atomic step: after it returns, every reader of the same storage
sees its effect; if it raises, nothing has changed. Methods may be called from several threads.

*Identity.* A trial has an identifier that is unique within the storage (``trial_id``) and a
number that counts from 0 within its study, without gaps and without repetition, also when many
workers create trials at once.

*Finished trials never change.* A write to one raises
:class:`~tunesmith.exceptions.UpdateFinishedTrialError`. Readers rely on it and cache them.

*Unknown identifiers* raise ``KeyError``.

The fine-grained methods are those of Optuna's ``BaseStorage``; a storage written for it works
here unchanged. The batch methods (:meth:`BaseStorage.start_trial`,
:meth:`BaseStorage.update_trial`, :meth:`BaseStorage.read_trials`) are what the study itself
calls; their default forms are made of the fine-grained ones, and a storage that can do each in
one transaction overrides them.
"""

from __future__ import annotations

import abc
import copy
import dataclasses
import datetime
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, TypeVar

from ..distributions import BaseDistribution
from ..exceptions import UpdateFinishedTrialError
from ..records import FrozenStudy, FrozenTrial, StudyDirection, TrialState

Result = TypeVar("Result")

InternalParams = Mapping[str, "tuple[float, BaseDistribution]"]

DEFAULT_STUDY_NAME_PREFIX = "no-name-"


@dataclasses.dataclass(slots=True)
class TrialUpdate:
    """Changes to one trial that are written together.

    Attributes
    ----------
    params : dict of str to (float, BaseDistribution)
        New parameters: internal representation and range.
    user_attrs, system_attrs : dict of str to Any
        Attributes to set.
    intermediate_values : dict of int to float
        Reported values by step.
    intermediate_vectors : dict of int to tuple of float
        Reports of several objectives by step, one value per objective.
    state : TrialState or None
        New state; a finished one sets the end time.
    values : sequence of float or None
        One value per objective.
    datetime_complete : datetime.datetime or None
        When a trial whose `state` is a finished one ended; None means now.
    dropped_params : tuple of str
        Parameters that were written when the trial was created and turned out not to belong to
        it (the objective did not ask for them).
    successor : tuple of (int, FrozenTrial), optional
        Study and template of a trial that is created in the same step, such as the repetition of
        one that failed: nobody can be killed in between.
    """

    params: dict[str, tuple[float, BaseDistribution]] = dataclasses.field(default_factory=dict)
    user_attrs: dict[str, Any] = dataclasses.field(default_factory=dict)
    system_attrs: dict[str, Any] = dataclasses.field(default_factory=dict)
    intermediate_values: dict[int, float] = dataclasses.field(default_factory=dict)
    intermediate_vectors: dict[int, tuple[float, ...]] = dataclasses.field(default_factory=dict)
    state: TrialState | None = None
    values: Sequence[float] | None = None
    datetime_complete: datetime.datetime | None = None
    dropped_params: tuple[str, ...] = ()
    successor: tuple[int, FrozenTrial] | None = None

    def __bool__(self) -> bool:
        return bool(
            self.params
            or self.user_attrs
            or self.system_attrs
            or self.intermediate_values
            or self.intermediate_vectors
            or self.state is not None
            or self.values is not None
            or self.dropped_params
        )

    @property
    def is_one_report(self) -> bool:
        """Whether an intermediate value is all there is."""
        return len(self.intermediate_values) == 1 and not (
            self.params
            or self.user_attrs
            or self.system_attrs
            or self.intermediate_vectors
            or self.state is not None
            or self.values is not None
            or self.dropped_params
            or self.successor is not None
        )


class BaseStorage(abc.ABC):
    """Base class of the storages; see the module's text for the contract.

    Attributes
    ----------
    shares_records : bool
        True if the records of running trials that :meth:`start_trial` and :meth:`open_trial`
        return are the storage's own: parameters and attributes that a trial notes in its record
        are stored thereby. Otherwise they are written with the next write that happens anyway.
    """

    shares_records: bool = False

    # Batch methods: what the study calls.

    def start_trial(
        self,
        study_id: int,
        params: InternalParams | None = None,
        expected_number: int | None = None,
        *,
        heartbeat: bool = False,
    ) -> FrozenTrial:
        """Claim the oldest waiting trial, or create one that runs.

        Parameters
        ----------
        study_id : int
            The study.
        params : mapping of str to (float, BaseDistribution), optional
            Parameters of the new trial. They were drawn for the trial `expected_number`: they
            are dropped if a waiting trial is claimed or the number turns out to be another.
        expected_number : int, optional
            Number that the new trial should get for `params` to apply.
        heartbeat : bool, default False
            Whether to record a first sign of life, where the storage has them.

        Returns
        -------
        FrozenTrial
            The trial, RUNNING. Its ``params`` tell whether `params` were taken: the default
            form never takes them, because the fine-grained methods cannot take them back.
        """
        waiting = self.get_all_trials(study_id, deepcopy=False, states=(TrialState.WAITING,))
        for trial in waiting:
            if self.claim_trial(trial.trial_id):
                return self.get_trial(trial.trial_id)
        trial_id = self.create_new_trial(study_id)
        return self.get_trial(trial_id)

    def open_trial(self, trial_id: int) -> FrozenTrial:
        """Return the record of a running trial to the process that runs it."""
        return self.get_trial(trial_id)

    def claim_trial(self, trial_id: int) -> bool:
        """Set a waiting trial RUNNING; False if another worker was first."""
        try:
            return self.set_trial_state_values(trial_id, TrialState.RUNNING)
        except UpdateFinishedTrialError:
            return False

    def update_trial(self, trial_id: int, update: TrialUpdate) -> None:
        """Write all changes to a trial, the state last.

        The default form ignores ``dropped_params``: its :meth:`start_trial` wrote none.

        Raises
        ------
        UpdateFinishedTrialError
            If the trial has finished already. Nothing is written then.
        RuntimeError
            If there are reports of several objectives, for which the fine-grained methods have
            no place. Nothing is written then.
        """
        if update.intermediate_vectors:
            raise RuntimeError(
                f"{type(self).__name__} keeps no reports of several objectives. Use one of "
                "Tunesmith's own storages, or override update_trial and the reading methods."
            )
        for name, (value, distribution) in update.params.items():
            self.set_trial_param(trial_id, name, value, distribution)
        for key, attr in update.user_attrs.items():
            self.set_trial_user_attr(trial_id, key, attr)
        for key, attr in update.system_attrs.items():
            self.set_trial_system_attr(trial_id, key, attr)
        for step, value in update.intermediate_values.items():
            self.set_trial_intermediate_value(trial_id, step, value)
        if update.state is not None:
            self.set_trial_state_values(trial_id, update.state, update.values)
        if update.successor is not None:
            self.create_new_trial(*update.successor)

    def read_trials(self, study_id: int, cursor: object | None) -> tuple[list[FrozenTrial], object]:
        """Read the trials that are new or may have changed since `cursor`.

        Parameters
        ----------
        study_id : int
            The study.
        cursor : object, optional
            What the last call returned; None reads everything.

        Returns
        -------
        trials : list of FrozenTrial
            At least every trial that has changed, ordered by number. Finished ones may be
            shared with the storage and must not be modified.
        cursor : object
            To be handed to the next call.
        """
        # The default form knows nothing about changes, so it reads everything each time. What is
        # not finished may be shared with the storage and change under the reader's hands.
        trials = self.get_all_trials(study_id, deepcopy=False)
        return [t if t.state.is_finished() else t.copy() for t in trials], None

    def add_report(
        self,
        study_id: int,
        trial: FrozenTrial,
        step: int,
        report: float | tuple[float, ...],
        cursor: object | None,
    ) -> object | None:
        """Add a report to a record that is shared with the trial that runs.

        Only called if :attr:`shares_records`.

        Parameters
        ----------
        study_id : int
            The study.
        trial : FrozenTrial
            The record, of a trial that runs.
        step : int
            A step that it has not reported.
        report : float or tuple of float
            The value, or one per objective.
        cursor : object, optional
            As in :meth:`read_trials`.

        Returns
        -------
        object or None
            The next cursor, if the report is all that has changed since `cursor`, apart from the
            parameters of running trials; otherwise None.
        """
        update = TrialUpdate()
        if isinstance(report, tuple):
            update.intermediate_vectors[step] = report
        else:
            update.intermediate_values[step] = report
        self.update_trial(trial.trial_id, update)
        return None

    def write_and_follow(
        self, study_id: int, cursor: object | None, write: Callable[[], Result]
    ) -> tuple[Result, object | None]:
        """Call what writes to the study, and move a cursor over what it has written.

        A storage that cannot tell returns None in place of the cursor, which is the default.

        Parameters
        ----------
        study_id : int
            The study.
        cursor : object, optional
            As in :meth:`read_trials`.
        write : callable
            Takes nothing. Called once; while it runs, a storage that can tell lets nothing else write.

        Returns
        -------
        result : object
            What `write` returned.
        cursor : object or None
            The next cursor, if what `write` has written is all that has changed since `cursor`,
            apart from the parameters of running trials; otherwise None.
        """
        return write(), None

    def is_current(self, study_id: int, cursor: object | None) -> bool:
        """Return whether nothing is known to have changed since `cursor`, without a read.

        The parameters of running trials may have. By default nothing is known.
        """
        return False

    def update_and_read(
        self, study_id: int, trial_id: int, update: TrialUpdate, cursor: object | None
    ) -> tuple[list[FrozenTrial], object]:
        """Write changes to a trial of the study, and read what has changed in the study.

        For a worker that reports a value and asks a pruner right away: a storage on a server can
        do both in one transaction or trip. See :meth:`update_trial` and :meth:`read_trials`.
        """
        self.update_trial(trial_id, update)
        return self.read_trials(study_id, cursor)

    # Fine-grained methods, as in Optuna.

    @abc.abstractmethod
    def create_new_study(
        self, directions: Sequence[StudyDirection], study_name: str | None = None
    ) -> int:
        """Create a study and return its identifier.

        Raises
        ------
        DuplicatedStudyError
            If a study of that name exists.
        """

    @abc.abstractmethod
    def delete_study(self, study_id: int) -> None:
        """Delete a study with its trials."""

    @abc.abstractmethod
    def set_study_user_attr(self, study_id: int, key: str, value: Any) -> None:
        """Set or replace a user attribute of a study."""

    @abc.abstractmethod
    def set_study_system_attr(self, study_id: int, key: str, value: Any) -> None:
        """Set or replace a system attribute of a study."""

    @abc.abstractmethod
    def get_study_id_from_name(self, study_name: str) -> int:
        """Return the identifier of the study of that name."""

    @abc.abstractmethod
    def get_study_name_from_id(self, study_id: int) -> str:
        """Return the name of a study."""

    @abc.abstractmethod
    def get_study_directions(self, study_id: int) -> list[StudyDirection]:
        """Return one direction per objective."""

    @abc.abstractmethod
    def get_study_user_attrs(self, study_id: int) -> dict[str, Any]:
        """Return the user attributes of a study."""

    @abc.abstractmethod
    def get_study_system_attrs(self, study_id: int) -> dict[str, Any]:
        """Return the system attributes of a study."""

    @abc.abstractmethod
    def get_all_studies(self) -> list[FrozenStudy]:
        """Return all studies, ordered by identifier."""

    @abc.abstractmethod
    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        """Create a trial and return its identifier.

        Without a template it is RUNNING and begins now; otherwise it takes everything but
        number and identifier from the template.
        """

    @abc.abstractmethod
    def set_trial_param(
        self,
        trial_id: int,
        param_name: str,
        param_value_internal: float,
        distribution: BaseDistribution,
    ) -> None:
        """Set a parameter.

        Raises
        ------
        ValueError
            If another trial of the study has the parameter with another kind of distribution.
        """

    @abc.abstractmethod
    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        """Set the state and the values.

        Returns
        -------
        bool
            False if `state` is RUNNING and the trial was not WAITING: another worker has it.
        """

    @abc.abstractmethod
    def set_trial_intermediate_value(
        self, trial_id: int, step: int, intermediate_value: float
    ) -> None:
        """Set or replace the value reported at a step."""

    @abc.abstractmethod
    def set_trial_user_attr(self, trial_id: int, key: str, value: Any) -> None:
        """Set or replace a user attribute of a trial."""

    @abc.abstractmethod
    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        """Set or replace a system attribute of a trial."""

    @abc.abstractmethod
    def get_trial(self, trial_id: int) -> FrozenTrial:
        """Return one trial, as a copy."""

    @abc.abstractmethod
    def get_all_trials(
        self,
        study_id: int,
        deepcopy: bool = True,
        states: Container[TrialState] | None = None,
    ) -> list[FrozenTrial]:
        """Return the trials of a study, ordered by number.

        With ``deepcopy=False`` they may be shared with the storage and must not be modified.
        """

    def get_trial_id_from_study_id_trial_number(self, study_id: int, trial_number: int) -> int:
        """Return the identifier of the trial of that number."""
        for trial in self.get_all_trials(study_id, deepcopy=False):
            if trial.number == trial_number:
                return trial.trial_id
        raise KeyError(f"Study {study_id} has no trial with number {trial_number}.")

    def get_trial_number_from_id(self, trial_id: int) -> int:
        """Return the number of a trial."""
        return self.get_trial(trial_id).number

    def get_trial_param(self, trial_id: int, param_name: str) -> float:
        """Return a parameter in internal representation."""
        trial = self.get_trial(trial_id)
        return trial.distributions[param_name].to_internal_repr(trial.params[param_name])

    def get_n_trials(
        self, study_id: int, state: tuple[TrialState, ...] | TrialState | None = None
    ) -> int:
        """Return how many trials a study has, all or those of the given state or states."""
        states = (state,) if isinstance(state, TrialState) else state
        return len(self.get_all_trials(study_id, deepcopy=False, states=states))

    def get_best_trial(self, study_id: int) -> FrozenTrial:
        """Return the complete trial with the best value, the earliest of equals.

        Raises
        ------
        ValueError
            If no trial is complete.
        RuntimeError
            If the study has several objectives.
        """
        directions = self.get_study_directions(study_id)
        if len(directions) > 1:
            raise RuntimeError(
                f"The study has {len(directions)} objectives, so no single best trial."
            )
        complete = self.get_all_trials(study_id, deepcopy=False, states=(TrialState.COMPLETE,))
        if not complete:
            raise ValueError("No trials are completed yet.")
        sign = -1.0 if directions[0] is StudyDirection.MAXIMIZE else 1.0
        return copy.deepcopy(min(complete, key=lambda trial: sign * (trial.values or [0.0])[0]))

    def get_trial_params(self, trial_id: int) -> dict[str, Any]:
        """Return the parameters of a trial."""
        return self.get_trial(trial_id).params

    def get_trial_user_attrs(self, trial_id: int) -> dict[str, Any]:
        """Return the user attributes of a trial."""
        return self.get_trial(trial_id).user_attrs

    def get_trial_system_attrs(self, trial_id: int) -> dict[str, Any]:
        """Return the system attributes of a trial."""
        return self.get_trial(trial_id).system_attrs

    def remove_session(self) -> None:
        """Give back connections that the calling thread holds."""

    def check_trial_is_updatable(self, trial_id: int, trial_state: TrialState) -> None:
        """Raise UpdateFinishedTrialError if the state is a finished one."""
        if trial_state.is_finished():
            raise UpdateFinishedTrialError(
                f"Trial {self.get_trial_number_from_id(trial_id)} has finished "
                f"({trial_state.name}) and cannot be changed."
            )
