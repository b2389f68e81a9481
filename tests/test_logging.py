"""How much is said, and where."""

from __future__ import annotations

import logging

import pytest

import tunesmith


@pytest.fixture(autouse=True)
def as_before():
    tunesmith.logging.set_verbosity(tunesmith.logging.INFO)
    yield
    tunesmith.logging.enable_default_handler()
    tunesmith.logging.disable_propagation()


def test_messages_go_to_standard_error(capsys):
    tunesmith.logging.set_verbosity(tunesmith.logging.INFO)
    tunesmith.create_study(study_name="shown")

    captured = capsys.readouterr()
    assert "shown" in captured.err
    assert captured.out == ""


def test_verbosity(capsys):
    tunesmith.logging.set_verbosity(tunesmith.logging.WARNING)
    assert tunesmith.logging.get_verbosity() == logging.WARNING

    study = tunesmith.create_study()
    study.optimize(lambda _: None, n_trials=1)

    assert [line[:2] for line in capsys.readouterr().err.splitlines()] == ["[W"]


def test_the_default_handler_can_be_taken_away(capsys):
    tunesmith.logging.disable_default_handler()
    tunesmith.logging.disable_default_handler()
    tunesmith.create_study()
    assert capsys.readouterr().err == ""

    tunesmith.logging.enable_default_handler()
    tunesmith.logging.enable_default_handler()
    tunesmith.create_study()
    assert len(capsys.readouterr().err.splitlines()) == 1


class Collector(logging.Handler):
    def __init__(self):
        super().__init__()
        self.texts = []

    def emit(self, record):
        self.texts.append(record.getMessage())


def test_messages_reach_the_root_logger_if_asked():
    tunesmith.logging.set_verbosity(tunesmith.logging.INFO)
    collector = Collector()
    logging.getLogger().addHandler(collector)
    try:
        tunesmith.create_study(study_name="private")
        tunesmith.logging.enable_propagation()
        tunesmith.create_study(study_name="public")
    finally:
        logging.getLogger().removeHandler(collector)

    assert [text for text in collector.texts if "private" in text] == []
    assert len([text for text in collector.texts if "public" in text]) == 1


def test_loggers_of_others_stay_under_ours():
    assert tunesmith.logging.get_logger("mine").name == "tunesmith.mine"
    assert tunesmith.logging.get_logger("tunesmith.study").name == "tunesmith.study"
