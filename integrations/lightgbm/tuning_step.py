"""One step of a stepwise tuning: a few parameters, tuned while all others stay as they are."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tunesmith.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from tunesmith.integrations.lightgbm.parameter_names import main_name

Space = Mapping[str, BaseDistribution | Sequence[Any]]
_DEFAULT_TRIALS = 20


@dataclass(frozen=True)
class TuningStep:
    """A step for the `steps` of :class:`LightGBMTuner` and :class:`LightGBMTunerCV`.

    Parameters
    ----------
    name : str
        What the step is called in the study, different from the names of all other steps.
    space : mapping, or callable that returns one
        For each parameter of LightGBM a distribution to search in or a list of values. If there
        are lists only, every combination is tried, in their order. A callable is given the
        parameters that are best when the step begins, which have what `params` and the steps
        before have set: ``lambda best: {"max_bin": [best.get("max_bin", 255) // 2, 255]}``.
    n_trials : int, optional
        Trials of this step: by default 20, and all combinations if there are lists only. More
        than these are never tried.

    Raises
    ------
    ValueError
        If the name or the space is empty, or `n_trials` is less than 1.

    Examples
    --------
    >>> from tunesmith.distributions import FloatDistribution
    >>> from tunesmith.integrations.lightgbm import TuningStep
    >>> step = TuningStep(
    ...     "learning_rate", {"learning_rate": FloatDistribution(0.01, 0.3, log=True)}, n_trials=8
    ... )
    >>> around = TuningStep("leaves", lambda best: {"num_leaves": [best["num_leaves"] // 2, 31]})
    >>> sorted(around.candidates({"num_leaves": 20})[0].items())
    [('num_leaves', 10)]
    """

    name: str
    space: Space | Callable[[dict[str, Any]], Space]
    n_trials: int | None = None

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("A step needs a name, which the study keeps it by.")
        if self.n_trials is not None and self.n_trials < 1:
            raise ValueError(
                f"step {self.name!r}: n_trials must be 1 or more, got {self.n_trials}."
            )
        if not callable(self.space):
            self.distributions({})

    def distributions(self, best: dict[str, Any]) -> dict[str, BaseDistribution]:
        """The ranges of the parameters, given the best ones so far."""
        return {name: _distribution(given) for name, given in self._space(best).items()}

    def candidates(self, best: dict[str, Any]) -> list[dict[str, Any]]:
        """All combinations, if the space has lists only; otherwise nothing."""
        space = self._space(best)
        lists = [given for given in space.values() if not isinstance(given, BaseDistribution)]
        if len(lists) < len(space):
            return []
        return [dict(zip(space, values, strict=True)) for values in itertools.product(*lists)]

    def size(self, best: dict[str, Any]) -> int:
        """Number of trials, given the best parameters so far."""
        n_candidates = len(self.candidates(best))
        n_trials = self.n_trials if self.n_trials is not None else n_candidates or _DEFAULT_TRIALS
        return min(n_trials, n_candidates) if n_candidates else n_trials

    def expected_size(self) -> int:
        """Number of trials before it is known what the step begins with, 0 if that says nothing."""
        if callable(self.space):
            return self.n_trials or 0
        return self.size({})

    def _space(self, best: dict[str, Any]) -> dict[str, BaseDistribution | list[Any]]:
        space = self.space(dict(best)) if callable(self.space) else self.space
        if not space:
            raise ValueError(f"step {self.name!r} has no parameters. Give its space at least one.")
        for name, given in space.items():
            if not isinstance(given, BaseDistribution) and (
                isinstance(given, str) or not isinstance(given, Iterable) or not list(given)
            ):
                raise ValueError(
                    f"step {self.name!r}: {name!r} should be a distribution or a list of values, "
                    f"got {given!r}."
                )
        return {
            main_name(name): given if isinstance(given, BaseDistribution) else list(given)
            for name, given in space.items()
        }


def _distribution(given: BaseDistribution | list[Any]) -> BaseDistribution:
    if isinstance(given, BaseDistribution):
        return given
    # A range, which may be another one in a later step of the same parameter.
    if all(type(value) is int for value in given):
        return IntDistribution(min(given), max(given))
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in given):
        return FloatDistribution(float(min(given)), float(max(given)))
    return CategoricalDistribution(given)


# The built-in steps, in the order and with the sizes that Optuna's tuner has them.


def _num_leaves(best: dict[str, Any]) -> Space:
    # LightGBM has at most 2 ** 17 leaves; without a limit to the depth, 2 ** 8 are enough.
    depth = best.get("max_depth", -1)
    return {"num_leaves": IntDistribution(2, 2 ** min(depth if depth > 0 else 8, 17))}


def _feature_fraction_again(best: dict[str, Any]) -> Space:
    around = best["feature_fraction"] + np.linspace(-0.08, 0.08, 6)
    return {"feature_fraction": sorted({float(min(max(f, 0.4), 1.0)) for f in around.round(6)})}


_BUILT_IN = (
    TuningStep("feature_fraction", {"feature_fraction": [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]}),
    TuningStep("num_leaves", _num_leaves, 20),
    TuningStep(
        "bagging",
        {"bagging_fraction": FloatDistribution(0.4, 1.0), "bagging_freq": IntDistribution(1, 7)},
        10,
    ),
    TuningStep("feature_fraction_stage2", _feature_fraction_again, 6),
    TuningStep(
        "regularization_factors",
        {
            "lambda_l1": FloatDistribution(1e-8, 10.0, log=True),
            "lambda_l2": FloatDistribution(1e-8, 10.0, log=True),
        },
        20,
    ),
    TuningStep("min_data_in_leaf", {"min_child_samples": [5, 10, 25, 50, 100]}),
)
BUILT_IN_STEPS = {step.name: step for step in _BUILT_IN}
#: LightGBM's own values of what the built-in steps tune.
DEFAULTS: dict[str, Any] = {
    "lambda_l1": 0.0,
    "lambda_l2": 0.0,
    "num_leaves": 31,
    "feature_fraction": 1.0,
    "bagging_fraction": 1.0,
    "bagging_freq": 0,
    "min_child_samples": 20,
}


def chosen_steps(
    steps: Sequence[str | TuningStep] | None, params: Mapping[str, Any]
) -> list[TuningStep]:
    """The steps that a user asks for, by name or in full; None stands for the built-in ones.

    Raises
    ------
    ValueError
        If a name is unknown or comes twice, or there is no step at all.
    """
    if steps is None:
        kinds = [params.get(name) for name in ("boosting", "boosting_type", "boost")]
        goss = "goss" in (*kinds, params.get("data_sample_strategy"))
        # GOSS draws its samples in a way of its own, and refuses to bag.
        return [step for step in _BUILT_IN if not (goss and step.name == "bagging")]
    if isinstance(steps, str):
        raise ValueError(f"steps should be a list, got {steps!r}. Use steps=[{steps!r}].")
    chosen = [_step(step) for step in steps]
    if not chosen:
        raise ValueError("steps is empty. Leave it out for the built-in steps.")
    names = [step.name for step in chosen]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(
                f"Two steps have the name {name!r}. The study tells steps apart by their names: "
                f"TuningStep('{name}_again', ...)."
            )
    return chosen


def _step(step: str | TuningStep) -> TuningStep:
    if isinstance(step, TuningStep):
        return step
    if step not in BUILT_IN_STEPS:
        similar = difflib.get_close_matches(str(step), BUILT_IN_STEPS, n=1)
        hint = f" Did you mean {similar[0]!r}?" if similar else ""
        raise ValueError(
            f"There is no step {step!r}; there are: {', '.join(map(repr, BUILT_IN_STEPS))}. A step "
            f"of your own is a TuningStep(name, space).{hint}"
        )
    return BUILT_IN_STEPS[step]
