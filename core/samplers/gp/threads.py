"""Linear algebra on one thread."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from collections.abc import Iterator

from threadpoolctl import ThreadpoolController

_lock = threading.RLock()


def _renew_lock() -> None:
    # A thread that held it is not there any more in a forked process.
    global _lock  # noqa: PLW0603  # there is one for the process
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


@functools.cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Keep the libraries under NumPy and SciPy from starting threads meanwhile.

    Several threads take longer for matrices of this size, and several workers on one machine
    would be in each other's way, many times over.
    """
    # One at a time: two would each take the other's limit for what was there before.
    with _lock, _controller().limit(limits=1, user_api="blas"):
        yield
