"""Pruners: which trials to end early."""

from __future__ import annotations

from .base import BasePruner
from .history_pruner import HistoryPruner
from .hyperband import HyperbandPruner
from .median import MedianPruner
from .nop import NopPruner
from .patient import PatientPruner
from .percentile import PercentilePruner
from .sequential_regression import SequentialRegressionPruner
from .successive_halving import SuccessiveHalvingPruner
from .threshold import ThresholdPruner
from .wilcoxon import WilcoxonPruner

__all__ = [
    "BasePruner",
    "HistoryPruner",
    "HyperbandPruner",
    "MedianPruner",
    "NopPruner",
    "PatientPruner",
    "PercentilePruner",
    "SequentialRegressionPruner",
    "SuccessiveHalvingPruner",
    "ThresholdPruner",
    "WilcoxonPruner",
]
