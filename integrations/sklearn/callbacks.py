"""Telling scikit-learn's callbacks how far a search is.

They are new in scikit-learn 1.9 and see a search as a tree of tasks: the search with a leaf for each
candidate and split, then the refit.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any


class SearchCallbacks:
    """A search without callbacks: there is nothing to tell."""

    def begin(self, n_parts: int, **told: Any) -> None:
        """Say that ``fit`` begins, which has so many parts."""

    def begin_search(self, n_fits: int | None) -> None:
        """Say that the search begins, with at most so many fits."""

    def of_fit(self, candidate: int, split: int) -> dict[str, Any]:
        """Return what scikit-learn's function for a fit needs to tell of it."""
        return {}

    def end_search(self) -> None:
        """Say that the search has ended."""

    @contextlib.contextmanager
    def around_refit(self, estimator: Any, told: dict[str, Any]) -> Iterator[None]:
        """Say that the refit of an estimator begins and ends."""
        yield

    def end(self, **told: Any) -> None:
        """Say that ``fit`` ends."""


class _TaskTree(SearchCallbacks):
    """The tasks of a search that has callbacks."""

    def __init__(self, search: Any) -> None:
        self._search = search
        self._root: Any = None
        self._part: Any = None
        self._n_splits = 0

    def begin(self, n_parts: int, **told: Any) -> None:
        root = self._search._init_callback_context(max_subtasks=n_parts)  # noqa: SLF001  # inherited
        self._root = root.call_on_fit_task_begin(estimator=self._search, **told)

    def begin_search(self, n_fits: int | None) -> None:
        self._n_splits = self._search.n_splits_
        context = self._root.subcontext(
            task_name="search", max_subtasks=n_fits, sequential_subtasks=False
        )
        self._part = context.call_on_fit_task_begin(estimator=self._search)

    def of_fit(self, candidate: int, split: int) -> dict[str, Any]:
        context = self._part.subcontext(
            task_name="candidate-split-evaluation", task_id=candidate * self._n_splits + split
        )
        return {"caller": self._search, "callback_ctx": context}

    def end_search(self) -> None:
        self._part.call_on_fit_task_end(estimator=self._search)

    @contextlib.contextmanager
    def around_refit(self, estimator: Any, told: dict[str, Any]) -> Iterator[None]:
        context = self._root.subcontext(task_name="refit-with-best-params")
        with context.propagate_callback_context(estimator):
            context.call_on_fit_task_begin(estimator=self._search, **told)
            yield
        context.call_on_fit_task_end(estimator=self._search, **told)

    def end(self, **told: Any) -> None:
        self._root.call_on_fit_task_end(estimator=self._search, **told)


def callbacks_of(search: Any) -> SearchCallbacks:
    """Return the callbacks of a search, which may have none."""
    return _TaskTree(search) if getattr(search, "_skl_callbacks", None) else SearchCallbacks()
