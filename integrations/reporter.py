"""What every training loop needs to report to a trial; the adapters only translate hooks to it."""

from __future__ import annotations

import difflib
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NoReturn, SupportsFloat

from tunesmith.exceptions import TrialPruned
from tunesmith.integrations.fold_mean import FoldMean
from tunesmith.study import StudyDirection
from tunesmith.trial import BaseTrial, Trial

Direction = Literal["minimize", "maximize"]

# Each fold of a cross-validation may come with a callback of its own, so the folds belong to the
# trial and not to the reporter.
_folds_of_trials: weakref.WeakKeyDictionary[Trial, FoldMean] = weakref.WeakKeyDictionary()


class MetricReporter:
    """Reports the metric of a training loop to a trial and says when to stop.

    Folds: the trainings of a cross-validation loop are told apart by :meth:`start_training`.
    Each training from the beginning is one more fold of its trial, also if it comes with a
    reporter of its own; what is reported is the mean over the folds so far, at a step that counts
    on from fold to fold.

    Parameters
    ----------
    trial : Trial
        The running trial.
    monitor : str or sequence of str
        Name of the metric to report.
    direction : {"minimize", "maximize"}, optional
        Direction of the metric, for metrics whose direction is unknown or known wrongly. It must
        be that of the study.
    interval : int, default 1
        Report every so many steps only: at step ``interval - 1``, ``2 * interval - 1``, ...
    canonical : callable, optional
        Maps a metric's name to the one that stands for all its aliases.

    Raises
    ------
    ValueError
        If the study has several objectives, `direction` is not the study's, `interval` is less
        than 1 or there is not exactly one metric to monitor.

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
        direction: Direction | None = None,
        interval: int = 1,
        canonical: Callable[[str], str] | None = None,
    ) -> None:
        monitors = (monitor,) if isinstance(monitor, str) else tuple(monitor)
        directions = _study_directions(trial)
        if len(directions) > 1:
            raise ValueError(
                f"The study has {len(directions)} objectives, and a trial can report to a study "
                "of one objective only. Leave the pruning callback out, or give the study one "
                "direction."
            )
        if len(monitors) != 1:
            raise ValueError(f"Exactly one metric can be monitored, got {list(monitors)}.")
        if interval < 1:
            raise ValueError(f"The interval between reports must be 1 or more, got {interval}.")
        self._trial = trial
        self._monitor = monitors[0]
        self._goal = directions[0] if directions else None
        self._direction_given = direction is not None
        self._interval = interval
        self._canonical = canonical if canonical is not None else str
        self._name: str | None = None
        # Other trials, fixed or finished, take reports without keeping them.
        self._folds = FoldMean()
        # Steps reported in another process, before the training was restored from a checkpoint.
        self._known_steps: frozenset[int] = frozenset()
        if isinstance(trial, Trial):
            self._folds = _folds_of_trials.setdefault(trial, self._folds)
            self._known_steps = frozenset(trial.record.intermediate_values)
        self._last = "no report"
        if direction is not None:
            self._check_direction(self._monitor, direction)

    def __deepcopy__(self, memo: dict[int, object]) -> MetricReporter:
        # scikit-learn clones estimators with their callbacks; the trial to report to is the same.
        return self

    @property
    def monitor(self) -> str:
        """Name of the metric that is reported, as the user gave it."""
        return self._monitor

    @property
    def trial(self) -> BaseTrial:
        """The trial that is reported to."""
        return self._trial

    def start_training(self, first_step: int = 0, n_steps: int | None = None) -> None:
        """Say that a training starts; one from the beginning is the trial's next fold.

        Parameters
        ----------
        first_step : int, default 0
            Above 0 for a training that goes on from a checkpoint or an earlier model.
        n_steps : int, optional
            How many steps the training takes at most. Give it wherever it is known; see
            :meth:`FoldMean.next_fold <tunesmith.integrations.fold_mean.FoldMean.next_fold>`.
        """
        if first_step == 0:
            self._folds.next_fold(n_steps)

    def report(
        self,
        step: int,
        metrics: Mapping[str, SupportsFloat],
        higher_is_better: Mapping[str, bool | None] | None = None,
    ) -> bool:
        """Report the monitored metric and ask the study's pruner.

        Parameters
        ----------
        step : int
            Epoch, boosting round or the like, counted from 0 within the training.
        metrics : mapping of str to number
            All metrics of this step by name.
        higher_is_better : mapping of str to bool or None, optional
            What is known about the metrics' directions, by the same names.

        Returns
        -------
        bool
            True if the training should stop. False at a step that was reported before or lies
            between two reports of the interval.

        Raises
        ------
        ValueError
            If the metric is not among `metrics`, or its direction is not the study's.
        """
        name = self._name
        if name is None or name not in metrics:
            self._name = name = self._resolve(step, metrics)
            higher = (higher_is_better or {}).get(name)
            if higher is not None and not self._direction_given:
                self._check_direction(name, "maximize" if higher else "minimize")
        if (step + 1) % self._interval or step <= self._folds.last_step:
            return False
        trial_step, value = self._folds.add(step, float(metrics[name]))
        if trial_step in self._known_steps:
            return False
        self._last = self._describe(step, value)
        self._trial.report(value, trial_step)
        return self._trial.should_prune()

    def prune(self) -> NoReturn:
        """Raise TrialPruned, saying at which step and value.

        Raises
        ------
        TrialPruned
            Always.
        """
        raise TrialPruned(f"Trial {self._trial.number} was pruned at {self._last}.")

    def report_or_prune(
        self,
        step: int,
        metrics: Mapping[str, SupportsFloat],
        higher_is_better: Mapping[str, bool | None] | None = None,
    ) -> None:
        """Report as :meth:`report` does and raise TrialPruned if the training should stop."""
        if self.report(step, metrics, higher_is_better):
            self.prune()

    def require(self, step: int, metrics: Mapping[str, SupportsFloat]) -> None:
        """Raise the ValueError of :meth:`report` if the metric is not among `metrics`."""
        self._resolve(step, metrics)

    def _resolve(self, step: int, metrics: Mapping[str, SupportsFloat]) -> str:
        if self._monitor in metrics:
            return self._monitor
        canonical_monitor = self._canonical(self._monitor)
        for name in metrics:
            if self._canonical(name) == canonical_monitor:
                return name
        missing = f"metric {self._monitor!r} was not logged at step {step}"
        if not metrics:
            raise ValueError(f"{missing}; nothing was. Give the training something to evaluate on.")
        logged = ", ".join(repr(name) for name in metrics)
        similar = difflib.get_close_matches(self._monitor, metrics, n=1, cutoff=0.4)
        hint = f". Did you mean {similar[0]!r}?" if similar else "."
        raise ValueError(f"{missing}; logged: {logged}{hint}")

    def _check_direction(self, name: str, direction: Direction) -> None:
        if self._goal is not None and direction != self._goal:
            raise ValueError(
                f"metric {name!r} should be {direction}d, but the study is to {self._goal}. "
                f"Create the study with direction={direction!r}, or monitor another metric."
                + ("" if self._direction_given else self._way_out())
            )

    def _way_out(self) -> str:
        return f" (If the metric is one to {self._goal}, say so with direction={self._goal!r}.)"

    def _describe(self, step: int, value: float) -> str:
        fold = self._folds.fold
        if fold == 0:
            return f"step {step} ({self._name}={value:.6g})"
        return f"step {step} of fold {fold + 1} ({self._name}={value:.6g}, mean of the folds)"


def _study_directions(trial: BaseTrial) -> list[Direction]:
    """Return the directions of the trial's study, none for a trial that belongs to no study."""
    if not isinstance(trial, Trial):
        return []
    return [
        "maximize" if direction == StudyDirection.MAXIMIZE else "minimize"
        for direction in trial.study.directions
    ]
