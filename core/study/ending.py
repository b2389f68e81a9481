"""How a trial ends: what a told or returned value means, and the write that ends it."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..exceptions import UpdateFinishedTrialError
from ..records import FrozenTrial, StudyDirection, TrialState
from ..storages import TrialUpdate
from .late_result import keep_late_result

if TYPE_CHECKING:
    from .study import Study


def read_values(returned: Any, n_objectives: int) -> tuple[list[float] | None, str | None]:
    """Turn what an objective returned into values.

    Parameters
    ----------
    returned : Any
        One number, or a sequence of `n_objectives` numbers.
    n_objectives : int
        Number of objectives of the study.

    Returns
    -------
    values : list of float or None
        One per objective, if `returned` is valid.
    reason : str or None
        What is wrong with it otherwise.

    Examples
    --------
    >>> read_values(1, 1)
    ([1.0], None)
    >>> read_values(None, 1)
    (None, 'The objective returned None; it must return a number.')
    """
    if type(returned) is float and n_objectives == 1 and not math.isnan(returned):
        return [returned], None  # the usual case
    if (
        type(returned) is tuple
        and len(returned) == n_objectives > 1
        and all(type(value) is float and value == value for value in returned)
    ):
        return list(returned), None
    must = "a number" if n_objectives == 1 else f"a sequence of {n_objectives} numbers"
    if isinstance(returned, Sequence) and not isinstance(returned, (str, bytes)):
        items: list[Any] = list(returned)
    elif hasattr(returned, "__len__") and hasattr(returned, "tolist"):  # an array with an axis
        try:
            items = list(returned)
        except TypeError:  # an array of no dimension has a __len__ that raises
            items = [returned]
    else:
        items = [returned]
    if len(items) != n_objectives or (n_objectives > 1 and items[0] is returned):
        got = f"{len(items)} values" if items and items[0] is not returned else repr(returned)
        return None, f"The objective returned {got}; it must return {must}."
    values = []
    for item in items:
        try:
            if isinstance(item, (str, bytes)):
                raise TypeError
            number = float(item)
        except (TypeError, ValueError):
            return None, f"The objective returned {returned!r}; it must return {must}."
        if math.isnan(number):
            return None, f"The objective returned {returned!r}; NaN has no rank."
        values.append(number)
    return values, None


def pruned_value(study: Study, record: FrozenTrial) -> list[float] | None:
    """Return the values of a pruned trial: one of its reports; see ``Study.pruned_value``.

    None without a report, or if there is a NaN in the last one or, where the best one is asked
    for, in all.
    """
    reports: dict[int, tuple[float, ...]] = {
        **{step: (value,) for step, value in record.intermediate_values.items()},
        **record.intermediate_vectors,
    }
    if study.pruned_value == "last":
        reports = {} if record.last_step is None else {0: reports[record.last_step]}
    known = [values for values in reports.values() if not any(map(math.isnan, values))]
    if not known:
        return None
    signs = [-1.0 if d is StudyDirection.MAXIMIZE else 1.0 for d in study.directions]
    losses = [
        tuple(sign * value for sign, value in zip(signs, values, strict=True)) for values in known
    ]
    if len(signs) == 1:
        return list(known[losses.index(min(losses))])
    if len(known) == 1:
        return list(known[0])
    from ..history.ranked_vectors import best_of

    return list(known[best_of(losses)])


def end_trial(
    study: Study,
    record: FrozenTrial,
    update: TrialUpdate,
    state: TrialState,
    values: list[float] | None,
) -> FrozenTrial:
    """Tell the sampler, then write everything that is left of a trial in one transaction.

    Parameters
    ----------
    study : Study
        The study.
    record : FrozenTrial
        The trial as this process knows it; it is brought up to date.
    update : TrialUpdate
        What has not been written yet.
    state : TrialState
        COMPLETE, PRUNED or FAIL.
    values : list of float or None
        One per objective.

    Returns
    -------
    FrozenTrial
        `record`; or the trial that has its result, if `record` was taken for dead meanwhile.
    """
    ended = record
    try:
        update.system_attrs.update(study.mediator.attrs_at_end(record, state, values))
    finally:
        # Written even if the sampler fails: a result is not lost because of its sampler.
        update.state = state
        update.values = values
        update.datetime_complete = datetime.datetime.now()
        ended = _write_end(study, record, update)
    return ended


def _write_end(study: Study, record: FrozenTrial, update: TrialUpdate) -> FrozenTrial:
    try:
        study.mediator.write_end(record.trial_id, update)
    except UpdateFinishedTrialError:
        late = keep_late_result(study, record, update)
        if late is None:
            raise
        return late
    if record.state is update.state:  # the storage's own record
        return record
    record.system_attrs.update(update.system_attrs)
    record.state = update.state or record.state
    record.values = update.values
    record.datetime_complete = update.datetime_complete
    return record
