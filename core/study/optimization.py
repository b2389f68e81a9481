"""The loop that runs an objective."""

from __future__ import annotations

import concurrent.futures
import gc
import numbers
import os
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..exceptions import TrialPruned
from ..lockstep import Run, lead_if_launched, runs, uninvite
from ..logging import get_logger
from ..progress_bar import ProgressBar
from ..records import FrozenTrial, TrialState, attr_names
from ..storages import BaseHeartbeat, fail_stale_trials
from ..storages.retries import repetition
from ..trial import Trial
from .ending import end_trial, pruned_value, read_values
from .failure import failure_attrs
from .hooks import Hooks
from .liveness import SignsOfLife
from .signals import sigterm_as_exit

if TYPE_CHECKING:
    from .study import ObjectiveFunction, Study

_logger = get_logger(__name__)
_inside = threading.local()


class Optimization:
    """One call of ``Study.optimize``; see there for the arguments."""

    def __init__(
        self,
        study: Study,
        func: ObjectiveFunction,
        *,
        n_trials: int | None,
        timeout: float | None,
        n_jobs: int,
        catch: Iterable[type[Exception]] | type[Exception],
        callbacks: Iterable[Any] | None,
        gc_after_trial: bool,
        show_progress_bar: bool,
        retry: int,
        raise_callback_errors: bool,
    ) -> None:
        if not callable(func):
            raise TypeError(f"The objective must be callable, got {func!r}.")
        self._study = study
        self._n_objectives = len(study.directions)
        self._func = func
        self._n_left = _number_of_trials(n_trials)
        self._timeout = _seconds(timeout)
        self._n_jobs = _number_of_threads(n_jobs)
        self._catch = _exception_types(catch)
        self._hooks = Hooks(study, callbacks or (), raise_callback_errors)
        self._gc_after_trial = gc_after_trial
        self._bar = ProgressBar(study, n_trials, timeout) if show_progress_bar else None
        if retry < 0:
            raise ValueError(f"retry must not be negative, got {retry}.")
        self._retry = retry
        self._budget_lock = threading.Lock()
        self._deadline: float | None = None
        self._next_stale_check = 0.0
        storage = study.storage
        self._stale_check_interval = (
            storage.get_heartbeat_interval() if isinstance(storage, BaseHeartbeat) else None
        )
        self._signs_of_life = SignsOfLife(study.storage)
        self._ended_early = threading.Event()
        self._lockstep: Run

    def run(self) -> None:
        """Run until the budget is spent."""
        if getattr(_inside, "study_id", None) is not None:
            raise RuntimeError("Study.optimize() cannot be called from inside an objective.")
        if self._timeout is not None:
            self._deadline = time.monotonic() + self._timeout
        run = self._lockstep = runs.begin(
            self._study, in_threads=self._n_jobs > 1, keeps_all=lead_if_launched()
        )
        has_failed = True
        with self._study.optimizing(), sigterm_as_exit(), self._signs_of_life:
            try:
                if self._n_jobs == 1:
                    self._work()
                else:
                    self._run_threads()
                has_failed = False
            finally:
                run.end(has_failed=has_failed)
                uninvite()
                if self._bar is not None:
                    self._bar.close()
                self._hooks.study_ended()

    def _run_threads(self) -> None:
        with concurrent.futures.ThreadPoolExecutor(
            self._n_jobs, thread_name_prefix="tunesmith"
        ) as pool:
            workers = [pool.submit(self._work) for _ in range(self._n_jobs)]
            try:
                for worker in concurrent.futures.as_completed(workers):
                    worker.result()
            except BaseException:
                # The other threads end their running trials and begin no more.
                self._ended_early.set()
                raise

    def _work(self) -> None:
        _inside.study_id = self._study.study_id
        try:
            while self._claim():
                try:
                    record, retried = self._run_trial()
                finally:
                    if self._gc_after_trial:
                        gc.collect()
                if retried:
                    self._give_back()
                if self._bar is not None:
                    self._bar.update(record)
        except BaseException:
            self._ended_early.set()
            raise
        finally:
            _inside.study_id = None

    def _claim(self) -> bool:
        """Take one trial from the budget; False if none is left."""
        if self._study.stop_requested or self._ended_early.is_set():
            return False
        if self._deadline is not None and time.monotonic() >= self._deadline:
            return False
        if self._n_left is None:
            return True
        with self._budget_lock:
            if self._n_left <= 0:
                return False
            self._n_left -= 1
            return True

    def _give_back(self) -> None:
        if self._n_left is not None:
            with self._budget_lock:
                self._n_left += 1

    # One trial.

    def _run_trial(self) -> tuple[FrozenTrial, bool]:
        """Run one trial to its end; return its record and whether it was queued again."""
        study = self._study
        self._look_after_stale_trials()
        trial = study.mediator.start_trial(heartbeat=True)
        self._lockstep.trial_starts(trial)
        if self._signs_of_life.are_due:
            with self._signs_of_life.during(trial):
                state, values, attrs, error = self._evaluate(trial)
        else:
            state, values, attrs, error = self._evaluate(trial)
        update = trial.take_pending()
        if attrs:
            update.system_attrs.update(attrs)
        if isinstance(error, Exception) and self._retry:
            again = repetition(trial.record, self._retry)
            update.successor = None if again is None else (study.study_id, again)
        retried = update.successor is not None
        record = end_trial(study, trial.record, update, state, values)
        self._lockstep.trial_ends(record)
        self._log_end(record, error, retried)
        try:
            if self._hooks.wants_ended_trials:
                self._hooks.trial_ended(record.copy())
        finally:
            if error is not None and not retried and not isinstance(error, self._catch):
                raise error
        return record, retried

    def _look_after_stale_trials(self) -> None:
        interval = self._stale_check_interval
        if interval is not None and time.monotonic() >= self._next_stale_check:
            self._next_stale_check = time.monotonic() + interval
            fail_stale_trials(self._study)

    def _evaluate(
        self, trial: Trial
    ) -> tuple[TrialState, list[float] | None, dict[str, Any], BaseException | None]:
        try:
            self._hooks.trial_started(trial)
            returned = self._func(trial)
            if trial.ends_pruned:
                raise TrialPruned
        except TrialPruned:
            return (
                TrialState.PRUNED,
                pruned_value(self._study, trial.record),
                trial.prune_attrs(),
                None,
            )
        except BaseException as error:  # noqa: BLE001  # raised again when the trial is closed
            return TrialState.FAIL, None, failure_attrs(error), error
        values, reason = read_values(returned, self._n_objectives)
        if reason is not None:
            return TrialState.FAIL, None, {attr_names.FAIL_REASON: reason}, None
        return TrialState.COMPLETE, values, {}, None

    def _log_end(self, record: FrozenTrial, error: BaseException | None, retried: bool) -> None:
        if record.state is TrialState.FAIL:
            reason = record.system_attrs.get(attr_names.FAIL_REASON, "")
            _logger.warning(
                "Trial %d failed with parameters %s: %s%s",
                record.number,
                record.params,
                reason,
                " It is queued again." if retried else "",
                exc_info=error if isinstance(error, self._catch) and not retried else None,
            )
        elif _logger.isEnabledFor(20):
            _log_result(self._study, record)


def _log_result(study: Study, record: FrozenTrial) -> None:
    if record.state is TrialState.PRUNED:
        reason = record.prune_reason
        how = f"at step {record.last_step}." if reason is None else f"by {reason}"
        _logger.info("Trial %d pruned %s", record.number, how)
        return
    values = record.values or []
    shown = f"value: {values[0]}" if len(values) == 1 else f"values: {values}"
    text = f"Trial {record.number} finished with {shown} and parameters: {record.params}."
    if len(study.directions) == 1:
        history = study.history
        with history.lock:
            best = history.best()
            if best is not None:
                text += f" Best is trial {best} with value: {history.values[best, 0]}."
    _logger.info("%s", text)


def _number_of_trials(n_trials: Any) -> int | None:
    # A negative number is what remains of a budget that is overspent: nothing is left to do.
    is_whole = isinstance(n_trials, float) and n_trials.is_integer()
    if n_trials is None or is_whole or isinstance(n_trials, numbers.Integral):
        return None if n_trials is None else int(n_trials)
    raise TypeError(f"n_trials must be a whole number or None, got {n_trials!r}.")


def _seconds(timeout: Any) -> float | None:
    if timeout is None or isinstance(timeout, numbers.Real):
        return None if timeout is None else float(timeout)
    raise TypeError(f"timeout must be a number of seconds or None, got {timeout!r}.")


def _number_of_threads(n_jobs: Any) -> int:
    if not isinstance(n_jobs, int) or n_jobs == 0 or n_jobs < -1:
        raise ValueError(
            f"n_jobs must be a positive number or -1 (all processors), got {n_jobs!r}."
        )
    return os.cpu_count() or 1 if n_jobs == -1 else n_jobs


def _exception_types(catch: Any) -> tuple[type[Exception], ...]:
    types = tuple(catch) if isinstance(catch, Iterable) else (catch,)
    for one in types:
        if not (isinstance(one, type) and issubclass(one, Exception)):
            raise TypeError(f"catch must hold subclasses of Exception, got {one!r}.")
    return types
