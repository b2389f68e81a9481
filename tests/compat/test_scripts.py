"""Scripts written for Optuna give the same kinds of results with ``import tunesmith as optuna``.

Each script is a function of the library. What it returns is compared between the two: all that
does not depend on the random numbers that a sampler draws.
"""

from __future__ import annotations

import datetime
import importlib
import math
import warnings

import optuna
import pandas as pd
import pytest

import tunesmith

pytestmark = pytest.mark.filterwarnings(
    "ignore::optuna.exceptions.ExperimentalWarning", "ignore::FutureWarning"
)


@pytest.fixture(autouse=True)
def quiet():
    levels = tunesmith.logging.get_verbosity(), optuna.logging.get_verbosity()
    tunesmith.logging.set_verbosity(tunesmith.logging.ERROR)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    yield
    tunesmith.logging.set_verbosity(levels[0])
    optuna.logging.set_verbosity(levels[1])


def conditionals_and_loops(lib, tmp_path):
    """A define-by-run space that branches and repeats."""

    def objective(trial):
        if trial.suggest_categorical("model", ["tree", "net"]) == "tree":
            depth = trial.suggest_int("depth", 2, 32, log=True)
            return depth / 32
        widths = [
            trial.suggest_int(f"width_{i}", 4, 128, step=4)
            for i in range(trial.suggest_int("n_layers", 1, 3))
        ]
        rate = trial.suggest_float("rate", 1e-5, 1e-1, log=True)
        return sum(widths) / 384 + rate

    study = lib.create_study(sampler=lib.samplers.TPESampler(seed=1))
    study.optimize(objective, n_trials=60)
    shapes = set()
    for trial in study.trials:
        assert objective(lib.trial.FixedTrial(trial.params)) == trial.value
        shapes.add((tuple(sorted(trial.params)), tuple(type(v) for v in trial.params.values())))
    ranges = {name: str(d) for t in study.trials for name, d in t.distributions.items()}
    return sorted(map(str, shapes)), ranges, study.best_params["model"], study.best_value < 0.1


def ask_and_tell(lib, tmp_path):
    """A loop of the user's own, with fixed distributions and every way to end a trial."""
    study = lib.create_study(direction="maximize")
    space = {
        "x": lib.distributions.FloatDistribution(0, 1),
        "n": lib.distributions.IntDistribution(1, 3),
    }
    told = []
    for i in range(6):
        trial = study.ask(space)
        assert set(trial.params) == {"x", "n"}
        if i == 0:
            told.append(study.tell(trial, 2.0).value)
        elif i == 1:
            told.append(study.tell(trial.number, 3.0).value)
        elif i == 2:
            told.append(study.tell(trial, state=lib.trial.TrialState.FAIL).state)
        elif i == 3:
            trial.report(0.7, step=4)
            told.append(study.tell(trial, state=lib.trial.TrialState.PRUNED).value)
        elif i == 4:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                told.append(study.tell(trial, math.nan).state)
    told.append(study.tell(0, 9.0, skip_if_finished=True).value)
    for again in (0, 77):
        with pytest.raises(ValueError):  # the texts are each library's own
            study.tell(again, 1.0)
    states = [trial.state for trial in study.trials]
    return [str(t) for t in told], [state.name for state in states], study.best_trial.number


def enqueued(lib, tmp_path):
    """Parameters that are to be tried first, some of them out of range or partial."""
    study = lib.create_study()
    study.enqueue_trial({"x": 0.25, "kind": "b"}, user_attrs={"from": "me"})
    study.enqueue_trial({"x": 0.75})
    study.enqueue_trial({"x": 0.25, "kind": "b"}, skip_if_exists=True)
    study.enqueue_trial({"x": 7})
    waiting = [t.state.name for t in study.get_trials(deepcopy=False)]

    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        kind = trial.suggest_categorical("kind", ["a", "b"])
        return x + (kind == "a")

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        study.optimize(objective, n_trials=4)
    out_of_range = sum(issubclass(w.category, UserWarning) for w in caught) >= 1
    tried = [trial.params["x"] for trial in study.trials[:2]]
    fixed = [t.system_attrs.get("fixed_params") for t in study.trials]
    return waiting, tried, study.trials[0].user_attrs, fixed, out_of_range


def pruning(lib, tmp_path):
    """Reports, a pruner with a history, and what the trials keep."""

    def objective(trial):
        level = trial.suggest_float("level", 0, 1)
        for step in range(10):
            trial.report(trial.number + step / 100, step)
            if trial.should_prune():
                raise lib.TrialPruned
        return level

    study = lib.create_study(
        sampler=lib.samplers.RandomSampler(seed=3),
        pruner=lib.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=2, interval_steps=3),
    )
    study.optimize(objective, n_trials=9)
    return [(t.state.name, t.intermediate_values, t.last_step) for t in study.trials]


def halving(lib, tmp_path):
    """The same curves, asked of successive halving."""
    study = lib.create_study(
        pruner=lib.pruners.SuccessiveHalvingPruner(min_resource=2, reduction_factor=2)
    )

    def objective(trial):
        for step in range(1, 17):
            trial.report((trial.number * 7) % 5 + 1 / step, step)
            if trial.should_prune():
                raise lib.TrialPruned
        return float((trial.number * 7) % 5)

    study.optimize(objective, n_trials=20)
    return [(t.state.name, t.last_step) for t in study.trials]


def callbacks_and_attributes(lib, tmp_path):
    """Callbacks that look, note and stop; attributes of trials and studies."""
    seen = []

    def note(study, trial):
        seen.append((trial.number, trial.state.name, len(study.trials), trial.user_attrs))

    def stop(study, trial):
        if trial.number == 4:
            study.stop()

    def objective(trial):
        trial.set_user_attr("square", trial.number**2)
        trial.set_user_attr("nested", {"a": [1, None, True]})
        return float(trial.number)

    study = lib.create_study(study_name="attrs")
    study.set_user_attr("owner", "me")
    study.set_metric_names(["loss"])
    study.optimize(objective, n_trials=20, callbacks=[note, stop])
    limit = lib.study.MaxTrialsCallback(7, states=(lib.trial.TrialState.COMPLETE,))
    study.optimize(objective, n_trials=20, callbacks=[limit])
    return seen, study.user_attrs, study.metric_names, len(study.trials), study.best_trial.number


def failures(lib, tmp_path):
    """Errors that are caught, and results that are no results."""
    results = [1.0, None, math.nan, "text", ValueError("no"), [2.0], [1.0, 2.0], 0.5]

    def objective(trial):
        result = results[trial.number]
        if isinstance(result, Exception):
            raise result
        return result

    study = lib.create_study()
    study.optimize(objective, n_trials=len(results), catch=(ValueError,))
    return [(t.state.name, t.values) for t in study.trials], study.best_value


def dataframe(lib, tmp_path):
    """Tables of trials, all columns and some."""
    frames = []
    for directions in (["minimize"], ["minimize", "maximize"]):
        study = lib.create_study(directions=directions)
        study.enqueue_trial({"x": 0.5})

        def objective(trial, directions=directions):
            x = trial.suggest_float("x", 0, 1)
            if trial.number % 2:
                trial.suggest_categorical("kind", ["a", "b"])
            trial.set_user_attr("note", trial.number)
            if trial.number == 3:
                raise lib.TrialPruned
            return [x] * len(directions)

        study.optimize(objective, n_trials=5)
        frames.append(study.trials_dataframe())
        frames.append(study.trials_dataframe(attrs=("number", "value", "params", "state")))
        frames.append(study.trials_dataframe(multi_index=True))
        study.set_metric_names([f"m{i}" for i in range(len(directions))])
        frames.append(study.trials_dataframe(attrs=("number", "value", "duration", "state")))
    return [
        (list(frame.columns), [str(t) for t in frame.dtypes], frame["number"].to_list())
        for frame in frames
    ] + [list(frames[0]["state"])]


def several_objectives(lib, tmp_path):
    """A Pareto front, and what a study of several objectives refuses."""
    study = lib.create_study(directions=["minimize", "maximize"])
    points = [(1, 1), (2, 2), (3, 1), (0, 0), (2, 2), (1, 3)]
    study.optimize(lambda trial: points[trial.number], n_trials=len(points))
    for refused in ("best_trial", "best_value", "best_params", "direction"):
        with pytest.raises(RuntimeError):
            getattr(study, refused)
    return [t.number for t in study.best_trials], [d.name for d in study.directions]


def constraints(lib, tmp_path):
    """Infeasible trials do not win."""

    def objective(trial):
        x = trial.suggest_float("x", -1, 1)
        trial.set_constraint("positive", -x)
        return x

    study = lib.create_study(sampler=lib.samplers.TPESampler(seed=0))
    study.optimize(objective, n_trials=30)
    best = study.best_trial
    return best.params["x"] > 0, best.constraints.keys(), best.params["x"] < 0.5


def copied_added_and_deleted(lib, tmp_path):
    """Studies that move from one storage to another."""
    url = f"sqlite:///{tmp_path / lib.__name__}.db"
    study = lib.create_study(study_name="from", direction="maximize")
    study.set_user_attr("kept", [1])
    study.add_trial(
        lib.create_trial(
            params={"x": 1.5},
            distributions={"x": lib.distributions.FloatDistribution(0, 2)},
            value=3.0,
            user_attrs={"u": 1},
            intermediate_values={0: 0.1},
        )
    )
    study.add_trials([lib.create_trial(state=lib.trial.TrialState.PRUNED), *study.trials])
    storage = lib.storages.RDBStorage(url)
    lib.copy_study(
        from_study_name="from", from_storage=study._storage, to_storage=storage, to_study_name="to"
    )
    copied = lib.load_study(study_name="to", storage=storage)
    with pytest.raises(lib.exceptions.DuplicatedStudyError):
        lib.create_study(study_name="to", storage=storage)
    names = lib.get_all_study_names(storage)
    [summary] = lib.get_all_study_summaries(storage)
    summary = (summary.study_name, summary.n_trials, summary.best_trial.value, summary.user_attrs)
    kept = [(t.number, t.state.name, t.values, t.params, t.user_attrs) for t in copied.trials]
    lib.delete_study(study_name="to", storage=storage)
    with pytest.raises(KeyError):
        lib.load_study(study_name="to", storage=storage)
    return names, summary, kept, copied.direction.name, lib.get_all_study_names(storage)


def custom_sampler_and_pruner(lib, tmp_path):
    """Plug-ins written against the base classes."""
    calls = []

    class Middle(lib.samplers.BaseSampler):
        def infer_relative_search_space(self, study, trial):
            calls.append("infer")
            return {"x": lib.distributions.FloatDistribution(0, 1)}

        def sample_relative(self, study, trial, search_space):
            calls.append(f"relative {sorted(search_space)}")
            return {"x": 0.5}

        def sample_independent(self, study, trial, param_name, param_distribution):
            calls.append(f"independent {param_name}")
            return param_distribution.high

        def before_trial(self, study, trial):
            calls.append("before")

        def after_trial(self, study, trial, state, values):
            calls.append(f"after {state.name} {values}")

    class EverySecond(lib.pruners.BasePruner):
        def prune(self, study, trial):
            return trial.number % 2 == 1 and trial.last_step == 1

    def objective(trial):
        x, y = trial.suggest_float("x", 0, 1), trial.suggest_int("y", 0, 9)
        for step in range(3):
            trial.report(x + step, step)
            if trial.should_prune():
                raise lib.TrialPruned
        return x + y

    study = lib.create_study(sampler=Middle(), pruner=EverySecond())
    study.optimize(objective, n_trials=2)
    return calls, [(t.state.name, t.params, t.values) for t in study.trials]


def times_and_order(lib, tmp_path):
    """Trials know when they ran and compare by number; frozen ones run in an objective."""
    study = lib.create_study()
    study.optimize(lambda t: t.suggest_float("x", 0, 1) + t.suggest_int("n", 0, 3), n_trials=3)
    first, second, third = study.trials
    frozen = first.suggest_float("x", 0, 1) == first.params["x"]
    now = datetime.datetime.now()
    recent = all(now - t.datetime_complete < datetime.timedelta(minutes=1) for t in study.trials)
    kinds = [type(first.datetime_start).__name__, type(first.duration).__name__]
    return first < second < third, first == study.trials[0], frozen, recent, kinds


def plots(lib, tmp_path):
    """The two plots that a first look needs."""
    study = lib.create_study(direction="maximize")

    def objective(trial):
        for step in range(3):
            trial.report(step, step)
        return float(trial.number % 3)

    study.optimize(objective, n_trials=6)
    visualization = importlib.import_module(f"{lib.__name__}.visualization")
    history = visualization.plot_optimization_history(study)
    curves = visualization.plot_intermediate_values(study)
    lines = [[float(y) for y in trace.y] for trace in (*history.data, *curves.data)]
    return [line for line in lines if line]  # Optuna draws what there is none of, too


SCRIPTS = [
    conditionals_and_loops,
    ask_and_tell,
    enqueued,
    pruning,
    halving,
    callbacks_and_attributes,
    failures,
    dataframe,
    several_objectives,
    constraints,
    copied_added_and_deleted,
    custom_sampler_and_pruner,
    times_and_order,
    plots,
]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.__name__)
def test_a_script_gives_what_it_gives_with_optuna(script, tmp_path):
    theirs = script(optuna, tmp_path)
    ours = script(tunesmith, tmp_path)

    assert ours == theirs


def test_the_empty_table_is_empty_in_both():
    ours, theirs = (library.create_study().trials_dataframe() for library in (tunesmith, optuna))

    pd.testing.assert_frame_equal(ours, theirs)
