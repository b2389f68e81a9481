"""What a journal says: studies and trials after replaying its records in order.

Every worker replays the same records in the same order and comes to the same result, which is
also Optuna's. Records that make no sense at their place (a trial is claimed that runs already,
a finished trial is changed, a parameter changes its kind) are ignored by everybody: their
writers had not seen what came before them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...distributions import (
    BaseDistribution,
    check_distribution_compatibility,
    json_to_distribution,
)
from ...exceptions import StorageInternalError
from ...logging import get_logger
from ...records import FrozenTrial, StudyDirection, TrialState
from .records import ALIVE, PROPOSED, VECTORS, Op, Record, read_time, read_vectors

_logger = get_logger(__name__)

_STATES = {int(state): state for state in TrialState}
_IGNORED = -1  # outcome of a record that changed nothing


class StudyState:
    """One study after the records so far, its trials, and what changed when."""

    __slots__ = (
        "changed",
        "directions",
        "name",
        "param_distributions",
        "revision",
        "running",
        "system_attrs",
        "trials",
        "user_attrs",
        "waiting",
    )

    def __init__(self, name: str, directions: list[StudyDirection]) -> None:
        self.name = name
        self.directions = directions
        self.user_attrs: dict[str, Any] = {}
        self.system_attrs: dict[str, Any] = {}
        self.trials: list[FrozenTrial] = []
        self.param_distributions: dict[str, BaseDistribution] = {}
        self.waiting: dict[int, None] = {}  # numbers, oldest first
        self.running: dict[int, None] = {}
        self.revision = 0
        # Number of each changed trial to the revision of its last change, in that order: what
        # a reader has missed is a stretch at the end.
        self.changed: dict[int, int] = {}

    def place(self, trial: FrozenTrial) -> None:
        """Note in which state a trial is now."""
        self.waiting.pop(trial.number, None)
        self.running.pop(trial.number, None)
        if trial.state is TrialState.WAITING:
            self.waiting[trial.number] = None
        elif trial.state is TrialState.RUNNING:
            self.running[trial.number] = None

    def touch(self, number: int) -> None:
        self.revision += 1
        self.changed.pop(number, None)
        self.changed[number] = self.revision

    def changed_since(self, revision: int) -> list[int]:
        """Return the numbers of the trials that changed after a revision, ascending."""
        missed = []
        for number in reversed(self.changed):
            if self.changed[number] <= revision:
                break
            missed.append(number)
        missed.sort()
        return missed


class Replay:
    """The studies and trials of a journal.

    Attributes
    ----------
    n_records : int
        How many records have been replayed: the log number of the next.
    studies : dict of int to StudyState
        By identifier.
    study_ids : dict of str to int
        By name.
    n_studies : int
        How many studies were ever created: the identifier of the next.
    trials : list of (int, FrozenTrial)
        By identifier, each with its study's; also those of deleted studies.
    proposals : dict of int to dict of str to None
        By running trial, the names of parameters that are only proposed so far.
    alive_names : dict of int to str
        By running trial, under which name its worker gives signs of life.
    damaged_at : int or None
        Log number of the first entry that could not be read.
    """

    def __init__(self) -> None:
        self.n_records = 0
        self.studies: dict[int, StudyState] = {}
        self.study_ids: dict[str, int] = {}
        self.n_studies = 0
        self.trials: list[tuple[int, FrozenTrial]] = []
        self.proposals: dict[int, dict[str, None]] = {}
        self.alive_names: dict[int, str] = {}
        self.damaged_at: int | None = None
        self._unknown_ops: list[object] = []
        self._apply_op: dict[int, Callable[[Record], int]] = {
            Op.CREATE_STUDY: self._create_study,
            Op.DELETE_STUDY: self._delete_study,
            Op.SET_STUDY_USER_ATTR: self._set_study_user_attr,
            Op.SET_STUDY_SYSTEM_ATTR: self._set_study_system_attr,
            Op.CREATE_TRIAL: self._create_trial,
            Op.SET_TRIAL_PARAM: self._set_param,
            Op.SET_TRIAL_STATE_VALUES: self._set_state_values,
            Op.SET_TRIAL_INTERMEDIATE_VALUE: self._set_report,
            Op.SET_TRIAL_USER_ATTR: self._set_user_attr,
            Op.SET_TRIAL_SYSTEM_ATTR: self._set_system_attr,
            Op.NONE: self._set_vectors,
        }

    # Looking.

    def study(self, study_id: int) -> StudyState:
        """Return a study; KeyError if there is none of that identifier."""
        try:
            return self.studies[study_id]
        except KeyError:
            raise KeyError(f"There is no study with id {study_id}.") from None

    def trial(self, trial_id: int) -> FrozenTrial:
        """Return a trial, not copied; KeyError if there is none of that identifier."""
        if 0 <= trial_id < len(self.trials):
            study_id, trial = self.trials[trial_id]
            if study_id in self.studies:
                return trial
        raise KeyError(f"There is no trial with id {trial_id}.")

    def study_of(self, trial_id: int) -> StudyState:
        """Return the study of a trial that exists."""
        return self.studies[self.trials[trial_id][0]]

    # Replaying.

    def apply(self, record: Record) -> int:
        """Replay the next record.

        Returns
        -------
        int
            The identifier of what was created or changed; negative if the record has no effect.

        Raises
        ------
        StorageInternalError
            If the record refers to what an unreadable entry before it must have created.
        """
        op = record.get("op_code")
        outcome = _IGNORED
        if op is None:
            self.damaged_at = self.n_records if self.damaged_at is None else self.damaged_at
        elif isinstance(op, int) and op in self._apply_op:
            try:
                outcome = self._apply_op[op](record)
            except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
                _logger.warning(
                    "Entry %d of the journal is not as it should be and was skipped (%s: %s).",
                    self.n_records + 1,
                    type(error).__name__,
                    error,
                )
        elif op not in self._unknown_ops:
            self._unknown_ops.append(op)
            _logger.warning(
                "Entry %d of the journal has the unknown op_code %r and is skipped, as all of that "
                "kind. Has a newer version written it?",
                self.n_records + 1,
                op,
            )
        self.n_records += 1
        return outcome

    def _found_study(self, record: Record) -> StudyState | None:
        study_id = record["study_id"]
        if study_id >= self.n_studies:
            self._check_undamaged("study", study_id)
        return self.studies.get(study_id)

    def _found_trial(self, record: Record) -> tuple[StudyState, FrozenTrial] | None:
        """Return the trial that a record changes; None if it is gone or has finished."""
        trial_id = record["trial_id"]
        if not 0 <= trial_id < len(self.trials):
            self._check_undamaged("trial", trial_id)
            return None
        study_id, trial = self.trials[trial_id]
        study = self.studies.get(study_id)
        if study is None or trial.state.is_finished():
            return None
        return study, trial

    def _check_undamaged(self, kind: str, identifier: int) -> None:
        if self.damaged_at is not None:
            raise StorageInternalError(
                f"Entry {self.damaged_at + 1} of the journal cannot be read, and entry "
                f"{self.n_records + 1} refers to {kind} {identifier}, which no other entry has "
                "created. Identifiers count what was created, so going on would mix up trials: "
                f"restore entry {self.damaged_at + 1} from a copy of the journal."
            )

    # Studies.

    def _create_study(self, record: Record) -> int:
        name, directions = record["study_name"], record["directions"]
        if name in self.study_ids:
            return _IGNORED
        study_id = self.n_studies
        self.studies[study_id] = StudyState(name, [StudyDirection(d) for d in directions])
        self.study_ids[name] = study_id
        self.n_studies += 1
        return study_id

    def _delete_study(self, record: Record) -> int:
        if self._found_study(record) is None:
            return _IGNORED
        study_id: int = record["study_id"]
        study = self.studies.pop(study_id)
        del self.study_ids[study.name]
        for trial in study.trials:
            self._ended(trial.trial_id)
        return study_id

    def _set_study_user_attr(self, record: Record) -> int:
        study = self._found_study(record)
        if study is None:
            return _IGNORED
        study.user_attrs.update(record["user_attr"])
        return int(record["study_id"])

    def _set_study_system_attr(self, record: Record) -> int:
        study = self._found_study(record)
        if study is None:
            return _IGNORED
        study.system_attrs.update(record["system_attr"])
        return int(record["study_id"])

    # Trials.

    def _create_trial(self, record: Record) -> int:
        study = self._found_study(record)
        if study is None:
            return _IGNORED
        trial_id = len(self.trials)
        state = _STATES[record.get("state", TrialState.RUNNING)]
        trial = FrozenTrial(
            len(study.trials),
            state,
            None,
            read_time(record.get("datetime_start")),
            read_time(record.get("datetime_complete")),
            {},
            {},
            dict(record.get("user_attrs", ())),
            dict(record.get("system_attrs", ())),
            {int(step): v for step, v in record.get("intermediate_values", {}).items()},
            trial_id,
            intermediate_vectors=read_vectors(record),
        )
        if record.get("value") is not None:
            trial.values = [record["value"]]
        elif record.get("values") is not None:
            trial.values = record["values"]
        distributions = record.get("distributions", {})
        for name, value in record.get("params", {}).items():
            distribution = json_to_distribution(distributions[name])
            trial.distributions[name] = distribution
            trial.params[name] = distribution.to_external_repr(value)
        for name, distribution in trial.distributions.items():
            study.param_distributions.setdefault(name, distribution)
        if PROPOSED in record:
            for name, (value, distribution_json) in record[PROPOSED].items():
                distribution = json_to_distribution(distribution_json)
                trial.distributions[name] = distribution
                trial.params[name] = distribution.to_external_repr(value)
            self.proposals[trial_id] = dict.fromkeys(record[PROPOSED])
        if ALIVE in record:
            self.alive_names[trial_id] = record[ALIVE]
        study.place(trial)
        study.trials.append(trial)
        self.trials.append((record["study_id"], trial))
        study.touch(trial.number)
        return trial_id

    def _set_param(self, record: Record) -> int:
        found = self._found_trial(record)
        if found is None:
            return _IGNORED
        study, trial = found
        name = record["param_name"]
        distribution = json_to_distribution(record["distribution"])
        value = distribution.to_external_repr(record["param_value_internal"])
        known = study.param_distributions.setdefault(name, distribution)
        if known is not distribution:
            try:
                check_distribution_compatibility(known, distribution)
            except ValueError:
                return _IGNORED
        proposed = self.proposals.get(trial.trial_id)
        if proposed and name in proposed:
            # It is a parameter only now, so it comes after those that were already.
            del proposed[name], trial.params[name], trial.distributions[name]
        trial.params[name] = value
        trial.distributions[name] = distribution
        study.touch(trial.number)
        return trial.trial_id

    def _set_state_values(self, record: Record) -> int:
        found = self._found_trial(record)
        if found is None:
            return _IGNORED
        study, trial = found
        state, values = _STATES[record["state"]], record["values"]
        if state is TrialState.RUNNING and trial.state is not TrialState.WAITING:
            return _IGNORED  # another worker has it
        if state is TrialState.RUNNING:
            trial.datetime_start = read_time(record["datetime_start"])
            if ALIVE in record:
                self.alive_names[trial.trial_id] = record[ALIVE]
        elif state.is_finished():
            trial.datetime_complete = read_time(record["datetime_complete"])
            for name in self._ended(trial.trial_id):
                del trial.params[name], trial.distributions[name]
        trial.state = state
        if values is not None:
            trial.values = values
        study.place(trial)
        study.touch(trial.number)
        return trial.trial_id

    def _ended(self, trial_id: int) -> dict[str, None]:
        """Forget what only a running trial has; return what was proposed and never taken."""
        self.alive_names.pop(trial_id, None)
        return self.proposals.pop(trial_id, {})

    def _set_report(self, record: Record) -> int:
        found = self._found_trial(record)
        if found is None:
            return _IGNORED
        study, trial = found
        trial.intermediate_values[record["step"]] = record["intermediate_value"]
        study.touch(trial.number)
        return trial.trial_id

    def _set_vectors(self, record: Record) -> int:
        found = self._found_trial(record) if VECTORS in record else None
        if found is None:
            return _IGNORED
        study, trial = found
        trial.intermediate_vectors.update(read_vectors(record))
        study.touch(trial.number)
        return trial.trial_id

    def _set_user_attr(self, record: Record) -> int:
        found = self._found_trial(record)
        if found is None:
            return _IGNORED
        study, trial = found
        trial.user_attrs.update(record["user_attr"])
        study.touch(trial.number)
        return trial.trial_id

    def _set_system_attr(self, record: Record) -> int:
        found = self._found_trial(record)
        if found is None:
            return _IGNORED
        study, trial = found
        trial.system_attrs.update(record["system_attr"])
        study.touch(trial.number)
        return trial.trial_id
