"""Writing in the background, so that no training waits for the tracking store."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable

from tunesmith.callbacks.mlflow.outage import Outage

Job = Callable[[], None]


class Writer:
    """One thread that does the jobs it is given, in that order.

    It begins with the first job, and ends when this object is gone and everything is done; a
    Python that exits waits for it.

    Parameters
    ----------
    outage : Outage
        Jobs are not begun while it lasts, and noticed in it if they fail because of one.
    """

    def __init__(self, outage: Outage) -> None:
        self._outage = outage
        self._thread = concurrent.futures.ThreadPoolExecutor(1, "tunesmith-mlflow")
        self._error: Exception | None = None

    def later(self, job: Job, *, otherwise: Job | None = None) -> None:
        """Do a job when its turn comes.

        Parameters
        ----------
        job : callable
            Called without arguments in the writer's thread.
        otherwise : callable, optional
            Called there if the store is away, or turns out to be during the job.

        Raises
        ------
        Exception
            What went wrong with an earlier job and is no outage. This one is done all the same.
        """
        self._thread.submit(self.attempt, job, otherwise)
        self._raise_earlier_error()

    def now(self, job: Job) -> None:
        """Do a job after those that wait, and wait for it.

        Parameters
        ----------
        job : callable
            Called without arguments in the writer's thread.

        Raises
        ------
        ConnectionError
            If the store does not answer.
        Exception
            What went wrong with this job or with an earlier one.
        """

        def insist() -> None:
            self._outage.require_store()
            job()

        self._thread.submit(insist).result()
        self._raise_earlier_error()

    def last(self, job: Job) -> None:
        """Do a job after those that wait, and wait for it.

        The store is looked for even if it was away a moment ago.

        Parameters
        ----------
        job : callable
            Called without arguments in the writer's thread, unless the store is away.

        Raises
        ------
        Exception
            What went wrong with a job and is no outage.
        """
        self._outage.look_again()
        self._thread.submit(self.attempt, job).result()
        self._raise_earlier_error()

    def attempt(self, job: Job, otherwise: Job | None = None) -> None:
        """Do a job at once; for parts of jobs, in the writer's thread. As :meth:`later`."""
        try:
            if not self._outage.lasts():
                with self._outage.noticed():
                    job()
                    return
            if otherwise is not None:
                otherwise()
        except Exception as error:  # noqa: BLE001  # raised where the next job comes from
            self._error = error

    def _raise_earlier_error(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error
