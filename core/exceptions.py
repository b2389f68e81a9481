"""Every error and warning that Tunesmith defines.

::

    Exception
    └── TunesmithError (alias: OptunaError)
        ├── TrialPruned               raised by an objective to end its trial early
        ├── DuplicatedStudyError      a study of that name exists already
        ├── StorageInternalError      the storage behind a study failed
        ├── UpdateFinishedTrialError  a finished trial was to be changed (also RuntimeError)
        └── CLIUsageError             a command line that makes no sense
    Warning
    └── ExperimentalWarning           the interface may still change
"""

from __future__ import annotations


class TunesmithError(Exception):
    """Base class of the errors that Tunesmith defines."""


OptunaError = TunesmithError


class TrialPruned(TunesmithError):
    """Raise inside an objective to end the trial as pruned.

    The trial's value becomes its last finite reported value, if there is one. It is not an
    error: the study goes on with the next trial.

    Examples
    --------
    >>> import tunesmith
    >>> def objective(trial):
    ...     x = trial.suggest_float("x", 0, 1)
    ...     for step in range(10):
    ...         trial.report(x / (step + 1), step)
    ...         if trial.should_prune():
    ...             raise tunesmith.TrialPruned
    ...     return x
    """


class DuplicatedStudyError(TunesmithError):
    """A study of that name exists in the storage already."""


class StorageInternalError(TunesmithError):
    """The storage behind a study could not carry out an operation."""


class UpdateFinishedTrialError(TunesmithError, RuntimeError):
    """A finished trial was to be changed; finished trials are read-only."""


class CLIUsageError(TunesmithError):
    """The command line's options contradict each other or lack something."""


class ExperimentalWarning(Warning):
    """The interface that was used may change in a minor release."""
