"""Pruning of trainings with the Trainer of Hugging Face transformers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, SupportsFloat

from tunesmith.integrations.reporter import Direction, MetricReporter
from tunesmith.optional_dependency import optional_dependency
from tunesmith.trial import BaseTrial

with optional_dependency(
    "TransformersPruningCallback", "transformers", extra="transformers", minimum="4.49"
):
    from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments


class TransformersPruningCallback(TrainerCallback):
    """Ends a training of ``transformers.Trainer`` when the study's pruner says so.

    Metrics are those of the evaluations during training (``eval_strategy``, ``eval_dataset``,
    which may be a dictionary of several). The step of a report is the epoch, from 0, or with
    ``eval_strategy="steps"`` the number of evaluations before: unlike the global step it means
    the same for every batch size. An evaluation before the training (``eval_on_start``) is not
    reported. Trainings from the beginning that follow each other in one trial are taken for the
    folds of a cross-validation; see :class:`~tunesmith.integrations.MetricReporter`. One that is
    resumed from a checkpoint goes on.

    When the pruner stops the trial, the Trainer saves and logs what is due and ends as with early
    stopping; then ``train`` raises :class:`~tunesmith.TrialPruned`. Callbacks named after this
    one do not hear of the end of the training, so name it last.

    Parameters
    ----------
    trial : Trial
        The running trial.
    monitor : str or sequence of str
        Name of the metric, with or without ``"eval_"``, such as ``"eval_loss"``. If the study has
        several objectives, one for each, in their order.
    interval : int, default 1
        Report every so many epochs or evaluations only.
    direction : {"minimize", "maximize"}, optional
        Direction of the metric, if its name does not tell. It must be the study's. For several
        metrics a sequence with one direction, or None, for each.

    Raises
    ------
    ValueError
        From ``train``, after the first evaluation, if it has no such metric or the metric's
        direction is not the study's; at the end, if there was no evaluation.

    Examples
    --------
    >>> def objective(trial):  # doctest: +SKIP
    ...     args = TrainingArguments(
    ...         learning_rate=trial.suggest_float("learning_rate", 1e-6, 1e-3, log=True),
    ...         eval_strategy="epoch",
    ...     )
    ...     trainer = Trainer(
    ...         model=make_model(), args=args, train_dataset=train, eval_dataset=valid,
    ...         callbacks=[TransformersPruningCallback(trial, "eval_loss")],
    ...     )
    ...     trainer.train()
    ...     return trainer.evaluate()["eval_loss"]
    """

    def __init__(
        self,
        trial: BaseTrial,
        monitor: str | Sequence[str],
        interval: int = 1,
        *,
        direction: Direction | Sequence[Direction | None] | None = None,
    ) -> None:
        self._reporter = MetricReporter(
            trial, monitor, direction=direction, interval=interval, canonical=_canonical
        )
        self._is_training = False
        self._found = False
        self._stop = False
        # Metrics of the evaluations at one step, one for each data set, until they are reported.
        self._metrics: dict[str, SupportsFloat] = {}
        self._step = 0

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Note where the training starts."""
        self._is_training = True
        self._found = self._stop = False
        self._metrics = {}
        done = _progress(args, state, state.global_step, state.epoch or 0.0)
        whole = _progress(args, state, state.max_steps, state.num_train_epochs)
        self._reporter.start_training(math.floor(done), max(math.ceil(whole), 1))

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: Mapping[str, SupportsFloat] | None = None,
        **kwargs: Any,
    ) -> TrainerControl:
        """Report the evaluation, and let the training end if the pruner says so."""
        if not self._is_training or state.global_step == 0:
            return control
        done = _progress(args, state, state.global_step, state.epoch or 0.0)
        self._step = math.ceil(done) - 1
        self._metrics.update(metrics or {})
        if not self._stop and self._reporter.finds_all(self._metrics):
            self._found = True
            reported, self._metrics = self._metrics, {}
            self._stop = self._reporter.report(self._step, reported)
        control.should_training_stop = control.should_training_stop or self._stop
        return control

    def on_step_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Raise if the evaluations of the step before lack the metric."""
        self._check_all_found()

    def on_train_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Raise TrialPruned if the training was pruned."""
        self._is_training = False
        if self._stop:
            self._stop = False
            self._reporter.prune()
        if not self._found:
            self._reporter.require(self._step, self._metrics)

    def _check_all_found(self) -> None:
        if self._metrics:
            metrics, self._metrics = self._metrics, {}
            if not self._found:
                self._reporter.require(self._step, metrics)


def _progress(args: TrainingArguments, state: TrainerState, n_steps: int, n_epochs: float) -> float:
    """How many steps of a report so many optimizer steps, or epochs, are."""
    if args.eval_strategy == "steps":
        return n_steps / max(state.eval_steps, 1)
    return round(n_epochs, 6)  # an epoch ends at 2.9999999 or 3


def _canonical(name: str) -> str:
    return name if name.startswith("eval_") else f"eval_{name}"
