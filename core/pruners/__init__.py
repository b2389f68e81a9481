"""Pruners: which trials to end early."""

from __future__ import annotations

from .base import BasePruner
from .history_pruner import HistoryPruner
from .median import MedianPruner
from .nop import NopPruner
from .patient import PatientPruner
from .percentile import PercentilePruner
from .successive_halving import SuccessiveHalvingPruner
from .threshold import ThresholdPruner

__all__ = [
    "BasePruner",
    "HistoryPruner",
    "MedianPruner",
    "NopPruner",
    "PatientPruner",
    "PercentilePruner",
    "SuccessiveHalvingPruner",
    "ThresholdPruner",
]
