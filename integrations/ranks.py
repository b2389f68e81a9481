"""What one rank does for all ranks of a distributed training."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any, TypeVar

Answer = TypeVar("Answer")


def on_rank_zero(
    is_rank_zero: bool,
    broadcast: Callable[[Any], Any],
    function: Callable[..., Answer],
    *arguments: Any,
) -> Answer:
    """Call a function on rank 0; return what it returns, or raise what it raises, on every rank.

    All ranks must make the call. None of them waits for one that has failed.

    Parameters
    ----------
    is_rank_zero : bool
        Whether this is rank 0.
    broadcast : callable
        Takes an object, which counts on rank 0 alone, and returns that of rank 0.
    function : callable
        What to call on rank 0.
    *arguments
        Its arguments.

    Examples
    --------
    >>> on_rank_zero(True, lambda sent: sent, max, 1, 2)
    2
    """
    answer, error = None, None
    if is_rank_zero:
        try:
            answer = function(*arguments)
        except Exception as raised:  # noqa: BLE001  # raised again when all ranks know
            error = raised
    answer, portable = broadcast((answer, _portable(error)))
    if error is not None:
        raise error
    if portable is not None:
        raise portable
    return answer  # type: ignore[no-any-return]  # the function's


def _portable(error: Exception | None) -> Exception | None:
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
    except Exception:  # noqa: BLE001  # an exception's own idea of pickling
        return RuntimeError(f"rank 0 failed: {type(error).__name__}: {error}")
    return error
