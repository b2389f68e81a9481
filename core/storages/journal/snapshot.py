"""A summary of a journal, so that a worker that joins late need not replay all of it.

It is JSON of our own. Optuna keeps pickles under another key, which are never read here: reading
one would run whatever its writer put into it.
"""

from __future__ import annotations

import json
from typing import Any

from ...distributions import json_to_distribution
from ...exceptions import StorageInternalError
from ...logging import get_logger
from ...records import FrozenTrial, StudyDirection, TrialState
from .backend import BaseJournalBackend, BaseJournalSnapshot
from .records import Record, distribution_text, read_time, written_time
from .replay import Replay, StudyState

SMALLEST_SNAPSHOT = 1024  # records

_VERSION = 1

_logger = get_logger(__name__)


def begun(backend: BaseJournalBackend) -> Replay:
    """Return a replay that has come as far as a backend's snapshot; an empty one without it."""
    if not isinstance(backend, BaseJournalSnapshot):
        return Replay()
    snapshot = backend.load_snapshot()
    if snapshot is None:
        return Replay()
    try:
        data = json.loads(snapshot)
        if data["version"] != _VERSION or not _is_of(backend, data):
            return Replay()
        return _replay(data)
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
        StorageInternalError,
    ):
        _logger.warning("The snapshot of %r cannot be used; its whole journal is read.", backend)
        return Replay()


def keep_snapshot(backend: BaseJournalBackend, replay: Replay, last: Record) -> None:
    """Let a backend that can do so keep a snapshot.

    Parameters
    ----------
    backend : BaseJournalBackend
        Nothing happens if it is no :class:`BaseJournalSnapshot`.
    replay : Replay
        What the journal says so far.
    last : dict
        The last record that was replayed, by which the snapshot's journal is known again.
    """
    if not isinstance(backend, BaseJournalSnapshot):
        return
    try:
        backend.save_snapshot(json.dumps(_data(replay, last), separators=(",", ":")).encode())
    except StorageInternalError:
        _logger.warning("No snapshot of %r could be kept.", backend, exc_info=True)


def _is_of(backend: BaseJournalBackend, data: dict[str, Any]) -> bool:
    """Whether a snapshot belongs to the journal as it is now."""
    for record in backend.read_logs(data["n_records"] - 1):
        return json.dumps(record) == json.dumps(data["last"])
    return False


def _data(replay: Replay, last: Record) -> dict[str, Any]:
    return {
        "version": _VERSION,
        "n_records": replay.n_records,
        "last": last,
        "n_studies": replay.n_studies,
        "damaged_at": replay.damaged_at,
        "studies": [
            {
                "study_id": study_id,
                "name": study.name,
                "directions": [int(direction) for direction in study.directions],
                "user_attrs": study.user_attrs,
                "system_attrs": study.system_attrs,
                "param_distributions": {
                    name: distribution_text(distribution)
                    for name, distribution in study.param_distributions.items()
                },
            }
            for study_id, study in replay.studies.items()
        ],
        "trials": [
            _trial_data(replay, study_id, trial) if study_id in replay.studies else None
            for study_id, trial in replay.trials
        ],
    }


def _trial_data(replay: Replay, study_id: int, trial: FrozenTrial) -> dict[str, Any]:
    data: dict[str, Any] = {
        "study_id": study_id,
        "state": int(trial.state),
        "values": trial.values,
        "start": written_time(trial.datetime_start),
        "complete": written_time(trial.datetime_complete),
        "params": {
            name: (
                trial.distributions[name].to_internal_repr(value),
                distribution_text(trial.distributions[name]),
            )
            for name, value in trial.params.items()
        },
        "user_attrs": trial.user_attrs,
        "system_attrs": trial.system_attrs,
        "reports": list(trial.intermediate_values.items()),
    }
    if trial.intermediate_vectors:
        data["vectors"] = list(trial.intermediate_vectors.items())
    if trial.trial_id in replay.proposals:
        data["proposed"] = list(replay.proposals[trial.trial_id])
    if trial.trial_id in replay.alive_names:
        data["alive"] = replay.alive_names[trial.trial_id]
    return data


def _replay(data: dict[str, Any]) -> Replay:
    replay = Replay()
    replay.n_records = data["n_records"]
    replay.n_studies = data["n_studies"]
    replay.damaged_at = data["damaged_at"]
    for study_data in data["studies"]:
        directions = [StudyDirection(direction) for direction in study_data["directions"]]
        study = StudyState(study_data["name"], directions)
        study.user_attrs = study_data["user_attrs"]
        study.system_attrs = study_data["system_attrs"]
        for name, text in study_data["param_distributions"].items():
            study.param_distributions[name] = json_to_distribution(text)
        replay.studies[study_data["study_id"]] = study
        replay.study_ids[study.name] = study_data["study_id"]
    for trial_id, trial_data in enumerate(data["trials"]):
        if trial_data is None:
            replay.trials.append((-1, _GONE))
        else:
            _add_trial(replay, trial_id, trial_data)
    return replay


def _add_trial(replay: Replay, trial_id: int, data: dict[str, Any]) -> None:
    study = replay.studies[data["study_id"]]
    distributions = {name: json_to_distribution(text) for name, (_, text) in data["params"].items()}
    trial = FrozenTrial(
        len(study.trials),
        TrialState(data["state"]),
        None,
        read_time(data["start"]),
        read_time(data["complete"]),
        {
            name: distributions[name].to_external_repr(value)
            for name, (value, _) in data["params"].items()
        },
        distributions,
        data["user_attrs"],
        data["system_attrs"],
        dict(map(tuple, data["reports"])),
        trial_id,
        values=data["values"],
        intermediate_vectors={step: tuple(vector) for step, vector in data.get("vectors", ())},
    )
    study.place(trial)
    study.trials.append(trial)
    study.touch(trial.number)
    replay.trials.append((data["study_id"], trial))
    if "proposed" in data:
        replay.proposals[trial_id] = dict.fromkeys(data["proposed"])
    if "alive" in data:
        replay.alive_names[trial_id] = data["alive"]


_GONE = FrozenTrial(-1, TrialState.FAIL, None, None, None, {}, {}, {}, {}, {}, -1)
