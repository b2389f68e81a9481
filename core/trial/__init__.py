"""Trials: running, recorded, and with parameters given by hand."""

from __future__ import annotations

from ..records import BaseTrial, FrozenTrial, TrialState, create_trial
from .fixed import FixedTrial
from .fold_trial import FoldTrial
from .live import Trial

__all__ = [
    "BaseTrial",
    "FixedTrial",
    "FoldTrial",
    "FrozenTrial",
    "Trial",
    "TrialState",
    "create_trial",
]
