"""A tracking store, and how to read back what was logged there."""

from __future__ import annotations

from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Run

from tunesmith import Study


class Store:
    """A database of MLflow's, seen through MLflow's own client."""

    def __init__(self, path: Path) -> None:
        self.uri = f"sqlite:///{path}"
        self.client = MlflowClient(self.uri)

    def runs(self, study_name: str) -> list[Run]:
        """All runs in the experiment of that name, the oldest first."""
        experiment = self.client.get_experiment_by_name(study_name)
        if experiment is None:
            return []
        return self.client.search_runs(
            [experiment.experiment_id], order_by=["attributes.start_time ASC"]
        )

    def parent(self, study: Study) -> Run:
        """The one run that is nested in no other."""
        [parent] = [
            run for run in self.runs(study.study_name) if "mlflow.parentRunId" not in run.data.tags
        ]
        return parent

    def children(self, study: Study) -> dict[int, Run]:
        """The runs nested in the study's, by the trial's number, of which none may be double."""
        parent = self.parent(study).info.run_id
        runs = [
            run
            for run in self.runs(study.study_name)
            if run.data.tags.get("mlflow.parentRunId") == parent
        ]
        children = {int(run.data.tags["tunesmith.trial"]): run for run in runs}
        assert len(children) == len(runs)
        return children

    def history(self, run: Run, metric: str) -> list[tuple[int, float]]:
        """Steps and values of a metric."""
        history = self.client.get_metric_history(run.info.run_id, metric)
        return sorted((entry.step, entry.value) for entry in history)

    def artifact(self, run: Run, name: str, into: Path) -> str:
        """The text of an artifact."""
        path = self.client.download_artifacts(run.info.run_id, name, str(into))
        return Path(path).read_text(encoding="utf-8")

    def artifacts(self, run: Run) -> list[str]:
        """Names of the artifacts."""
        return [entry.path for entry in self.client.list_artifacts(run.info.run_id)]
