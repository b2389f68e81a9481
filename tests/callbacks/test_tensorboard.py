from __future__ import annotations

import math
import pickle
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import api_pb2, metadata
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

import tunesmith
from tunesmith.callbacks import TensorBoardCallback
from tunesmith.study import Study
from tunesmith.trial import Trial, TrialState


class Run:
    """What TensorBoard reads from the folder of a trial."""

    def __init__(self, folder: Path) -> None:
        self.events = EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload()
        plugin = self.events.summary_metadata
        self.tags = set(self.events.Tags()["scalars"])
        self.hparams: dict[str, Any] = {}
        self.group = None
        self.status = None
        self.seconds = None
        if metadata.SESSION_START_INFO_TAG in plugin:
            start, end = (
                HParamsPluginData.FromString(plugin[tag].plugin_data.content)
                for tag in (metadata.SESSION_START_INFO_TAG, metadata.SESSION_END_INFO_TAG)
            )
            self.group = start.session_start_info.group_name
            for name, value in start.session_start_info.hparams.items():
                self.hparams[name] = getattr(value, value.WhichOneof("kind"))
            self.status = api_pb2.Status.Name(end.session_end_info.status)
            self.seconds = (
                end.session_end_info.end_time_secs - start.session_start_info.start_time_secs
            )

    def curve(self, tag: str) -> dict[int, float]:
        return {event.step: event.value for event in self.events.Scalars(tag)}

    @property
    def text(self) -> str:
        [event] = self.events.Tensors("trial/text_summary")
        return event.tensor_proto.string_val[0].decode()


def runs(folder: Path) -> dict[str, Run]:
    """The runs by the number of the trial."""
    return {
        path.name.removeprefix("trial-"): Run(path) for path in sorted(folder.glob("*/trial-*"))
    }


def objective(trial: Trial) -> float:
    x = trial.suggest_float("x", 0, 1)
    trial.suggest_int("layers", 1, 4)
    trial.suggest_categorical("optimizer", ["adam", None, True])
    for epoch in range(3):
        trial.report(x / (epoch + 1), epoch)
        if trial.number == 1 and epoch == 1:
            raise tunesmith.TrialPruned
    if trial.number == 2:
        raise ZeroDivisionError("no luck | at all")
    trial.set_user_attr("model", "big")
    return x


def optimize(folder: Path, n_trials: int = 3, **options: Any) -> Study:
    study = tunesmith.create_study(sampler=tunesmith.samplers.RandomSampler(seed=0))
    study.optimize(
        objective,
        n_trials,
        callbacks=[TensorBoardCallback(folder, "loss")],
        catch=ZeroDivisionError,
        raise_callback_errors=True,
        **options,
    )
    return study


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_each_trial_is_a_run_with_its_curve_and_its_status(tmp_path: Path, n_jobs: int) -> None:
    study = optimize(tmp_path, n_jobs=n_jobs)
    found = runs(tmp_path)
    assert sorted(found) == ["0", "1", "2"]
    statuses = {0: "STATUS_SUCCESS", 1: "STATUS_UNKNOWN", 2: "STATUS_FAILURE"}
    for trial in study.trials:
        run = found[str(trial.number)]
        assert run.status == statuses[trial.number]
        assert run.curve("intermediate_loss") == pytest.approx(trial.intermediate_values)
        assert run.hparams == pytest.approx({**trial.params, "optimizer": run.hparams["optimizer"]})
        assert run.hparams["optimizer"] == trial.params["optimizer"] or (
            run.hparams["optimizer"] == "None" and trial.params["optimizer"] is None
        )
        assert trial.duration is not None
        assert run.seconds == pytest.approx(trial.duration.total_seconds(), abs=1e-3)
        if trial.values is None:
            assert "loss" not in run.tags
        else:
            assert run.curve("loss") == pytest.approx({0: trial.value})
        assert f"| state | {trial.state.name} |" in run.text
    assert "| model | big |" in found["0"].text
    assert "no luck \\| at all" in found["2"].text


def test_a_pruned_trial_says_what_it_was_compared_with(tmp_path: Path) -> None:
    study = tunesmith.create_study(pruner=tunesmith.pruners.ThresholdPruner(upper=0.5))
    for value in (0.0, 1.0):
        trial = study.ask()
        trial.report(value, 0)
        state = TrialState.PRUNED if trial.should_prune() else None
        study.tell(trial, None if state else value, state=state)
    for ended in study.trials:
        TensorBoardCallback(tmp_path)(study, ended)
    found = runs(tmp_path)
    assert "prune reason" not in found["0"].text
    assert "| prune reason | ThresholdPruner at step 0: 1 is above 0.5. |" in found["1"].text


def test_a_report_can_be_seen_at_once(tmp_path: Path) -> None:
    seen = []

    def objective(trial: Trial) -> float:
        trial.report(0.5, 7)
        seen.append(runs(tmp_path)["0"])
        return 1.0

    study = tunesmith.create_study()
    study.optimize(objective, 1, callbacks=[TensorBoardCallback(tmp_path)])
    assert seen[0].curve("intermediate_value") == {7: 0.5}
    assert seen[0].status is None


def test_a_study_without_the_callback_is_logged_afterwards_once(tmp_path: Path) -> None:
    study = tunesmith.create_study()
    study.optimize(objective, 3, catch=ZeroDivisionError)
    for _ in range(2):
        callback = TensorBoardCallback(tmp_path)
        for trial in study.trials:
            callback(study, trial)
    found = runs(tmp_path)
    for trial in study.trials:
        events = found[str(trial.number)].events.Scalars("intermediate_value")
        assert [event.step for event in events] == sorted(trial.intermediate_values)
    assert found["1"].status == "STATUS_UNKNOWN"


def test_a_trial_that_runs_is_left_alone(tmp_path: Path) -> None:
    study = tunesmith.create_study()
    study.ask()
    TensorBoardCallback(tmp_path)(study, study.trials[0])
    assert runs(tmp_path) == {}


def test_another_study_of_the_same_name_has_a_folder_of_its_own(tmp_path: Path) -> None:
    for _ in range(2):
        study = tunesmith.create_study(study_name="a/b c")
        study.optimize(lambda trial: 1.0, 1, callbacks=[TensorBoardCallback(tmp_path)])
    names = [path.name for path in tmp_path.iterdir()]
    assert len(set(names)) == 2
    assert all(name.startswith("a_b c-") for name in names)
    # Runs of one group would be one row of the tab HPARAMS.
    groups = {Run(path).group for path in tmp_path.glob("*/trial-0")}
    assert groups == {f"{name}/trial-0" for name in names}


def test_a_study_that_goes_on_goes_on_in_its_folder(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path}/study.db"
    for _ in range(2):
        study = tunesmith.create_study(storage=storage, study_name="s", load_if_exists=True)
        study.optimize(lambda trial: 1.0, 1, callbacks=[TensorBoardCallback(tmp_path / "runs")])
    assert sorted(runs(tmp_path / "runs")) == ["0", "1"]


def test_runs_of_trials_whose_workers_have_died_end_as_failures(tmp_path: Path) -> None:
    study = tunesmith.create_study()
    dead = study.ask()
    dead.suggest_float("x", 0, 1)
    TensorBoardCallback(tmp_path).on_report(study, dead, 0, 0.5)  # and then it is killed
    study.tell(dead, state=TrialState.FAIL)  # as whoever finds the trial dead does
    study.optimize(lambda trial: 1.0, 1, callbacks=[TensorBoardCallback(tmp_path)])
    run = runs(tmp_path)["0"]
    assert run.status == "STATUS_FAILURE"
    assert run.curve("intermediate_value") == {0: 0.5}
    assert run.hparams == pytest.approx(dead.params)


def test_several_objectives(tmp_path: Path) -> None:
    study = tunesmith.create_study(directions=["minimize", "maximize"])

    def objective(trial: Trial) -> tuple[float, float]:
        trial.report([3.0, math.inf], 0)
        return 1.0, 2.0

    callbacks = [
        TensorBoardCallback(tmp_path / "numbered", "v"),
        TensorBoardCallback(tmp_path / "named", ["loss", "acc"]),
    ]
    study.optimize(objective, 1, callbacks=callbacks, raise_callback_errors=True)
    run = runs(tmp_path / "named")["0"]
    assert run.curve("loss") == {0: 1.0}
    assert run.curve("acc") == {0: 2.0}
    assert run.curve("intermediate_acc") == {0: math.inf}
    assert {"v_0", "v_1"} <= runs(tmp_path / "numbered")["0"].tags


def test_names_of_the_study_are_the_default(tmp_path: Path) -> None:
    study = tunesmith.create_study()
    study.set_metric_names(["accuracy"])
    study.optimize(lambda trial: 1.0, 1, callbacks=[TensorBoardCallback(tmp_path)])
    assert runs(tmp_path)["0"].curve("accuracy") == {0: 1.0}


def test_a_wrong_number_of_names_is_found_before_the_objective_runs(tmp_path: Path) -> None:
    ran = []
    study = tunesmith.create_study()
    with pytest.raises(ValueError, match="names 2 metrics .*the study has 1 objectives"):
        study.optimize(
            ran.append,
            1,
            callbacks=[TensorBoardCallback(tmp_path, ["a", "b"])],
            raise_callback_errors=True,
        )
    assert not ran


def test_it_can_be_pickled_while_it_is_in_use(tmp_path: Path) -> None:
    callback = TensorBoardCallback(tmp_path, "loss")
    study = tunesmith.create_study()
    trial = study.ask()
    callback.on_report(study, trial, 0, 1.0)
    copy = pickle.loads(pickle.dumps(callback))
    study.tell(trial, 1.0)
    copy(study, study.trials[0])
    assert runs(tmp_path)["0"].status == "STATUS_SUCCESS"
    callback(study, study.trials[0])  # closes its file and changes nothing
    assert runs(tmp_path)["0"].curve("loss") == {0: 1.0}
