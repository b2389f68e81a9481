"""Prune what is worse than the median of the finished trials."""

from __future__ import annotations

from .percentile import PercentilePruner


class MedianPruner(PercentilePruner):
    """Prune a trial whose best report so far is worse than the median of the others [1]_.

    :class:`PercentilePruner` with ``percentile=50``; see there.

    Parameters
    ----------
    n_startup_trials : int, default 5
        No pruning before so many trials are COMPLETE.
    n_warmup_steps : int, default 0
        No pruning of a trial before this step.
    interval_steps : int, default 1
        Steps between two looks at a trial, counted from the end of the warm-up.
    n_min_trials : int, default 1
        No pruning at a step that fewer COMPLETE trials have reported.
    objective : str or int, optional
        As in :class:`PercentilePruner`.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    References
    ----------
    .. [1] Golovin et al. (2017), Google Vizier: A Service for Black-Box Optimization, KDD,
       section 3.2.2.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study(pruner=MedianPruner(n_startup_trials=2))
    >>> def objective(trial):
    ...     for step in range(4):
    ...         trial.report(trial.number, step)
    ...         if trial.should_prune():
    ...             raise tunesmith.TrialPruned
    ...     return trial.number
    >>> study.optimize(objective, n_trials=4)
    >>> [len(trial.intermediate_values) for trial in study.trials]
    [4, 4, 1, 1]
    """

    def __init__(
        self,
        n_startup_trials: int = 5,
        n_warmup_steps: int = 0,
        interval_steps: int = 1,
        *,
        n_min_trials: int = 1,
        objective: str | int | None = None,
    ) -> None:
        super().__init__(
            50.0,
            n_startup_trials,
            n_warmup_steps,
            interval_steps,
            n_min_trials=n_min_trials,
            objective=objective,
        )
