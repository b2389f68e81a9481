"""What to do while the tracking store is away: not to wait for it at every report."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import mlflow
import requests
import sqlalchemy.exc
from mlflow.exceptions import MlflowException

from tunesmith.logging import get_logger

_logger = get_logger(__name__)

_PATIENCE = 3.0  # seconds for an answer
_FRESH = 5.0  # seconds for which an answer is taken to mean that the next one comes as well
_PAUSE = 60.0  # seconds between two looks at a store that is away
_PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}


class Outage:
    """Whether the tracking store is away.

    MLflow's own client retries each call for minutes, so the store is looked at first, if it
    has not answered for some seconds. A store that is away is left alone for a minute.

    Parameters
    ----------
    uri : str, optional
        Tracking URI. Default: what MLflow is set to.
    """

    def __init__(self, uri: str | None) -> None:
        self._given_uri = uri
        self._lock = threading.RLock()
        self._reason: str | None = None
        self._look_at = 0.0

    @property
    def _uri(self) -> str:
        return self._given_uri or mlflow.get_tracking_uri()

    def lasts(self) -> bool:
        """Return whether to leave the store alone; a warning tells when that begins."""
        with self._lock:
            if time.monotonic() >= self._look_at:
                self._note(why_unreachable(self._uri))
            return self._reason is not None

    def look_again(self) -> None:
        """Have the next :meth:`lasts` look at the store, however short a time ago it was away."""
        with self._lock:
            self._look_at = 0.0

    def require_store(self) -> None:
        """Raise ConnectionError if the store does not answer now."""
        reason = why_unreachable(self._uri)
        if reason is not None:
            raise ConnectionError(
                f"The tracking store {shown(self._uri)} does not answer: {reason}. Nothing was "
                "logged; check the tracking URI, or call again when the store is back."
            )

    @contextlib.contextmanager
    def noticed(self) -> Iterator[None]:
        """Suppress an error within that means that the store is away, and remember it."""
        try:
            yield
        except (MlflowException, OSError, sqlalchemy.exc.OperationalError) as error:
            if isinstance(error, MlflowException) and is_refusal(error):
                raise
            with self._lock:
                self._note(f"{type(error).__name__}: {error}")

    def _note(self, reason: str | None) -> None:
        if reason is not None and self._reason is None:
            _logger.warning(
                "The tracking store %s does not answer. The study goes on without it; what is "
                "missing is logged when it is back. (%s)",
                shown(self._uri),
                reason,
            )
        if reason is None and self._reason is not None:
            _logger.info("The tracking store %s answers again.", shown(self._uri))
        self._reason = reason
        self._look_at = time.monotonic() + (_FRESH if reason is None else _PAUSE)


def is_refusal(error: MlflowException) -> bool:
    """Return whether the store is there and says that the request is wrong."""
    # 401, 403 and 429 are not about the request.
    status: int = error.get_http_status_code()  # type: ignore[no-untyped-call]
    return status in (400, 404, 405, 409)


def why_unreachable(uri: str) -> str | None:
    """Look whether anything answers at a tracking URI.

    Parameters
    ----------
    uri : str
        Tracking URI of a server or a database. What lies on this machine always answers.

    Returns
    -------
    str or None
        What is wrong, or None if something answers.

    Examples
    --------
    >>> why_unreachable("sqlite:///mlflow.db")
    """
    if uri.startswith(("http://", "https://")):
        return _why_server_unreachable(uri)
    try:
        url = sqlalchemy.make_url(uri)
    except sqlalchemy.exc.ArgumentError:  # a folder, or a name that MLflow knows
        return None
    port = url.port or _PORTS.get(url.get_backend_name())
    if url.host is None or port is None:
        return None
    try:
        socket.create_connection((url.host, port), timeout=_PATIENCE).close()
    except OSError as error:
        return str(error)
    return None


def _why_server_unreachable(uri: str) -> str | None:
    # Not a bare connection to the port: the server may be behind a proxy.
    try:
        requests.head(f"{uri.rstrip('/')}/health", timeout=_PATIENCE, allow_redirects=False)
    except requests.exceptions.SSLError:
        return None  # it answered; whether its certificate will do is for MLflow to say
    except requests.RequestException as error:
        return str(error)
    return None


def shown(uri: str) -> str:
    """Return a URI without its password."""
    try:
        return sqlalchemy.make_url(uri).render_as_string(hide_password=True)
    except sqlalchemy.exc.ArgumentError:
        return uri
