"""The calls of ``Study.optimize`` in this process, as far as others must know them to follow."""

from __future__ import annotations

import threading
import time
import weakref
from typing import TYPE_CHECKING

from ..records import FrozenTrial, TrialState

if TYPE_CHECKING:
    from ..study import Study
    from ..trial import Trial

#: Seconds between two looks at something that others wait for.
TICK = 0.005
_FAREWELL = 60.0  # seconds for all that follow to hear that a call is over


class LedTrial:
    """A trial whose objective runs in several processes."""

    __slots__ = ("decisions", "state", "trial")

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        #: What ``should_prune()`` has answered so far.
        self.decisions: list[bool] = []
        self.state: TrialState | None = None


class Run:
    """One call of ``Study.optimize``.

    Parameters
    ----------
    number : int
        How many calls there were before. Processes that run the same script make the same calls
        in the same order.
    study : Study
        The study.
    in_threads : bool
        Whether several trials run at once; nobody can follow then.
    keeps_all : bool
        Whether trials are kept for others that may not have come yet.
    """

    def __init__(self, number: int, study: Study, *, in_threads: bool, keeps_all: bool) -> None:
        self.number = number
        self.study = weakref.ref(study)
        self.in_threads = in_threads
        self.is_over = False
        self.has_failed = False
        #: Trials that others may ask about, by their place in the call.
        self.trials: dict[int, LedTrial] = {}
        #: The place of the next trial for each process that follows.
        self.followers: dict[int, int] = {}
        self._keeps_all = keeps_all
        self._n_trials = 0

    def trial_starts(self, trial: Trial) -> None:
        """Note a trial that begins, and forget those that everybody has seen."""
        if self.in_threads:
            return
        if self.followers or self._keeps_all:
            behind = list(dict(self.followers).values())
            needed = min(behind, default=0 if self._keeps_all else self._n_trials)
            for place in [place for place in self.trials if place < needed]:
                del self.trials[place]
        else:
            self.trials.clear()
        led = LedTrial(trial)
        trial.decisions = led.decisions
        self.trials[self._n_trials] = led
        self._n_trials += 1

    def trial_ends(self, record: FrozenTrial) -> None:
        """Note how the trial that ran last has ended."""
        if not self.in_threads:
            self.trials[self._n_trials - 1].state = record.state

    def place_of(self, trial: Trial) -> int | None:
        """The place of the trial that is running, None if it is another one."""
        led = self.trials.get(self._n_trials - 1)
        return self._n_trials - 1 if led is not None and led.trial is trial else None

    def end(self, *, has_failed: bool) -> None:
        """Note that no trial will begin any more, and let those that follow hear it."""
        self.has_failed = has_failed
        self.is_over = True
        deadline = time.monotonic() + (5.0 if has_failed else _FAREWELL)
        while self.followers and time.monotonic() < deadline:
            time.sleep(TICK)
        if not self._keeps_all:
            self.trials.clear()


class Runs:
    """All calls of ``Study.optimize`` in this process, by number."""

    def __init__(self) -> None:
        self._runs: list[Run | None] = []
        self._lock = threading.Lock()

    def begin(self, study: Study, *, in_threads: bool, keeps_all: bool) -> Run:
        """Note a call that begins."""
        with self._lock:
            run = Run(len(self._runs), study, in_threads=in_threads, keeps_all=keeps_all)
            self._runs.append(run)
            return run

    def skip(self) -> int:
        """Take a number for a call that follows another process."""
        with self._lock:
            self._runs.append(None)
            return len(self._runs) - 1

    def get(self, number: int) -> Run | None:
        """The call of a number, None if it has not begun yet."""
        with self._lock:
            return self._runs[number] if number < len(self._runs) else None

    def forget_follower(self, follower: int) -> None:
        """Note that a process follows no longer."""
        with self._lock:
            for run in self._runs:
                if run is not None:
                    run.followers.pop(follower, None)

    def running(self, trial: Trial) -> tuple[int, int] | None:
        """Number of the call that runs a trial, and the trial's place in it."""
        for run in reversed(self._runs):
            if run is not None and (place := run.place_of(trial)) is not None:
                return run.number, place
        return None


#: Those of this process.
runs = Runs()
