"""Several processes that train one model in lockstep, and so run one objective for one trial.

Distributed training runs the same script, and with it the same calls of ``Study.optimize``, once
for each rank. The process of rank 0 leads: its study asks the sampler and the pruner and writes
results. The others follow: their ``optimize`` begins no trials of its own but runs the objective
with a :class:`FollowerTrial` for each trial that the leader runs.

The leader never waits for those that follow, but for their farewell when ``optimize`` ends. Those
that follow wait for the leader, as long as it lives.

A process learns that it is to follow from an invitation in its environment, which :func:`invite`
puts there for the processes that the objective launches, or from the :class:`Launcher` that has
launched all of them.
"""

from __future__ import annotations

from .channel import Address, Client, Server, own_server
from .follower_trial import FollowerTrial
from .role import Launcher, invite, is_follower, lead_if_launched, uninvite, use_launcher
from .runs import Run, runs

__all__ = [
    "Address",
    "Client",
    "FollowerTrial",
    "Launcher",
    "Run",
    "Server",
    "invite",
    "is_follower",
    "lead_if_launched",
    "own_server",
    "runs",
    "uninvite",
    "use_launcher",
]
