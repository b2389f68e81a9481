"""What ``mlflow_kwargs`` may hold, and the experiment that the runs belong to."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import Any

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

_NOTE_TAG = "mlflow.note.content"  # documented: the description in MLflow's pages
_DEFAULT_EXPERIMENT = "0"


@dataclasses.dataclass(frozen=True)
class RunOptions:
    """Options of the runs; names and meanings are those of ``mlflow.start_run``."""

    experiment_id: str | None = None
    run_name: str | None = None
    parent_run_id: str | None = None
    tags: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    description: str | None = None
    log_system_metrics: bool | None = None

    @classmethod
    def from_kwargs(cls, kwargs: Mapping[str, Any]) -> RunOptions:
        """Take ``mlflow_kwargs``.

        Parameters
        ----------
        kwargs : mapping of str to Any
            Names are the attributes of this class. ``nested`` is accepted and says nothing new:
            trials are always nested in the study's run.

        Raises
        ------
        TypeError
            If a name is unknown.
        """
        known = [field.name for field in dataclasses.fields(cls)]
        given = {k: v for k, v in kwargs.items() if k != "nested" and v is not None}
        for name in given:
            if name not in known:
                raise TypeError(
                    f"mlflow_kwargs has {name!r}; it may have {', '.join(map(repr, known))}."
                )
        if "experiment_id" in given:
            given["experiment_id"] = str(given["experiment_id"])
        return cls(**given)

    @property
    def common_tags(self) -> dict[str, Any]:
        """Tags that all runs of a study get."""
        note = {} if self.description is None else {_NOTE_TAG: self.description}
        return {**self.tags, **note}


def named_experiment(client: MlflowClient, name: str) -> str:
    """Return the identifier of an experiment, which is created if there is none.

    Parameters
    ----------
    client : mlflow.MlflowClient
        Access to the store.
    name : str
        Name of the experiment.

    Raises
    ------
    ValueError
        If it has been deleted.
    """
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        try:
            return str(client.create_experiment(name))
        except MlflowException as error:
            experiment = client.get_experiment_by_name(name)  # of a worker that was faster
            if error.error_code != "RESOURCE_ALREADY_EXISTS" or experiment is None:
                raise
    if experiment.lifecycle_stage != "active":
        raise ValueError(
            f"The MLflow experiment {name!r} has been deleted. Restore it with "
            f"'mlflow experiments restore -x {experiment.experiment_id}', or choose another "
            "with create_experiment=False."
        )
    return str(experiment.experiment_id)


def active_experiment(client: MlflowClient) -> str:
    """Return the experiment that ``mlflow.set_experiment`` or the environment has chosen."""
    # Where set_experiment() leaves its choice for other processes to find.
    chosen = os.environ.get("MLFLOW_EXPERIMENT_ID")
    if chosen is not None:
        return chosen
    name = os.environ.get("MLFLOW_EXPERIMENT_NAME")
    return _DEFAULT_EXPERIMENT if name is None else named_experiment(client, name)
