from __future__ import annotations

import pickle

from tunesmith.history import TrialLog
from tunesmith.records import FrozenTrial, TrialState

from ..recorded_studies import recorded

RUNNING, COMPLETE = TrialState.RUNNING, TrialState.COMPLETE


class Script:
    """Answers each read with the next list of trials; notes the cursors."""

    def __init__(self, *answers: list[FrozenTrial]) -> None:
        self.answers = list(answers)
        self.cursors: list[object] = []

    def read(self, cursor: object | None) -> tuple[list[FrozenTrial], object]:
        self.cursors.append(cursor)
        return (self.answers.pop(0) if self.answers else []), len(self.cursors)


def test_each_read_gets_the_cursor_of_the_last() -> None:
    script = Script()
    log = TrialLog(script.read)
    for _ in range(3):
        log.sync()
    assert script.cursors == [None, 1, 2]


def test_trials_are_filed_by_number() -> None:
    late, early = recorded(2), recorded(0)
    log = TrialLog(Script([late], [early]).read)
    log.sync()
    assert log.trials == [None, None, late]
    log.sync()
    assert log.trials == [early, None, late]


def test_unfinished_record_is_replaced_and_finished_one_is_kept() -> None:
    running, ended, again = recorded(0, state=RUNNING), recorded(0), recorded(0, value=7.0)
    log = TrialLog(Script([running], [ended], [again]).read)
    log.sync()
    assert log.trials[0] is running
    log.sync()
    assert log.trials[0] is ended
    log.drain()
    log.sync()
    assert log.trials[0] is ended
    assert log.drain() == []


def test_drain_gives_each_change_once_in_its_latest_form() -> None:
    first, second, ended = recorded(1, state=RUNNING), recorded(0, state=RUNNING), recorded(1)
    log = TrialLog(Script([first], [second], [ended]).read)
    for _ in range(3):
        log.sync()
    drained = log.drain()
    assert [trial.number for trial in drained] == [1, 0]
    assert drained[0] is ended
    assert log.drain() == []


def test_select_goes_by_number_and_state() -> None:
    trials = [recorded(3), recorded(1, state=RUNNING), recorded(0)]
    log = TrialLog(Script(trials).read)
    log.sync()
    assert [trial.number for trial in log.select()] == [0, 1, 3]
    assert [trial.number for trial in log.select((COMPLETE,))] == [0, 3]
    assert log.select(()) == []


def test_copy_for_another_process_reads_anew() -> None:
    log = TrialLog(_read_one)
    log.sync()
    copy = pickle.loads(pickle.dumps(log))
    assert copy.trials == []
    copy.sync()
    assert [trial.number for trial in copy.select()] == [0]


def _read_one(cursor: object | None) -> tuple[list[FrozenTrial], object]:
    return ([recorded(0)] if cursor is None else []), 1
