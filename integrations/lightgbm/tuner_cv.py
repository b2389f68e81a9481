"""The stepwise tuner in the place of ``lightgbm.cv``."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tunesmith.integrations.lightgbm.stepwise_tuner import StepwiseTuner
from tunesmith.integrations.lightgbm.tuning_step import TuningStep
from tunesmith.optional_dependency import optional_dependency
from tunesmith.study import Study
from tunesmith.trial import FrozenTrial

with optional_dependency("LightGBMTunerCV", "lightgbm", extra="lightgbm", minimum="4.0"):
    import lightgbm


class LightGBMTunerCV(StepwiseTuner[lightgbm.CVBooster]):
    """Tunes a LightGBM cross-validation step by step, in the place of ``lightgbm.cv``.

    The score is the mean over the folds in the last iteration, or in the best one with early
    stopping. For the steps, for going on with a study and for parameters that are not listed here
    see :class:`LightGBMTuner`.

    Parameters
    ----------
    params : dict
        Parameters of LightGBM.
    train_set : lightgbm.Dataset
        Data for all folds.
    num_boost_round, folds, nfold, stratified, shuffle, feval, fpreproc, seed, callbacks
        As in ``lightgbm.cv``. Folds that are given are the same in all trials. For regression
        LightGBM wants ``stratified=False``.
    model_dir : str or path, optional
        Folder for the boosters of all trials, ``"<number>.json"`` in LightGBM's format. Needs
        `return_cvbooster`.
    return_cvbooster : bool, default False
        Whether boosters are kept for :meth:`get_best_booster`.
    feature_name, categorical_feature, time_budget, sample_size, study, optuna_callbacks
        As in :class:`LightGBMTuner`.
    verbosity, show_progress_bar, optuna_seed, steps, report_interval
        As in :class:`LightGBMTuner`.

    Examples
    --------
    >>> import lightgbm, numpy as np
    >>> from tunesmith.integrations import LightGBMTunerCV
    >>> x = np.random.default_rng(0).normal(size=(200, 4))
    >>> params = {"objective": "regression", "num_threads": 1, "verbosity": -1}
    >>> tuner = LightGBMTunerCV(
    ...     params, lightgbm.Dataset(x, label=x[:, 0]), num_boost_round=5, nfold=3,
    ...     stratified=False, steps=["min_data_in_leaf"], show_progress_bar=False,
    ... )
    >>> tuner.run()
    >>> tuner.best_score < 1.0
    True
    """

    def __init__(
        self,
        params: Mapping[str, Any],
        train_set: lightgbm.Dataset,
        num_boost_round: int = 1000,
        folds: Any = None,
        nfold: int = 5,
        stratified: bool = True,
        shuffle: bool = True,
        feval: Any = None,
        feature_name: Any = "auto",
        categorical_feature: Any = "auto",
        fpreproc: Any = None,
        seed: int = 0,
        callbacks: Sequence[Callable[..., Any]] | None = None,
        time_budget: float | None = None,
        sample_size: int | None = None,
        study: Study | None = None,
        optuna_callbacks: Sequence[Callable[[Study, FrozenTrial], None]] | None = None,
        verbosity: int | None = None,
        show_progress_bar: bool = True,
        model_dir: str | pathlib.Path | None = None,
        return_cvbooster: bool = False,
        *,
        optuna_seed: int | None = None,
        steps: Sequence[str | TuningStep] | None = None,
        report_interval: int = 1,
    ) -> None:
        if model_dir is not None and not return_cvbooster:
            raise ValueError("model_dir is for boosters, which need return_cvbooster=True.")
        self._return_cvbooster = return_cvbooster
        self._options = {
            "num_boost_round": num_boost_round,
            "folds": list(folds) if isinstance(folds, Iterator) else folds,
            "nfold": nfold,
            "stratified": stratified,
            "shuffle": shuffle,
            "feval": feval,
            "fpreproc": fpreproc,
            "seed": seed,
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

    def get_best_booster(self) -> lightgbm.CVBooster:
        """Return the boosters of the best trial, one for each fold.

        Raises
        ------
        ValueError
            If the tuner was not told to keep boosters by `return_cvbooster`, no trial is complete,
            or another process trained the best one and `model_dir` does not have it.
        """
        if not self._return_cvbooster:
            raise ValueError(
                "The boosters were not kept. Use LightGBMTunerCV(return_cvbooster=True)."
            )
        return super().get_best_booster()

    def _train(
        self, params: dict[str, Any], data: lightgbm.Dataset, callbacks: list[Any]
    ) -> tuple[lightgbm.CVBooster | None, float, int]:
        result: dict[str, Any] = lightgbm.cv(
            params,
            data,
            callbacks=callbacks,
            return_cvbooster=self._return_cvbooster,
            **self._options,
        )
        booster = result.pop("cvbooster", None)
        ending = "-mean"
        means = {
            name.removesuffix(ending).rpartition(" ")[2]: values
            for name, values in result.items()
            if name.endswith(ending)
        }
        scores = {name: values[-1] for name, values in means.items()}
        return booster, self._score_among(scores), max(map(len, means.values()))

    def _monitored_data(self) -> str:
        return "valid"

    def _model_path(self, number: int) -> pathlib.Path:
        assert self._model_dir is not None
        return self._model_dir / f"{number}.json"

    def _load(self, path: pathlib.Path) -> lightgbm.CVBooster:
        return lightgbm.CVBooster(model_file=path)
