from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import MiniBatchKMeans
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import SGDClassifier, SGDRegressor

import tunesmith
from tunesmith.integrations import partial_fit_epochs
from tunesmith.trial import Trial, TrialState

from .doubles import After, Never, run

X, Y = load_iris(return_X_y=True)
VALIDATION = (X[1::2], Y[1::2])


def new_trial(pruner: Any = None, **options: Any) -> Trial:
    options = options or {"direction": "maximize"}
    return tunesmith.create_study(pruner=pruner or Never(), **options).ask()


def fit(trial: Trial, model: Any = None, **options: Any) -> list[dict[str, float]]:
    model = SGDClassifier(loss="log_loss", random_state=0) if model is None else model
    return partial_fit_epochs(
        trial, model, X[::2], Y[::2], **{"validation": VALIDATION, "n_epochs": 4, **options}
    )


def test_without_pruning_the_model_is_that_of_a_plain_loop() -> None:
    trial = new_trial()
    model, alone = (SGDClassifier(random_state=0) for _ in range(2))
    log = fit(trial, model)
    scores = []
    for _ in range(4):
        alone.partial_fit(X[::2], Y[::2], classes=np.unique(Y))
        scores.append(alone.score(*VALIDATION))
    np.testing.assert_array_equal(model.coef_, alone.coef_)
    assert log == [{"score": score} for score in scores]
    assert trial.record.intermediate_values == dict(enumerate(scores))


def test_a_pruned_trial_ends_where_the_pruner_said_so() -> None:
    def objective(trial: Trial) -> float:
        fit(trial)
        raise AssertionError

    trial = run(objective, After(2), direction="maximize")
    assert trial.state is TrialState.PRUNED
    assert trial.intermediate_values == dict(
        enumerate(row["score"] for row in fit(new_trial(), n_epochs=2))
    )


@pytest.mark.parametrize("frame", [False, True], ids=["array", "data frame"])
def test_batches_are_drawn_anew_and_reproducible(frame: bool) -> None:
    seen: list[np.ndarray] = []

    class Counting(SGDClassifier):
        def partial_fit(self, x: Any, y: Any, classes: Any = None) -> Any:
            seen.append(np.asarray(x))
            return super().partial_fit(x, y, classes=classes)

    x = pd.DataFrame(X) if frame else X
    for _ in range(2):
        partial_fit_epochs(
            new_trial(),
            Counting(random_state=0),
            x,
            Y,
            validation=(x, Y),
            n_epochs=2,
            batch_size=60,
            random_state=3,
        )
    assert [len(batch) for batch in seen] == [60, 60, 30] * 4
    for epoch in range(4):
        rows = np.concatenate(seen[3 * epoch : 3 * epoch + 3])
        np.testing.assert_array_equal(np.sort(rows, axis=0), np.sort(X, axis=0))
    np.testing.assert_array_equal(seen[0], seen[6])
    assert not np.array_equal(seen[0], seen[3])


def test_scores_by_name() -> None:
    trial = new_trial(directions=["maximize", "maximize"])
    log = fit(trial, scoring=["accuracy", "neg_log_loss"])
    expected = [(row["accuracy"], row["neg_log_loss"]) for row in log]
    assert trial.record.intermediate_vectors == dict(enumerate(expected))


def test_a_regressor() -> None:
    trial = new_trial()
    log = fit(trial, SGDRegressor(random_state=0), scoring="neg_mean_squared_error")
    assert sorted(trial.record.intermediate_values) == [0, 1, 2, 3]
    assert log[-1]["neg_mean_squared_error"] < 0


def test_without_targets() -> None:
    trial = new_trial()
    model = MiniBatchKMeans(3, n_init=1, random_state=0)
    partial_fit_epochs(
        trial, model, X, None, validation=(X, None), n_epochs=2, batch_size=50, random_state=0
    )
    assert sorted(trial.record.intermediate_values) == [0, 1]


def test_every_fold_counts() -> None:
    trial = new_trial()
    curves = [
        [
            row["score"]
            for row in partial_fit_epochs(
                trial,
                SGDClassifier(random_state=0),
                X[k::2],
                Y[k::2],
                validation=(X[1 - k :: 2], Y[1 - k :: 2]),
                n_epochs=3,
            )
        ]
        for k in range(2)
    ]
    means = (np.cumsum(curves, axis=0) / np.arange(1, 3)[:, None]).ravel()
    assert trial.record.intermediate_values == pytest.approx(dict(enumerate(means)))


class TestMistakes:
    def test_scores_are_to_be_maximized(self) -> None:
        trial = new_trial(direction="minimize")
        with pytest.raises(ValueError, match="'neg_log_loss' should be maximized, but the study"):
            fit(trial, scoring="neg_log_loss")
        assert trial.record.intermediate_values == {}

    def test_unless_the_user_says_otherwise(self) -> None:
        trial = new_trial(direction="minimize")
        fit(trial, scoring=lambda model, x, y: 1 - model.score(x, y), direction="minimize")
        assert sorted(trial.record.intermediate_values) == [0, 1, 2, 3]

    def test_an_estimator_that_cannot(self) -> None:
        with pytest.raises(TypeError, match="RandomForestClassifier has no partial_fit"):
            fit(new_trial(), RandomForestClassifier())

    @pytest.mark.parametrize("option", ["n_epochs", "batch_size"])
    def test_less_than_one(self, option: str) -> None:
        with pytest.raises(ValueError, match=f"{option} must be 1 or more, got 0"):
            fit(new_trial(), **{option: 0})
