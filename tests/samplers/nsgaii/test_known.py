"""Which configurations were tried, as a study grows."""

from __future__ import annotations

import random

import pytest

from tunesmith.distributions import CategoricalDistribution, IntDistribution
from tunesmith.records import TrialState
from tunesmith.samplers.nsgaii.known import Known

from ...recorded_studies import RecordedStudy, recorded

SPACE = {"n": IntDistribution(0, 5), "c": CategoricalDistribution(["a", "b"])}
STATES = [TrialState.COMPLETE, TrialState.FAIL, TrialState.PRUNED, TrialState.RUNNING]


def trial(number, configuration, state=TrialState.COMPLETE):
    params = dict(zip(SPACE, configuration, strict=False))
    distributions = {name: SPACE[name] for name in params}
    return recorded(number, state=state, params=params, distributions=distributions)


@pytest.mark.parametrize("stride", [1, 3, 20], ids="{} at once".format)
def test_every_trial_counts_but_the_one_itself(stride):
    draw, study, known = random.Random(1), RecordedStudy(), Known(SPACE)
    configurations = {}
    for k in range(60):
        configurations[k] = draw.randrange(6), draw.choice("ab")
        study.put(trial(k, configurations[k], draw.choice(STATES)))
        if k % stride:
            continue
        known.refresh(study.history)

        for n in range(6):
            for level, choice in enumerate("ab"):
                others = [c for number, c in configurations.items() if number != 60]
                assert known.has((float(n), float(level)), but=60) == ((n, choice) in others)


def test_a_trial_that_runs_does_not_stand_in_its_own_way():
    study, known = RecordedStudy(), Known(SPACE)
    study.put(trial(0, (3, "b"), TrialState.RUNNING), trial(1, (4,)))
    known.refresh(study.history)

    assert not known.has((3.0, 1.0), but=0)
    assert known.has((3.0, 1.0), but=1)
    assert not known.has((4.0, 0.0), but=7)  # it lacks the choice

    study.put(trial(0, (3, "b")))
    known.refresh(study.history)
    assert known.has((3.0, 1.0), but=7)
