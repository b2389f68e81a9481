"""Adapters to training frameworks, each imported when it is first asked for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tunesmith.integrations.lightgbm import LightGBMPruningCallback
    from tunesmith.integrations.lightning import PyTorchLightningPruningCallback
    from tunesmith.integrations.reporter import MetricReporter
    from tunesmith.integrations.xgboost import XGBoostPruningCallback

__all__ = [
    "LightGBMPruningCallback",
    "MetricReporter",
    "PyTorchLightningPruningCallback",
    "XGBoostPruningCallback",
]

_HOME = {
    "LightGBMPruningCallback": "lightgbm",
    "MetricReporter": "reporter",
    "PyTorchLightningPruningCallback": "lightning",
    "XGBoostPruningCallback": "xgboost",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
