"""Calling the user's callbacks without letting them break the study.

A callback is a callable ``(study, frozen_trial)``, called when a trial has ended, as in Optuna.
It may also have any of these methods:

``on_trial_start(study, trial)``
    A trial is about to run, in the thread that will run it.
``on_report(study, trial, step, value)``
    The trial has reported a value, or a tuple of one per objective; it has been written.
``on_study_end(study)``
    The call of ``optimize`` is about to return.

An exception from a callback is logged with its traceback and the study goes on, unless
``optimize`` was called with ``raise_callback_errors=True``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ..logging import get_logger
from ..records import FrozenTrial

if TYPE_CHECKING:
    from ..trial import Trial
    from .study import Study

_logger = get_logger(__name__)


class Hooks:
    """The callbacks of one call of ``optimize``.

    Parameters
    ----------
    study : Study
        Handed to each callback.
    callbacks : iterable of callable
        See the module's text.
    raise_errors : bool
        Whether an exception from a callback ends the study.

    Raises
    ------
    TypeError
        If a callback is neither callable nor has one of the methods.
    """

    _METHODS = ("on_trial_start", "on_report", "on_study_end")

    def __init__(self, study: Study, callbacks: Iterable[Any], raise_errors: bool) -> None:
        self._study = study
        self._raise_errors = raise_errors
        self._at_end: list[Any] = []
        self._by_method: dict[str, list[Callable[..., None]]] = {m: [] for m in self._METHODS}
        for callback in callbacks:
            methods = [m for m in self._METHODS if callable(getattr(callback, m, None))]
            if not callable(callback) and not methods:
                raise TypeError(
                    f"A callback must be callable as (study, trial), got {callback!r} of type "
                    f"{type(callback).__name__}."
                )
            for method in methods:
                self._by_method[method].append(getattr(callback, method))
            if callable(callback):
                self._at_end.append(callback)

    def trial_started(self, trial: Trial) -> None:
        """Call the hooks for a trial that is about to run, and arrange those for its reports."""
        if self._by_method["on_trial_start"]:
            self._call(self._by_method["on_trial_start"], trial)
        if self._by_method["on_report"]:
            trial.on_report = self._reported

    def _reported(self, trial: Trial, step: int, value: float | tuple[float, ...]) -> None:
        self._call(self._by_method["on_report"], trial, step, value)

    @property
    def wants_ended_trials(self) -> bool:
        """Whether any callback is to be called with ended trials."""
        return bool(self._at_end)

    def trial_ended(self, trial: FrozenTrial) -> None:
        """Call the callbacks for a trial that has ended."""
        self._call(self._at_end, trial)

    def study_ended(self) -> None:
        """Call the hooks for the end of ``optimize``."""
        self._call(self._by_method["on_study_end"])

    def _call(self, functions: Iterable[Callable[..., None]], *arguments: Any) -> None:
        for function in functions:
            try:
                function(self._study, *arguments)
            except Exception:
                if self._raise_errors:
                    raise
                _logger.exception(
                    "The callback %r failed; the study goes on. "
                    "(raise_callback_errors=True makes this end the study.)",
                    function,
                )
