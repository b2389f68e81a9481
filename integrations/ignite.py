"""Pruning of PyTorch Ignite trainings."""

from __future__ import annotations

from collections.abc import Sequence

from tunesmith.integrations.reporter import Direction, MetricReporter
from tunesmith.optional_dependency import optional_dependency
from tunesmith.trial import BaseTrial

with optional_dependency(
    "PyTorchIgnitePruningHandler",
    "pytorch-ignite",
    extra="ignite",
    minimum="0.5",
    imported_as="ignite",
):
    from ignite.engine import Engine, Events


class PyTorchIgnitePruningHandler:
    """Ends an Ignite training when the study's pruner says so.

    Attach it to the evaluator, for ``Events.COMPLETED``. The step of a report is the trainer's
    epoch, counted from 0; further evaluations in one epoch are not reported. Trainings that
    follow each other in one trial are taken for the folds of a cross-validation; see
    :class:`~tunesmith.integrations.MetricReporter`.

    When the pruner stops the trial, the trainer is terminated: it fires ``Events.TERMINATE`` and
    ``Events.COMPLETED`` as usual, and after the other handlers ``trainer.run`` raises
    :class:`~tunesmith.TrialPruned`. A handler for ``Events.EXCEPTION_RAISED``, if there is one,
    is called with it and has to raise it again.

    Parameters
    ----------
    trial : Trial
        The running trial.
    metric : str or sequence of str
        Name of the metric in the evaluator's ``state.metrics``. If the study has several
        objectives, one for each, in their order.
    trainer : ignite.engine.Engine
        The engine that trains, which is another one than the evaluator.
    direction : {"minimize", "maximize"}, optional
        Direction of the metric, if its name does not tell. It must be the study's. For several
        metrics a sequence with one direction, or None, for each.

    Raises
    ------
    ValueError
        From ``trainer.run``, if the evaluator has no metric of this name or its direction is not
        the study's.

    Examples
    --------
    >>> import tunesmith
    >>> from ignite.engine import Engine, Events
    >>> from tunesmith.integrations import PyTorchIgnitePruningHandler
    >>> def objective(trial):
    ...     x = trial.suggest_float("x", 0, 1)
    ...     trainer = Engine(lambda engine, batch: None)
    ...     evaluator = Engine(lambda engine, batch: None)
    ...
    ...     @trainer.on(Events.EPOCH_COMPLETED)
    ...     def evaluate():
    ...         evaluator.run([0])
    ...
    ...     @evaluator.on(Events.COMPLETED)
    ...     def compute():
    ...         evaluator.state.metrics["loss"] = x / trainer.state.epoch
    ...
    ...     handler = PyTorchIgnitePruningHandler(trial, "loss", trainer)
    ...     evaluator.add_event_handler(Events.COMPLETED, handler)
    ...     trainer.run([0], max_epochs=3)
    ...     return evaluator.state.metrics["loss"]
    >>> study = tunesmith.create_study()
    >>> study.optimize(objective, n_trials=1)
    >>> len(study.trials[0].intermediate_values)
    3
    """

    def __init__(
        self,
        trial: BaseTrial,
        metric: str | Sequence[str],
        trainer: Engine,
        *,
        direction: Direction | Sequence[Direction | None] | None = None,
    ) -> None:
        if not isinstance(trainer, Engine):
            raise TypeError(f"trainer must be an ignite.engine.Engine, got {trainer!r}.")
        self._reporter = MetricReporter(trial, metric, direction=direction)
        self._trainer = trainer
        trainer.add_event_handler(Events.STARTED, self._start)

    def _start(self) -> None:
        state = self._trainer.state
        self._reporter.start_training(state.epoch, state.max_epochs)

    def __call__(self, engine: Engine) -> None:
        """Report what the evaluator has found, and end the training if the pruner says so."""
        step = max(self._trainer.state.epoch - 1, 0)
        if self._reporter.report(step, engine.state.metrics):
            # Added only now: the handlers that are there are called first.
            self._trainer.add_event_handler(Events.COMPLETED, self._prune)
            self._trainer.terminate()

    def _prune(self) -> None:
        self._trainer.remove_event_handler(self._prune, Events.COMPLETED)
        self._reporter.prune()
