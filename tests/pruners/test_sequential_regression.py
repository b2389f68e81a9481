"""SequentialRegressionPruner: what it saves, what it spares."""

from __future__ import annotations

import math
import random

import pytest

import tunesmith
from tunesmith.pruners import SequentialRegressionPruner
from tunesmith.records import PruneReason, TrialState


def study_of(pruner: SequentialRegressionPruner | None = None, **options: str) -> tunesmith.Study:
    return tunesmith.create_study(
        pruner=pruner or SequentialRegressionPruner(),
        sampler=tunesmith.samplers.RandomSampler(seed=0),
        **options,
    )


def train(trial: tunesmith.Trial, floor: float, n_steps: int = 30, noise: float = 0.01) -> float:
    draw = random.Random(trial.number)
    for step in range(n_steps):
        value = floor + 0.8 / (step + 1) + draw.gauss(0, noise)
        trial.report(value, step)
        if trial.should_prune():
            raise tunesmith.TrialPruned
    return value


def test_it_is_the_default() -> None:
    assert type(tunesmith.create_study().pruner) is SequentialRegressionPruner


@pytest.mark.parametrize(("direction", "sign"), [("minimize", 1.0), ("maximize", -1.0)])
def test_most_of_the_steps_are_saved_and_the_best_trial_is_seldom_lost(
    direction: str, sign: float
) -> None:
    n_kept, shares = 0, []
    for seed in range(20):
        draw = random.Random(seed)
        floors = [draw.random() for _ in range(60)]
        curves = [
            [sign * (floor + 0.8 / (step + 1) + draw.gauss(0, 0.003)) for step in range(30)]
            for floor in floors
        ]
        study = study_of(direction=direction)
        for curve in curves:
            trial = study.ask()
            for step, value in enumerate(curve):
                trial.report(value, step)
                if trial.should_prune():
                    study.tell(trial, state=TrialState.PRUNED)
                    break
            else:
                study.tell(trial, curve[-1])
        shares.append(sum(len(t.intermediate_values) for t in study.trials) / (60 * 30))
        n_kept += study.best_value == sign * min(sign * curve[-1] for curve in curves)
    assert sum(shares) / 20 < 0.4
    assert n_kept >= 18


def test_late_bloomers_go_on_once_their_kind_is_known() -> None:
    def objective(trial: tunesmith.Trial) -> float:
        slow = trial.number % 2 == 0
        for step in range(20):
            # The slow ones are worse for three quarters of the way, and better in the end.
            value = 1.0 - 0.05 * step if slow else 0.5
            trial.report(value + random.Random(100 * trial.number + step).gauss(0, 0.01), step)
            if trial.should_prune():
                raise tunesmith.TrialPruned
        return value

    study = study_of()
    study.optimize(objective, n_trials=30)
    slow = [trial for trial in study.trials if trial.number % 2 == 0]
    assert sum(trial.state is TrialState.COMPLETE for trial in slow) > len(slow) / 2
    assert study.best_trial.number % 2 == 0


def test_where_reports_tell_nothing_many_trials_go_on() -> None:
    def objective(trial: tunesmith.Trial) -> float:
        draw = random.Random(trial.number)
        for step in range(10):
            trial.report(draw.random(), step)
            if trial.should_prune():
                raise tunesmith.TrialPruned
        return draw.random()

    study = study_of()
    study.optimize(objective, n_trials=60)
    assert sum(trial.state is TrialState.PRUNED for trial in study.trials) < 45


def test_diverged_trials_end_at_once() -> None:
    study = study_of()
    for floor in (0.1, 0.2, 0.3, 0.4):
        study.tell(trial := study.ask(), train(trial, floor))
    for value in (math.nan, math.inf, 1e9):
        trial = study.ask()
        trial.report(value, 0)
        assert trial.should_prune() is True
        study.tell(trial, state=TrialState.PRUNED)
    trial = study.ask()
    trial.report(-math.inf, 0)
    assert trial.should_prune() is False


class TestDiverged:
    """Complete trials that have reported 0.1 to 1.2, and one more."""

    def study(self, sign: float = 1.0) -> tunesmith.Study:
        # A threshold of 0: nothing is pruned by its forecast.
        direction = "minimize" if sign > 0 else "maximize"
        study = study_of(SequentialRegressionPruner(0.0), direction=direction)
        for end in (0.1, 0.2, 0.3, 0.4):
            trial = study.ask()
            for step in range(9):
                trial.report(sign * (end + 0.8 * (1 - step / 8)), step)
            study.tell(trial, sign * end)
        return study

    @pytest.mark.parametrize("sign", [1.0, -1.0])
    def test_the_reason_tells_the_range_that_was_left(self, sign: float) -> None:
        (trial := self.study(sign).ask()).report(sign * 13.0, 5)
        assert trial.should_prune()
        assert trial.prune_reason is not None
        assert trial.prune_reason.because == (
            f"it has diverged: {13 * sign:g} is far outside of what complete trials have "
            f"reported, {0.1 * sign:g} to {1.2 * sign:g}"
        )
        assert trial.prune_reason.compared == pytest.approx(
            {"worst": sign * 1.2, "best": sign * 0.1}
        )

    def test_worse_than_all_is_not_far_outside(self) -> None:
        study = self.study()
        for value, is_pruned in ((12.1, False), (12.3, True), (math.inf, True)):
            (trial := study.ask()).report(value, 0)
            assert trial.should_prune() is is_pruned

    def test_the_latest_known_value_counts(self) -> None:
        trial = self.study().ask()
        for step, (value, is_pruned) in enumerate(
            [(1e9, True), (math.nan, True), (1.0, False), (math.nan, False)]
        ):
            trial.report(value, step)
            assert trial.should_prune() is is_pruned

    @pytest.mark.parametrize("values", [[0.5] * 4, [0.5, 0.6, 0.7, math.inf]])
    def test_nothing_is_far_outside_of_no_range_or_an_endless_one(
        self, values: list[float]
    ) -> None:
        study = study_of(SequentialRegressionPruner(0.0))
        for value in values:
            (trial := study.ask()).report(value, 0)
            study.tell(trial, 0.5)
        (trial := study.ask()).report(1e6, 0)
        assert not trial.should_prune()


def test_nobody_is_pruned_before_the_start() -> None:
    study = study_of(SequentialRegressionPruner(n_startup_trials=6, n_warmup_steps=3))
    study.optimize(lambda trial: train(trial, 0.1 + trial.number), n_trials=12)
    pruned = [trial for trial in study.trials if trial.state is TrialState.PRUNED]
    assert {trial.number for trial in pruned} == set(range(6, 12))
    assert {trial.last_step for trial in pruned} == {3}


def test_nine_are_pruned_for_each_that_is_not() -> None:
    study = study_of()
    study.optimize(lambda trial: train(trial, float(trial.number)), n_trials=100)
    n_pruned = sum(trial.state is TrialState.PRUNED for trial in study.trials)
    assert 85 <= n_pruned <= 91


class TestSeveralObjectives:
    """Six complete trials on a line: the better in the first objective, the worse in the other."""

    def asked(
        self,
        vector: tuple[float, float],
        *,
        objective: str | int | None = None,
        directions: tuple[str, str] = ("minimize", "minimize"),
    ) -> PruneReason | None:
        signs = [1.0 if direction == "minimize" else -1.0 for direction in directions]
        study = tunesmith.create_study(
            directions=directions, pruner=SequentialRegressionPruner(objective=objective)
        )
        study.set_metric_names(["loss", "size"])

        def run(level: tuple[float, float], n_steps: int) -> tunesmith.Trial:
            trial = study.ask()
            draw = random.Random(trial.number)
            for step in range(n_steps):
                fall = 0.5 * 0.8**step
                report = [
                    sign * (end + fall + draw.gauss(0, 0.001))
                    for sign, end in zip(signs, level, strict=True)
                ]
                trial.report(report, step)
            return trial

        for k in range(6):
            level = (0.1 * k, 0.5 - 0.1 * k)
            study.tell(run(level, 20), [s * v for s, v in zip(signs, level, strict=True)])
        trial = run(vector, 5)
        return trial.prune_reason if trial.should_prune() else None

    @pytest.mark.parametrize(
        "directions", [("minimize", "minimize"), ("minimize", "maximize"), ("maximize",) * 2]
    )
    def test_who_will_not_join_the_front_is_pruned(self, directions: tuple[str, str]) -> None:
        assert self.asked((0.0, 0.0), directions=directions) is None
        assert self.asked((0.22, 0.22), directions=directions) is None  # in a gap of the front
        reason = self.asked((0.9, 0.9), directions=directions)
        assert reason is not None
        assert reason.compared["chance"] < reason.compared["threshold"]
        foretold = [abs(value) for value in reason.compared["expected"]]
        assert foretold == pytest.approx([0.9, 0.9], abs=0.1)
        assert "to beat the Pareto front" in reason.because

    @pytest.mark.parametrize("loss", ["loss", 0])
    @pytest.mark.parametrize("size", ["size", 1])
    def test_one_of_them_alone(self, loss: str | int, size: str | int) -> None:
        for vector, by_loss in (((0.9, -0.2), True), ((-0.2, 0.9), False)):
            assert self.asked(vector) is None
            assert (self.asked(vector, objective=loss) is not None) is by_loss
            assert (self.asked(vector, objective=size) is not None) is not by_loss

    def test_diverged_is_who_has_in_each(self) -> None:
        reason = self.asked((1e6, math.inf))
        assert reason is not None
        assert "diverged: (1e+06, inf) is far outside" in reason.because
        assert self.asked((1e6, -0.2)) is None
        reason = self.asked((1e6, -0.2), objective="loss")
        assert reason is not None
        assert "diverged" in reason.because

    def test_nothing_but_nan_is_pruned(self) -> None:
        assert "nothing but NaN" in str(self.asked((math.nan, math.nan)))
        assert "nothing but NaN" in str(self.asked((0.0, math.nan), objective="size"))


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"p_threshold": -0.1}, "p_threshold must be at least 0"),
        ({"p_threshold": 1.5}, "between 0 and 1"),
        ({"n_startup_trials": 3}, "n_startup_trials must be at least 4"),
        ({"n_warmup_steps": -1}, "n_warmup_steps"),
        ({"interval_steps": 0}, "interval_steps"),
    ],
)
def test_bad_arguments(arguments: dict[str, float], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        SequentialRegressionPruner(**arguments)  # type: ignore[arg-type]
