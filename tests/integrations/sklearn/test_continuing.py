"""Trainings that go on where they stopped, and those that begin anew."""

from __future__ import annotations

import types

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import SGDClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tunesmith.integrations import SearchCV
from tunesmith.integrations.sklearn.continuing import can_continue
from tunesmith.integrations.sklearn.evaluation import Evaluator
from tunesmith.integrations.sklearn.resources import resource_of
from tunesmith.integrations.sklearn.staged import StagedEvaluation
from tunesmith.pruners import NopPruner
from tunesmith.trial import TrialState

X, Y = make_classification(90, 6, n_informative=4, n_classes=3, random_state=0)
WEIGHT = np.random.RandomState(0).uniform(0.5, 1.5, size=len(Y))

CONTINUED = [
    RandomForestClassifier(random_state=0),
    RandomForestRegressor(random_state=1, max_samples=0.7),
    ExtraTreesClassifier(random_state=2, class_weight={0: 2.0, 1: 1.0, 2: 1.0}),
    ExtraTreesRegressor(random_state=3, bootstrap=True),
    GradientBoostingClassifier(random_state=4, subsample=0.6, max_features=2),
    GradientBoostingRegressor(random_state=5, loss="huber", subsample=0.8),
    HistGradientBoostingClassifier(random_state=6, max_features=0.5, class_weight="balanced"),
    HistGradientBoostingRegressor(random_state=7, loss="absolute_error", early_stopping=False),
]


def name_of(estimator):
    return "max_iter" if "max_iter" in estimator.get_params() else "n_estimators"


def kind_of(value):
    return type(value).__name__


def search_with(estimator, space=None, **options):
    """Search, and note how the models that were scored were trained."""
    seen = []

    def score(model, X, y, sample_weight=None):
        seen.append((getattr(model, name_of(model)), model.warm_start))
        outputs = model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)
        return float(np.sum(outputs * np.arange(1, outputs.size + 1).reshape(outputs.shape)))

    options = {"n_trials": 3, "cv": 3, "random_state": 0, "pruner": NopPruner(), **options}
    space = {"max_depth": [2, 3, 4, 5]} if space is None else space
    search = SearchCV(estimator, space, scoring=score, resource=name_of(estimator), **options)
    return search.fit(X, Y, sample_weight=WEIGHT), seen


def columns(search):
    table = search.cv_results_.items()
    return {key: np.asarray(value).tolist() for key, value in table if "time" not in key}


def reports(search):
    return [list(trial.intermediate_values.values()) for trial in search.study_.trials]


@pytest.mark.parametrize("estimator", CONTINUED, ids=kind_of)
def test_what_goes_on_has_the_scores_of_ordinary_fits(estimator):
    name = name_of(estimator)
    estimator.set_params(**{name: 24})
    derived = type("Derived", (type(estimator),), {})(**estimator.get_params())

    continued, seen = search_with(estimator)
    anew, of_derived = search_with(derived)

    n_trees = [2, 6, 24, 24, 24]
    assert sorted(seen) == sorted([*zip(n_trees, [True] * 3 + [False] * 2, strict=True)] * 3)
    assert sorted(of_derived) == sorted([(n, False) for n in n_trees] * 3)
    # On processors that multiply and add at once, GradientBoosting may round otherwise.
    for one, other in zip(reports(continued), reports(anew), strict=True):
        assert one == pytest.approx(other, rel=1e-12)
    assert continued.best_params_ == anew.best_params_
    assert continued.best_estimator_.warm_start is False


def test_it_is_the_same_for_any_number_of_processes():
    estimator = RandomForestClassifier(n_estimators=8, random_state=0)
    space = {"n_estimators": [4, 16], "max_depth": [2, 3]}

    alone, _ = search_with(estimator, space)
    parallel, _ = search_with(estimator, space, n_jobs=2)

    assert columns(parallel) == columns(alone)
    assert reports(parallel) == reports(alone)


@pytest.mark.parametrize(
    ("estimator", "params"),
    [
        (RandomForestClassifier(), {}),
        (RandomForestClassifier(random_state=np.random.RandomState(0)), {}),
        (RandomForestClassifier(random_state=0), {"random_state": None}),
        (RandomForestClassifier(random_state=0), {"warm_start": False}),
        (RandomForestClassifier(random_state=0, warm_start=True), {}),
        (RandomForestClassifier(random_state=0), {"class_weight": "balanced"}),
        (RandomForestClassifier(random_state=0, oob_score=True), {}),
        (GradientBoostingClassifier(random_state=0, n_iter_no_change=3), {}),
        (HistGradientBoostingClassifier(random_state=0, early_stopping=True), {}),
        (BaggingClassifier(random_state=0), {}),
        (MLPClassifier(random_state=0), {}),
        (SGDClassifier(random_state=0), {}),
        (type("Forest", (RandomForestClassifier,), {})(random_state=0), {}),
    ],
    ids=kind_of,
)
def test_what_may_come_to_another_model_begins_anew(estimator, params):
    assert not can_continue(estimator, params, name_of(estimator), 100)


def test_whether_boosting_stops_early_by_itself_depends_on_the_rows():
    estimator = HistGradientBoostingClassifier(random_state=0)

    assert can_continue(estimator, {}, "max_iter", 10_000)
    assert not can_continue(estimator, {}, "max_iter", 10_001)
    assert can_continue(estimator, {"early_stopping": False}, "max_iter", 10_001)


def test_another_parameter_that_grows_begins_anew():
    assert not can_continue(RandomForestClassifier(random_state=0), {}, "max_depth", 100)


def stages_of(estimator, params):
    train = np.arange(50)
    evaluator = Evaluator(
        estimator, None, None, [(train, train)] * 3, parallel=None, n_candidates=1, options={}
    )
    resource = resource_of("epochs", evaluator)
    return [resource.fit(params, 0, stage) for stage in resource.stages()]


def test_pipelines_and_few_trees_begin_anew():
    forest = RandomForestClassifier(random_state=0)

    assert [fit.is_begin for fit in stages_of(forest, {})] == [True, True, False, False, False]
    few = stages_of(forest, {"n_estimators": 7})
    assert not any(fit.is_begin for fit in few)
    assert "warm_start" not in few[0].params
    pipeline = stages_of(make_pipeline(StandardScaler(), forest), {})
    assert not any(fit.is_begin for fit in pipeline)


class FakeEvaluator:
    """Takes a second for each fit; the fits of one stage may fail."""

    def __init__(self, fails_at=None):
        self.fails_at = fails_at
        self.fits_made = []

    def fits(self, fits):
        for fit in fits:
            n_trees = fit.params.get("n_estimators")
            self.fits_made.append((n_trees, None if fit.begun is None else fit.begun.estimator))
            error = "failed" if n_trees == self.fails_at else None
            kept = {"estimator": f"{n_trees} trees"} if fit.is_begin else {}
            yield {"test_scores": 0.5, "fit_time": 1.0, "fit_error": error, **kept}


@pytest.mark.parametrize(
    ("fails_at", "begun", "seconds"),
    [(None, [None, "6 trees", "25 trees"], 3.0), (25, [None, "6 trees", None], 1.0)],
)
def test_times_add_up_and_a_failed_part_is_not_gone_on_with(fails_at, begun, seconds):
    train = np.arange(50)
    real = Evaluator(
        RandomForestClassifier(random_state=0),
        None,
        None,
        [(train, train)] * 2,
        parallel=None,
        n_candidates=1,
        options={},
    )
    fake = FakeEvaluator(fails_at)
    trial = types.SimpleNamespace(report=lambda value, step: None, should_prune=lambda: False)
    proposal = types.SimpleNamespace(params={}, number=0, trial=trial, known=None)
    staged = StagedEvaluation(fake, resource_of("epochs", real), None, reports_mean=True)

    (candidate,) = staged.evaluate([proposal], None)

    assert [estimator for _, estimator in fake.fits_made] == [*begun, None]
    assert [split["fit_time"] for split in candidate.splits] == [seconds, 1.0]
    assert all("estimator" not in split for split in candidate.splits)


@pytest.mark.filterwarnings("ignore:One or more of the .* scores:UserWarning")
def test_candidates_that_cannot_be_fitted_fail_as_ever():
    estimator = RandomForestClassifier(n_estimators=8, random_state=0)

    with pytest.warns(FitFailedWarning, match="fits failed"):
        search, _ = search_with(estimator, {"max_depth": stats.randint(-1, 4)}, n_trials=5)

    failed = [params["max_depth"] < 1 for params in search.cv_results_["params"]]
    assert any(failed)
    assert [trial.state is TrialState.FAIL for trial in search.study_.trials] == failed
