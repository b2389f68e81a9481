"""One journal, two libraries: what one writes, the other reads and goes on with."""

from __future__ import annotations

import json
import math
import random
import subprocess
import sys

import optuna
import pytest

import tunesmith
from tunesmith.distributions import (
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    distribution_to_json,
)
from tunesmith.records import TrialState

# Optuna calls its Redis backend experimental.
pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")

ATTRIBUTES = (
    "number",
    "values",
    "params",
    "user_attrs",
    "system_attrs",
    "datetime_start",
    "datetime_complete",
)

# Runs 15 trials with the library named first on the journal named second.
WORKER = """
import importlib, sys
library = importlib.import_module(sys.argv[1])
journal = importlib.import_module(sys.argv[1] + ".storages.journal")
library.logging.set_verbosity(library.logging.ERROR)
is_url = sys.argv[2].startswith("redis")
kind = journal.JournalRedisBackend if is_url else journal.JournalFileBackend
storage = library.storages.JournalStorage(kind(sys.argv[2]))
study = library.load_study(study_name="shared", storage=storage)
study.optimize(lambda t: t.suggest_float("x", 0, 1) + t.suggest_int("n", 1, 5), n_trials=15)
"""


@pytest.fixture(autouse=True)
def quiet():
    optuna.logging.set_verbosity(optuna.logging.ERROR)


def run(library, storage, n_trials):
    study = library.create_study(
        study_name="shared",
        storage=storage,
        load_if_exists=True,
        sampler=library.samplers.TPESampler(seed=1, n_startup_trials=5),
        pruner=library.pruners.MedianPruner(n_startup_trials=2, n_warmup_steps=1),
    )

    def objective(trial):
        x = trial.suggest_float("x", 1e-3, 1.0, log=True)
        y = trial.suggest_int("y", 1, 9, step=2)
        if trial.suggest_categorical("kind", ["a", None, True, 1.5]) is None:
            trial.suggest_float("only with None", 0, 1, step=0.25)
        trial.set_user_attr("note", {"n": [trial.number, "ü"]})
        trial.set_constraint("g", x - 0.5)
        for step, value in enumerate([math.nan, math.inf, x * y]):
            trial.report(value, step)
        if trial.should_prune():
            raise library.TrialPruned
        if trial.number % 7 == 3:
            raise ValueError("on purpose")
        return -math.inf if trial.number == 5 else x * y

    study.optimize(objective, n_trials=n_trials, catch=ValueError)


def assert_same_trials(ours, theirs):
    assert len(ours) == len(theirs) > 0
    for one, other in zip(ours, theirs, strict=True):
        assert one.state.name == other.state.name
        assert repr(one.distributions) == repr(other.distributions)
        # As text, because NaN is not equal to itself.
        assert str(one.intermediate_values) == str(other.intermediate_values)
        for name in ATTRIBUTES:
            assert getattr(one, name) == getattr(other, name), name


@pytest.mark.parametrize("order", [(tunesmith, optuna), (optuna, tunesmith)])
def test_each_continues_what_the_other_began(storage_of, order):
    for library in (*order, *order):
        run(library, storage_of(library), 8)
    ours = tunesmith.load_study(study_name="shared", storage=storage_of(tunesmith))
    theirs = optuna.load_study(study_name="shared", storage=storage_of(optuna))

    assert len(ours.trials) == 32
    assert {t.state for t in ours.trials} == {
        TrialState.COMPLETE,
        TrialState.PRUNED,
        TrialState.FAIL,
    }
    assert_same_trials(ours.trials, theirs.trials)


def test_both_work_in_turns_on_open_studies(storage_of):
    studies = [
        library.create_study(study_name="s", storage=storage_of(library), load_if_exists=True)
        for library in (tunesmith, optuna)
    ]
    studies[0].enqueue_trial({"x": 0.25}, user_attrs={"by": "ours"})
    studies[1].enqueue_trial({"x": 0.75}, user_attrs={"by": "theirs"})
    for k in range(6):
        studies[(k + 1) % 2].optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)

    assert [trial.number for trial in studies[0].trials] == list(range(6))
    assert [trial.params["x"] for trial in studies[0].trials[:2]] == [0.25, 0.75]
    assert_same_trials(studies[0].trials, studies[1].trials)


def test_what_was_proposed_and_not_asked_for_is_no_parameter_for_optuna(storage_of):
    study = tunesmith.create_study(
        study_name="s",
        storage=storage_of(tunesmith),
        sampler=tunesmith.samplers.TPESampler(n_startup_trials=2),
    )
    study.optimize(lambda t: t.suggest_float("x", 0, 1) + t.suggest_float("y", 0, 1), n_trials=4)
    running = study.ask()
    others = tunesmith.load_study(study_name="s", storage=storage_of(tunesmith))
    theirs = optuna.load_study(study_name="s", storage=storage_of(optuna))
    assert set(others.trials[-1].params) == {"x", "y"}  # other workers see the proposal
    assert theirs.trials[-1].params == {}
    running.suggest_float("x", 0, 1)
    study.tell(running, 1.0)

    assert set(others.trials[-1].params) == {"x"}
    assert_same_trials(others.trials, theirs.trials)


def test_a_trial_that_optuna_ends_has_the_parameters_that_optuna_knows(storage_of):
    study = tunesmith.create_study(
        study_name="s",
        storage=storage_of(tunesmith),
        sampler=tunesmith.samplers.TPESampler(n_startup_trials=2),
    )
    study.optimize(lambda t: t.suggest_float("x", 0, 1), n_trials=4)
    number = study.ask().number
    theirs = optuna.load_study(study_name="s", storage=storage_of(optuna))
    theirs.tell(number, 1.0)

    assert study.trials[number].params == {}
    assert_same_trials(study.trials, theirs.trials)


def test_both_work_at_once(storage_of, place):
    tunesmith.create_study(study_name="shared", storage=storage_of(tunesmith))
    workers = [
        subprocess.Popen([sys.executable, "-W", "ignore", "-c", WORKER, name, place])
        for name in ("tunesmith", "optuna", "tunesmith", "optuna")
    ]
    for worker in workers:
        assert worker.wait(timeout=120) == 0
    ours = tunesmith.load_study(study_name="shared", storage=storage_of(tunesmith)).trials

    assert [trial.number for trial in ours] == list(range(60))
    assert {trial.state for trial in ours} == {TrialState.COMPLETE}
    assert all(set(trial.params) == {"x", "n"} for trial in ours)
    theirs = optuna.load_study(study_name="shared", storage=storage_of(optuna)).trials
    assert_same_trials(ours, theirs)


def test_optunas_pickled_snapshot_is_not_read(redis_database):
    redis = pytest.importorskip("redis")
    backend = optuna.storages.journal.JournalRedisBackend(redis_database)
    study = optuna.create_study(study_name="s", storage=optuna.storages.JournalStorage(backend))
    for k in range(120):
        study.set_user_attr("k", k)
    backend.save_snapshot(b"cos\nsystem\n(S'false'\ntR.")  # a pickle that runs a command
    client = redis.Redis.from_url(redis_database)
    keys = set(client.keys())
    storage = tunesmith.storages.get_storage(redis_database)

    assert storage.get_study_user_attrs(0) == {"k": 119}
    assert set(client.keys()) == keys
    client.close()


DISTRIBUTIONS = [
    distribution_to_json(distribution)
    for distribution in (
        FloatDistribution(0, 1),
        FloatDistribution(0.1, 1, log=True),
        FloatDistribution(0, 5),
        IntDistribution(1, 9, step=2),
        CategoricalDistribution(["a", None, True, 1.5]),
    )
]


class RecordMaker:
    """Makes records that often make no sense at their place."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def time(self):
        day, zone = self.random.randint(1, 28), self.random.choice(["", "+00:00", "+09:00"])
        return f"2026-01-{day:02}T03:04:05.{self.random.randint(0, 999999):06}{zone}"

    def param(self):
        distribution = self.random.choice(DISTRIBUTIONS)
        return self.random.choice([1.0, 0.5] if "Float" in distribution else [1, 3]), distribution

    def attr(self):
        return {self.random.choice("kl"): self.random.choice([1, None, [1, {"a": 2}], "ü"])}

    def record(self):
        choose = self.random.choice
        op = self.random.choices(range(11), [1, 0.3, 1, 1, 6, 8, 6, 4, 3, 3, 1])[0]
        owner = {"study_id": self.random.randint(0, 3)}
        if op >= 5:
            owner = {"trial_id": self.random.randint(0, 14)}
        return {"op_code": op, "worker_id": choose("ab"), **owner, **self.fields(op)}

    def fields(self, op):
        choose = self.random.choice
        if op == 0:
            return {"study_name": choose("xyz"), "directions": choose([[1], [2], [1, 2]])}
        if op in (2, 8):
            return {"user_attr": self.attr()}
        if op in (3, 9):
            return {"system_attr": self.attr()}
        if op == 4:
            return choose([self.template, lambda: {"datetime_start": self.time()}])()
        if op == 5:
            value, distribution = self.param()
            return {
                "param_name": choose("pqr"),
                "param_value_internal": value,
                "distribution": distribution,
            }
        if op == 6:
            fields = {"state": choose([0, 0, 1, 2, 3, 4]), "values": choose([None, [1.0]])}
            return {**fields, "datetime_start": self.time(), "datetime_complete": self.time()}
        return {"step": self.random.randint(0, 3), "intermediate_value": choose([1.0, math.inf])}

    def template(self):
        state = self.random.randint(0, 4)
        params = {name: self.param() for name in self.random.sample("pqr", 2)}
        return {
            "state": state,
            "datetime_start": None if state == 4 else self.time(),
            **({"datetime_complete": self.time()} if state in (1, 2, 3) else {}),
            **self.random.choice(
                [{"value": 1.5, "values": None}, {"value": None, "values": [1, 2]}]
            ),
            "params": {name: value for name, (value, _) in params.items()},
            "distributions": {name: text for name, (_, text) in params.items()},
            "user_attrs": self.attr(),
            "system_attrs": {},
            "intermediate_values": {"3": 1.0, "1": 2.0},
        }


@pytest.mark.parametrize("seed", range(25))
def test_both_understand_the_same_by_any_records(tmp_path, seed):
    make = RecordMaker(seed)
    first = {"op_code": 0, "worker_id": "a", "study_name": "x", "directions": [1]}
    records = [first, *(make.record() for _ in range(60))]
    path = tmp_path / "study.log"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    ours, theirs = (
        library.storages.JournalStorage(library.storages.journal.JournalFileBackend(str(path)))
        for library in (tunesmith, optuna)
    )
    studies = theirs.get_all_studies()

    assert [s.study_name for s in ours.get_all_studies()] == [s.study_name for s in studies]
    for study in studies:
        study_id = study._study_id
        assert ours.get_study_user_attrs(study_id) == study.user_attrs
        assert ours.get_study_system_attrs(study_id) == study.system_attrs
        trials = theirs.get_all_trials(study_id)
        if trials:
            assert_same_trials(ours.get_all_trials(study_id), trials)
