"""What the pruners of the halving family have in common."""

from __future__ import annotations

import abc
import math
import operator
from typing import TYPE_CHECKING, Any, overload

from ..records import FrozenTrial, PruneReason
from ..records.prune_reason import shown
from .history_pruner import HistoryPruner
from .ladder import Arrival, LadderRule, ladder_of, look_at
from .rungs import Rungs, TrialRungs, rungs_of, trial_rungs_of

if TYPE_CHECKING:
    from ..history import Curves, History
    from ..study import Study


class LadderPruner(HistoryPruner):
    """Prunes a trial that a rung of its ladder does not let go on."""

    @abc.abstractmethod
    def rule_for(self, curves: Curves, number: int) -> LadderRule | None:
        """Return the ladder of a trial; None if nothing is pruned yet."""

    @abc.abstractmethod
    def rules(self, curves: Curves) -> list[LadderRule]:
        """Return all ladders; none if nothing is pruned yet."""

    def decide(self, history: History, trial: FrozenTrial) -> bool:
        return self._look(history, trial)[0]

    def look(self, history: History, trial: FrozenTrial) -> tuple[bool, float]:
        if type(self).decide is not LadderPruner.decide:  # a user's own, which promises nothing
            return super().look(history, trial)
        return self._look(history, trial)

    def quiet_before(self, number: int) -> float:
        # If it goes by one objective, the history has to say first whether there is such a one.
        return self._first_rung(number) if self._is_ours and self.objective is None else -math.inf

    @property
    def heeds_ends(self) -> bool:  # type: ignore[override]  # which no other class computes
        return not (self._is_ours and math.isfinite(self._first_rung(0)))

    @property
    def _is_ours(self) -> bool:
        # A user's own class may have changed the ladder.
        return type(self).__module__.startswith(f"{__package__}.")

    @abc.abstractmethod
    def _first_rung(self, number: int) -> float:
        """Return the step of a trial's first rung, or less if that is not known from the start."""

    def _look(self, history: History, trial: FrozenTrial) -> tuple[bool, float]:
        curves = self.curves_of(history)
        if not curves.reports_of(trial):
            return False, -math.inf
        rule = self.rule_for(curves, trial.number)
        if rule is None:
            return False, -math.inf
        return look_at(curves, rule, trial)

    def why(self, history: History, trial: FrozenTrial) -> PruneReason | None:
        curves = self.curves_of(history)
        rule = self.rule_for(curves, trial.number)
        if rule is None:
            return super().why(history, trial)
        reports = curves.reports_of(trial)
        ladder = ladder_of(curves, rule)
        is_known = curves.holds(trial) and ladder.rejects(trial.number) is not None
        arrivals = ladder.arrivals(trial.number, None if is_known else reports)
        step = max(reports)
        name = type(self).__name__
        if not arrivals or arrivals[-1].goes_on:
            rung = len(arrivals)
            because = f"it has reported nothing but NaN since rung {rung} at step "
            because += f"{rule.step_of(rung):g}"
            return PruneReason(name, step, reports[step], because, {"rung": rung})
        return _reason(name, step, rule, arrivals)

    @overload
    def explain(self, study: Study) -> Rungs: ...

    @overload
    def explain(self, study: Study, trial: int | FrozenTrial) -> TrialRungs: ...

    def explain(self, study: Study, trial: int | FrozenTrial | None = None) -> Rungs | TrialRungs:
        """Return the rungs: where they are and how many trials went on from each.

        Parameters
        ----------
        study : Study
            One whose trials report steps; it need not have been run with this pruner.
        trial : int or FrozenTrial, optional
            One of its trials. What is returned then is how it came to each rung: with which value,
            in which place among how many, and whether it went on.

        Raises
        ------
        TypeError
            If `study` is no study or `trial` neither a trial nor its number.
        ValueError
            If the study has no such trial.

        Examples
        --------
        >>> import tunesmith
        >>> study = tunesmith.create_study()
        >>> for first, second in [(3.0, 2.0), (4.0, 3.5), (2.0, 1.0)]:
        ...     reports = {1: first, 2: second}
        ...     trial = tunesmith.create_trial(value=second, intermediate_values=reports)
        ...     study.add_trial(trial)
        >>> pruner = tunesmith.pruners.SuccessiveHalvingPruner(1, reduction_factor=2)
        >>> print(pruner.explain(study))
        bracket  step  arrived  went on  best that stopped
              0     1        3        2                  4
              0     2        3        2                3.5
        >>> print(pruner.explain(study, trial=1))
        bracket  step  value  place  of  went on
              0     1      4      2   2       no
              0     2    3.5      2   2       no
        """
        history = _history_of(self, study)
        with history.lock:
            curves = self.curves_of(history)
            if trial is not None:
                number = _number_of(trial, history)
                rule = self.rule_for(curves, number)
                if rule is None:
                    return TrialRungs([])
                return TrialRungs(trial_rungs_of(ladder_of(curves, rule), rule, number))
            return Rungs(
                [
                    rung
                    for rule in self.rules(curves)
                    for rung in rungs_of(ladder_of(curves, rule), rule)
                ]
            )


def _reason(name: str, step: int, rule: LadderRule, arrivals: list[Arrival]) -> PruneReason:
    rung = len(arrivals) - 1
    last = arrivals[-1]
    value = rule.as_reported(last.loss)
    n_promoted = max(last.n_arrived // rule.factor, 1)
    if last.n_arrived <= rule.n_bootstrap:
        n_promoted = 0
    of_bracket = "" if rule.brackets is None else f" of bracket {rule.bracket}"
    because = (
        f"{shown(value)} is in place {last.n_better + 1} of {last.n_arrived} that have arrived at "
        f"rung {rung} (step {rule.step_of(rung):g}){of_bracket}, and {n_promoted or 'nobody'} may "
        "go on"
    )
    compared = {
        "rung": rung,
        "rung_step": rule.step_of(rung),
        "place": last.n_better + 1,
        "n_arrived": last.n_arrived,
        "n_promoted": n_promoted,
    }
    if rule.brackets is not None:
        compared["bracket"] = rule.bracket
    return PruneReason(name, step, value, because, compared)


def _history_of(pruner: object, study: Any) -> History:
    from ..history import History

    history = getattr(study, "history", None)
    if not isinstance(history, History):
        raise TypeError(
            f"{type(pruner).__name__}.explain() needs a study, got {study!r}. "
            "Use pruner.explain(study), or pruner.explain(study, trial=12)."
        )
    return history


def _number_of(trial: Any, history: History) -> int:
    number = getattr(trial, "number", trial)
    if isinstance(number, bool) or not hasattr(number, "__index__"):
        raise TypeError(f"trial must be a trial or its number, got trial={trial!r}.")
    number = operator.index(number)
    if not 0 <= number < len(history):
        raise ValueError(
            f"The study has no trial {number}; it has "
            + (f"trials 0 to {len(history) - 1}." if len(history) else "none.")
        )
    return number
