"""Running an objective for the trials of another process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..exceptions import TrialPruned
from ..logging import get_logger
from ..storages import BaseStorage, InMemoryStorage
from .follower_trial import FollowerTrial
from .leader import TOPIC
from .role import Link, link
from .runs import runs
from .trial_json import json_to_trial

if TYPE_CHECKING:
    from ..study import Study

_PATIENCE = 30.0  # seconds in which an error here should have shown on rank 0, too

_logger = get_logger(__name__)


def follow(study: Study, objective: Callable[[Any], Any]) -> None:
    """Run the objective for each trial that rank 0 runs in the same call of ``optimize``.

    Which trials, and how many, is for rank 0 to say; it writes their results, too. A study in
    memory gets copies of them.

    Parameters
    ----------
    study : Study
        This process's study.
    objective : callable
        Takes the trial. What it returns is not used.

    Raises
    ------
    ConnectionError
        If rank 0 dies.
    """
    number = runs.skip()
    try:
        leader = link()
    except ConnectionRefusedError:
        _logger.warning("Rank 0 has ended already, so this rank has nothing to do.")
        return
    copies = _Copies(leader, number, study)
    error: Exception | None = None
    if number >= leader.first_run:
        place = leader.first_trial if number == leader.first_run else 0
        while not (reply := _next_trial(leader, number, place)).get("is_over", False):
            copies.update()
            trial = FollowerTrial(study, reply, leader.client, number, place)
            error = _run(objective, trial, leader, number, place)
            place += 1
        if error is not None and reply["has_failed"]:
            raise error
    copies.update()
    leader.client.ask(TOPIC, "farewell", number)


def _next_trial(leader: Link, number: int, place: int) -> dict[str, Any]:
    while True:
        reply: dict[str, Any] = leader.client.ask(TOPIC, "next_trial", number, place)
        if reply:
            return reply


def _run(
    objective: Callable[[Any], Any], trial: FollowerTrial, leader: Link, number: int, place: int
) -> Exception | None:
    """Run the objective once; return its error if the trial has failed on rank 0, too."""
    try:
        objective(trial)
    except TrialPruned:
        return None
    except Exception as error:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            state = leader.client.ask(TOPIC, "state", number, place).get("state")
            if state == "FAIL":
                _logger.warning("Trial %d failed on this rank, too: %s", trial.number, error)
                return error
            if state is not None:
                break
        raise
    return None


def wait_for_study(storage: BaseStorage, study_name: str) -> None:
    """Wait until rank 0 has created a study, but not for ever."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        try:
            storage.get_study_id_from_name(study_name)
        except KeyError:
            time.sleep(0.05)
        else:
            return


class _Copies:
    """Copies of the ended trials of rank 0, for a study that nobody else can write to."""

    def __init__(self, leader: Link, number: int, study: Study) -> None:
        self._leader = leader
        self._number = number
        self._study = study
        self._needs_them = isinstance(study.storage, InMemoryStorage)

    def update(self) -> None:
        if not self._needs_them:
            return
        study = self._study
        n_known = study.storage.get_n_trials(study.study_id)
        for text in self._leader.client.ask(TOPIC, "ended_trials", self._number, n_known):
            study.storage.create_new_trial(study.study_id, template_trial=json_to_trial(text))
