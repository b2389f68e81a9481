"""Make, find, copy and delete studies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from ..exceptions import DuplicatedStudyError
from ..logging import get_logger
from ..records import StudyDirection, StudySummary, TrialState
from ..storages import BaseStorage, get_storage
from .study import PrunedValue, Study

if TYPE_CHECKING:
    from ..pruners import BasePruner
    from ..samplers import BaseSampler

Direction = Literal["minimize", "maximize"] | StudyDirection

_logger = get_logger(__name__)


def create_study(
    *,
    storage: str | BaseStorage | None = None,
    sampler: BaseSampler | None = None,
    pruner: BasePruner | None = None,
    study_name: str | None = None,
    direction: Direction | None = None,
    load_if_exists: bool = False,
    directions: Sequence[Direction] | None = None,
    pruned_value: PrunedValue = "last",
) -> Study:
    """Create a study.

    Parameters
    ----------
    storage : str or BaseStorage, optional
        Database URL such as ``sqlite:///study.db``. None keeps the study in memory.
    sampler : BaseSampler, optional
        What to try next; default :class:`~tunesmith.samplers.AutoSampler`.
    pruner : BasePruner, optional
        Which trials to end early; default
        :class:`~tunesmith.pruners.SequentialRegressionPruner`.
    study_name : str, optional
        Unique within the storage; default a name that begins with ``no-name-``.
    direction : {"minimize", "maximize"}, optional
        Direction of a single objective; default minimize.
    load_if_exists : bool, default False
        Continue a study of that name if there is one. Its directions stay as they are.
    directions : sequence of {"minimize", "maximize"}, optional
        One per objective. Give at most one of `direction` and `directions`.
    pruned_value : {"last", "best"}, default "last"
        Which of its reports becomes the value of a pruned trial: that of its last step, or the
        best one. Of several objectives that is the one first by non-domination and hypervolume. A
        value that would be NaN is left out.

    Returns
    -------
    Study

    Raises
    ------
    DuplicatedStudyError
        If the name is taken and `load_if_exists` is False.
    ValueError
        If the directions make no sense.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study(direction="maximize")
    >>> study.optimize(lambda trial: trial.suggest_int("x", 0, 3), n_trials=20)
    >>> study.best_value
    3.0

    A pruned trial with its best report as value:

    >>> study = tunesmith.create_study(pruned_value="best")
    >>> trial = study.ask()
    >>> for step, loss in enumerate([0.5, 0.2, 0.9]):
    ...     trial.report(loss, step)
    >>> study.tell(trial, state=tunesmith.trial.TrialState.PRUNED).value
    0.2
    """
    chosen = _checked_directions(direction, directions)
    from ..lockstep import is_follower

    if is_follower():
        from ..lockstep.follower import wait_for_study

        # Rank 0 runs the same script, and it is its study.
        if study_name is None:
            storage = None
        elif storage is not None:
            storage = get_storage(storage)
            wait_for_study(storage, study_name)
            load_if_exists = True
    backend = get_storage(storage)
    try:
        study_id = backend.create_new_study(chosen, study_name)
    except DuplicatedStudyError:
        if not load_if_exists or study_name is None:
            raise
        _logger.info("Using the existing study %r.", study_name)
    else:
        _logger.info("A new study was created: %s", backend.get_study_name_from_id(study_id))
        study_name = backend.get_study_name_from_id(study_id)
    return Study(
        study_name=study_name,
        storage=backend,
        sampler=sampler,
        pruner=pruner,
        pruned_value=pruned_value,
    )


def load_study(
    *,
    study_name: str | None,
    storage: str | BaseStorage,
    sampler: BaseSampler | None = None,
    pruner: BasePruner | None = None,
    pruned_value: PrunedValue = "last",
) -> Study:
    """Load a study from a storage.

    Parameters
    ----------
    study_name : str or None
        None takes the storage's only study.
    storage : str or BaseStorage
        Database URL or storage.
    sampler, pruner, pruned_value : optional
        As in :func:`create_study`; they are not stored.

    Returns
    -------
    Study

    Raises
    ------
    KeyError
        If there is no study of that name.
    ValueError
        If `study_name` is None and the storage does not hold exactly one study.

    Examples
    --------
    >>> import tunesmith
    >>> storage = tunesmith.storages.InMemoryStorage()
    >>> _ = tunesmith.create_study(study_name="demo", storage=storage)
    >>> tunesmith.load_study(study_name="demo", storage=storage).study_name
    'demo'
    """
    backend = get_storage(storage)
    if study_name is None:
        names = get_all_study_names(backend)
        if len(names) != 1:
            raise ValueError(
                f"study_name=None needs a storage with exactly one study; this one has "
                f"{len(names)}: {names}. Give study_name."
            )
        study_name = names[0]
    return Study(
        study_name=study_name,
        storage=backend,
        sampler=sampler,
        pruner=pruner,
        pruned_value=pruned_value,
    )


def delete_study(*, study_name: str, storage: str | BaseStorage) -> None:
    """Delete a study with all its trials.

    Parameters
    ----------
    study_name : str
        Name of the study.
    storage : str or BaseStorage
        Database URL or storage.

    Raises
    ------
    KeyError
        If there is no study of that name.
    """
    backend = get_storage(storage)
    backend.delete_study(backend.get_study_id_from_name(study_name))


def copy_study(
    *,
    from_study_name: str,
    from_storage: str | BaseStorage,
    to_storage: str | BaseStorage,
    to_study_name: str | None = None,
) -> None:
    """Copy a study with its attributes and trials.

    Parameters
    ----------
    from_study_name, to_study_name : str
        Names; `to_study_name` defaults to the same name.
    from_storage, to_storage : str or BaseStorage
        Database URLs or storages.

    Raises
    ------
    DuplicatedStudyError
        If the new name is taken.
    KeyError
        If there is no study to copy.
    """
    source = load_study(study_name=from_study_name, storage=from_storage)
    backend = get_storage(to_storage)
    study_id = backend.create_new_study(source.directions, to_study_name or from_study_name)
    attrs = source.storage.get_study_system_attrs(source.study_id)
    for key, value in attrs.items():
        backend.set_study_system_attr(study_id, key, value)
    for key, value in source.user_attrs.items():
        backend.set_study_user_attr(study_id, key, value)
    for trial in source.get_trials(deepcopy=False):
        backend.create_new_trial(study_id, trial)


def get_all_study_names(storage: str | BaseStorage) -> list[str]:
    """Return the names of all studies in a storage, oldest first.

    Parameters
    ----------
    storage : str or BaseStorage
        Database URL or storage.
    """
    return [study.study_name for study in get_storage(storage).get_all_studies()]


def get_all_study_summaries(
    storage: str | BaseStorage, include_best_trial: bool = True
) -> list[StudySummary]:
    """Return an overview of each study in a storage, oldest first.

    Parameters
    ----------
    storage : str or BaseStorage
        Database URL or storage.
    include_best_trial : bool, default True
        Whether to look for the best trial of studies with one objective.
    """
    backend = get_storage(storage)
    summaries = []
    for study in backend.get_all_studies():
        trials = backend.get_all_trials(study.study_id, deepcopy=False)
        best = None
        has_one = any(trial.state is TrialState.COMPLETE for trial in trials)
        if include_best_trial and has_one and len(study.directions) == 1:
            best = backend.get_best_trial(study.study_id)
        starts = [t.datetime_start for t in trials if t.datetime_start is not None]
        summaries.append(
            StudySummary(
                study_name=study.study_name,
                direction=None,
                directions=study.directions,
                best_trial=best,
                user_attrs=study.user_attrs,
                n_trials=len(trials),
                datetime_start=min(starts, default=None),
                study_id=study.study_id,
            )
        )
    return summaries


def _checked_directions(
    direction: Direction | None, directions: Sequence[Direction] | None
) -> list[StudyDirection]:
    if direction is not None and directions is not None:
        raise ValueError(
            f"Give one of direction={direction!r} and directions={directions!r}, not both."
        )
    if directions is None:
        directions = ["minimize" if direction is None else direction]
    elif isinstance(directions, str):
        raise ValueError(
            f"directions must be a list; for one objective use direction={directions!r}."
        )
    if not directions:
        raise ValueError("directions must name at least one objective, got an empty list.")
    return [_checked_direction(one) for one in directions]


def _checked_direction(direction: Direction) -> StudyDirection:
    if direction in ("minimize", "maximize"):
        return StudyDirection[direction.upper()]
    # Optuna's own enumeration will do as well.
    name = getattr(direction, "name", None)
    if name in ("MINIMIZE", "MAXIMIZE"):
        return StudyDirection[name]
    raise ValueError(f"A direction must be 'minimize' or 'maximize', got {direction!r}.")
