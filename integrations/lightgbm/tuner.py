"""The stepwise tuner in the place of ``lightgbm.train``."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tunesmith.integrations.lightgbm.stepwise_tuner import StepwiseTuner
from tunesmith.integrations.lightgbm.tuning_step import TuningStep
from tunesmith.optional_dependency import optional_dependency
from tunesmith.study import Study
from tunesmith.trial import FrozenTrial

with optional_dependency("LightGBMTuner", "lightgbm", extra="lightgbm", minimum="4.0"):
    import lightgbm


class LightGBMTuner(StepwiseTuner[lightgbm.Booster]):
    """Tunes a LightGBM training step by step, in the place of ``lightgbm.train``.

    Each step tunes one or two parameters and leaves the others as they are best so far. The
    built-in steps are ``"feature_fraction"``, ``"num_leaves"``, ``"bagging"``,
    ``"feature_fraction_stage2"``, ``"regularization_factors"`` and ``"min_data_in_leaf"``, 68
    trials together (one of the fourth step may fall away at an end of its range).

    All that is known stands in `study`. A tuner that gets the study of one that was stopped, or
    killed, goes on at the same trial and comes to the same result. Trials are pruned by the
    study's pruner.

    Parameters
    ----------
    params : dict
        Parameters of LightGBM. What is tuned starts from the value given here. ``"metric"`` is
        what is tuned by: the last of several, or the first with ``"first_metric_only"``.
    train_set : lightgbm.Dataset
        Training data. To tune what LightGBM uses while it reads them, such as ``max_bin``, create
        them with ``free_raw_data=False``.
    num_boost_round, valid_sets, valid_names, feval, keep_training_booster, callbacks
        As in ``lightgbm.train``. The score is that of the last data set in `valid_sets` that is
        not `train_set`.
    feature_name, categorical_feature : optional
        Set on `train_set`, unless they are ``"auto"``.
    time_budget : float, optional
        Seconds after which :meth:`run` begins no further trial.
    sample_size : int, optional
        Train on so many rows only, drawn at random.
    study : Study, optional
        Where the trials are kept. Its direction must be that of the metric. By default a study in
        memory that prunes nothing.
    optuna_callbacks : sequence of callable, optional
        Called with the study and each trial that has ended. ``study.stop()`` ends the tuning.
    model_dir : str or path, optional
        Folder for the boosters of all trials, ``"<number>.txt"`` in LightGBM's format.
    verbosity : int, optional
        Sets the level of Tunesmith's log: 0 for warnings, 1 for information, 2 to debug.
    show_progress_bar : bool, default True
        Whether a bar shows the step and the best score.
    optuna_seed : int, optional
        What the steps draw from. Without it one is drawn and kept in the study. LightGBM repeats
        itself with the parameter ``deterministic``.
    steps : sequence of str or TuningStep, optional
        Steps in the place of the built-in ones, which may be among them by their names.
    report_interval : int, default 1
        Report to the pruner every so many iterations only.

    Raises
    ------
    ValueError
        If `valid_sets` is missing, a step is unknown, the study is to go in the other direction
        than the metric, or two names of one parameter have different values.

    Examples
    --------
    >>> import lightgbm, numpy as np
    >>> from tunesmith.integrations import LightGBMTuner
    >>> x = np.random.default_rng(0).normal(size=(200, 4))
    >>> train_set = lightgbm.Dataset(x[:150], label=x[:150, 0])
    >>> valid_set = train_set.create_valid(x[150:], label=x[150:, 0])
    >>> params = {"objective": "regression", "num_threads": 1, "verbosity": -1}
    >>> tuner = LightGBMTuner(
    ...     params, train_set, num_boost_round=5, valid_sets=[valid_set],
    ...     steps=["min_data_in_leaf"], show_progress_bar=False,
    ... )
    >>> tuner.run()
    >>> len(tuner.study.trials), tuner.best_params["min_child_samples"] < 100
    (5, True)
    >>> tuner.get_best_booster().predict(x[:3]).shape
    (3,)
    """

    def __init__(
        self,
        params: Mapping[str, Any],
        train_set: lightgbm.Dataset,
        num_boost_round: int = 1000,
        valid_sets: Sequence[lightgbm.Dataset] | lightgbm.Dataset | None = None,
        valid_names: Sequence[str] | str | None = None,
        feval: Any = None,
        feature_name: Any = "auto",
        categorical_feature: Any = "auto",
        keep_training_booster: bool = False,
        callbacks: Sequence[Callable[..., Any]] | None = None,
        time_budget: float | None = None,
        sample_size: int | None = None,
        study: Study | None = None,
        optuna_callbacks: Sequence[Callable[[Study, FrozenTrial], None]] | None = None,
        model_dir: str | pathlib.Path | None = None,
        verbosity: int | None = None,
        show_progress_bar: bool = True,
        *,
        optuna_seed: int | None = None,
        steps: Sequence[str | TuningStep] | None = None,
        report_interval: int = 1,
    ) -> None:
        if not valid_sets:
            raise ValueError(
                "LightGBMTuner needs valid_sets to tell good parameters from bad ones. Without "
                "validation data use LightGBMTunerCV."
            )
        if isinstance(valid_sets, lightgbm.Dataset):
            valid_sets = [valid_sets]
        self._valid_sets = list(valid_sets)
        self._valid_names = [valid_names] if isinstance(valid_names, str) else valid_names
        self._options = {
            "num_boost_round": num_boost_round,
            "feval": feval,
            "keep_training_booster": keep_training_booster,
        }
        super().__init__(
            params,
            train_set,
            callbacks=callbacks,
            feature_name=feature_name,
            categorical_feature=categorical_feature,
            time_budget=time_budget,
            sample_size=sample_size,
            study=study,
            optuna_callbacks=optuna_callbacks,
            model_dir=model_dir,
            verbosity=verbosity,
            show_progress_bar=show_progress_bar,
            optuna_seed=optuna_seed,
            steps=steps,
            report_interval=report_interval,
        )

    def _train(
        self, params: dict[str, Any], data: lightgbm.Dataset, callbacks: list[Any]
    ) -> tuple[lightgbm.Booster, float, int]:
        names = None if self._valid_names is None else list(self._valid_names)
        booster = lightgbm.train(
            params,
            data,
            valid_sets=self._valid_sets,
            valid_names=names,
            callbacks=callbacks,
            **self._options,
        )
        scores = booster.best_score[self._monitored_data()]
        return booster, self._score_among(scores), booster.current_iteration()

    def _monitored_data(self) -> str:
        trained_on = self.train_set if self.train_subset is None else self.train_subset
        places = [k for k, data in enumerate(self._valid_sets) if data is not trained_on]
        place = places[-1] if places else len(self._valid_sets) - 1
        if self._valid_names is not None and place < len(self._valid_names):
            return self._valid_names[place]
        return f"valid_{place}" if places else "training"

    def _model_path(self, number: int) -> pathlib.Path:
        assert self._model_dir is not None
        return self._model_dir / f"{number}.txt"

    def _load(self, path: pathlib.Path) -> lightgbm.Booster:
        return lightgbm.Booster(model_file=path)


def train(
    params: Mapping[str, Any], train_set: lightgbm.Dataset, *args: Any, **kwargs: Any
) -> lightgbm.Booster:
    """Tune step by step, and return the best booster.

    Parameters
    ----------
    params, train_set, args, kwargs
        Those of :class:`LightGBMTuner`, among them all of ``lightgbm.train`` but `init_model`.

    Returns
    -------
    lightgbm.Booster
        The best of all trials. Its ``params`` are what it was trained with.

    Examples
    --------
    >>> import numpy as np
    >>> import tunesmith.integrations.lightgbm as lgb
    >>> x = np.random.default_rng(0).normal(size=(200, 4))
    >>> train_set = lgb.Dataset(x[:150], label=x[:150, 0])
    >>> valid_set = train_set.create_valid(x[150:], label=x[150:, 0])
    >>> params = {"objective": "regression", "num_threads": 1, "verbosity": -1}
    >>> booster = lgb.train(
    ...     params, train_set, num_boost_round=5, valid_sets=[valid_set],
    ...     steps=["min_data_in_leaf"], show_progress_bar=False,
    ... )
    >>> booster.params["min_child_samples"] < 100
    True
    """
    tuner = LightGBMTuner(params, train_set, *args, **kwargs)
    tuner.run()
    return tuner.get_best_booster()
