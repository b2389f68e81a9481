"""The storage itself."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from ...distributions import BaseDistribution
from ...exceptions import DuplicatedStudyError, StorageInternalError, UpdateFinishedTrialError
from ...records import FrozenStudy, FrozenTrial, StudyDirection, TrialState
from ..base import DEFAULT_STUDY_NAME_PREFIX, BaseStorage, InternalParams, TrialUpdate
from ..heartbeat import BaseHeartbeat, StaleTrialCallback
from . import schema, statements, studies, trials
from .encoding import encoded_attr
from .engine import Database
from .reading import TRIALS_IN_STATES, TRIALS_OF_STUDY, Cursor, trials_by_id
from .version import check_revision, create_tables, current_revision, keeps_vectors
from .writing import put_attrs, put_params, put_values

_DEFAULT_HEARTBEAT = 60  # seconds


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
    outage_timeout : float, default 60.0
        Seconds for which each call tries again when the database is away, with growing pauses.

    Raises
    ------
    StorageInternalError
        If the database fails, or is away for longer than `outage_timeout`.
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
        outage_timeout: float = 60.0,
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
        if outage_timeout < 0:
            raise ValueError(f"outage_timeout >= 0 must hold, got {outage_timeout}.")
        self._database = Database(url, dict(engine_kwargs or {}), outage_timeout)
        self._set_up()
        if not skip_compatibility_check:
            self._database.read(self._check_revision)
        if not skip_table_creation:
            self._database.write(create_tables)
        self._keeps_vectors = self._database.read(keeps_vectors)

    def _check_revision(self, connection: Connection) -> None:
        if sa.inspect(connection).has_table(schema.studies.name):
            check_revision(current_revision(connection), str(self._database))

    def _set_up(self) -> None:
        self._queues: dict[int, trials.Queue] = {}

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        del state["_queues"]
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

    # The tables' version.

    def upgrade(self) -> bool:
        """Bring tables of an older release of Optuna to the form of Optuna 5.

        All or nothing: if it fails, the database is as before. Nobody else may use it meanwhile.
        The rows are held in memory for a moment, unless Optuna 3.0 or 3.1 has made the tables.

        Returns
        -------
        bool
            False if there was nothing to do.

        Raises
        ------
        RuntimeError
            If the database is none of Optuna's, or of a newer version.

        Examples
        --------
        >>> storage = RDBStorage("sqlite:///:memory:", skip_compatibility_check=True)
        >>> storage.get_current_version() == storage.get_head_version()
        True
        >>> storage.upgrade()
        False
        """
        from . import upgrade

        try:
            return self._database.write(upgrade.upgrade)
        except BaseException:
            if self._database.dialect in ("mysql", "mariadb"):
                self._database.write(upgrade.restore)
            raise
        finally:
            self._keeps_vectors = self._database.read(keeps_vectors)

    def get_current_version(self) -> str:
        """Return the version of the database's tables."""
        return self._database.read(current_revision) or "v0.9.0.a"

    def get_head_version(self) -> str:
        """Return the version of tables that this library needs."""
        return schema.HEAD_REVISION

    def get_all_versions(self) -> list[str]:
        """Return all versions of tables that there have been, latest first."""
        from .upgrade import REVISIONS

        return list(REVISIONS)

    # Studies.

    def create_new_study(
        self, directions: Sequence[StudyDirection], study_name: str | None = None
    ) -> int:
        name = f"{DEFAULT_STUDY_NAME_PREFIX}{uuid.uuid4()}" if study_name is None else study_name
        try:
            return self._database.write(
                lambda connection: studies.create(connection, name, directions)
            )
        except IntegrityError as error:
            raise DuplicatedStudyError(
                f"A study named {name!r} exists already. Choose another name, or pass "
                "load_if_exists=True to continue it."
            ) from error

    def delete_study(self, study_id: int) -> None:
        self._queues.pop(study_id, None)
        self._database.write(lambda connection: studies.delete(connection, study_id))

    def set_study_user_attr(self, study_id: int, key: str, value: Any) -> None:
        self._set_study_attr(schema.study_user_attributes, study_id, key, value)

    def set_study_system_attr(self, study_id: int, key: str, value: Any) -> None:
        self._set_study_attr(schema.study_system_attributes, study_id, key, value)

    def _set_study_attr(self, table: sa.Table, study_id: int, key: str, value: Any) -> None:
        encoded_attr(key, value)

        def write(connection: Connection) -> None:
            studies.name_of(connection, study_id)
            put_attrs(connection, table, "study_id", study_id, {key: value})

        self._database.write(write)

    def get_study_id_from_name(self, study_name: str) -> int:
        return self._database.read(lambda connection: studies.id_of(connection, study_name))

    def get_study_name_from_id(self, study_id: int) -> str:
        return self._database.read(lambda connection: studies.name_of(connection, study_id))

    def get_study_directions(self, study_id: int) -> list[StudyDirection]:
        return self._database.read(lambda connection: studies.directions_of(connection, study_id))

    def get_study_user_attrs(self, study_id: int) -> dict[str, Any]:
        return self._study_attrs(schema.study_user_attributes, study_id)

    def get_study_system_attrs(self, study_id: int) -> dict[str, Any]:
        return self._study_attrs(schema.study_system_attributes, study_id)

    def _study_attrs(self, table: sa.Table, study_id: int) -> dict[str, Any]:
        return self._database.read(lambda connection: studies.attrs_of(connection, table, study_id))

    def get_all_studies(self) -> list[FrozenStudy]:
        return self._database.read(studies.all_of_them)

    # Trials: batch methods.

    def start_trial(
        self,
        study_id: int,
        params: InternalParams | None = None,
        expected_number: int | None = None,
        *,
        heartbeat: bool = False,
    ) -> FrozenTrial:
        queue = self._queues.setdefault(study_id, trials.Queue())

        def write(connection: Connection) -> FrozenTrial:
            queue.refresh(connection, study_id)
            now = datetime.datetime.now()
            claimed = queue.claim(connection, now)
            if claimed is not None:
                [trial] = trials_by_id(connection, [claimed], with_vectors=self._keeps_vectors)
            else:
                number = queue.next_number
                trial = FrozenTrial(
                    number, TrialState.RUNNING, None, now, None, {}, {}, {}, {}, {}, -1
                )
                trial.trial_id = trials.insert(connection, study_id, number, trial)
                if params and expected_number == number:
                    put_params(connection, trial.trial_id, params)
                    for name, (value, distribution) in params.items():
                        trial.params[name] = distribution.to_external_repr(value)
                        trial.distributions[name] = distribution
            if heartbeat and self._heartbeat_interval:
                trials.beat(connection, trial.trial_id, is_new=claimed is None)
            return trial

        return self._database.write(write)

    def claim_trial(self, trial_id: int) -> bool:
        now = datetime.datetime.now()
        return self._database.write(lambda connection: trials.claim(connection, trial_id, now))

    def update_trial(self, trial_id: int, update: TrialUpdate) -> None:
        self._database.write(self._writing(trial_id, update))

    def update_and_read(
        self, study_id: int, trial_id: int, update: TrialUpdate, cursor: object | None
    ) -> tuple[list[FrozenTrial], object]:
        if not isinstance(cursor, Cursor) or self._database.dialect == "sqlite":
            # In a file nothing is gained, but others would wait longer for their turn to write.
            return super().update_and_read(study_id, trial_id, update, cursor)
        write = self._writing(trial_id, update)

        def write_and_read(connection: Connection) -> tuple[list[FrozenTrial], Cursor]:
            write(connection)
            return cursor.read_on(connection, study_id)

        return self._database.write(write_and_read)

    def _writing(self, trial_id: int, update: TrialUpdate) -> Callable[[Connection], None]:
        """Return what writes all changes to a trial, within a transaction."""
        for key, value in (*update.user_attrs.items(), *update.system_attrs.items()):
            encoded_attr(key, value)
        self._check_place_for_vectors(update.intermediate_vectors)
        if update.successor is not None:
            _check_attrs(update.successor[1])
        n_attempts = 0

        def write(connection: Connection) -> None:
            nonlocal n_attempts
            n_attempts += 1
            queue = None
            try:
                if update.successor is not None:
                    # The study is locked first, as by everybody who creates trials.
                    study_id, successor = update.successor
                    queue = self._queues.setdefault(study_id, trials.Queue())
                    queue.refresh(connection, study_id)
                trials.update(connection, trial_id, update)
                if queue is not None:
                    trials.insert_whole(connection, study_id, queue.next_number, successor)
            except UpdateFinishedTrialError:
                # The connection was lost while the first attempt was committed, and it was.
                if n_attempts == 1 or update.state is None:
                    raise
                if not trials.has_ended_by(connection, trial_id, update):
                    raise

        return write

    def read_trials(self, study_id: int, cursor: object | None) -> tuple[list[FrozenTrial], object]:
        def read(connection: Connection) -> tuple[list[FrozenTrial], Cursor]:
            if isinstance(cursor, Cursor):
                return cursor.read_on(connection, study_id)
            n_objectives = studies.n_objectives(connection, study_id)
            if not n_objectives:
                raise KeyError(f"There is no study with id {study_id}.")
            with_vectors = self._keeps_vectors and n_objectives > 1
            return Cursor(with_vectors=with_vectors).read_on(connection, study_id)

        return self._database.read(read)

    def _check_place_for_vectors(self, vectors: Mapping[int, Sequence[float]]) -> None:
        if vectors and not self._keeps_vectors:
            raise StorageInternalError(
                f"The database {self._database} has no table "
                f"{schema.trial_intermediate_vectors.name!r}, which reports of several objectives "
                "need. Open it once as a user who may create tables."
            )

    # Trials: fine-grained methods.

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        now = datetime.datetime.now()
        trial = template_trial or FrozenTrial(
            -1, TrialState.RUNNING, None, now, None, {}, {}, {}, {}, {}, -1
        )
        _check_attrs(trial)
        self._check_place_for_vectors(trial.intermediate_vectors)
        queue = self._queues.setdefault(study_id, trials.Queue())

        def write(connection: Connection) -> int:
            queue.refresh(connection, study_id)
            return trials.insert_whole(connection, study_id, queue.next_number, trial)

        return self._database.write(write)

    def set_trial_param(
        self,
        trial_id: int,
        param_name: str,
        param_value_internal: float,
        distribution: BaseDistribution,
    ) -> None:
        def write(connection: Connection) -> None:
            trials.check_updatable(connection, trial_id)
            study_id = connection.execute(
                sa.select(schema.trials.c.study_id).where(schema.trials.c.trial_id == trial_id)
            ).scalar_one()
            trials.check_distribution(connection, study_id, param_name, distribution)
            put_params(connection, trial_id, {param_name: (param_value_internal, distribution)})

        self._database.write(write)

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        def write(connection: Connection) -> bool:
            before = trials.check_updatable(connection, trial_id)
            if state is TrialState.RUNNING and before != "WAITING":
                return False
            if values is not None:
                put_values(connection, trial_id, values)
            trials.set_state(connection, trial_id, state)
            return True

        return self._database.write(write)

    def set_trial_intermediate_value(
        self, trial_id: int, step: int, intermediate_value: float
    ) -> None:
        self.update_trial(trial_id, TrialUpdate(intermediate_values={step: intermediate_value}))

    def set_trial_user_attr(self, trial_id: int, key: str, value: Any) -> None:
        self.update_trial(trial_id, TrialUpdate(user_attrs={key: value}))

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        self.update_trial(trial_id, TrialUpdate(system_attrs={key: value}))

    def get_trial(self, trial_id: int) -> FrozenTrial:
        found = self._database.read(
            lambda connection: trials_by_id(
                connection, [trial_id], with_vectors=self._keeps_vectors
            )
        )
        if not found:
            raise KeyError(f"There is no trial with id {trial_id}.")
        return found[0]

    def get_all_trials(
        self,
        study_id: int,
        deepcopy: bool = True,
        states: Container[TrialState] | None = None,
    ) -> list[FrozenTrial]:
        def read(connection: Connection) -> list[FrozenTrial]:
            studies.name_of(connection, study_id)
            if states is None:
                return TRIALS_OF_STUDY.read(
                    connection, {"study_id": study_id}, with_vectors=self._keeps_vectors
                )
            names = [state.name for state in TrialState if state in states]
            return TRIALS_IN_STATES.read(
                connection,
                {"study_id": study_id, "states": names},
                with_vectors=self._keeps_vectors,
            )

        return self._database.read(read)

    def get_trial_id_from_study_id_trial_number(self, study_id: int, trial_number: int) -> int:
        columns = schema.trials.c
        statement = sa.select(columns.trial_id).where(
            columns.study_id == study_id, columns.number == trial_number
        )
        trial_id = self._database.read(lambda connection: connection.execute(statement).scalar())
        if trial_id is None:
            raise KeyError(f"Study {study_id} has no trial with number {trial_number}.")
        return int(trial_id)

    def remove_session(self) -> None:
        self._database.dispose()

    # Signs of life.

    def record_heartbeat(self, trial_id: int) -> None:
        self._database.write(lambda connection: trials.beat(connection, trial_id))

    def get_stale_trial_ids(self, study_id: int) -> list[int]:
        if not self._heartbeat_interval:
            return []
        grace = self._grace_period or 2 * self._heartbeat_interval

        def read(connection: Connection) -> tuple[Any, Sequence[tuple[int, datetime.datetime]]]:
            now = connection.execute(sa.select(sa.func.current_timestamp())).scalar_one()
            rows = connection.execute(statements.BEATS_OF_RUNNING, {"study_id": study_id})
            return now, [(trial_id, heartbeat) for trial_id, heartbeat in rows]

        now, rows = self._database.read(read)
        if isinstance(now, str):
            now = datetime.datetime.fromisoformat(now)
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


def _check_attrs(trial: FrozenTrial) -> None:
    for key, value in (*trial.user_attrs.items(), *trial.system_attrs.items()):
        encoded_attr(key, value)
