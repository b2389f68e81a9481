"""Pruning of Keras trainings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import SupportsFloat

from tunesmith.integrations.reporter import Direction, MetricReporter
from tunesmith.optional_dependency import optional_dependency
from tunesmith.trial import BaseTrial

with optional_dependency("KerasPruningCallback", "keras", extra="keras", minimum="3.0"):
    try:
        import keras
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "tensorflow":
            raise
        raise ImportError(
            "Keras takes TensorFlow where no other backend is named, and TensorFlow is not "
            "installed. Set the environment variable KERAS_BACKEND to 'torch' or 'jax' before "
            "anything imports keras."
        ) from error


class KerasPruningCallback(keras.callbacks.Callback):  # type: ignore[misc]  # without types
    """Ends a Keras training when the study's pruner says so.

    Works in ``Model.fit`` of Keras 3 with any backend. The step of a report is the epoch, from 0;
    epochs without a value, because validation runs every few epochs only, are not reported.
    Trainings that follow each other in one trial are taken for the folds of a cross-validation;
    see :class:`~tunesmith.integrations.MetricReporter`. One callback may serve them all.

    When the pruner stops the trial, the epoch is completed and the training ends as with early
    stopping; then ``fit`` raises :class:`~tunesmith.TrialPruned`. Name the callback last in
    ``callbacks=[...]``, so that the others have closed their files by then.

    Parameters
    ----------
    trial : Trial
        The running trial.
    monitor : str or sequence of str
        Name in the training's logs, such as ``"val_loss"``. If the study has several objectives,
        one for each, in their order.
    interval : int, default 1
        Report every so many epochs only.
    direction : {"minimize", "maximize"}, optional
        Direction of the metric, if its name does not tell. It must be the study's. For several
        metrics a sequence with one direction, or None, for each.

    Raises
    ------
    ValueError
        From ``fit``, as soon as it is clear that the metric is not logged, or if its direction is
        not the study's.

    Examples
    --------
    >>> import keras, numpy as np, tunesmith
    >>> from tunesmith.integrations import KerasPruningCallback
    >>> x = np.random.default_rng(0).normal(size=(64, 3))
    >>> def objective(trial):
    ...     model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    ...     rate = trial.suggest_float("learning_rate", 1e-3, 1e-1, log=True)
    ...     model.compile(keras.optimizers.SGD(rate), "mse")
    ...     history = model.fit(
    ...         x, x[:, 0], validation_split=0.5, epochs=3, verbose=0,
    ...         callbacks=[KerasPruningCallback(trial, "val_loss")],
    ...     )
    ...     return history.history["val_loss"][-1]
    >>> study = tunesmith.create_study()
    >>> study.optimize(objective, n_trials=1)
    >>> len(study.trials[0].intermediate_values)
    3
    """

    def __init__(
        self,
        trial: BaseTrial,
        monitor: str | Sequence[str],
        interval: int = 1,
        *,
        direction: Direction | Sequence[Direction | None] | None = None,
    ) -> None:
        super().__init__()
        self._reporter = MetricReporter(trial, monitor, direction=direction, interval=interval)
        self._forget_training()

    def _forget_training(self) -> None:
        self._has_begun = False
        self._stop = False
        self._validated = False
        self._found = False
        self._last: tuple[int, Mapping[str, SupportsFloat]] = (0, {})

    def on_train_begin(self, logs: Mapping[str, SupportsFloat] | None = None) -> None:
        """Forget the training before."""
        self._forget_training()

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, SupportsFloat] | None = None) -> None:
        """Note where the training starts."""
        if not self._has_begun:
            self._has_begun = True
            self._reporter.start_training(epoch, self.params.get("epochs"))

    def on_test_end(self, logs: Mapping[str, SupportsFloat] | None = None) -> None:
        """Note that this epoch has been validated."""
        self._validated = True

    def on_epoch_end(self, epoch: int, logs: Mapping[str, SupportsFloat] | None = None) -> None:
        """Report the epoch, and let the training end if the pruner says so."""
        metrics = logs or {}
        self._last = (epoch, metrics)
        missing = not self._reporter.finds_all(metrics)
        validation_may_follow = not self._validated and any(
            name.startswith("val_") for name in self._reporter.monitors
        )
        if missing and (self._found or validation_may_follow):
            return
        self._found = not missing
        if self._reporter.report(epoch, metrics):
            self._stop = True
            self.model.stop_training = True

    def on_train_end(self, logs: Mapping[str, SupportsFloat] | None = None) -> None:
        """Raise TrialPruned if the training was pruned."""
        if self._stop:
            self._stop = False
            self._reporter.prune()
        if self._has_begun and not self._found:
            self._reporter.require(*self._last)


#: The same under Optuna's name for ``tf.keras``, which is Keras 3 since TensorFlow 2.16.
TFKerasPruningCallback = KerasPruningCallback
