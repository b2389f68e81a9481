"""Studies that live as long as the process."""

from __future__ import annotations

import copy
import datetime
import threading
import uuid
from collections.abc import Callable, Container, Sequence
from typing import Any, TypeVar

from ..distributions import BaseDistribution, check_distribution_compatibility
from ..exceptions import DuplicatedStudyError, UpdateFinishedTrialError
from ..records import FrozenStudy, FrozenTrial, StudyDirection, TrialState
from .base import DEFAULT_STUDY_NAME_PREFIX, BaseStorage, InternalParams, TrialUpdate

Result = TypeVar("Result")

# What sharing records goes around, so that an override in a subclass would not be heard.
_BYPASSED = {"read_trials", "update_trial", "set_trial_param", "set_trial_intermediate_value"}


class _Study:
    """One study's record, its trials, and what changed when."""

    def __init__(self, name: str, directions: list[StudyDirection]) -> None:
        self.name = name
        self.directions = directions
        self.user_attrs: dict[str, Any] = {}
        self.system_attrs: dict[str, Any] = {}
        self.trials: list[FrozenTrial] = []
        self.param_distributions: dict[str, BaseDistribution] = {}
        self.waiting: dict[int, None] = {}  # numbers, oldest first
        # Their records are shared with the trials that run, so they may change at any time.
        self.running: dict[int, None] = {}
        self.revision = 0
        # Number of each changed trial to the revision of its last change, in that order: what
        # a reader has missed is a stretch at the end.
        self.changed: dict[int, int] = {}
        self.touched_last = -1

    def touch(self, number: int) -> None:
        self.revision += 1
        if number != self.touched_last:
            self.touched_last = number
            self.changed.pop(number, None)
        self.changed[number] = self.revision


class InMemoryStorage(BaseStorage):
    """Keep studies in this process. Safe for threads; nothing outlives the process.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study(storage=InMemoryStorage())
    >>> study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
    >>> len(study.trials)
    3
    """

    shares_records = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "shares_records" not in vars(cls) and not _BYPASSED.isdisjoint(vars(cls)):
            cls.shares_records = False

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._studies: dict[int, _Study] = {}
        self._study_ids: dict[str, int] = {}
        self._trials: list[tuple[_Study, FrozenTrial]] = []  # by trial_id
        self._n_studies = 0

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        del state["_lock"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.RLock()

    # Studies.

    def create_new_study(
        self, directions: Sequence[StudyDirection], study_name: str | None = None
    ) -> int:
        with self._lock:
            if study_name is None:
                study_name = f"{DEFAULT_STUDY_NAME_PREFIX}{uuid.uuid4()}"
            if study_name in self._study_ids:
                raise DuplicatedStudyError(
                    f"A study named {study_name!r} exists already. Choose another name, or pass "
                    "load_if_exists=True to continue it."
                )
            study_id = self._n_studies
            self._n_studies += 1
            self._studies[study_id] = _Study(study_name, list(directions))
            self._study_ids[study_name] = study_id
            return study_id

    def delete_study(self, study_id: int) -> None:
        with self._lock:
            study = self._study(study_id)
            # Identifiers stay taken, so that none is ever used twice.
            self._trials = [
                (owner, trial) if owner is not study else (owner, _DELETED)
                for owner, trial in self._trials
            ]
            del self._study_ids[study.name]
            del self._studies[study_id]

    def set_study_user_attr(self, study_id: int, key: str, value: Any) -> None:
        with self._lock:
            self._study(study_id).user_attrs[key] = value

    def set_study_system_attr(self, study_id: int, key: str, value: Any) -> None:
        with self._lock:
            self._study(study_id).system_attrs[key] = value

    def get_study_id_from_name(self, study_name: str) -> int:
        with self._lock:
            if study_name not in self._study_ids:
                raise KeyError(f"There is no study named {study_name!r}.")
            return self._study_ids[study_name]

    def get_study_name_from_id(self, study_id: int) -> str:
        with self._lock:
            return self._study(study_id).name

    def get_study_directions(self, study_id: int) -> list[StudyDirection]:
        with self._lock:
            return list(self._study(study_id).directions)

    def get_study_user_attrs(self, study_id: int) -> dict[str, Any]:
        with self._lock:
            return copy.deepcopy(self._study(study_id).user_attrs)

    def get_study_system_attrs(self, study_id: int) -> dict[str, Any]:
        with self._lock:
            return copy.deepcopy(self._study(study_id).system_attrs)

    def get_all_studies(self) -> list[FrozenStudy]:
        with self._lock:
            return [
                FrozenStudy(
                    study_name=study.name,
                    direction=None,
                    directions=study.directions,
                    user_attrs=copy.deepcopy(study.user_attrs),
                    system_attrs=copy.deepcopy(study.system_attrs),
                    study_id=study_id,
                )
                for study_id, study in self._studies.items()
            ]

    # Trials: batch methods.

    def start_trial(
        self,
        study_id: int,
        params: InternalParams | None = None,
        expected_number: int | None = None,
        *,
        heartbeat: bool = False,
    ) -> FrozenTrial:
        with self._lock:
            study = self._study(study_id)
            if study.waiting:
                trial = study.trials[next(iter(study.waiting))]
                self._set_state(study, trial, TrialState.RUNNING, None)
                return trial
            if params and expected_number == len(study.trials):
                self._check_params(study, params)
            else:
                params = None
            trial = self._append(study, None)
            if params:
                self._put_params(study, trial, params)
            return trial

    def open_trial(self, trial_id: int) -> FrozenTrial:
        with self._lock:
            return self._trial(trial_id)[1]

    def update_trial(self, trial_id: int, update: TrialUpdate) -> None:
        with self._lock:
            study, trial = self._writable(trial_id)
            if update.params:
                self._check_params(study, update.params)
                self._put_params(study, trial, update.params)
            if update.user_attrs:
                trial.user_attrs.update(update.user_attrs)
            if update.system_attrs:
                trial.system_attrs.update(update.system_attrs)
            if update.intermediate_values:
                trial.intermediate_values.update(update.intermediate_values)
            if update.intermediate_vectors:
                trial.intermediate_vectors.update(update.intermediate_vectors)
            for name in update.dropped_params:
                trial.params.pop(name, None)
                trial.distributions.pop(name, None)
            if update.state is None:
                study.touch(trial.number)
            else:
                self._set_state(study, trial, update.state, update.values, update.datetime_complete)
            if update.successor is not None:
                self.create_new_trial(*update.successor)

    def read_trials(self, study_id: int, cursor: object | None) -> tuple[list[FrozenTrial], object]:
        with self._lock:
            study = self._study(study_id)
            if not isinstance(cursor, int):
                changed: Sequence[int] = range(len(study.trials))
            else:
                missed = dict(study.running)
                for number in reversed(study.changed):
                    if study.changed[number] <= cursor:
                        break
                    missed[number] = None
                changed = sorted(missed)
            trials = [study.trials[number] for number in changed]
            # Finished trials never change again, so only the others need a copy.
            return [t if t.state.is_finished() else t.copy() for t in trials], study.revision

    def add_report(
        self,
        study_id: int,
        trial: FrozenTrial,
        step: int,
        report: float | tuple[float, ...],
        cursor: object | None,
    ) -> object | None:
        with self._lock:
            study = self._studies.get(study_id) or self._study(study_id)
            before, number = study.revision, trial.number
            if isinstance(report, tuple):
                trial.intermediate_vectors[step] = report
            else:
                trial.intermediate_values[step] = report
            if number == study.touched_last:  # what touch() does, without the call
                study.revision = study.changed[number] = before + 1
            else:
                study.touch(number)
            return before + 1 if cursor == before else None

    def write_and_follow(
        self, study_id: int, cursor: object | None, write: Callable[[], Result]
    ) -> tuple[Result, object | None]:
        with self._lock:
            study = self._study(study_id)
            missed_nothing = cursor == study.revision
            result = write()
            return result, study.revision if missed_nothing else None

    def is_current(self, study_id: int, cursor: object | None) -> bool:
        study = self._studies.get(study_id)
        return study is not None and study.revision == cursor

    # Trials: fine-grained methods.

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        with self._lock:
            return self._append(self._study(study_id), template_trial).trial_id

    def set_trial_param(
        self,
        trial_id: int,
        param_name: str,
        param_value_internal: float,
        distribution: BaseDistribution,
    ) -> None:
        with self._lock:
            study, trial = self._writable(trial_id)
            known = study.param_distributions.setdefault(param_name, distribution)
            if known is not distribution:
                check_distribution_compatibility(known, distribution)
            trial.params[param_name] = distribution.to_external_repr(param_value_internal)
            trial.distributions[param_name] = distribution
            study.touch(trial.number)

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        with self._lock:
            study, trial = self._writable(trial_id)
            if state is TrialState.RUNNING and trial.state is not TrialState.WAITING:
                return False
            self._set_state(study, trial, state, values)
            return True

    def set_trial_intermediate_value(
        self, trial_id: int, step: int, intermediate_value: float
    ) -> None:
        self.update_trial(trial_id, TrialUpdate(intermediate_values={step: intermediate_value}))

    def set_trial_user_attr(self, trial_id: int, key: str, value: Any) -> None:
        self.update_trial(trial_id, TrialUpdate(user_attrs={key: value}))

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        self.update_trial(trial_id, TrialUpdate(system_attrs={key: value}))

    def get_trial(self, trial_id: int) -> FrozenTrial:
        with self._lock:
            return self._trial(trial_id)[1].copy()

    def get_all_trials(
        self,
        study_id: int,
        deepcopy: bool = True,
        states: Container[TrialState] | None = None,
    ) -> list[FrozenTrial]:
        with self._lock:
            trials = self._study(study_id).trials
            chosen = [t for t in trials if states is None or t.state in states]
            return [t.copy() for t in chosen] if deepcopy else chosen

    def get_trial_id_from_study_id_trial_number(self, study_id: int, trial_number: int) -> int:
        with self._lock:
            trials = self._study(study_id).trials
            if not 0 <= trial_number < len(trials):
                raise KeyError(f"Study {study_id} has no trial with number {trial_number}.")
            return trials[trial_number].trial_id

    def get_trial_number_from_id(self, trial_id: int) -> int:
        with self._lock:
            return self._trial(trial_id)[1].number

    # Under the lock.

    def _study(self, study_id: int) -> _Study:
        try:
            return self._studies[study_id]
        except KeyError:
            raise KeyError(f"There is no study with id {study_id}.") from None

    def _trial(self, trial_id: int) -> tuple[_Study, FrozenTrial]:
        if 0 <= trial_id < len(self._trials):
            found = self._trials[trial_id]
            if found[1] is not _DELETED:
                return found
        raise KeyError(f"There is no trial with id {trial_id}.")

    def _writable(self, trial_id: int) -> tuple[_Study, FrozenTrial]:
        found = self._trial(trial_id)
        trial = found[1]
        if trial.state.is_finished():
            raise UpdateFinishedTrialError(
                f"Trial {trial.number} has finished ({trial.state.name}) and cannot be changed."
            )
        return found

    def _append(self, study: _Study, template: FrozenTrial | None) -> FrozenTrial:
        number = len(study.trials)
        if template is None:
            trial = FrozenTrial(
                number,
                TrialState.RUNNING,
                None,
                datetime.datetime.now(),
                None,
                {},
                {},
                {},
                {},
                {},
                len(self._trials),
            )
        else:
            trial = template.copy()
            trial.number = number
            trial.trial_id = len(self._trials)
            for name, distribution in trial.distributions.items():
                known = study.param_distributions.get(name, distribution)
                if known is not distribution:
                    check_distribution_compatibility(known, distribution)
            for name, distribution in trial.distributions.items():
                study.param_distributions.setdefault(name, distribution)
        if trial.state is TrialState.WAITING:
            study.waiting[number] = None
        elif trial.state is TrialState.RUNNING:
            study.running[number] = None
        study.trials.append(trial)
        self._trials.append((study, trial))
        study.touch(number)
        return trial

    @staticmethod
    def _check_params(study: _Study, params: InternalParams) -> None:
        for name, (_, distribution) in params.items():
            known = study.param_distributions.get(name)
            if known is not None and known is not distribution:
                check_distribution_compatibility(known, distribution)

    @staticmethod
    def _put_params(study: _Study, trial: FrozenTrial, params: InternalParams) -> None:
        for name, (value, distribution) in params.items():
            study.param_distributions.setdefault(name, distribution)
            trial.params[name] = distribution.to_external_repr(value)
            trial.distributions[name] = distribution

    @staticmethod
    def _set_state(
        study: _Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
        datetime_complete: datetime.datetime | None = None,
    ) -> None:
        study.waiting.pop(trial.number, None)
        study.running.pop(trial.number, None)
        if state is TrialState.RUNNING:
            study.running[trial.number] = None
            trial.datetime_start = datetime.datetime.now()
        elif state is TrialState.WAITING:
            study.waiting[trial.number] = None
        elif not trial.distributions.keys() <= study.param_distributions.keys():
            for name, distribution in trial.distributions.items():
                study.param_distributions.setdefault(name, distribution)
        if state.is_finished():
            trial.datetime_complete = datetime_complete or datetime.datetime.now()
        if values is not None:
            trial.values = list(values)
        trial.state = state
        study.touch(trial.number)


_DELETED = FrozenTrial(-1, TrialState.FAIL, None, None, None, {}, {}, {}, {}, {}, -1)
