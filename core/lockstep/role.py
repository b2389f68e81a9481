"""Which part this process has: it leads, it follows, or it is alone."""

from __future__ import annotations

import contextlib
import json
import os
from typing import Any, Protocol

from ..trial import Trial
from .channel import Address, Client, own_server
from .leader import lead
from .runs import runs

_INVITATION = "TUNESMITH_LOCKSTEP"


class Launcher(Protocol):
    """How the processes of a training that were launched together find each other."""

    def host(self) -> str:
        """Address at which the one of rank 0 listens."""

    def rank(self) -> int | None:
        """Rank of this process, None if it was not launched with others."""

    def publish(self, address: Address) -> None:
        """Tell the others where rank 0 listens."""

    def find(self) -> Address:
        """Where rank 0 listens; waits for it for a while."""


class Link:
    """The connection of a process that follows to the one that leads.

    Parameters
    ----------
    address : Address
        Where the leader listens.
    first_run, first_trial : int, default 0
        The call of ``optimize`` and the trial in it in which the leader was when it launched this
        process.
    """

    def __init__(self, address: Address, first_run: int = 0, first_trial: int = 0) -> None:
        self.client = Client(address)
        self.first_run = first_run
        self.first_trial = first_trial


class _Role:
    launcher: Launcher | None = None
    link: Link | None = None
    is_published = False


_role = _Role()


def use_launcher(launcher: Launcher) -> None:
    """Name what may have launched this process together with others."""
    _role.launcher = launcher


def _rank() -> int | None:
    return None if _role.launcher is None else _role.launcher.rank()


def is_follower() -> bool:
    """Whether this process runs objectives for trials that belong to another one."""
    return _invitation() is not None or (_rank() or 0) > 0


def link() -> Link:
    """The connection to the leader, for a process that follows."""
    if _role.link is None:
        invitation = _invitation()
        if invitation is not None:
            address = Address(invitation["host"], invitation["port"], invitation["token"])
            _role.link = Link(address, invitation["run"], invitation["trial"])
        else:
            assert _role.launcher is not None
            _role.link = Link(_role.launcher.find())
    return _role.link


def lead_if_launched() -> bool:
    """If this process has rank 0 among several that were launched together, let them follow."""
    if _rank() != 0:
        return False
    assert _role.launcher is not None
    if not _role.is_published:
        server = own_server(_role.launcher.host())
        lead(server)
        _role.launcher.publish(server.address)
        _role.is_published = True
    return True


def invite(trial: Trial) -> None:
    """Let the processes that the running objective may launch, as Lightning does, follow."""
    running = runs.running(trial)
    if running is None or "LOCAL_RANK" in os.environ:  # already launched
        return
    server = own_server()
    lead(server)
    number, place = running
    address = server.address
    os.environ[_INVITATION] = json.dumps(
        {
            "host": address.host,
            "port": address.port,
            "token": address.token,
            "run": number,
            "trial": place,
            "pid": os.getpid(),
        }
    )


def uninvite() -> None:
    """Let processes that are launched from now on be alone."""
    if _invitation() is None:
        os.environ.pop(_INVITATION, None)


def _invitation() -> dict[str, Any] | None:
    text = os.environ.get(_INVITATION)
    if text is None or os.environ.get("LOCAL_RANK", "0") == "0":
        return None
    with contextlib.suppress(ValueError, KeyError):
        invitation: dict[str, Any] = json.loads(text)
        # Not for what a process of another rank launches in turn.
        if invitation["pid"] == os.getppid():
            return invitation
    return None
