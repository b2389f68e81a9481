"""The servers that other tests rely on: a real connection, isolation, and a restart."""

from __future__ import annotations

import pytest

from .servers import MariaDB, PostgreSQL, Redis

sqlalchemy = pytest.importorskip("sqlalchemy")


def versions(url: str) -> str:
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        version = connection.execute(sqlalchemy.text("SELECT version()")).scalar_one()
    engine.dispose()
    return str(version)


def write_then_read(url: str) -> int:
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE notes (number INTEGER)"))
        connection.execute(sqlalchemy.text("INSERT INTO notes VALUES (7)"))
    number = read(url)
    engine.dispose()
    return number


def read(url: str) -> int:
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        number = connection.execute(sqlalchemy.text("SELECT number FROM notes")).scalar_one()
    engine.dispose()
    return int(number)


def test_postgresql_answers(postgresql_url: str) -> None:
    assert versions(postgresql_url).startswith("PostgreSQL")


def test_mariadb_answers(mariadb_url: str) -> None:
    assert "MariaDB" in versions(mariadb_url)


def test_redis_answers(redis_url: str) -> None:
    redis = pytest.importorskip("redis")
    with redis.Redis.from_url(redis_url) as client:
        assert client.set("number", 7)
        assert client.get("number") == b"7"


def test_every_postgresql_database_is_empty(postgresql_server: PostgreSQL) -> None:
    for _ in range(2):
        assert write_then_read(postgresql_server.new_database()) == 7


def test_every_mariadb_database_is_empty(mariadb_server: MariaDB) -> None:
    for _ in range(2):
        assert write_then_read(mariadb_server.new_database()) == 7


def test_every_redis_database_is_empty(redis_server: Redis) -> None:
    redis = pytest.importorskip("redis")
    for _ in range(2):
        with redis.Redis.from_url(redis_server.new_database()) as client:
            assert client.dbsize() == 0
            client.set("number", 7)


def test_postgresql_keeps_its_data_over_a_restart(
    postgresql_server: PostgreSQL, postgresql_database: str
) -> None:
    write_then_read(postgresql_database)
    postgresql_server.stop()
    with pytest.raises(sqlalchemy.exc.OperationalError, match="refused"):
        read(postgresql_database)
    postgresql_server.start()
    assert read(postgresql_database) == 7


def test_mariadb_keeps_its_data_over_a_kill(mariadb_server: MariaDB, mariadb_database: str) -> None:
    write_then_read(mariadb_database)
    mariadb_server.kill()
    mariadb_server.start()
    assert read(mariadb_database) == 7


def test_redis_keeps_its_data_over_a_restart(redis_server: Redis, redis_database: str) -> None:
    redis = pytest.importorskip("redis")
    with redis.Redis.from_url(redis_database) as client:
        client.set("number", 7)
    redis_server.stop()
    redis_server.start()
    with redis.Redis.from_url(redis_database) as client:
        assert client.get("number") == b"7"
