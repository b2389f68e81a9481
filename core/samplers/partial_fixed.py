"""Some parameters fixed, the others left to another sampler."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..distributions import BaseDistribution, CategoricalDistribution
from ..records import FrozenTrial, TrialState
from .base import BaseSampler

if TYPE_CHECKING:
    from ..study import Study


class PartialFixedSampler(BaseSampler):
    """Fix some parameters, and let another sampler choose the rest.

    Parameters
    ----------
    fixed_params : dict of str to Any
        Values by parameter name.
    base_sampler : BaseSampler
        Chooses the other parameters, from what it knows of all trials.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study()
    >>> def objective(trial):
    ...     return trial.suggest_float("x", -1, 1) ** 2 + trial.suggest_int("y", 0, 3)
    >>> study.optimize(objective, n_trials=5)
    >>> study.sampler = PartialFixedSampler({"y": 0}, study.sampler)
    >>> study.optimize(objective, n_trials=5)
    >>> [trial.params["y"] for trial in study.trials[-5:]]
    [0, 0, 0, 0, 0]
    """

    def __init__(self, fixed_params: Mapping[str, Any], base_sampler: BaseSampler) -> None:
        self._fixed_params = dict(fixed_params)
        self._base_sampler = base_sampler

    def reseed_rng(self) -> None:
        self._base_sampler.reseed_rng()

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        space = self._base_sampler.infer_relative_search_space(study, trial)
        return {name: d for name, d in space.items() if name not in self._fixed_params}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return self._base_sampler.sample_relative(study, trial, search_space)

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        if param_name not in self._fixed_params:
            return self._base_sampler.sample_independent(
                study, trial, param_name, param_distribution
            )
        value = self._fixed_params[param_name]
        if isinstance(param_distribution, CategoricalDistribution):
            internal: float = param_distribution.to_internal_repr(value)
        else:
            internal = float(value)
        if not param_distribution.contains(internal):
            warnings.warn(
                f"The fixed value {value!r} of {param_name!r} is outside {param_distribution!r}.",
                stacklevel=2,
            )
            return value
        return param_distribution.to_external_repr(internal)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        self._base_sampler.before_trial(study, trial)

    def after_trial(
        self,
        study: Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        self._base_sampler.after_trial(study, trial, state, values)

    def final_system_attrs(self, trial: FrozenTrial) -> dict[str, Any]:
        """Return the attributes that the other sampler wants stored with a trial that has ended."""
        finish = getattr(self._base_sampler, "final_system_attrs", None)
        return {} if finish is None else finish(trial)
