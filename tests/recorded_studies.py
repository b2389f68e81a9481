"""Studies as lists of records, for tests of what reads a history and knows no storage."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from tunesmith import create_trial
from tunesmith.history import History, TrialLog
from tunesmith.records import FrozenTrial, StudyDirection, TrialState

START = datetime.datetime(2026, 1, 1)


def recorded(
    number: int,
    reports: Mapping[int, float | tuple[float, ...]] | None = None,
    state: TrialState = TrialState.COMPLETE,
    *,
    value: float = 0.0,
    ended_at: float | None = None,
    **fields: Any,
) -> FrozenTrial:
    """Return a record; it ends `ended_at` seconds after the start, by default by number.

    Vectors among its reports make it one of several objectives; a complete one then ends with its
    last vector.
    """
    reports = dict(reports or {})
    vectors = [report for report in reports.values() if isinstance(report, tuple)]
    if state is TrialState.COMPLETE and "values" not in fields:
        fields["values"] = vectors[-1] if vectors else [value]
    fields["intermediate_vectors" if vectors else "intermediate_values"] = reports
    trial = create_trial(state=state, **fields)
    trial.number = number
    if state is not TrialState.WAITING:
        trial.datetime_start = START
    if state.is_finished():
        seconds = number if ended_at is None else ended_at
        trial.datetime_complete = START + datetime.timedelta(seconds=seconds)
    return trial


class RecordedStudy:
    """Stands in for a study: a history that reads from a list of records.

    Parameters
    ----------
    *directions : str
        One per objective; default minimize.
    metric_names : sequence of str, optional
        Names of the objectives.

    Attributes
    ----------
    n_reads : int
        How often the history was read.
    """

    def __init__(self, *directions: str, metric_names: Sequence[str] | None = None) -> None:
        self.directions = [StudyDirection[name.upper()] for name in directions or ("minimize",)]
        self.n_reads = 0
        self._news: list[FrozenTrial] = []
        self._history = History(TrialLog(self._read), self.directions, lambda: metric_names)

    @property
    def direction(self) -> StudyDirection:
        return self.directions[0]

    @property
    def history(self) -> History:
        self._history.sync()
        return self._history

    def put(self, *trials: FrozenTrial) -> None:
        """Store the state of some trials."""
        self._news += trials

    def _read(self, cursor: object | None) -> tuple[list[FrozenTrial], object]:
        self.n_reads += 1
        news, self._news = self._news, []
        return [trial.copy() for trial in news], None
