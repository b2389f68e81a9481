"""One candidate of a search: its parameters and what came of them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tunesmith.integrations.sklearn.spaces import Params

Report = float | tuple[float, ...]
#: What scikit-learn returns for the fit of one split: scores, times, an error.
SplitResult = dict[str, Any]

#: Attribute of a trial that holds what its splits gave.
ATTR = "tunesmith:cv"


@dataclasses.dataclass
class Candidate:
    """Parameters and what came of them.

    Parameters
    ----------
    params : dict
        Values for ``estimator.set_params``.
    splits : list of dict
        One for each split that was evaluated to its end, in order.
    reports : dict of int to float or tuple of float
        What the pruner was told, by step.
    is_pruned : bool
        Whether the pruner ended it.
    """

    params: Params
    splits: list[SplitResult] = dataclasses.field(default_factory=list)
    reports: dict[int, Report] = dataclasses.field(default_factory=dict)
    is_pruned: bool = False

    def values(self, objectives: Sequence[str] | None) -> list[float]:
        """Return the mean over the splits of each objective; of the only metric for None."""
        columns = [scores_of(split["test_scores"], objectives) for split in self.splits]
        return [float(np.mean(column)) for column in zip(*columns, strict=True)]

    def to_attr(self) -> dict[str, Any]:
        """Return what :meth:`from_attr` needs, as JSON can hold it."""
        return {
            "splits": [
                {
                    **{key: _plain(value) for key, value in split.items() if key != "fit_error"},
                    "failed": split.get("fit_error") is not None,
                }
                for split in self.splits
            ]
        }

    @classmethod
    def from_attr(
        cls, params: Params, attr: Mapping[str, Any], reports: Mapping[int, Report], *, pruned: bool
    ) -> Candidate:
        """Make it again from what was stored."""
        splits = []
        for stored in attr["splits"]:
            split = {key: _number(value) for key, value in stored.items() if key != "failed"}
            split["n_test_samples"] = int(stored["n_test_samples"])
            split["fit_error"] = "The fit failed when it was made." if stored["failed"] else None
            splits.append(split)
        return cls(params, splits, dict(reports), pruned)


def scores_of(scores: Any, objectives: Sequence[str] | None) -> list[float]:
    """Return the scores of the objectives; the only or the first one for None."""
    if objectives is not None:
        return [_named_score(scores, name) for name in objectives]
    return [float(next(iter(scores.values())) if isinstance(scores, Mapping) else scores)]


def _named_score(scores: Any, name: str) -> float:
    # A failed fit may have one for all.
    if not isinstance(scores, Mapping):
        return float(scores)
    if name not in scores:
        raise ValueError(
            f"The scoring has no metric {name!r}; it has {', '.join(map(repr, scores))}."
        )
    return float(scores[name])


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    number = float(value)
    # JSON has no word for these.
    return number if math.isfinite(number) else str(number)


def _number(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _number(one) for key, one in value.items()}
    return float(value)
