from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from tunesmith.integrations.lightgbm import parameter_names
from tunesmith.integrations.lightgbm.parameter_names import with_main_names


def test_parameters_get_their_main_names() -> None:
    assert with_main_names({"reg_alpha": 1, "min_data": 3, "seed": 0}) == {
        "lambda_l1": 1,
        "min_child_samples": 3,
        "seed": 0,
    }


def test_two_names_of_one_parameter_must_agree() -> None:
    assert with_main_names({"eta": 0.1, "learning_rate": 0.1}) == {"learning_rate": 0.1}
    with pytest.raises(ValueError, match="'eta' and 'learning_rate' are one parameter"):
        with_main_names({"eta": 0.1, "learning_rate": 0.2})


@pytest.mark.parametrize("names", parameter_names._NAMES, ids=lambda names: names[0])
def test_lightgbm_takes_the_names_for_one_parameter(names: tuple[str, ...]) -> None:
    x = np.random.default_rng(0).normal(size=(60, 2))
    flag = names[0] == "extra_trees"
    value = True if flag else 0.25 if "fraction" in names[0] or "rate" in names[0] else 3
    shown = int(value) if flag else value

    def model(name: str) -> str:
        params = {"objective": "regression", "verbosity": -1, "num_threads": 1, name: value}
        return lightgbm.train(params, lightgbm.Dataset(x, x[:, 0]), 2).model_to_string()

    models = {model(name) for name in names}
    assert len(models) == 1
    main = {"min_child_samples": "min_data_in_leaf"}.get(names[0], names[0])
    assert f"[{main}: {shown}]" in models.pop()
