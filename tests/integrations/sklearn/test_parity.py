"""What users of RandomizedSearchCV know, side by side with it.

The first candidates of a space of lists are the same for both, so everything else has to be, too.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import sklearn
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import get_scorer
from sklearn.model_selection import GroupKFold, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from tunesmith.integrations import SearchCV

from .test_search import without_times

ROWS, TARGET = load_iris(return_X_y=True)
NAMES = [f"f{place}" for place in range(4)]
WEIGHTS = np.random.RandomState(0).uniform(0.1, 2.0, len(ROWS))
GROUPS = np.arange(len(ROWS)) % 7
LOGISTIC = LogisticRegression(max_iter=300)
GRID = {"C": [0.001, 0.01, 0.1, 1.0, 3.0, 10.0, 100.0, 1000.0]}


def both(estimator, grid, rows=ROWS, target=TARGET, fit_params=None, **options):
    """Fit both searches; return ours after their tables were compared."""
    options = {"cv": 3, "random_state": 0, **options}
    ours = SearchCV(clone(estimator), grid, n_trials=6, **options)
    theirs = RandomizedSearchCV(clone(estimator), grid, n_iter=6, **options)
    for search in (ours, theirs):
        search.fit(rows, target, **(fit_params or {}))
    np.testing.assert_equal(without_times(ours.cv_results_), without_times(theirs.cv_results_))
    assert ours.best_params_ == theirs.best_params_
    assert ours.best_index_ == theirs.best_index_
    return ours, theirs


@pytest.mark.parametrize("form", [sparse.csr_matrix, sparse.csr_array], ids=["matrix", "array"])
def test_sparse_rows(form):
    ours, theirs = both(LOGISTIC, GRID, form(ROWS))

    assert (ours.predict(form(ROWS)) == theirs.predict(form(ROWS))).all()
    assert ours.n_features_in_ == 4


def test_tables_of_pandas():
    frame = pd.DataFrame(ROWS, columns=NAMES)

    ours, _ = both(LOGISTIC, GRID, frame, pd.Series(TARGET))

    assert ours.feature_names_in_.tolist() == NAMES
    assert ours.n_features_in_ == 4
    assert (ours.predict_proba(frame).sum(axis=1) > 0.99).all()


def test_groups_are_for_the_splitter():
    ours, _ = both(LOGISTIC, GRID, cv=GroupKFold(3), fit_params={"groups": GROUPS})

    assert ours.n_splits_ == 3


def test_weights_of_rows_are_for_the_fit():
    ours, _ = both(LOGISTIC, GRID, fit_params={"sample_weight": WEIGHTS})
    plain, _ = both(LOGISTIC, GRID)

    assert without_times(ours.cv_results_) != without_times(plain.cv_results_)


def test_metadata_are_routed_through_a_pipeline_to_fits_scorers_and_splits():
    with sklearn.config_context(enable_metadata_routing=True):
        model = make_pipeline(
            StandardScaler().set_fit_request(sample_weight=False),
            clone(LOGISTIC).set_fit_request(sample_weight=True),
        )
        scorer = get_scorer("accuracy").set_score_request(sample_weight=True)
        grid = {f"logisticregression__{name}": values for name, values in GRID.items()}

        ours, _ = both(
            model,
            grid,
            scoring=scorer,
            cv=GroupKFold(3),
            fit_params={"sample_weight": WEIGHTS, "groups": GROUPS},
        )

        assert "logisticregression__C" in ours.best_params_
        with pytest.raises(TypeError, match="unexpected argument"):
            clone(ours).fit(ROWS, TARGET, nonsense=1)


def least_train_score(table):
    return int(np.argmin(table["mean_train_accuracy"]))


@pytest.mark.parametrize("refit", ["accuracy", "neg_log_loss"])
def test_several_metrics_of_which_one_counts(refit):
    scoring = ["accuracy", "neg_log_loss"]

    ours, theirs = both(LOGISTIC, GRID, scoring=scoring, refit=refit, return_train_score=True)

    assert ours.multimetric_
    assert ours.best_score_ == theirs.best_score_
    assert ours.scorer_.keys() == theirs.scorer_.keys()
    assert ours.score(ROWS, TARGET) == theirs.score(ROWS, TARGET)


def test_a_callable_chooses_from_the_table():
    scoring = ["accuracy", "neg_log_loss"]

    ours, _ = both(
        LOGISTIC, GRID, scoring=scoring, refit=least_train_score, return_train_score=True
    )

    assert not hasattr(ours, "best_score_")
    assert ours.predict(ROWS).shape == TARGET.shape


def test_without_a_refit_there_is_no_best_estimator():
    search = SearchCV(LOGISTIC, GRID, n_trials=3, refit=False, cv=3).fit(ROWS, TARGET)

    assert search.best_params_["C"] in GRID["C"]
    assert not hasattr(search, "best_estimator_")
    with pytest.raises(AttributeError, match="predict"):
        search.predict(ROWS)


def test_methods_are_those_of_the_best_estimator():
    with_probabilities, _ = both(LOGISTIC, GRID)
    without, _ = both(LinearSVC(dual=False), {"C": [0.1, 0.2, 0.5, 1.0, 2.0, 5.0]})
    regression, _ = both(Ridge(), {"alpha": [0.1, 0.2, 0.5, 1.0, 2.0, 5.0]})

    assert hasattr(with_probabilities, "predict_proba")
    assert not hasattr(without, "predict_proba")
    assert hasattr(without, "decision_function")
    assert without.classes_.tolist() == [0, 1, 2]
    assert not hasattr(regression, "classes_")
    for search in (with_probabilities, without, regression):
        assert not hasattr(search, "transform")


def test_a_failed_fit_has_the_score_that_was_asked_for():
    model = LogisticRegression(solver="liblinear")
    labels = (TARGET > 0).astype(int)
    grid = {"C": [0.1, 1.0, -1.0, 10.0, 3.0, 0.3], "tol": [1e-4]}

    with pytest.warns(FitFailedWarning):
        ours, _ = both(model, grid, target=labels, error_score=-7.0)

    assert (ours.cv_results_["mean_test_score"] == -7.0).sum() == 1


def test_the_html_of_a_search_shows_its_estimator():
    search = SearchCV(make_pipeline(StandardScaler(), LOGISTIC), {"logisticregression__C": [1, 2]})

    html = search._repr_html_()

    assert "SearchCV" in html
    assert "StandardScaler" in html
    assert "LogisticRegression" in html
