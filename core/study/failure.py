"""What is stored about a trial that failed."""

from __future__ import annotations

import traceback
from typing import Any

from ..records import attr_names

_MAX_TRACEBACK = 10_000  # characters; the end, where the error is, is kept


def failure_attrs(error: BaseException) -> dict[str, Any]:
    """Return the system attributes that tell why a trial failed.

    Parameters
    ----------
    error : BaseException
        What ended it.

    Returns
    -------
    dict of str to str
        The reason in one line, and the traceback.
    """
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    reason = traceback.format_exception_only(type(error), error)[-1].strip()
    return {attr_names.FAIL_REASON: reason, attr_names.TRACEBACK: text[-_MAX_TRACEBACK:]}
