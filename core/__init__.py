"""Tunesmith: hyperparameter optimization that lives in your training loop.

>>> import tunesmith
>>> def objective(trial):
...     x = trial.suggest_float("x", -10, 10)
...     return (x - 2) ** 2
>>> study = tunesmith.create_study(sampler=tunesmith.samplers.TPESampler(seed=1))
>>> study.optimize(objective, n_trials=30)
>>> abs(study.best_params["x"] - 2) < 1
True
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from . import (
        distributions,
        exceptions,
        logging,
        pruners,
        samplers,
        search_space,
        storages,
        study,
        trial,
        visualization,
    )
    from .exceptions import TrialPruned
    from .records import create_trial
    from .study import (
        Study,
        copy_study,
        create_study,
        delete_study,
        get_all_study_names,
        get_all_study_summaries,
        load_study,
    )
    from .trial import Trial

__all__ = [
    "Study",
    "Trial",
    "TrialPruned",
    "__version__",
    "copy_study",
    "create_study",
    "create_trial",
    "delete_study",
    "distributions",
    "exceptions",
    "get_all_study_names",
    "get_all_study_summaries",
    "load_study",
    "logging",
    "pruners",
    "samplers",
    "search_space",
    "storages",
    "study",
    "trial",
    "visualization",
]

# Everything is imported when it is first used, so that `import tunesmith` costs next to nothing.
_HOME = {
    "Study": "study",
    "Trial": "trial",
    "TrialPruned": "exceptions",
    "copy_study": "study",
    "create_study": "study",
    "create_trial": "trial",
    "delete_study": "study",
    "get_all_study_names": "study",
    "get_all_study_summaries": "study",
    "load_study": "study",
}
_MODULES = {*_HOME.values(), "callbacks", "integrations"} | {
    name for name in __all__ if name not in _HOME and name[0].islower()
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    elif name == "integration":  # as the module is called in Optuna
        value = importlib.import_module(".integrations", __name__)
    elif name in _MODULES:
        value = importlib.import_module(f".{name}", __name__)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
