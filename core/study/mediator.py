"""Between a study's trials and its sampler, pruner and history."""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeGuard

from ..distributions import BaseDistribution
from ..history.trial_log import TrialLog
from ..records import FrozenTrial, TrialState
from ..samplers import BaseSampler, HistorySampler
from ..storages import BaseStorage, TrialUpdate
from ..trial import Trial
from .failure import failure_attrs

if TYPE_CHECKING:
    from ..history import History
    from ..pruners import BasePruner
    from .study import Study

SearchSpace = dict[str, BaseDistribution]


class Mediator:
    """Asks a study's sampler and pruner on behalf of its trials, and keeps the history.

    Parameters
    ----------
    study : Study
        Its sampler and pruner are looked up at each call, because users replace them.

    Attributes
    ----------
    log : TrialLog
        The study's trials as records.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._storage = study.storage
        self._study_id = study.study_id
        self.log = TrialLog(_Reader(study.storage, study.study_id))
        self._history: History | None = None
        self._lock = threading.RLock()
        self._distributions: dict[str, BaseDistribution] = {}
        self._knows_stored_distributions = False
        self._distributions_before: SearchSpace = {}  # of the trial that was started last
        self._is_judged = False
        self._decides_alone: tuple[BasePruner | None, bool, bool] = (None, False, True)

    def synced_history(self) -> History:
        """Return the columnar history, brought up to date."""
        history = self._known_history()
        history.sync()
        return history

    def _known_history(self) -> History:
        if self._history is None:
            with self._lock:
                if self._history is None:
                    from ..history import History

                    study = self._study
                    self._history = History(self.log, study.directions, lambda: study.metric_names)
        return self._history

    # Starting a trial.

    def start_trial(self, *, heartbeat: bool = False) -> Trial:
        """Create a trial, or claim a waiting one, with the sampler's joint proposal.

        Parameters
        ----------
        heartbeat : bool, default False
            Whether the trial will give signs of life, which begin with its creation.
        """
        sampler = self._study.sampler
        # One at a time, so that each proposal sees the trial before it as running.
        with self._lock:
            if _proposes_ahead(sampler):
                return self._start_with_proposal(sampler, heartbeat)
            record = self._storage.start_trial(self._study.study_id, heartbeat=heartbeat)
            try:
                space, values = self.sample_joint(record)
            except BaseException as error:
                self._fail(record, error)
                raise
        trial = Trial.from_record(self._study, record)
        trial.use_joint_values(space, values, written=False)
        return trial

    def _start_with_proposal(self, sampler: HistorySampler, heartbeat: bool) -> Trial:
        study_id = self._study.study_id
        if not (sampler.reads_history or sampler.looks_back(self.distributions)):
            record = self._start_alone(heartbeat)
            trial = Trial.from_record(self._study, record)
            if self._storage.shares_records and not record.system_attrs and not record.params:
                space = self._distributions_before.copy()  # another thread may add to them
                draws = sampler.sample_each_alone(record.number, space) if space else {}
                if draws:
                    trial.use_draws(space, draws)
                self._distributions_before = record.distributions
            return trial
        history = self.synced_history()
        with history.lock:
            # A waiting trial has a number of its own, so a proposal for a new one is no use.
            expected = None if history.unfinished(TrialState.WAITING) else len(history)
            space = sampler.joint_space(history)
            values: dict[str, Any] = {}
            if space and expected is not None:
                values = sampler.sample_joint(history, expected, space)
            params = {
                name: (space[name].to_internal_repr(value), space[name])
                for name, value in values.items()
            }
            record = self._storage.start_trial(study_id, params, expected, heartbeat=heartbeat)
            written = bool(params) and record.params.keys() == params.keys()
            if space and not written and (expected != record.number or not values):
                # The number turned out to be another: draw what belongs to it.
                try:
                    values = sampler.sample_joint(history, record.number, space)
                except BaseException as error:
                    self._fail(record, error)
                    raise
        trial = Trial.from_record(self._study, record)
        trial.use_joint_values(space, values, written=written)
        return trial

    def _start_alone(self, heartbeat: bool) -> FrozenTrial:
        if not (self._is_judged and self._storage.shares_records):  # no pruner follows
            return self._storage.start_trial(self._study_id, heartbeat=heartbeat)
        start = functools.partial(self._storage.start_trial, self._study_id, heartbeat=heartbeat)
        log = self.log
        with log.lock:
            # Trials that run are read in any case, so the log need not know this one.
            record, cursor = self._storage.write_and_follow(self._study_id, log.cursor, start)
            log.cursor = log.cursor if cursor is None else cursor
        return record

    def sample_joint(self, record: FrozenTrial) -> tuple[SearchSpace, dict[str, Any]]:
        """Ask the sampler, by Optuna's protocol, for the joint values of a trial that runs."""
        study, sampler = self._study, self._study.sampler
        sampler.before_trial(study, record)
        space = sampler.infer_relative_search_space(study, record)
        values = sampler.sample_relative(study, record, space)
        return space, dict(values)

    def _fail(self, record: FrozenTrial, error: BaseException) -> None:
        update = TrialUpdate(state=TrialState.FAIL, system_attrs=failure_attrs(error))
        self._storage.update_trial(record.trial_id, update)

    # While it runs.

    def sample_alone(self, record: FrozenTrial, name: str, distribution: BaseDistribution) -> Any:
        """Ask the sampler for a parameter that was not sampled jointly."""
        sampler = self._study.sampler
        if not _proposes_ahead(sampler):
            return sampler.sample_independent(self._study, record, name, distribution)
        if not sampler.reads_history:
            return sampler.sample_alone(self._known_history(), record.number, name, distribution)
        # The history is as of the trial's start, so that all its parameters see the same one.
        history = self.synced_history() if self._history is None else self._history
        with history.lock:
            return sampler.sample_alone(history, record.number, name, distribution)

    @property
    def distributions(self) -> dict[str, BaseDistribution]:
        """Ranges by name that parameters had first; trials add what they suggest."""
        if not self._knows_stored_distributions:
            # One read, so that a clash with trials of other processes is found at the suggestion
            # and not when the trial's result is written.
            self.log.sync()
            for trial in self.log.select():
                for name, distribution in trial.distributions.items():
                    self._distributions.setdefault(name, distribution)
            self._knows_stored_distributions = True
        return self._distributions

    def write_report(self, trial_id: int, update: TrialUpdate) -> bool:
        """Write a report; return whether all that is new in the study was read along with it.

        That is so if pruners are asked in this study: most likely one will be, right away.
        """
        if not self._is_judged:
            self._storage.update_trial(trial_id, update)
            return False
        study_id = self._study.study_id
        self.log.sync_by(
            lambda cursor: self._storage.update_and_read(study_id, trial_id, update, cursor)
        )
        return True

    def share_report(
        self, record: FrozenTrial, step: int, report: float | tuple[float, ...]
    ) -> None:
        """Add a report to a record that the storage shares; nothing else has to be written."""
        log = self.log
        with log.lock:
            cursor = self._storage.add_report(self._study_id, record, step, report, log.cursor)
            # If nothing else is new, the history takes in the report and need not be read.
            history = self._history
            if cursor is not None and history is not None:
                if log.has_read:
                    history.take_logged()
                history.curves.append(record.number, step, report)
                log.cursor = cursor

    def judge(self, trial: Trial) -> bool:
        """Ask the pruner whether a trial should end now, and let the trial note why."""
        study = self._study
        pruner = study.pruner
        if trial.furthest_step < trial.quiet_until and trial.quiet_for is pruner:
            return False
        known, decides_alone, heeds_ends = self._decides_alone
        if known is not pruner:
            from ..pruners import HistoryPruner

            is_ours = isinstance(pruner, HistoryPruner)
            decides_alone = is_ours and type(pruner).prune is HistoryPruner.prune
            heeds_ends = getattr(pruner, "heeds_ends", True)
            self._decides_alone = pruner, decides_alone, heeds_ends
            self._is_judged = self._is_judged or is_ours
        record = trial.record
        if decides_alone:
            if trial.quiet_for is not pruner:
                quiet_until = pruner.quiet_before(record.number)  # type: ignore[attr-defined]  # a HistoryPruner
                trial.quiet_for, trial.quiet_until = pruner, quiet_until
                if trial.furthest_step < quiet_until:
                    return False
            history = self._known_history() if self._history is None else self._history
            with history.lock:
                log = self.log
                if self._storage.is_current(self._study_id, log.cursor):
                    if log.has_read or (heeds_ends and log.has_news):
                        history.take_logged()
                    history.curves.vouch_for(record)
                elif trial.take_is_up_to_date():
                    history.take_logged()
                else:
                    history.sync()
                try:
                    is_pruned: bool
                    is_pruned, quiet_until = pruner.look(history, record)  # type: ignore[attr-defined]  # a HistoryPruner
                    trial.prune_reason = pruner.why(history, record) if is_pruned else None  # type: ignore[attr-defined]  # same
                finally:
                    history.curves.vouch_for(None)
            trial.quiet_for, trial.quiet_until = pruner, -math.inf if is_pruned else quiet_until
            return is_pruned
        # One that was written for Optuna, and derived from its class, neither says what it needs
        # nor has reasons.
        if getattr(pruner, "needs_stored_record", True):
            # A pruner of the user's own may have written attributes, and may change the record.
            trial.flush()
            record = self._storage.get_trial(trial.trial_id)
        trial.prune_reason = None
        is_pruned = pruner.prune(study, record)
        if is_pruned:
            from ..pruners import BasePruner

            reason = getattr(pruner, "reason", functools.partial(BasePruner.reason, pruner))
            trial.prune_reason = reason(study, record)
        return is_pruned

    # Ending it.

    def write_end(self, trial_id: int, update: TrialUpdate) -> None:
        """Write how a trial has ended."""
        storage, log = self._storage, self.log
        if not (self._is_judged and storage.shares_records):  # no pruner follows
            storage.update_trial(trial_id, update)
            return
        with log.lock:
            _, cursor = storage.write_and_follow(
                self._study_id, log.cursor, lambda: storage.update_trial(trial_id, update)
            )
            # A successor would be news, too.
            if cursor is not None and update.successor is None:
                log.take_ended(storage.open_trial(trial_id), cursor)

    def attrs_at_end(
        self, record: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> dict[str, Any]:
        """Tell the sampler that a trial ends; return the attributes it wants stored."""
        sampler = self._study.sampler
        attrs: dict[str, Any] = {}
        # A failed objective may not have set what the constraints are computed from.
        final_system_attrs = getattr(sampler, "final_system_attrs", None)
        if state is not TrialState.FAIL and final_system_attrs is not None:
            attrs = final_system_attrs(record)
            if attrs:
                record.system_attrs.update(attrs)
        if type(sampler).after_trial is not BaseSampler.after_trial:
            sampler.after_trial(self._study, record, state, values)
        return attrs


def _proposes_ahead(sampler: BaseSampler) -> TypeGuard[HistorySampler]:
    # Five times as fast as isinstance() with an abstract class, for each parameter of each trial.
    return getattr(sampler, "proposes_ahead", False)


class _Reader:
    """A storage's ``read_trials``, bound to a study."""

    def __init__(self, storage: BaseStorage, study_id: int) -> None:
        self._storage = storage
        self._study_id = study_id

    def __call__(self, cursor: object | None) -> tuple[list[FrozenTrial], object]:
        return self._storage.read_trials(self._study_id, cursor)
