"""The columnar view of one study: arrays that samplers, pruners and plots read."""

from __future__ import annotations

from .curves import Curves
from .history import History
from .search_space import SearchSpaceTracker
from .trial_log import TrialLog

__all__ = ["Curves", "History", "SearchSpaceTracker", "TrialLog"]
