"""A journal in Redis (or Valkey), one key per record."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from ...exceptions import StorageInternalError
from ...logging import get_logger
from ...optional_dependency import optional_dependency
from ...records import TrialState
from .backend import BaseJournalBackend, BaseJournalSnapshot, Blocker, BlockerOf, Decide
from .lines import from_line, quoted, to_text
from .liveness import Liveness
from .records import DAMAGED, Op, Record

T = TypeVar("T")

_PATIENCE = 60.0  # seconds that a worker waits for a server that is away
_FIRST_PATIENCE = 10.0  # the same before it has ever answered: the address may be wrong
_LONGEST_PAUSE = 2.0
_GAP_PATIENCE = 10.0  # seconds that a number may be taken before its record is there
_BLOCK = 1000  # records that are read in one trip

_logger = get_logger(__name__)

# Each returns the last number and records from a number on. Keys are made from the prefix, as in
# Optuna, so that both see the same ones.
_READ = """
local last = tonumber(redis.call('get', ARGV[1] .. ':log_number') or '-1')
local keys = {}
for i = tonumber(ARGV[2]), math.min(last, tonumber(ARGV[2]) + tonumber(ARGV[3]) - 1) do
  keys[#keys + 1] = ARGV[1] .. ':log:' .. string.format('%d', i)
end
if #keys == 0 then return {last, {}} end
return {last, redis.call('mget', unpack(keys))}
"""
# Reads what has come in between, and appends the lines of the fourth argument unless something of
# it matches the pattern of the fifth, is missing, or is what is to be appended.
_APPEND = r"""
local last = tonumber(redis.call('get', ARGV[1] .. ':log_number') or '-1')
local number, block = tonumber(ARGV[2]), tonumber(ARGV[3])
local between = {}
if last + 1 ~= number then
  local keys = {}
  for i = number, math.min(last, number + block - 1) do
    keys[#keys + 1] = ARGV[1] .. ':log:' .. string.format('%d', i)
  end
  if #keys == 0 then return {last, {}, 0} end
  between = redis.call('mget', unpack(keys))
  local first = string.match(ARGV[4], '[^\n]+')
  local is_blocked = last - number >= block
  for i = 1, #keys do
    local text = between[i]
    is_blocked = is_blocked or not text or text == first or string.find(text, ARGV[5])
  end
  if is_blocked then return {last, between, 0} end
end
for text in string.gmatch(ARGV[4], '[^\n]+') do
  last = last + 1
  redis.call('set', ARGV[1] .. ':log:' .. string.format('%d', last), text)
end
redis.call('set', ARGV[1] .. ':log_number', string.format('%d', last))
return {last, between, 1}
"""
_DIGESTS = {script: hashlib.sha1(script.encode()).hexdigest() for script in (_READ, _APPEND)}  # noqa: S324  # names it
# How a record looks that is in the way, as a pattern of Lua's. It may match too much: then the
# decision is made again for nothing.
_PATTERNS = {
    Blocker.NONE: "^$",
    Blocker.WAITING_TRIAL: f'"state": ?{int(TrialState.WAITING)}',
    Blocker.TRIAL: f'"op_code": ?{int(Op.CREATE_TRIAL)}',
    Blocker.ANY: "",
}

# Stands where a worker took a number and died before it wrote: changes nothing, for Optuna either.
_FILLER = json.dumps(
    {"op_code": int(Op.SET_STUDY_SYSTEM_ATTR), "worker_id": "", "study_id": -1,
     "system_attr": {"tunesmith:gap": True}}
)  # fmt: skip


class JournalRedisBackend(BaseJournalBackend, BaseJournalSnapshot):
    """Keep a journal in a Redis or Valkey server, under the keys that Optuna uses.

    Tunesmith and Optuna can work on the same journal, also at the same time. While the server is
    away (it restarts, for instance) workers wait up to a minute for it. How durable a record is
    depends on the server: ``appendonly yes`` in its configuration keeps it through a restart.

    Parameters
    ----------
    url : str
        ``redis://user:password@host:port/database``, ``rediss://`` for an encrypted connection,
        ``unix://`` for a local socket.
    use_cluster : bool, default False
        Whether the server is a Redis Cluster. There each append takes a few trips instead of one.
    prefix : str, default ""
        Begins the names of all keys, to keep several journals in one database.

    Raises
    ------
    ImportError
        If the package `redis` is not installed.
    ValueError
        If `url` has another scheme.
    """

    def __init__(self, url: str, use_cluster: bool = False, prefix: str = "") -> None:
        self._url = url
        self._use_cluster = use_cluster
        self._prefix = prefix
        self._connect()

    def _connect(self) -> None:
        with optional_dependency("JournalRedisBackend", "redis", extra="redis", minimum="5.0"):
            import redis
            import redis.cluster
        self._errors: Any = redis.exceptions
        kind: Any = redis.cluster.RedisCluster if self._use_cluster else redis.Redis
        self._has_answered = False
        self._warned: set[int] = set()
        options = {"socket_timeout": 30, "socket_connect_timeout": 10}
        # A cluster is asked at once which servers it has.
        client: Any = None
        with contextlib.suppress(ValueError):
            client = self._patiently(lambda: kind.from_url(self._url, **options))
        if client is None:  # not within a handler: the first error may quote the password
            raise ValueError(
                f"{_without_password(self._url)!r} is not the URL of a Redis database; these "
                "begin with redis://, rediss:// or unix://. Write 'redis://user:password@host:6379/0', "
                "with '/', '@', ':' in a password escaped as '%2F', '%40', '%3A'."
            )
        self._client: Any = client
        self._has_answered = self._use_cluster
        self._liveness = _RedisLiveness(self)

    def __getstate__(self) -> dict[str, Any]:
        return {"_url": self._url, "_use_cluster": self._use_cluster, "_prefix": self._prefix}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._connect()

    def __repr__(self) -> str:
        prefix = f", prefix={self._prefix!r}" if self._prefix else ""
        return f"JournalRedisBackend({_without_password(self._url)!r}{prefix})"

    @property
    def liveness(self) -> Liveness:
        return self._liveness

    def call(self, command: Callable[[Any], T]) -> T:
        """Return what a command on the client returns, waiting for a server that is away.

        Raises
        ------
        StorageInternalError
            If the server stays away or refuses.
        """
        return self._patiently(lambda: command(self._client))

    def _run(self, script: str, args: list[Any]) -> Any:
        def run(client: Any) -> Any:
            try:
                # By its digest, because the client's own way to run scripts takes half as long again.
                return client.evalsha(_DIGESTS[script], 0, *args)
            except self._errors.NoScriptError:
                return client.eval(script, 0, *args)  # from now on the server knows it

        return self.call(run)

    def key(self, name: str) -> str:
        """Return the full name of a key."""
        return f"{self._prefix}:{name}"

    def _patiently(self, call: Callable[[], T]) -> T:
        deadline: float | None = None
        pause = 0.05
        while True:
            try:
                result = call()
            except (self._errors.AuthenticationError, self._errors.NoPermissionError) as error:
                raise StorageInternalError(f"{self!r}: the server refuses: {error}") from None
            except (
                self._errors.ConnectionError,
                self._errors.TimeoutError,
                self._errors.BusyLoadingError,
                self._errors.ReadOnlyError,
                self._errors.RedisClusterException,
            ) as error:
                now = time.monotonic()
                if deadline is None:
                    patience = _PATIENCE if self._has_answered else _FIRST_PATIENCE
                    deadline = now + patience
                    _logger.warning("%r does not answer; waiting for it: %s", self, error)
                elif now > deadline:
                    raise StorageInternalError(
                        f"{self!r} did not answer for {patience:.0f} seconds: {error}"
                    ) from None
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            except self._errors.RedisError as error:
                raise StorageInternalError(f"{self!r} failed: {error}") from None
            else:
                self._has_answered = True
                return result

    # Records.

    def read_logs(self, log_number_from: int) -> Iterator[dict[str, Any]]:
        number = log_number_from
        while True:
            last, texts = self._texts(number)
            self._check_last(last, number)
            yield from self._records(number, texts)
            number += len(texts)
            if number > last:
                return

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        texts = [to_text(record) for record in logs]
        if self._use_cluster:
            self._append_to_cluster(texts)
        else:
            # Without a number there is nothing that would show whether an append whose reply was
            # lost has happened, so the number is asked for first.
            number, _ = self._texts(0, 0)
            while True:
                found, is_appended = self._appended(number + 1, texts, Blocker.ANY)
                if is_appended or _contains(found, texts):
                    return
                number += len(found)

    def transact(
        self, log_number_from: int, decide: Decide, blocker_of: BlockerOf
    ) -> list[Record] | None:
        if self._use_cluster:
            return super().transact(log_number_from, decide, blocker_of)
        number = log_number_from
        try:
            logs = decide(())
        except Exception:
            # Perhaps only because of what is not known yet.
            missed = list(self.read_logs(number))
            if not missed:
                raise
            number += len(missed)
            logs = decide(missed)
        while logs:
            texts = [to_text(record) for record in logs]
            found, is_appended = self._appended(number, texts, blocker_of(logs))
            if is_appended:
                return [*self._records(number, found), *logs]
            if _contains(found, texts):
                return None  # appended by an attempt whose reply was lost
            logs = decide(self._records(number, found))
            number += len(found)
        return logs

    def _appended(
        self, number: int, texts: list[str], blocker: Blocker
    ) -> tuple[list[bytes | None], bool]:
        """Append records unless others are in the way.

        Returns
        -------
        found : list of bytes or None
            The records from `number` on that were there before.
        is_appended : bool
            Whether the new ones come right after them.
        """
        args = [self._prefix, number, _BLOCK, "\n".join(texts), _PATTERNS[blocker]]
        last, found, is_appended = self._run(_APPEND, args)
        self._check_last(last, number)
        return found, bool(is_appended)

    def _append_to_cluster(self, texts: list[str]) -> None:
        # Keys lie on different servers, so no script can change them together: first the numbers
        # are taken, then the records written. Readers wait for a number without a record.
        counter = self.key("log_number")
        self.call(lambda client: client.setnx(counter, -1))
        last = self.call(lambda client: client.incrby(counter, len(texts)))
        first = last - len(texts) + 1
        for number, text in enumerate(texts, first):
            self.call(lambda client, n=number, t=text: client.set(self.key(f"log:{n}"), t))  # type: ignore[misc]  # the defaults bind the loop's values

    def _texts(self, number: int, limit: int = _BLOCK) -> tuple[int, list[bytes | None]]:
        if not self._use_cluster:
            args = [self._prefix, number, limit]
            last, texts = self._run(_READ, args)
            return last, texts
        reply = self.call(lambda client: client.get(self.key("log_number")))
        last = -1 if reply is None else int(reply)
        keys = [self.key(f"log:{n}") for n in range(number, min(last + 1, number + limit))]
        if not keys:
            return last, []
        return last, self.call(lambda client: client.mget_nonatomic(keys))

    def _check_last(self, last: int, number: int) -> None:
        if last + 1 < number:
            raise StorageInternalError(
                f"{self!r} has {last + 1} records, but had {number} before: the database was "
                "flushed, or the server came back without its latest data. Open it with a new "
                "JournalRedisBackend."
            )

    def _records(self, number: int, texts: Iterable[bytes | None]) -> Iterator[Record]:
        for place, text in enumerate(texts, number):
            found = self._awaited(place) if text is None else text
            record = from_line(found)
            if record is None and place not in self._warned:
                self._warned.add(place)
                _logger.warning(
                    "Key %s of %r holds no record and was skipped: %s",
                    self.key(f"log:{place}"),
                    self,
                    quoted(found),
                )
            yield DAMAGED if record is None else record

    def _awaited(self, number: int) -> bytes:
        """Return a record whose number is taken, but which is not there yet."""
        key = self.key(f"log:{number}")
        deadline = time.monotonic() + _GAP_PATIENCE
        while time.monotonic() < deadline:
            text = self.call(lambda client: client.get(key))
            if text is not None:
                return bytes(text)
            time.sleep(0.01)
        self.call(lambda client: client.set(key, _FILLER, nx=True))
        return bytes(self.call(lambda client: client.get(key)))

    # Snapshots: under a key of our own, because Optuna's are pickles.

    def save_snapshot(self, snapshot: bytes) -> None:
        self.call(lambda client: client.set(self.key("tunesmith:snapshot"), snapshot))

    def load_snapshot(self) -> bytes | None:
        found = self.call(lambda client: client.get(self.key("tunesmith:snapshot")))
        return None if found is None else bytes(found)


class _RedisLiveness(Liveness):
    """A hash from worker to the time of its last sign of life, by the server's clock."""

    def __init__(self, backend: JournalRedisBackend) -> None:
        self._backend = backend
        self._key = backend.key("tunesmith:alive")

    def _now(self) -> float:
        reply = self._backend.call(lambda client: client.time())
        # A cluster answers with the times of its servers.
        seconds, micros = next(iter(reply.values())) if isinstance(reply, dict) else reply
        return float(seconds) + float(micros) / 1e6

    def beat(self, name: str) -> None:
        now = f"{self._now():.6f}"
        self._backend.call(lambda client: client.hset(self._key, name, now))

    def ages(self) -> dict[str, float]:
        times = self._backend.call(lambda client: client.hgetall(self._key))
        if not times:
            return {}
        now = self._now()
        return {name.decode(): now - float(time) for name, time in times.items()}

    def forget(self, names: Iterable[str]) -> None:
        gone = list(names)
        if gone:
            self._backend.call(lambda client: client.hdel(self._key, *gone))


def _contains(found: list[bytes | None], texts: list[str]) -> bool:
    wanted = [text.encode() for text in texts]
    return any(found[k : k + len(wanted)] == wanted for k in range(len(found)))


def _without_password(url: str) -> str:
    # Up to the last @: what has to be escaped in a password and is not, is no part of the host.
    shown = re.sub(r"(?<=//)([^:/@]*):.*@", r"\1:***@", url)
    return re.sub(r"(password=)[^&]*", r"\1***", shown)
