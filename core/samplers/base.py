"""The contract of a sampler.

A study calls its sampler for each trial, in this order, and from whichever thread runs it:

1. :meth:`BaseSampler.before_trial`;
2. :meth:`BaseSampler.infer_relative_search_space`: the parameters to be sampled jointly;
3. :meth:`BaseSampler.sample_relative`: their values;
4. :meth:`BaseSampler.sample_independent`, once for each parameter that the objective asks for
   and that was not sampled jointly;
5. :meth:`BaseSampler.after_trial`, before the result is stored.

A sampler written for Optuna's ``BaseSampler`` works unchanged. One that only reads the study's
history is better derived from :class:`~tunesmith.samplers.HistorySampler`.
"""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..distributions import BaseDistribution
from ..records import FrozenTrial, TrialState

if TYPE_CHECKING:
    from ..study import Study


class BaseSampler(abc.ABC):
    """Base class of the samplers; see the module's text for who calls what."""

    def __str__(self) -> str:
        return type(self).__name__

    @abc.abstractmethod
    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return the parameters that :meth:`sample_relative` will sample jointly."""

    @abc.abstractmethod
    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return values for parameters of the joint search space; it may leave some out."""

    @abc.abstractmethod
    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Return a value for one parameter on its own."""

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Prepare for a trial that has just been created."""

    def after_trial(
        self,
        study: Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        """Take note of a trial's end, just before it is stored."""

    def reseed_rng(self) -> None:
        """Take a fresh seed, for a copy that must not repeat the original's draws."""
