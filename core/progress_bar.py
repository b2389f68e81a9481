"""A bar that shows how far a study is, and its best value."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .records import FrozenTrial, TrialState

if TYPE_CHECKING:
    from .study import Study


class ProgressBar:
    """A tqdm bar over trials, or over seconds if only a timeout is given.

    Parameters
    ----------
    study : Study
        Whose best value is shown.
    n_trials : int or None
        Length of the bar.
    timeout : float or None
        Its length in seconds, if `n_trials` is None.
    """

    def __init__(self, study: Study, n_trials: int | None, timeout: float | None) -> None:
        from tqdm.auto import tqdm

        self._study = study
        self._by_time = n_trials is None and timeout is not None
        self._timeout = timeout
        self._start = time.monotonic()
        self._n_pruned = 0
        self._n_failed = 0
        if self._by_time:
            seconds = "{l_bar}{bar}| {n:.0f}/{total:.0f} s{postfix}"
            self._bar: Any = tqdm(total=timeout, bar_format=seconds)
        else:
            self._bar = tqdm(total=n_trials, unit="trial")

    def update(self, trial: FrozenTrial) -> None:
        """Show that a trial has ended."""
        self._n_pruned += trial.state is TrialState.PRUNED
        self._n_failed += trial.state is TrialState.FAIL
        shown = self._best()
        if self._n_pruned:
            shown["pruned"] = self._n_pruned
        if self._n_failed:
            shown["failed"] = self._n_failed
        self._bar.set_postfix(shown, refresh=False)
        if self._by_time and self._timeout is not None:
            elapsed = min(time.monotonic() - self._start, self._timeout)
            self._bar.update(elapsed - self._bar.n)
        else:
            self._bar.update(1)

    def _best(self) -> dict[str, Any]:
        if len(self._study.directions) > 1:
            return {}
        history = self._study.history
        with history.lock:
            best = history.best()
            return {} if best is None else {"best": f"{history.values[best, 0]:.6g}"}

    def close(self) -> None:
        """Leave the bar as it stands."""
        self._bar.close()
