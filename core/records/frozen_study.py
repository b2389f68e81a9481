"""One study as a record."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from .direction import StudyDirection
from .frozen_trial import FrozenTrial


class _Directions:
    """Shared by the records below: one direction, or several."""

    _directions: list[StudyDirection]

    @property
    def directions(self) -> list[StudyDirection]:
        """One direction per objective."""
        return self._directions

    @property
    def direction(self) -> StudyDirection:
        """Direction of the single objective.

        Raises
        ------
        RuntimeError
            If there are several objectives.
        """
        if len(self._directions) > 1:
            raise RuntimeError(
                f"The study has {len(self._directions)} objectives; use 'directions'."
            )
        return self._directions[0]


class FrozenStudy(_Directions):
    """What a storage knows about a study, without its trials."""

    def __init__(
        self,
        study_name: str,
        direction: StudyDirection | None,
        user_attrs: dict[str, Any],
        system_attrs: dict[str, Any],
        study_id: int,
        *,
        directions: Sequence[StudyDirection] | None = None,
    ) -> None:
        self.study_name = study_name
        self._directions = _one_or_several(direction, directions)
        self.user_attrs = user_attrs
        self.system_attrs = system_attrs
        self.study_id = study_id
        self._study_id = study_id

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FrozenStudy):
            return NotImplemented
        return self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]  # mutable, so not a key

    def __repr__(self) -> str:
        return f"FrozenStudy(study_name={self.study_name!r}, study_id={self.study_id})"


class StudySummary(_Directions):
    """Overview of one study, as ``get_all_study_summaries`` lists it.

    Attributes
    ----------
    study_name : str
        Name of the study.
    best_trial : FrozenTrial or None
        Best finished trial of a study with one objective.
    user_attrs : dict of str to Any
        The study's user attributes.
    n_trials : int
        Number of trials, whatever their state.
    datetime_start : datetime.datetime or None
        Start of the first trial.
    """

    def __init__(
        self,
        study_name: str,
        direction: StudyDirection | None,
        best_trial: FrozenTrial | None,
        user_attrs: dict[str, Any],
        n_trials: int,
        datetime_start: datetime.datetime | None,
        study_id: int,
        *,
        directions: Sequence[StudyDirection] | None = None,
    ) -> None:
        self.study_name = study_name
        self._directions = _one_or_several(direction, directions)
        self.best_trial = best_trial
        self.user_attrs = user_attrs
        self.n_trials = n_trials
        self.datetime_start = datetime_start
        self._study_id = study_id

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StudySummary):
            return NotImplemented
        return self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]  # mutable, so not a key

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, StudySummary):
            return NotImplemented
        return self._study_id < other._study_id

    def __repr__(self) -> str:
        return f"StudySummary(study_name={self.study_name!r}, n_trials={self.n_trials})"


def _one_or_several(
    direction: StudyDirection | None, directions: Sequence[StudyDirection] | None
) -> list[StudyDirection]:
    if direction is not None and directions is None:
        return [direction]
    if directions is not None and direction is None:
        return list(directions)
    raise ValueError(f"Give one of direction={direction!r} and directions={directions!r}.")
