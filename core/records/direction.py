"""Which way is better."""

from __future__ import annotations

import enum


class StudyDirection(enum.IntEnum):
    """Direction of one objective."""

    NOT_SET = 0
    MINIMIZE = 1
    MAXIMIZE = 2
