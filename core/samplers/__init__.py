"""Samplers: what to try next."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .base import BaseSampler
from .history_sampler import HistorySampler
from .random import RandomSampler

if TYPE_CHECKING:
    from .gp import GPSampler
    from .tpe import TPESampler

__all__ = ["BaseSampler", "GPSampler", "HistorySampler", "RandomSampler", "TPESampler"]

_LAZY = {"GPSampler": ".gp", "TPESampler": ".tpe"}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
