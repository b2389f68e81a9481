"""Callbacks for ``Study.optimize``, each imported when it is first asked for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tunesmith.callbacks.mlflow import MLflowCallback
    from tunesmith.callbacks.tensorboard import TensorBoardCallback

__all__ = ["MLflowCallback", "TensorBoardCallback"]

_HOME = {"MLflowCallback": "mlflow", "TensorBoardCallback": "tensorboard"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
