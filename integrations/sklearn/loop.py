"""The loop of a search: ask, evaluate, tell.

Candidates are proposed in batches whose sizes do not depend on the number of processes, and told
in the order in which they were proposed. So the same seed gives the same search for any `n_jobs`.

Proposals and judgements come from a study in memory. A resumed search fills it with the batches
that were complete, proposes the next batch anew, which gives the same candidates, and takes the
results of those that are stored: it goes the way of a search that was not interrupted.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from tunesmith.integrations.sklearn.candidates import ATTR, Candidate
from tunesmith.integrations.sklearn.enqueued import Enqueued
from tunesmith.integrations.sklearn.ledger import (
    Ledger,
    attr_of,
    is_candidate,
    restored,
    working_study,
)
from tunesmith.integrations.sklearn.spaces import Params, Space
from tunesmith.progress_bar import ProgressBar
from tunesmith.records import attr_names
from tunesmith.study import Study
from tunesmith.study.hooks import Hooks
from tunesmith.trial import FrozenTrial, Trial, TrialState


@dataclasses.dataclass
class Proposal:
    """A candidate that is to be evaluated.

    Parameters
    ----------
    number : int
        Row of the table.
    params : dict
        Values for ``estimator.set_params``.
    trial : Trial
        In the working study.
    known : Candidate, optional
        What came of it, where an earlier process has found that out.
    waiting : FrozenTrial, optional
        The trial of the kept study that it is, if a user has enqueued it.
    """

    number: int
    params: Params
    trial: Trial
    known: Candidate | None = None
    waiting: FrozenTrial | None = None


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is known of a candidate before the sampler is asked.

    Parameters
    ----------
    params : dict or None
        Parameters in the study that are given.
    source : FrozenTrial or None
        The trial of the kept study that it is or, if it waits, that it will be.
    """

    params: Params | None
    source: FrozenTrial | None


class Strategy(Protocol):
    """How candidates are evaluated."""

    def evaluate(self, proposals: Sequence[Proposal], clock: Clock) -> Iterator[Candidate]:
        """Yield what comes of them, in their order; fewer of them if the time is over."""


class Clock:
    """Tells when no further candidate should begin."""

    def __init__(self, timeout: float | None) -> None:
        self._deadline = None if timeout is None else time.monotonic() + timeout

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return self._deadline is not None and time.monotonic() >= self._deadline


@dataclasses.dataclass
class Budget:
    """When a search ends.

    Parameters
    ----------
    n_trials : int or None
        Number of candidates, those of earlier processes included.
    timeout : float or None
        Seconds after which no further candidate begins. One is always evaluated.
    patience : int or None
        So many candidates without a better one end the search.
    batch_size : int
        How many candidates are proposed at once.
    """

    n_trials: int | None
    timeout: float | None
    patience: int | None
    batch_size: int

    def end_of_batch(self, start: int) -> int:
        """Return the number of the first candidate after the batch that holds `start`."""
        end = self.start_of_batch(start) + self.batch_size
        return end if self.n_trials is None else min(end, self.n_trials)

    def start_of_batch(self, number: int) -> int:
        """Return the number of the first candidate of the batch that holds `number`."""
        return number - number % self.batch_size


class SearchLoop:
    """One search.

    Parameters
    ----------
    ledger : Ledger
        Where finished candidates are kept.
    space : Space
        Where candidates come from.
    budget : Budget
        When to end.
    objectives : sequence of str or None
        Metrics to maximise.
    sampler, pruner : BaseSampler, BasePruner
        Of the working study.
    first : list of dict
        Parameters in the study of the first candidates, where the sampler is not to choose them.
    callbacks : iterable of callable
        Called with the kept study and each finished trial.
    show_progress : bool
        Whether to show a bar.
    """

    def __init__(
        self,
        ledger: Ledger,
        space: Space,
        budget: Budget,
        objectives: Sequence[str] | None,
        *,
        sampler: Any,
        pruner: Any,
        first: Sequence[Params],
        callbacks: Iterable[Any],
        show_progress: bool,
    ) -> None:
        self._ledger = ledger
        self._space = space
        self._budget = budget
        self._objectives = objectives
        self._sampler = sampler
        self._pruner = pruner
        self._hooks = Hooks(ledger.study, callbacks, raise_errors=False)
        self._shows_progress = show_progress
        self._finished = ledger.finished()
        self._stored = [trial for trial in self._finished if is_candidate(trial)]
        #: All candidates, those of earlier processes first.
        self.candidates = [restored(trial, space) for trial in self._stored]
        self._first = list(first)
        self._enqueued = Enqueued(ledger.study, space)
        self._plans: list[Plan] = []
        for trial in self._stored:
            self._plan(trial)
        self._study = self._working(0)

    @property
    def n_left(self) -> int | None:
        """How many candidates are to come at most; None if only time ends the search."""
        n_trials = self._budget.n_trials
        return None if n_trials is None else max(0, n_trials - len(self.candidates))

    def run(self, strategy: Strategy) -> None:
        """Go on until the budget is spent."""
        clock = Clock(self._budget.timeout)
        n_known = len(self.candidates)
        start = self._budget.start_of_batch(n_known)
        self._study = self._working(n_known - start)
        bar = (
            ProgressBar(self._ledger.study, self.n_left, self._budget.timeout)
            if (self._shows_progress)
            else None
        )
        with self._ledger.study.optimizing(), contextlib.ExitStack() as stack:
            stack.callback(self._hooks.study_ended)
            if bar is not None:
                stack.callback(bar.close)
            while self._goes_on(start, clock):
                end = self._budget.end_of_batch(start)
                proposals = self._propose(start, end)
                for proposal, candidate in zip(
                    proposals, strategy.evaluate(proposals, clock), strict=False
                ):
                    trial = self._tell(proposal, candidate)
                    if proposal.known is None:
                        self.candidates.append(candidate)
                        self._keep(proposal, trial, candidate, bar)
                start = len(self.candidates)
                if start < end:  # the time is over
                    break

    def _goes_on(self, start: int, clock: Clock) -> bool:
        n_trials, patience = self._budget.n_trials, self._budget.patience
        if n_trials is not None and start >= n_trials:
            return False
        if not self.candidates:
            return True
        if clock.is_over or self._ledger.study.stop_requested:
            return False
        return patience is None or len(self.candidates) - 1 - self._latest_best() < patience

    def _latest_best(self) -> int:
        """The last candidate that was better than all before it, or joined the Pareto front."""
        from tunesmith.multi_objective import is_pareto_front

        whole = [(k, one) for k, one in enumerate(self.candidates) if not one.is_pruned]
        losses = -np.array([one.values(self._objectives) for _, one in whole])
        if losses.shape[1:] == (1,):
            finite = np.where(np.isnan(losses[:, 0]), np.inf, losses[:, 0])
            return whole[int(finite.argmin())][0] if len(finite) else 0
        if not whole or np.isnan(losses).any(axis=1).all():
            return 0
        known = np.flatnonzero(~np.isnan(losses).any(axis=1))
        return int(max(whole[k][0] for k in known[is_pareto_front(losses[known])]))

    # Proposing.

    def _working(self, n_left_out: int) -> Study:
        """The working study with what is finished, without the last so many candidates."""
        study = working_study(self._ledger.study, self._sampler, self._pruner)
        left_out = {trial.number for trial in self._stored[len(self._stored) - n_left_out :]}
        study.add_trials(trial for trial in self._finished if trial.number not in left_out)
        return study

    def _propose(self, start: int, end: int) -> list[Proposal]:
        known = self._stored[start:end]
        # What was enqueued when a batch had begun is for the next one, also if this one is resumed.
        created = [one.number for one in known if self._enqueued.params_of(one) is None]
        self._enqueued.look(min(created, default=math.inf))
        proposals = [self._ask(number) for number in range(start, end)]
        if any(
            proposal.trial.params != trial.params
            for proposal, trial in zip(proposals, known, strict=False)
        ):
            # A sampler that does not propose the same again: what is stored stands.
            self._study = self._working(0)
            return [self._ask(number) for number in range(start + len(known), end)]
        for proposal, candidate in zip(proposals, self.candidates[start:end], strict=False):
            proposal.known = candidate
        return proposals

    def _ask(self, number: int) -> Proposal:
        if number == len(self._plans):
            self._plan(self._enqueued.take())
        plan = self._plans[number]
        if plan.params is not None:
            self._study.enqueue_trial(plan.params)
        trial = self._study.ask()
        return Proposal(number, self._space.suggest(trial), trial, waiting=plan.source)

    def _plan(self, source: FrozenTrial | None) -> None:
        """Decide on the next candidate, which may be one that was enqueued, or known already."""
        params = None if source is None else self._enqueued.params_of(source)
        if params in self._first:
            self._first.remove(params)
        elif params is None and self._first:
            params = self._first.pop(0)
        self._plans.append(Plan(params, source))

    # Telling.

    def _tell(self, proposal: Proposal, candidate: Candidate) -> FrozenTrial:
        trial, study = proposal.trial, self._study
        if candidate.is_pruned:
            return study.tell(trial, state=TrialState.PRUNED)
        values = candidate.values(self._objectives)
        if np.isnan(values).any():
            failed = sum(split["fit_error"] is not None for split in candidate.splits)
            why = f"{failed} of {len(candidate.splits)} fits failed" if failed else "a score is NaN"
            trial.attach(attr_names.FAIL_REASON, why)
            return study.tell(trial, state=TrialState.FAIL)
        return study.tell(trial, values)

    def _keep(
        self, proposal: Proposal, trial: FrozenTrial, candidate: Candidate, bar: ProgressBar | None
    ) -> None:
        row = proposal.number
        if proposal.waiting is None:
            kept = self._ledger.add(trial, candidate, row)
        else:
            attrs = {**trial.system_attrs, ATTR: attr_of(candidate, row)}
            kept = self._enqueued.end(proposal.waiting, trial, attrs)
        if self._hooks.wants_ended_trials:
            self._hooks.trial_ended(kept.copy())
        if bar is not None:
            bar.update(kept)
