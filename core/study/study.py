"""A study: one search, its trials, and the loop that runs it."""

from __future__ import annotations

import contextlib
import copy
import math
import threading
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from ..distributions import BaseDistribution
from ..logging import get_logger
from ..records import FrozenTrial, StudyDirection, TrialState, attr_names, create_trial
from ..storages import BaseStorage, get_storage
from ..trial import Trial
from .mediator import Mediator

if TYPE_CHECKING:
    import pandas as pd

    from ..history import History
    from ..pruners import BasePruner
    from ..samplers import BaseSampler

PrunedValue = Literal["last", "best"]
ObjectiveFunction = Callable[[Trial], "float | Sequence[float]"]

_logger = get_logger(__name__)


class Study:
    """A search for the parameters that give the best value of an objective.

    Made by :func:`~tunesmith.create_study` and :func:`~tunesmith.load_study`.

    Parameters
    ----------
    study_name : str
        Name of a study that exists in the storage.
    storage : str or BaseStorage
        Database URL or storage.
    sampler : BaseSampler, optional
        What to try next; default :class:`~tunesmith.samplers.AutoSampler`.
    pruner : BasePruner, optional
        Which trials to end early; default :class:`~tunesmith.pruners.SequentialRegressionPruner`.
    pruned_value : {"last", "best"}, default "last"
        Which of its reports becomes the value of a pruned trial.

    Attributes
    ----------
    study_name : str
    sampler : BaseSampler
    pruner : BasePruner
    pruned_value : str
        May be replaced at any time. Like the sampler and the pruner it is not stored.
    """

    def __init__(
        self,
        study_name: str,
        storage: str | BaseStorage,
        sampler: BaseSampler | None = None,
        pruner: BasePruner | None = None,
        *,
        pruned_value: PrunedValue = "last",
    ) -> None:
        self.study_name = study_name
        self._storage = get_storage(storage)
        self._study_id = self._storage.get_study_id_from_name(study_name)
        self._directions = self._storage.get_study_directions(self._study_id)
        if sampler is None:
            from ..samplers.auto import AutoSampler

            sampler = AutoSampler()
        if pruner is None:
            from ..pruners import SequentialRegressionPruner

            pruner = SequentialRegressionPruner()
        if pruned_value not in ("last", "best"):
            raise ValueError(
                f"pruned_value must be 'last' or 'best', got pruned_value={pruned_value!r}."
            )
        self.sampler = sampler
        self.pruner = pruner
        self.pruned_value: PrunedValue = pruned_value
        self._set_up()

    def _set_up(self) -> None:
        self.mediator = Mediator(self)
        self._lock = threading.Lock()
        self._n_optimizing = 0
        self._stop_requested = threading.Event()

    def __getstate__(self) -> dict[str, Any]:
        # Caches, locks and the state of a running loop belong to this process.
        kept = (
            "study_name", "_storage", "_study_id", "_directions", "sampler", "pruner",
            "pruned_value",
        )  # fmt: skip
        return {name: self.__dict__[name] for name in kept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._set_up()

    # What the study is.

    @property
    def storage(self) -> BaseStorage:
        """Where the study is kept."""
        return self._storage

    @property
    def study_id(self) -> int:
        """Identifier within the storage."""
        return self._study_id

    @property
    def directions(self) -> list[StudyDirection]:
        """One direction per objective."""
        return list(self._directions)

    @property
    def direction(self) -> StudyDirection:
        """Direction of the single objective.

        Raises
        ------
        RuntimeError
            If there are several objectives.
        """
        self.require_one_objective("Study.direction", instead="Study.directions")
        return self._directions[0]

    def _is_multi_objective(self) -> bool:
        return len(self._directions) > 1

    def require_one_objective(self, what: str, instead: str | None = None) -> None:
        """Raise RuntimeError if the study has several objectives."""
        if len(self._directions) > 1:
            hint = f" Use {instead}." if instead else ""
            raise RuntimeError(
                f"{what} needs a single objective; this study has {len(self._directions)}.{hint}"
            )

    @property
    def user_attrs(self) -> dict[str, Any]:
        """Attributes that the user has attached to the study, as a copy."""
        return copy.deepcopy(self._storage.get_study_user_attrs(self._study_id))

    def set_user_attr(self, key: str, value: Any) -> None:
        """Attach a JSON-serializable value to the study.

        Parameters
        ----------
        key : str
            Name of the attribute.
        value : Any
            Replaces an earlier value of the same name.
        """
        self._storage.set_study_user_attr(self._study_id, key, value)

    @property
    def metric_names(self) -> list[str] | None:
        """Names of the objectives, if they were set."""
        return self._storage.get_study_system_attrs(self._study_id).get(attr_names.METRIC_NAMES)

    def set_metric_names(self, metric_names: list[str]) -> None:
        """Name the objectives, for tables, plots and loggers.

        Parameters
        ----------
        metric_names : list of str
            One per objective.

        Raises
        ------
        ValueError
            If there are more or fewer names than objectives.
        """
        if len(metric_names) != len(self._directions):
            raise ValueError(
                f"{len(self._directions)} objectives need as many names, got {metric_names}."
            )
        self._storage.set_study_system_attr(
            self._study_id, attr_names.METRIC_NAMES, list(metric_names)
        )

    # Trials.

    @property
    def history(self) -> History:
        """Arrays over the trials, brought up to date by one read of the storage."""
        return self.mediator.synced_history()

    @property
    def trials(self) -> list[FrozenTrial]:
        """All trials by number, as copies."""
        return self.get_trials()

    def get_trials(
        self, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        """Return trials by number.

        Parameters
        ----------
        deepcopy : bool, default True
            False saves the copying; the trials must not be modified then.
        states : container of TrialState, optional
            Only trials in these states.

        Examples
        --------
        >>> import tunesmith
        >>> study = tunesmith.create_study()
        >>> _ = study.ask()
        >>> len(study.get_trials(states=[tunesmith.trial.TrialState.COMPLETE]))
        0
        """
        log = self.mediator.log
        log.sync()
        trials = log.select(states)
        return [trial.copy() for trial in trials] if deepcopy else trials

    def _get_trials(
        self,
        deepcopy: bool = True,
        states: Container[TrialState] | None = None,
        use_cache: bool = False,
    ) -> list[FrozenTrial]:
        # The name that samplers written for Optuna call.
        return self.get_trials(deepcopy, states)

    @property
    def best_trial(self) -> FrozenTrial:
        """The feasible complete trial with the best value, the earliest of equals.

        Raises
        ------
        ValueError
            If there is none.
        RuntimeError
            If there are several objectives.
        """
        self.require_one_objective("Study.best_trial", instead="Study.best_trials")
        history = self.history
        with history.lock:
            number = history.best()
            trial = None if number is None else history.trials[number]
            if trial is not None:
                return trial.copy()
            if history.count(TrialState.COMPLETE):
                raise ValueError("No feasible trials are completed yet.")
        raise ValueError("No trials are completed yet.")

    @property
    def best_value(self) -> float:
        """Value of :attr:`best_trial`."""
        value = self.best_trial.value
        if value is None:
            raise ValueError("No trials are completed yet.")
        return value

    @property
    def best_params(self) -> dict[str, Any]:
        """Parameters of :attr:`best_trial`."""
        return self.best_trial.params

    @property
    def best_trials(self) -> list[FrozenTrial]:
        """The Pareto front: feasible complete trials that no other one dominates."""
        from ..multi_objective import is_pareto_front

        history = self.history
        with history.lock:
            candidates = (history.states == TrialState.COMPLETE) & (history.violations == 0.0)
            numbers = candidates.nonzero()[0]
            front = numbers[is_pareto_front(history.losses[numbers])]
            trials = [history.trials[number] for number in front]
            return [trial.copy() for trial in trials if trial is not None]

    def trials_dataframe(
        self,
        attrs: tuple[str, ...] = (
            "number",
            "value",
            "datetime_start",
            "datetime_complete",
            "duration",
            "params",
            "user_attrs",
            "system_attrs",
            "state",
        ),
        multi_index: bool = False,
    ) -> pd.DataFrame:
        """Return the trials as a pandas table, one row each.

        Parameters
        ----------
        attrs : tuple of str
            Attributes of a trial to include, in this order.
        multi_index : bool, default False
            Whether the columns have two levels, ("params", "x"), or one, "params_x".

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        from .dataframe import trials_dataframe

        return trials_dataframe(
            self.get_trials(deepcopy=False),
            attrs,
            multi_index,
            len(self._directions),
            self.metric_names,
        )

    # Adding trials.

    def enqueue_trial(
        self,
        params: dict[str, Any],
        user_attrs: dict[str, Any] | None = None,
        skip_if_exists: bool = False,
    ) -> None:
        """Queue parameters to be tried next.

        Parameters
        ----------
        params : dict of str to Any
            Values of some or all parameters; the sampler chooses the others.
        user_attrs : dict of str to Any, optional
            User attributes of the trial.
        skip_if_exists : bool, default False
            Do nothing if a trial with these parameters exists or is queued.

        Raises
        ------
        TypeError
            If `params` is not a dictionary.

        Examples
        --------
        >>> import tunesmith
        >>> study = tunesmith.create_study()
        >>> study.enqueue_trial({"x": 0.5})
        >>> study.ask().suggest_float("x", 0, 1)
        0.5
        """
        if not isinstance(params, dict):
            raise TypeError(f"params must be a dictionary, got {params!r}.")
        if _belongs_to_another_process():
            return
        if skip_if_exists and self._has_params(params):
            _logger.info("A trial with the parameters %s exists already; not queued.", params)
            return
        self.add_trial(
            create_trial(
                state=TrialState.WAITING,
                system_attrs={attr_names.FIXED_PARAMS: params},
                user_attrs=user_attrs,
            )
        )

    def _has_params(self, params: dict[str, Any]) -> bool:
        for trial in self.get_trials(deepcopy=False):
            known = trial.system_attrs.get(attr_names.FIXED_PARAMS, trial.params)
            if known.keys() == params.keys() and all(
                _same_value(known[name], value) for name, value in params.items()
            ):
                return True
        return False

    def add_trial(self, trial: FrozenTrial) -> None:
        """Add a trial that was run elsewhere.

        Parameters
        ----------
        trial : FrozenTrial
            For example from :func:`~tunesmith.create_trial`; it gets a new number.

        Raises
        ------
        ValueError
            If the trial contradicts itself or has the wrong number of values.
        """
        self._check_added(trial)
        if _belongs_to_another_process():
            return
        self._storage.create_new_trial(self._study_id, template_trial=trial)

    def add_trials(self, trials: Iterable[FrozenTrial]) -> None:
        """Add several trials; see :meth:`add_trial`.

        Parameters
        ----------
        trials : iterable of FrozenTrial
            Checked before the first is added.
        """
        trials = list(trials)
        for trial in trials:
            self._check_added(trial)
        if _belongs_to_another_process():
            return
        for trial in trials:
            self._storage.create_new_trial(self._study_id, template_trial=trial)

    def _check_added(self, trial: FrozenTrial) -> None:
        trial.validate()
        if trial.values is not None and len(trial.values) != len(self._directions):
            raise ValueError(
                f"The trial has {len(trial.values)} values, the study {len(self._directions)} "
                "objectives."
            )

    # Asking and telling.

    def ask(self, fixed_distributions: dict[str, BaseDistribution] | None = None) -> Trial:
        """Begin a trial, to be ended by :meth:`tell`.

        Parameters
        ----------
        fixed_distributions : dict of str to BaseDistribution, optional
            Parameters to suggest at once.

        Returns
        -------
        Trial

        Examples
        --------
        >>> import tunesmith
        >>> study = tunesmith.create_study()
        >>> trial = study.ask()
        >>> x = trial.suggest_float("x", 0, 1)
        >>> study.tell(trial, x**2).state
        TrialState.COMPLETE
        """
        trial = self.mediator.start_trial()
        for name, distribution in (fixed_distributions or {}).items():
            trial.suggest(name, distribution)
        if fixed_distributions:
            trial.flush()
        return trial

    def tell(
        self,
        trial: Trial | int,
        values: float | Sequence[float] | None = None,
        state: TrialState | None = None,
        skip_if_finished: bool = False,
    ) -> FrozenTrial:
        """End a trial.

        Parameters
        ----------
        trial : Trial or int
            What :meth:`ask` returned, or its number.
        values : float or sequence of float, optional
            One per objective.
        state : TrialState, optional
            COMPLETE, PRUNED or FAIL. If not given: COMPLETE for valid values, otherwise FAIL.
        skip_if_finished : bool, default False
            Do nothing if the trial has ended already.

        Returns
        -------
        FrozenTrial
            The ended trial.

        Raises
        ------
        TypeError
            If `trial` is neither.
        ValueError
            If there is no such trial, it has ended, or values and state contradict each other.
        """
        from .telling import tell

        return tell(self, trial, values, state, skip_if_finished)

    # Running an objective.

    def optimize(
        self,
        func: ObjectiveFunction,
        n_trials: int | None = None,
        timeout: float | None = None,
        n_jobs: int = 1,
        catch: Iterable[type[Exception]] | type[Exception] = (),
        callbacks: Iterable[Any] | None = None,
        gc_after_trial: bool = False,
        show_progress_bar: bool = False,
        *,
        retry: int = 0,
        raise_callback_errors: bool = False,
    ) -> None:
        """Run trials of an objective.

        Parameters
        ----------
        func : callable
            Takes a :class:`~tunesmith.trial.Trial`, returns one number per objective.
        n_trials : int, optional
            How many trials to run. None runs until `timeout`, :meth:`stop` or Ctrl-C.
        timeout : float, optional
            Seconds after which no further trial begins.
        n_jobs : int, default 1
            Number of threads; -1 for as many as there are processors.
        catch : type or iterable of types of Exception, default ()
            Exceptions after which the study goes on. The trial fails in any case.
        callbacks : iterable of callable, optional
            Called as ``callback(study, frozen_trial)`` when a trial has ended. They may have
            the methods ``on_trial_start(study, trial)``,
            ``on_report(study, trial, step, value)`` and ``on_study_end(study)``.
        gc_after_trial : bool, default False
            Collect garbage after each trial.
        show_progress_bar : bool, default False
            Show a bar with the best value.
        retry : int, default 0
            How often to run the same parameters again when the objective raises. A repetition
            is a trial of its own, and does not count towards `n_trials`.
        raise_callback_errors : bool, default False
            Whether an exception from a callback ends the study; otherwise it is logged.

        Raises
        ------
        RuntimeError
            If called from inside an objective.
        TypeError
            If an argument is of the wrong type.

        Examples
        --------
        >>> import tunesmith
        >>> study = tunesmith.create_study()
        >>> study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
        >>> len(study.trials)
        3
        """
        from ..lockstep import is_follower

        if is_follower():
            from ..lockstep.follower import follow

            with self.optimizing():
                follow(self, func)
            return

        from .optimization import Optimization

        Optimization(
            self,
            func,
            n_trials=n_trials,
            timeout=timeout,
            n_jobs=n_jobs,
            catch=catch,
            callbacks=callbacks,
            gc_after_trial=gc_after_trial,
            show_progress_bar=show_progress_bar,
            retry=retry,
            raise_callback_errors=raise_callback_errors,
        ).run()

    def stop(self) -> None:
        """Begin no further trial; for objectives and callbacks.

        Raises
        ------
        RuntimeError
            If no :meth:`optimize` is running.
        """
        if not self._n_optimizing:
            raise RuntimeError("Study.stop() is for objectives and callbacks of Study.optimize().")
        self._stop_requested.set()

    # For the optimization loop.

    @property
    def stop_requested(self) -> bool:
        """Whether :meth:`stop` was called during the running :meth:`optimize`."""
        return self._stop_requested.is_set()

    @contextlib.contextmanager
    def optimizing(self) -> Iterator[None]:
        """Count a running :meth:`optimize`, so that :meth:`stop` makes sense meanwhile."""
        with self._lock:
            if not self._n_optimizing:
                self._stop_requested.clear()
            self._n_optimizing += 1
        try:
            yield
        finally:
            with self._lock:
                self._n_optimizing -= 1


def _belongs_to_another_process() -> bool:
    """Whether the leader of several processes adds what this one is asked to add."""
    from ..lockstep import is_follower

    return is_follower()


def _same_value(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    return type(one) is type(other) and bool(one == other)
