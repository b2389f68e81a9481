"""Log a study to MLflow while it runs."""

from __future__ import annotations

import contextlib
import functools
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from mlflow import MlflowClient

from tunesmith import Study, Trial, TrialPruned
from tunesmith.callbacks.mlflow.active_run import (
    activate,
    deactivate,
    fluent_target,
    own_runs_ended,
)
from tunesmith.callbacks.mlflow.entries import metric_names
from tunesmith.callbacks.mlflow.options import RunOptions, active_experiment, named_experiment
from tunesmith.callbacks.mlflow.outage import Outage
from tunesmith.callbacks.mlflow.runs import StudyRuns
from tunesmith.callbacks.mlflow.study_log import StudyLog
from tunesmith.callbacks.mlflow.writer import Writer
from tunesmith.callbacks.study_identity import study_identity
from tunesmith.trial import FrozenTrial

Returned = TypeVar("Returned")
Objective = Callable[[Trial], Returned]


class MLflowCallback:
    """Logs a study to MLflow: a run for the study, and nested in it a run for each trial.

    A trial's run begins with the trial and has its parameters, each reported value with its step
    as soon as it is reported, and at the end the values, the user attributes as tags and the
    status: FINISHED for a complete trial, KILLED for a pruned one, with what it was compared with
    as the tag ``prune_reason``, FAILED for a failed one, with the reason as the tag ``fail_reason``
    and the traceback as an artifact. The study's run has the best value so far; a study that goes
    on later goes on in the same run.

    Values of the objective are logged under `metric_name`, reported ones under
    ``intermediate_<metric_name>``.

    One callback may serve threads (``n_jobs``) and several studies. It writes in the background,
    so that no trial waits for it, and through a client of its own: neither MLflow's active run
    nor its tracking URI matters or is changed. ``optimize`` returns when all is written. If the
    store is away, the study goes on without it after one warning, and what is missing is logged
    when it is back. Trials that are still missing when ``optimize`` returns can be logged by
    calling the callback with them, see the examples.

    Parameters
    ----------
    tracking_uri : str, optional
        Where the runs are kept, such as ``"http://localhost:5000"`` or
        ``"sqlite:///mlflow.db"``. Default: what MLflow is set to, by ``MLFLOW_TRACKING_URI`` or
        ``mlflow.set_tracking_uri``.
    metric_name : str or sequence of str, optional
        Name of the objective's value, or one per objective. A single name for several
        objectives is numbered: ``value_0``, ``value_1``. Default: the study's metric names, or
        ``"value"``.
    create_experiment : bool, default True
        Whether the runs belong to an experiment of the study's name, which is created if there
        is none; otherwise to the active one (``mlflow.set_experiment``).
    mlflow_kwargs : dict, optional
        ``experiment_id`` overrides `create_experiment`; ``run_name`` names the trials' runs,
        which have the trial's number as their name by default; ``parent_run_id`` nests the
        study's run in another; ``tags`` and ``description`` go to all runs;
        ``log_system_metrics`` takes effect in :meth:`track_in_mlflow`.
    tag_study_user_attrs : bool, default False
        Whether the runs get the study's user attributes as tags.
    tag_trial_user_attrs : bool, default True
        Whether a trial's run gets the trial's user attributes as tags.

    Raises
    ------
    ImportError
        If MLflow is not installed.
    TypeError
        If `mlflow_kwargs` has an unknown name.
    ConnectionError
        When the callback is called by hand and the store does not answer.

    Examples
    --------
    >>> import tunesmith
    >>> from tunesmith.callbacks import MLflowCallback
    >>> callback = MLflowCallback("sqlite:///mlflow.db", metric_name="loss")
    >>> study = tunesmith.create_study(study_name="demo")
    >>> def objective(trial):
    ...     return trial.suggest_float("x", 0, 1) ** 2
    >>> study.optimize(objective, n_trials=10, callbacks=[callback])  # doctest: +SKIP

    Trials that have ended can be logged at any time; those that are logged are left as they are:

    >>> for trial in study.trials:
    ...     callback(study, trial)
    """

    def __init__(
        self,
        tracking_uri: str | None = None,
        metric_name: str | Sequence[str] | None = None,
        create_experiment: bool = True,
        mlflow_kwargs: Mapping[str, Any] | None = None,
        tag_study_user_attrs: bool = False,
        tag_trial_user_attrs: bool = True,
    ) -> None:
        self._tracking_uri = tracking_uri
        self._metric_name = metric_name
        self._create_experiment = create_experiment
        self._options = RunOptions.from_kwargs(mlflow_kwargs or {})
        self._tag_study_user_attrs = tag_study_user_attrs
        self._tag_trial_user_attrs = tag_trial_user_attrs
        self._set_up()

    def _set_up(self) -> None:
        self._client: MlflowClient | None = None
        self._outage = Outage(self._tracking_uri)
        self._writer = Writer(self._outage)
        self._logs: weakref.WeakKeyDictionary[Study, StudyLog] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        # Connections, threads and what is known of the studies belong to this process.
        own = ("_client", "_outage", "_writer", "_logs", "_lock")
        return {name: value for name, value in self.__dict__.items() if name not in own}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._set_up()

    # Hooks.

    def on_trial_start(self, study: Study, trial: Trial) -> None:
        """Begin the trial's run."""
        log = self._log_of(study)
        log.is_live = True
        log.start(study, trial)

    def on_report(
        self, study: Study, trial: Trial, step: int, value: float | tuple[float, ...]
    ) -> None:
        """Log a reported value, or one per objective."""
        self._log_of(study).report(study, trial, step, value)

    def __call__(self, study: Study, trial: FrozenTrial) -> None:
        """Complete and end the trial's run; without the other hooks, also create it.

        Parameters
        ----------
        study : Study
            The study.
        trial : FrozenTrial
            One of its trials. If it has not ended, nothing is done.
        """
        if trial.state.is_finished():
            log = self._log_of(study)
            if log.is_live:
                log.end(study, trial)
            else:
                log.end_now(study, trial)

    def on_study_end(self, study: Study) -> None:
        """Wait until everything is written, and end the study's run.

        Runs of trials whose workers died are completed as well.
        """
        self._log_of(study).finish(study)

    # MLflow's own functions in the objective.

    def track_in_mlflow(self) -> Callable[[Objective[Returned]], Objective[Returned]]:
        """Make ``mlflow.log_metric`` and the like write to the trial's run in an objective.

        Each thread has its own active run. The tracking URI and the experiment, of which MLflow
        has only one per process, are set while decorated objectives run, and then set back.

        Returns
        -------
        callable
            Decorator of an objective. Called with anything but a running trial of a study, the
            decorated objective is as it was.

        Raises
        ------
        RuntimeError
            From the objective, if two threads need different tracking URIs or experiments.

        Examples
        --------
        >>> callback = MLflowCallback()
        >>> @callback.track_in_mlflow()
        ... def objective(trial):
        ...     x = trial.suggest_float("x", -1, 1)
        ...     mlflow.log_metric("distance", abs(x))
        ...     return x**2
        """

        def decorate(objective: Objective[Returned]) -> Objective[Returned]:
            @functools.wraps(objective)
            def tracked(trial: Trial) -> Returned:
                if not isinstance(trial, Trial):
                    return objective(trial)
                with self._activated(trial):
                    return objective(trial)

            return tracked

        return decorate

    @contextlib.contextmanager
    def _activated(self, trial: Trial) -> Iterator[None]:
        log = self._log_of(trial.study)
        if not log.is_live:
            log.start(trial.study, trial)
        run_id = log.run_id(trial)
        if run_id is None or log.experiment_id is None:  # the store is away
            with own_runs_ended():
                yield
            return
        # The callback will be called with the ended trial and set the status. If it is not,
        # because it only serves as a decorator, what the objective raised must do.
        status = "RUNNING" if log.is_live else "FINISHED"
        uri = self._connected().tracking_uri
        with fluent_target.set_to(uri, log.experiment_id):
            is_active, before = False, None
            with self._outage.noticed():
                before = activate(run_id, log_system_metrics=self._options.log_system_metrics)
                is_active = True
            if not is_active:
                with own_runs_ended():
                    yield
                return
            try:
                yield
            except BaseException as error:
                if not log.is_live:
                    status = "KILLED" if isinstance(error, TrialPruned) else "FAILED"
                raise
            finally:
                with self._outage.noticed():
                    deactivate(run_id, before, status)

    # What the logs of the studies need.

    def _log_of(self, study: Study) -> StudyLog:
        with self._lock:
            log = self._logs.get(study)
            if log is None:
                log = self._logs[study] = StudyLog(self._writer, self._open_runs, self._tags)
            return log

    def _open_runs(self, study: Study) -> StudyRuns:
        client = self._connected()
        names = metric_names(study, self._metric_name)
        identity = study_identity(study)
        experiment_id = self._options.experiment_id
        if experiment_id is None and self._create_experiment:
            experiment_id = named_experiment(client, study.study_name)
        elif experiment_id is None:
            experiment_id = active_experiment(client)
        return StudyRuns(client, study, identity, experiment_id, names, self._options)

    def _connected(self) -> MlflowClient:
        # Not before it is needed: making a client opens the store, and a new one makes tables.
        if self._client is None:
            self._client = MlflowClient(self._tracking_uri)
        return self._client

    def _tags(self, study: Study, trial: FrozenTrial | None) -> dict[str, Any]:
        of_trial = trial.user_attrs if trial is not None and self._tag_trial_user_attrs else {}
        return {**of_trial, **(study.user_attrs if self._tag_study_user_attrs else {})}
