"""Pruning and stepwise tuning of LightGBM trainings.

Whatever else is asked of this module comes from ``lightgbm`` itself, so that a script which says
``import tunesmith.integrations.lightgbm as lgb`` has its ``lgb.train`` tuned and nothing else changed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from tunesmith.optional_dependency import optional_dependency

if TYPE_CHECKING:
    from tunesmith.integrations.lightgbm.callback import LightGBMPruningCallback
    from tunesmith.integrations.lightgbm.tuner import LightGBMTuner, train
    from tunesmith.integrations.lightgbm.tuner_cv import LightGBMTunerCV
    from tunesmith.integrations.lightgbm.tuning_step import TuningStep

__all__ = ["LightGBMPruningCallback", "LightGBMTuner", "LightGBMTunerCV", "TuningStep", "train"]

_HOME = {
    "LightGBMPruningCallback": "callback",
    "LightGBMTuner": "tuner",
    "LightGBMTunerCV": "tuner_cv",
    "TuningStep": "tuning_step",
    "train": "tuner",
}


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with optional_dependency(name, "lightgbm", extra="lightgbm", minimum="4.0"):
        import lightgbm
    if name in _HOME:
        value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    if hasattr(lightgbm, name):
        return getattr(lightgbm, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}, nor has 'lightgbm'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
