"""Pruning of Lightning trainings."""

from __future__ import annotations

import enum
import functools
import importlib
import importlib.util
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from tunesmith.exceptions import TrialPruned
from tunesmith.integrations.ranks import on_rank_zero
from tunesmith.integrations.reporter import Direction
from tunesmith.integrations.shared_reporter import SharedReporter
from tunesmith.integrations.torch_launcher import LAUNCHER
from tunesmith.lockstep import invite, use_launcher
from tunesmith.optional_dependency import optional_dependency
from tunesmith.trial import BaseTrial, FoldTrial, Trial

if TYPE_CHECKING:
    from lightning.pytorch import Callback, LightningModule, Trainer
else:
    Callback = object  # replaced when an instance is made, see `__new__`

Answer = TypeVar("Answer")

_NAME = "PyTorchLightningPruningCallback"


def _is_installed(package: str) -> bool:
    return importlib.util.find_spec(package.partition(".")[0]) is not None


# The same code under two names, whose classes do not know each other. Importing one takes seconds,
# and which of them a script uses is only known when it makes a callback.
_PACKAGES = [name for name in ("lightning.pytorch", "pytorch_lightning") if _is_installed(name)]

_distribution = _PACKAGES[0].partition(".")[0] if _PACKAGES else "lightning"
with optional_dependency(_NAME, _distribution, extra="lightning", minimum="2.1"):
    if not _PACKAGES:
        raise ModuleNotFoundError(name=_distribution)


use_launcher(LAUNCHER)


class _Source(enum.IntEnum):
    """Where a metric is logged, in the order in which an epoch comes by."""

    VALIDATION = 0
    EPOCH = 1
    LATE_EPOCH = 2  # by the module, at the end of an epoch, after the callbacks


class PyTorchLightningPruningCallback(Callback):
    """Ends a Lightning training when the study's pruner says so.

    Works with the Trainers of ``lightning`` and ``pytorch_lightning``. The metric is one that the
    module logs under the name `monitor`, in validation or, if no validation logs it, in training.

    The step of a report is the epoch. Where validation does not follow the epochs
    (a ``val_check_interval`` other than 1.0, ``check_val_every_n_epoch=None``) it is the number of
    validations before: unlike the global step it means the same for every batch size. Metrics of
    training, alone or beside some of validation, are reported at the ends of epochs, and the latter
    only of those with a validation.

    When the pruner stops the trial, the Trainer ends its fit as early stopping would, closing
    loaders and checkpoints, and then `fit` raises :class:`~tunesmith.TrialPruned`; loggers are
    finalized with the status that Lightning has for a fit that raises. `min_epochs` and
    `min_steps` are honoured.

    Fits from the beginning that follow each other in one trial are taken for the folds of a
    cross-validation; see :class:`~tunesmith.integrations.MetricReporter`.

    Parameters
    ----------
    trial : Trial
        The running trial.
    monitor : str or sequence of str
        Name of the metric, such as ``"val_loss"``. If the study has several objectives, one for
        each, in their order.
    direction : {"minimize", "maximize"}, optional
        Direction of the metric, which must be the study's. Lightning itself knows none. For
        several metrics a sequence with one direction, or None, for each.

    Raises
    ------
    ValueError
        If there is not one metric for each objective of the study. From `fit`, as soon as it is
        clear that nothing logs the metric.

    Examples
    --------
    >>> def objective(trial):  # doctest: +SKIP
    ...     model = Model(lr=trial.suggest_float("lr", 1e-5, 1e-1, log=True))
    ...     trainer = lightning.Trainer(
    ...         max_epochs=10, callbacks=[PyTorchLightningPruningCallback(trial, "val_loss")]
    ...     )
    ...     trainer.fit(model, data)
    ...     return trainer.callback_metrics["val_loss"].item()
    """

    _public_class: type[PyTorchLightningPruningCallback]

    def __new__(cls, *_: Any, **__: Any) -> PyTorchLightningPruningCallback:
        accepted = _accepted_by_trainers(cls, _callback_classes())  # type: ignore[arg-type]  # hashable
        return super().__new__(accepted)

    def __init__(
        self,
        trial: BaseTrial,
        monitor: str | Sequence[str],
        *,
        direction: Direction | Sequence[Direction | None] | None = None,
    ) -> None:
        super().__init__()
        self._reporter = SharedReporter(trial, monitor, direction=direction)
        running = trial.trial if isinstance(trial, FoldTrial) else trial
        if isinstance(running, Trial):
            invite(running)
        # What TrialPruned will say, once rank 0 has decided that the fit is to end.
        self._pruned: str | None = None
        # Validations so far, counted where they do not follow the epochs.
        self._n_validations = 0
        self._forget_fit()

    def __reduce__(self) -> tuple[Any, ...]:
        # The class is made when an instance is, so another process finds only the one it is from.
        return _new, (self._public_class,), self.__dict__

    def _forget_fit(self) -> None:
        # Logged values stay until they are logged anew. So it is found out once where each metric
        # comes from, and looked at there alone.
        self._sources: dict[str, _Source] = {}
        self._logged_before_validation: frozenset[str] = frozenset()
        self._validated = False
        self._validated_in_epoch = False
        self._ended_epoch: int | None = None

    @property
    def state_key(self) -> str:
        """Name of the callback's state in a checkpoint, one for each metric."""
        return f"{_NAME}[{self._reporter.monitor}]"

    def state_dict(self) -> dict[str, Any]:
        """Return what a fit that is resumed from a checkpoint must know."""
        return {"n_validations": self._n_validations}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take what :meth:`state_dict` returned."""
        self._n_validations = state_dict["n_validations"]

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note where the training starts."""
        self._pruned = None
        self._forget_fit()
        if trainer.global_step == 0:
            self._n_validations = 0
        self._agree(trainer, self._reporter.start_training, trainer.global_step, _n_steps(trainer))

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note what the training has logged already."""
        self._logged_before_validation = frozenset(trainer.callback_metrics)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Report the metric if validation logs it."""
        if trainer.state.fn != "fit" or trainer.sanity_checking:
            return
        self._validated = self._validated_in_epoch = True
        step = trainer.current_epoch
        if not _follows_epochs(trainer):
            step = self._n_validations
            self._n_validations += 1
        self._report_from(_Source.VALIDATION, trainer, step)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Report the metric if the training step logs it."""
        self._ended_epoch = trainer.current_epoch
        self._report_from(_Source.EPOCH, trainer, trainer.current_epoch)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Report the metric if the module logs it at the end of an epoch, after the callbacks."""
        self._look_again(trainer)
        self._validated_in_epoch = False

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Report the metric if the module logs it at the end of an epoch, after the callbacks."""
        self._look_again(trainer)

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Move to the end of the callbacks of a pruned fit, whose teardown comes next."""
        if self._pruned is not None:
            callbacks: list[Callback] = trainer.callbacks  # type: ignore[attr-defined]  # set from afar
            others = [callback for callback in callbacks if callback is not self]
            trainer.callbacks = [*others, self]  # type: ignore[attr-defined]

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Raise TrialPruned if the fit that ends was pruned."""
        if stage != "fit" or self._pruned is None:
            return
        message, self._pruned = self._pruned, None
        trainer.strategy.barrier("pruned")  # all ranks have closed what they had open
        if self._reporter.is_away:
            # The first of the launched processes to fail ends them all, and the fit.
            if not trainer.is_global_zero:
                return
            self._reporter.note_pruned(message)
        pl_module.teardown(stage)  # the one thing that Lightning would do after this
        raise TrialPruned(message)

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        """Raise TrialPruned if it ended the processes that the fit had launched."""
        message = self._reporter.pruned_away
        if message is not None and not isinstance(exception, TrialPruned):
            raise TrialPruned(message) from None

    def check_pruned(self) -> None:
        """Do nothing: a pruned trial needs no further call. Kept for scripts that make one."""

    def _look_again(self, trainer: Trainer) -> None:
        if self._ended_epoch is None:
            return
        self._report_from(_Source.LATE_EPOCH, trainer, self._ended_epoch)
        is_complete = len(self._sources) == len(self._reporter.monitors)
        if not is_complete and (self._validated or not trainer.enable_validation):
            self._agree(
                trainer, self._reporter.require, self._ended_epoch, trainer.callback_metrics
            )
        self._ended_epoch = None

    def _report_from(self, source: _Source, trainer: Trainer, step: int) -> None:
        self._find(source, trainer)
        if self._pruned is None and self._is_due(source):
            self._pruned = self._agree(
                trainer, self._reporter.report, step, trainer.callback_metrics
            )
            trainer.should_stop = trainer.should_stop or self._pruned is not None

    @staticmethod
    def _agree(trainer: Trainer, function: Callable[..., Answer], *arguments: Any) -> Answer:
        """Let rank 0, which alone reports, call a function, and let all ranks have the answer."""
        return on_rank_zero(
            trainer.is_global_zero, trainer.strategy.broadcast, function, *arguments
        )

    def _find(self, source: _Source, trainer: Trainer) -> None:
        for name in self._reporter.monitors:
            if name in self._sources or name not in trainer.callback_metrics:
                continue
            if source is not _Source.VALIDATION or name not in self._logged_before_validation:
                self._sources[name] = source

    def _is_due(self, source: _Source) -> bool:
        """Whether `source` is the last one of an epoch to bring one of the metrics."""
        sources = self._sources.values()
        if len(sources) < len(self._reporter.monitors) or max(sources) is not source:
            return False
        return self._validated_in_epoch or _Source.VALIDATION not in sources


def _follows_epochs(trainer: Trainer) -> bool:
    # Missing where validation goes by time. A whole number, even 1, is one of batches.
    interval = getattr(trainer, "val_check_interval", None)
    once = isinstance(interval, float) and interval == 1.0
    return once and trainer.check_val_every_n_epoch is not None


def _n_steps(trainer: Trainer) -> int | None:
    if _follows_epochs(trainer) and trainer.max_epochs is not None and trainer.max_epochs > 0:
        return trainer.max_epochs
    return None


def _callback_classes() -> tuple[type, ...]:
    packages = [name for name in _PACKAGES if name in sys.modules] or _PACKAGES[:1]
    return tuple(importlib.import_module(name).Callback for name in packages)


@functools.lru_cache
def _accepted_by_trainers(cls: type, callback_classes: tuple[type, ...]) -> type:
    """Return `cls` with the given base classes added to it."""
    missing = tuple(base for base in callback_classes if not issubclass(cls, base))
    if not missing:
        return cls
    names = {"__module__": cls.__module__, "__qualname__": cls.__qualname__, "__doc__": cls.__doc__}
    return type(cls.__name__, (cls, *missing), {**names, "_public_class": cls})


def _new(cls: type[PyTorchLightningPruningCallback]) -> PyTorchLightningPruningCallback:
    return cls.__new__(cls)
