"""Asynchronous successive halving."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..history.objective_names import check_objective
from .check_points import check_at_least
from .ladder import LadderRule
from .ladder_pruner import LadderPruner

if TYPE_CHECKING:
    from ..history import Curves
    from ..history.curves import Finish


class SuccessiveHalvingPruner(LadderPruner):
    r"""Asynchronous successive halving [1]_: at each rung only the best go on.

    Rung :math:`k` is at step :math:`r \eta^{s + k}` with :math:`r` the minimum resource,
    :math:`\eta` the reduction factor and :math:`s` the minimum early stopping rate. A trial
    arrives at a rung with the first value that is not NaN which it reports at that step or
    later, and goes on if it is then among the best :math:`1 / \eta` of those that have arrived,
    whatever became of these. Until there are :math:`\eta` of them, only the best goes on. A trial
    that is NaN at a rung is pruned.

    The answer depends on the reports alone, not on who asked when: later arrivals change nothing
    for a trial that is past a rung, and trials that were run with another pruner count.

    Parameters
    ----------
    min_resource : int or "auto", default "auto"
        Step of the first rung (before :math:`s`). "auto" takes a hundredth, at least 1, of the
        last step of the first trial that ends COMPLETE. Until then nothing is pruned, and what
        ended until then does not count.
    reduction_factor : int, default 4
        :math:`\eta`, at least 2.
    min_early_stopping_rate : int, default 0
        :math:`s`: leave out the first rungs.
    bootstrap_count : int, default 0
        Promote nobody at a rung until more than so many trials have arrived there. It cannot be
        combined with ``min_resource="auto"``.
    objective : str or int, optional
        Name (see ``Study.set_metric_names``) or index of the objective that counts, of several.
        Default: all of them; trials at a rung are ordered by non-domination rank, and within a
        front by the hypervolume that each adds.

    Raises
    ------
    ValueError
        If an argument is out of its range, or two contradict each other.

    References
    ----------
    .. [1] Li et al. (2020), A System for Massively Parallel Hyperparameter Tuning, MLSys.

    Examples
    --------
    >>> import tunesmith
    >>> pruner = SuccessiveHalvingPruner(min_resource=2, reduction_factor=2)
    >>> study = tunesmith.create_study(pruner=pruner)
    >>> def objective(trial):
    ...     for step in range(8):
    ...         trial.report([3, 2, 4, 1][trial.number], step)
    ...         if trial.should_prune():
    ...             raise tunesmith.TrialPruned
    ...     return step
    >>> study.optimize(objective, n_trials=4)
    >>> [trial.last_step for trial in study.trials]
    [7, 7, 2, 7]
    """

    def __init__(
        self,
        min_resource: str | int = "auto",
        reduction_factor: int = 4,
        min_early_stopping_rate: int = 0,
        bootstrap_count: int = 0,
        *,
        objective: str | int | None = None,
    ) -> None:
        if isinstance(min_resource, str):
            if min_resource != "auto":
                raise ValueError(
                    f"min_resource must be 'auto' or at least 1, got min_resource={min_resource!r}."
                )
        else:
            check_at_least(1, min_resource=min_resource)
        check_at_least(2, reduction_factor=reduction_factor)
        check_at_least(
            0, min_early_stopping_rate=min_early_stopping_rate, bootstrap_count=bootstrap_count
        )
        if bootstrap_count > 0 and min_resource == "auto":
            raise ValueError(
                f"bootstrap_count={bootstrap_count} needs a min_resource that is known from the "
                "start, got min_resource='auto'. Use min_resource=1, say, or bootstrap_count=0."
            )
        self._min_resource = min_resource
        self._reduction_factor = reduction_factor
        self._min_early_stopping_rate = min_early_stopping_rate
        self._bootstrap_count = bootstrap_count
        check_objective(objective)
        self.objective = objective

    def rule_for(self, curves: Curves, number: int) -> LadderRule | None:
        after: Finish | None = None
        resource = self._min_resource
        if isinstance(resource, str):
            after = curves.first_complete
            if after is None:
                return None
            resource = max((curves.last_step(after.number) or 0) // 100, 1)
        return LadderRule(
            self._step_of(resource),
            self._reduction_factor,
            self._bootstrap_count,
            curves.signs,
            after,
        )

    def _first_rung(self, number: int) -> float:
        resource = self._min_resource
        return -math.inf if isinstance(resource, str) else self._step_of(resource)

    def _step_of(self, resource: int) -> float:
        return float(resource * self._reduction_factor**self._min_early_stopping_rate)

    def rules(self, curves: Curves) -> list[LadderRule]:
        rule = self.rule_for(curves, 0)
        return [] if rule is None else [rule]
