"""Log a study to TensorBoard while it runs, without TensorFlow."""

from __future__ import annotations

import os
import re
import threading
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tunesmith import Study, Trial
from tunesmith.callbacks.study_identity import study_identity
from tunesmith.optional_dependency import optional_dependency
from tunesmith.records import attr_names
from tunesmith.trial import FrozenTrial, TrialState

with optional_dependency("TensorBoardCallback", "tensorboard", extra="tensorboard", minimum="2.12"):
    import tensorboard  # noqa: F401
with optional_dependency("TensorBoardCallback", "torch", extra="tensorboard", minimum="2.0"):
    import torch  # noqa: F401

from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2
from torch.utils.tensorboard import SummaryWriter

# TensorBoard knows no pruned runs. This way they can be told from those that have failed.
_STATUS = {
    TrialState.COMPLETE: api_pb2.STATUS_SUCCESS,
    TrialState.PRUNED: api_pb2.STATUS_UNKNOWN,
    TrialState.FAIL: api_pb2.STATUS_FAILURE,
}


class TensorBoardCallback:
    """Logs a study to TensorBoard: a run for each trial, with its parameters and curves.

    A trial's run lies in ``trial-<number>`` in a folder of its study, whose name ends with eight
    digits that no other study has. It has each reported value with its step as soon as it is
    reported, and at the end the parameters, the objective's value, and the status: success for a
    complete trial, failure for a failed one, unknown for a pruned one, of which TensorBoard knows
    nothing. The tab TEXT has the trial's state, its user attributes and the reason why it failed or was pruned.
    The tab HPARAMS compares the trials.

    Values of the objective are logged under `metric_name`, reported ones under
    ``intermediate_<metric_name>``.

    One callback may serve threads (``n_jobs``) and several studies. A study that goes on later
    goes on in its folder. What was reported stays when the process is killed; the next call of
    ``optimize`` after the trial was found dead ends its run as a failure.

    Parameters
    ----------
    dirname : str or path
        Folder to log to; show it with ``tensorboard --logdir <dirname>``.
    metric_name : str or sequence of str, optional
        Name of the objective's value, or one per objective. A single name for several objectives
        is numbered: ``value_0``, ``value_1``. Default: the study's metric names, or ``"value"``.

    Raises
    ------
    ImportError
        If PyTorch or TensorBoard is not installed.
    ValueError
        When a trial begins, if there are more or fewer names than objectives.

    Examples
    --------
    >>> import tunesmith
    >>> from tunesmith.callbacks import TensorBoardCallback
    >>> callback = TensorBoardCallback("runs", metric_name="loss")
    >>> study = tunesmith.create_study()
    >>> def objective(trial):
    ...     return trial.suggest_float("x", 0, 1) ** 2
    >>> study.optimize(objective, n_trials=10, callbacks=[callback])  # doctest: +SKIP

    Trials that have ended can be logged at any time; those that are logged are left as they are:

    >>> for trial in study.trials:
    ...     callback(study, trial)
    """

    def __init__(
        self, dirname: str | os.PathLike[str], metric_name: str | Sequence[str] | None = None
    ) -> None:
        self._dirname = Path(dirname)
        self._metric_name = metric_name
        self._set_up()

    def _set_up(self) -> None:
        self._folders: weakref.WeakKeyDictionary[Study, Path] = weakref.WeakKeyDictionary()
        self._writers: dict[Path, SummaryWriter] = {}
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        # Open files belong to this process.
        return {"_dirname": self._dirname, "_metric_name": self._metric_name}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._set_up()

    def on_trial_start(self, study: Study, trial: Trial) -> None:
        """Check that there is a name for each objective, before the trial has cost anything."""
        _metric_names(study, self._metric_name)

    def on_report(
        self, study: Study, trial: Trial, step: int, value: float | tuple[float, ...]
    ) -> None:
        """Log a reported value, or one per objective."""
        run = self._run(study, trial.number)
        with self._lock:
            if run not in self._writers:
                self._writers[run] = SummaryWriter(str(run))
            writer = self._writers[run]
        _write_report(writer, _metric_names(study, self._metric_name), step, value)
        writer.flush()  # or it would be lost if the process is killed

    def __call__(self, study: Study, trial: FrozenTrial) -> None:
        """Complete and end the trial's run; without the other hooks, also create it.

        Parameters
        ----------
        study : Study
            The study.
        trial : FrozenTrial
            One of its trials. If it has not ended, nothing is done.
        """
        if trial.state.is_finished():
            names = _metric_names(study, self._metric_name)
            run = self._run(study, trial.number)
            with self._lock:
                writer = self._writers.pop(run, None)
            if writer is not None:
                writer.close()
            if not _has_ended(run):
                _end(run, trial, names)

    def on_study_end(self, study: Study) -> None:
        """End the runs of trials whose workers have died."""
        begun = {run.name for run in self._folder(study).glob(f"{_PREFIX}*") if not _has_ended(run)}
        if begun:
            for trial in study.get_trials(deepcopy=False):
                if _run_name(trial.number) in begun:
                    self(study, trial)

    def _run(self, study: Study, number: int) -> Path:
        return self._folder(study) / _run_name(number)

    def _folder(self, study: Study) -> Path:
        folder = self._folders.get(study)
        if folder is None:
            folder = self._dirname / _folder_name(study.study_name, study_identity(study))
            self._folders[study] = folder
        return folder


_PREFIX = "trial-"
# Part of the name of the file that ends a run.
_END = ".end"


def _run_name(number: int) -> str:
    return f"{_PREFIX}{number}"


def _folder_name(study_name: str, identity: str) -> str:
    """A name that no other study has, not even one of the same name."""
    return re.sub(r"[^\w. -]", "_", study_name) + "-" + identity[:8]


def _has_ended(run: Path) -> bool:
    return any(run.glob(f"*{_END}"))


def _metric_names(study: Study, given: str | Sequence[str] | None) -> list[str]:
    n_objectives = len(study.directions)
    names = given if given is not None else study.metric_names or "value"
    if isinstance(names, str):
        return [names] if n_objectives == 1 else [f"{names}_{i}" for i in range(n_objectives)]
    if len(names) != n_objectives:
        raise ValueError(
            f"metric_name names {len(names)} metrics ({', '.join(map(repr, names))}), the study "
            f"has {n_objectives} objectives. Give one name for each, or a single string."
        )
    return list(names)


def _write_report(
    writer: SummaryWriter,
    names: Sequence[str],
    step: int,
    value: float | tuple[float, ...],
    at: float | None = None,
) -> None:
    values = value if isinstance(value, tuple) else (value,)
    for name, number in zip(names, values, strict=False):
        writer.add_scalar(f"intermediate_{name}", number, step, at)


def _end(run: Path, trial: FrozenTrial, names: Sequence[str]) -> None:
    """Write what is known when a trial has ended; all of it, if its run has not begun."""
    start, end = (
        None if moment is None else moment.timestamp()
        for moment in (trial.datetime_start, trial.datetime_complete)
    )
    is_new = not run.exists()
    with SummaryWriter(str(run), filename_suffix=_END) as writer:
        if is_new:
            reports: dict[int, float | tuple[float, ...]] = {
                **trial.intermediate_values,
                **trial.intermediate_vectors,
            }
            for step, report in sorted(reports.items()):
                _write_report(writer, names, step, report, end)
        for name, value in zip(names, trial.values or (), strict=False):
            writer.add_scalar(name, value, 0, end)
        for summary in _session(trial, f"{run.parent.name}/{run.name}", start, end):
            writer.file_writer.add_summary(summary)
        writer.add_text("trial", _as_text(trial), 0, end)


def _session(
    trial: FrozenTrial, name: str, start: float | None, end: float | None
) -> Iterator[Summary]:
    """What the tab HPARAMS shows; TensorBoard's own functions for it need TensorFlow."""
    # Runs of one group are shown as one.
    first = plugin_data_pb2.SessionStartInfo(group_name=name, start_time_secs=start)
    for key, value in trial.params.items():
        if isinstance(value, bool):
            first.hparams[key].bool_value = value
        elif isinstance(value, (int, float)):
            first.hparams[key].number_value = value
        else:
            first.hparams[key].string_value = str(value)
    last = plugin_data_pb2.SessionEndInfo(status=_STATUS[trial.state], end_time_secs=end)
    for tag, data in (
        (metadata.SESSION_START_INFO_TAG, {"session_start_info": first}),
        (metadata.SESSION_END_INFO_TAG, {"session_end_info": last}),
    ):
        content = plugin_data_pb2.HParamsPluginData(version=metadata.PLUGIN_DATA_VERSION, **data)
        value = Summary.Value(
            tag=tag,
            metadata=metadata.create_summary_metadata(content),
            tensor=metadata.NULL_TENSOR,
        )
        yield Summary(value=[value])


def _as_text(trial: FrozenTrial) -> str:
    rows = {"state": trial.state.name, **trial.user_attrs}
    if attr_names.FAIL_REASON in trial.system_attrs:
        rows["fail reason"] = trial.system_attrs[attr_names.FAIL_REASON]
    if trial.prune_reason is not None:
        rows["prune reason"] = str(trial.prune_reason)
    lines = [f"| {name} | {_cell(value)} |" for name, value in rows.items()]
    return "\n".join(["| trial | " + str(trial.number) + " |", "|---|---|", *lines])


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")
