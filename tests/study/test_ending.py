"""The values that trials end with."""

from __future__ import annotations

import math
import pickle
from collections.abc import Sequence

import pytest

import tunesmith
from tunesmith.trial import TrialState

from ..every_storage import OpenStorage

NAN, INF = math.nan, math.inf


def pruned(
    study: tunesmith.Study, reports: Sequence[float | Sequence[float]]
) -> list[float] | None:
    """Return the values of a trial that reports these at steps 0, 1, ... and is pruned."""
    trial = study.ask()
    for step, report in enumerate(reports):
        trial.report(report, step)
    return study.tell(trial, state=TrialState.PRUNED).values


class TestPrunedValue:
    @pytest.mark.parametrize(
        ("direction", "reports", "last", "best"),
        [
            ("minimize", [3.0, 1.0, 2.0], [2.0], [1.0]),
            ("maximize", [1.0, 3.0, 2.0], [2.0], [3.0]),
            ("minimize", [NAN, 2.0, 1.0], [1.0], [1.0]),
            ("minimize", [2.0, 3.0, NAN], None, [2.0]),
            ("minimize", [NAN, NAN], None, None),
            ("minimize", [INF, 5.0, -INF], [-INF], [-INF]),
            ("maximize", [INF, 5.0, -INF], [-INF], [INF]),
            ("minimize", [], None, None),
        ],
    )
    def test_of_one_objective(
        self,
        direction: str,
        reports: list[float],
        last: list[float] | None,
        best: list[float] | None,
    ) -> None:
        study = tunesmith.create_study(direction=direction)
        assert study.pruned_value == "last"
        assert pruned(study, reports) == last
        study.pruned_value = "best"
        assert pruned(study, reports) == best
        assert [trial.values for trial in study.trials] == [last, best]
        assert {trial.state for trial in study.trials} == {TrialState.PRUNED}

    @pytest.mark.parametrize(
        ("reports", "last", "best"),
        [
            # Of those that none dominates, the one that adds the most hypervolume.
            ([(0.0, 0.0), (1.0, 3.0), (4.0, 4.0), (5.0, 2.0)], [5.0, 2.0], [1.0, 3.0]),
            ([(2.0, 2.0), (1.0, 3.0), (2.0, 1.0)], [2.0, 1.0], [1.0, 3.0]),
            ([(1.0, 1.0), (1.0, NAN)], None, [1.0, 1.0]),
            ([(NAN, 1.0), (1.0, NAN)], None, None),
            ([], None, None),
        ],
    )
    def test_of_several_objectives(
        self,
        reports: list[tuple[float, float]],
        last: list[float] | None,
        best: list[float] | None,
    ) -> None:
        study = tunesmith.create_study(directions=["minimize", "maximize"])
        assert pruned(study, reports) == last
        study.pruned_value = "best"
        assert pruned(study, reports) == best

    def test_the_last_one_is_that_of_the_largest_step(self) -> None:
        study = tunesmith.create_study()
        trial = study.ask()
        trial.report(1.0, 7)
        trial.report(2.0, 3)
        assert study.tell(trial, state=TrialState.PRUNED).values == [1.0]

    @pytest.mark.parametrize(("pruned_value", "values"), [("last", [2.0]), ("best", [1.0])])
    def test_it_is_stored_whoever_ends_the_trial(
        self, open_storage: OpenStorage, pruned_value: str, values: list[float]
    ) -> None:
        name = tunesmith.create_study(storage=open_storage()).study_name

        def objective(trial: tunesmith.Trial) -> float:
            for step, value in enumerate((3.0, 1.0, 2.0)):
                trial.report(value, step)
            raise tunesmith.TrialPruned

        def loaded() -> tunesmith.Study:
            return tunesmith.load_study(
                study_name=name,
                storage=open_storage(),
                sampler=tunesmith.samplers.RandomSampler(seed=0),
                pruned_value=pruned_value,  # type: ignore[arg-type]  # one of the two
            )

        study = loaded()
        study.optimize(objective, n_trials=1)
        assert pruned(study, [3.0, 1.0, 2.0]) == values
        # By its number, from a study that has not asked for it.
        trial = study.ask()
        for step, value in enumerate((3.0, 1.0, 2.0)):
            trial.report(value, step)
        loaded().tell(trial.number, state=TrialState.PRUNED)
        assert [trial.values for trial in loaded().trials] == [values] * 3

    def test_who_has_reported_nothing_has_no_value(self, open_storage: OpenStorage) -> None:
        def objective(trial: tunesmith.Trial) -> float:
            trial.suggest_float("x", 0, 1)
            if trial.number < 2:
                raise tunesmith.TrialPruned
            return 1.0

        study = tunesmith.create_study(storage=open_storage())
        study.optimize(objective, n_trials=4)
        stored = tunesmith.load_study(study_name=study.study_name, storage=open_storage()).trials
        assert [trial.values for trial in stored] == [None, None, [1.0], [1.0]]
        assert [trial.state for trial in stored[:2]] == [TrialState.PRUNED] * 2
        assert stored[0].value is None
        assert stored[0].prune_reason is None
        assert study.best_trial.number == 2

    def test_it_goes_along_with_a_pickled_study(self) -> None:
        study = tunesmith.create_study(pruned_value="best")
        twin = pickle.loads(pickle.dumps(study))
        assert twin.pruned_value == "best"
        assert pruned(twin, [1.0, 2.0]) == [1.0]

    def test_there_are_two(self) -> None:
        with pytest.raises(ValueError, match="must be 'last' or 'best', got pruned_value='mean'"):
            tunesmith.create_study(pruned_value="mean")  # type: ignore[arg-type]
