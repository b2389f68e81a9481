from __future__ import annotations

import pytest

from tunesmith.distributions import (
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from tunesmith.integrations.lightgbm import TuningStep
from tunesmith.integrations.lightgbm.tuning_step import BUILT_IN_STEPS, DEFAULTS, chosen_steps


def test_lists_are_tried_in_every_combination() -> None:
    step = TuningStep("s", {"max_bin": [15, 63], "extra_trees": [True, False]})
    assert step.candidates({}) == [
        {"max_bin": 15, "extra_trees": True},
        {"max_bin": 15, "extra_trees": False},
        {"max_bin": 63, "extra_trees": True},
        {"max_bin": 63, "extra_trees": False},
    ]
    assert step.size({}) == 4
    assert TuningStep("s", step.space, n_trials=3).size({}) == 3
    assert TuningStep("s", step.space, n_trials=9).size({}) == 4
    assert step.distributions({}) == {
        "max_bin": IntDistribution(15, 63),
        "extra_trees": CategoricalDistribution([True, False]),
    }


def test_a_distribution_is_searched_and_a_list_beside_it_is_a_choice() -> None:
    step = TuningStep("s", {"eta": FloatDistribution(0.1, 1), "drop_rate": [0.1, 0.5]}, 5)
    assert step.candidates({}) == []
    assert step.size({}) == 5
    assert TuningStep("s", step.space).size({}) == 20
    assert step.distributions({}) == {
        "learning_rate": FloatDistribution(0.1, 1),
        "drop_rate": FloatDistribution(0.1, 0.5),
    }


def test_the_built_in_steps_are_those_of_optuna() -> None:
    sizes = {
        name: step.size({**DEFAULTS, "feature_fraction": 0.7})
        for name, step in BUILT_IN_STEPS.items()
    }
    assert sizes == {
        "feature_fraction": 7,
        "num_leaves": 20,
        "bagging": 10,
        "feature_fraction_stage2": 6,
        "regularization_factors": 20,
        "min_data_in_leaf": 5,
    }


@pytest.mark.parametrize(("depth", "most"), [(-1, 256), (0, 256), (3, 8), (12, 4096), (40, 2**17)])
def test_the_depth_limits_the_leaves(depth: int, most: int) -> None:
    distributions = BUILT_IN_STEPS["num_leaves"].distributions({"max_depth": depth})
    assert distributions == {"num_leaves": IntDistribution(2, most)}


@pytest.mark.parametrize(
    ("best", "values"),
    [
        (0.7, [0.62, 0.652, 0.684, 0.716, 0.748, 0.78]),
        (1.0, [0.92, 0.952, 0.984, 1.0]),
        (0.4, [0.4, 0.416, 0.448, 0.48]),
    ],
)
def test_the_second_stage_stays_in_the_range(best: float, values: list[float]) -> None:
    step = BUILT_IN_STEPS["feature_fraction_stage2"]
    found = step.candidates({"feature_fraction": best})
    assert [values["feature_fraction"] for values in found] == pytest.approx(values)


def test_steps_are_chosen_by_name_or_given() -> None:
    own = TuningStep("own", {"max_bin": [15, 63]})
    assert chosen_steps(["bagging", own], {}) == [BUILT_IN_STEPS["bagging"], own]
    assert chosen_steps(None, {}) == list(BUILT_IN_STEPS.values())


@pytest.mark.parametrize("params", [{"boosting": "goss"}, {"data_sample_strategy": "goss"}])
def test_goss_does_not_bag(params: dict[str, str]) -> None:
    assert "bagging" not in [step.name for step in chosen_steps(None, params)]


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (["baging"], r"There is no step 'baging'; .*Did you mean 'bagging'\?"),
        (["bagging", "bagging"], "Two steps have the name 'bagging'"),
        ([], "steps is empty"),
        ("bagging", r"Use steps=\['bagging'\]"),
    ],
)
def test_bad_steps_are_refused(steps: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        chosen_steps(steps, {})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("", {"max_bin": [1]}), "needs a name"),
        (("s", {}), "has no parameters"),
        (
            ("s", {"max_bin": []}),
            r"'max_bin' should be a distribution or a list of values, got \[\]",
        ),
        (("s", {"max_bin": 15}), "'max_bin' should be a distribution or a list of values, got 15"),
        (("s", {"boosting": "dart"}), "'boosting' should be a distribution or a list"),
        (("s", {"max_bin": [1]}, 0), "n_trials must be 1 or more, got 0"),
    ],
)
def test_a_bad_step_is_refused_where_it_is_made(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TuningStep(*arguments)
