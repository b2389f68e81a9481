from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import tunesmith
from tunesmith.distributions import FloatDistribution
from tunesmith.integrations import OptunaSearchCV
from tunesmith.integrations.sklearn.spaces import BRANCH, search_space
from tunesmith.samplers import TPESampler
from tunesmith.trial import TrialState

from .bowls import SPACE, Bowl, Mortal, X, Y, bowl


def study_with(*queue, **options):
    study = tunesmith.create_study(direction="maximize", load_if_exists=True, **options)
    for params in queue:
        study.enqueue_trial(params)
    return study


def test_what_was_enqueued_is_evaluated_first():
    study = study_with({"x": 0.25, "y": 0.75}, {"x": 0.5})

    search = bowl(study=study, n_trials=6).fit(X, Y)

    params = search.cv_results_["params"]
    assert params[0] == {"x": 0.25, "y": 0.75}
    assert params[1]["x"] == 0.5
    assert 0.0 <= params[1]["y"] <= 1.0
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE] * 6
    assert [trial.params for trial in study.trials] == params
    assert study.trials[0].value == search.cv_results_["mean_test_score"][0]
    assert study.trials[0].duration is not None


def test_user_attributes_of_what_was_enqueued_stay():
    study = study_with()
    study.enqueue_trial({"x": 0.25}, user_attrs={"why": "a guess"})

    bowl(study=study, n_trials=2).fit(X, Y)

    assert study.trials[0].user_attrs["why"] == "a guess"


def test_what_more_was_enqueued_than_there_are_candidates_keeps_waiting():
    study = study_with({"x": 0.1}, {"x": 0.2}, {"x": 0.3})

    bowl(study=study, n_trials=2).fit(X, Y)
    states = [trial.state for trial in study.trials]
    bowl(study=study, n_trials=4).fit(X, Y)

    assert states == [TrialState.COMPLETE, TrialState.COMPLETE, TrialState.WAITING]
    assert [trial.params["x"] for trial in study.trials[:3]] == [0.1, 0.2, 0.3]
    assert len(study.trials) == 4


def test_a_callback_can_enqueue():
    study = study_with()

    def once(study, trial):
        if trial.number == 2:
            study.enqueue_trial({"x": 0.3, "y": 0.7})

    search = bowl(study=study, callbacks=[once]).fit(X, Y)

    assert search.cv_results_["params"][4] == search.best_params_ == {"x": 0.3, "y": 0.7}
    assert search.best_index_ == 4


def test_all_candidates_of_a_small_space_are_tried_once_those_enqueued_first():
    study = study_with({"y": 0.9, "x": 0.3})

    search = bowl(space={"x": [0.1, 0.3], "y": [0.5, 0.9]}, n_trials=4, study=study).fit(X, Y)

    params = search.cv_results_["params"]
    assert params[0] == {"x": 0.3, "y": 0.9}
    assert len({tuple(one.items()) for one in params}) == 4


def test_the_search_of_optunas_name_evaluates_them_too():
    study = study_with({"x": 0.25, "y": 0.75})

    search = OptunaSearchCV(Bowl(), SPACE, n_trials=3, study=study, cv=2).fit(X, Y)

    assert search.cv_results_["params"][0] == {"x": 0.25, "y": 0.75}
    assert search.n_trials_ == 3


@pytest.mark.parametrize("last_fit", [2, 7 * 3 + 1, 8 * 3 + 8, 12 * 3 + 5])
def test_an_interrupted_search_goes_on_with_them_as_if_it_had_not_been(tmp_path, last_fit):
    def enqueue(study, trial):
        if trial.number == 5:
            study.enqueue_trial({"x": 0.9})

    def run(name, **options):
        storage = f"sqlite:///{tmp_path}/{name}.db"
        study = study_with(storage=storage, study_name="bowl", sampler=TPESampler(seed=0))
        if not study.trials:
            study.enqueue_trial({"x": 0.4})
        return bowl(study=study, callbacks=[enqueue], **options).fit(X, Y)

    whole = run("whole")
    mortal = Mortal(counter=str(tmp_path / "count"), last=last_fit)
    with pytest.raises(KeyboardInterrupt):
        run("broken", estimator=mortal)
    search = run("broken", estimator=mortal)

    assert search.cv_results_["params"][0]["x"] == 0.4
    assert whole.cv_results_["params"][8]["x"] == 0.9
    assert search.cv_results_["params"] == whole.cv_results_["params"]
    assert {trial.state for trial in search.study_.trials} == {TrialState.COMPLETE}


def test_one_that_a_search_was_killed_with_is_taken_again():
    study = study_with({"x": 0.25, "y": 0.75})
    waiting = study.trials[0]
    study.storage.set_trial_system_attr(waiting.trial_id, "tunesmith:taken_by_search", True)
    study.storage.claim_trial(waiting.trial_id)

    search = bowl(study=study, n_trials=2).fit(X, Y)

    assert search.cv_results_["params"][0] == {"x": 0.25, "y": 0.75}
    assert len(study.trials) == 2


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"z": 1}, "Trial 0 was enqueued with .* has no parameter 'z'; it has 'x', 'kind'"),
        ({"kind": "c"}, "'kind' can be one of .*, not 'c'"),
    ],
)
def test_what_the_space_does_not_have_is_an_error(params, message):
    study = study_with(params)

    with pytest.raises(ValueError, match=message):
        bowl(space={"x": stats.uniform(), "kind": ["a", "b"]}, study=study).fit(X, Y)

    assert study.trials[0].state is TrialState.WAITING


def test_users_write_names_and_values_of_the_estimator():
    marker = Bowl(0.5)
    space = search_space(
        {
            "spread": stats.norm(1.0, 2.0),
            "count": stats.poisson(3),
            "level": FloatDistribution(0, 1),
            "step": [marker, "passthrough", None],
        }
    )
    stored = space.stored({"spread": 2.0, "count": 4, "level": 0.5, "step": marker})

    study = study_with(stored)
    found = space.suggest(study.ask())

    assert found["spread"] == pytest.approx(2.0)
    assert {name: found[name] for name in ("count", "level", "step")} == {
        "count": 4,
        "level": 0.5,
        "step": marker,
    }
    assert space.stored({"spread (quantile)": 0.5}) == {"spread (quantile)": 0.5}


def test_the_branch_is_the_one_that_has_the_parameters():
    space = search_space([{"x": [1, 2]}, {"x": [1, 3], "y": [1]}, {"z": stats.uniform()}])

    assert space.stored({"x": 2}) == {BRANCH: 0, "x (branch 0)": 2}
    assert space.stored({"x": 3}) == {BRANCH: 1, "x (branch 1)": 3}
    assert space.stored({BRANCH: 1, "x": 1}) == {BRANCH: 1, "x (branch 1)": 1}
    assert space.stored({"z": 0.5}) == {BRANCH: 2, "z": 0.5}
    assert space.stored({}) == {}
    with pytest.raises(ValueError, match="No dictionary of the search space has all of them"):
        space.stored({"x": 1, "z": 0.5})


def test_objects_that_only_draw_have_no_values_to_enqueue():
    class Coin:
        def rvs(self, random_state=None):
            return int(np.random.RandomState(random_state.randint(9)).randint(2))

    space = search_space({"x": Coin()})

    assert space.stored({"x (seed)": 3}) == {"x (seed)": 3}
    with pytest.raises(ValueError, match="of which no value can be told"):
        space.stored({"x": 1})
