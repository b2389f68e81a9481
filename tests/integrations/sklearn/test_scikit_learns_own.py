"""scikit-learn's tests of its searches, with SearchCV in the place of RandomizedSearchCV.

The source is that of the installed scikit-learn. Tests in which RandomizedSearchCV does not occur
are left to scikit-learn, and so are the parameters of a test that are another search. Exceptions
stand in `_NOT_BY_DEFAULT` and, for old releases of scikit-learn, in `_LEFT_OUT`.
"""

from __future__ import annotations

import inspect
import sys
import types
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.model_selection
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils.fixes import parse_version

from tunesmith.integrations.sklearn import SearchCV

# scikit-learn's tests look at warnings themselves.
pytestmark = pytest.mark.filterwarnings("ignore")

# Tests that SearchCV passes with resource=None and not by default.
_NOT_BY_DEFAULT = {
    "test_random_search_cv_results": "30 candidates, some of which are pruned: a column more, and "
    "scores that are missing",
}

_IS_OLD = parse_version(sklearn.__version__) < parse_version("1.9")
_LEFT_OUT = {"test_random_search_bad_cv": "the words of an error were others"} if _IS_OLD else {}

_NAME = "sklearn.model_selection.tests.test_search"


class RandomizedSearchCV(SearchCV):
    """SearchCV with the arguments of the search that it stands in for."""

    by_default: str | None = "auto"

    def __init__(
        self,
        estimator,
        param_distributions,
        *,
        n_iter=10,
        scoring=None,
        n_jobs=None,
        refit=True,
        cv=None,
        verbose=0,
        pre_dispatch="2*n_jobs",
        random_state=None,
        error_score=np.nan,
        return_train_score=False,
    ):
        self.n_iter = n_iter
        super().__init__(
            estimator,
            param_distributions,
            n_trials=n_iter,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            random_state=random_state,
            error_score=error_score,
            return_train_score=return_train_score,
            resource=self.by_default,
        )


@pytest.fixture(autouse=True)
def _without_pruning(request, monkeypatch):
    if request.node.originalname in _NOT_BY_DEFAULT:
        monkeypatch.setattr(RandomizedSearchCV, "by_default", None)


def _module_with_ours_in_its_place() -> types.ModuleType:
    spec = find_spec(_NAME)
    assert spec is not None
    assert spec.origin is not None, "scikit-learn's wheel has no tests"
    module = types.ModuleType("scikit_learns_test_search")
    module.__file__ = spec.origin
    sys.modules[module.__name__] = module  # where pickle looks for its classes
    theirs = sklearn.model_selection.RandomizedSearchCV
    sklearn.model_selection.RandomizedSearchCV = RandomizedSearchCV
    try:
        exec(compile(Path(spec.origin).read_text("utf-8"), spec.origin, "exec"), module.__dict__)
    finally:
        sklearn.model_selection.RandomizedSearchCV = theirs
    return module


def _is_another_search(value: Any) -> bool:
    """Whether a parameter of a test is, or holds, a search that has no part in this."""
    if isinstance(value, (tuple, list)):
        return any(map(_is_another_search, value))
    kind = value if inspect.isclass(value) else type(value)
    return issubclass(kind, BaseSearchCV) and not issubclass(kind, SearchCV)


def _only_ours(test: Any) -> Any:
    for mark in getattr(test, "pytestmark", ()):
        if mark.name == "parametrize":
            names, values, *others = mark.args
            kept = [value for value in values if not _is_another_search(value)]
            object.__setattr__(mark, "args", (names, kept, *others))
    return test


_MODULE = _module_with_ours_in_its_place()
_OURS = ("RandomizedSearchCV", "_searchcv_callback_test_cases")
for _name, _value in vars(_MODULE).items():
    if _name in _LEFT_OUT:
        continue
    if _name.startswith("test_") and any(name in inspect.getsource(_value) for name in _OURS):
        globals()[_name] = _only_ours(_value)


def test_there_are_such_tests():
    assert "test_random_search_cv_results" in globals()
    assert _IS_OLD or "test_search_callbacks_propagation" in globals()
