"""Prune what will not beat the best trial, told by the curves that have ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..history.objective_names import check_objective
from ..records import FrozenTrial, PruneReason, TrialState
from ..records.prune_reason import Value, shown
from .check_points import CheckPoints, check_at_least
from .history_pruner import HistoryPruner

if TYPE_CHECKING:
    from ..history import History
    from ..learning_curves import Outlook

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Because = tuple[str, dict[str, Any]]  # in words and in figures; no words if it is not so

_MOST_PRUNED = 9  # for each complete trial; the model would know curves of one kind only
_PATIENCE = 10.0  # trials without a new best one, after which the rule grows more careful


class SequentialRegressionPruner(HistoryPruner):
    """Prune a trial that will hardly beat the best one, going by its learning curve [1]_.

    At each step, the final values of the COMPLETE trials are regressed on where their curves were
    at that step and how fast they fell: a Bayesian linear model whose prior says that a curve ends
    about where it is. It foretells where a running trial will end as a Student t distribution,
    wide while few trials are complete. The trial is pruned if the probability that it ends better
    than the best complete trial is below `p_threshold`. That probability tells as much after one
    look as after many, so asking at every step prunes no more good trials than asking once.

    While no better trial is found, `p_threshold` shrinks (to a half after 20 trials, a tenth after
    100): a trial of which nothing is known has a small chance, too, and only those with a clearly
    smaller one are pruned. At most nine trials are pruned for each complete one, so that the model
    goes on learning how curves end. Neither the number of steps nor the scale of the values needs
    to be known, and curves may differ in length and steps.

    A trial that has diverged is pruned without a forecast: one that has reported nothing but NaN,
    or whose latest value is worse than all that the complete trials have reported at any step, by
    more than ten times the range of these (infinite, for example). With several objectives it has
    to be so in each.

    Reports should be of the metric that the objective returns, or follow it: the more they tell of
    the final value, the earlier and the better it prunes.

    Parameters
    ----------
    p_threshold : float, default 0.003
        Between 0 and 1. A larger one prunes more: sooner, and more of the good ones.
    n_startup_trials : int, default 4
        No pruning before so many trials are COMPLETE, at least 4.
    n_warmup_steps : int, default 0
        No pruning of a trial before this step.
    interval_steps : int, default 1
        Steps between two looks at a trial, counted from the end of the warm-up.
    objective : str or int, optional
        Name (see ``Study.set_metric_names``) or index of the objective that counts, of several.
        Default: all of them, see the notes.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Notes
    -----
    With several objectives each is foretold on its own, and the chance is that of ending where no
    complete trial dominates: of joining the Pareto front.

    References
    ----------
    .. [1] Baker, Gupta, Raskar, Naik (2017), Accelerating neural architecture search using
       performance prediction.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study(pruner=SequentialRegressionPruner())
    >>> def objective(trial):
    ...     floor = [0.2, 0.4, 0.3, 0.5, 0.9, 0.1][trial.number]
    ...     for step in range(20):
    ...         loss = floor + 0.5 * 0.8**step
    ...         trial.report(loss, step)
    ...         if trial.should_prune():
    ...             raise tunesmith.TrialPruned
    ...     return loss
    >>> study.optimize(objective, n_trials=6)
    >>> [len(trial.intermediate_values) for trial in study.trials]
    [20, 20, 20, 20, 4, 20]
    """

    def __init__(
        self,
        p_threshold: float = 0.003,
        n_startup_trials: int = 4,
        n_warmup_steps: int = 0,
        interval_steps: int = 1,
        *,
        objective: str | int | None = None,
    ) -> None:
        check_at_least(0, p_threshold=p_threshold)
        if p_threshold > 1.0:
            raise ValueError(
                f"p_threshold must be between 0 and 1, got p_threshold={p_threshold!r}."
            )
        check_at_least(4, n_startup_trials=n_startup_trials)
        self._p_threshold = p_threshold
        self._n_startup_trials = n_startup_trials
        self._check_points = CheckPoints.checked(n_warmup_steps, interval_steps)
        check_objective(objective)
        self.objective = objective

    def decide(self, history: History, trial: FrozenTrial) -> bool:
        return self.why(history, trial) is not None

    def why(self, history: History, trial: FrozenTrial) -> PruneReason | None:
        from ..learning_curves import Outlook

        curves = self.curves_of(history)
        reports = curves.reports_of(trial)
        if not reports or not self._check_points.include(max(reports), reports):
            return None
        outlook = Outlook.of(history, self._objectives(history))
        n_pruned = history.count(TrialState.PRUNED)
        if outlook.n_ended < max(self._n_startup_trials, n_pruned / _MOST_PRUNED):
            return None
        steps = np.array(sorted(reports), dtype=np.int64)
        values = np.array([reports[step] for step in steps.tolist()]).reshape(len(steps), -1)
        losses = values * np.array(curves.signs)
        step = int(steps[-1])
        because, compared = _diverged(outlook, losses, curves.signs)
        if not because:
            threshold = self._threshold(trial.number - outlook.latest_best)
            because, compared = _hopeless(outlook, steps, losses, curves.signs, threshold)
        if not because:
            return None
        return PruneReason(type(self).__name__, step, reports[step], because, compared)

    def _threshold(self, n_in_vain: int) -> float:
        return self._p_threshold / max(1.0, n_in_vain / _PATIENCE)

    def _objectives(self, history: History) -> tuple[int, ...]:
        if self.objective is None:
            return tuple(range(len(history.directions)))
        return (history.objective_names.index_of(self.objective),)


def _diverged(outlook: Outlook, losses: FloatArray, signs: Sequence[float]) -> Because:
    known = losses[~np.isnan(losses).any(axis=1)]
    if not len(known):
        return "it has reported nothing but NaN", {}
    ranges = outlook.ranges_left(known[-1])
    if ranges is None:
        return "", {}
    worst = _as_reported(signs, [worst for _, worst in ranges])
    best = _as_reported(signs, [best for best, _ in ranges])
    because = (
        f"it has diverged: {shown(_as_reported(signs, known[-1]))} is far outside of what complete "
        f"trials have reported, {shown(best)} to {shown(worst)}"
    )
    return because, {"worst": worst, "best": best}


def _hopeless(
    outlook: Outlook,
    steps: IntArray,
    losses: FloatArray,
    signs: Sequence[float],
    threshold: float,
) -> Because:
    outcome = outlook.chance_to_win(steps, losses)
    if outcome is None or outcome.chance >= threshold:
        return "", {}
    foretold = _as_reported(signs, outcome.expected)
    rival = f"trial {outlook.latest_best}" if len(signs) == 1 else "the Pareto front"
    because = (
        f"it is foretold to end at {shown(foretold)}; the chance to beat {rival} is "
        f"{100 * outcome.chance:.2g} %, less than {100 * threshold:.2g} %"
    )
    return because, {"expected": foretold, "chance": outcome.chance, "threshold": threshold}


def _as_reported(signs: Sequence[float], losses: Sequence[float] | FloatArray) -> Value:
    values = tuple(sign * float(loss) for sign, loss in zip(signs, losses, strict=True))
    return values if len(values) > 1 else values[0]
