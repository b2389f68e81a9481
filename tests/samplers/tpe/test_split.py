"""Which trials are good, which are bad, and where they lie."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest

from tunesmith.distributions import CategoricalDistribution, FloatDistribution
from tunesmith.records import TrialState
from tunesmith.samplers.tpe.observations import Observations
from tunesmith.samplers.tpe.pareto_split import ParetoSplitter
from tunesmith.samplers.tpe.rules import default_gamma
from tunesmith.samplers.tpe.split import RankSplitter, split_by_rank
from tunesmith.samplers.tpe.unit_space import UnitSpace

from ...recorded_studies import RecordedStudy, recorded

COMPLETE, PRUNED, FAIL, RUNNING, WAITING = (
    TrialState.COMPLETE,
    TrialState.PRUNED,
    TrialState.FAIL,
    TrialState.RUNNING,
    TrialState.WAITING,
)
X = FloatDistribution(0.0, 1.0)
NAN, INF = math.nan, math.inf


def trial(number, value=None, state=COMPLETE, *, x=0.5, reports=None, violation=None):
    """Return a trial with one parameter, or with none where `x` is None."""
    fields = {"params": {"x": x}, "distributions": {"x": X}} if x is not None else {}
    if violation is not None:
        fields["constraints"] = {"c": violation}
    if isinstance(value, tuple):
        fields["values"] = list(value)
    elif value is not None:
        fields["value"] = value
    if state is COMPLETE and value is None:
        fields["value"] = 0.0
    return recorded(number, reports, state, **fields)


def splitted(trials, n_good, *directions, liars=(), space=None):
    study = RecordedStudy(*directions)
    study.put(*trials)
    history = study.history
    observations = Observations(UnitSpace(space or {"x": X}))
    observations.refresh(history)
    if len(history.directions) > 1:
        return ParetoSplitter().split(history, observations, list(liars), lambda n: n_good)
    return split_by_rank(history, observations, list(liars), lambda n: n_good)


class TestOneObjective:
    @pytest.mark.parametrize("direction", ["minimize", "maximize"])
    @pytest.mark.parametrize("n_good", [0, 1, 3, 7, 20])
    def test_the_best_are_good(self, direction, n_good):
        values = [5.0, -INF, 3.0, INF, 3.0, -2.0, 0.0]
        trials = [trial(k, value) for k, value in enumerate(values)]

        good, bad, weights = splitted(trials, n_good, direction)

        sign = 1 if direction == "minimize" else -1
        by_rank = sorted(range(7), key=lambda k: (sign * values[k], k))
        assert good.tolist() == sorted(by_rank[:n_good])
        assert bad.tolist() == sorted(by_rank[n_good:])
        assert weights is None

    def test_complete_then_pruned_by_how_far_then_infeasible(self):
        trials = [
            trial(0, state=PRUNED, reports={0: 1.0, 1: 1.0}),
            trial(1, 100.0),
            trial(2, state=PRUNED, reports={0: -5.0}),
            trial(3, state=PRUNED),
            trial(4, -9.0, violation=0.5),
            trial(5, -99.0, violation=3.0),
            trial(6, state=PRUNED, reports={0: NAN}),
            trial(7, state=PRUNED, reports={0: 9.0, 1: 0.0}),
            trial(8, 50.0, violation=-1.0),
        ]
        expected = [8, 1, 7, 0, 2, 6, 3, 4, 5]

        for n_good in range(10):
            good, bad, _ = splitted(trials, n_good)
            assert good.tolist() == sorted(expected[:n_good])
            assert bad.tolist() == sorted(expected[n_good:])

    def test_failed_and_unfinished_trials_are_neither(self):
        trials = [trial(0, 1.0), *(trial(k, state=s) for k, s in enumerate((FAIL, RUNNING), 1))]

        good, bad, _ = splitted(trials, 1)

        assert (good.tolist(), bad.tolist()) == ([0], [])

    def test_liars_are_bad_if_they_have_the_parameter(self):
        trials = [trial(0, 1.0), trial(1, state=RUNNING), trial(2, state=RUNNING, x=None)]

        good, bad, _ = splitted(trials, 1, liars=[1, 2])

        assert (good.tolist(), bad.tolist()) == ([0], [1])

    def test_trials_without_the_parameter_do_not_count(self):
        draw = random.Random(1)
        trials = [trial(k, draw.random(), x=None if k % 5 else 0.5) for k in range(200)]

        good, bad, _ = splitted(trials, 4)

        with_x = sorted(range(0, 200, 5), key=lambda k: trials[k].value)
        assert good.tolist() == sorted(with_x[:4])
        assert bad.tolist() == sorted(with_x[4:])

    def test_the_rule_is_asked_with_the_number_of_trials_that_count(self):
        study = RecordedStudy()
        study.put(*(trial(k, float(k), x=None if k < 3 else 0.5) for k in range(8)))
        observations = Observations(UnitSpace({"x": X}))
        observations.refresh(study.history)
        asked = []

        split_by_rank(study.history, observations, [], lambda n: asked.append(n) or -3)

        assert asked == [5]


class TestRankSplitter:
    @pytest.mark.parametrize("pruned", [0.0, 0.2])
    @pytest.mark.parametrize("lacking", [0.5, 0.9])
    def test_splits_a_growing_study_as_anew(self, pruned, lacking):
        study, draw = RecordedStudy(), random.Random(2)
        observations, splitter = Observations(UnitSpace({"x": X})), RankSplitter()
        gammas = [default_gamma, lambda n: n // 3]
        for k in range(120):
            x = None if draw.random() < lacking else draw.random()
            if draw.random() < pruned:
                study.put(trial(k, state=PRUNED, x=x, reports={0: draw.random()}))
            else:
                value, state = draw.randrange(20) / 20, FAIL if k % 9 == 0 else COMPLETE
                study.put(trial(k, value, x=x, state=state, violation=float(k % 3 == 0)))
            observations.refresh(study.history)
            liars = [k] if k % 4 == 0 else []
            gamma = gammas[k // 10 % 2]

            ours = splitter.split(study.history, observations, liars, gamma)

            expected = split_by_rank(study.history, observations, liars, gamma)
            assert [each.tolist() for each in ours[:2]] == [each.tolist() for each in expected[:2]]


class TestSeveralObjectives:
    def fronts(self, losses):
        """Ranks by definition: take away what nobody dominates, again and again."""
        left, result = set(range(len(losses))), []
        while left:
            front = {
                k
                for k in left
                if not any(
                    (losses[j] <= losses[k]).all() and (losses[j] < losses[k]).any() for j in left
                )
            }
            result.append(front)
            left -= front
        return result

    @pytest.mark.parametrize("directions", [("minimize", "maximize"), ("maximize",) * 3])
    def test_whole_fronts_are_good(self, directions):
        rng = np.random.default_rng(2)
        values = rng.normal(size=(40, len(directions)))
        signs = np.array([1.0 if d == "minimize" else -1.0 for d in directions])
        trials = [trial(k, tuple(row)) for k, row in enumerate(values.tolist())]
        fronts = self.fronts(values * signs)

        for n_fronts in range(1, len(fronts) + 1):
            expected = sorted(itertools.chain(*fronts[:n_fronts]))
            good, bad, _ = splitted(trials, len(expected), *directions)
            assert good.tolist() == expected
            assert bad.tolist() == sorted(set(range(40)) - set(expected))

    def test_of_a_front_that_does_not_fit_the_spread_out_are_good(self):
        # Two at the ends, one in the middle, and near copies of that one.
        values = [(0.0, 1.0), (0.5, 0.5), (0.501, 0.499), (0.499, 0.501), (1.0, 0.0)]
        trials = [trial(k, value) for k, value in enumerate(values)]

        good, bad, _ = splitted(trials, 3, "minimize", "minimize")

        assert len(set(good.tolist()) & {1, 2, 3}) == 1
        assert {0, 4} <= set(good.tolist())
        assert sorted([*good, *bad]) == list(range(5))

    def test_pruned_and_infeasible_trials_come_last(self):
        trials = [
            trial(0, (9.0, 9.0)),
            trial(1, state=PRUNED),
            trial(2, (0.0, 0.0), violation=2.0),
            trial(3, (0.0, 0.0), violation=0.5),
            trial(4, (1.0, 1.0), violation=0.0),
        ]
        expected = [4, 0, 1, 3, 2]

        for n_good in range(6):
            good, bad, _ = splitted(trials, n_good, "minimize", "minimize")
            assert good.tolist() == sorted(expected[:n_good])
            assert bad.tolist() == sorted(expected[n_good:])

    def test_good_trials_weigh_by_the_volume_they_add(self):
        values = [(0.0, 2.0), (1.0, 1.0), (2.0, 0.0), (5.0, 5.0)]
        trials = [trial(k, value) for k, value in enumerate(values)]

        good, _, weights = splitted(trials, 3, "minimize", "minimize")

        # The reference point is a tenth of the range beyond the worst: (2.2, 2.2).
        volumes = np.array([1.0 * 0.2, 1.0 * 1.0, 0.2 * 1.0])
        assert good.tolist() == [0, 1, 2]
        np.testing.assert_allclose(weights, volumes / volumes.max())

    def test_what_adds_nothing_weighs_little_but_something(self):
        trials = [trial(0, (0.0, 0.0)), trial(1, (1.0, 1.0)), trial(2, state=PRUNED)]

        _, _, weights = splitted(trials, 3, "minimize", "minimize")

        assert weights.tolist() == [1.0, 1e-3, 1e-3]

    def test_if_there_is_nothing_to_tell_them_apart_they_weigh_alike(self):
        trials = [trial(k, state=PRUNED) for k in range(3)]

        _, _, weights = splitted(trials, 2, "minimize", "minimize")

        assert weights.tolist() == [1.0, 1.0]

    def test_ranks_that_are_kept_are_those_made_anew(self):
        rng = np.random.default_rng(5)
        study, splitter = RecordedStudy("minimize", "minimize"), ParetoSplitter()
        observations = Observations(UnitSpace({"x": X}))
        known = []
        for k in range(40):
            state = (COMPLETE, COMPLETE, PRUNED, FAIL)[int(rng.integers(4))]
            value = tuple(rng.random(2).tolist()) if state is COMPLETE else None
            known.append(trial(k, value, state, x=float(rng.random())))
            study.put(known[-1])
            history = study.history
            observations.refresh(history)

            good, bad, weights = splitter.split(history, observations, [], lambda n: n // 3)

            again = splitted(known, (good.size), "minimize", "minimize")
            assert good.tolist() == again.good.tolist()
            assert bad.tolist() == again.bad.tolist()
            np.testing.assert_array_equal(weights, again.good_weights)


class TestObservations:
    def test_are_told_which_have_changed(self):
        study = RecordedStudy()
        observations = Observations(UnitSpace({"x": X}))
        study.put(trial(0, 1.0), trial(1, state=RUNNING, x=None), trial(2, state=FAIL))

        assert observations.refresh(study.history).tolist() == [0, 1, 2]
        assert observations.refresh(study.history).tolist() == [1]  # until it ends
        study.put(trial(1, 3.0, x=0.75), trial(3, state=WAITING, x=None))
        assert observations.refresh(study.history).tolist() == [1, 3]
        assert observations.refresh(study.history).tolist() == [3]

        assert observations.n == 4
        assert observations.points.units[:, 0].tolist() == [0.5, 0.75, 0.5, 0.5]
        assert observations.usable.tolist() == [True, True, True, False]
        assert observations.learnable.tolist() == [True, True, False, False]

    def test_one_by_one_or_all_at_once(self):
        space = {"x": X, "c": CategoricalDistribution(["a", "b", "c"])}
        draw = random.Random(1)
        trials = [
            recorded(
                k,
                params={"x": draw.random(), "c": draw.choice("abc")} if k % 7 else {},
                distributions=space if k % 7 else {},
            )
            for k in range(300)
        ]
        study, one_by_one = RecordedStudy(), Observations(UnitSpace(space))
        for each in trials:
            study.put(each)
            one_by_one.refresh(study.history)
        at_once = Observations(UnitSpace(space))
        at_once.refresh(study.history)

        assert one_by_one.n == at_once.n == 300
        np.testing.assert_array_equal(one_by_one.points.units, at_once.points.units)
        np.testing.assert_array_equal(one_by_one.points.levels, at_once.points.levels)
        np.testing.assert_array_equal(one_by_one.learnable, at_once.learnable)
        assert at_once.learnable.tolist() == [k % 7 != 0 for k in range(300)]
        assert one_by_one.n_learnable == at_once.n_learnable == sum(at_once.learnable)
