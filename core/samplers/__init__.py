"""Samplers: what to try next."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .base import BaseSampler
from .history_sampler import HistorySampler
from .random import RandomSampler

if TYPE_CHECKING:
    from .auto import AutoSampler
    from .base_ga import BaseGASampler
    from .brute_force import BruteForceSampler
    from .cmaes import CmaEsSampler
    from .gp import GPSampler
    from .grid import GridSampler
    from .nsgaii.nsgaiii import NSGAIIISampler
    from .nsgaii.sampler import NSGAIISampler
    from .partial_fixed import PartialFixedSampler
    from .qmc import QMCSampler
    from .tpe import TPESampler

__all__ = [
    "AutoSampler",
    "BaseGASampler",
    "BaseSampler",
    "BruteForceSampler",
    "CmaEsSampler",
    "GPSampler",
    "GridSampler",
    "HistorySampler",
    "NSGAIIISampler",
    "NSGAIISampler",
    "PartialFixedSampler",
    "QMCSampler",
    "RandomSampler",
    "TPESampler",
]

_LAZY = {
    "BaseGASampler": ".base_ga",
    "NSGAIISampler": ".nsgaii.sampler",
    "NSGAIIISampler": ".nsgaii.nsgaiii",
    "AutoSampler": ".auto",
    "BruteForceSampler": ".brute_force",
    "CmaEsSampler": ".cmaes",
    "GPSampler": ".gp",
    "GridSampler": ".grid",
    "PartialFixedSampler": ".partial_fixed",
    "QMCSampler": ".qmc",
    "TPESampler": ".tpe",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name], __name__), name)
    if name == "nsgaii":
        return importlib.import_module(".nsgaii", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
