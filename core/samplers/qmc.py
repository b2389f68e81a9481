"""Points that fill the space evenly."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..distributions import BaseDistribution
from ..records import FrozenTrial, TrialState
from .base import BaseSampler
from .history_sampler import PROTOCOL, HistorySampler
from .random import value_at

if TYPE_CHECKING:
    from ..history import History
    from ..study import Study

_TYPES = ("halton", "sobol")
_FEWEST_POINTS = 64  # made at a time


class QMCSampler(HistorySampler):
    """Draw from a low-discrepancy sequence, which fills the space more evenly than random draws.

    The first trial is drawn independently and shows which parameters there are; those that it
    has make the space. Trial number *k* takes point *k* - 1 of the sequence: workers with the same
    seed share it without agreeing on anything, and a power of 2 of trials (plus one) is balanced
    best [1]_ [2]_. A choice takes an equal share of its coordinate. Parameters that the first trial
    did not have are drawn independently.

    Parameters
    ----------
    qmc_type : {"sobol", "halton"}, default "sobol"
        The sequence.
    scramble : bool, default False
        Whether the sequence is randomised.
    seed : int, optional
        Fixes the scrambling and independent draws. None takes a fresh seed.
    independent_sampler : BaseSampler, optional
        Draws what is not in the sequence. Default: uniform draws.
    warn_asynchronous_seeding : bool, default True
        Whether to warn of ``scramble=True`` without a seed: workers would each have a sequence
        of their own.
    warn_independent_sampling : bool, default True
        Whether to warn when a parameter is drawn independently after the first trial.

    Raises
    ------
    ValueError
        If `qmc_type` is another.

    References
    ----------
    .. [1] Bergstra, Bengio (2012), Random search for hyper-parameter optimization, JMLR 13.
    .. [2] Owen (2020), On dropping the first Sobol' point, MCQMC.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study(sampler=QMCSampler(seed=1))
    >>> study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=5)
    >>> sorted(trial.params["x"] for trial in study.trials[1:])
    [0.0, 0.25, 0.5, 0.75]
    """

    def __init__(
        self,
        *,
        qmc_type: str = "sobol",
        scramble: bool = False,
        seed: int | None = None,
        independent_sampler: BaseSampler | None = None,
        warn_asynchronous_seeding: bool = True,
        warn_independent_sampling: bool = True,
    ) -> None:
        super().__init__(seed)
        if qmc_type not in _TYPES:
            raise ValueError(f"qmc_type must be 'halton' or 'sobol', got {qmc_type!r}.")
        if seed is None and scramble and warn_asynchronous_seeding:
            warnings.warn(
                "QMCSampler(scramble=True) without a seed: if several workers share the study, "
                "give each the same seed; warn_asynchronous_seeding=False silences this.",
                stacklevel=2,
            )
        self._type = qmc_type
        self._scramble = scramble
        self._independent_sampler = independent_sampler
        self._warns = warn_independent_sampling
        # A sampler by Optuna's protocol needs the trial that it samples for, and a subclass that
        # overrides the protocol wants to be called by it.
        self.proposes_ahead = independent_sampler is None and all(
            getattr(type(self), name) is getattr(QMCSampler, name) for name in PROTOCOL
        )
        self._points: dict[int, npt.NDArray[np.float64]] = {}

    def joint_space(self, history: History) -> dict[str, BaseDistribution]:
        states = history.states
        learnt = (states == int(TrialState.COMPLETE)) | (states == int(TrialState.PRUNED))
        trial = history.trials[int(learnt.argmax())] if learnt.any() else None
        if trial is None:
            return {}
        common = history.search_space.union()  # with choices that were added since
        space = {name: common.get(name, dist) for name, dist in sorted(trial.distributions.items())}
        return {name: dist for name, dist in space.items() if not dist.single()}

    def sample_joint(
        self, history: History, number: int, space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        if not space:
            return {}
        point = self._point(max(0, number - 1), len(space))
        return {
            name: value_at(dist, u) for (name, dist), u in zip(space.items(), point, strict=True)
        }

    def sample_alone(
        self, history: History, number: int, name: str, distribution: BaseDistribution
    ) -> Any:
        self._warn(history, number, name, distribution)
        return value_at(distribution, self.randomness.uniform(number, name))

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        sampler = self._independent_sampler
        if sampler is None:
            return super().sample_independent(study, trial, param_name, param_distribution)
        with study.history.lock:
            self._warn(study.history, trial.number, param_name, param_distribution)
        return sampler.sample_independent(study, trial, param_name, param_distribution)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        if self._independent_sampler is not None:
            self._independent_sampler.before_trial(study, trial)

    def after_trial(
        self,
        study: Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        if self._independent_sampler is not None:
            self._independent_sampler.after_trial(study, trial, state, values)

    def reseed_rng(self) -> None:
        """Take a fresh seed for independent draws; the sequence stays, because workers share it."""
        if self._independent_sampler is not None:
            self._independent_sampler.reseed_rng()

    def _point(self, index: int, n_dims: int) -> list[float]:
        points = self._points.get(n_dims)
        if points is None or len(points) <= index:
            from scipy.stats import qmc

            n_points = max(_FEWEST_POINTS, 2 ** math.ceil(math.log2(index + 1)))
            seed = int(self.randomness.generator(0, f"qmc {n_dims}").integers(2**31))
            kind = qmc.Sobol if self._type == "sobol" else qmc.Halton
            sequence = kind(n_dims, scramble=self._scramble, seed=seed)
            points = self._points[n_dims] = sequence.random(n_points)
        row: list[float] = points[index].tolist()
        return row

    def _warn(
        self, history: History, number: int, name: str, distribution: BaseDistribution
    ) -> None:
        if not self._warns or distribution.single() or not self.joint_space(history):
            return
        from ..logging import get_logger

        get_logger(__name__).warning(
            "Trial %d: %r is drawn independently, because the first trial did not have it or had "
            "another range. QMCSampler(warn_independent_sampling=False) silences this.",
            number,
            name,
        )
