from __future__ import annotations

import http.server
import threading

import pytest
from mlflow.exceptions import MlflowException

from tunesmith.callbacks.mlflow import outage
from tunesmith.callbacks.mlflow.outage import Outage, is_refusal, shown, why_unreachable


@pytest.mark.parametrize(
    "uri", ["sqlite:///mlflow.db", "file:///runs", "mlruns", "databricks", "sqlite://"]
)
def test_what_is_on_this_machine_is_not_looked_for(uri):
    assert why_unreachable(uri) is None


def test_a_server_that_is_not_there(nowhere):
    assert "refused" in why_unreachable(nowhere)
    database = nowhere.replace("http://", "postgresql://user:secret@")
    assert "refused" in why_unreachable(f"{database}/mlflow")


def test_a_server_that_answers_anything_is_there():
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(401)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            assert why_unreachable(f"http://127.0.0.1:{server.server_port}/") is None
        finally:
            server.shutdown()
            thread.join()


def test_one_warning_per_outage_and_one_look_per_minute(monkeypatch, log_of_tunesmith):
    looks, away, clock = [], ["cable"], [0.0]
    monkeypatch.setattr(outage, "why_unreachable", lambda uri: looks.append(uri) or away[0])
    monkeypatch.setattr(outage.time, "monotonic", lambda: clock[0])
    store = Outage("http://user:secret@store")

    for second in (0, 30, 59):
        clock[0] = second
        assert store.lasts()
    assert len(looks) == 1
    clock[0] = 60
    assert store.lasts()
    assert len(looks) == 2
    away[0] = None
    store.look_again()
    assert not store.lasts()
    assert len(looks) == 3

    messages = [record.getMessage() for record in log_of_tunesmith.records]
    assert len(messages) == 2
    assert messages[0].startswith("The tracking store http://user:***@store does not answer.")
    assert messages[1].startswith("The tracking store http://user:***@store answers again.")


def test_an_error_within_is_an_outage_unless_the_request_was_wrong(log_of_tunesmith):
    store = Outage("sqlite:///x.db")
    assert not store.lasts()
    with pytest.raises(MlflowException, match="no such run"), store.noticed():
        raise MlflowException.invalid_parameter_value("no such run")
    with pytest.raises(ZeroDivisionError), store.noticed():
        raise ZeroDivisionError
    assert not store.lasts()
    with store.noticed():
        raise MlflowException("the database is locked")
    assert store.lasts()


def test_refusals():
    assert is_refusal(MlflowException.invalid_parameter_value("bad"))
    assert not is_refusal(MlflowException("anything"))


def test_passwords_are_not_shown():
    assert shown("postgresql://me:secret@host/db") == "postgresql://me:***@host/db"
    assert shown("mlruns") == "mlruns"
