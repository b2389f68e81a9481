"""Studies in MLflow: one run per study, with one nested run per trial.

- :mod:`.callback`: what happens when.
- :mod:`.runs`: the runs of one study in the store.
- :mod:`.entries`: what a trial looks like in MLflow's terms.
- :mod:`.outage`: what to do while the store is away.
- :mod:`.active_run`: MLflow's own global functions, inside an objective.
"""

from __future__ import annotations

from tunesmith.optional_dependency import optional_dependency

with optional_dependency("MLflowCallback", "mlflow", extra="mlflow", minimum="2.20"):
    import mlflow  # noqa: F401

from tunesmith.callbacks.mlflow.callback import MLflowCallback

__all__ = ["MLflowCallback"]
