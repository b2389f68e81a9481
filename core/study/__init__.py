"""Studies: a search over parameters, and the functions that make and find them."""

from __future__ import annotations

from ..records import FrozenStudy, StudyDirection, StudySummary
from .functions import (
    copy_study,
    create_study,
    delete_study,
    get_all_study_names,
    get_all_study_summaries,
    load_study,
)
from .max_trials import MaxTrialsCallback
from .study import Study

__all__ = [
    "FrozenStudy",
    "MaxTrialsCallback",
    "Study",
    "StudyDirection",
    "StudySummary",
    "copy_study",
    "create_study",
    "delete_study",
    "get_all_study_names",
    "get_all_study_summaries",
    "load_study",
]
