"""The study that a search leaves behind, and what a resumed search finds in it.

Only finished trials are written, each in one transaction with all that its splits gave. A search
that is killed has lost what was being evaluated and nothing else, and leaves no trial running.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from tunesmith.integrations.sklearn.candidates import ATTR, Candidate
from tunesmith.integrations.sklearn.evaluation import Split
from tunesmith.integrations.sklearn.spaces import Space
from tunesmith.storages import BaseStorage, InMemoryStorage
from tunesmith.study import Study, StudyDirection, create_study
from tunesmith.trial import FrozenTrial, TrialState

#: Attribute of a study that says what its candidates were evaluated on.
SEARCH_ATTR = "tunesmith:search"


class Ledger:
    """The finished trials of a search.

    Parameters
    ----------
    study : Study
        Where they are kept. Trials that other programs have put there count as experience of the
        sampler, and are no candidates.
    """

    def __init__(self, study: Study) -> None:
        self.study = study

    def identify(self, splits: Sequence[Split], objectives: Sequence[str] | None, seed: int) -> int:
        """Note what candidates are evaluated on, or check it; return the seed to go by.

        Parameters
        ----------
        splits : list of pairs of index arrays
            What candidates are evaluated on.
        objectives : sequence of str or None
            Metrics to maximise.
        seed : int
            The seed to use if this search is new.

        Raises
        ------
        ValueError
            If the study holds a search on other splits or for other metrics.
        """
        study = self.study
        mine = {"splits": _fingerprint(splits), "objectives": list(objectives or ())}
        attrs = study.storage.get_study_system_attrs(study.study_id)
        known = attrs.get(SEARCH_ATTR)
        if known is None:
            attr = {**mine, "seed": seed}
            study.storage.set_study_system_attr(study.study_id, SEARCH_ATTR, attr)
            return seed
        if known["objectives"] != mine["objectives"]:
            raise ValueError(
                f"Study {study.study_name!r} holds a search for {_metrics(known)}, this one is for "
                f"{_metrics(mine)}. Give this one another study_name."
            )
        if known["splits"] != mine["splits"]:
            raise ValueError(
                f"Study {study.study_name!r} holds a search whose candidates were evaluated on "
                "other splits, so their scores cannot be compared. If the data are the same, give "
                "a shuffling cv a random_state; otherwise take another study_name."
            )
        return int(known["seed"])

    def finished(self) -> list[FrozenTrial]:
        """Return the trials that have ended, whoever made them.

        They are ordered by number, the candidates among each other as they were proposed: one
        that was enqueued meanwhile has a smaller number than others that were proposed before it.
        """
        trials = [trial for trial in self.study.get_trials() if trial.state.is_finished()]
        candidates = sorted(filter(is_candidate, trials), key=_row_of)
        in_order = iter(candidates)
        return [next(in_order) if is_candidate(trial) else trial for trial in trials]

    def add(self, trial: FrozenTrial, candidate: Candidate, row: int) -> FrozenTrial:
        """Write a candidate, which is so many rows from the top; return its trial in the study."""
        study = self.study
        trial.system_attrs[ATTR] = attr_of(candidate, row)
        trial_id = study.storage.create_new_trial(study.study_id, template_trial=trial)
        return study.storage.get_trial(trial_id)


def is_candidate(trial: FrozenTrial) -> bool:
    """Whether a search has made the trial."""
    return ATTR in trial.system_attrs


def attr_of(candidate: Candidate, row: int) -> dict[str, Any]:
    """Return what is stored of a candidate, beside its parameters and reports."""
    return {"row": row, **candidate.to_attr()}


def _row_of(trial: FrozenTrial) -> tuple[int, int]:
    return trial.system_attrs[ATTR].get("row", trial.number), trial.number


def restored(trial: FrozenTrial, space: Space) -> Candidate:
    """Return the candidate that a trial of an earlier process was."""
    params = space.suggest(trial.copy())
    reports = trial.intermediate_vectors or trial.intermediate_values
    pruned = trial.state is TrialState.PRUNED
    return Candidate.from_attr(params, trial.system_attrs[ATTR], dict(reports), pruned=pruned)


def open_ledger(
    study: Study | None,
    storage: str | BaseStorage | None,
    study_name: str | None,
    objectives: Sequence[str] | None,
) -> Ledger:
    """Open the study that a search is kept in, or make it.

    Parameters
    ----------
    study : Study, optional
        One that the user has made.
    storage : str or BaseStorage, optional
        Where to keep it otherwise; None is in memory.
    study_name : str, optional
        Its name there. If there is one of this name, the search goes on with it.
    objectives : sequence of str or None
        Metrics to maximise.

    Raises
    ------
    ValueError
        If an existing study does not maximise as many objectives.
    """
    names = list(objectives or ())
    directions = ["maximize"] * max(1, len(names))
    if study is not None:
        if storage is not None or study_name is not None:
            raise ValueError("Give either study, or storage and study_name, not both.")
    elif storage is None:
        study = _in_memory(len(directions), study_name)
    else:
        study = create_study(
            storage=storage,
            study_name=study_name,
            directions=directions,  # type: ignore[arg-type]  # literals
            load_if_exists=True,
        )
    if [direction.name.lower() for direction in study.directions] != directions:
        found = [direction.name.lower() for direction in study.directions]
        raise ValueError(
            f"Scores are to be maximized, so the study must have directions={directions}, but "
            f"{study.study_name!r} has {found}."
        )
    if len(names) > 1 and study.metric_names is None:
        study.set_metric_names(names)
    return Ledger(study)


def working_study(study: Study, sampler: Any, pruner: Any) -> Study:
    """Make a study in memory with the directions of another, for proposals and judgements."""
    working = _in_memory(len(study.directions), None)
    working.sampler = sampler
    working.pruner = pruner
    return working


def _in_memory(n_objectives: int, study_name: str | None) -> Study:
    # Not by create_study, which logs it: a search says what `verbose` asks for.
    storage = InMemoryStorage()
    study_id = storage.create_new_study([StudyDirection.MAXIMIZE] * n_objectives, study_name)
    return Study(storage.get_study_name_from_id(study_id), storage)


def _fingerprint(splits: Sequence[Split]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for split in splits:
        for rows in split:
            array = np.ascontiguousarray(rows)
            digest.update(f"{array.dtype.kind}{array.shape}".encode())
            digest.update(array.astype(np.int64).tobytes())
    return digest.hexdigest()


def _metrics(search: dict[str, Any]) -> str:
    return ", ".join(map(repr, search["objectives"])) or "the estimator's score"
