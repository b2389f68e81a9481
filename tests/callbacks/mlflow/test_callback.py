"""What a study leaves in a real MLflow store, read back through MLflow's own client."""

from __future__ import annotations

import math
import pickle
import threading
import time

import mlflow
import pytest

import tunesmith
from tunesmith import TrialPruned
from tunesmith.callbacks import MLflowCallback
from tunesmith.samplers import RandomSampler
from tunesmith.trial import TrialState

STATES = [TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL, TrialState.COMPLETE]


def one_of_each(trial):
    x = trial.suggest_float("x", 0, 1)
    trial.suggest_categorical("kind", ["tree", None])
    trial.report(x, 0)
    trial.report(x / 2, 5)
    trial.set_user_attr("fold", {"of": 3})
    if trial.number == 1:
        raise TrialPruned
    if trial.number == 2:
        raise ZeroDivisionError("no such number")
    return x / 4


@pytest.fixture
def finished(study, store):
    callback = MLflowCallback(store.uri, metric_name="loss")
    study.set_user_attr("data", "digits")
    study.optimize(one_of_each, n_trials=4, catch=ZeroDivisionError, callbacks=[callback])
    assert [trial.state for trial in study.trials] == STATES
    return study


class TestARunPerTrial:
    def test_status(self, finished, store):
        status = [run.info.status for _, run in sorted(store.children(finished).items())]
        assert status == ["FINISHED", "KILLED", "FAILED", "FINISHED"]
        state = [run.data.tags["state"] for _, run in sorted(store.children(finished).items())]
        assert state == ["COMPLETE", "PRUNED", "FAIL", "COMPLETE"]

    def test_reports_with_their_steps(self, finished, store):
        for number, run in store.children(finished).items():
            reports = finished.trials[number].intermediate_values
            assert store.history(run, "intermediate_loss") == sorted(reports.items())

    def test_value(self, finished, store):
        for number, run in store.children(finished).items():
            value = finished.trials[number].value
            assert store.history(run, "loss") == ([] if value is None else [(0, value)])

    def test_parameters_and_what_they_are_from(self, finished, store):
        for number, run in store.children(finished).items():
            params = finished.trials[number].params
            assert run.data.params == {name: str(value) for name, value in params.items()}
            distribution = str(finished.trials[number].distributions["x"])
            assert run.data.tags["x_distribution"] == distribution

    def test_user_attributes_are_tags(self, finished, store):
        for run in store.children(finished).values():
            assert run.data.tags["fold"] == "{'of': 3}"
            assert "data" not in run.data.tags

    def test_a_failure_leaves_its_reason_and_its_traceback(self, finished, store, tmp_path):
        children = store.children(finished)
        reason = "ZeroDivisionError: no such number"
        assert children[2].data.tags["fail_reason"] == reason
        assert store.artifacts(children[2]) == ["traceback.txt"]
        traceback = store.artifact(children[2], "traceback.txt", tmp_path)
        assert traceback.startswith("Traceback (most recent call last):")
        assert "in one_of_each" in traceback
        assert reason in traceback
        assert all("fail_reason" not in children[n].data.tags for n in (0, 1, 3))
        assert all(store.artifacts(children[n]) == [] for n in (0, 1, 3))

    def test_a_pruned_trial_says_what_it_was_compared_with(self, study, store):
        def objective(trial):
            trial.report(trial.number, 0)
            if trial.should_prune():
                raise TrialPruned
            return 0.0

        study.pruner = tunesmith.pruners.ThresholdPruner(upper=0.5)
        study.optimize(objective, n_trials=2, callbacks=[MLflowCallback(store.uri)])

        children = store.children(study)
        assert "prune_reason" not in children[0].data.tags
        reason = "ThresholdPruner at step 0: 1 is above 0.5."
        assert children[1].data.tags["prune_reason"] == reason

    def test_name(self, finished, store):
        names = {number: run.info.run_name for number, run in store.children(finished).items()}
        assert names == {0: "0", 1: "1", 2: "2", 3: "3"}

    @pytest.mark.skipif(not hasattr(time, "tzset"), reason="needs time.tzset")
    def test_times_are_those_of_the_trial_wherever_the_clock_is(
        self, study, store, monkeypatch, request
    ):
        request.addfinalizer(time.tzset)
        monkeypatch.setenv("TZ", "Asia/Kolkata")
        request.addfinalizer(monkeypatch.undo)
        time.tzset()
        before = time.time() * 1000
        study.optimize(one_of_each, n_trials=1, callbacks=[MLflowCallback(store.uri)])
        after = time.time() * 1000
        info = store.children(study)[0].info
        assert before - 1 <= info.start_time <= info.end_time <= after + 1

    def test_attributes_of_the_study_are_tags_if_asked_for(self, study, store):
        callback = MLflowCallback(store.uri, tag_study_user_attrs=True, tag_trial_user_attrs=False)
        study.set_user_attr("data", "digits")
        study.optimize(one_of_each, n_trials=1, callbacks=[callback])
        [run] = store.children(study).values()
        assert run.data.tags["data"] == store.parent(study).data.tags["data"] == "digits"
        assert "fold" not in run.data.tags


class TestTheStudysRun:
    def test_has_the_best_trial(self, finished, store):
        parent = store.parent(finished)
        best = finished.best_trial
        assert parent.data.metrics["best_loss"] == best.value
        assert parent.data.tags["best_trial"] == str(best.number)
        assert parent.data.tags["best_params"] == str(best.params)

    def test_tells_how_the_best_value_fell(self, study, store):
        values = [3.0, 4.0, 1.0, 2.0, 0.5]
        study.optimize(
            lambda trial: values[trial.number], n_trials=5, callbacks=[MLflowCallback(store.uri)]
        )
        falls = [(1, 3.0), (3, 1.0), (5, 0.5)]
        assert store.history(store.parent(study), "best_value") == falls

    def test_is_named_as_the_study_and_ended(self, finished, store):
        parent = store.parent(finished)
        assert parent.info.run_name == parent.data.tags["study_name"] == finished.study_name
        assert parent.data.tags["direction"] == "minimize"
        assert parent.info.status == "FINISHED"

    def test_is_running_meanwhile(self, study, store):
        callback = MLflowCallback(store.uri)
        status = []

        @callback.track_in_mlflow()  # which waits for the runs
        def objective(trial):
            status.append(store.parent(study).info.status)
            status.append(store.children(study)[trial.number].info.status)
            return 1.0

        study.optimize(objective, n_trials=1, callbacks=[callback])
        study.optimize(objective, n_trials=1, callbacks=[callback])
        assert status == ["RUNNING"] * 4
        assert store.parent(study).info.status == "FINISHED"

    def test_ends_when_the_objective_ends_the_study(self, study, store):
        with pytest.raises(ZeroDivisionError):
            study.optimize(lambda trial: 1 / 0, 3, callbacks=[MLflowCallback(store.uri)])
        assert store.parent(study).info.status == "FINISHED"
        assert [run.info.status for run in store.children(study).values()] == ["FAILED"]


class TestGoingOn:
    def test_in_the_same_runs_with_another_callback_and_process(self, store, tmp_path, request):
        url = f"sqlite:///{tmp_path / 'study.db'}"
        name = request.node.name
        parents = set()
        for _ in range(3):
            study = tunesmith.create_study(
                study_name=name, storage=url, sampler=RandomSampler(seed=1), load_if_exists=True
            )
            callback = MLflowCallback(store.uri, metric_name="loss")
            study.optimize(lambda t: t.suggest_float("x", 0, 1), 2, callbacks=[callback])
            parents.add(store.parent(study).info.run_id)
        assert len(parents) == 1
        children = store.children(study)
        assert {n: run.data.metrics["loss"] for n, run in children.items()} == {
            trial.number: trial.value for trial in study.trials
        }
        assert store.parent(study).data.metrics["best_loss"] == study.best_value

    def test_a_study_of_the_same_name_is_another_one(self, store, request):
        for _ in range(2):
            study = tunesmith.create_study(study_name=request.node.name)
            study.optimize(lambda _: 1.0, n_trials=1, callbacks=[MLflowCallback(store.uri)])
        assert len(store.runs(study.study_name)) == 4  # two studies with a trial each

    def test_runs_of_trials_that_others_failed_are_ended(self, study, store):
        callback = MLflowCallback(store.uri)
        lost = study.ask()
        lost.suggest_float("x", 1, 2)
        lost.report(0.5, 1)
        # As its worker would have done, if it had not died.
        callback.on_trial_start(study, lost)
        callback.on_report(study, lost, 1, 0.5)
        callback.on_study_end(study)
        assert store.children(study)[0].info.status == "RUNNING"

        study.tell(lost, state=TrialState.FAIL)
        study.optimize(lambda _: 1.0, n_trials=1, callbacks=[MLflowCallback(store.uri)])

        run = store.children(study)[0]
        assert run.info.status == "FAILED"
        assert store.history(run, "intermediate_value") == [(1, 0.5)]
        assert run.data.params == {"x": str(study.trials[0].params["x"])}

    def test_the_best_trial_is_noted_although_its_worker_died_before_it_could(self, study, store):
        callback = MLflowCallback(store.uri)
        study.optimize(lambda _: 1.0, n_trials=1, callbacks=[callback])
        study.tell(study.ask(), 0.25)  # nobody has told the callback
        study.optimize(lambda _: 1.0, n_trials=1, callbacks=[callback])
        parent = store.parent(study)
        assert parent.data.metrics["best_value"] == 0.25
        assert parent.data.tags["best_trial"] == "1"


class TestCalledByHand:
    def test_for_all_trials_of_a_study(self, study, store, tmp_path):
        study.optimize(one_of_each, n_trials=4, catch=ZeroDivisionError)
        callback = MLflowCallback(store.uri, metric_name="loss")
        for trial in study.trials:
            callback(study, trial)

        children = store.children(study)
        assert [children[n].info.status for n in range(4)] == [
            "FINISHED",
            "KILLED",
            "FAILED",
            "FINISHED",
        ]
        for number, trial in enumerate(study.trials):
            run = children[number]
            assert store.history(run, "intermediate_loss") == sorted(
                trial.intermediate_values.items()
            )
            assert run.data.params == {name: str(value) for name, value in trial.params.items()}
            assert run.info.start_time == round(trial.datetime_start.timestamp() * 1000)
            assert run.info.end_time == round(trial.datetime_complete.timestamp() * 1000)
        assert "no such number" in store.artifact(children[2], "traceback.txt", tmp_path)
        parent = store.parent(study)
        assert parent.info.status == "FINISHED"
        assert parent.data.metrics["best_loss"] == study.best_value

    def test_what_is_there_is_left_as_it_is(self, finished, store):
        before = {run.info.run_id: run.to_dictionary() for run in store.children(finished).values()}
        callback = MLflowCallback(store.uri, metric_name="loss")
        for trial in finished.trials:
            callback(finished, trial)
        after = {run.info.run_id: run.to_dictionary() for run in store.children(finished).values()}
        assert after == before

    def test_trials_that_have_not_ended_are_left_out(self, study, store):
        study.ask()
        study.enqueue_trial({"x": 1})
        for trial in study.trials:
            MLflowCallback(store.uri)(study, trial)
        assert store.runs(study.study_name) == []

    def test_as_a_callback_without_hooks(self, study, store):
        callback = MLflowCallback(store.uri)
        study.optimize(one_of_each, n_trials=2, callbacks=[callback.__call__])
        children = store.children(study)
        assert [children[n].info.status for n in range(2)] == ["FINISHED", "KILLED"]
        assert store.history(children[1], "intermediate_value") == sorted(
            study.trials[1].intermediate_values.items()
        )


class TestSeveralAtOnce:
    def test_threads_mix_nothing_up(self, study, store):
        both = threading.Barrier(2, timeout=30)
        here, ended = threading.get_ident(), []

        def objective(trial):
            x = trial.suggest_float("x", 0, 1)
            if trial.number < 2:
                both.wait()  # so that two trials do run at once
            for step in range(5):
                trial.report(trial.number + step / 10, step)
            trial.set_user_attr("number", trial.number)
            ended.append(threading.get_ident())
            if trial.number % 3 == 1:
                raise TrialPruned
            return x

        callback = MLflowCallback(store.uri)
        study.optimize(objective, n_trials=12, n_jobs=2, callbacks=[callback])

        assert here not in ended
        assert len(set(ended)) == 2
        children = store.children(study)
        assert sorted(children) == list(range(12))
        for number, run in children.items():
            trial = study.trials[number]
            assert run.info.status == ("KILLED" if number % 3 == 1 else "FINISHED")
            assert run.data.params == {"x": str(trial.params["x"])}
            assert run.data.metrics["value"] == trial.value
            assert run.data.tags["number"] == str(number)
            assert store.history(run, "intermediate_value") == [
                (step, number + step / 10) for step in range(5)
            ]
        parent = store.parent(study)
        assert parent.data.metrics["best_value"] == study.best_value
        assert parent.data.tags["best_trial"] == str(study.best_trial.number)

    def test_two_studies_with_one_callback(self, store, request):
        callback = MLflowCallback(store.uri)
        studies = [tunesmith.create_study(study_name=f"{request.node.name}-{i}") for i in range(2)]

        def optimize(i):
            study = studies[i]
            study.optimize(lambda trial: 10.0 * i + trial.number, 3, callbacks=[callback])

        threads = [threading.Thread(target=optimize, args=(i,)) for i in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        for i, study in enumerate(studies):
            values = {n: run.data.metrics["value"] for n, run in store.children(study).items()}
            assert values == {n: 10.0 * i + n for n in range(3)}
            assert store.parent(study).data.metrics["best_value"] == 10.0 * i
            assert store.parent(study).info.status == "FINISHED"

    def test_two_workers_on_one_study(self, store, request, tmp_path):
        url = f"sqlite:///{tmp_path / 'study.db'}"
        tunesmith.create_study(study_name=request.node.name, storage=url)

        def work():
            study = tunesmith.load_study(study_name=request.node.name, storage=url)
            callback = MLflowCallback(store.uri)
            study.optimize(lambda trial: float(trial.number), 4, callbacks=[callback])

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        study = tunesmith.load_study(study_name=request.node.name, storage=url)
        values = {n: run.data.metrics["value"] for n, run in store.children(study).items()}
        assert values == {n: float(n) for n in range(8)}
        parent = store.parent(study)
        assert parent.info.status == "FINISHED"
        assert parent.data.metrics["best_value"] == 0.0


class TestSeveralObjectives:
    DIRECTIONS = ("minimize", "maximize")

    def logged(self, store, name, metric_name=None, own_names=None):
        study = tunesmith.create_study(study_name=name, directions=self.DIRECTIONS)
        if own_names is not None:
            study.set_metric_names(own_names)
        study.optimize(
            lambda trial: (trial.number, 0.5),
            n_trials=2,
            callbacks=[MLflowCallback(store.uri, metric_name=metric_name)],
        )
        assert store.parent(study).data.tags["direction"] == "minimize, maximize"
        assert store.parent(study).data.metrics == {}  # there is no best one
        return store.children(study)[1].data.metrics

    def test_one_name_is_numbered(self, store, request):
        metrics = self.logged(store, request.node.name, "score")
        assert metrics == {"score_0": 1.0, "score_1": 0.5}

    def test_a_name_for_each(self, store, request):
        metrics = self.logged(store, request.node.name, ["loss", "accuracy"])
        assert metrics == {"loss": 1.0, "accuracy": 0.5}

    def test_names_of_the_study(self, store, request):
        metrics = self.logged(store, request.node.name, own_names=["time", "size"])
        assert metrics == {"time": 1.0, "size": 0.5}

    def test_by_default_values_are_numbered(self, store, request):
        assert self.logged(store, request.node.name) == {"value_0": 1.0, "value_1": 0.5}

    def test_another_number_of_names_is_refused(self, store, study, log_of_tunesmith):
        callback = MLflowCallback(store.uri, metric_name=["a", "b"])
        with pytest.raises(ValueError, match=r"2 metrics \('a', 'b'\), the study has 1 objective"):
            study.optimize(
                lambda _: 1.0, n_trials=1, callbacks=[callback], raise_callback_errors=True
            )
        assert study.trials[0].state.is_finished()


class TestOddNamesAndValues:
    def test_parameters(self, study, store):
        choices = {"empty": "", "none": None, "long": "ü" * 7000, "lines": "a\nb", "big": 2**53 + 1}

        def objective(trial):
            for name, value in choices.items():
                trial.suggest_categorical(name, [value])
            trial.suggest_float("layers[0]/units (µ)", 1, 1)
            trial.suggest_float("../../etc/passwd", 2, 2)
            trial.suggest_float("a[0]", 3, 3)
            trial.suggest_float("a(0)", 4, 4)
            trial.suggest_float("n" * 300, 5, 5)
            trial.suggest_float("n" * 299 + "m", 6, 6)
            return 1.0

        study.optimize(objective, n_trials=1, callbacks=[MLflowCallback(store.uri)])

        [run] = store.children(study).values()
        assert run.info.status == "FINISHED"
        assert run.data.params == {
            "empty": "",
            "none": "None",
            "long": "ü" * 6000,
            "lines": "a\nb",
            "big": "9007199254740993",
            "layers_0_/units _µ_": "1.0",
            "_._.._etc_passwd": "2.0",
            "a_0_": "3.0",
            "a_0__2": "4.0",
            "n" * 250: "5.0",
            "n" * 248 + "_2": "6.0",
        }

    def test_values_that_are_not_finite(self, study, store):
        def objective(trial):
            trial.report(math.nan, 0)
            trial.report(-math.inf, 1)
            return math.inf

        study.optimize(objective, n_trials=1, callbacks=[MLflowCallback(store.uri)])

        [run] = store.children(study).values()
        assert run.info.status == "FINISHED"
        [(_, first), (_, second)] = store.history(run, "intermediate_value")
        assert math.isnan(first)
        assert second < -1e308  # MLflow's tables know no infinity
        assert run.data.metrics["value"] > 1e308

    def test_a_nan_is_a_failure_with_a_reason(self, study, store):
        study.optimize(lambda _: math.nan, n_trials=1, callbacks=[MLflowCallback(store.uri)])
        [run] = store.children(study).values()
        assert run.info.status == "FAILED"
        assert "nan" in run.data.tags["fail_reason"]
        assert "value" not in run.data.metrics

    @pytest.mark.parametrize("live", [True, False])
    def test_more_than_mlflow_takes_at_once(self, study, store, live):
        def objective(trial):
            for i in range(130):
                trial.suggest_float(f"x{i}", 0, 1)
            for step in range(1200):
                trial.report(step / 7, step)
            return 1.0

        callback = MLflowCallback(store.uri)
        study.optimize(objective, n_trials=1, callbacks=[callback] if live else [])
        if not live:
            callback(study, study.trials[0])

        [run] = store.children(study).values()
        assert run.info.status == "FINISHED"
        assert len(run.data.params) == 130
        assert len([tag for tag in run.data.tags if tag.endswith("_distribution")]) == 130
        assert store.history(run, "intermediate_value") == [(i, i / 7) for i in range(1200)]

    def test_metric_and_attributes(self, study, store):
        def objective(trial):
            trial.report(0.5, 0)
            trial.set_user_attr("weights[0]", "w" * 9000)
            trial.set_user_attr("weights(0)", "")
            return 1.0

        callback = MLflowCallback(store.uri, metric_name="m" * 245 + "[top-1]")
        study.optimize(objective, n_trials=1, callbacks=[callback])
        [run] = store.children(study).values()
        assert run.info.status == "FINISHED"
        assert run.data.metrics == {
            "m" * 245 + "_top-": 1.0,
            "intermediate_" + "m" * 237: 0.5,
        }
        assert run.data.tags["weights_0_"] == "w" * 6000
        assert run.data.tags["weights_0__2"] == ""
        assert store.parent(study).data.metrics == {"best_" + "m" * 245: 1.0}

    def test_a_study_of_an_odd_name(self, store):
        study = tunesmith.create_study(study_name="tests/odd name: 'quoted' `ticks` µ")
        study.optimize(lambda _: 1.0, n_trials=1, callbacks=[MLflowCallback(store.uri)])
        assert len(store.children(study)) == 1


class TestAStoreThatIsAway:
    def warnings(self, log):
        return [r.getMessage() for r in log.records if r.levelname in ("WARNING", "ERROR")]

    def test_the_study_goes_on_after_one_warning(self, study, nowhere, log_of_tunesmith):
        callback = MLflowCallback(nowhere)
        before = time.monotonic()
        study.optimize(
            callback.track_in_mlflow()(lambda trial: trial.number / 2),
            n_trials=5,
            callbacks=[callback],
        )
        assert time.monotonic() - before < 10
        assert [trial.value for trial in study.trials] == [0.0, 0.5, 1.0, 1.5, 2.0]
        away, missing = self.warnings(log_of_tunesmith)
        assert away.startswith(f"The tracking store {nowhere} does not answer. The study goes on")
        assert missing.startswith(f"5 trials of the study '{study.study_name}' are not in MLflow")

    @pytest.fixture
    def switch(self, store, monkeypatch):
        """A store that is away until it is switched on."""
        away = ["the cable is out"]
        monkeypatch.setattr(
            "tunesmith.callbacks.mlflow.outage.why_unreachable", lambda uri: away[0] or None
        )

        def switch(on):
            away[0] = "" if on else "the cable is out"

        return switch

    def test_what_is_missing_is_logged_when_the_study_goes_on(self, study, store, switch):
        callback = MLflowCallback(store.uri)
        study.optimize(one_of_each, n_trials=2, callbacks=[callback])
        assert store.runs(study.study_name) == []
        switch(on=True)
        study.optimize(lambda _: 1.0, n_trials=1, callbacks=[callback])
        children = store.children(study)
        assert [children[n].info.status for n in range(3)] == ["FINISHED", "KILLED", "FINISHED"]
        assert store.history(children[1], "intermediate_value") == sorted(
            study.trials[1].intermediate_values.items()
        )

    def test_what_is_missing_is_logged_by_hand(self, study, store, switch):
        callback = MLflowCallback(store.uri)
        study.optimize(one_of_each, n_trials=2, callbacks=[callback])
        with pytest.raises(ConnectionError, match=r"does not answer: the cable is out\. Nothing"):
            callback(study, study.trials[0])
        switch(on=True)
        for trial in study.trials:
            callback(study, trial)
        children = store.children(study)
        assert [children[n].info.status for n in range(2)] == ["FINISHED", "KILLED"]
        assert store.parent(study).info.status == "FINISHED"

    def test_a_store_that_is_back_before_the_end_has_it_all(
        self, study, store, switch, log_of_tunesmith
    ):
        def objective(trial):
            trial.report(0.5, 0)
            if trial.number == 2:
                switch(on=True)
            return float(trial.number)

        study.optimize(objective, n_trials=3, callbacks=[MLflowCallback(store.uri)])

        assert sorted(store.children(study)) == [0, 1, 2]
        assert store.parent(study).data.metrics["best_value"] == 0.0
        [away] = self.warnings(log_of_tunesmith)
        assert "does not answer" in away


class TestSettings:
    def test_an_unknown_one_is_named_at_once(self):
        with pytest.raises(TypeError, match=r"mlflow_kwargs has 'run_nam'; it may have 'exper"):
            MLflowCallback(mlflow_kwargs={"run_nam": "x"})

    def test_names_tags_and_description(self, study, store):
        callback = MLflowCallback(
            store.uri,
            mlflow_kwargs={
                "run_name": "mine",
                "nested": True,
                "tags": {"team": "vision"},
                "description": "A *try*.",
            },
        )
        study.optimize(lambda _: 1.0, n_trials=1, callbacks=[callback])
        [run] = store.children(study).values()
        parent = store.parent(study)
        assert run.info.run_name == "mine"
        assert parent.info.run_name == study.study_name
        for one in (run, parent):
            assert one.data.tags["team"] == "vision"
            assert one.data.tags["mlflow.note.content"] == "A *try*."

    def test_an_experiment_and_a_parent_of_ones_own(self, study, store):
        experiment = store.client.create_experiment("pipelines")
        pipeline = store.client.create_run(experiment).info.run_id
        callback = MLflowCallback(
            store.uri, mlflow_kwargs={"experiment_id": experiment, "parent_run_id": pipeline}
        )
        study.optimize(lambda _: 1.0, n_trials=1, callbacks=[callback])
        assert store.client.get_experiment_by_name(study.study_name) is None
        by_parent = {
            run.data.tags.get("mlflow.parentRunId"): run for run in store.runs("pipelines")
        }
        assert by_parent[pipeline].info.run_name == study.study_name
        assert by_parent[by_parent[pipeline].info.run_id].info.run_name == "0"

    def test_the_active_experiment(self, study, store):
        mlflow.set_tracking_uri(store.uri)
        mlflow.set_experiment("chosen")
        study.optimize(
            lambda _: 1.0, n_trials=1, callbacks=[MLflowCallback(create_experiment=False)]
        )
        assert {run.info.run_name for run in store.runs("chosen")} == {study.study_name, "0"}

    def test_the_experiment_of_the_environment(self, study, store, monkeypatch):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
        monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "of the environment")
        study.optimize(
            lambda _: 1.0, n_trials=1, callbacks=[MLflowCallback(create_experiment=False)]
        )
        assert len(store.runs("of the environment")) == 2

    def test_a_deleted_experiment(self, study, store):
        experiment = store.client.create_experiment(study.study_name)
        store.client.delete_experiment(experiment)
        with pytest.raises(ValueError, match=rf"has been deleted.*restore -x {experiment}"):
            study.optimize(
                lambda _: 1.0,
                n_trials=1,
                callbacks=[MLflowCallback(store.uri)],
                raise_callback_errors=True,
            )

    def test_nothing_is_opened_before_a_trial_begins(self, tmp_path):
        MLflowCallback(f"sqlite:///{tmp_path / 'new.db'}")
        assert list(tmp_path.iterdir()) == []

    def test_pickle(self, study, store):
        callback = MLflowCallback(store.uri, metric_name="loss", mlflow_kwargs={"tags": {"a": 1}})
        study.optimize(lambda _: 1.0, n_trials=1, callbacks=[callback])
        copy = pickle.loads(pickle.dumps(callback))
        study.optimize(lambda _: 0.5, n_trials=1, callbacks=[copy])
        children = store.children(study)
        assert {n: run.data.metrics["loss"] for n, run in children.items()} == {0: 1.0, 1: 0.5}
        assert children[1].data.tags["a"] == "1"


class TestAFolderAsStore:
    """MLflow 3 refuses them unless told otherwise; MLflow 2 takes them."""

    def test_is_used_where_mlflow_uses_it(self, study, tmp_path, monkeypatch):
        monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
        uri = (tmp_path / "runs").as_uri()
        study.optimize(one_of_each, n_trials=2, callbacks=[MLflowCallback(uri, metric_name="loss")])
        client = mlflow.MlflowClient(uri)
        experiment = client.get_experiment_by_name(study.study_name)
        runs = {r.info.run_name: r for r in client.search_runs([experiment.experiment_id])}
        assert {name: run.info.status for name, run in runs.items()} == {
            study.study_name: "FINISHED",
            "0": "FINISHED",
            "1": "KILLED",
        }
        assert runs["0"].data.params["x"] == str(study.trials[0].params["x"])
        assert runs["0"].data.metrics["loss"] == study.trials[0].value
        history = client.get_metric_history(runs["1"].info.run_id, "intermediate_loss")
        assert {m.step: m.value for m in history} == study.trials[1].intermediate_values

    @pytest.mark.skipif(int(mlflow.__version__.split(".")[0]) < 3, reason="MLflow 2 takes them")
    def test_is_refused_in_mlflows_words_and_the_study_goes_on(
        self, study, tmp_path, log_of_tunesmith
    ):
        callback = MLflowCallback((tmp_path / "runs").as_uri())
        study.optimize(one_of_each, n_trials=2, callbacks=[callback])
        assert len(study.get_trials(states=[TrialState.COMPLETE, TrialState.PRUNED])) == 2
        errors = [r for r in log_of_tunesmith.records if r.levelname == "ERROR"]
        assert errors
        assert all("MLFLOW_ALLOW_FILE_STORE=true" in str(r.exc_info[1]) for r in errors)
