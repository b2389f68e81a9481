"""Names of the system attributes that the library itself writes to trials and studies."""

from __future__ import annotations

# Optuna's names: its tools read them.
FIXED_PARAMS = "fixed_params"
FAILED_TRIAL = "failed_trial"
RETRY_HISTORY = "retry_history"
METRIC_NAMES = "study:metric_names"

# Our own, which Optuna ignores.
OWN_PREFIX = "tunesmith:"
FAIL_REASON = "tunesmith:fail_reason"
FOLDS = "tunesmith:folds"
FOUND_STALE_BY = "tunesmith:found_stale_by"
PRUNE_REASON = "tunesmith:prune_reason"
TRACEBACK = "tunesmith:traceback"
