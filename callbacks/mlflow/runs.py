"""The runs of one study in an MLflow store: a parent, and a child for each trial."""

from __future__ import annotations

import time
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run, RunTag
from mlflow.exceptions import MlflowException

from tunesmith import Study
from tunesmith.callbacks.mlflow import entries
from tunesmith.callbacks.mlflow.options import RunOptions
from tunesmith.callbacks.mlflow.outage import is_refusal
from tunesmith.callbacks.study_identity import let_rivals_write
from tunesmith.trial import FrozenTrial

_STUDY_TAG = "tunesmith.study"
_TRIAL_TAG = "tunesmith.trial"
_BEST_TAG = "best_trial"
_PARENT_TAG = "mlflow.parentRunId"  # documented: nests a run in another
# A request may hold 1000 entries, 100 of them parameters, 100 tags, and a megabyte in all.
_METRICS_AT_ONCE = 900
_PARAMS_AT_ONCE = 50


class StudyRuns:
    """The runs of one study, which are found in the store if they exist.

    Parameters
    ----------
    client : mlflow.MlflowClient
        Access to the store.
    study : Study
        The study.
    identity : str
        What the parent is recognised by.
    experiment_id : str
        Where the parent is, or is to be.
    names : sequence of str
        Names of the objectives as metrics.
    options : RunOptions
        Names and tags of the runs.
    """

    def __init__(
        self,
        client: MlflowClient,
        study: Study,
        identity: str,
        experiment_id: str,
        names: Sequence[str],
        options: RunOptions,
    ) -> None:
        self._client = client
        self._names = names
        self._options = options
        self.experiment_id = experiment_id
        found = self._parents(identity)
        self._parent_id = found[0].info.run_id if found else self._create_parent(study, identity)
        self._is_running = not found or found[0].info.status == "RUNNING"

    # The parent.

    def _parents(self, identity: str) -> list[Run]:
        """Return the runs of this study, the oldest first; more than one only for a moment."""
        return self._client.search_runs(
            [self.experiment_id],
            f"tags.`{_STUDY_TAG}` = '{identity}'",
            order_by=["attributes.start_time ASC", "attributes.run_id ASC"],
        )

    def resume(self) -> None:
        """Set the parent running, if it is not."""
        if not self._is_running:
            self._client.update_run(self._parent_id, status="RUNNING")
            self._is_running = True

    def _create_parent(self, study: Study, identity: str) -> str:
        tags = {
            "study_name": study.study_name,
            "direction": ", ".join(direction.name.lower() for direction in study.directions),
            _STUDY_TAG: identity,
        }
        if self._options.parent_run_id is not None:
            tags[_PARENT_TAG] = self._options.parent_run_id
        began = time.monotonic()
        mine = self._create_run(study.study_name, tags, _now())
        # Another worker may have done the same meanwhile. All keep the oldest.
        let_rivals_write(study, time.monotonic() - began)
        oldest = str(self._parents(identity)[0].info.run_id)
        if oldest != mine:
            self._client.delete_run(mine)
        return oldest

    def note_best(self, trial: FrozenTrial, n_ended: int) -> None:
        """Give the parent the value and the parameters of the best trial so far.

        Parameters
        ----------
        trial : FrozenTrial
            The best trial.
        n_ended : int
            Number of trials that have ended, which serves as the step. The trial's own number
            would not do: parallel trials end in any order, and MLflow shows the value of the
            largest step.
        """
        names = [entries.entry_name(f"best_{name}") for name in self._names]
        self._log(
            self._parent_id,
            metrics=entries.values_of(trial, names, _now(), n_ended),
            tags=entries.run_tags({_BEST_TAG: trial.number, "best_params": trial.params}),
        )

    def noted_best(self) -> int | None:
        """Return the number of the trial that the parent says is best, if it says so."""
        number = self._client.get_run(self._parent_id).data.tags.get(_BEST_TAG)
        return None if number is None else int(number)

    def finish(self, tags: Mapping[str, Any]) -> None:
        """End the parent, until the study goes on.

        Parameters
        ----------
        tags : mapping of str to Any
            To be given to the parent.
        """
        self._log(self._parent_id, tags=entries.run_tags(tags))
        self._client.set_terminated(self._parent_id, "FINISHED")
        self._is_running = False

    # The children.

    def create(self, number: int, start: int | None) -> str:
        """Create the run of a trial.

        Parameters
        ----------
        number : int
            The trial's number.
        start : int or None
            When it began, in milliseconds.

        Returns
        -------
        str
            Identifier of the run.
        """
        tags = {_PARENT_TAG: self._parent_id, _TRIAL_TAG: number}
        return self._create_run(self._options.run_name or str(number), tags, start)

    def report(
        self, run_id: str, reports: Sequence[entries.Report], params: Sequence[Param]
    ) -> None:
        """Log reported values, and parameters if there are any."""
        metrics = [m for report in reports for m in entries.metrics_of(report, self._names)]
        if len(metrics) == 1 and not params:
            [one] = metrics  # faster than a batch of one
            self._client.log_metric(run_id, one.key, one.value, one.timestamp, one.step)
        else:
            self._log(run_id, metrics=metrics, params=params)

    def end(
        self,
        run_id: str,
        trial: FrozenTrial,
        tags: Mapping[str, Any],
        written_steps: Container[int] = (),
    ) -> None:
        """Complete the run of a trial from its record, and end it.

        Parameters
        ----------
        run_id : str
            The run.
        trial : FrozenTrial
            The trial, which has ended.
        tags : mapping of str to Any
            Tags besides those that describe the trial.
        written_steps : container of int
            Steps whose reports the run has.

        Raises
        ------
        MlflowException
            If a parameter is refused. All else is there, and the run has ended.
        """
        at = entries.milliseconds(trial.datetime_complete) or _now()
        metrics = [
            *entries.reports_of(trial, self._names, at, written_steps),
            *entries.values_of(trial, self._names, at),
        ]
        all_tags = entries.run_tags({**entries.tags_of_end(trial), **tags})
        refusal = None
        try:
            self._log(run_id, metrics, entries.params_of(trial), all_tags)
        except MlflowException as error:
            if not is_refusal(error):
                raise
            # As when the objective has logged a parameter of this name with another value.
            refusal = error
            self._log(run_id, metrics, tags=all_tags)
        self._client.set_terminated(run_id, entries.STATUS[trial.state], at)
        # Last, because artifacts are kept elsewhere than runs and may be out of reach.
        traceback = entries.traceback_of(trial)
        if traceback is not None:
            self._client.log_text(run_id, traceback, "traceback.txt")
        if refusal is not None:
            raise refusal

    def find(self, number: int) -> Run | None:
        """Look for the run of a trial in the store."""
        runs = self._client.search_runs(
            [self.experiment_id], f"{self._of_parent} AND tags.`{_TRIAL_TAG}` = '{number}'"
        )
        return runs[0] if runs else None

    def left_running(self) -> Iterator[tuple[int, str]]:
        """Yield numbers of trials and their runs, where these are RUNNING in the store."""
        runs = self._client.search_runs(
            [self.experiment_id], f"{self._of_parent} AND attributes.status = 'RUNNING'"
        )
        for run in runs:
            if _TRIAL_TAG in run.data.tags:
                yield int(run.data.tags[_TRIAL_TAG]), run.info.run_id

    def steps(self, run_id: str) -> set[int]:
        """Return the steps whose reports a run has."""
        reports = self._client.get_metric_history(run_id, entries.reported_name(self._names[0]))
        return {report.step for report in reports}

    @property
    def _of_parent(self) -> str:
        return f"tags.`{_PARENT_TAG}` = '{self._parent_id}'"

    def _log(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
    ) -> None:
        while metrics or params or tags:
            self._client.log_batch(
                run_id,
                metrics=metrics[:_METRICS_AT_ONCE],
                params=params[:_PARAMS_AT_ONCE],
                tags=tags[:_PARAMS_AT_ONCE],
            )
            metrics, params = metrics[_METRICS_AT_ONCE:], params[_PARAMS_AT_ONCE:]
            tags = tags[_PARAMS_AT_ONCE:]

    def _create_run(self, name: str, tags: Mapping[str, Any], start: int | None) -> str:
        all_tags = {**self._options.common_tags, **tags}
        run = self._client.create_run(
            self.experiment_id,
            start_time=start,
            tags={tag.key: tag.value for tag in entries.run_tags(all_tags)},
            run_name=name,
        )
        return str(run.info.run_id)


def _now() -> int:
    return time.time_ns() // 1_000_000
