from __future__ import annotations

from typing import ClassVar

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tunesmith.integrations import SearchCV
from tunesmith.integrations.sklearn.evaluation import Evaluator
from tunesmith.integrations.sklearn.resources import Epochs, Resource, Samples, resource_of
from tunesmith.pruners import MedianPruner, WilcoxonPruner
from tunesmith.samplers import TPESampler
from tunesmith.trial import TrialState

from .bowls import SPACE, Bowl, Failing, Mortal, X, Y, bowl, kept


class After(MedianPruner):
    """Ends every candidate after the first four, at the given report."""

    def __init__(self, n_reports):
        super().__init__(n_startup_trials=0)
        self.n_reports = n_reports

    def prune(self, study, trial):
        return trial.number >= 4 and len(trial.intermediate_values) >= self.n_reports


class Learner(ClassifierMixin, BaseEstimator):
    """Notes how it was trained, and how often it was told to go on."""

    seen: ClassVar[list[tuple[int, int]]] = []

    def __init__(self, x=0.0, n_estimators=64):
        self.x = x
        self.n_estimators = n_estimators

    def fit(self, X, y):
        Learner.seen.append((self.n_estimators, len(X)))
        self.classes_ = np.unique(y)
        return self

    def partial_fit(self, X, y, classes=None):
        self.classes_ = np.unique(y) if classes is None else classes
        self.n_passes_ = getattr(self, "n_passes_", 0) + 1
        return self

    def predict(self, X):
        return np.repeat(self.classes_[:1], len(X))

    def score(self, X, y):
        return -((self.x - 0.3) ** 2) - 1 / self.n_estimators + getattr(self, "n_passes_", 0)


def evaluator(estimator, n_splits=5, n_rows=100, y=None):
    train = np.arange(n_rows)
    return Evaluator(
        estimator, None, y, [(train, train)] * n_splits, parallel=None, n_candidates=1, options={}
    )


# What is saved.


@pytest.mark.parametrize(
    ("estimator", "options", "kind", "name"),
    [
        (GradientBoostingClassifier(), {}, Epochs, "n_estimators"),
        (HistGradientBoostingClassifier(), {}, Epochs, "max_iter"),
        (SGDClassifier(), {}, Epochs, "max_iter"),
        (make_pipeline(StandardScaler(), SGDClassifier()), {}, Epochs, "sgdclassifier__max_iter"),
        (LogisticRegression(), {}, Resource, None),
        (Ridge(), {"n_splits": 1}, type(None), None),
        (Ridge(), {"n_splits": 1, "n_rows": 5_000}, Samples, None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_resource_is_chosen_by_the_estimator_and_the_rows(estimator, options, kind, name):
    resource = resource_of("auto", evaluator(estimator, **options))

    assert type(resource) is kind
    if name is not None:
        first = resource.fit({}, 0, resource.stages()[0])
        assert 1 <= first.params[name] < estimator.get_params()[name] / 10


def test_the_resource_of_xgboost_and_lightgbm_is_their_rounds():
    xgboost, lightgbm = pytest.importorskip("xgboost"), pytest.importorskip("lightgbm")

    for estimator in (xgboost.XGBClassifier(), lightgbm.LGBMClassifier()):
        resource = resource_of("auto", evaluator(estimator))
        parts = [resource.fit({}, 0, stage).params for stage in resource.stages()[:2]]
        assert parts == [{"n_estimators": 6}, {"n_estimators": 25}]


def test_rounds_are_a_share_of_what_the_candidate_would_have():
    resource = resource_of("n_estimators", evaluator(Learner()))

    fits = [resource.fit({"n_estimators": 160}, 3, stage) for stage in resource.stages()]

    assert [fit.params["n_estimators"] for fit in fits] == [10, 40, 160, 160, 160, 160, 160]
    assert [fit.split for fit in fits] == [0, 0, 0, 1, 2, 3, 4]
    assert [fit.is_part for fit in fits] == [True, True, *[False] * 5]


@pytest.mark.parametrize("is_mask", [False, True])
def test_the_rows_of_a_part_are_of_the_first_split_and_have_all_classes(is_mask):
    y = np.repeat([0, 1, 2], [1600, 300, 100])
    train = np.arange(0, 2000, 2)
    of_mask = evaluator(Ridge(), y=y)
    of_mask.splits = [(np.isin(np.arange(2000), train) if is_mask else train, train)] * 3

    resource = resource_of("samples", of_mask)
    small, quarter = (resource.fit({}, 0, stage).rows for stage in resource.stages()[:2])

    assert set(small) < set(quarter) < set(train)
    assert [len(small), len(quarter)] == [62, 250]
    assert np.bincount(y[small]).tolist() == pytest.approx([50, 9, 3], abs=1)


def test_few_rows_are_not_parted():
    resource = resource_of("samples", evaluator(Ridge(), n_rows=60))

    assert len(resource.stages()) == 5


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ("epochs", "needs an estimator with one of the parameters"),
        ("fold", "must be 'auto', 'folds', 'epochs', 'samples' or a parameter"),
        ("alpha", "'alpha' must be a whole number to be a resource, got 1.0"),
    ],
)
def test_a_resource_that_is_not_there_is_explained(resource, message):
    with pytest.raises(ValueError, match=message):
        SearchCV(Ridge(), {"alpha": [1, 2]}, n_trials=2, resource=resource).fit(X, Y)


@pytest.mark.parametrize(
    "options",
    [{"n_trials": 15}, {"n_trials": 16, "refit": lambda table: 0}, {"resource": None}],
    ids=["few candidates", "callable refit", "asked for"],
)
def test_every_candidate_is_evaluated_whole(options):
    search = SearchCV(Bowl(), SPACE, **{"n_trials": 16, "cv": 5, **options}).fit(X, Y)

    assert search.study_.trials[0].intermediate_values == {}
    assert "pruned" not in search.cv_results_


def test_longer_searches_look_at_each_split():
    search = SearchCV(Bowl(), SPACE, n_trials=16, cv=5).fit(X, Y)

    assert list(search.study_.trials[0].intermediate_values) == [0, 1, 2, 3, 4]


def test_a_pruner_needs_something_to_save():
    with pytest.raises(ValueError, match="With resource=None nothing is pruned, but there is"):
        bowl(pruner=MedianPruner(), resource=None).fit(X, Y)


# Pruned candidates.


def test_pruned_candidates_keep_what_they_have_and_rank_last():
    search = bowl(pruner=After(2), resource="folds", cv=5, n_trials=10).fit(X, Y)

    table = search.cv_results_
    assert search.n_pruned_ == 6
    assert table["pruned"].tolist() == [False] * 4 + [True] * 6
    assert np.isfinite(table["split1_test_score"]).all()
    assert np.isnan(table["split2_test_score"]).tolist() == table["pruned"].tolist()
    assert np.isnan(table["mean_test_score"]).tolist() == table["pruned"].tolist()
    assert (table["rank_test_score"][4:] == 5).all()
    assert np.isfinite(table["mean_fit_time"]).all()
    assert search.best_index_ < 4
    states = [trial.state for trial in search.study_.trials]
    assert states == [TrialState.COMPLETE] * 4 + [TrialState.PRUNED] * 6
    assert len(search.plot("curves").data) == 10


def test_a_search_that_prunes_nothing_has_the_table_of_one_that_does_not_prune():
    search = bowl(pruner=After(99), resource="folds").fit(X, Y)

    plain = bowl().fit(X, Y)
    assert search.n_pruned_ == plain.n_pruned_ == 0
    assert search.cv_results_.keys() == plain.cv_results_.keys()
    assert search.cv_results_["params"] == plain.cv_results_["params"]
    assert search.best_score_ == plain.best_score_


def test_scores_of_whole_splits_are_those_of_ordinary_fits():
    Learner.seen.clear()
    labels = (Y > 0).astype(int)
    search = SearchCV(
        Learner(), {"x": stats.uniform()}, n_trials=5, pruner=After(1), cv=2, random_state=0
    ).fit(X, labels)

    assert search.n_pruned_ == 1
    assert sorted({n for n, _ in Learner.seen}) == [4, 16, 64]
    x = search.cv_results_["param_x"][0]
    assert search.cv_results_["mean_test_score"][0] == pytest.approx(-((x - 0.3) ** 2) - 1 / 64)


def test_pruning_saves_fits_and_finds_the_same():
    features, target = load_breast_cancer(return_X_y=True)
    options = {"n_trials": 24, "random_state": 0, "cv": 5, "sampler": TPESampler(seed=0)}
    estimator = make_pipeline(StandardScaler(), LogisticRegression())
    space = {"logisticregression__C": stats.loguniform(1e-5, 1e2)}

    plain = SearchCV(estimator, space, resource=None, **options).fit(features, target)
    pruned = SearchCV(estimator, space, **options).fit(features, target)

    assert pruned.n_pruned_ >= 3
    assert pruned.best_score_ >= plain.best_score_ - 0.005


@pytest.mark.parametrize("package", ["xgboost", "lightgbm"])
def test_boosting_is_pruned_by_its_rounds(package):
    # Both are installed wherever the tests run, but not with every Python.
    module = pytest.importorskip(package)
    estimator = {
        "xgboost": lambda: module.XGBClassifier(n_estimators=16, n_jobs=1, random_state=0),
        "lightgbm": lambda: module.LGBMClassifier(
            n_estimators=16, n_jobs=1, random_state=0, verbose=-1
        ),
    }[package]()
    features, target = load_breast_cancer(return_X_y=True)
    table = pd.DataFrame(features[:, :5], columns=list("abcde"))
    space = {"learning_rate": stats.loguniform(1e-4, 1.0), "max_depth": stats.randint(1, 6)}

    search = SearchCV(
        estimator, space, n_trials=18, cv=3, scoring="neg_log_loss", random_state=0
    ).fit(table, target)

    # Two parts of the first split, and the three splits.
    whole = [trial for trial in search.study_.trials if trial.state is TrialState.COMPLETE]
    assert {len(trial.intermediate_values) for trial in whole} == {5}
    assert search.n_pruned_ == 18 - len(whole) > 0
    assert search.best_estimator_.n_estimators == 16
    assert search.feature_names_in_.tolist() == list("abcde")


def test_wilcoxon_compares_split_with_split():
    search = bowl(pruner=WilcoxonPruner(p_threshold=0.2), cv=6, n_trials=20).fit(X, Y)

    assert search.n_pruned_ > 3
    trial = search.study_.trials[0]
    scores = [search.cv_results_[f"split{k}_test_score"][0] for k in range(5)]
    assert list(trial.intermediate_values.values())[:5] == scores


@pytest.mark.filterwarnings("ignore:One or more of the .* scores:UserWarning")
def test_failures_are_failures_and_not_pruned():
    with pytest.warns(FitFailedWarning, match="fits failed"):
        search = bowl(Failing(), pruner=MedianPruner(n_startup_trials=2), cv=4).fit(X, Y)

    states = [trial.state for trial in search.study_.trials]
    failed = np.array([params["x"] > 0.5 for params in search.cv_results_["params"]])
    assert [state is TrialState.FAIL for state in states] == failed.tolist()


def test_several_metrics_are_reported_together():
    scoring = {"a": lambda e, X, y: -abs(e.x - 0.3), "b": lambda e, X, y: -abs(e.y - 0.7)}

    search = bowl(
        scoring=scoring,
        refit=lambda table: int(np.nanargmax(table["mean_test_a"])),
        resource="folds",
    ).fit(X, Y)

    assert len(search.study_.trials[0].intermediate_vectors[0]) == 2
    assert (
        np.nanmax(search.cv_results_["mean_test_a"])
        == search.cv_results_["mean_test_a"][search.best_index_]
    )


# The same for any number of processes, resumed or not.


def columns(search):
    table = search.cv_results_.items()
    return {key: np.asarray(value).tolist() for key, value in table if "time" not in key}


def test_pruning_is_the_same_for_any_number_of_threads():
    options = {"resource": "folds", "cv": 6, "n_trials": 30}
    alone = bowl(**options).fit(X, Y)
    with joblib.parallel_config("threading"):
        parallel = bowl(n_jobs=3, **options).fit(X, Y)

    assert alone.n_pruned_ > 3
    np.testing.assert_equal(columns(parallel), columns(alone))


@pytest.mark.parametrize("last_fit", [3, 60, 75, 90])
def test_an_interrupted_search_prunes_as_if_it_had_not_been(tmp_path, last_fit):
    options = {"resource": "folds", "cv": 6, "n_trials": 30}
    whole = bowl(**options).fit(X, Y)
    mortal = Mortal(counter=str(tmp_path / "count"), last=last_fit)

    with pytest.raises(KeyboardInterrupt):
        kept(tmp_path / "study.db", estimator=mortal, **options).fit(X, Y)
    search = kept(tmp_path / "study.db", estimator=mortal, **options).fit(X, Y)

    np.testing.assert_equal(columns(search), columns(whole))
    reports = [trial.intermediate_values for trial in whole.study_.trials]
    assert [trial.intermediate_values for trial in search.study_.trials] == reports


@pytest.mark.parametrize("n_told", [1, 2, 3])
def test_a_search_killed_while_a_batch_was_being_written_goes_on_too(tmp_path, n_told):
    options = {"resource": "folds", "cv": 6, "n_trials": 30}
    whole = bowl(**options).fit(X, Y)

    def interrupt(study, trial):
        if trial.number == 16 + n_told - 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept(tmp_path / "study.db", callbacks=[interrupt], **options).fit(X, Y)
    search = kept(tmp_path / "study.db", **options).fit(X, Y)

    np.testing.assert_equal(columns(search), columns(whole))
