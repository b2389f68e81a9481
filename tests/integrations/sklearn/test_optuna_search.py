from __future__ import annotations

import inspect

import numpy as np
import pytest
from scipy import stats
from sklearn.base import clone
from sklearn.linear_model import Ridge, SGDClassifier

import tunesmith
from tunesmith.distributions import FloatDistribution
from tunesmith.integrations import OptunaSearchCV
from tunesmith.pruners import MedianPruner
from tunesmith.samplers import TPESampler

from .bowls import SPACE, Bowl, X, Y
from .test_pruning import Learner

# Those of optuna-integration's class.
ARGUMENTS = [
    "estimator",
    "param_distributions",
    "cv",
    "enable_pruning",
    "error_score",
    "max_iter",
    "n_jobs",
    "n_trials",
    "random_state",
    "refit",
    "return_train_score",
    "scoring",
    "study",
    "subsample",
    "timeout",
    "verbose",
    "callbacks",
]
ATTRIBUTES = [
    "best_estimator_",
    "best_index_",
    "best_params_",
    "best_score_",
    "best_trial_",
    "n_splits_",
    "n_trials_",
    "refit_time_",
    "sample_indices_",
    "scorer_",
    "study_",
    "trials_",
    "user_attrs_",
]


def test_it_has_the_arguments_and_attributes_of_the_class_it_is_named_after():
    assert list(inspect.signature(OptunaSearchCV).parameters) == ARGUMENTS

    search = OptunaSearchCV(Ridge(), {"alpha": FloatDistribution(0.1, 9)}, n_trials=3).fit(X, Y)

    assert all(hasattr(search, name) for name in ATTRIBUTES)
    assert search.n_trials_ == len(search.trials_) == len(search.trials_dataframe()) == 3
    assert search.best_trial_.number == search.best_index_
    assert search.set_user_attr("data", "noise").user_attrs_ == {"data": "noise"}
    assert clone(search).get_params().keys() == search.get_params().keys()


def test_a_study_gets_as_many_candidates_more():
    study = tunesmith.create_study(direction="maximize", sampler=TPESampler(seed=0))
    search = OptunaSearchCV(Bowl(), SPACE, n_trials=5, study=study, cv=2)

    search.fit(X, Y)
    search.fit(X, Y)

    assert search.n_trials_ == len(study.trials) == 10


@pytest.mark.parametrize(("subsample", "n_rows"), [(0.5, 30), (20, 20), (1.0, 60)])
def test_a_part_of_the_rows_is_searched_with_and_all_are_fitted(subsample, n_rows):
    Learner.seen.clear()
    labels = np.arange(60) % 2
    search = OptunaSearchCV(
        Learner(), {"x": stats.uniform()}, cv=2, n_trials=2, subsample=subsample, random_state=0
    ).fit(X, labels)

    assert len(set(search.sample_indices_)) == n_rows
    assert [n for _, n in Learner.seen] == [*[n_rows // 2] * 4, 60]


def test_pruning_trains_by_partial_fit():
    search = OptunaSearchCV(
        Learner(), {"x": stats.uniform()}, cv=2, n_trials=3, enable_pruning=True, max_iter=32
    ).fit(X, (Y > 0).astype(int))

    assert search.cv_results_["mean_test_score"] == pytest.approx(
        32 - 1 / 64 - (search.cv_results_["param_x"].astype(float) - 0.3) ** 2
    )
    reports = search.study_.trials[0].intermediate_values
    assert [round(value) for value in reports.values()] == [2, 8, 32, 32]


def test_real_estimators_are_trained_by_partial_fit():
    study = tunesmith.create_study(
        direction="maximize",
        sampler=tunesmith.samplers.RandomSampler(seed=0),
        pruner=MedianPruner(n_startup_trials=2),
    )
    search = OptunaSearchCV(
        SGDClassifier(random_state=0),
        {"alpha": stats.loguniform(1e-5, 1e3)},
        cv=3,
        n_trials=15,
        enable_pruning=True,
        max_iter=16,
        study=study,
    ).fit(X, (Y > 0).astype(int))

    assert search.best_score_ > 0.8
    assert search.n_pruned_ > 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"enable_pruning": True}, "needs an estimator with partial_fit"),
        ({"subsample": 0.0}, "subsample must be a share above 0"),
        ({"subsample": 61}, "a number of the 60 rows, got subsample=61"),
    ],
)
def test_bad_arguments_are_explained(options, message):
    with pytest.raises(ValueError, match=message):
        OptunaSearchCV(Ridge(), {"alpha": [1, 2]}, n_trials=2, **options).fit(X, Y)
