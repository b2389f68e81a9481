"""What is on its way from one study to its runs in the store."""

from __future__ import annotations

import collections
import dataclasses
import functools
import threading
import time
from collections.abc import Callable
from typing import Any

from mlflow.entities import Param

from tunesmith import Study, Trial
from tunesmith.callbacks.mlflow import entries
from tunesmith.callbacks.mlflow.runs import StudyRuns
from tunesmith.callbacks.mlflow.writer import Job, Writer
from tunesmith.logging import get_logger
from tunesmith.trial import FrozenTrial, TrialState

_logger = get_logger(__name__)

OpenRuns = Callable[[Study], StudyRuns]
TagsOf = Callable[[Study, "FrozenTrial | None"], "dict[str, Any]"]


@dataclasses.dataclass
class RunningTrial:
    """The run of a running trial, and what waits to be written there."""

    number: int
    start: int | None  # milliseconds
    run_id: str | None = None  # None until the store has it, and while the store is away
    is_created: threading.Event = dataclasses.field(default_factory=threading.Event)
    params: list[Param] | None = None  # None until they are to be written
    reports: collections.deque[entries.Report] = dataclasses.field(
        default_factory=collections.deque
    )
    is_queued: bool = False
    written_steps: set[int] = dataclasses.field(default_factory=set)


class StudyLog:
    """Takes what happens in a study, and has it written in the background.

    The threads of the trials call :meth:`start`, :meth:`report` and :meth:`end`. The runs, and
    the trials that could not be written, are touched in the writer's thread only.

    Parameters
    ----------
    writer : Writer
        Does the writing.
    open_runs : callable
        Returns the runs of a study; called in the writer's thread.
    tags_of : callable
        Returns tags for the run of a trial, or for that of the study.
    """

    def __init__(self, writer: Writer, open_runs: OpenRuns, tags_of: TagsOf) -> None:
        self._writer = writer
        self._open_runs = open_runs
        self._tags_of = tags_of
        self._runs: StudyRuns | None = None
        self._running: dict[int, RunningTrial] = {}
        self._missed: dict[int, Job] = {}
        #: Whether a loop is running that calls the hooks, including that at its end.
        self.is_live = False

    def start(self, study: Study, trial: Trial) -> None:
        """Begin a trial's run."""
        running = RunningTrial(trial.number, entries.milliseconds(trial.datetime_start))
        self._running[trial.number] = running

        def create() -> None:
            try:
                runs = self._opened(study)
                runs.resume()
                running.run_id = runs.create(running.number, running.start)
            finally:
                running.is_created.set()

        self._writer.later(create, otherwise=running.is_created.set)

    def run_id(self, trial: Trial) -> str | None:
        """Return a trial's run when it is there; None if there will be none for now."""
        running = self._running.get(trial.number)
        if running is None:
            return None
        running.is_created.wait()
        return running.run_id

    @property
    def experiment_id(self) -> str | None:
        """Experiment that the runs belong to, once there are any."""
        return None if self._runs is None else self._runs.experiment_id

    def report(
        self, study: Study, trial: Trial, step: int, value: float | tuple[float, ...]
    ) -> None:
        """Log a reported value; with the first one also the parameters suggested so far."""
        running = self._running.get(trial.number)
        if running is None:
            return
        if running.params is None:
            running.params = entries.params_of(trial)
        running.reports.append((step, value, time.time_ns() // 1_000_000))
        if not running.is_queued:  # else the job that waits takes this value along
            running.is_queued = True
            self._writer.later(lambda: self._write_reports(study, running))

    def _write_reports(self, study: Study, running: RunningTrial) -> None:
        running.is_queued = False
        reports = [running.reports.popleft() for _ in range(len(running.reports))]
        if running.run_id is not None and reports:
            params, running.params = running.params or [], []
            self._opened(study).report(running.run_id, reports, params)
            # Those that could not be written are not among them, and come with the trial's end.
            running.written_steps.update(step for step, _, _ in reports)

    def end(self, study: Study, trial: FrozenTrial) -> None:
        """Complete and end a trial's run, while the study goes on."""
        end = self._job_of_end(study, trial)

        def end_and_catch_up() -> None:
            end()
            self._catch_up()

        def miss() -> None:
            self._missed[trial.number] = end

        self._writer.later(end_and_catch_up, otherwise=miss)

    def end_now(self, study: Study, trial: FrozenTrial) -> None:
        """Complete a trial's run and end it and the study's, for now; wait for that."""
        end = self._job_of_end(study, trial)

        def end_both() -> None:
            end()
            self._missed.pop(trial.number, None)
            self._opened(study).finish(self._tags_of(study, None))

        self._writer.now(end_both)

    def _job_of_end(self, study: Study, trial: FrozenTrial) -> Job:
        tags = self._tags_of(study, trial)
        # Looked up here: when it is written, another trial may be the best.
        n_ended = _n_ended_if_best(study, trial)

        def end() -> None:
            runs = self._opened(study)
            self._complete(runs, trial, tags)
            if n_ended is not None:
                runs.note_best(trial, n_ended)

        return end

    def _complete(self, runs: StudyRuns, trial: FrozenTrial, tags: dict[str, Any]) -> None:
        running = self._running.get(trial.number)
        if running is not None and running.run_id is not None:
            runs.end(running.run_id, trial, tags, running.written_steps)
        else:
            found = runs.find(trial.number)
            if found is None:
                run_id = runs.create(trial.number, entries.milliseconds(trial.datetime_start))
                runs.end(run_id, trial, tags)
            elif found.info.status == "RUNNING":  # else it is complete
                runs.end(found.info.run_id, trial, tags, runs.steps(found.info.run_id))
        self._running.pop(trial.number, None)

    def _catch_up(self) -> None:
        missed, self._missed = self._missed, {}
        for number, end in sorted(missed.items()):
            still_missed = functools.partial(self._missed.__setitem__, number, end)
            self._writer.attempt(end, still_missed)

    def finish(self, study: Study) -> None:
        """End the study's run after all others, and wait for that."""
        self.is_live = False

        def finish() -> None:
            self._catch_up()
            if self._runs is not None:
                self._complete_abandoned(study, self._runs)
                _note_best_if_other(study, self._runs)
                self._runs.finish(self._tags_of(study, None))

        try:
            self._writer.last(finish)
        finally:
            self._runs = None  # looked for again if the study goes on
        if self._missed:
            _logger.warning(
                "%d trials of the study %r are not in MLflow. When the store is back, they are "
                "logged when the study goes on, or with: "
                "for trial in study.trials: callback(study, trial)",
                len(self._missed),
                study.study_name,
            )

    def _complete_abandoned(self, study: Study, runs: StudyRuns) -> None:
        """Complete the runs of trials whose workers died, and which others have failed."""
        abandoned = {n: run_id for n, run_id in runs.left_running() if n not in self._running}
        if abandoned:
            for trial in study.get_trials(deepcopy=False, states=tuple(entries.STATUS)):
                run_id = abandoned.get(trial.number)
                if run_id is not None:
                    runs.end(run_id, trial, self._tags_of(study, trial), runs.steps(run_id))

    def _opened(self, study: Study) -> StudyRuns:
        if self._runs is None:
            self._runs = self._open_runs(study)
        return self._runs


def _note_best_if_other(study: Study, runs: StudyRuns) -> None:
    """Correct what the study's run says is best, as after the death of the best one's worker."""
    if len(study.directions) > 1:
        return
    history = study.history
    with history.lock:
        best, n_ended = history.best(), history.count(*entries.STATUS)
    if best is not None and best != runs.noted_best():
        runs.note_best(study.get_trials(deepcopy=False)[best], n_ended)


def _n_ended_if_best(study: Study, trial: FrozenTrial) -> int | None:
    """Return how many trials of the study have ended, if this one is the best of them."""
    if len(study.directions) > 1 or trial.state is not TrialState.COMPLETE:
        return None
    history = study.history
    with history.lock:
        return history.count(*entries.STATUS) if history.best() == trial.number else None
