"""Options and fixtures for all tests: above all, real servers that start when first needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest

import tunesmith

from .every_storage import STORAGES, OpenStorage, opener
from .servers import MariaDB, PostgreSQL, Redis, Server, ServerMissingError

# Plots are drawn without a screen. Set before anything imports matplotlib.
os.environ.setdefault("MPLBACKEND", "Agg")
# Keras takes TensorFlow where nothing else is said. Set before anything imports keras.
os.environ.setdefault("KERAS_BACKEND", "torch")

SomeServer = TypeVar("SomeServer", bound=Server)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-servers",
        action="store_true",
        help="fail, rather than skip, the tests whose database server is not installed",
    )


@pytest.fixture(autouse=True)
def _verbosity_stays() -> Iterator[None]:
    before = tunesmith.logging.get_verbosity()
    yield
    tunesmith.logging.set_verbosity(before)


@pytest.fixture
def log_of_tunesmith(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What the library logs meanwhile; by default it keeps that from other handlers."""
    logger = tunesmith.logging.get_logger("tunesmith")
    tunesmith.logging.set_verbosity(tunesmith.logging.INFO)
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


@pytest.fixture(params=STORAGES)
def open_storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenStorage]:
    """What opens a storage, and the same one again; the test runs on each kind there is."""
    yield from opener(request.param, request, tmp_path)


@pytest.fixture(scope="session")
def postgresql_server(pytestconfig: pytest.Config) -> Iterator[PostgreSQL]:
    yield from _running(PostgreSQL, pytestconfig)


@pytest.fixture(scope="session")
def mariadb_server(pytestconfig: pytest.Config) -> Iterator[MariaDB]:
    yield from _running(MariaDB, pytestconfig)


@pytest.fixture(scope="session")
def redis_server(pytestconfig: pytest.Config) -> Iterator[Redis]:
    yield from _running(Redis, pytestconfig)


@pytest.fixture(scope="session")
def postgresql_url(postgresql_server: PostgreSQL) -> str:
    """URL of a database that all tests share."""
    return postgresql_server.new_database()


@pytest.fixture(scope="session")
def mariadb_url(mariadb_server: MariaDB) -> str:
    """URL of a database that all tests share."""
    return mariadb_server.new_database()


@pytest.fixture(scope="session")
def redis_url(redis_server: Redis) -> str:
    """URL of a database that all tests share."""
    return redis_server.new_database()


@pytest.fixture
def postgresql_database(postgresql_server: PostgreSQL) -> str:
    """URL of an empty database for this test alone."""
    return postgresql_server.new_database()


@pytest.fixture
def mariadb_database(mariadb_server: MariaDB) -> str:
    """URL of an empty database for this test alone."""
    return mariadb_server.new_database()


@pytest.fixture
def redis_database(redis_server: Redis) -> str:
    """URL of an empty database for this test alone."""
    return redis_server.new_database()


def _running(kind: type[SomeServer], config: pytest.Config) -> Iterator[SomeServer]:
    try:
        server = kind()
    except ServerMissingError as missing:
        reason = f"{kind.name}: {missing}"
        if config.getoption("--require-servers"):
            pytest.fail(f"{reason}, and --require-servers was given", pytrace=False)
        pytest.skip(reason)
    with server:
        yield server
