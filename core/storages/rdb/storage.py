"""The storage itself."""

from __future__ import annotations

import contextlib
import datetime
import json
import threading
import uuid
from collections.abc import Collection, Container, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from ...distributions import (
    BaseDistribution,
    check_distribution_compatibility,
    json_to_distribution,
)
from ...exceptions import DuplicatedStudyError, UpdateFinishedTrialError
from ...records import FrozenStudy, FrozenTrial, StudyDirection, TrialState
from ..base import DEFAULT_STUDY_NAME_PREFIX, BaseStorage, InternalParams, TrialUpdate
from ..heartbeat import BaseHeartbeat, StaleTrialCallback
from . import schema, statements
from .encoding import encoded_attr, utc
from .engine import Database
from .reading import TRIALS_AFTER, TRIALS_IN_STATES, TRIALS_OF_STUDY, trials_by_id
from .version import check_revision, create_tables, current_revision
from .writing import put_attrs, put_params, put_reports, put_values

_FINISHED = ("COMPLETE", "PRUNED", "FAIL")
_DEFAULT_HEARTBEAT = 60  # seconds


class _Cursor:
    """What a reader of a study has seen."""

    __slots__ = ("last_id", "n_known", "running", "waiting")

    def __init__(self) -> None:
        self.n_known = 0  # all numbers below are known
        self.last_id = -1  # identifier of the last of them
        self.running: frozenset[int] = frozenset()
        self.waiting: frozenset[int] = frozenset()


class _Queue:
    """Waiting trials that this process knows of."""

    __slots__ = ("last_id", "waiting")

    def __init__(self) -> None:
        self.last_id = -1  # trials up to here have been looked at
        self.waiting: list[int] = []


class RDBStorage(BaseStorage, BaseHeartbeat):
    """Keep studies in a SQL database, in the tables that Optuna 5 uses.

    Tunesmith and Optuna can work on the same database, also at the same time.

    SQLite files are used with a write-ahead log and are synced to the disk at each commit, so
    that neither a killed process nor a power failure loses a finished trial. A write-ahead log
    needs a local disk: on a network file system use a database server.

    Parameters
    ----------
    url : str
        URL of the database, such as ``sqlite:///study.db`` or
        ``postgresql+psycopg://user:password@host/name``.
    engine_kwargs : dict of str to Any, optional
        Arguments for ``sqlalchemy.create_engine``.
    skip_compatibility_check : bool, default False
        Whether to use a database of another schema version all the same.
    heartbeat_interval : int, optional
        Seconds between two signs of life of a worker that runs a trial; default 60. With 0 there
        are none.
    grace_period : int, optional
        Seconds without a sign of life after which a running trial is taken for dead; default
        twice `heartbeat_interval`.
    heartbeat_stale_trial_callback : callable, optional
        Called as ``callback(study, frozen_trial)`` for a trial that was found dead, after it was
        set to FAIL; for example :class:`~tunesmith.storages.RetryHeartbeatStaleTrialCallback`.
    failed_trial_callback : callable, optional
        Former name of `heartbeat_stale_trial_callback`.
    skip_table_creation : bool, default False
        Whether to take the tables for granted, for a user without the right to create some.

    Raises
    ------
    ValueError
        If `url` is not a database's URL or an interval is negative.
    RuntimeError
        If the database has another schema version.

    Examples
    --------
    >>> import tunesmith
    >>> storage = RDBStorage("sqlite:///:memory:")
    >>> study = tunesmith.create_study(storage=storage)
    >>> study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
    >>> len(study.trials)
    3
    """

    def __init__(
        self,
        url: str,
        engine_kwargs: dict[str, Any] | None = None,
        skip_compatibility_check: bool = False,
        *,
        heartbeat_interval: int | None = None,
        grace_period: int | None = None,
        heartbeat_stale_trial_callback: StaleTrialCallback | None = None,
        failed_trial_callback: StaleTrialCallback | None = None,
        skip_table_creation: bool = False,
    ) -> None:
        if heartbeat_interval is not None and heartbeat_interval < 0:
            raise ValueError(f"heartbeat_interval >= 0 must hold, got {heartbeat_interval}.")
        if grace_period is not None and grace_period <= 0:
            raise ValueError(f"grace_period > 0 must hold, got {grace_period}.")
        self._heartbeat_interval = (
            _DEFAULT_HEARTBEAT if heartbeat_interval is None else heartbeat_interval
        )
        self._grace_period = grace_period
        self._stale_trial_callback = heartbeat_stale_trial_callback or failed_trial_callback
        self._database = Database(url, dict(engine_kwargs or {}))
        self._set_up()
        if not skip_table_creation:
            with self._database.writing() as connection:
                create_tables(connection)
        if not skip_compatibility_check:
            with self._database.reading() as connection:
                check_revision(current_revision(connection), str(self._database))

    def _set_up(self) -> None:
        self._lock = threading.Lock()
        self._queues: dict[int, _Queue] = {}

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        del state["_lock"], state["_queues"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._set_up()

    def __repr__(self) -> str:
        return f"RDBStorage({str(self._database)!r})"

    @property
    def engine(self) -> sa.Engine:
        """SQLAlchemy's engine, for tools that look at the tables themselves."""
        return self._database.engine

    # Studies.

    def create_new_study(
        self, directions: Sequence[StudyDirection], study_name: str | None = None
    ) -> int:
        if study_name is None:
            study_name = f"{DEFAULT_STUDY_NAME_PREFIX}{uuid.uuid4()}"
        try:
            with self._database.writing() as connection:
                result = connection.execute(sa.insert(schema.studies).values(study_name=study_name))
                study_id = int(result.inserted_primary_key[0])  # type: ignore[index]  # an insert has one
                connection.execute(
                    sa.insert(schema.study_directions),
                    [
                        {"study_id": study_id, "objective": i, "direction": direction.name}
                        for i, direction in enumerate(directions)
                    ],
                )
        except IntegrityError as error:
            raise DuplicatedStudyError(
                f"A study named {study_name!r} exists already. Choose another name, or pass "
                "load_if_exists=True to continue it."
            ) from error
        return study_id

    def delete_study(self, study_id: int) -> None:
        with self._database.writing() as connection:
            self._study_name(connection, study_id)
            trial_ids = sa.select(schema.trials.c.trial_id).where(
                schema.trials.c.study_id == study_id
            )
            for table in reversed(schema.metadata.sorted_tables):
                if "trial_id" in table.c and table is not schema.trials:
                    connection.execute(sa.delete(table).where(table.c.trial_id.in_(trial_ids)))
            for table in reversed(schema.metadata.sorted_tables):
                if "study_id" in table.c:
                    connection.execute(sa.delete(table).where(table.c.study_id == study_id))

    def set_study_user_attr(self, study_id: int, key: str, value: Any) -> None:
        self._set_study_attr(schema.study_user_attributes, study_id, key, value)

    def set_study_system_attr(self, study_id: int, key: str, value: Any) -> None:
        self._set_study_attr(schema.study_system_attributes, study_id, key, value)

    def _set_study_attr(self, table: sa.Table, study_id: int, key: str, value: Any) -> None:
        encoded_attr(key, value)
        with self._database.writing() as connection:
            self._study_name(connection, study_id)
            put_attrs(connection, table, "study_id", study_id, {key: value})

    def get_study_id_from_name(self, study_name: str) -> int:
        with self._database.reading() as connection:
            study_id = connection.execute(
                sa.select(schema.studies.c.study_id).where(
                    schema.studies.c.study_name == study_name
                )
            ).scalar()
        if study_id is None:
            raise KeyError(f"There is no study named {study_name!r}.")
        return int(study_id)

    def get_study_name_from_id(self, study_id: int) -> str:
        with self._database.reading() as connection:
            return self._study_name(connection, study_id)

    def get_study_directions(self, study_id: int) -> list[StudyDirection]:
        with self._database.reading() as connection:
            self._study_name(connection, study_id)
            return _directions_of(connection, study_id)

    def get_study_user_attrs(self, study_id: int) -> dict[str, Any]:
        with self._database.reading() as connection:
            self._study_name(connection, study_id)
            return _attrs_of(connection, schema.study_user_attributes, study_id)

    def get_study_system_attrs(self, study_id: int) -> dict[str, Any]:
        with self._database.reading() as connection:
            self._study_name(connection, study_id)
            return _attrs_of(connection, schema.study_system_attributes, study_id)

    def get_all_studies(self) -> list[FrozenStudy]:
        with self._database.reading() as connection:
            rows = connection.execute(
                sa.select(schema.studies.c.study_id, schema.studies.c.study_name).order_by(
                    schema.studies.c.study_id
                )
            ).all()
            return [
                FrozenStudy(
                    study_name=name,
                    direction=None,
                    directions=_directions_of(connection, study_id),
                    user_attrs=_attrs_of(connection, schema.study_user_attributes, study_id),
                    system_attrs=_attrs_of(connection, schema.study_system_attributes, study_id),
                    study_id=study_id,
                )
                for study_id, name in rows
            ]

    @staticmethod
    def _study_name(connection: Connection, study_id: int) -> str:
        name = connection.execute(
            sa.select(schema.studies.c.study_name).where(schema.studies.c.study_id == study_id)
        ).scalar()
        if name is None:
            raise KeyError(f"There is no study with id {study_id}.")
        return str(name)

    # Trials: batch methods.

    def start_trial(
        self,
        study_id: int,
        params: InternalParams | None = None,
        expected_number: int | None = None,
        *,
        heartbeat: bool = False,
    ) -> FrozenTrial:
        now = datetime.datetime.now()
        with self._forgetful_on_error(study_id), self._database.writing() as connection:
            last_id, number = self._lock_and_number(connection, study_id)
            claimed = self._claim_waiting(connection, study_id, last_id, now)
            if claimed is not None:
                trial = trials_by_id(connection, [claimed])[0]
            else:
                trial = FrozenTrial(
                    number, TrialState.RUNNING, None, now, None, {}, {}, {}, {}, {}, -1
                )
                trial.trial_id = _insert_trial(connection, study_id, trial)
                if params and expected_number == number:
                    put_params(connection, trial.trial_id, params)
                    for name, (value, distribution) in params.items():
                        trial.params[name] = distribution.to_external_repr(value)
                        trial.distributions[name] = distribution
            if heartbeat and self._heartbeat_interval:
                _beat(connection, trial.trial_id, is_new=claimed is None)
        return trial

    @contextlib.contextmanager
    def _forgetful_on_error(self, study_id: int) -> Iterator[None]:
        try:
            yield
        except BaseException:
            # What was taken from the queue is waiting again.
            self._queues.pop(study_id, None)
            raise

    def _lock_and_number(self, connection: Connection, study_id: int) -> tuple[int, int]:
        """Keep other workers from creating trials; return the last trial and the next number."""
        wanted = {"study_id": study_id}
        if connection.execute(statements.LOCK_STUDY, wanted).scalar() is None:
            raise KeyError(f"There is no study with id {study_id}.")
        last = connection.execute(statements.LAST_TRIAL, wanted).first()
        return (-1, 0) if last is None else (last.trial_id, last.number + 1)

    def _claim_waiting(
        self, connection: Connection, study_id: int, last_id: int, now: datetime.datetime
    ) -> int | None:
        with self._lock:
            queue = self._queues.setdefault(study_id, _Queue())
            # Trials never begin to wait later, so each is looked at once.
            if last_id > queue.last_id:
                queue.waiting += connection.execute(
                    statements.WAITING_TRIALS, {"study_id": study_id, "after": queue.last_id}
                ).scalars()
                queue.last_id = last_id
            while queue.waiting:
                trial_id = queue.waiting.pop(0)
                if _claim(connection, trial_id, now):
                    return trial_id
        return None

    def claim_trial(self, trial_id: int) -> bool:
        with self._database.writing() as connection:
            return _claim(connection, trial_id, datetime.datetime.now())

    def update_trial(self, trial_id: int, update: TrialUpdate) -> None:
        for key, value in (*update.user_attrs.items(), *update.system_attrs.items()):
            encoded_attr(key, value)
        with self._database.writing() as connection:
            self._check_updatable(connection, trial_id)
            put_params(connection, trial_id, update.params)
            for table, attrs in (
                (schema.trial_user_attributes, update.user_attrs),
                (schema.trial_system_attributes, update.system_attrs),
            ):
                put_attrs(connection, table, "trial_id", trial_id, attrs)
            put_reports(connection, trial_id, update.intermediate_values)
            if update.dropped_params:
                params = schema.trial_params
                connection.execute(
                    sa.delete(params).where(
                        params.c.trial_id == trial_id,
                        params.c.param_name.in_(update.dropped_params),
                    )
                )
            if update.values is not None:
                put_values(connection, trial_id, update.values)
            if update.state is not None:
                _set_state(connection, trial_id, update.state, update.datetime_complete)

    def _check_updatable(self, connection: Connection, trial_id: int) -> str:
        """Keep other workers from changing a trial; return its state."""
        row = connection.execute(statements.LOCK_TRIAL, {"id": trial_id}).first()
        if row is None:
            raise KeyError(f"There is no trial with id {trial_id}.")
        number, state = row
        if state in _FINISHED:
            raise UpdateFinishedTrialError(
                f"Trial {number} has finished ({state}) and cannot be changed."
            )
        return str(state)

    def read_trials(self, study_id: int, cursor: object | None) -> tuple[list[FrozenTrial], object]:
        seen = cursor if isinstance(cursor, _Cursor) else _Cursor()
        with self._database.reading() as connection:
            changed = TRIALS_AFTER.read(connection, {"study_id": study_id, "after": seen.last_id})
            known = {trial.trial_id for trial in changed}
            still = seen.waiting - known
            begun = sorted(still.intersection(_without_state(connection, still, "WAITING")))
            changed += trials_by_id(connection, [*(seen.running - known), *begun])
        changed.sort()
        following = _Cursor()
        following.n_known, following.last_id = seen.n_known, seen.last_id
        for trial in changed:
            # A number may be missing for a moment, if its transaction ends after the next one's.
            if trial.number == following.n_known:
                following.n_known += 1
                following.last_id = max(following.last_id, trial.trial_id)
        in_state = {state: set[int]() for state in TrialState}
        for trial in changed:
            in_state[trial.state].add(trial.trial_id)
        following.running = frozenset(in_state[TrialState.RUNNING])
        following.waiting = seen.waiting.difference(begun).union(in_state[TrialState.WAITING])
        return changed, following

    # Trials: fine-grained methods.

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        now = datetime.datetime.now()
        trial = template_trial or FrozenTrial(
            -1, TrialState.RUNNING, None, now, None, {}, {}, {}, {}, {}, -1
        )
        params = {
            name: (distribution.to_internal_repr(trial.params[name]), distribution)
            for name, distribution in trial.distributions.items()
        }
        with self._database.writing() as connection:
            _, number = self._lock_and_number(connection, study_id)
            for name, distribution in trial.distributions.items():
                _check_distribution(connection, study_id, name, distribution)
            numbered = trial.copy()
            numbered.number = number
            trial_id = _insert_trial(connection, study_id, numbered)
            put_params(connection, trial_id, params)
            put_attrs(
                connection, schema.trial_user_attributes, "trial_id", trial_id, trial.user_attrs
            )
            put_attrs(
                connection, schema.trial_system_attributes, "trial_id", trial_id, trial.system_attrs
            )
            put_reports(connection, trial_id, trial.intermediate_values)
            put_values(connection, trial_id, trial.values or ())
        return trial_id

    def set_trial_param(
        self,
        trial_id: int,
        param_name: str,
        param_value_internal: float,
        distribution: BaseDistribution,
    ) -> None:
        with self._database.writing() as connection:
            self._check_updatable(connection, trial_id)
            study_id = connection.execute(
                sa.select(schema.trials.c.study_id).where(schema.trials.c.trial_id == trial_id)
            ).scalar_one()
            _check_distribution(connection, study_id, param_name, distribution)
            put_params(connection, trial_id, {param_name: (param_value_internal, distribution)})

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        with self._database.writing() as connection:
            before = self._check_updatable(connection, trial_id)
            if state is TrialState.RUNNING and before != "WAITING":
                return False
            if values is not None:
                put_values(connection, trial_id, values)
            _set_state(connection, trial_id, state, None)
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
        with self._database.reading() as connection:
            trials = trials_by_id(connection, [trial_id])
        if not trials:
            raise KeyError(f"There is no trial with id {trial_id}.")
        return trials[0]

    def get_all_trials(
        self,
        study_id: int,
        deepcopy: bool = True,
        states: Container[TrialState] | None = None,
    ) -> list[FrozenTrial]:
        with self._database.reading() as connection:
            self._study_name(connection, study_id)
            if states is None:
                return TRIALS_OF_STUDY.read(connection, {"study_id": study_id})
            names = [state.name for state in TrialState if state in states]
            return TRIALS_IN_STATES.read(connection, {"study_id": study_id, "states": names})

    def get_trial_id_from_study_id_trial_number(self, study_id: int, trial_number: int) -> int:
        with self._database.reading() as connection:
            trial_id = connection.execute(
                sa.select(schema.trials.c.trial_id).where(
                    schema.trials.c.study_id == study_id, schema.trials.c.number == trial_number
                )
            ).scalar()
        if trial_id is None:
            raise KeyError(f"Study {study_id} has no trial with number {trial_number}.")
        return int(trial_id)

    def remove_session(self) -> None:
        self._database.dispose()

    # Signs of life.

    def record_heartbeat(self, trial_id: int) -> None:
        with self._database.writing() as connection:
            _beat(connection, trial_id)

    def get_stale_trial_ids(self, study_id: int) -> list[int]:
        if not self._heartbeat_interval:
            return []
        grace = self._grace_period or 2 * self._heartbeat_interval
        beats, trials = schema.trial_heartbeats.c, schema.trials.c
        with self._database.reading() as connection:
            now = connection.execute(sa.select(sa.func.current_timestamp())).scalar_one()
            if isinstance(now, str):
                now = datetime.datetime.fromisoformat(now)
            rows = connection.execute(
                sa.select(trials.trial_id, beats.heartbeat).where(
                    trials.study_id == study_id,
                    trials.state == "RUNNING",
                    beats.trial_id == trials.trial_id,
                )
            ).all()
        limit = now.replace(tzinfo=None) - datetime.timedelta(seconds=grace)
        return [trial_id for trial_id, heartbeat in rows if heartbeat < limit]

    def _get_stale_trial_ids(self, study_id: int) -> list[int]:
        # The name in Optuna.
        return self.get_stale_trial_ids(study_id)

    def get_heartbeat_interval(self) -> int | None:
        return self._heartbeat_interval or None

    def get_heartbeat_stale_trial_callback(self) -> StaleTrialCallback | None:
        return self._stale_trial_callback

    def get_failed_trial_callback(self) -> StaleTrialCallback | None:
        """Former name of :meth:`get_heartbeat_stale_trial_callback`."""
        return self._stale_trial_callback

    # The schema's version.

    def get_current_version(self) -> str:
        """Return the schema revision that the database has."""
        with self._database.reading() as connection:
            return current_revision(connection) or ""

    def get_head_version(self) -> str:
        """Return the schema revision that this library uses."""
        return schema.HEAD_REVISION

    def get_all_versions(self) -> list[str]:
        """Return the schema revisions that this library can use, newest first."""
        return [schema.HEAD_REVISION]

    def upgrade(self) -> None:
        """Do nothing to a database of the current schema.

        Raises
        ------
        RuntimeError
            If the database has another schema, naming the command that upgrades it.
        """
        with self._database.reading() as connection:
            check_revision(current_revision(connection), str(self._database))


def _directions_of(connection: Connection, study_id: int) -> list[StudyDirection]:
    table = schema.study_directions
    rows = connection.execute(
        sa.select(sa.type_coerce(table.c.direction, sa.String))
        .where(table.c.study_id == study_id)
        .order_by(table.c.objective)
    ).scalars()
    return [StudyDirection[name] for name in rows]


def _attrs_of(connection: Connection, table: sa.Table, study_id: int) -> dict[str, Any]:
    rows = connection.execute(
        sa.select(table.c.key, table.c.value_json)
        .where(table.c.study_id == study_id)
        .order_by(table.primary_key.columns[0])
    )
    return {key: json.loads(value_json) for key, value_json in rows}


def _without_state(connection: Connection, trial_ids: Collection[int], state: str) -> list[int]:
    """Return those of some trials that are not in a state (any more)."""
    if not trial_ids:
        return []
    trials = schema.trials.c
    return list(
        connection.execute(
            sa.select(trials.trial_id).where(
                trials.trial_id >= min(trial_ids),
                trials.trial_id <= max(trial_ids),
                trials.state != state,
            )
        ).scalars()
    )


def _insert_trial(connection: Connection, study_id: int, trial: FrozenTrial) -> int:
    result = connection.execute(
        statements.INSERT_TRIAL,
        {
            "number": trial.number,
            "study_id": study_id,
            "state": trial.state.name,
            "datetime_start": utc(trial.datetime_start),
            "datetime_complete": utc(trial.datetime_complete),
        },
    )
    return int(result.inserted_primary_key[0])  # type: ignore[index]  # an insert has one


def _claim(connection: Connection, trial_id: int, now: datetime.datetime) -> bool:
    result = connection.execute(statements.CLAIM_TRIAL, {"id": trial_id, "start": utc(now)})
    return bool(result.rowcount)


def _set_state(
    connection: Connection, trial_id: int, state: TrialState, end: datetime.datetime | None
) -> None:
    change: dict[str, Any] = {"id": trial_id, "new_state": state.name}
    now = datetime.datetime.now()
    if state is TrialState.RUNNING:
        connection.execute(statements.SET_BEGUN, {**change, "start": utc(now)})
    elif state.is_finished():
        connection.execute(statements.SET_ENDED, {**change, "end": utc(end or now)})
    else:
        connection.execute(statements.SET_STATE, change)


def _beat(connection: Connection, trial_id: int, *, is_new: bool = False) -> None:
    if is_new or not connection.execute(statements.BEAT_AGAIN, {"id": trial_id}).rowcount:
        connection.execute(statements.FIRST_BEAT, {"id": trial_id})


def _check_distribution(
    connection: Connection, study_id: int, name: str, distribution: BaseDistribution
) -> None:
    params, trials = schema.trial_params.c, schema.trials.c
    known = connection.execute(
        sa.select(params.distribution_json)
        .where(
            params.param_name == name,
            params.trial_id == trials.trial_id,
            trials.study_id == study_id,
        )
        .limit(1)
    ).scalar()
    if known is not None:
        check_distribution_compatibility(json_to_distribution(known), distribution)
