from __future__ import annotations

import pathlib
from typing import Any

import lightgbm
import numpy as np
import pytest
from sklearn.model_selection import KFold

import tunesmith
from tunesmith.integrations import LightGBMTunerCV
from tunesmith.trial import TrialState

from .test_tuner import Odd
from .training import PARAMS, STEPS, rows, whole


def tuner(params: dict[str, Any] | None = None, **options: Any) -> LightGBMTunerCV:
    settings = {"num_boost_round": 4, "nfold": 3, "steps": STEPS[1:], "show_progress_bar": False}
    return LightGBMTunerCV({**PARAMS, **(params or {})}, whole(), **{**settings, **options})


@pytest.mark.parametrize("metric", ["binary_logloss", "auc"])
def test_scores_are_those_of_a_plain_cross_validation(metric: str) -> None:
    tuned = tuner({"metric": metric}, steps=STEPS)
    tuned.run()
    assert len(tuned.study.trials) == 12
    result = lightgbm.cv(tuned.best_params, whole(), 4, nfold=3)
    assert result[f"valid {metric}-mean"][-1] == tuned.best_score
    values = [trial.value for trial in tuned.study.trials]
    assert tuned.best_score == (max(values) if metric == "auc" else min(values))


def test_early_stopping_gives_the_score_of_the_best_iteration() -> None:
    stop = lightgbm.early_stopping(2, verbose=False)
    tuned = tuner({"learning_rate": 0.5}, num_boost_round=100, callbacks=[stop])
    tuned.run()
    result = lightgbm.cv(tuned.best_params, whole(), 100, nfold=3, callbacks=[stop])
    means = result["valid binary_logloss-mean"]
    assert len(means) < 100
    assert tuned.best_score == means[-1] == min(means)


def test_trials_are_pruned() -> None:
    study = tunesmith.create_study(pruner=Odd())
    tuner(study=study).run()
    assert [trial.state for trial in study.trials] == [
        TrialState.PRUNED if k % 2 else TrialState.COMPLETE for k in range(5)
    ]
    assert {len(trial.intermediate_values) for trial in study.trials} == {2, 4}


def test_boosters_are_kept_if_wanted(tmp_path: pathlib.Path) -> None:
    x = rows()[0]
    study = tunesmith.create_study(pruner=tunesmith.pruners.NopPruner())
    tuned = tuner(study=study, return_cvbooster=True, model_dir=tmp_path)
    tuned.run()
    booster = tuned.get_best_booster()
    assert isinstance(booster, lightgbm.CVBooster)
    other = tuner(study=study, return_cvbooster=True, model_dir=tmp_path).get_best_booster()
    np.testing.assert_allclose(np.array(other.predict(x)), np.array(booster.predict(x)))
    assert np.array(booster.predict(x)).shape == (3, len(x))
    with pytest.raises(ValueError, match=r"Use LightGBMTunerCV\(return_cvbooster=True\)"):
        tuner(study=study).get_best_booster()
    with pytest.raises(ValueError, match="model_dir is for boosters"):
        tuner(model_dir=tmp_path)


def test_folds_that_can_be_read_once_are_the_same_for_all_trials() -> None:
    folds = list(KFold(3, shuffle=True, random_state=0).split(rows()[0]))
    tuned = tuner(folds=iter(folds))
    tuned.run()
    assert len(tuned.study.trials) == 5
    result = lightgbm.cv(tuned.best_params, whole(), 4, folds=folds)
    assert result["valid binary_logloss-mean"][-1] == tuned.best_score


def test_a_sample_of_the_rows_is_split() -> None:
    tuned = tuner(sample_size=150, return_cvbooster=True)
    tuned.run()
    assert len(tuned.study.trials) == 5
    assert tuned.train_subset is not None
    assert tuned.train_subset.num_data() == 150
