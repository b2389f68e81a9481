"""Plain data that storages keep: trials, studies, and the states they can be in."""

from __future__ import annotations

from .base_trial import BaseTrial
from .create_trial import create_trial
from .direction import StudyDirection
from .frozen_study import FrozenStudy, StudySummary
from .frozen_trial import FrozenTrial
from .prune_reason import PruneReason
from .state import TrialState

__all__ = [
    "BaseTrial",
    "FrozenStudy",
    "FrozenTrial",
    "PruneReason",
    "StudyDirection",
    "StudySummary",
    "TrialState",
    "create_trial",
]
