"""A small training for the tests of the tuners."""

from __future__ import annotations

import functools
from typing import Any

import lightgbm
import numpy as np
from sklearn.datasets import load_breast_cancer

PARAMS = {
    "objective": "binary",
    "metric": "binary_logloss",
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "seed": 0,
    "verbosity": -1,
}
#: The steps that take no search, and one that does.
STEPS = ["feature_fraction", "min_data_in_leaf"]


@functools.lru_cache
def rows() -> tuple[np.ndarray, np.ndarray]:
    x, y = load_breast_cancer(return_X_y=True)
    return x[:300, :8], y[:300]


def data_sets(**options: Any) -> tuple[lightgbm.Dataset, lightgbm.Dataset]:
    x, y = rows()
    train_set = lightgbm.Dataset(x[:200], y[:200], **options)
    return train_set, train_set.create_valid(x[200:], y[200:])


def whole(**options: Any) -> lightgbm.Dataset:
    x, y = rows()
    return lightgbm.Dataset(x, y, **options)
