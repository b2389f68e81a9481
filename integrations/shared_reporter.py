"""One reporter for all processes of a training, of which one has the trial."""

from __future__ import annotations

import itertools
import os
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any, SupportsFloat

from tunesmith.integrations.reporter import Direction, MetricReporter
from tunesmith.lockstep import Client, own_server
from tunesmith.trial import BaseTrial

_numbers = itertools.count()


class SharedReporter:
    """A :class:`MetricReporter` that also works in processes forked or spawned from its own.

    There it asks the process that made it, which reports to the trial: its study may be one in
    memory, and has one worker, however many processes train.

    Parameters
    ----------
    trial, monitor, direction
        As for :class:`MetricReporter`.
    """

    def __init__(
        self,
        trial: BaseTrial,
        monitor: str | Sequence[str],
        *,
        direction: Direction | Sequence[Direction | None] | None = None,
    ) -> None:
        home = _Home(MetricReporter(trial, monitor, direction=direction))
        self._home: _Home | None = home
        self._pid = os.getpid()
        self.monitors = home.reporter.monitors
        self._topic = f"reporter-{next(_numbers)}"
        try:
            server = own_server()
        except (
            OSError
        ):  # no sockets here; then there is one process, or an error when there are more
            self._address = None
        else:
            self._address = server.address
            server.offer(self._topic, home.functions)
            weakref.finalize(self, server.withdraw, self._topic)
        self._client: Client | None = None

    def __copy__(self) -> SharedReporter:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> SharedReporter:
        return self

    def __getstate__(self) -> dict[str, Any]:
        # The trial stays where it is.
        return {**self.__dict__, "_home": None, "_client": None}

    @property
    def monitor(self) -> str:
        """Names of the metrics as one text."""
        return ", ".join(self.monitors)

    @property
    def is_away(self) -> bool:
        """Whether this is another process than the one that runs the objective."""
        return os.getpid() != self._pid

    @property
    def pruned_away(self) -> str | None:
        """What :meth:`note_pruned` was told by another process since the training started."""
        return None if self._home is None else self._home.pruned

    def start_training(self, first_step: int, n_steps: int | None) -> None:
        """Say that a training starts; see :meth:`MetricReporter.start_training`."""
        self._call("start_training", first_step, n_steps)

    def report(self, step: int, metrics: Mapping[str, SupportsFloat]) -> str | None:
        """Report the metrics; return what TrialPruned says if the training should stop."""
        return self._call("report", step, metrics)  # type: ignore[no-any-return]  # by its name

    def require(self, step: int, metrics: Mapping[str, SupportsFloat]) -> None:
        """Raise ValueError if a metric is not among `metrics`."""
        self._call("require", step, metrics)

    def note_pruned(self, message: str) -> None:
        """Tell the process that runs the objective how the training ended."""
        self._call("note_pruned", message)

    def _call(self, name: str, *arguments: Any) -> Any:
        if not self.is_away:
            assert self._home is not None
            return self._home.functions[name](*arguments)
        if self._address is None:
            raise RuntimeError(
                "The training runs in several processes, but the one that has the trial could not "
                "listen at 127.0.0.1 for the others."
            )
        if self._client is None:
            self._client = Client(self._address)
        return self._client.ask(self._topic, name, *map(_as_json, arguments))


class _Home:
    """What stays in the process that runs the objective."""

    def __init__(self, reporter: MetricReporter) -> None:
        self.reporter = reporter
        self.pruned: str | None = None
        self.functions: dict[str, Callable[..., Any]] = {
            "start_training": self._start_training,
            "report": self._report,
            "require": reporter.require,
            "note_pruned": self._note_pruned,
        }

    def _start_training(self, first_step: int, n_steps: int | None) -> None:
        self.pruned = None
        self.reporter.start_training(first_step, n_steps)

    def _report(self, step: int, metrics: Mapping[str, SupportsFloat]) -> str | None:
        return self.reporter.pruned_message if self.reporter.report(step, metrics) else None

    def _note_pruned(self, message: str) -> None:
        self.pruned = message


def _as_json(argument: Any) -> Any:
    if isinstance(argument, Mapping):  # of metrics, which may be tensors
        return {name: float(value) for name, value in argument.items()}
    return argument
