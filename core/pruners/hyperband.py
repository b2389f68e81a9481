"""Hyperband: brackets of successive halving."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..history.objective_names import check_objective
from .check_points import check_at_least
from .ladder import Brackets, LadderRule
from .ladder_pruner import LadderPruner

if TYPE_CHECKING:
    from ..history import Curves


class HyperbandPruner(LadderPruner):
    r"""Successive halving in brackets that begin to prune at different steps [1]_.

    How early pruning pays depends on how soon curves tell their end. Bracket :math:`s` of
    :math:`s_{max} + 1 = \lfloor \log_\eta (R / r) \rfloor + 1` is asynchronous successive halving
    [2]_ with its first rung at step :math:`r \eta^{s_{max} - s}`, with :math:`r` and :math:`R` the
    smallest and largest resource and :math:`\eta` the reduction factor. It gets
    :math:`\lceil (s_{max} + 1) \eta^s / (s + 1) \rceil` parts of the trials, spread evenly over
    their numbers. A trial is compared with those of its bracket alone.

    Unlike Optuna's, brackets follow from the trial's number and not from a hash, so that their
    shares hold for few trials, too; and a sampler learns from the trials of all brackets.

    Parameters
    ----------
    min_resource : int, default 1
        :math:`r`: step of the first rung of the bracket that prunes most.
    max_resource : int or "auto", default "auto"
        :math:`R`: number of steps of a whole trial. "auto" takes those of the first trial that
        ends COMPLETE. Until then nothing is pruned.
    reduction_factor : int, default 3
        :math:`\eta`, at least 2.
    bootstrap_count : int, default 0
        Promote nobody at a rung until more than so many trials have arrived there. It cannot be
        combined with ``max_resource="auto"``.
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
    .. [1] Li, Jamieson, DeSalvo, Rostamizadeh, Talwalkar (2018), Hyperband: a novel bandit-based
       approach to hyperparameter optimization, JMLR 18.
    .. [2] Li et al. (2020), A System for Massively Parallel Hyperparameter Tuning, MLSys.

    Examples
    --------
    >>> import tunesmith
    >>> pruner = HyperbandPruner(max_resource=9)
    >>> study = tunesmith.create_study(pruner=pruner)
    >>> def objective(trial):
    ...     for step in range(1, 10):
    ...         trial.report(trial.number % 7, step)
    ...         if trial.should_prune():
    ...             raise tunesmith.TrialPruned
    ...     return trial.number % 7
    >>> study.optimize(objective, n_trials=30)
    >>> print(pruner.explain(study))
    bracket  step  arrived  went on  best that stopped
          0     1       16        5                  1
          0     3        5        3                  1
          0     9        3        3                  -
          1     3        9        4                  3
          1     9        4        3                  2
          2     9        5        2                  4
    """

    def __init__(
        self,
        min_resource: int = 1,
        max_resource: str | int = "auto",
        reduction_factor: int = 3,
        bootstrap_count: int = 0,
        *,
        objective: str | int | None = None,
    ) -> None:
        check_at_least(1, min_resource=min_resource)
        if isinstance(max_resource, str):
            if max_resource != "auto":
                raise ValueError(
                    f"max_resource must be 'auto' or a number, got max_resource={max_resource!r}."
                )
        else:
            check_at_least(min_resource, max_resource=max_resource)
        check_at_least(2, reduction_factor=reduction_factor)
        check_at_least(0, bootstrap_count=bootstrap_count)
        if bootstrap_count > 0 and max_resource == "auto":
            raise ValueError(
                f"bootstrap_count={bootstrap_count} needs a max_resource that is known from the "
                "start, got max_resource='auto'. Use max_resource=100, say, or bootstrap_count=0."
            )
        self._min_resource = min_resource
        self._max_resource = max_resource
        self._reduction_factor = reduction_factor
        self._bootstrap_count = bootstrap_count
        check_objective(objective)
        self.objective = objective

    def rule_for(self, curves: Curves, number: int) -> LadderRule | None:
        brackets = self._brackets(curves)
        return None if brackets is None else self._rule(curves, brackets, brackets.of(number))

    def _first_rung(self, number: int) -> float:
        # Of the bracket that begins first.
        return -math.inf if isinstance(self._max_resource, str) else float(self._min_resource)

    def rules(self, curves: Curves) -> list[LadderRule]:
        brackets = self._brackets(curves)
        if brackets is None:
            return []
        return [self._rule(curves, brackets, index) for index in range(len(brackets.shares))]

    def _brackets(self, curves: Curves) -> Brackets | None:
        largest = self._max_resource
        if isinstance(largest, str):
            first = curves.first_complete
            if first is None:
                return None
            # Steps are counted from 0 or from 1.
            largest = (curves.last_step(first.number) or 0) + 1
        factor, n = self._reduction_factor, 1
        while self._min_resource * factor**n <= largest:
            n += 1
        # The bracket that prunes most comes first.
        return Brackets(tuple(math.ceil(n * factor**s / (s + 1)) for s in reversed(range(n))))

    def _rule(self, curves: Curves, brackets: Brackets, index: int) -> LadderRule:
        return LadderRule(
            first_step=self._min_resource * self._reduction_factor**index,
            factor=self._reduction_factor,
            n_bootstrap=self._bootstrap_count,
            signs=curves.signs,
            after=None,
            brackets=brackets,
            bracket=index,
        )
