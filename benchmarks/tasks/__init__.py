"""Tasks on which samplers are compared: functions, look-up tables, models, several objectives.

A task is an objective for either library, and directions. Nothing here is made for one sampler.
"""

from __future__ import annotations

from .task import Task


def all_tasks() -> dict[str, Task]:
    """Return the tasks by name, family by family."""
    from . import bbob, conditional, models, several, tables

    families = (bbob, tables, conditional, models, several)
    return {task.name: task for family in families for task in family.tasks()}


__all__ = ["Task", "all_tasks"]
