"""Questions and answers between the processes of one training: JSON over authenticated sockets.

A process that others ask has one :class:`Server`, with a thread for each of them. Nothing waits
for ever: a process that has died closes its sockets, which the other side notices at once, and one
that is merely silent is given up after :data:`PATIENCE` seconds.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import multiprocessing.connection
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from ..logging import get_logger

#: Seconds after which a silent process is given up. Longer than an outage of a database, which the
#: one that is asked may be waiting for.
PATIENCE = 300.0
_GREETING = 10.0  # seconds for a new connection to say who it is
_LONGEST_TOKEN = 128
_LONGEST_QUESTION = 1 << 26

_logger = get_logger(__name__)


@dataclass(frozen=True)
class Address:
    """Where a server listens, and the secret that it wants to hear first."""

    host: str
    port: int
    token: str


class Server:
    """Answers questions of other processes.

    Parameters
    ----------
    host : str, default "127.0.0.1"
        Address to listen at; by default no other machine can connect.

    Examples
    --------
    >>> server = Server()
    >>> server.offer("sums", {"add": lambda a, b: a + b})
    >>> client = Client(server.address)
    >>> client.ask("sums", "add", 1, 2)
    3
    >>> client.close()
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._listener = multiprocessing.connection.Listener((host, 0), backlog=64)
        self.address = Address(host, self._listener.address[1], secrets.token_hex(32))
        self._offers: dict[str, Mapping[str, Callable[..., Any]]] = {}
        threading.Thread(target=self._accept, name="tunesmith-lockstep", daemon=True).start()

    def offer(self, topic: str, functions: Mapping[str, Callable[..., Any]]) -> None:
        """Let others call functions, whose arguments and answers are JSON.

        Each process that asks has a thread of its own here, in which its calls are made. At the
        end of the connection the function of the name "gone" is called there, if there is one.
        """
        self._offers[topic] = functions

    def withdraw(self, topic: str) -> None:
        """Offer the functions no longer."""
        self._offers.pop(topic, None)

    def _accept(self) -> None:
        while True:
            try:
                connection = self._listener.accept()
            except OSError:  # reset before it was accepted
                continue
            threading.Thread(
                target=self._serve, args=(connection,), name="tunesmith-lockstep", daemon=True
            ).start()

    def _serve(self, connection: Connection) -> None:
        with connection, contextlib.suppress(EOFError, OSError):
            if not connection.poll(_GREETING):
                return
            token = connection.recv_bytes(_LONGEST_TOKEN)
            if not hmac.compare_digest(token, self.address.token.encode()):
                _logger.warning("A connection with a wrong token was refused.")
                return
            try:
                while True:
                    question = json.loads(connection.recv_bytes(_LONGEST_QUESTION))
                    connection.send_bytes(json.dumps(self._answer(question)).encode())
            finally:
                for functions in list(self._offers.values()):
                    if "gone" in functions:
                        functions["gone"]()

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        try:
            function = self._offers[question["topic"]][question["name"]]
            return {"answer": function(*question["arguments"])}
        except Exception as error:  # noqa: BLE001  # raised again where it was asked
            return {"error": type(error).__name__, "message": str(error)}


class Client:
    """Asks the server of another process.

    Parameters
    ----------
    address : Address
        The server's.

    Raises
    ------
    ConnectionRefusedError
        If nothing listens there.
    """

    def __init__(self, address: Address) -> None:
        try:
            self._connection = multiprocessing.connection.Client((address.host, address.port))
            self._connection.send_bytes(address.token.encode())
        except OSError as error:
            raise ConnectionRefusedError(f"{_LOST} {error}.") from error
        self._lock = threading.Lock()

    def ask(self, topic: str, name: str, *arguments: Any) -> Any:
        """Call a function of the server and return its answer.

        Raises
        ------
        ConnectionError
            If the other process has died, or gives no answer for a long time.
        ValueError, TypeError, RuntimeError
            Whatever the function raised; RuntimeError stands for all other errors.
        """
        question = {"topic": topic, "name": name, "arguments": arguments}
        with self._lock:
            try:
                self._connection.send_bytes(json.dumps(question).encode())
                if not self._connection.poll(PATIENCE):
                    raise ConnectionError(f"{_LOST} It was silent for {PATIENCE:.0f} seconds.")
                reply = json.loads(self._connection.recv_bytes())
            except (EOFError, OSError) as error:
                if isinstance(error, ConnectionError) and str(error).startswith(_LOST):
                    raise
                raise ConnectionError(f"{_LOST} It has closed the connection.") from error
        if "error" in reply:
            kind = {"ValueError": ValueError, "TypeError": TypeError}.get(reply["error"])
            if kind is None:
                raise RuntimeError(f"{reply['error']}: {reply['message']}")
            raise kind(reply["message"])
        return reply["answer"]

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


_LOST = "The process that runs the trial is gone or does not answer."
_server: tuple[int, Server] | None = None
_server_lock = threading.Lock()


def own_server(host: str = "127.0.0.1") -> Server:
    """The server of this process, which begins to listen when it is first asked for."""
    global _server  # noqa: PLW0603  # there is one in a process
    with _server_lock:
        # A process that was forked has none, whatever it inherited.
        if _server is None or _server[0] != os.getpid():
            _server = (os.getpid(), Server(host))
        return _server[1]
