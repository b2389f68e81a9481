"""Learning curves of real trainings on data that scikit-learn ships, as tables.

Every point of a grid is trained once, epoch by epoch or round by round, and its validation losses
are kept in a file, so that studies over the tables take no time. The whole takes about ten minutes
of one core.

The default pruner's threshold was chosen on tables of `DEVELOPMENT`. Those of `HELD_OUT` are for
reporting alone: other data, and regression by stochastic gradients, where a third of the trainings diverges.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Grid = Mapping[str, tuple[Any, ...]]

BOOSTING: Grid = {
    "learning_rate": (0.01, 0.02, 0.05, 0.1, 0.2, 0.4),
    "num_leaves": (4, 8, 16, 32),
    "min_child_samples": (5, 10, 20, 40),
    "feature_fraction": (0.3, 0.6, 1.0),
}
NETWORK: Grid = {
    "learning_rate_init": (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1),
    "alpha": (1e-5, 1e-2, 1.0),
    "width": (8, 32, 128),
    "batch_size": (16, 64, 256),
    "solver": ("adam", "sgd"),
}
LINEAR: Grid = {
    "eta0": (1e-4, 1e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0, 10.0),
    "alpha": (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1),
    "penalty": ("l2", "l1"),
    "learning_rate": ("constant", "invscaling", "adaptive"),
    "average": (False, True),
}
DEVELOPMENT = (
    "boosting-digits",
    "boosting-cancer",
    "boosting-diabetes",
    "network-digits",
    "network-diabetes",
    "linear-digits",
    "linear-wine",
)
HELD_OUT = ("boosting-wine", "network-wine", "linear-cancer", "linear-diabetes")


class CurveTable(NamedTuple):
    """Losses of every point of a grid.

    Attributes
    ----------
    name : str
    grid : dict of str to tuple
        Values of each parameter.
    losses : ndarray of shape (n_points, n_steps)
        Lower is better; a training that diverged has large ones. Points in the order of
        ``itertools.product``.
    """

    name: str
    grid: Grid
    losses: FloatArray

    def suggest(self, trial: Any) -> FloatArray:
        """Let a trial choose a point; return its curve."""
        index = 0
        for name, values in self.grid.items():
            if isinstance(values[0], (str, bool)):
                level = values.index(trial.suggest_categorical(name, list(values)))
            else:
                level = trial.suggest_int(name, 0, len(values) - 1)
            index = index * len(values) + level
        curve: FloatArray = self.losses[index]
        return curve


def _data(name: str) -> tuple[Any, ...]:
    from sklearn import datasets
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler

    x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    stratify = y if name != "diabetes" else None
    if name == "diabetes":
        y = (y - y.mean()) / y.std()
    x_train, x_valid, y_train, y_valid = train_test_split(
        x, y, test_size=0.4, random_state=0, stratify=stratify
    )
    scaler = StandardScaler().fit(x_train)
    return scaler.transform(x_train), scaler.transform(x_valid), y_train, y_valid


def _boosted(
    data: str, objective: str, n_steps: int
) -> Callable[[dict[str, Any]], Iterable[float]]:
    import lightgbm

    x_train, x_valid, y_train, y_valid = _data(data)

    def train(params: dict[str, Any]) -> Iterable[float]:
        options = {
            **params, "objective": objective, "verbosity": -1, "num_threads": 1, "seed": 0,
            "bagging_fraction": 0.7, "bagging_freq": 1,
        }  # fmt: skip
        if objective == "multiclass":
            options["num_class"] = int(y_train.max()) + 1
        record: dict[str, Any] = {}
        pair = lightgbm.Dataset(x_train, y_train)
        lightgbm.train(
            options,
            pair,
            n_steps,
            valid_sets=[lightgbm.Dataset(x_valid, y_valid, reference=pair)],
            callbacks=[lightgbm.record_evaluation(record)],
        )
        return next(iter(next(iter(record.values())).values()))  # type: ignore[no-any-return]

    return train


def _trained(
    data: str, model: Callable[..., Any], fixed: dict[str, Any], n_steps: int
) -> Callable[[dict[str, Any]], Iterable[float]]:
    from sklearn.metrics import log_loss, mean_squared_error

    x_train, x_valid, y_train, y_valid = _data(data)
    classes = np.unique(y_train)

    def train(params: dict[str, Any]) -> Iterator[float]:
        options = dict(params)
        if "width" in options:
            options["hidden_layer_sizes"] = (options.pop("width"),)
        learner = model(random_state=0, **fixed, **options)
        for step in range(n_steps):
            try:
                if data == "diabetes":
                    learner.partial_fit(x_train, y_train)
                    loss = mean_squared_error(y_valid, learner.predict(x_valid))
                else:
                    learner.partial_fit(x_train, y_train, classes=classes)
                    probabilities = np.nan_to_num(learner.predict_proba(x_valid), nan=0.1)
                    loss = log_loss(y_valid, probabilities)
            except ValueError:  # diverged
                yield from [np.inf] * (n_steps - step)
                return
            yield loss

    return train


def _recipes() -> dict[str, tuple[Grid, Callable[[], Callable[[dict[str, Any]], Iterable[float]]]]]:
    from sklearn.linear_model import SGDClassifier, SGDRegressor
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    log = {"loss": "log_loss"}
    return {
        "boosting-digits": (BOOSTING, lambda: _boosted("digits", "multiclass", 60)),
        "boosting-cancer": (BOOSTING, lambda: _boosted("breast_cancer", "binary", 100)),
        "boosting-diabetes": (BOOSTING, lambda: _boosted("diabetes", "regression", 100)),
        "network-digits": (NETWORK, lambda: _trained("digits", MLPClassifier, {}, 40)),
        "network-diabetes": (NETWORK, lambda: _trained("diabetes", MLPRegressor, {}, 60)),
        "linear-digits": (LINEAR, lambda: _trained("digits", SGDClassifier, log, 50)),
        "linear-wine": (LINEAR, lambda: _trained("wine", SGDClassifier, log, 60)),
        "boosting-wine": (BOOSTING, lambda: _boosted("wine", "multiclass", 60)),
        "network-wine": (NETWORK, lambda: _trained("wine", MLPClassifier, {}, 60)),
        "linear-cancer": (LINEAR, lambda: _trained("breast_cancer", SGDClassifier, log, 60)),
        "linear-diabetes": (LINEAR, lambda: _trained("diabetes", SGDRegressor, {}, 60)),
    }


def tables(folder: Path, names: Iterable[str] | None = None) -> Iterator[CurveTable]:
    """Load tables, those of `DEVELOPMENT` unless named, and make those that the folder lacks."""
    recipes = _recipes()
    for name in DEVELOPMENT if names is None else names:
        grid, prepare = recipes[name]
        file = folder / f"{name}.npy"
        if not file.exists():
            folder.mkdir(parents=True, exist_ok=True)
            train = prepare()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                rows = [
                    list(train(dict(zip(grid, point, strict=True))))
                    for point in itertools.product(*grid.values())
                ]
            losses = np.nan_to_num(np.array(rows), nan=1e3, posinf=1e3).clip(max=1e3)
            np.save(file, losses.astype(np.float32))
        yield CurveTable(name, grid, np.load(file).astype(np.float64))


if __name__ == "__main__":
    import sys

    for table in tables(Path(sys.argv[1]), sys.argv[2:] or None):
        final = table.losses[:, -1]
        print(table.name, table.losses.shape, np.quantile(final, [0, 0.01, 0.1, 0.5, 0.9]).round(3))
