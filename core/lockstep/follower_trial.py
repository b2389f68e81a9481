"""A trial that belongs to another process."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..distributions import BaseDistribution, json_to_distribution
from ..records.base_trial import checked_constraint
from ..records.suggesting_trial import MakeDistribution, SuggestingTrial
from .channel import Client
from .leader import TOPIC

if TYPE_CHECKING:
    from ..study import Study


class FollowerTrial(SuggestingTrial):
    """A trial of rank 0, as the objective sees it on another rank.

    Parameters are those of rank 0, and so are the pruner's decisions. What this rank reports is not
    kept, nor are its attributes and constraints: rank 0 runs the same objective.

    Parameters
    ----------
    study : Study
        This process's study.
    begun : dict
        What the leader tells about the trial.
    client : Client
        The connection to the leader.
    run, place : int
        The call of ``optimize``, and the trial's place in it.
    """

    def __init__(
        self, study: Study, begun: dict[str, Any], client: Client, run: int, place: int
    ) -> None:
        self.study = study
        self._begun = begun
        self._client = client
        self._key = (run, place)
        self._params: dict[str, Any] = {}
        self._distributions: dict[str, BaseDistribution] = {}
        self._user_attrs: dict[str, Any] = begun["user_attrs"]
        self._constraints: dict[str, float] = {}
        self._n_decisions = 0

    def _suggest(self, name: str, make: MakeDistribution) -> Any:
        return self.suggest(name, make())

    def suggest(self, name: str, distribution: BaseDistribution) -> Any:
        """Return the value that rank 0 gets for a parameter, as soon as it has asked for it."""
        if name not in self._params:
            reply = self._ask("parameter", name)
            if "internal" not in reply:
                raise RuntimeError(
                    f"Trial {self.number} has ended on rank 0, which did not ask for {name!r}. All "
                    "ranks must suggest the same parameters."
                )
            leaders = json_to_distribution(reply["distribution"])
            if leaders != distribution:
                raise ValueError(
                    f"{name!r}: this rank suggests from {distribution!r}, rank 0 from {leaders!r}. "
                    "All ranks must suggest the same parameters."
                )
            self._params[name] = distribution.to_external_repr(reply["internal"])
            self._distributions[name] = distribution
        return self._params[name]

    def report(self, value: float | Sequence[float], step: int) -> None:
        """Do nothing: rank 0 reports."""

    def should_prune(self) -> bool:
        """Return what rank 0 is told when it asks the pruner as often as this rank has."""
        reply = self._ask("decision", self._n_decisions)
        self._n_decisions += 1
        return bool(reply.get("decision", False))

    def _ask(self, name: str, argument: Any) -> dict[str, Any]:
        while True:
            reply: dict[str, Any] = self._client.ask(TOPIC, name, *self._key, argument)
            if reply:
                return reply

    def set_user_attr(self, key: str, value: Any) -> None:
        self._user_attrs[key] = copy.deepcopy(value)

    def set_constraint(self, key: str, value: float) -> None:
        self._constraints[key] = checked_constraint(key, value)

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
    def constraints(self) -> dict[str, float]:
        return dict(self._constraints)

    @property
    def datetime_start(self) -> datetime.datetime | None:
        text = self._begun["datetime_start"]
        return None if text is None else datetime.datetime.fromisoformat(text)

    @property
    def number(self) -> int:
        return int(self._begun["number"])

    @property
    def trial_id(self) -> int:
        """Identifier within the storage of rank 0."""
        return int(self._begun["trial_id"])

    def __repr__(self) -> str:
        return f"FollowerTrial(number={self.number}, params={self.params})"
