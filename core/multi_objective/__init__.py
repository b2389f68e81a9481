"""Dominance among points with several losses, on moocore."""

from __future__ import annotations

from .pareto_front import is_pareto_front

__all__ = ["is_pareto_front"]
