"""Pruning of skorch trainings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunesmith.integrations.reporter import Direction, MetricReporter
from tunesmith.optional_dependency import optional_dependency
from tunesmith.trial import BaseTrial

with optional_dependency("SkorchPruningCallback", "skorch", extra="skorch", minimum="1.1"):
    import skorch
    import skorch.callbacks


class SkorchPruningCallback(skorch.callbacks.Callback):  # type: ignore[misc]  # without types
    """Ends the training of a skorch net when the study's pruner says so.

    The step of a report is the epoch, from 0. A net that goes on (``partial_fit``,
    ``warm_start=True``) counts on. Trainings from the beginning that follow each other in one
    trial are taken for the folds of a cross-validation; see
    :class:`~tunesmith.integrations.MetricReporter`. One callback may serve them all, also in
    clones of its net.

    When the pruner stops the trial, the net ends its training as skorch's own ``EarlyStopping``
    does; then ``fit`` raises :class:`~tunesmith.TrialPruned`. Name the callback last in
    ``callbacks=[...]``: the scores are there by then, and the other callbacks have ended.

    Parameters
    ----------
    trial : Trial
        The running trial.
    monitor : str or sequence of str
        Name in an epoch's row of the net's history, such as ``"valid_loss"``. If the study has
        several objectives, one for each, in their order.
    direction : {"minimize", "maximize"}, optional
        Direction of the metric, if its name does not tell. It must be the study's. For several
        metrics a sequence with one direction, or None, for each.

    Raises
    ------
    ValueError
        From ``fit``, in the first epoch, if the metric is not in the history or its direction is
        not the study's.

    Examples
    --------
    >>> import numpy as np, skorch, torch, tunesmith
    >>> from tunesmith.integrations import SkorchPruningCallback
    >>> x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
    >>> def objective(trial):
    ...     net = skorch.NeuralNetRegressor(
    ...         torch.nn.Linear(3, 1), max_epochs=3, verbose=0,
    ...         lr=trial.suggest_float("lr", 1e-3, 1e-1, log=True),
    ...         callbacks=[SkorchPruningCallback(trial, "valid_loss")],
    ...     )
    ...     net.fit(x, x[:, :1])
    ...     return net.history[-1, "valid_loss"]
    >>> study = tunesmith.create_study()
    >>> study.optimize(objective, n_trials=1)
    >>> len(study.trials[0].intermediate_values)
    3
    """

    def __init__(
        self,
        trial: BaseTrial,
        monitor: str | Sequence[str],
        *,
        direction: Direction | Sequence[Direction | None] | None = None,
    ) -> None:
        super().__init__()
        self.trial = trial
        self.monitor = monitor
        self.direction = direction
        self._reporter = MetricReporter(trial, monitor, direction=direction)
        self._stop = False

    def __sklearn_clone__(self) -> SkorchPruningCallback:  # scikit-learn's name
        # A clone of the net reports to the same trial.
        return self

    def on_train_begin(self, net: skorch.NeuralNet, **kwargs: Any) -> None:
        """Note where the training starts."""
        self._stop = False
        n_before = len(net.history)
        self._reporter.start_training(n_before, n_before + net.max_epochs)

    def on_epoch_end(self, net: skorch.NeuralNet, **kwargs: Any) -> None:
        """Report the epoch, and let the training end if the pruner says so."""
        row = net.history[-1]
        metrics = {name: value for name, value in row.items() if _is_number(value)}
        if self._reporter.report(len(net.history) - 1, metrics):
            self._stop = True
            raise KeyboardInterrupt  # skorch's way to end a training from a callback

    def on_train_end(self, net: skorch.NeuralNet, **kwargs: Any) -> None:
        """Raise TrialPruned if the training was pruned."""
        if self._stop:
            self._stop = False
            self._reporter.prune()


def _is_number(value: object) -> bool:
    return not isinstance(value, (bool, str)) and hasattr(value, "__float__")
