"""The table that scikit-learn calls cv_results_, with room for candidates that were pruned."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tunesmith.integrations.sklearn.candidates import Candidate, SplitResult

_NON_FINITE = "One or more of the (test|train) scores are non-finite"
_NO_SPLIT: SplitResult = {"test_scores": np.nan, "train_scores": np.nan, "n_test_samples": 0}


def results_table(
    candidates: Sequence[Candidate],
    n_splits: int,
    format_results: Callable[..., dict[str, Any]],
) -> dict[str, Any]:
    """Return cv_results_ for candidates of which some may have been pruned.

    A pruned candidate keeps the scores of the splits that it was evaluated on; the others are NaN,
    so it ranks last. Its times are the means over the splits that it had.

    Parameters
    ----------
    candidates : list of Candidate
        In the order of the table's rows.
    n_splits : int
        Number of splits.
    format_results : callable
        scikit-learn's own function of parameters, number of splits, split results and columns.
    """
    params = [candidate.params for candidate in candidates]
    pruned = [candidate.is_pruned for candidate in candidates]
    if not any(pruned):
        splits = [split for candidate in candidates for split in candidate.splits]
        return format_results(params, n_splits, splits, {})
    pattern = next((split for one in candidates for split in one.splits), _NO_SPLIT)
    splits = [split for one in candidates for split in _padded(one, n_splits, pattern)]
    with warnings.catch_warnings():
        # The scores that are missing are missed on purpose.
        warnings.filterwarnings("ignore", message=_NON_FINITE, category=UserWarning)
        table = format_results(params, n_splits, splits, {"pruned": pruned})
    _warn_of_others(table, np.array(pruned))
    return table


def _padded(candidate: Candidate, n_splits: int, pattern: Mapping[str, Any]) -> list[SplitResult]:
    done = candidate.splits
    if len(done) == n_splits:
        return done
    nothing: SplitResult = {
        key: dict.fromkeys(value, np.nan) if isinstance(value, Mapping) else np.nan
        for key, value in pattern.items()
        if key in ("test_scores", "train_scores")
    }
    nothing["n_test_samples"] = pattern["n_test_samples"]
    nothing["fit_error"] = None
    for key in ("fit_time", "score_time"):
        nothing[key] = np.mean([split[key] for split in done]) if done else 0.0
    return [*done, *(nothing for _ in range(n_splits - len(done)))]


def _warn_of_others(table: Mapping[str, Any], pruned: Any) -> None:
    for key, means in table.items():
        if key.startswith(("mean_test_", "mean_train_")) and not np.isfinite(means[~pruned]).all():
            data = key.split("_")[1]
            warnings.warn(
                f"One or more of the {data} scores are non-finite: {means}",
                category=UserWarning,
                stacklevel=4,
            )
