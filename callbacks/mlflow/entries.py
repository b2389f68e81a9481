"""What a trial looks like in MLflow's terms: metrics, parameters, tags and a status."""

from __future__ import annotations

import datetime
import posixpath
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

from mlflow.entities import Metric, Param, RunTag

from tunesmith import Study
from tunesmith.records import attr_names
from tunesmith.trial import BaseTrial, FrozenTrial, TrialState

STATUS = {
    TrialState.COMPLETE: "FINISHED",
    TrialState.PRUNED: "KILLED",
    TrialState.FAIL: "FAILED",
}

# Step, value or one per objective, milliseconds.
Report = tuple[int, "float | tuple[float, ...]", int]

_MAX_NAME = 250
_MAX_VALUE = 6000  # of a parameter; a tag may be longer
_NOT_ALLOWED = re.compile(r"[^\w\-. :/]")


def entry_name(name: str) -> str:
    """Return the name under which MLflow accepts an entry.

    Parameters
    ----------
    name : str
        Any name.

    Returns
    -------
    str
        `name`, with characters that MLflow refuses replaced by underscores.

    Examples
    --------
    >>> entry_name("layers[0]/units")
    'layers_0_/units'
    >>> entry_name("../secret")
    '_._secret'
    """
    name = _NOT_ALLOWED.sub("_", name)[:_MAX_NAME] or "_"
    path = posixpath.normpath(name)
    # Names may become file names in a store, so MLflow refuses what leads elsewhere.
    if path != name or name.startswith(("/", "..")):
        name = name.replace("/", "_")
    return "_" + name[1:] if name == "." or name.startswith("..") else name


def entry_names(names: Iterable[str]) -> dict[str, str]:
    """Return the names under which MLflow accepts several entries, all different.

    Parameters
    ----------
    names : iterable of str
        Any names, each once.

    Returns
    -------
    dict of str to str
        What :func:`entry_name` makes of each name; numbered where that is the same.

    Examples
    --------
    >>> entry_names(["units[0]", "units(0)"])
    {'units[0]': 'units_0_', 'units(0)': 'units_0__2'}
    """
    accepted: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        entry, count = entry_name(name), 1
        while entry in taken:
            count += 1
            suffix = f"_{count}"
            entry = entry_name(name)[: _MAX_NAME - len(suffix)] + suffix
        accepted[name] = entry
        taken.add(entry)
    return accepted


def metric_names(study: Study, metric_name: str | Sequence[str] | None) -> list[str]:
    """Return one name per objective.

    Parameters
    ----------
    study : Study
        Its own metric names are used when none are given.
    metric_name : str or sequence of str, optional
        One name, which is numbered if there are several objectives, or one per objective.

    Raises
    ------
    ValueError
        If there are more or fewer names than objectives.

    Examples
    --------
    >>> import tunesmith
    >>> metric_names(tunesmith.create_study(directions=["minimize", "maximize"]), "score")
    ['score_0', 'score_1']
    """
    n_objectives = len(study.directions)
    if metric_name is None:
        metric_name = study.metric_names or "value"
    if isinstance(metric_name, str):
        if n_objectives == 1:
            return [entry_name(metric_name)]
        return [entry_name(f"{metric_name}_{i}") for i in range(n_objectives)]
    if len(metric_name) != n_objectives:
        raise ValueError(
            f"metric_name names {len(metric_name)} metrics ({', '.join(map(repr, metric_name))}), "
            f"the study has {n_objectives} objectives. Give one name for each, or a single string."
        )
    return list(entry_names(metric_name).values())


def milliseconds(moment: datetime.datetime | None) -> int | None:
    """Return a local time as MLflow counts it: milliseconds since 1970 in UTC."""
    return None if moment is None else round(moment.timestamp() * 1000)


def values_of(trial: FrozenTrial, names: Sequence[str], at: int, step: int = 0) -> list[Metric]:
    """Return the values of the objectives."""
    return [
        Metric(name, value, at, step)
        for name, value in zip(names, trial.values or (), strict=False)
    ]


def reported_name(name: str) -> str:
    """Return the name of what is reported on the way to an objective's value.

    It is not the objective's own, because MLflow shows and sorts by the value of the largest
    step, and that is the last report rather than the result.
    """
    return entry_name(f"intermediate_{name}")


def metrics_of(report: Report, names: Sequence[str]) -> list[Metric]:
    """Return what was reported, a metric per objective."""
    step, value, at = report
    values = value if isinstance(value, tuple) else (value,)
    return [
        Metric(reported_name(name), number, at, step)
        for name, number in zip(names, values, strict=False)
    ]


def reports_of(
    trial: FrozenTrial, names: Sequence[str], at: int, known_steps: Container[int] = ()
) -> list[Metric]:
    """Return the reported values, except those of `known_steps`."""
    reports: dict[int, Any] = {**trial.intermediate_values, **trial.intermediate_vectors}
    return [
        metric
        for step, value in sorted(reports.items())
        if step not in known_steps
        for metric in metrics_of((step, value, at), names)
    ]


def params_of(trial: BaseTrial) -> list[Param]:
    """Return the parameters."""
    params = trial.params
    names = entry_names(params)
    return [Param(names[name], str(value)[:_MAX_VALUE]) for name, value in params.items()]


def tags_of_end(trial: FrozenTrial) -> dict[str, str]:
    """Return what is known of an ended trial and is neither metric nor parameter."""
    tags = {f"{name}_distribution": str(d) for name, d in trial.distributions.items()}
    tags["state"] = trial.state.name
    if attr_names.FAIL_REASON in trial.system_attrs:
        tags["fail_reason"] = trial.system_attrs[attr_names.FAIL_REASON]
    if trial.prune_reason is not None:
        tags["prune_reason"] = str(trial.prune_reason)
    return tags


def traceback_of(trial: FrozenTrial) -> str | None:
    """Return the traceback that a failed trial left, if any."""
    return trial.system_attrs.get(attr_names.TRACEBACK)


def run_tags(tags: Mapping[str, Any]) -> list[RunTag]:
    """Return tags as MLflow takes them: text under an accepted name."""
    names = entry_names(tags)
    return [RunTag(names[name], str(value)[:_MAX_VALUE]) for name, value in tags.items()]
