"""The storage itself: decides what to append, and answers from what the journal says."""

from __future__ import annotations

import copy
import os
import threading
import uuid
from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any

from ...distributions import (
    BaseDistribution,
    check_distribution_compatibility,
)
from ...exceptions import DuplicatedStudyError, UpdateFinishedTrialError
from ...records import FrozenStudy, FrozenTrial, StudyDirection, TrialState
from ..base import DEFAULT_STUDY_NAME_PREFIX, BaseStorage, InternalParams, TrialUpdate
from ..heartbeat import BaseHeartbeat, StaleTrialCallback
from .backend import BaseJournalBackend, Blocker, ForeignBackend
from .records import ALIVE, PROPOSED, Op, Record, RecordWriter, distribution_text, written_attr
from .replay import Replay, StudyState
from .signs import SignsOfLife
from .snapshot import SMALLEST_SNAPSHOT, begun, keep_snapshot


class JournalStorage(BaseStorage, BaseHeartbeat):
    """Keep studies in a journal: a list of records that only grows.

    Every worker replays the journal and keeps what it says in memory, so that reading costs what
    is new. Tunesmith and Optuna can work on the same journal, also at the same time.

    Parameters
    ----------
    log_storage : BaseJournalBackend
        Where the journal is kept: :class:`~tunesmith.storages.journal.JournalFileBackend`,
        :class:`~tunesmith.storages.journal.JournalRedisBackend` or one of your own.
    heartbeat_interval : int, optional
        Seconds between two signs of life of a worker that runs a trial; default 60. With 0 there
        are none. They are kept beside the journal, where Optuna does not see them.
    grace_period : int, optional
        Seconds without a sign of life after which a running trial is taken for dead; default
        twice `heartbeat_interval`.
    heartbeat_stale_trial_callback : callable, optional
        Called as ``callback(study, frozen_trial)`` for a trial that was found dead, after it was
        set to FAIL; for example :class:`~tunesmith.storages.RetryHeartbeatStaleTrialCallback`.

    Raises
    ------
    TypeError
        If `log_storage` is no backend.
    ValueError
        If an interval is negative.

    Examples
    --------
    >>> import os, tempfile, tunesmith
    >>> from tunesmith.storages.journal import JournalFileBackend
    >>> folder = tempfile.TemporaryDirectory()
    >>> storage = JournalStorage(JournalFileBackend(os.path.join(folder.name, "study.log")))
    >>> study = tunesmith.create_study(storage=storage)
    >>> study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
    >>> len(study.trials)
    3
    >>> folder.cleanup()
    """

    def __init__(
        self,
        log_storage: BaseJournalBackend,
        *,
        heartbeat_interval: int | None = None,
        grace_period: int | None = None,
        heartbeat_stale_trial_callback: StaleTrialCallback | None = None,
    ) -> None:
        if not isinstance(log_storage, BaseJournalBackend):
            if not (hasattr(log_storage, "append_logs") and hasattr(log_storage, "read_logs")):
                raise TypeError(
                    f"JournalStorage needs a backend, got {log_storage!r} of type "
                    f"{type(log_storage).__name__}. Try JournalFileBackend('study.log')."
                )
            log_storage = ForeignBackend(log_storage)
        self._backend = log_storage
        self._signs = SignsOfLife(log_storage.liveness, heartbeat_interval, grace_period)
        self._stale_trial_callback = heartbeat_stale_trial_callback
        self._set_up()
        with self._lock:
            self._sync()

    def _set_up(self) -> None:
        self._lock = threading.RLock()
        self._replay = Replay()
        self._has_begun = False
        self._pid = -1
        self._process_id = ""

    def __getstate__(self) -> dict[str, Any]:
        # A copy in another process replays the journal anew.
        state = self.__dict__.copy()
        for name in ("_lock", "_replay", "_has_begun", "_pid", "_process_id"):
            del state[name]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._set_up()

    def __repr__(self) -> str:
        return f"JournalStorage({self._backend!r})"

    # Reading and appending, under the lock.

    def _sync(self) -> None:
        if not self._has_begun:
            self._replay = begun(self._backend)
            self._has_begun = True
        for record in self._backend.read_logs(self._replay.n_records):
            self._replay.apply(record)

    def _synced(self) -> Replay:
        self._sync()
        return self._replay

    def _writer(self) -> RecordWriter:
        return RecordWriter(f"{self._own_name()}-{threading.get_ident()}")

    def _own_name(self) -> str:
        if self._pid != os.getpid():
            # Also after a fork: each process is a worker of its own.
            self._pid = os.getpid()
            self._process_id = str(uuid.uuid4())
        return self._process_id

    def _commit(self, decide: Callable[[RecordWriter], list[Record]]) -> list[int]:
        """Append what `decide` says in view of everything before it.

        Returns
        -------
        list of int
            What became of each record, see :meth:`Replay.apply`.
        """
        if not self._has_begun:
            self._sync()
        writer = self._writer()

        def decide_on(missed: Iterable[Record]) -> list[Record]:
            for record in missed:
                self._replay.apply(record)
            return decide(writer)

        records = self._backend.transact(self._replay.n_records, decide_on, self._blocker_of)
        n_before = self._replay.n_records
        outcomes = []
        for record in self._backend.read_logs(n_before) if records is None else records:
            outcome = self._replay.apply(record)
            if record.get("worker_id") == writer.worker_id:
                outcomes.append(outcome)
        if records and self._is_snapshot_due(self._replay.n_records - n_before):
            keep_snapshot(self._backend, self._replay, records[-1])
        if outcomes and min(outcomes) < 0:
            decide(writer)  # says what has come in between
        return outcomes

    def _blocker_of(self, records: list[Record]) -> Blocker:
        """Say which records of others would make these void, beyond what replaying ignores."""
        blocker = Blocker.NONE
        for record in records:
            op = record["op_code"]
            if op == Op.CREATE_STUDY or self._has_new_param(record):
                return Blocker.ANY  # another may have the name, or the parameter be of another kind
            if PROPOSED in record:
                blocker = Blocker.TRIAL  # the parameters belong to its number
            elif op == Op.CREATE_TRIAL and "state" not in record:
                blocker = Blocker.WAITING_TRIAL  # that one comes first
        return blocker

    def _has_new_param(self, record: Record) -> bool:
        if record["op_code"] == Op.SET_TRIAL_PARAM:
            known = self._replay.study_of(record["trial_id"]).param_distributions
            return record["param_name"] not in known
        if "distributions" in record:
            known = self._replay.study(record["study_id"]).param_distributions
            return not record["distributions"].keys() <= known.keys()
        return False

    def _is_snapshot_due(self, n_appended: int) -> bool:
        # At each power of two, by the worker that crosses it: together they cost less than
        # everything else that is written.
        n = self._replay.n_records
        return n >= SMALLEST_SNAPSHOT and (n - n_appended).bit_length() < n.bit_length()

    # Studies.

    def create_new_study(
        self, directions: Sequence[StudyDirection], study_name: str | None = None
    ) -> int:
        name = f"{DEFAULT_STUDY_NAME_PREFIX}{uuid.uuid4()}" if study_name is None else study_name

        def decide(writer: RecordWriter) -> list[Record]:
            if name in self._replay.study_ids:
                raise DuplicatedStudyError(
                    f"A study named {name!r} exists already. Choose another name, or pass "
                    "load_if_exists=True to continue it."
                )
            return [writer.create_study(name, directions)]

        with self._lock:
            return self._commit(decide)[0]

    def delete_study(self, study_id: int) -> None:
        def decide(writer: RecordWriter) -> list[Record]:
            self._replay.study(study_id)
            return [writer.delete_study(study_id)]

        with self._lock:
            self._commit(decide)

    def set_study_user_attr(self, study_id: int, key: str, value: Any) -> None:
        attr = written_attr(key, value)

        def decide(writer: RecordWriter) -> list[Record]:
            self._replay.study(study_id)
            return [writer.study_user_attr(study_id, attr)]

        with self._lock:
            self._commit(decide)

    def set_study_system_attr(self, study_id: int, key: str, value: Any) -> None:
        attr = written_attr(key, value)

        def decide(writer: RecordWriter) -> list[Record]:
            self._replay.study(study_id)
            return [writer.study_system_attr(study_id, attr)]

        with self._lock:
            self._commit(decide)

    def get_study_id_from_name(self, study_name: str) -> int:
        with self._lock:
            study_ids = self._synced().study_ids
            if study_name not in study_ids:
                raise KeyError(f"There is no study named {study_name!r}.")
            return study_ids[study_name]

    def get_study_name_from_id(self, study_id: int) -> str:
        with self._lock:
            return self._synced().study(study_id).name

    def get_study_directions(self, study_id: int) -> list[StudyDirection]:
        with self._lock:
            return list(self._synced().study(study_id).directions)

    def get_study_user_attrs(self, study_id: int) -> dict[str, Any]:
        with self._lock:
            return copy.deepcopy(self._synced().study(study_id).user_attrs)

    def get_study_system_attrs(self, study_id: int) -> dict[str, Any]:
        with self._lock:
            return copy.deepcopy(self._synced().study(study_id).system_attrs)

    def get_all_studies(self) -> list[FrozenStudy]:
        with self._lock:
            return [
                FrozenStudy(
                    study_name=study.name,
                    direction=None,
                    directions=list(study.directions),
                    user_attrs=copy.deepcopy(study.user_attrs),
                    system_attrs=copy.deepcopy(study.system_attrs),
                    study_id=study_id,
                )
                for study_id, study in self._synced().studies.items()
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
            alive_name = self._own_name() if heartbeat and self._signs.interval else None
            if alive_name is not None:
                self._signs.renew(alive_name)

            def decide(writer: RecordWriter) -> list[Record]:
                study = self._replay.study(study_id)
                if study.waiting:
                    record = writer.claim(study.trials[next(iter(study.waiting))].trial_id)
                else:
                    record = writer.start_trial(study_id)
                    if params and expected_number == len(study.trials) and self._is_exclusive:
                        _check_params(study, params)
                        record[PROPOSED] = {
                            name: (value, distribution_text(distribution))
                            for name, (value, distribution) in params.items()
                        }
                if alive_name is not None:
                    record[ALIVE] = alive_name
                return [record]

            while True:
                (trial_id,) = self._commit(decide)
                if trial_id >= 0:  # otherwise another worker has claimed it
                    return self._replay.trial(trial_id).copy()

    @property
    def _is_exclusive(self) -> bool:
        """Whether nothing can come between a decision and its records."""
        return type(self._backend).transact is not BaseJournalBackend.transact

    def claim_trial(self, trial_id: int) -> bool:
        try:
            return self.set_trial_state_values(trial_id, TrialState.RUNNING)
        except UpdateFinishedTrialError:
            return False

    def update_trial(self, trial_id: int, update: TrialUpdate) -> None:
        user_attrs = [written_attr(key, value) for key, value in update.user_attrs.items()]
        system_attrs = [written_attr(key, value) for key, value in update.system_attrs.items()]

        def decide(writer: RecordWriter) -> list[Record]:
            trial = self._updatable(trial_id)
            _check_params(self._replay.study_of(trial_id), update.params)
            params = dict(update.params)
            if update.state is not None and update.state.is_finished():
                # What was proposed and not dropped is the trial's now.
                for name in self._replay.proposals.get(trial_id, ()):
                    if name not in update.dropped_params and name not in params:
                        distribution = trial.distributions[name]
                        value = distribution.to_internal_repr(trial.params[name])
                        params[name] = (value, distribution)
            records = [
                writer.param(trial_id, name, value, distribution)
                for name, (value, distribution) in params.items()
            ]
            records += [writer.user_attr(trial_id, attr) for attr in user_attrs]
            records += [writer.system_attr(trial_id, attr) for attr in system_attrs]
            records += [
                writer.report(trial_id, step, value)
                for step, value in update.intermediate_values.items()
            ]
            if update.intermediate_vectors:
                records.append(writer.vectors(trial_id, update.intermediate_vectors))
            if update.state is not None:
                records.append(
                    writer.state(trial_id, update.state, update.values, update.datetime_complete)
                )
            if update.successor is not None:
                records += self._creation(writer, *update.successor)
            return records

        with self._lock:
            self._commit(decide)

    def _updatable(self, trial_id: int) -> FrozenTrial:
        trial = self._replay.trial(trial_id)
        if trial.state.is_finished():
            raise UpdateFinishedTrialError(
                f"Trial {trial.number} has finished ({trial.state.name}) and cannot be changed."
            )
        return trial

    def read_trials(self, study_id: int, cursor: object | None) -> tuple[list[FrozenTrial], object]:
        with self._lock:
            self._sync()
            return self._known_trials(study_id, cursor)

    def update_and_read(
        self, study_id: int, trial_id: int, update: TrialUpdate, cursor: object | None
    ) -> tuple[list[FrozenTrial], object]:
        with self._lock:
            self.update_trial(trial_id, update)
            return self._known_trials(study_id, cursor)  # appending brings all that is new

    def _known_trials(
        self, study_id: int, cursor: object | None
    ) -> tuple[list[FrozenTrial], object]:
        study = self._replay.study(study_id)
        if isinstance(cursor, int):
            trials = [study.trials[number] for number in study.changed_since(cursor)]
        else:
            trials = study.trials
        # Finished trials never change again, so only the others need a copy.
        return [t if t.state.is_finished() else t.copy() for t in trials], study.revision

    # Trials: fine-grained methods.

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        with self._lock:
            return self._commit(lambda writer: self._creation(writer, study_id, template_trial))[0]

    def _creation(
        self, writer: RecordWriter, study_id: int, template: FrozenTrial | None
    ) -> list[Record]:
        study = self._replay.study(study_id)
        if template is None:
            return [writer.start_trial(study_id)]
        for name, distribution in template.distributions.items():
            known = study.param_distributions.get(name, distribution)
            if known is not distribution:
                check_distribution_compatibility(known, distribution)
        return [writer.create_trial(study_id, template)]

    def set_trial_param(
        self,
        trial_id: int,
        param_name: str,
        param_value_internal: float,
        distribution: BaseDistribution,
    ) -> None:
        self.update_trial(
            trial_id, TrialUpdate(params={param_name: (param_value_internal, distribution)})
        )

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        if state is not TrialState.RUNNING:
            self.update_trial(trial_id, TrialUpdate(state=state, values=values))
            return True

        def decide(writer: RecordWriter) -> list[Record]:
            if self._updatable(trial_id).state is not TrialState.WAITING:
                return []
            return [writer.state(trial_id, state, values, None)]

        with self._lock:
            outcomes = self._commit(decide)
            return bool(outcomes) and outcomes[0] >= 0

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
            return self._synced().trial(trial_id).copy()

    def get_all_trials(
        self,
        study_id: int,
        deepcopy: bool = True,
        states: Container[TrialState] | None = None,
    ) -> list[FrozenTrial]:
        with self._lock:
            trials = self._synced().study(study_id).trials
            chosen = [t for t in trials if states is None or t.state in states]
            return [t.copy() for t in chosen] if deepcopy else chosen

    def get_trial_id_from_study_id_trial_number(self, study_id: int, trial_number: int) -> int:
        with self._lock:
            trials = self._synced().study(study_id).trials
            if not 0 <= trial_number < len(trials):
                raise KeyError(f"Study {study_id} has no trial with number {trial_number}.")
            return trials[trial_number].trial_id

    def get_trial_number_from_id(self, trial_id: int) -> int:
        with self._lock:
            return self._synced().trial(trial_id).number

    # Signs of life.

    def record_heartbeat(self, trial_id: int) -> None:
        with self._lock:
            name = self._replay.alive_names.get(trial_id)
        self._signs.beat(trial_id, name if name == self._own_name() else None)

    def get_stale_trial_ids(self, study_id: int) -> list[int]:
        if not self._signs.interval:
            return []
        with self._lock:
            replay = self._synced()
            study = replay.study(study_id)
            trial_ids = [study.trials[number].trial_id for number in study.running]
            running = {trial_id: replay.alive_names.get(trial_id) for trial_id in trial_ids}
            awaited = set(replay.alive_names.values())
        return self._signs.stale(running, awaited)

    def _get_stale_trial_ids(self, study_id: int) -> list[int]:
        # The name in Optuna.
        return self.get_stale_trial_ids(study_id)

    def get_heartbeat_interval(self) -> int | None:
        return self._signs.interval or None

    def get_heartbeat_stale_trial_callback(self) -> StaleTrialCallback | None:
        return self._stale_trial_callback


def _check_params(study: StudyState, params: InternalParams) -> None:
    for name, (_, distribution) in params.items():
        known = study.param_distributions.get(name)
        if known is not None and known is not distribution:
            check_distribution_compatibility(known, distribution)
