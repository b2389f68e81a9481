"""MLflow's global functions inside an objective: which run they write to."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator

import mlflow


class FluentTarget:
    """The store and experiment of ``mlflow.log_metric`` and its like, shared by all threads.

    MLflow keeps a stack of active runs per thread, but only one tracking URI and one experiment
    per process. They are set while at least one objective needs them, and then set back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._n_users = 0
        self._target = ("", "")
        self._uri_before: str | None = None
        self._experiment_before: str | None = None

    @contextlib.contextmanager
    def set_to(self, uri: str, experiment_id: str) -> Iterator[None]:
        """Set both meanwhile.

        Parameters
        ----------
        uri : str
            Tracking URI.
        experiment_id : str
            The experiment that the runs belong to.

        Raises
        ------
        RuntimeError
            If another thread needs others at the same time.
        """
        with self._lock:
            if self._n_users and self._target != (uri, experiment_id):
                raise RuntimeError(
                    "track_in_mlflow() cannot serve two tracking URIs or experiments at the same "
                    f"time: {self._target} is in use, {(uri, experiment_id)} is asked for. Run "
                    "the studies one after the other, or log through a client of your own "
                    "(mlflow.MlflowClient)."
                )
            if not self._n_users:
                self._target = (uri, experiment_id)
                self._begin(uri, experiment_id)
            self._n_users += 1
        try:
            yield
        finally:
            with self._lock:
                self._n_users -= 1
                if not self._n_users:
                    self._end()

    def _begin(self, uri: str, experiment_id: str) -> None:
        is_set: bool = mlflow.is_tracking_uri_set()  # type: ignore[no-untyped-call]
        self._uri_before = mlflow.get_tracking_uri() if is_set else None
        # mlflow.set_experiment() leaves its choice here; start_run() refuses runs of others.
        self._experiment_before = os.environ.get("MLFLOW_EXPERIMENT_ID")
        if self._uri_before != uri:
            mlflow.set_tracking_uri(uri)
        if self._experiment_before not in (None, experiment_id):
            mlflow.set_experiment(experiment_id=experiment_id)

    def _end(self) -> None:
        uri, experiment_id = self._target
        if self._uri_before != uri:
            # None means "not set", as it was.
            mlflow.set_tracking_uri(self._uri_before)  # type: ignore[arg-type]
        if self._experiment_before not in (None, experiment_id):
            mlflow.set_experiment(experiment_id=self._experiment_before)


fluent_target = FluentTarget()


def activate(run_id: str, *, log_system_metrics: bool | None = None) -> str | None:
    """Make a run this thread's active one.

    Parameters
    ----------
    run_id : str
        A run in the store that :data:`fluent_target` is set to.
    log_system_metrics : bool, optional
        As in ``mlflow.start_run``.

    Returns
    -------
    str or None
        The run that was active before.
    """
    before = mlflow.active_run()
    mlflow.start_run(run_id=run_id, nested=True, log_system_metrics=log_system_metrics)
    return None if before is None else str(before.info.run_id)


@contextlib.contextmanager
def own_runs_ended() -> Iterator[None]:
    """End the runs that are begun meanwhile in this thread and left open.

    MLflow's functions begin one if none is active. The next trial must not go on in it.
    """
    active = mlflow.active_run()
    before = None if active is None else str(active.info.run_id)
    try:
        yield
    finally:
        deactivate(None, before, "FINISHED")


def deactivate(run_id: str | None, before: str | None, status: str) -> None:
    """Take a run, and those that were begun since, off this thread's stack.

    Parameters
    ----------
    run_id : str or None
        What was activated; None if nothing was.
    before : str or None
        What :func:`activate` returned.
    status : str
        The run's status from now on; ``"RUNNING"`` leaves it running.
    """
    while True:
        active = mlflow.active_run()
        if active is None or active.info.run_id == before:
            return
        ours = active.info.run_id == run_id
        mlflow.end_run(status if ours else "FINISHED")
        if ours:
            return
