"""A trial that is running."""

from __future__ import annotations

import copy
import datetime
import functools
import math
import time
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..distributions import (
    BaseDistribution,
    CategoricalChoiceType,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    check_distribution_compatibility,
)
from ..exceptions import UpdateFinishedTrialError
from ..records import BaseTrial, FrozenTrial, PruneReason, TrialState, attr_names
from ..records.base_trial import CONSTRAINT_PREFIX, Choice, checked_constraint
from ..storages import TrialUpdate
from ..storages.heartbeat import is_taken_for_dead
from .fold_trial import FoldTrial
from .folds import Folds
from .reports import read_fold, read_report, read_step

if TYPE_CHECKING:
    from ..pruners import BasePruner
    from ..study import Study

_RUNNING = TrialState.RUNNING
_JUST = 0.1  # seconds


# Objectives suggest the same ranges again in each trial; the distributions are immutable.
_float_distribution = functools.lru_cache(maxsize=4096)(FloatDistribution)
_int_distribution = functools.lru_cache(maxsize=4096)(IntDistribution)


@functools.lru_cache(maxsize=4096)
def _categorical_distribution(
    choices: tuple[CategoricalChoiceType, ...], _types: tuple[type, ...]
) -> CategoricalDistribution:
    # The types are part of the key, because 1 == 1.0 == True.
    return CategoricalDistribution(choices)


class Trial(BaseTrial):
    """A running trial, handed to the objective: suggests parameters and takes reports.

    Studies make trials; there is no need to do so by hand, except to attach to a trial that
    another process has asked for.

    Parameters
    ----------
    study : Study
        The study that the trial belongs to.
    trial_id : int
        Identifier of a running trial within the study's storage.
    """

    # How each trial begins; of the class, because a trial is made quicker so.

    #: Why the pruner said that the trial should end; None if it did not, the last time.
    prune_reason: PruneReason | None = None
    #: Until it reports this step or a later one, that pruner's answer is known to be no.
    quiet_until = -math.inf
    quiet_for: BasePruner | None = None
    #: Takes what ``should_prune()`` answers, for processes that follow this one.
    decisions: list[bool] | None = None
    #: Called with (trial, step, value) after each report; set by the optimization loop.
    on_report: Callable[[Trial, int, float | tuple[float, ...]], None] | None = None

    _pending: TrialUpdate | None = None  # what is to be written, if anything
    _folds: Folds | None = None
    _ends_pruned = False
    _is_taken_for_dead = False
    _up_to_date_at = -math.inf

    def __init__(self, study: Study, trial_id: int) -> None:
        record = study.storage.open_trial(trial_id)
        self.set_up(study, record)
        space, values = study.mediator.sample_joint(record)
        self.use_joint_values(space, values, written=False)

    @classmethod
    def from_record(cls, study: Study, record: FrozenTrial) -> Trial:
        """Make a trial from its record, which it keeps as its own, without joint values."""
        trial = cls.__new__(cls)
        trial.set_up(study, record)
        return trial

    def set_up(self, study: Study, record: FrozenTrial) -> None:
        """Begin with a record and nothing suggested; for the two ways to make a trial."""
        self.study = study
        self._trial_id = record.trial_id
        self._storage = study.storage
        self._record = record
        self._fixed_params: dict[str, Any] = record.system_attrs.get(attr_names.FIXED_PARAMS, {})
        self._joint_space: dict[str, BaseDistribution] = {}
        self._joint_values: dict[str, Any] = {}
        # Values of single parameters, drawn ahead; nobody else knows of them.
        self._drawn_space: dict[str, BaseDistribution] = {}
        self._draws: dict[str, Any] = {}
        # Joint values that were stored when the trial was created and not asked for since.
        self._unasked: set[str] = set()
        self._shares_record = study.storage.shares_records
        self._n_objectives = len(study.directions)
        self._mediator = study.mediator
        self._past_distributions = study.mediator.distributions
        #: Largest step that was reported; -1 before the first.
        self.furthest_step = -1 if record.last_step is None else record.last_step

    def use_joint_values(
        self, space: dict[str, BaseDistribution], values: dict[str, Any], *, written: bool
    ) -> None:
        """Take values to hand out when the objective asks for them.

        Parameters
        ----------
        space : dict of str to BaseDistribution
            Ranges that the values were sampled from.
        values : dict of str to Any
            Values by name.
        written : bool
            Whether the storage has them already, since the trial was created.
        """
        self._joint_space = space
        self._joint_values = values
        self._unasked = set(values) if written else set()

    def use_draws(self, space: dict[str, BaseDistribution], values: dict[str, Any]) -> None:
        """Take values of single parameters that were drawn ahead.

        A parameter is the trial's when the objective asks for it, and from the same range.

        Parameters
        ----------
        space : dict of str to BaseDistribution
            Ranges that a trial before has suggested.
        values : dict of str to Any
            Values by name, all within their ranges; becomes the trial's own.
        """
        if self._shares_record:
            self._drawn_space = space
            self._draws = values

    # Suggesting.

    def suggest_float(
        self,
        name: str,
        low: float,
        high: float,
        *,
        step: float | None = None,
        log: bool = False,
    ) -> float:
        """Suggest a float in ``[low, high]``.

        Parameters
        ----------
        name : str
            Name of the parameter, unique within the trial.
        low, high : float
            Ends of the range, finite, both included.
        step : float, optional
            Only ``low, low + step, low + 2 * step, ...`` are suggested. Excludes `log`.
        log : bool, default False
            Search on a logarithmic scale; needs ``low > 0``.

        Returns
        -------
        float
            The same value each time within one trial.

        Raises
        ------
        ValueError
            If the range makes no sense or the parameter was of another kind before.

        Examples
        --------
        >>> import tunesmith
        >>> trial = tunesmith.create_study().ask()
        >>> 1e-5 <= trial.suggest_float("lr", 1e-5, 1e-1, log=True) <= 1e-1
        True
        """
        try:
            distribution = _float_distribution(low, high, log, step)
        except TypeError:  # not hashable, such as an array of no dimension
            distribution = self._named(name, lambda: FloatDistribution(low, high, log, step))
        except ValueError as error:
            raise ValueError(f"{name!r}: {error}") from None
        return self._suggest(name, distribution)  # type: ignore[no-any-return]  # a float by its distribution

    def suggest_int(
        self, name: str, low: int, high: int, *, step: int = 1, log: bool = False
    ) -> int:
        """Suggest an integer in ``[low, high]``.

        Parameters
        ----------
        name : str
            Name of the parameter, unique within the trial.
        low, high : int
            Ends of the range, both included.
        step : int, default 1
            Only ``low, low + step, low + 2 * step, ...`` are suggested.
        log : bool, default False
            Search on a logarithmic scale; needs ``low >= 1`` and ``step == 1``.

        Returns
        -------
        int
            The same value each time within one trial.

        Raises
        ------
        ValueError
            If the range makes no sense or the parameter was of another kind before.

        Examples
        --------
        >>> import tunesmith
        >>> tunesmith.create_study().ask().suggest_int("layers", 2, 2)
        2
        """
        try:
            distribution = _int_distribution(low, high, log, step)
        except TypeError:
            distribution = self._named(name, lambda: IntDistribution(low, high, log, step))
        except ValueError as error:
            raise ValueError(f"{name!r}: {error}") from None
        return self._suggest(name, distribution)  # type: ignore[no-any-return]  # an int by its distribution

    def suggest_categorical(self, name: str, choices: Sequence[Choice]) -> Choice:
        """Suggest one of `choices`.

        Parameters
        ----------
        name : str
            Name of the parameter, unique within the trial.
        choices : sequence of None, bool, int, float or str
            At least one value; the same ones in every trial of the study.

        Returns
        -------
        None, bool, int, float or str
            The same value each time within one trial.

        Raises
        ------
        ValueError
            If there are no choices, or they were others before.

        Examples
        --------
        >>> import tunesmith
        >>> tunesmith.create_study().ask().suggest_categorical("optimizer", ["adam"])
        'adam'
        """
        if isinstance(choices, str):
            raise ValueError(f"{name!r}: choices must be a list, got the string {choices!r}.")
        try:
            distribution = _categorical_distribution(tuple(choices), tuple(map(type, choices)))
        except TypeError:  # not hashable
            distribution = self._named(name, lambda: CategoricalDistribution(choices))
        except ValueError as error:
            raise ValueError(f"{name!r}: {error}") from None
        return self._suggest(name, distribution)  # type: ignore[no-any-return]  # a choice by its distribution

    def suggest(self, name: str, distribution: BaseDistribution) -> Any:
        """Suggest a value from a distribution, whatever its kind.

        Parameters
        ----------
        name : str
            Name of the parameter, unique within the trial.
        distribution : BaseDistribution
            Its range.
        """
        return self._suggest(name, distribution)

    @staticmethod
    def _named(name: str, make: Callable[[], Any]) -> Any:
        try:
            return make()
        except ValueError as error:
            raise ValueError(f"{name!r}: {error}") from None

    def _suggest(self, name: str, distribution: BaseDistribution) -> Any:
        record = self._record
        if self._draws:
            # Each is looked at once, so that what was suggested before stays.
            value = self._draws.pop(name, None)
            if (
                value is not None
                and self._drawn_space[name] is distribution
                and record.state is _RUNNING
            ):
                record.distributions[name] = distribution
                record.params[name] = value
                return value
        known = record.distributions.get(name)
        if known is not None:
            if name not in self._unasked:
                if known is not distribution and known != distribution:
                    self._check_same_kind(name, known, distribution)
                    warnings.warn(
                        f"{name!r} was suggested in this trial already, from {known!r}; the "
                        f"value stays {record.params[name]!r} and {distribution!r} is ignored.",
                        RuntimeWarning,
                        stacklevel=3,
                    )
                return record.params[name]
            if known is distribution or known == distribution:
                self._unasked.discard(name)
                return record.params[name]
        if record.state is not _RUNNING:
            raise UpdateFinishedTrialError(
                f"Trial {record.number} has finished ({record.state.name}); it cannot get the "
                f"parameter {name!r}."
            )
        past = self._past_distributions.setdefault(name, distribution)
        if past is not distribution:
            self._check_same_kind(name, past, distribution)
        if self._fixed_params and name in self._fixed_params:
            value = self._fixed(name, distribution)
        elif name in self._joint_values and self._fits(name, distribution):
            value = self._joint_values[name]
        elif distribution.single():
            value = _only_value(distribution)
        else:
            value = self._mediator.sample_alone(record, name, distribution)
        if not self._shares_record:
            internal = distribution.to_internal_repr(value)
            self._to_write().params[name] = (internal, distribution)
        record.params[name] = value
        record.distributions[name] = distribution
        self._unasked.discard(name)
        return value

    @staticmethod
    def _check_same_kind(name: str, old: BaseDistribution, new: BaseDistribution) -> None:
        try:
            check_distribution_compatibility(old, new)
        except ValueError as error:
            raise ValueError(f"{name!r}: {error}") from None

    def _fixed(self, name: str, distribution: BaseDistribution) -> Any:
        value = self._fixed_params[name]
        internal = self._named(name, lambda: distribution.to_internal_repr(value))
        if not distribution.contains(internal):
            warnings.warn(
                f"The enqueued value {value!r} of {name!r} lies outside {distribution!r}; "
                "it is used all the same.",
                UserWarning,
                stacklevel=4,
            )
        return distribution.to_external_repr(internal)

    def _fits(self, name: str, distribution: BaseDistribution) -> bool:
        space = self._joint_space.get(name)
        if space is None:
            raise ValueError(
                f"The sampler {self.study.sampler} returned a value for {name!r}, which is not "
                "in the joint search space that it had announced."
            )
        if space is distribution:
            return True
        if space != distribution:
            check_distribution_compatibility(space, distribution)
        try:
            internal = distribution.to_internal_repr(self._joint_values[name])
        except ValueError:  # a choice of a longer list
            return False
        return distribution.contains(internal)

    # Reporting.

    def report(self, value: float | Sequence[float], step: int) -> None:
        """Report the objective's value at a step, for the pruner to judge.

        Parameters
        ----------
        value : float or sequence of float
            Value of the objective so far, one per objective if the study has several; may be
            NaN or infinite.
        step : int
            Epoch, boosting round or the like, 0 or more. A second report at a step is ignored,
            with a warning.

        Raises
        ------
        TypeError
            If `value` is no number or no sequence of numbers, or `step` no whole number.
        ValueError
            If `step` is negative, or there is not one value per objective.

        Examples
        --------
        >>> import tunesmith
        >>> study = tunesmith.create_study()
        >>> trial = study.ask()
        >>> trial.report(0.5, step=0)
        >>> study.trials[0].intermediate_values
        {0: 0.5}

        Several objectives report together:

        >>> study = tunesmith.create_study(directions=["minimize", "maximize"])
        >>> trial = study.ask()
        >>> trial.report([0.5, 0.9], step=0)
        >>> study.trials[0].intermediate_vectors
        {0: (0.5, 0.9)}
        """
        report: float | tuple[float, ...]
        if type(value) is float and self._n_objectives == 1:
            report = value
        else:
            report = read_report(value, self._n_objectives)
        if type(step) is not int or step < 0:
            step = read_step(step)
        record = self._record
        if record.state is not TrialState.RUNNING:
            self._check_running()
        if step in record.intermediate_values or step in record.intermediate_vectors:
            warnings.warn(
                f"Trial {self.number} has reported step {step} already; this report is ignored.",
                UserWarning,
                stacklevel=2,
            )
            return
        is_decisive = step >= self.quiet_until
        if self._shares_record:
            self._mediator.share_report(record, step, report)
        elif isinstance(report, tuple):
            pending = self._to_write()
            pending.intermediate_vectors[step] = report
            try:
                self.flush(is_report=is_decisive)
            except Exception:
                # The storage may have no place for it; how the trial ends has to be written yet.
                del pending.intermediate_vectors[step]
                raise
            record.intermediate_vectors[step] = report
        else:
            record.intermediate_values[step] = report
            self._to_write().intermediate_values[step] = report
            self.flush(is_report=is_decisive)
        if step > self.furthest_step:  # noqa: PLR1730  # max() takes as long as all the checks above
            self.furthest_step = step
        if self.on_report is not None:
            self.on_report(self, step, report)

    def should_prune(self) -> bool:
        """Ask the study's pruner whether the trial should end now.

        Returns
        -------
        bool
            True if the objective should raise :class:`~tunesmith.TrialPruned`.

        Raises
        ------
        ValueError
            If the pruner goes by an objective that the study does not have.
        """
        decision = self._mediator.judge(self)
        if self.decisions is not None:
            self.decisions.append(decision)
        return decision

    def end_pruned(self) -> None:
        self._ends_pruned = True

    @property
    def ends_pruned(self) -> bool:
        return self._ends_pruned

    # Folds of a cross-validation.

    def fold(self, index: int, n_steps: int | None = None) -> FoldTrial:
        """One fold of a cross-validation, for a loop over folds written by hand.

        What folds report is averaged step by step over the folds so far and reported at steps that
        count on from fold to fold, so that every fold counts and each can end the trial.

        Parameters
        ----------
        index : int
            Number of the fold, another one for each training of the trial.
        n_steps : int, optional
            How many steps (epochs, rounds) the fold takes at most. Give it if a fold may end
            early, or if the folds take turns: trials are then still compared at the same step of
            the same fold.

        Returns
        -------
        FoldTrial
            Stands in for the trial in a loop and in pruning callbacks. Reported steps are those of
            the fold, from 0.

        Raises
        ------
        TypeError
            If `index` or `n_steps` is no whole number.
        ValueError
            If `index` is negative or `n_steps` less than 1.

        Examples
        --------
        >>> import tunesmith
        >>> def objective(trial):
        ...     x = trial.suggest_float("x", 0, 1)
        ...     losses = []
        ...     for k in range(3):
        ...         fold = trial.fold(k, n_steps=2)
        ...         for epoch in range(2):
        ...             loss = x + k
        ...             fold.report(loss, epoch)
        ...             if fold.should_prune():
        ...                 raise tunesmith.TrialPruned
        ...         losses.append(loss)
        ...     return sum(losses) / len(losses)
        >>> study = tunesmith.create_study()
        >>> study.enqueue_trial({"x": 0.0})
        >>> study.optimize(objective, n_trials=1)
        >>> study.trials[0].intermediate_values
        {0: 0.0, 1: 0.0, 2: 0.5, 3: 0.5, 4: 1.0, 5: 1.0}
        """
        index, n_steps = read_fold(index, n_steps)
        return FoldTrial(self, self.folds.fold(index, n_steps), is_given=True)

    def begin_training(self, first_step: int = 0, n_steps: int | None = None) -> FoldTrial:
        """Say that a training begins, for adapters of training loops; return its fold.

        A training from the beginning is the trial's next fold, one that goes on from a later step
        belongs to the fold before it.
        """
        return FoldTrial(self, self.folds.next_fold(first_step, n_steps), is_given=False)

    @property
    def folds(self) -> Folds:
        """The trainings of this trial so far, also those of other processes."""
        if self._folds is None:
            record = self._record
            self._folds = Folds(
                record.system_attrs.get(attr_names.FOLDS, ()),
                record.intermediate_vectors or record.intermediate_values,
            )
        return self._folds

    def attach(self, key: str, value: Any) -> None:
        """Set an attribute of the library's own, written with the next write that happens."""
        self._record.system_attrs[key] = value
        self._to_write().system_attrs[key] = value

    # Attributes.

    def set_user_attr(self, key: str, value: Any) -> None:
        """Attach a JSON-serializable value to the trial, written at once.

        Parameters
        ----------
        key : str
            Name of the attribute.
        value : Any
            Replaces an earlier value of the same name.

        Examples
        --------
        >>> import tunesmith
        >>> trial = tunesmith.create_study().ask()
        >>> trial.set_user_attr("checkpoint", "epoch-3.pt")
        >>> trial.user_attrs
        {'checkpoint': 'epoch-3.pt'}
        """
        self._check_running()
        # At once, because it may be the path of the checkpoint to resume from after a crash.
        pending = self._to_write()
        pending.user_attrs[key] = value
        try:
            self.flush()
        except BaseException:
            pending.user_attrs.pop(key, None)
            raise
        self._record.user_attrs[key] = copy.deepcopy(value)

    def set_constraint(self, key: str, value: float) -> None:
        """Record a constraint's value; 0 or less means that it holds.

        Parameters
        ----------
        key : str
            Name of the constraint.
        value : float
            How far it is violated, any unit; not NaN.

        Raises
        ------
        TypeError
            If `value` is no number.
        ValueError
            If `value` is NaN.
        """
        value = checked_constraint(key, value)
        self._check_running()
        self.attach(CONSTRAINT_PREFIX + key, value)

    def _check_running(self) -> None:
        if self._record.state.is_finished():
            raise UpdateFinishedTrialError(
                f"Trial {self.number} has finished ({self._record.state.name}) and cannot be "
                "changed."
            )

    # Writing.

    def flush(self, *, is_report: bool = False) -> None:
        """Write what has not been written yet, in one transaction.

        If the trial was taken for dead meanwhile, all is kept for its end, which decides what
        becomes of the result.
        """
        if self._pending and not self._is_taken_for_dead:
            try:
                if is_report:
                    if self._mediator.write_report(self._trial_id, self._pending):
                        self._up_to_date_at = time.monotonic()
                else:
                    self._storage.update_trial(self._trial_id, self._pending)
            except UpdateFinishedTrialError:
                if not is_taken_for_dead(self._storage.get_trial(self._trial_id)):
                    raise
                self._is_taken_for_dead = True
            else:
                self._pending = None

    def _to_write(self) -> TrialUpdate:
        if self._pending is None:
            self._pending = TrialUpdate()
        return self._pending

    def take_is_up_to_date(self) -> bool:
        """Return, once, whether the last report has just brought what is new in the study."""
        up_to_date_at, self._up_to_date_at = self._up_to_date_at, -math.inf
        return time.monotonic() - up_to_date_at < _JUST

    def take_pending(self) -> TrialUpdate:
        """Return what has not been written yet, for the write that ends the trial."""
        pending, self._pending = self._to_write(), None
        if self._unasked:
            # The objective took a branch without them, so they are not the trial's.
            pending.dropped_params = tuple(sorted(self._unasked))
            for name in self._unasked:
                self._record.params.pop(name, None)
                self._record.distributions.pop(name, None)
        return pending

    def prune_attrs(self) -> dict[str, Any]:
        """Return the attributes to write if the trial ends pruned: why, if the pruner said so."""
        if self.prune_reason is None:
            return {}
        return {attr_names.PRUNE_REASON: self.prune_reason.to_attr()}

    @property
    def record(self) -> FrozenTrial:
        """The trial's own record, as far as this process knows it; not to be modified."""
        return self._record

    # What is known.

    @property
    def trial_id(self) -> int:
        """Identifier within the storage."""
        return self._trial_id

    @property
    def number(self) -> int:
        return self._record.number

    @property
    def params(self) -> dict[str, Any]:
        return {k: v for k, v in self._record.params.items() if k not in self._unasked}

    @property
    def relative_params(self) -> dict[str, Any]:
        """Values that were sampled jointly, whether asked for or not."""
        return dict(self._joint_values)

    def asked(self, name: str) -> tuple[Any, BaseDistribution] | None:
        """Value and range of a parameter, None before the objective has asked for it."""
        distribution = self._record.distributions.get(name)
        if distribution is None or name in self._unasked:
            return None
        return self._record.params[name], distribution

    @property
    def distributions(self) -> dict[str, BaseDistribution]:
        return {k: v for k, v in self._record.distributions.items() if k not in self._unasked}

    @property
    def user_attrs(self) -> dict[str, Any]:
        return copy.deepcopy(self._record.user_attrs)

    @property
    def system_attrs(self) -> dict[str, Any]:
        """Attributes set by the library."""
        return copy.deepcopy(self._record.system_attrs)

    @property
    def constraints(self) -> dict[str, float]:
        return self._record.constraints

    @property
    def datetime_start(self) -> datetime.datetime | None:
        return self._record.datetime_start

    def __repr__(self) -> str:
        return f"Trial(number={self.number}, params={self.params})"


def _only_value(distribution: BaseDistribution) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[0]
    return distribution.to_external_repr(distribution.low)  # type: ignore[attr-defined]  # numerical
