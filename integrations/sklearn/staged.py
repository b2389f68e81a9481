"""Evaluate candidates stage by stage, and end those early that the pruner gives up."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from tunesmith.integrations.sklearn.candidates import (
    Candidate,
    Report,
    SplitResult,
    scores_of,
)
from tunesmith.integrations.sklearn.continuing import Begun
from tunesmith.integrations.sklearn.evaluation import Evaluator
from tunesmith.integrations.sklearn.loop import Clock, Proposal
from tunesmith.integrations.sklearn.resources import Resource, Stage


class StagedEvaluation:
    """The candidates of a batch go through the stages side by side.

    At each stage all report, then the pruner is asked about each, in their order. So what it
    decides does not depend on the number of processes.

    Parameters
    ----------
    evaluator : Evaluator
        Makes the fits.
    resource : Resource
        What the stages are.
    objectives : sequence of str or None
        Metrics to report.
    reports_mean : bool
        Whether to report the mean over the splits so far or, for pruners that compare split with
        split, that of the split alone.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        resource: Resource,
        objectives: Sequence[str] | None,
        *,
        reports_mean: bool,
    ) -> None:
        self._evaluator = evaluator
        self._resource = resource
        self._objectives = objectives
        self._reports_mean = reports_mean
        self._stages = resource.stages()
        if not reports_mean:
            self._stages = [stage for stage in self._stages if stage.is_whole]

    def evaluate(self, proposals: Sequence[Proposal], clock: Clock) -> Iterator[Candidate]:
        """Yield what comes of candidates, in their order."""
        found = [
            Candidate(proposal.params) if proposal.known is None else proposal.known
            for proposal in proposals
        ]
        going = list(range(len(proposals)))
        begun: dict[int, Begun] = {}  # by candidate
        for step, stage in enumerate(self._stages):
            self._run_stage(step, stage, [(proposals[k], found[k]) for k in going], begun)
            if step + 1 < len(self._stages):
                going = [k for k in going if not self._ends(step, proposals[k], found[k])]
        yield from found

    def _run_stage(
        self,
        step: int,
        stage: Stage,
        pairs: Sequence[tuple[Proposal, Candidate]],
        begun: dict[int, Begun],
    ) -> None:
        numbers = [proposal.number for proposal, _ in pairs]
        before = {number: begun.pop(number) for number in numbers if number in begun}
        fits = [
            self._resource.fit(proposal.params, number, stage, before.get(number))
            for number, (proposal, _) in zip(numbers, pairs, strict=True)
            if proposal.known is None
        ]
        results = self._evaluator.fits(fits)
        for number, (proposal, candidate) in zip(numbers, pairs, strict=True):
            if proposal.known is None:
                result = next(results)
                if number in before:
                    result["fit_time"] += before[number].fit_time
                estimator = result.pop("estimator", None)
                if estimator is not None and result["fit_error"] is None:
                    begun[number] = Begun(estimator, result["fit_time"])
                report = self._take(result, stage, candidate)
                if not _is_nan(report):
                    candidate.reports[step] = report
            if step in candidate.reports:
                # One by one, so that the working study is the same in a resumed search.
                report = candidate.reports[step]
                proposal.trial.report(report if isinstance(report, float) else list(report), step)

    def _take(self, result: SplitResult, stage: Stage, candidate: Candidate) -> Report:
        before = candidate.splits if self._reports_mean else []
        columns = [scores_of(split["test_scores"], self._objectives) for split in (*before, result)]
        if stage.is_whole:
            candidate.splits.append(result)
        means = tuple(sum(column) / len(column) for column in zip(*columns, strict=True))
        return means if len(means) > 1 else means[0]

    def _ends(self, step: int, proposal: Proposal, candidate: Candidate) -> bool:
        if step not in candidate.reports:  # a failed fit; failures are not pruned but counted
            return False
        if proposal.known is not None:
            return candidate.is_pruned and step == max(candidate.reports)
        candidate.is_pruned = proposal.trial.should_prune()
        return candidate.is_pruned


def _is_nan(report: Report) -> bool:
    return any(map(math.isnan, report)) if isinstance(report, tuple) else math.isnan(report)
