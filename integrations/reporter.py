"""What every training loop needs to report to a trial; the adapters only translate hooks to it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NoReturn, SupportsFloat

from tunesmith.exceptions import TrialPruned
from tunesmith.integrations.metric_directions import is_higher_better
from tunesmith.study import StudyDirection
from tunesmith.trial import BaseTrial, FoldTrial

Direction = Literal["minimize", "maximize"]


class MetricReporter:
    """Reports the metrics of a training loop to a trial and says when to stop.

    Folds: the trainings of a cross-validation loop are told apart by :meth:`start_training`.
    Each training from the beginning is one more fold of its trial, also if it comes with a
    reporter of its own; what is reported is the mean over the folds so far, at a step that counts
    on from fold to fold. A loop that numbers its folds hands in ``trial.fold(k)`` as `trial`.

    Parameters
    ----------
    trial : Trial
        The running trial, or one fold of it.
    monitor : str or sequence of str
        Name of the metric to report. If the study has several objectives, one name for each, in
        their order.
    direction : {"minimize", "maximize"}, optional
        Direction of the metric, for metrics whose direction is unknown or known wrongly. It must
        be that of the study. For several metrics a sequence with one direction, or None, for each.
    interval : int, default 1
        Report every so many steps only: at step ``interval - 1``, ``2 * interval - 1``, ...
    canonical : callable, optional
        Maps a metric's name to the one that stands for all its aliases.

    Raises
    ------
    ValueError
        If `monitor` does not name one metric for each objective of the study, `direction` is not
        the study's or `interval` is less than 1.

    Examples
    --------
    >>> import tunesmith
    >>> from tunesmith.integrations import MetricReporter
    >>> def objective(trial):
    ...     x = trial.suggest_float("x", 0, 1)
    ...     reporter = MetricReporter(trial, "loss")
    ...     for epoch in range(5):
    ...         reporter.report_or_prune(epoch, {"loss": x / (epoch + 1), "seconds": 0.1})
    ...     return x / 5
    >>> study = tunesmith.create_study()
    >>> study.optimize(objective, n_trials=1)
    >>> len(study.trials[0].intermediate_values)
    5
    """

    def __init__(
        self,
        trial: BaseTrial,
        monitor: str | Sequence[str],
        *,
        direction: Direction | Sequence[Direction | None] | None = None,
        interval: int = 1,
        canonical: Callable[[str], str] | None = None,
    ) -> None:
        self._trial = trial
        self._monitors = (monitor,) if isinstance(monitor, str) else tuple(monitor)
        self._goals = _study_directions(trial)
        self._check_monitors()
        self._given = self._read_directions(direction)
        if interval < 1:
            raise ValueError(f"The interval between reports must be 1 or more, got {interval}.")
        self._interval = interval
        self._canonical = canonical if canonical is not None else str
        # The names that the metrics are logged by, once they are known.
        self._names: tuple[str, ...] = ()
        # What takes the reports, once a training has begun: a fold of the trial.
        self._target: BaseTrial | None = None
        self._last = "no report"
        for objective, given in enumerate(self._given):
            if given is not None:
                self._check_direction(self._monitors[objective], given, objective)

    def __deepcopy__(self, memo: dict[int, object]) -> MetricReporter:
        # scikit-learn clones estimators with their callbacks; the trial to report to is the same.
        return self

    @property
    def monitors(self) -> tuple[str, ...]:
        """Names of the metrics that are reported, as the user gave them."""
        return self._monitors

    @property
    def monitor(self) -> str:
        """The same as one text."""
        return ", ".join(self._monitors)

    @property
    def trial(self) -> BaseTrial:
        """The trial that is reported to, or the fold of it."""
        return self._trial

    def start_training(self, first_step: int = 0, n_steps: int | None = None) -> None:
        """Say that a training starts; one from the beginning is the trial's next fold.

        Parameters
        ----------
        first_step : int, default 0
            Above 0 for a training that goes on from a checkpoint or an earlier model.
        n_steps : int, optional
            How many steps the training takes at most. Give it wherever it is known: if not given,
            the next fold begins where this one ends, which lines trials up only if none of them
            stops a fold early.

        Raises
        ------
        ValueError
            If the trial is ``trial.fold(k)`` and this fold has been trained already.
        """
        self._target = self._trial.begin_training(first_step, n_steps)

    def report(
        self,
        step: int,
        metrics: Mapping[str, SupportsFloat],
        higher_is_better: Mapping[str, bool | None] | None = None,
    ) -> bool:
        """Report the monitored metrics and ask the study's pruner.

        Parameters
        ----------
        step : int
            Epoch, boosting round or the like, counted from 0 within the training.
        metrics : mapping of str to number
            All metrics of this step by name.
        higher_is_better : mapping of str to bool or None, optional
            What is known about the metrics' directions, by the same names. Where nothing is, a
            name such as ``"val_auc"`` or ``"train_loss"`` speaks for itself.

        Returns
        -------
        bool
            True if the training should stop. False at a step that was reported before or lies
            between two reports of the interval.

        Raises
        ------
        ValueError
            If a metric is not among `metrics`, or its direction is not the study's.
        """
        if not self._names or any(name not in metrics for name in self._names):
            self._names = self._resolve(step, metrics)
            self._check_directions(higher_is_better or {})
        if (step + 1) % self._interval:
            return False
        if self._target is None:
            self.start_training(first_step=step)
        target = self._target
        assert target is not None
        if isinstance(target, FoldTrial) and target.has_reported(step):
            return False
        values = tuple(float(metrics[name]) for name in self._names)
        report = values[0] if len(values) == 1 else values
        target.report(report, step)
        self._last = self._describe(step, target, report)
        return target.should_prune()

    @property
    def pruned_message(self) -> str:
        """What TrialPruned says if the training is to stop now: at which step and value."""
        return f"Trial {self._trial.number} was pruned at {self._last}."

    def prune(self) -> NoReturn:
        """Raise TrialPruned, saying at which step and value.

        Raises
        ------
        TrialPruned
            Always.
        """
        raise TrialPruned(self.pruned_message)

    def report_or_prune(
        self,
        step: int,
        metrics: Mapping[str, SupportsFloat],
        higher_is_better: Mapping[str, bool | None] | None = None,
    ) -> None:
        """Report as :meth:`report` does and raise TrialPruned if the training should stop."""
        if self.report(step, metrics, higher_is_better):
            self.prune()

    def prune_at_end(self) -> None:
        """End the trial PRUNED when its objective returns.

        For frameworks that let no exception of a callback through. Their trainings are stopped,
        and :attr:`has_pruned` stops those that the objective may begin after that.
        """
        self._trial.end_pruned()

    @property
    def has_pruned(self) -> bool:
        """Whether :meth:`prune_at_end` was called for the trial."""
        return self._trial.ends_pruned

    def require(self, step: int, metrics: Mapping[str, SupportsFloat]) -> None:
        """Raise the ValueError of :meth:`report` if a metric is not among `metrics`."""
        self._resolve(step, metrics)

    def finds_all(self, metrics: Mapping[str, SupportsFloat]) -> bool:
        """Whether every monitored metric is among `metrics`."""
        canonical = {self._canonical(name) for name in metrics}
        return all(
            monitor in metrics or self._canonical(monitor) in canonical
            for monitor in self._monitors
        )

    def _check_monitors(self) -> None:
        names = list(self._monitors)
        if not names or not all(isinstance(name, str) for name in names):
            raise ValueError(f"Name the metrics to monitor as text, one or a list, got {names}.")
        n_objectives = len(self._goals)
        if n_objectives == 1 and len(names) > 1:
            raise ValueError(
                f"Exactly one metric can be monitored in a study of one objective, got {names}. "
                "Name one, or give the study a direction for each: create_study(directions=[...])."
            )
        if n_objectives > 1 and len(names) != n_objectives:
            raise ValueError(
                f"The study has {n_objectives} objectives, but {names} names {len(names)} "
                f"metric{'s' if len(names) > 1 else ''}. Give a list with one metric for each "
                "objective, in the study's order, such as ['val_loss', 'val_acc']."
            )

    def _read_directions(
        self, direction: Direction | Sequence[Direction | None] | None
    ) -> tuple[Direction | None, ...]:
        n_monitors = len(self._monitors)
        if direction is None:
            return (None,) * n_monitors
        given = (direction,) if isinstance(direction, str) else tuple(direction)
        if len(given) != n_monitors:
            raise ValueError(
                f"direction={direction!r} should be a list with one direction, or None, for each "
                f"of the metrics {list(self._monitors)}."
            )
        for one in given:
            if one not in ("minimize", "maximize", None):
                raise ValueError(f"direction must be 'minimize' or 'maximize', got {one!r}.")
        return given

    def _resolve(self, step: int, metrics: Mapping[str, SupportsFloat]) -> tuple[str, ...]:
        return tuple(self._resolve_one(name, step, metrics) for name in self._monitors)

    def _resolve_one(self, monitor: str, step: int, metrics: Mapping[str, SupportsFloat]) -> str:
        if monitor in metrics:
            return monitor
        canonical_monitor = self._canonical(monitor)
        for name in metrics:
            if self._canonical(name) == canonical_monitor:
                return name
        missing = f"metric {monitor!r} was not logged at step {step}"
        if not metrics:
            raise ValueError(f"{missing}; nothing was. Give the training something to evaluate on.")
        logged = ", ".join(repr(name) for name in metrics)
        similar = difflib.get_close_matches(monitor, metrics, n=1, cutoff=0.4)
        hint = f". Did you mean {similar[0]!r}?" if similar else "."
        raise ValueError(f"{missing}; logged: {logged}{hint}")

    def _check_directions(self, higher_is_better: Mapping[str, bool | None]) -> None:
        for objective, (name, given) in enumerate(zip(self._names, self._given, strict=True)):
            if given is not None:
                continue
            higher = higher_is_better.get(name)
            if higher is None:
                higher = is_higher_better(name)
            if higher is not None:
                self._check_direction(name, "maximize" if higher else "minimize", objective)

    def _check_direction(self, name: str, direction: Direction, objective: int) -> None:
        if not self._goals or direction == self._goals[objective]:
            return
        goal = self._goals[objective]
        several = len(self._goals) > 1
        whole, option = "the study", f"direction={direction!r}"
        if several:
            whole = f"objective {objective} of the study"
            option = f"{direction!r} at this place of directions"
        way_out = f" (If the metric is one to {goal}, say so with direction={goal!r}.)"
        if several:
            way_out = (
                f" (If the metric is one to {goal}, give {goal!r} at its place of direction=.)"
            )
        raise ValueError(
            f"metric {name!r} should be {direction}d, but {whole} is to {goal}. "
            f"Create the study with {option}, or monitor another metric."
            + ("" if self._given[objective] is not None else way_out)
        )

    def _describe(self, step: int, target: BaseTrial, report: float | tuple[float, ...]) -> str:
        place, note = f"step {step}", ""
        if isinstance(target, FoldTrial) and target.n_before:
            place, note = f"step {step} of fold {target.index}", ", mean of the folds"
            report = target.mean_at(step)
        values = report if isinstance(report, tuple) else (report,)
        named = zip(self._names, values, strict=True)
        text = ", ".join(f"{name}={value:.6g}" for name, value in named)
        return f"{place} ({text}{note})"


def _study_directions(trial: BaseTrial) -> list[Direction]:
    """Return the directions of the trial's study, none for a trial that belongs to no study."""
    study = getattr(trial, "study", None)
    if study is None:
        return []
    return [
        "maximize" if direction == StudyDirection.MAXIMIZE else "minimize"
        for direction in study.directions
    ]
