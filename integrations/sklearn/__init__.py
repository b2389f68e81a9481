"""Search for the parameters of scikit-learn's estimators."""

from __future__ import annotations

from tunesmith.optional_dependency import optional_dependency

with optional_dependency(
    "SearchCV", "scikit-learn", extra="sklearn", minimum="1.6", imported_as="sklearn"
):
    import sklearn as _sklearn  # noqa: F401

from tunesmith.integrations.sklearn.optuna_search import OptunaSearchCV
from tunesmith.integrations.sklearn.search import SearchCV

__all__ = ["OptunaSearchCV", "SearchCV"]
