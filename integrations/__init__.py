"""Adapters to training frameworks, each imported when it is first asked for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tunesmith.integrations.catboost import CatBoostPruningCallback
    from tunesmith.integrations.ignite import PyTorchIgnitePruningHandler
    from tunesmith.integrations.keras import KerasPruningCallback, TFKerasPruningCallback
    from tunesmith.integrations.lightgbm import (
        LightGBMPruningCallback,
        LightGBMTuner,
        LightGBMTunerCV,
    )
    from tunesmith.integrations.lightning import PyTorchLightningPruningCallback
    from tunesmith.integrations.partial_fit import partial_fit_epochs
    from tunesmith.integrations.pytorch_distributed import TorchDistributedTrial
    from tunesmith.integrations.reporter import MetricReporter
    from tunesmith.integrations.sklearn import OptunaSearchCV, SearchCV
    from tunesmith.integrations.skorch import SkorchPruningCallback
    from tunesmith.integrations.transformers import TransformersPruningCallback
    from tunesmith.integrations.xgboost import XGBoostPruningCallback

__all__ = [
    "CatBoostPruningCallback",
    "KerasPruningCallback",
    "LightGBMPruningCallback",
    "LightGBMTuner",
    "LightGBMTunerCV",
    "MetricReporter",
    "OptunaSearchCV",
    "PyTorchIgnitePruningHandler",
    "PyTorchLightningPruningCallback",
    "SearchCV",
    "SkorchPruningCallback",
    "TFKerasPruningCallback",
    "TorchDistributedTrial",
    "TransformersPruningCallback",
    "XGBoostPruningCallback",
    "partial_fit_epochs",
]

_HOME = {
    "CatBoostPruningCallback": "catboost",
    "KerasPruningCallback": "keras",
    "LightGBMPruningCallback": "lightgbm",
    "LightGBMTuner": "lightgbm",
    "LightGBMTunerCV": "lightgbm",
    "MetricReporter": "reporter",
    "OptunaSearchCV": "sklearn",
    "PyTorchIgnitePruningHandler": "ignite",
    "PyTorchLightningPruningCallback": "lightning",
    "SearchCV": "sklearn",
    "SkorchPruningCallback": "skorch",
    "TFKerasPruningCallback": "keras",
    "TorchDistributedTrial": "pytorch_distributed",
    "TransformersPruningCallback": "transformers",
    "XGBoostPruningCallback": "xgboost",
    "partial_fit_epochs": "partial_fit",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
