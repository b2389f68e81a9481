"""Evaluate each candidate on all splits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tunesmith.integrations.sklearn.candidates import Candidate
from tunesmith.integrations.sklearn.evaluation import Evaluator, Fit
from tunesmith.integrations.sklearn.loop import Clock, Proposal


class WholeEvaluation:
    """All candidates of a batch on all splits, in parallel.

    Parameters
    ----------
    evaluator : Evaluator
        Makes the fits.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def evaluate(self, proposals: Sequence[Proposal], clock: Clock) -> Iterator[Candidate]:
        """Yield what comes of candidates, in their order; fewer if the time is over."""
        n_splits = self._evaluator.n_splits
        fits = [
            Fit(proposal.params, proposal.number, split)
            for proposal in proposals
            if proposal.known is None
            for split in range(n_splits)
        ]
        is_over = False

        def goes_on(fit: Fit) -> bool:
            nonlocal is_over
            if fit.split == 0 and fit.candidate > 0:
                is_over = is_over or clock.is_over
            return not is_over

        results = self._evaluator.fits(fits, goes_on=goes_on)
        for proposal in proposals:
            if proposal.known is not None:
                yield proposal.known
                continue
            splits = [result for _, result in zip(range(n_splits), results, strict=False)]
            if len(splits) < n_splits:
                return
            yield Candidate(proposal.params, splits)
