"""Ended trials as JSON text."""

from __future__ import annotations

import datetime
import json

from ..distributions import distribution_to_json, json_to_distribution
from ..records import FrozenTrial, TrialState


def trial_to_json(trial: FrozenTrial) -> str:
    """Write down a trial.

    Examples
    --------
    >>> from tunesmith import create_trial
    >>> json_to_trial(trial_to_json(create_trial(value=0.5))).value
    0.5
    """
    start, end = trial.datetime_start, trial.datetime_complete
    return json.dumps(
        {
            "state": trial.state.name,
            "values": trial.values,
            "datetime_start": None if start is None else start.isoformat(),
            "datetime_complete": None if end is None else end.isoformat(),
            "params": {
                name: (distribution_to_json(d), d.to_internal_repr(trial.params[name]))
                for name, d in trial.distributions.items()
            },
            "user_attrs": trial.user_attrs,
            "system_attrs": trial.system_attrs,
            "reports": list(trial.intermediate_values.items()),
            "vectors": list(trial.intermediate_vectors.items()),
        }
    )


def json_to_trial(text: str) -> FrozenTrial:
    """Read what :func:`trial_to_json` has written; the trial belongs to no study yet."""
    written = json.loads(text)
    params, distributions = {}, {}
    for name, (distribution_text, internal) in written["params"].items():
        distributions[name] = json_to_distribution(distribution_text)
        params[name] = distributions[name].to_external_repr(internal)
    return FrozenTrial(
        number=-1,
        trial_id=-1,
        state=TrialState[written["state"]],
        value=None,
        values=written["values"],
        datetime_start=_datetime(written["datetime_start"]),
        datetime_complete=_datetime(written["datetime_complete"]),
        params=params,
        distributions=distributions,
        user_attrs=written["user_attrs"],
        system_attrs=written["system_attrs"],
        intermediate_values=dict(written["reports"]),
        intermediate_vectors={step: tuple(values) for step, values in written["vectors"]},
    )


def _datetime(text: str | None) -> datetime.datetime | None:
    return None if text is None else datetime.datetime.fromisoformat(text)
