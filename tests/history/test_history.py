from __future__ import annotations

import math
import random
import threading

import numpy as np
import pytest

from tunesmith.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from tunesmith.history import History, TrialLog
from tunesmith.history.history import ABSENT, from_unit, to_unit
from tunesmith.records import StudyDirection, TrialState

from ..recorded_studies import RecordedStudy, recorded

RUNNING, COMPLETE = TrialState.RUNNING, TrialState.COMPLETE
PRUNED, FAIL, WAITING = TrialState.PRUNED, TrialState.FAIL, TrialState.WAITING

X = FloatDistribution(0.0, 10.0)
C = CategoricalDistribution(["a", "b", "c"])


class TestTaking:
    def test_starts_empty(self) -> None:
        history = RecordedStudy().history
        assert len(history) == 0
        assert history.states.shape == history.violations.shape == (0,)
        assert history.losses.shape == (0, 1)
        assert history.best() is None
        assert history.ranked() == history.unfinished() == []
        assert history.param_names == []

    def test_row_is_number_whatever_the_order(self) -> None:
        study = RecordedStudy()
        study.put(recorded(2, value=2.0))
        history = study.history
        assert history.states.tolist() == [ABSENT, ABSENT, COMPLETE]
        assert history.trials[:2] == [None, None]
        study.put(recorded(0, value=7.0))
        np.testing.assert_array_equal(study.history.losses, [[7.0], [math.nan], [2.0]])

    def test_states_are_counted_as_they_change(self) -> None:
        study = RecordedStudy()
        study.put(recorded(0, state=WAITING), recorded(1, state=RUNNING))
        assert study.history.count(WAITING) == study.history.count(RUNNING) == 1
        study.put(recorded(0, state=RUNNING), recorded(1, state=FAIL))
        assert study.history.count(WAITING) == study.history.count(COMPLETE) == 0
        assert study.history.count(RUNNING, FAIL) == 2

    def test_unfinished_trials_are_listed_by_number_and_state(self) -> None:
        study = RecordedStudy()
        study.put(*(recorded(k, state=s) for k, s in [(3, RUNNING), (1, WAITING), (0, RUNNING)]))
        assert study.history.unfinished() == [0, 3]
        assert study.history.unfinished(WAITING) == [1]
        study.put(recorded(3, state=PRUNED), recorded(1, state=RUNNING))
        assert study.history.unfinished() == [0, 1]

    def test_grows_beyond_its_first_capacity(self) -> None:
        study = RecordedStudy()
        space: dict[str, BaseDistribution] = {"x": X}
        study.put(recorded(0, params={"x": 1.0}, distributions=space))
        unit = study.history.unit_column("x", X)
        assert unit.tolist() == [0.1]
        for k in range(1, 300):
            study.put(recorded(k, value=k, params={"x": k % 10}, distributions=space))
            if k % 7 == 0:
                study.history.sync()
        history = study.history
        np.testing.assert_array_equal(history.losses[:, 0], np.arange(300))
        np.testing.assert_array_equal(history.column("x")[1:], np.arange(1, 300) % 10)
        np.testing.assert_allclose(history.unit_column("x", X)[1:], np.arange(1, 300) % 10 / 10)

    def test_one_sync_is_one_read(self) -> None:
        study = RecordedStudy()
        study.put(*(recorded(k) for k in range(5)))
        assert len(study.history) == 5
        assert study.n_reads == 1

    def test_reports_reach_the_curves(self) -> None:
        study = RecordedStudy()
        study.put(recorded(0, {0: 1.0}, RUNNING))
        assert study.history.curves.values.tolist() == [1.0]
        study.put(recorded(0, {0: 1.0, 1: 2.0}))
        curves = study.history.curves
        assert curves.values.tolist() == [1.0, 2.0]
        assert curves.complete_at(1).ascending() == [2.0]

    def test_finished_trials_reach_the_search_space(self) -> None:
        study = RecordedStudy()
        study.put(recorded(0, state=RUNNING, params={"x": 1.0}, distributions={"x": X}))
        assert study.history.search_space.intersection() == {}
        study.put(recorded(0, params={"x": 1.0}, distributions={"x": X}))
        assert study.history.search_space.intersection() == {"x": X}

    def test_threads_may_sync_at_once(self) -> None:
        lock = threading.Lock()
        waiting = [recorded(k, {0: float(k)}, value=k) for k in range(400)]
        random.Random(0).shuffle(waiting)

        def read(cursor: object | None) -> tuple[list[object], object]:
            with lock:
                return ([waiting.pop()] if waiting else []), None

        history = History(TrialLog(read), [StudyDirection.MINIMIZE])  # type: ignore[arg-type]

        def work() -> None:
            while waiting:
                history.sync()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        history.sync()
        assert history.ranked() == list(range(400))
        assert len(history.curves) == 400


class TestValues:
    def test_losses_are_lower_when_better(self) -> None:
        study = RecordedStudy("minimize", "maximize")
        study.put(recorded(0, values=[1.0, 2.0]), recorded(1, state=FAIL))
        history = study.history
        np.testing.assert_array_equal(history.losses, [[1.0, -2.0], [math.nan, math.nan]])
        np.testing.assert_array_equal(history.values, [[1.0, 2.0], [math.nan, math.nan]])

    def test_violations_sum_what_is_violated(self) -> None:
        study = RecordedStudy()
        study.put(recorded(0))
        assert not study.history.has_constraints
        study.put(recorded(1, constraints={"a": -3.0, "b": 0.5, "c": 1.0}))
        assert study.history.has_constraints
        assert study.history.violations.tolist() == [0.0, 1.5]


class TestParameters:
    def test_columns_are_internal_with_nan_where_missing(self) -> None:
        study = RecordedStudy()
        study.put(
            recorded(0, params={"x": 2.5}, distributions={"x": X}),
            recorded(1, params={"c": "c"}, distributions={"c": C}),
        )
        history = study.history
        assert history.param_names == ["x", "c"]
        np.testing.assert_array_equal(history.column("x"), [2.5, math.nan])
        np.testing.assert_array_equal(history.column("c"), [math.nan, 2.0])
        np.testing.assert_array_equal(history.column("unknown"), [math.nan, math.nan])

    @pytest.mark.parametrize("n", [1, 20])
    def test_configurations_are_the_columns_trial_by_trial(self, n: int) -> None:
        study = RecordedStudy()
        both = {"x": X, "c": C}
        study.put(
            *(recorded(k, params={"x": k / 4, "c": "b"}, distributions=both) for k in range(n)),
            recorded(n, params={"c": "c"}, distributions={"c": C}),
        )
        rows = study.history.configurations(["x", "c", "unknown"], range(n + 1))
        np.testing.assert_array_equal(
            rows, [*((k / 4, 1.0, math.nan) for k in range(n)), (math.nan, 2.0, math.nan)]
        )

    def test_parameters_of_running_trials_are_there(self) -> None:
        study = RecordedStudy()
        study.put(recorded(0, state=RUNNING))
        assert study.history.column("x").shape == (1,)
        study.put(recorded(0, state=RUNNING, params={"x": 2.5}, distributions={"x": X}))
        assert study.history.column("x").tolist() == [2.5]

    @pytest.mark.parametrize(
        "distribution",
        [
            X,
            FloatDistribution(1e-5, 1.0, log=True),
            FloatDistribution(0.0, 1.0, step=0.25),
            IntDistribution(1, 9, step=2),
            IntDistribution(1, 100, log=True),
        ],
        ids=str,
    )
    def test_unit_column_kept_up_to_date_equals_a_fresh_one(
        self, distribution: BaseDistribution
    ) -> None:
        study = RecordedStudy()
        draw = random.Random(1)
        values = from_unit(np.array([draw.random() for _ in range(150)]), distribution)
        for number, value in enumerate(values):
            params = {"p": distribution.to_external_repr(value)}
            space = {"p": distribution}
            study.put(recorded(number, params=params, distributions=space))
            study.history.unit_column("p", distribution)
        fresh = to_unit(study.history.column("p"), distribution)
        kept = study.history.unit_column("p", distribution)
        np.testing.assert_array_equal(kept, fresh)
        assert kept.min() >= 0.0
        assert kept.max() <= 1.0

    def test_unit_column_of_another_range_may_leave_the_interval(self) -> None:
        study = RecordedStudy()
        study.put(recorded(0, params={"x": 8.0}, distributions={"x": X}))
        assert study.history.unit_column("x", FloatDistribution(0.0, 4.0)).tolist() == [2.0]

    def test_categories_have_no_unit_column(self) -> None:
        with pytest.raises(TypeError, match="categorical distribution has no order"):
            RecordedStudy().history.unit_column("c", C)


class TestUnit:
    @pytest.mark.parametrize(
        ("distribution", "internal", "unit"),
        [
            (X, [0.0, 2.5, 10.0], [0.0, 0.25, 1.0]),
            (FloatDistribution(1e-4, 1.0, log=True), [1e-4, 1e-2, 1.0], [0.0, 0.5, 1.0]),
            # Three grid values, each in the middle of its third.
            (IntDistribution(2, 6, step=2), [2, 4, 6], [1 / 6, 1 / 2, 5 / 6]),
            (FloatDistribution(0.0, 1.0, step=0.5), [0.0, 0.5, 1.0], [1 / 6, 1 / 2, 5 / 6]),
            (FloatDistribution(3.0, 3.0), [3.0, math.nan], [0.5, math.nan]),
        ],
        ids=str,
    )
    def test_maps_there_and_back(
        self, distribution: BaseDistribution, internal: list[float], unit: list[float]
    ) -> None:
        np.testing.assert_allclose(to_unit(np.array(internal), distribution), unit)
        numbers = [u for u in unit if not math.isnan(u)]
        back = from_unit(np.array(numbers), distribution)
        np.testing.assert_allclose(back, internal[: len(numbers)])

    @pytest.mark.parametrize(
        "distribution",
        [IntDistribution(-3, 7, step=5), FloatDistribution(-1, 1, step=0.4)],
        ids=str,
    )
    def test_every_unit_value_comes_back_on_the_grid(self, distribution: BaseDistribution) -> None:
        values = from_unit(np.linspace(-0.1, 1.1, 100), distribution)
        assert all(distribution.contains(value) for value in values)


class TestOrder:
    def test_complete_by_value_then_pruned_by_how_far_they_came(self) -> None:
        study = RecordedStudy()
        study.put(
            recorded(0, {0: 0.0, 3: 9.0}, PRUNED),
            recorded(1, value=5.0),
            recorded(2, {5: 9.0}, PRUNED),
            recorded(3, state=FAIL),
            recorded(4, value=2.0),
            recorded(5, {3: 1.0}, PRUNED),
            recorded(6, state=PRUNED),
            recorded(7, {3: math.nan}, PRUNED),
            recorded(8, state=RUNNING),
        )
        assert study.history.ranked() == [4, 1, 2, 5, 0, 7, 6]
        assert study.history.ranked_head(3) == [4, 1, 2]
        assert study.history.best() == 4

    def test_maximize_turns_the_order(self) -> None:
        study = RecordedStudy("maximize")
        study.put(
            recorded(0, value=1.0),
            recorded(1, value=3.0),
            recorded(2, {1: 5.0}, PRUNED),
            recorded(3, {1: 7.0}, PRUNED),
        )
        assert study.history.ranked() == [1, 0, 3, 2]

    def test_feasible_before_infeasible(self) -> None:
        study = RecordedStudy()
        study.put(
            recorded(0, value=0.0, constraints={"c": 2.0}),
            recorded(1, value=9.0, constraints={"c": -1.0}),
            recorded(2, value=5.0, constraints={"c": 1.0}),
            recorded(3, value=8.0),
        )
        assert study.history.ranked() == [3, 1, 2, 0]
        assert study.history.best() == 3

    def test_earliest_of_equals_is_best(self) -> None:
        study = RecordedStudy()
        study.put(recorded(2, value=1.0), recorded(1, value=1.0), recorded(3, value=1.0))
        assert study.history.best() == 1

    @pytest.mark.parametrize(
        ("state", "constraints"), [(PRUNED, {}), (COMPLETE, {"c": 1.0}), (FAIL, {})]
    )
    def test_no_feasible_complete_trial_no_best(
        self, state: TrialState, constraints: dict[str, float]
    ) -> None:
        study = RecordedStudy()
        study.put(recorded(0, {0: 1.0}, state, constraints=constraints))
        assert study.history.best() is None

    def test_infinite_values_have_their_place(self) -> None:
        study = RecordedStudy()
        study.put(*(recorded(k, value=v) for k, v in enumerate([math.inf, 1.0, -math.inf])))
        assert study.history.ranked() == [2, 1, 0]
