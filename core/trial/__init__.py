"""Trials: running, recorded, and with parameters given by hand."""

from __future__ import annotations

from ..records import BaseTrial, FrozenTrial, TrialState, create_trial
from .fixed import FixedTrial
from .live import Trial

__all__ = ["BaseTrial", "FixedTrial", "FrozenTrial", "Trial", "TrialState", "create_trial"]
