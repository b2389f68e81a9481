"""Samplers that are functions of the history."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..distributions import BaseDistribution
from ..records import FrozenTrial
from ..rng import SeededRandomness
from .base import BaseSampler

if TYPE_CHECKING:
    from ..history import History
    from ..study import Study

#: The methods by which a study calls a sampler that does not propose ahead.
PROTOCOL = (
    "before_trial",
    "infer_relative_search_space",
    "sample_relative",
    "sample_independent",
)


class HistorySampler(BaseSampler):
    """A sampler whose proposals depend on the history, its seed and the trial's number alone.

    A subclass gives three functions that know neither study nor storage. In return its joint
    proposal is written in the same transaction that creates the trial, and the same seed gives
    the same proposals in a resumed study.

    Parameters
    ----------
    seed : int, optional
        None takes a fresh seed from the operating system.
    """

    #: Whether proposals read the history. If False, :meth:`sample_alone` does not, and asking for
    #: a trial reads nothing unless :meth:`looks_back` says otherwise.
    reads_history: bool = True

    #: Whether a study may call the three functions directly, before the trial exists. False for
    #: a subclass that has overridden one of the methods of Optuna's protocol.
    proposes_ahead: bool = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.proposes_ahead = all(
            getattr(cls, name) is getattr(HistorySampler, name) for name in PROTOCOL
        )

    def __init__(self, seed: int | None = None) -> None:
        self.randomness = SeededRandomness(seed)

    def looks_back(self, known: Mapping[str, BaseDistribution]) -> bool:
        """Return whether asking for a trial needs the history.

        Parameters
        ----------
        known : dict of str to BaseDistribution
            Ranges by name of the parameters that this process has seen.
        """
        return self.reads_history

    @abc.abstractmethod
    def joint_space(self, history: History) -> dict[str, BaseDistribution]:
        """Return the parameters that :meth:`sample_joint` would sample now."""

    @abc.abstractmethod
    def sample_joint(
        self, history: History, number: int, space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return values (not internal representations) for the parameters of `space`.

        Parameters
        ----------
        history : History
            Up to date. It may hold the trial `number` itself, to be left out of account.
        number : int
            Number of the trial that the values are for.
        space : dict of str to BaseDistribution
            What :meth:`joint_space` returned.
        """

    @abc.abstractmethod
    def sample_alone(
        self, history: History, number: int, name: str, distribution: BaseDistribution
    ) -> Any:
        """Return a value for one parameter that was not sampled jointly."""

    def sample_each_alone(
        self, number: int, space: Mapping[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return what :meth:`sample_alone` gives for each parameter of `space`, or nothing.

        May be asked, when a trial begins, of a sampler that does not read the history, for the
        parameters that the trial before had: one loop costs less than a call for each.

        Parameters
        ----------
        number : int
            Number of the trial that the values are for.
        space : dict of str to BaseDistribution

        Returns
        -------
        dict of str to Any
            A value for each parameter, which the caller may take out. Default: empty.
        """
        return {}

    def final_system_attrs(self, trial: FrozenTrial) -> dict[str, Any]:
        """Return system attributes to store with a trial that is about to be COMPLETE or PRUNED."""
        return {}

    def reseed_rng(self) -> None:
        self.randomness = SeededRandomness()

    # Optuna's protocol, for samplers that wrap this one.

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        history = study.history
        with history.lock:
            return self.joint_space(history)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        if not search_space:
            return {}
        history = study.history
        with history.lock:
            return self.sample_joint(history, trial.number, search_space)

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        history = study.history
        with history.lock:
            return self.sample_alone(history, trial.number, param_name, param_distribution)
