"""What only a server can get wrong: it restarts, it loses replies, it has a password."""

from __future__ import annotations

import json
import pickle
import socket
import sys
import threading
import time

import pytest

import tunesmith
from tunesmith.distributions import CategoricalDistribution, FloatDistribution
from tunesmith.exceptions import StorageInternalError, UpdateFinishedTrialError
from tunesmith.records import StudyDirection, TrialState, create_trial
from tunesmith.storages import JournalStorage, TrialUpdate
from tunesmith.storages.journal import JournalRedisBackend

redis = pytest.importorskip("redis")

MIN = StudyDirection.MINIMIZE
X = FloatDistribution(0, 1)
C = CategoricalDistribution(["a", "b"])


@pytest.fixture
def client(redis_database):
    with redis.Redis.from_url(redis_database) as client:
        yield client


@pytest.fixture
def backend(redis_database):
    return JournalRedisBackend(redis_database)


def trips(backend, monkeypatch):
    """Note each command that is sent."""
    sent = []
    real = type(backend._client).execute_command

    def noted(self, *args, **options):
        sent.append(args[0])
        return real(self, *args, **options)

    monkeypatch.setattr(type(backend._client), "execute_command", noted)
    return sent


class TestKeys:
    @pytest.mark.parametrize("prefix", ["", "p", "p:"])
    def test_are_optunas(self, redis_database, client, prefix):
        storage = JournalStorage(JournalRedisBackend(redis_database, prefix=prefix))
        storage.create_new_study([MIN], "s")
        storage.create_new_trial(0)

        assert sorted(client.keys()) == [
            f"{prefix}:{name}".encode() for name in ("log:0", "log:1", "log_number")
        ]
        assert client.get(f"{prefix}:log_number") == b"1"
        assert json.loads(client.get(f"{prefix}:log:0"))["study_name"] == "s"

    def test_prefixes_keep_journals_apart(self, redis_database):
        for prefix in "ab":
            storage = JournalStorage(JournalRedisBackend(redis_database, prefix=prefix))
            storage.create_new_study([MIN], "s")
            assert len(storage.get_all_studies()) == 1


class TestTrips:
    def test_a_trial_takes_two(self, backend, monkeypatch, request):
        study = tunesmith.create_study(
            storage=JournalStorage(backend), sampler=tunesmith.samplers.RandomSampler()
        )
        sent = trips(backend, monkeypatch)
        # The message at a trial's end names the best one, for which it reads.
        before = tunesmith.logging.get_verbosity()
        request.addfinalizer(lambda: tunesmith.logging.set_verbosity(before))
        tunesmith.logging.set_verbosity(tunesmith.logging.WARNING)

        def trips_of(n_trials):
            sent.clear()
            study.optimize(
                lambda trial: sum(trial.suggest_float(name, 0, 1) for name in "abcde"),
                n_trials=n_trials,
            )
            return len(sent)

        trips_of(1)
        assert trips_of(5) - trips_of(1) == 8

    def test_a_thousand_records_are_read_in_one(self, backend, redis_database, monkeypatch):
        backend.append_logs(
            [{"op_code": 0, "worker_id": "w", "study_name": "s", "directions": [1]}]
        )
        reader = JournalStorage(JournalRedisBackend(redis_database))
        record = {"op_code": 2, "worker_id": "w", "study_id": 0, "user_attr": {"k": 1}}
        backend.append_logs([record] * 1000)
        sent = trips(backend, monkeypatch)

        assert reader.get_study_user_attrs(0) == {"k": 1}
        assert len(sent) == 1

    def test_a_decision_on_old_knowledge_is_made_again(self, redis_database):
        one, other = (JournalStorage(JournalRedisBackend(redis_database)) for _ in range(2))
        study_id = one.create_new_study([MIN], "s")
        trial_id = one.create_new_trial(study_id)

        other.set_trial_user_attr(trial_id, "k", 1)  # has not seen the study yet
        assert [other.start_trial(0).number, one.start_trial(0).number] == [1, 2]
        other.set_trial_state_values(trial_id, TrialState.FAIL)
        with pytest.raises(RuntimeError, match="has finished"):
            one.set_trial_user_attr(trial_id, "k", 2)


class TestRecordsInBetween:
    """One storage has not seen yet what the other has written."""

    @pytest.fixture
    def storages(self, redis_database):
        one, other = (JournalStorage(JournalRedisBackend(redis_database)) for _ in range(2))
        one.create_new_study([MIN])
        for name in "xy":
            one.create_new_trial(
                0,
                create_trial(value=0.0, params={name: 0.5}, distributions={name: X}),
            )
        assert other.get_n_trials(0) == 2
        return one, other

    def test_do_not_stop_what_they_do_not_concern(self, storages, monkeypatch):
        one, other = storages
        mine, others = one.start_trial(0), other.start_trial(0)
        other.set_trial_intermediate_value(others.trial_id, 0, 1.0)
        sent = trips(one._backend, monkeypatch)
        one.update_trial(mine.trial_id, TrialUpdate(intermediate_values={0: 2.0}))
        other.update_trial(others.trial_id, TrialUpdate(state=TrialState.PRUNED))
        one.update_trial(
            mine.trial_id,
            TrialUpdate(params={"x": (0.25, X)}, state=TrialState.COMPLETE, values=[1.0]),
        )

        assert sent == ["EVALSHA"] * 3
        assert one.get_all_trials(0) == other.get_all_trials(0)
        assert one.get_trial(mine.trial_id).params == {"x": 0.25}

    def test_a_waiting_trial_comes_first(self, storages):
        one, other = storages
        waiting = other.create_new_trial(0, create_trial(state=TrialState.WAITING))

        assert one.start_trial(0).trial_id == waiting

    def test_proposed_parameters_belong_to_a_number(self, storages):
        one, other = storages
        assert other.start_trial(0, {"x": (0.5, X)}, 2).params == {"x": 0.5}

        trial = one.start_trial(0, {"x": (0.5, X)}, 2)
        assert (trial.number, trial.params) == (3, {})

    def test_a_trial_that_has_ended_is_not_changed(self, storages):
        one, other = storages
        trial = one.start_trial(0)
        other.update_trial(trial.trial_id, TrialUpdate(state=TrialState.FAIL))

        with pytest.raises(UpdateFinishedTrialError, match=r"Trial 2 has finished \(FAIL\)"):
            one.update_trial(
                trial.trial_id,
                TrialUpdate(user_attrs={"k": 1}, state=TrialState.COMPLETE, values=[1.0]),
            )
        for storage in storages:
            assert storage.get_trial(trial.trial_id).state is TrialState.FAIL
            assert storage.get_trial(trial.trial_id).user_attrs == {}

    def test_a_parameter_of_another_kind(self, storages):
        one, other = storages
        trial, others = one.start_trial(0), other.start_trial(0)
        other.set_trial_param(others.trial_id, "new", 0.5, X)

        with pytest.raises(ValueError, match="new"):
            one.update_trial(
                trial.trial_id,
                TrialUpdate(params={"new": (1.0, C)}, user_attrs={"k": 1}),
            )
        assert one.get_trial(trial.trial_id).user_attrs == {}

    def test_a_study_that_is_gone(self, storages):
        one, other = storages
        other.delete_study(0)

        with pytest.raises(KeyError, match="no study with id 0"):
            one.start_trial(0)


class TestOutages:
    def test_workers_wait_for_a_server_that_restarts(self, redis_server, backend):
        study = tunesmith.create_study(storage=JournalStorage(backend))
        study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
        redis_server.stop()
        restart = threading.Timer(0.5, redis_server.start)
        restart.start()
        study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
        restart.join()

        assert [trial.number for trial in study.trials] == list(range(6))
        assert {trial.state for trial in study.trials} == {TrialState.COMPLETE}

    def test_an_append_whose_reply_was_lost_is_not_repeated(self, backend, monkeypatch):
        storage = JournalStorage(backend)
        storage.create_new_study([MIN], "s")
        real = backend._client.evalsha

        def lossy(*args):
            monkeypatch.setattr(backend._client, "evalsha", real)
            real(*args)
            raise redis.exceptions.ConnectionError("Connection reset by peer")

        for lose_reply_of in (
            lambda: storage.start_trial(0),
            lambda: storage.create_new_study([MIN], "t"),
            lambda: storage.set_trial_state_values(0, TrialState.COMPLETE, [1.0]),
            lambda: backend.append_logs(
                [{"op_code": 4, "worker_id": "w", "study_id": 1, "datetime_start": None}]
            ),
        ):
            monkeypatch.setattr(backend._client, "evalsha", lossy)
            lose_reply_of()

        assert storage.get_n_trials(0) == 1
        assert storage.get_trial(0).values == [1.0]
        assert storage.get_n_trials(1) == 1

    def test_an_unreachable_server_is_an_error_without_the_password(self, monkeypatch):
        monkeypatch.setattr(tunesmith.storages.journal.redis, "_FIRST_PATIENCE", 0.1)
        with pytest.raises(StorageInternalError, match="did not answer for") as caught:
            tunesmith.create_study(storage="redis://user:s3cr:et@127.0.0.1:1/0")

        assert "s3cr" not in str(caught.value)
        assert "user:***@127.0.0.1" in str(caught.value)
        assert caught.value.__cause__ is None

    def test_passwords_are_never_shown(self):
        for url in (
            "redis://:s3cret@127.0.0.1:1/0",
            "rediss://user:s3c@ret@127.0.0.1:1/0",
            "redis://127.0.0.1:1/0?password=s3cret&db=1",
        ):
            text = repr(JournalRedisBackend(url))
            assert "s3c" not in text
            assert "***" in text

    def test_a_flushed_database_is_an_error(self, backend, client):
        storage = JournalStorage(backend)
        storage.create_new_study([MIN], "s")
        client.flushdb()

        with pytest.raises(StorageInternalError, match="the database was flushed"):
            storage.get_all_studies()
        with pytest.raises(StorageInternalError, match="the database was flushed"):
            storage.create_new_trial(0)

    def test_an_entry_that_is_no_record_is_skipped(self, backend, client):
        storage = JournalStorage(backend)
        storage.create_new_study([MIN], "s")
        client.set(":log:1", b"\xff foreign")
        client.set(":log_number", 1)
        storage.create_new_trial(0)

        assert storage.get_n_trials(0) == 1

    def test_not_a_redis_url(self):
        with pytest.raises(ValueError, match="redis://, rediss:// or unix://"):
            JournalRedisBackend("http://host")

    def test_the_package_is_missing(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "redis", None)

        with pytest.raises(ImportError, match=r'pip install "tunesmith\[redis\]"'):
            JournalRedisBackend("redis://host")


class TestSnapshots:
    @pytest.fixture
    def study(self, backend, monkeypatch):
        monkeypatch.setattr(tunesmith.storages.journal.storage, "SMALLEST_SNAPSHOT", 16)
        study = tunesmith.create_study(
            study_name="s",
            storage=JournalStorage(backend),
            sampler=tunesmith.samplers.TPESampler(n_startup_trials=2),
        )

        def objective(trial):
            trial.set_user_attr("k", {"a": [trial.number]})
            trial.report(float("nan"), 3)
            kind = trial.suggest_categorical("c", ["a", None, True])
            return trial.suggest_float("x", 0.1, 1, log=True) + (kind is None)

        study.enqueue_trial({"c": None})
        study.optimize(objective, n_trials=10)
        study.ask()
        study.add_trial(tunesmith.trial.create_trial(state=TrialState.WAITING))
        return study

    def test_is_json_and_all_that_was_before(self, study, client, redis_database, monkeypatch):
        snapshot = json.loads(client.get(":tunesmith:snapshot"))
        n_records = snapshot["n_records"]
        assert n_records >= 32
        late = JournalRedisBackend(redis_database)
        asked = []
        real = late.read_logs
        monkeypatch.setattr(late, "read_logs", lambda n: (asked.append(n), real(n))[1])
        trials = JournalStorage(late).get_all_trials(0)

        assert asked[:2] == [n_records - 1, n_records]
        assert str(trials) == str(study.storage.get_all_trials(0))

    @pytest.mark.parametrize(
        "damage",
        [
            b"not json",
            b"[]",
            b'{"version": 1}',
            b'{"version": 99}',
            pickle.dumps({"version": 1}),
        ],
    )
    def test_one_that_cannot_be_used_is_not(self, study, client, redis_database, damage):
        client.set(":tunesmith:snapshot", damage)
        trials = JournalStorage(JournalRedisBackend(redis_database)).get_all_trials(0)

        assert str(trials) == str(study.storage.get_all_trials(0))

    def test_one_of_another_journal_is_not_used(self, study, client, redis_database):
        snapshot = client.get(":tunesmith:snapshot")
        client.flushdb()
        client.set(":tunesmith:snapshot", snapshot)
        storage = JournalStorage(JournalRedisBackend(redis_database))
        assert storage.get_all_studies() == []
        for k in range(50):
            storage.create_new_study([MIN], str(k))
        client.set(":tunesmith:snapshot", snapshot)

        assert len(JournalStorage(JournalRedisBackend(redis_database)).get_all_studies()) == 50


class TestCluster:
    """Against one server that believes it is a cluster of one."""

    @pytest.fixture
    def cluster(self, redis_server):
        class Cluster(type(redis_server)):
            databases = 1

            def command(self):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", 0))
                    bus = str(probe.getsockname()[1])
                return [*super().command(), "--cluster-enabled", "yes", "--cluster-port", bus]

            def ping(self):
                client = self._client(0)
                info = client.cluster("info")
                if info["cluster_slots_assigned"] == "0":
                    client.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
                if info["cluster_state"] != "ok":
                    raise ConnectionError("the cluster is not ready")

        with Cluster() as server:
            yield f"redis://127.0.0.1:{server.port}"

    def test_keeps_studies(self, cluster):
        storages = [
            JournalStorage(JournalRedisBackend(cluster, use_cluster=True, prefix="a"))
            for _ in range(2)
        ]
        study = tunesmith.create_study(study_name="s", storage=storages[0])
        study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=20, n_jobs=4)
        trials = storages[1].get_all_trials(0)

        assert [trial.number for trial in trials] == list(range(20))
        assert {trial.state for trial in trials} == {TrialState.COMPLETE}
        assert storages[1].get_stale_trial_ids(0) == []
        assert pickle.loads(pickle.dumps(storages[0])).get_n_trials(0) == 20

    @pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
    def test_a_number_without_a_record_does_not_stop_readers(self, cluster, monkeypatch):
        import optuna

        monkeypatch.setattr(tunesmith.storages.journal.redis, "_GAP_PATIENCE", 0.2)
        storage = JournalStorage(JournalRedisBackend(cluster, use_cluster=True, prefix="b"))
        storage.create_new_study([MIN], "s")
        with redis.RedisCluster.from_url(cluster) as client:
            client.incr("b:log_number")  # by a worker that died before it wrote
        storage.create_new_trial(0)
        started = time.monotonic()
        late = JournalStorage(JournalRedisBackend(cluster, use_cluster=True, prefix="b"))

        assert late.get_n_trials(0) == 1
        assert time.monotonic() - started < 5
        theirs = optuna.storages.journal.JournalRedisBackend(cluster, use_cluster=True, prefix="b")
        assert optuna.storages.JournalStorage(theirs).get_n_trials(0) == 1
