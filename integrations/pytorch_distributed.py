"""One trial for all ranks of a distributed PyTorch training."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from tunesmith.distributions import BaseDistribution
from tunesmith.integrations.ranks import on_rank_zero
from tunesmith.integrations.torch_launcher import LAUNCHER
from tunesmith.lockstep import FollowerTrial, use_launcher
from tunesmith.optional_dependency import optional_dependency
from tunesmith.records.suggesting_trial import MakeDistribution, SuggestingTrial, suggest_from
from tunesmith.trial import BaseTrial

with optional_dependency("TorchDistributedTrial", "torch", extra="torch", minimum="2.0"):
    import torch.distributed

if TYPE_CHECKING:
    from torch.distributed import ProcessGroup

Answer = TypeVar("Answer")

use_launcher(LAUNCHER)


class TorchDistributedTrial(SuggestingTrial):
    """One trial for all ranks of a training with ``torch.distributed``.

    Rank 0 has the trial; the others have this. All ranks get the same parameters, rank 0 reports
    and asks the pruner, and all ranks hear its decision. If rank 0 raises in one of these calls,
    all ranks do. Storages see rank 0 alone, so a study in memory will do.

    All ranks must make the same calls of ``suggest_*``, ``report``, ``should_prune``, ``fold``,
    ``set_user_attr`` and ``set_constraint``. Properties may be read by any rank alone.

    Parameters
    ----------
    trial : Trial or None
        The trial on rank 0, None on the others. If all ranks call ``study.optimize``, as they do
        under ``torchrun``, each of them its own.
    group : torch.distributed.ProcessGroup, optional
        Processes that train together; default all of them. Give one of the backend ``"gloo"`` to
        communicate between CPUs.

    Raises
    ------
    RuntimeError
        If ``torch.distributed`` has not been initialized.
    ValueError
        If rank 0 has no trial, or another rank has one of its own.

    Examples
    --------
    One process is a group, too:

    >>> import torch, tunesmith
    >>> from tunesmith.integrations import TorchDistributedTrial
    >>> store = torch.distributed.HashStore()
    >>> torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
    >>> def objective(single_trial):
    ...     trial = TorchDistributedTrial(single_trial)
    ...     lr = trial.suggest_float("lr", 1e-5, 1e-1, log=True)
    ...     for epoch in range(3):
    ...         loss = lr / (epoch + 1)
    ...         trial.report(loss, epoch)
    ...         if trial.should_prune():
    ...             raise tunesmith.TrialPruned
    ...     return loss
    >>> study = tunesmith.create_study()
    >>> if torch.distributed.get_rank() == 0:
    ...     study.optimize(objective, n_trials=2)
    ... else:
    ...     for _ in range(2):
    ...         try:
    ...             objective(None)
    ...         except tunesmith.TrialPruned:
    ...             pass
    >>> torch.distributed.destroy_process_group()
    """

    def __init__(self, trial: BaseTrial | None, group: ProcessGroup | None = None) -> None:
        if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
            raise RuntimeError(
                "TorchDistributedTrial needs an initialized process group. Call "
                "torch.distributed.init_process_group() on every rank before."
            )
        self._group = group
        self._is_first = torch.distributed.get_rank(group) == 0
        self._trial = trial if self._is_first else None
        known = self._agree(self._describe)
        if not self._is_first and not (trial is None or isinstance(trial, FollowerTrial)):
            raise ValueError(
                f"Rank {torch.distributed.get_rank(group)} has a trial of its own, {trial!r}. Give "
                "it to rank 0 alone, and None to the others."
            )
        self._number: int = known["number"]
        self._datetime_start: datetime.datetime | None = known["datetime_start"]
        self._params: dict[str, Any] = known["params"]
        self._distributions: dict[str, BaseDistribution] = known["distributions"]
        self._user_attrs: dict[str, Any] = known["user_attrs"]
        self._system_attrs: dict[str, Any] = known["system_attrs"]
        self._constraints: dict[str, float] = known["constraints"]

    def _describe(self) -> dict[str, Any]:
        trial = self._trial
        if not isinstance(trial, BaseTrial):
            raise ValueError(f"Rank 0 needs the trial, got {trial!r}.")
        return {
            "number": trial.number,
            "datetime_start": trial.datetime_start,
            "params": trial.params,
            "distributions": trial.distributions,
            "user_attrs": trial.user_attrs,
            "system_attrs": getattr(trial, "system_attrs", {}),
            "constraints": trial.constraints,
        }

    def _agree(self, function: Callable[..., Answer], *arguments: Any) -> Answer:
        return on_rank_zero(self._is_first, self._broadcast, function, *arguments)

    def _broadcast(self, sent: Any) -> Any:
        group = self._group
        source = 0 if group is None else torch.distributed.get_global_rank(group, 0)
        box = [sent]
        torch.distributed.broadcast_object_list(box, src=source, group=group)
        return box[0]

    def _of_rank_zero(self) -> BaseTrial:
        assert self._trial is not None
        return self._trial

    # What all ranks do together.

    def _suggest(self, name: str, make: MakeDistribution) -> Any:
        value = self._agree(lambda: suggest_from(self._of_rank_zero(), name, make()))
        self._params[name] = value
        self._distributions.setdefault(name, make())
        return value

    def report(self, value: float | Sequence[float], step: int) -> None:
        """Report the value of rank 0, which ought to be that of all."""
        self._agree(lambda: self._of_rank_zero().report(value, step))

    def should_prune(self) -> bool:
        """Whether the trial should end now, by the decision of rank 0."""
        return self._agree(lambda: self._of_rank_zero().should_prune())

    def fold(self, index: int, n_steps: int | None = None) -> TorchDistributedTrial:
        """One fold of a cross-validation; see :meth:`Trial.fold <tunesmith.trial.Trial.fold>`."""
        return self._part(lambda: self._of_rank_zero().fold(index, n_steps))

    def begin_training(
        self, first_step: int = 0, n_steps: int | None = None
    ) -> TorchDistributedTrial:
        """Say that a training begins, for adapters of training loops."""
        return self._part(lambda: self._of_rank_zero().begin_training(first_step, n_steps))

    def _part(self, make: Callable[[], BaseTrial]) -> TorchDistributedTrial:
        part = copy.copy(self)

        def make_on_rank_zero() -> None:
            part._trial = make()  # noqa: SLF001  # of the same class

        self._agree(make_on_rank_zero)
        return part

    def set_user_attr(self, key: str, value: Any) -> None:
        """Attach a JSON-serializable value, that of rank 0, to the trial."""
        self._agree(lambda: self._of_rank_zero().set_user_attr(key, value))
        self._user_attrs[key] = copy.deepcopy(value)

    def set_constraint(self, key: str, value: float) -> None:
        """Record a constraint's value, that of rank 0."""
        self._agree(lambda: self._of_rank_zero().set_constraint(key, value))
        self._constraints[key] = float(value)

    # What every rank knows.

    @property
    def params(self) -> dict[str, Any]:
        return dict(self._params)

    @property
    def distributions(self) -> dict[str, BaseDistribution]:
        return dict(self._distributions)

    @property
    def user_attrs(self) -> dict[str, Any]:
        return copy.deepcopy(self._user_attrs)

    @property
    def system_attrs(self) -> dict[str, Any]:
        """Attributes set by the library before the training began."""
        return copy.deepcopy(self._system_attrs)

    @property
    def constraints(self) -> dict[str, float]:
        return dict(self._constraints)

    @property
    def datetime_start(self) -> datetime.datetime | None:
        return self._datetime_start

    @property
    def number(self) -> int:
        return self._number

    def __repr__(self) -> str:
        return f"TorchDistributedTrial(number={self.number}, params={self.params})"
