from __future__ import annotations

import math
import multiprocessing.connection
import threading
from collections.abc import Iterator

import pytest

from tunesmith.lockstep import Address, Client, Server, own_server


@pytest.fixture
def client() -> Iterator[Client]:
    server = own_server()

    def fail(kind: str) -> None:
        raise {"value": ValueError, "key": KeyError}[kind](kind)

    server.offer("test", {"echo": lambda *words: list(words), "fail": fail})
    client = Client(server.address)
    yield client
    client.close()
    server.withdraw("test")


def test_a_question_has_an_answer(client: Client) -> None:
    answer = client.ask("test", "echo", 1, 0.1, "ä", None, {"a": [math.inf]})
    assert answer == [1, 0.1, "ä", None, {"a": [math.inf]}]


def test_an_error_is_raised_where_the_question_was_asked(client: Client) -> None:
    with pytest.raises(ValueError, match="^value$"):
        client.ask("test", "fail", "value")
    with pytest.raises(RuntimeError, match="^KeyError: 'key'$"):
        client.ask("test", "fail", "key")
    assert client.ask("test", "echo", "still there") == ["still there"]


def test_what_is_not_offered_is_an_error(client: Client) -> None:
    with pytest.raises(RuntimeError, match="KeyError"):
        client.ask("test", "nothing")


def test_without_the_token_nothing_is_answered(
    client: Client, log_of_tunesmith: pytest.LogCaptureFixture
) -> None:
    address = own_server().address
    stranger = Client(Address(address.host, address.port, "0" * 64))
    with pytest.raises(ConnectionError, match="gone or does not answer"):
        stranger.ask("test", "echo", 1)
    stranger.close()
    assert "wrong token" in log_of_tunesmith.text


def test_nothing_listens_there() -> None:
    listener = multiprocessing.connection.Listener(("127.0.0.1", 0))
    port = listener.address[1]
    listener.close()
    with pytest.raises(ConnectionRefusedError, match="gone or does not answer"):
        Client(Address("127.0.0.1", port, "0"))


def test_a_silent_process_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tunesmith.lockstep.channel.PATIENCE", 0.01)
    server, released = Server(), threading.Event()
    server.offer("test", {"wait": released.wait})
    client = Client(server.address)
    try:
        with pytest.raises(ConnectionError, match="It was silent for 0 seconds"):
            client.ask("test", "wait")
    finally:
        released.set()
        client.close()


def test_the_end_of_a_connection_is_noticed() -> None:
    server, gone = Server(), threading.Event()
    server.offer("test", {"gone": gone.set})
    client = Client(server.address)
    with pytest.raises(RuntimeError, match="KeyError"):
        client.ask("test", "nothing")
    client.close()
    assert gone.wait(30)
