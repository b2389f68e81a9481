from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest
from joblib.parallel import ThreadingBackend
from scipy import stats
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.model_selection import KFold, RandomizedSearchCV, ShuffleSplit
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import check_estimator

import tunesmith
from tunesmith.distributions import FloatDistribution
from tunesmith.integrations import SearchCV
from tunesmith.samplers import AutoSampler, QMCSampler, RandomSampler, TPESampler
from tunesmith.trial import TrialState

from .bowls import SPACE, Bowl, Failing, Mortal, X, Y, bowl, kept


def without_times(results):
    return {key: np.asarray(value).tolist() for key, value in results.items() if "time" not in key}


# As in scikit-learn.


@pytest.mark.parametrize(
    "estimator",
    [RidgeClassifier(), make_pipeline(StandardScaler(), Ridge())],
    ids=["classifier", "pipeline"],
)
@pytest.mark.filterwarnings("ignore")
def test_scikit_learns_checks_for_estimators_hold(estimator):
    name = "ridge__alpha" if hasattr(estimator, "steps") else "alpha"
    search = SearchCV(estimator, {name: [0.1, 1.0]}, n_trials=2, cv=2, random_state=0)

    found = check_estimator(search, on_fail=None, on_skip=None)

    assert [check["check_name"] for check in found if check["status"] == "failed"] == []
    assert sum(check["status"] == "passed" for check in found) > 40


@pytest.mark.parametrize("scoring", [None, "accuracy", ["accuracy", "balanced_accuracy"]])
def test_the_table_is_that_of_randomized_search(scoring):
    features, target = load_iris(return_X_y=True)
    options = {
        "scoring": scoring,
        "refit": "accuracy" if isinstance(scoring, list) else True,
        "cv": KFold(3, shuffle=True, random_state=0),
        "random_state": 0,
        "return_train_score": True,
    }
    grid = {"n_neighbors": list(range(1, 20)), "weights": ["uniform", "distance"]}

    ours = SearchCV(KNeighborsClassifier(), grid, n_trials=8, **options)
    theirs = RandomizedSearchCV(KNeighborsClassifier(), grid, n_iter=8, **options)
    ours.fit(features, target)
    theirs.fit(features, target)

    # The first batch of a space of lists is even the same.
    assert without_times(ours.cv_results_) == without_times(theirs.cv_results_)
    assert ours.cv_results_.keys() == theirs.cv_results_.keys()
    assert ours.best_params_ == theirs.best_params_
    assert ours.best_score_ == theirs.best_score_
    assert (ours.predict(features) == theirs.predict(features)).all()
    assert ours.score(features, target) == theirs.score(features, target)


def test_it_finds_better_parameters_than_drawing_at_random():
    ours = [bowl(random_state=seed, n_trials=40).fit(X, Y).best_score_ for seed in range(5)]
    theirs = [
        RandomizedSearchCV(Bowl(), SPACE, n_iter=40, cv=3, random_state=seed).fit(X, Y).best_score_
        for seed in range(5)
    ]

    assert np.mean(ours) > np.mean(theirs)


def test_it_is_cloned_and_pickled():
    search = bowl().fit(X, Y)

    again = pickle.loads(pickle.dumps(search))

    assert again.best_params_ == search.best_params_
    assert len(again.study_.trials) == 18
    assert clone(search).fit(X, Y).best_params_ == search.best_params_


def test_splits_are_made_once_even_if_they_are_shuffled():
    search = bowl(cv=ShuffleSplit(2, random_state=None)).fit(X, Y)

    level = np.array([search.cv_results_[f"split{k}_test_score"] for k in range(2)])
    assert np.ptp(level[0] - level[1]) < 1e-9


# The same for any number of processes.


@pytest.mark.parametrize("n_jobs", [2, 5])
def test_the_search_is_the_same_for_any_number_of_threads(n_jobs):
    with joblib.parallel_config("threading"):
        parallel = bowl(n_jobs=n_jobs).fit(X, Y)

    assert without_times(parallel.cv_results_) == without_times(bowl().fit(X, Y).cv_results_)


def test_the_search_is_the_same_where_results_come_all_at_once():
    class AllAtOnce(ThreadingBackend):
        supports_return_generator = False

    joblib.register_parallel_backend("all at once", AllAtOnce)
    with joblib.parallel_config("all at once"):
        parallel = bowl(n_jobs=2).fit(X, Y)

    assert without_times(parallel.cv_results_) == without_times(bowl().fit(X, Y).cv_results_)


def test_the_search_is_the_same_in_processes():
    space = {"max_depth": stats.randint(1, 9), "ccp_alpha": stats.loguniform(1e-4, 1e-1)}
    search = SearchCV(
        DecisionTreeClassifier(random_state=0), space, n_trials=14, random_state=0, cv=3
    )
    features, target = load_iris(return_X_y=True)

    alone = clone(search).fit(features, target)
    parallel = clone(search).set_params(n_jobs=2).fit(features, target)

    assert without_times(parallel.cv_results_) == without_times(alone.cv_results_)


# Spaces.


def test_every_candidate_of_a_small_space_is_tried_once():
    grid = {"x": [0.1, 0.3], "y": [0.5, 0.7, 0.9]}

    with pytest.warns(UserWarning, match="The total space of parameters 6 is smaller than n_tri"):
        search = bowl(space=grid, n_trials=20).fit(X, Y)

    assert len({tuple(params.items()) for params in search.cv_results_["params"]}) == 6
    assert search.best_params_ == {"x": 0.3, "y": 0.7}


def test_no_candidate_of_a_space_of_lists_is_tried_twice():
    levels = np.linspace(0, 1, 6)

    search = bowl(space={"x": levels, "y": levels}, n_trials=30).fit(X, Y)

    assert len({tuple(params.items()) for params in search.cv_results_["params"]}) == 30


def test_a_function_and_a_list_of_spaces_have_parameters_of_their_own():
    def space(trial):
        x = trial.suggest_float("x", 0, 1)
        return {"x": x, "y": trial.suggest_float("y", 0, 1)} if x > 0.5 else {"x": x}

    for conditional in (space, [{"x": stats.uniform(0, 0.5)}, SPACE]):
        table = bowl(space=conditional).fit(X, Y).cv_results_
        assert table["param_y"].mask.tolist() == ["y" not in one for one in table["params"]]
        assert 0 < table["param_y"].mask.sum() < 18


def test_estimators_can_be_searched():
    search = SearchCV(
        make_pipeline(StandardScaler(), Ridge()),
        {"standardscaler": ["passthrough", StandardScaler()], "ridge__alpha": [0.1, 1.0, 10.0]},
        n_trials=4,
        random_state=0,
    ).fit(X, Y)

    assert {str(one) for one in search.cv_results_["param_standardscaler"]} <= {
        "passthrough",
        "StandardScaler()",
    }


# Several objectives.


def two_scores(estimator, X, y):
    return {"near_x": -abs(estimator.x - 0.3), "near_y": -abs(estimator.y - estimator.x)}


def test_several_metrics_are_searched_for_together_and_refit_chooses():
    scoring = {"a": lambda e, X, y: -abs(e.x - 0.3), "b": lambda e, X, y: -abs(e.y - e.x)}

    def least_sum(table):
        return int(np.argmax(table["mean_test_a"] + table["mean_test_b"]))

    search = bowl(scoring=scoring, refit=least_sum, n_trials=30).fit(X, Y)

    assert search.study_.metric_names == ["a", "b"]
    front = {trial.number for trial in search.study_.best_trials}
    assert search.best_index_ in front
    assert search.best_params_ == search.cv_results_["params"][search.best_index_]


def test_a_metric_named_by_refit_is_the_one_that_counts():
    search = bowl(scoring=two_scores, refit="near_x", n_trials=30).fit(X, Y)

    assert search.study_.best_value == search.best_score_ > -0.05


# Failures.


@pytest.mark.filterwarnings("ignore:One or more of the .* scores:UserWarning")
def test_failed_fits_are_reported_once_and_stay_out_of_the_way():
    with pytest.warns(FitFailedWarning, match="fits failed out of a total of 54") as caught:
        search = bowl(Failing()).fit(X, Y)

    assert sum(one.category is FitFailedWarning for one in caught) == 1
    states = [trial.state for trial in search.study_.trials]
    is_nan = np.isnan(search.cv_results_["mean_test_score"])
    assert [state is TrialState.FAIL for state in states] == is_nan.tolist()
    assert search.best_params_["x"] <= 0.5


def test_all_fits_failing_is_an_error():
    with pytest.raises(ValueError, match="All the 54 fits failed"):
        bowl(Failing(), {"x": stats.uniform(0.6, 0.1)}).fit(X, Y)


def test_an_error_is_raised_if_asked_for():
    with pytest.raises(ValueError, match="x is too large"):
        bowl(Failing(), error_score="raise").fit(X, Y)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n_trials": 0}, ValueError, "n_trials must be 1 or more, or None, got n_trials=0"),
        ({"n_trials": None}, ValueError, "needs a timeout"),
        ({"timeout": -1}, ValueError, "timeout must be a number of seconds"),
        ({"batch_size": 0}, ValueError, "batch_size must be 1 or more"),
        ({"patience": 0.5}, ValueError, "patience must be 1 or more"),
        ({"warm_start_from": 3}, TypeError, "must be a fitted SearchCV or a study, got 3"),
        ({"storage": "sqlite://", "study": tunesmith.create_study()}, ValueError, "not both"),
        ({"study": tunesmith.create_study()}, ValueError, "directions=.'maximize'."),
        ({"callbacks": [3]}, TypeError, "callable as"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_bad_arguments_are_explained(options, error, message):
    with pytest.raises(error, match=message):
        bowl(**options).fit(X, Y)


# When it ends.


def test_patience_ends_the_search():
    search = bowl(space={"x": np.linspace(0.3, 1, 100)}, n_trials=60, patience=10).fit(X, Y)

    n = len(search.cv_results_["params"])
    assert n < 60
    assert n - 1 - search.best_index_ >= 10


def test_a_timeout_ends_the_search_with_at_least_one_candidate():
    search = bowl(timeout=1e-9).fit(X, Y)

    assert len(search.cv_results_["params"]) == 1
    assert [trial.state for trial in search.study_.trials] == [TrialState.COMPLETE]


def test_a_callback_sees_each_candidate_and_can_stop():
    seen = []

    def stop_at_10(study, trial):
        seen.append(trial.number)
        if trial.number == 10:
            study.stop()

    bowl(callbacks=[stop_at_10]).fit(X, Y)

    assert seen == list(range(12))


# Kept searches.


@pytest.mark.parametrize("last_fit", [2, 8 * 3 + 1, 8 * 3 + 8, 54])
def test_an_interrupted_search_goes_on_as_if_it_had_not_been(tmp_path, last_fit):
    whole = bowl().fit(X, Y)
    mortal = Mortal(counter=str(tmp_path / "count"), last=last_fit)

    with pytest.raises(KeyboardInterrupt):
        kept(tmp_path / "study.db", estimator=mortal).fit(X, Y)
    search = kept(tmp_path / "study.db", estimator=mortal).fit(X, Y)

    assert without_times(search.cv_results_) == without_times(whole.cv_results_)
    # Nothing was done again but what was under way.
    assert int((tmp_path / "count").read_text()) <= 54 + 3 + 1
    assert {trial.state for trial in search.study_.trials} == {TrialState.COMPLETE}


def test_a_killed_search_ends_with_the_same_best_parameters(tmp_path):
    whole = bowl().fit(X, Y)
    script = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from bowls import Mortal, X, Y, kept
mortal = Mortal(counter={str(tmp_path / "count")!r}, last=40, kills=True)
search = kept(Path({str(tmp_path / "study.db")!r}), estimator=mortal).fit(X, Y)
print(search.best_params_)
"""
    for expected in (-9, 0):
        done = subprocess.run(
            [sys.executable, "-c", script], check=False, capture_output=True, text=True
        )
        assert done.returncode == expected, done.stderr

    assert done.stdout.strip() == str(whole.best_params_)


def test_a_stored_search_is_extended_as_if_it_had_been_longer_from_the_start(tmp_path):
    kept(tmp_path / "study.db", n_trials=10).fit(X, Y)

    longer = kept(tmp_path / "study.db", n_trials=18).fit(X, Y)

    assert without_times(longer.cv_results_) == without_times(bowl().fit(X, Y).cv_results_)


def test_a_complete_search_is_only_read(tmp_path):
    kept(tmp_path / "study.db").fit(X, Y)
    dead = Mortal(counter=str(tmp_path / "count"), last=1)

    search = kept(tmp_path / "study.db", estimator=dead, refit=False).fit(X, Y)

    assert len(search.cv_results_["params"]) == 18
    assert not (tmp_path / "count").exists()


def test_a_sampler_that_does_not_repeat_itself_goes_on_with_what_is_stored(tmp_path):
    options = {"storage": f"sqlite:///{tmp_path}/study.db", "study_name": "bowl"}
    first = bowl(sampler=RandomSampler(), n_trials=10, **options).fit(X, Y)

    search = bowl(sampler=RandomSampler(), **options).fit(X, Y)

    assert search.cv_results_["params"][:10] == first.cv_results_["params"]
    assert len(search.study_.trials) == 18


@pytest.mark.filterwarnings("ignore:One or more of the .* scores:UserWarning")
def test_scores_that_are_not_numbers_are_stored_too(tmp_path):
    def search():
        return kept(tmp_path / "study.db", estimator=Failing(), return_train_score=True)

    with pytest.warns(FitFailedWarning):
        first = search().fit(X, Y)
    with pytest.warns(FitFailedWarning):
        again = search().fit(X, Y)

    for key, column in first.cv_results_.items():
        np.testing.assert_array_equal(again.cv_results_[key], column)


def test_a_search_on_other_splits_or_metrics_is_refused(tmp_path):
    kept(tmp_path / "study.db", n_trials=2).fit(X, Y)

    with pytest.raises(ValueError, match="evaluated on other splits"):
        kept(tmp_path / "study.db", cv=KFold(3, shuffle=True, random_state=1)).fit(X, Y)
    with pytest.raises(ValueError, match="search for the estimator's score, this one is for 'n"):
        kept(tmp_path / "study.db", scoring=two_scores, refit="near_x").fit(X, Y)


def test_a_study_of_ones_own_is_filled_and_its_sampler_used():
    study = tunesmith.create_study(direction="maximize", sampler=QMCSampler(seed=0))
    study.add_trial(
        tunesmith.create_trial(
            value=-1.0, params={"x": 0.9}, distributions={"x": FloatDistribution(0, 1)}
        )
    )

    search = bowl(study=study, n_trials=4).fit(X, Y)

    assert search.study_ is study
    assert [trial.params["x"] for trial in study.trials[1:]] == list(search.cv_results_["param_x"])


@pytest.mark.parametrize(("n_trials", "kind"), [(4, AutoSampler), (101, TPESampler)])
def test_long_searches_have_a_sampler_that_is_fast(n_trials, kind):
    search = bowl(n_trials=n_trials, cv=2).fit(X, Y)

    assert type(search.study_.sampler) is kind


def test_a_search_learns_from_another():
    first = bowl(n_trials=40).fit(X, Y)

    scores = [bowl(warm_start_from=first, n_trials=4, random_state=k).fit(X, Y) for k in range(3)]
    cold = [bowl(n_trials=4, random_state=k).fit(X, Y) for k in range(3)]

    assert np.mean([s.best_score_ for s in scores]) > np.mean([s.best_score_ for s in cold])
    with pytest.raises(ValueError, match="Give your own the studies itself"):
        bowl(warm_start_from=first, sampler=RandomSampler()).fit(X, Y)


# Looking at it.


def test_the_candidates_are_a_table_and_a_plot():
    space = {"x": stats.norm(0.3, 1), "y": [0.6, 0.7]}
    search = bowl(space=space, n_trials=5).fit(X, Y)

    frame = search.trials_dataframe()
    assert frame["value"].tolist() == search.cv_results_["mean_test_score"].tolist()
    assert frame["user_attrs_x"].tolist() == search.cv_results_["param_x"].tolist()
    figure = search.plot()
    assert figure.data[0].y.tolist() == frame["value"].tolist()
    assert search.plot(backend="matplotlib").get_title()
    with pytest.raises(ValueError, match="kind must be 'history' or 'curves'"):
        search.plot("pie")
    with pytest.raises(ValueError, match="search was not for 'auc', but for 'Score'"):
        search.plot(metric="auc")


def test_a_progress_bar_shows_the_best_score(capsys):
    bowl(progress_bar=True, n_trials=3).fit(X, Y)

    assert "3/3" in (shown := capsys.readouterr().err)
    assert "best=" in shown


def test_a_search_says_nothing_unless_asked_to(capfd):
    bowl(n_trials=3).fit(X, Y)
    assert capfd.readouterr() == ("", "")

    bowl(n_trials=3, verbose=1).fit(X, Y)
    assert capfd.readouterr().out == "Fitting 3 folds for each of 3 candidates, totalling 9 fits\n"
