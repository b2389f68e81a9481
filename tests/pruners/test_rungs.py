"""The tables that explain() returns."""

from __future__ import annotations

import numpy as np
import pytest

import tunesmith
from tunesmith.pruners import HyperbandPruner, SuccessiveHalvingPruner
from tunesmith.pruners.ladder_pruner import LadderPruner
from tunesmith.pruners.rungs import Rung, TrialRung

HALVING = SuccessiveHalvingPruner(min_resource=1, reduction_factor=2)


@pytest.fixture
def study() -> tunesmith.Study:
    study = tunesmith.create_study(direction="maximize")
    for first, second in [(3.0, 2.0), (1.0, 9.0), (4.0, 0.5), (3.5, 3.0)]:
        study.add_trial(
            tunesmith.create_trial(value=0.0, intermediate_values={1: first, 2: second})
        )
    return study


def test_all_trials(study: tunesmith.Study) -> None:
    rungs = HALVING.explain(study)
    assert list(rungs) == [Rung(0, 1.0, 4, 3, 1.0), Rung(0, 2.0, 4, 3, 0.5)]
    assert rungs[-1] is rungs[1:][0]
    assert len(rungs) == 2
    assert repr(rungs) == str(rungs)


def test_one_trial(study: tunesmith.Study) -> None:
    expected = [TrialRung(0, 1.0, 4.0, 1, 3, went_on=True), TrialRung(0, 2.0, 0.5, 3, 3, False)]
    for trial in (2, np.int64(2), study.trials[2]):
        assert list(HALVING.explain(study, trial)) == expected


def test_a_running_trial(study: tunesmith.Study) -> None:
    study.pruner = HALVING
    trial = study.ask()
    assert list(HALVING.explain(study, trial)) == []
    trial.report(2.0, 1)
    assert trial.should_prune()
    assert list(HALVING.explain(study, trial)) == [TrialRung(0, 1.0, 2.0, 4, 5, False)]


def test_a_study_that_was_run_with_another_pruner(study: tunesmith.Study) -> None:
    assert type(study.pruner) is not type(HALVING)
    assert [rung.n_arrived for rung in HALVING.explain(study)] == [4, 4]


@pytest.mark.parametrize("pruner", [SuccessiveHalvingPruner(), HyperbandPruner()])
def test_before_the_number_of_steps_is_known(pruner: LadderPruner) -> None:
    study = tunesmith.create_study(pruner=pruner)
    study.ask().report(1.0, 1)
    assert list(pruner.explain(study)) == list(pruner.explain(study, 0)) == []
    assert str(pruner.explain(study)).split() == [
        "bracket", "step", "arrived", "went", "on", "best", "that", "stopped",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("trial", "error", "message"),
    [
        (4, ValueError, "no trial 4; it has trials 0 to 3"),
        (-1, ValueError, "no trial -1"),
        ("3", TypeError, "a trial or its number, got trial='3'"),
        (True, TypeError, "a trial or its number"),
    ],
)
def test_no_such_trial(
    study: tunesmith.Study, trial: int, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        HALVING.explain(study, trial)


def test_no_study() -> None:
    with pytest.raises(TypeError, match=r"needs a study, got None. Use pruner.explain\(study\)"):
        HALVING.explain(None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no trial 0; it has none"):
        HALVING.explain(tunesmith.create_study(), 0)
