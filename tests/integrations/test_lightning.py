from __future__ import annotations

import contextlib
import copy
import datetime
import functools
import gc
import importlib
import multiprocessing
import subprocess
import sys
import time
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import lightning.pytorch
import pytest
import pytorch_lightning
import sklearn.datasets
import torch
from lightning.pytorch.loggers.logger import DummyExperiment, Logger
from torch.utils.data import DataLoader, TensorDataset

import tunesmith
from tunesmith.integrations import PyTorchLightningPruningCallback
from tunesmith.trial import Trial, TrialState

from .doubles import After, Never, run

pytestmark = [
    # Advice about the speed and the settings of trainings that are tiny on purpose.
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
    pytest.mark.filterwarnings("ignore:You defined a `validation_step` but"),
    pytest.mark.filterwarnings("ignore:.*The dataloader is hitting|.*Consider setting `persistent"),
    # Lightning's own use of PyTorch.
    pytest.mark.filterwarnings("ignore:.*LeafSpec.* is deprecated:FutureWarning"),
]

LIGHTNING = tuple(int(part) for part in lightning.pytorch.__version__.split(".")[:2])
BATCHES = 4
OPEN_FILES = Path("/proc/self/fd")
CHILDREN_BEFORE: set[Any] = set()


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Journal(Logger):
    """A logger that keeps everything."""

    def __init__(self) -> None:
        super().__init__()
        self.logged: list[dict[str, float]] = []
        self.ends: list[str] = []

    name = "journal"
    version = 0

    @property
    def experiment(self) -> DummyExperiment:
        return DummyExperiment()

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        self.logged.append(dict(metrics))

    def log_hyperparams(self, *args: Any, **kwargs: Any) -> None:
        pass

    def finalize(self, status: str) -> None:
        self.ends.append(status)

    def values(self, name: str) -> list[float]:
        return [metrics[name] for metrics in self.logged if name in metrics]


def make_module(package: ModuleType = lightning.pytorch, *, manual: bool = False) -> Any:
    class Regression(package.LightningModule):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.layers = torch.nn.Sequential(
                torch.nn.Linear(10, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1)
            )
            self.automatic_optimization = not manual
            self.torn_down: list[str] = []
            self.n_validations = 0

        def loss(self, batch: Any) -> torch.Tensor:
            return torch.nn.functional.mse_loss(self.layers(batch[0]), batch[1])

        def training_step(self, batch: Any, batch_idx: int) -> torch.Tensor:
            loss = self.loss(batch)
            self.log("train_loss", loss, on_step=False, on_epoch=True)
            self.log("step_loss", loss, on_step=True, on_epoch=True)
            if manual:
                for optimizer in self.optimizers():
                    optimizer.zero_grad()
                self.manual_backward(loss)
                for optimizer in self.optimizers():
                    optimizer.step()
            return loss

        def validation_step(self, batch: Any, batch_idx: int) -> None:
            loss = self.loss(batch)
            self.log("val_loss", loss)
            self.log("val_rmse", loss.sqrt())

        def on_validation_end(self) -> None:
            self.n_validations += not self.trainer.sanity_checking

        def on_train_epoch_end(self) -> None:
            self.log("late", self.layers[0].weight.detach().square().sum())

        def configure_optimizers(self) -> Any:
            if manual:
                return [torch.optim.SGD(self.layers[k].parameters(), 0.05) for k in (0, 2)]
            return torch.optim.SGD(self.parameters(), 0.05)

        def teardown(self, stage: str) -> None:
            self.torn_down.append(stage)

    torch.manual_seed(0)
    return Regression()


@functools.lru_cache
def diabetes() -> TensorDataset:
    x, y = sklearn.datasets.load_diabetes(return_X_y=True)
    n = 4 * BATCHES
    columns = 20 * x[:n], (y[:n, None] - y.mean()) / y.std()
    return TensorDataset(*(torch.tensor(column, dtype=torch.float32) for column in columns))


def loader(**options: Any) -> DataLoader[Any]:
    return DataLoader(diabetes(), batch_size=4, **options)


def make_trainer(
    callbacks: Any, package: ModuleType = lightning.pytorch, **options: Any
) -> lightning.pytorch.Trainer:
    return package.Trainer(
        **{
            "accelerator": "cpu",
            "callbacks": callbacks,
            "enable_checkpointing": False,
            "enable_model_summary": False,
            "enable_progress_bar": False,
            "logger": False,
            "log_every_n_steps": 1,
            "max_epochs": 4,
            **options,
        }
    )


@pytest.fixture(autouse=True)
def _children_before() -> None:
    # Such as those that another test's joblib keeps for later.
    CHILDREN_BEFORE.clear()
    CHILDREN_BEFORE.update(multiprocessing.active_children())


def new_children() -> set[Any]:
    return set(multiprocessing.active_children()) - CHILDREN_BEFORE


def open_files() -> set[str]:
    files = set()
    for link in OPEN_FILES.iterdir():
        with contextlib.suppress(FileNotFoundError):  # the listing's own
            files.add(str(link.readlink()))
    return files


def new_trial(pruner: Any = None, **options: Any) -> Trial:
    return tunesmith.create_study(pruner=pruner or Never(), **options).ask()


def fit(
    trial: Trial, monitor: str | list[str], *, manual: bool = False, **options: Any
) -> tuple[Any, Journal]:
    journal = Journal()
    module = make_module(manual=manual)
    callback = PyTorchLightningPruningCallback(trial, monitor)
    make_trainer(callback, logger=journal, **options).fit(module, loader(), loader())
    return module, journal


class TestReports:
    @pytest.mark.parametrize("monitor", ["val_loss", "train_loss", "step_loss", "late"])
    def test_one_per_epoch_with_the_logged_value(self, monitor: str) -> None:
        trial = new_trial()
        _, journal = fit(trial, monitor)
        logged = journal.values("step_loss_epoch" if monitor == "step_loss" else monitor)
        assert len(logged) == 4
        assert trial.record.intermediate_values == dict(enumerate(logged))

    @pytest.mark.parametrize("monitor", ["train_loss", "late"])
    def test_without_validation(self, monitor: str) -> None:
        trial = new_trial()
        callback = PyTorchLightningPruningCallback(trial, monitor)
        make_trainer(callback).fit(make_module(), loader())
        assert sorted(trial.record.intermediate_values) == [0, 1, 2, 3]

    def test_validation_every_second_epoch_reports_at_those_epochs(self) -> None:
        trial = new_trial()
        _, journal = fit(trial, "val_loss", check_val_every_n_epoch=2)
        first, second = journal.values("val_loss")
        assert trial.record.intermediate_values == {1: first, 3: second}

    def test_training_metrics_come_every_epoch_all_the_same(self) -> None:
        trial = new_trial()
        _, journal = fit(trial, "train_loss", check_val_every_n_epoch=2)
        assert trial.record.intermediate_values == dict(enumerate(journal.values("train_loss")))

    @pytest.mark.parametrize(
        ("options", "n_validations"),
        [
            ({"val_check_interval": 0.5}, 8),
            ({"val_check_interval": 0.25}, 16),
            ({"val_check_interval": 2}, 8),
            ({"val_check_interval": 1}, 16),
            pytest.param(
                {"val_check_interval": datetime.timedelta(microseconds=1)},
                16,
                marks=pytest.mark.skipif(LIGHTNING < (2, 6), reason="Lightning had no such option"),
            ),
            ({"val_check_interval": 0.5, "check_val_every_n_epoch": 2}, 4),
            ({"val_check_interval": 3, "check_val_every_n_epoch": None}, 5),
            ({"val_check_interval": 8, "check_val_every_n_epoch": None}, 2),
        ],
    )
    def test_validations_off_the_epochs_are_counted(
        self, options: dict[str, Any], n_validations: int
    ) -> None:
        trial = new_trial()
        _, journal = fit(trial, "val_loss", **options)
        logged = journal.values("val_loss")
        assert len(logged) == n_validations
        assert trial.record.intermediate_values == dict(enumerate(logged))

    def test_training_metrics_are_not_taken_for_those_of_a_validation(self) -> None:
        trial = new_trial()
        _, journal = fit(trial, "step_loss", val_check_interval=0.5)
        logged = journal.values("step_loss_epoch")
        assert trial.record.intermediate_values == dict(enumerate(logged))

    @pytest.mark.parametrize("monitor", ["val_loss", "train_loss"])
    def test_manual_optimization_with_two_optimizers(self, monitor: str) -> None:
        trial = new_trial()
        _, journal = fit(trial, monitor, manual=True, val_check_interval=0.5)
        logged = journal.values(monitor)
        assert len(logged) == (8 if monitor == "val_loss" else 4)
        assert trial.record.intermediate_values == dict(enumerate(logged))

    def test_the_sanity_check_is_none(self) -> None:
        pruner = Never()
        fit(new_trial(pruner), "val_loss", num_sanity_val_steps=2, max_epochs=1)
        assert pruner.n_asked == 1

    def test_validate_and_test_alone_report_nothing(self) -> None:
        trial = new_trial()
        trainer = make_trainer(PyTorchLightningPruningCallback(trial, "val_loss"))
        trainer.validate(make_module(), loader(), verbose=False)
        assert trial.record.intermediate_values == {}


class TestSeveralMetrics:
    def test_one_per_objective_is_a_vector(self) -> None:
        trial = new_trial(directions=["minimize", "minimize"])
        _, journal = fit(trial, ["val_rmse", "val_loss"], val_check_interval=0.5)
        vectors = zip(journal.values("val_rmse"), journal.values("val_loss"), strict=True)
        assert trial.record.intermediate_vectors == dict(enumerate(vectors))
        assert len(trial.record.intermediate_vectors) == 8

    @pytest.mark.parametrize("late", ["train_loss", "step_loss", "late"])
    def test_those_of_training_wait_for_those_of_validation(self, late: str) -> None:
        trial = new_trial(directions=["minimize", "minimize"])
        _, journal = fit(trial, ["val_loss", late], check_val_every_n_epoch=2)
        first, second = journal.values("val_loss")
        training = journal.values("step_loss_epoch" if late == "step_loss" else late)
        assert trial.record.intermediate_vectors == {
            1: (first, training[1]),
            3: (second, training[3]),
        }

    def test_one_that_nothing_logs_is_named(self) -> None:
        trial = new_trial(directions=["minimize", "minimize"])
        with pytest.raises(ValueError, match="metric 'nothing' was not logged at step 0; logged: "):
            fit(trial, ["val_loss", "nothing"])

    def test_a_pruned_trial_names_them_all(self) -> None:
        trial = new_trial(After(2), directions=["minimize", "minimize"])
        with pytest.raises(tunesmith.TrialPruned, match=r"at step 1 \(val_loss=.*, train_loss="):
            fit(trial, ["val_loss", "train_loss"])


def test_without_pruning_the_model_is_the_same() -> None:
    module, _ = fit(new_trial(), "val_loss")
    alone = make_module()
    make_trainer([]).fit(alone, loader(), loader())
    for name, weight in alone.state_dict().items():
        assert torch.equal(weight, module.state_dict()[name])
    assert module.torn_down == ["fit"]


class TestPruning:
    @pytest.mark.parametrize("monitor", ["val_loss", "train_loss", "late"])
    def test_the_trial_ends_where_the_pruner_said_so(self, monitor: str) -> None:
        def objective(trial: Trial) -> float:
            fit(trial, monitor)
            raise AssertionError

        trial = run(objective, After(2))
        assert trial.state is TrialState.PRUNED
        assert sorted(trial.intermediate_values) == [0, 1]
        assert trial.value == trial.intermediate_values[1]

    def test_in_the_middle_of_an_epoch(self) -> None:
        def objective(trial: Trial) -> float:
            fit(trial, "val_loss", val_check_interval=0.25)
            raise AssertionError

        trial = run(objective, After(2))
        assert trial.state is TrialState.PRUNED
        assert sorted(trial.intermediate_values) == [0, 1]

    def test_in_the_last_epoch(self) -> None:
        for monitor in ("val_loss", "train_loss", "late"):
            with pytest.raises(tunesmith.TrialPruned, match=f"at step 3 \\({monitor}="):
                fit(new_trial(After(4)), monitor)

    @pytest.mark.parametrize(
        ("monitor", "options", "n_validations"),
        [
            ("val_loss", {}, 2),
            ("val_loss", {"val_check_interval": 0.25}, 2),
            ("val_loss", {"val_check_interval": 3, "check_val_every_n_epoch": None}, 2),
            ("val_loss", {"check_val_every_n_epoch": 2}, 2),
            ("train_loss", {"val_check_interval": 0.5}, 4),
            ("late", {"val_check_interval": 0.5}, 4),
        ],
    )
    def test_the_decision_is_followed_by_no_validation(
        self, monitor: str, options: dict[str, Any], n_validations: int
    ) -> None:
        module = make_module()
        callback = PyTorchLightningPruningCallback(new_trial(After(2)), monitor)
        with pytest.raises(tunesmith.TrialPruned):
            make_trainer(callback, **options).fit(module, loader(), loader())
        assert module.n_validations == n_validations

    @pytest.mark.skipif(not OPEN_FILES.is_dir(), reason="open files are listed there")
    def test_twenty_pruned_trials_leave_nothing_behind(self, tmp_path: Path) -> None:
        def objective(trial: Trial) -> float:
            callbacks = [
                lightning.pytorch.callbacks.ModelCheckpoint(tmp_path / str(trial.number)),
                PyTorchLightningPruningCallback(trial, "val_loss"),
            ]
            log = lightning.pytorch.loggers.CSVLogger(tmp_path, version=trial.number)
            trainer = make_trainer(callbacks, logger=log, enable_checkpointing=True)
            loaders = [loader(num_workers=2) for _ in range(2)]
            trainer.fit(make_module(), *loaders)
            raise AssertionError

        study = tunesmith.create_study(pruner=After(1))
        study.optimize(objective, n_trials=1)  # what is opened once and for all
        before = open_files()
        study.optimize(objective, n_trials=20)
        assert new_children() == set()
        # Threads of the loaders' queues close their pipes when they have ended.
        deadline = time.monotonic() + 20
        while not open_files() <= before and time.monotonic() < deadline:
            gc.collect()
            time.sleep(0.05)
        assert open_files() <= before
        assert {trial.state for trial in study.trials} == {TrialState.PRUNED}
        logs = sorted(tmp_path.glob("lightning_logs/*/metrics.csv"))
        assert len(logs) == 21
        assert all("val_loss" in log.read_text() for log in logs)

    @pytest.mark.parametrize("persistent", [False, True])
    @pytest.mark.parametrize("options", [{}, {"val_check_interval": 0.5}], ids=["epoch", "middle"])
    def test_no_worker_of_a_loader_is_left(self, persistent: bool, options: dict[str, Any]) -> None:
        trial = new_trial(After(1))
        callback = PyTorchLightningPruningCallback(trial, "val_loss")
        loaders = [loader(num_workers=2, persistent_workers=persistent) for _ in range(2)]
        with pytest.raises(tunesmith.TrialPruned) as caught:
            make_trainer(callback, **options).fit(make_module(), *loaders)
        # The traceback, and with it all frames of the fit, is still alive.
        assert caught.tb is not None
        assert new_children() == set()

    def test_nothing_is_left_half_done(self, tmp_path: Path) -> None:
        done = []

        class Neighbour(lightning.pytorch.Callback):
            def on_fit_end(self, *_: Any) -> None:
                done.append("fit end")

            def teardown(self, *_: Any, stage: str) -> None:
                done.append("teardown")

        trial = new_trial(After(2))
        journal = Journal()
        module = make_module()
        checkpoint = lightning.pytorch.callbacks.ModelCheckpoint(tmp_path, save_top_k=-1)
        callbacks = [PyTorchLightningPruningCallback(trial, "val_loss"), Neighbour(), checkpoint]
        trainer = make_trainer(callbacks, logger=journal, enable_checkpointing=True)
        with pytest.raises(tunesmith.TrialPruned):
            trainer.fit(module, loader(), loader())
        assert done == ["fit end", "teardown"]
        assert module.torn_down == ["fit"]
        assert journal.ends == ["failed"]  # Lightning's word for any fit that raises
        assert len(journal.values("train_loss")) == 2
        saved = sorted(path.name for path in tmp_path.iterdir())
        assert saved == ["epoch=0-step=4.ckpt", "epoch=1-step=8.ckpt"]
        assert torch.load(tmp_path / saved[1], weights_only=False)["epoch"] == 1

    def test_early_stopping_alone_completes_the_trial(self) -> None:
        def objective(trial: Trial) -> float:
            stopping = lightning.pytorch.callbacks.EarlyStopping(
                "val_loss", min_delta=1e9, patience=1
            )
            trainer = make_trainer([PyTorchLightningPruningCallback(trial, "val_loss"), stopping])
            trainer.fit(make_module(), loader(), loader())
            return trainer.callback_metrics["val_loss"].item()

        trial = run(objective)
        assert trial.state is TrialState.COMPLETE
        assert sorted(trial.intermediate_values) == [0, 1]
        assert run(objective, After(1)).state is TrialState.PRUNED

    def test_a_least_number_of_epochs_is_honoured(self) -> None:
        trial = new_trial(After(1))
        module = make_module()
        trainer = make_trainer(PyTorchLightningPruningCallback(trial, "val_loss"), min_epochs=3)
        with pytest.raises(tunesmith.TrialPruned, match="at step 0 "):
            trainer.fit(module, loader(), loader())
        assert trainer.current_epoch == 3
        assert sorted(trial.record.intermediate_values) == [0]

    def test_check_pruned_is_harmless(self) -> None:
        callback = PyTorchLightningPruningCallback(new_trial(), "val_loss")
        callback.check_pruned()


class TestMistakes:
    @pytest.mark.parametrize("data", [(1, 1), (1,)], ids=["validated", "only trained"])
    def test_a_wrong_name_is_answered_with_the_right_ones(self, data: tuple[int, ...]) -> None:
        callback = PyTorchLightningPruningCallback(new_trial(), "train_los")
        with pytest.raises(ValueError, match="Did you mean 'train_loss'") as error:
            make_trainer(callback).fit(make_module(), *(loader(num_workers=1) for _ in data))
        assert str(error.value).startswith("metric 'train_los' was not logged at step 0; logged: '")
        assert new_children() == set()

    def test_a_validation_yet_to_come_may_log_it(self) -> None:
        trial = new_trial()
        fit(trial, "val_loss", check_val_every_n_epoch=3)
        assert sorted(trial.record.intermediate_values) == [2]

    def test_a_direction_against_the_study_is_refused(self) -> None:
        with pytest.raises(ValueError, match="metric 'val_acc' should be maximized"):
            PyTorchLightningPruningCallback(new_trial(), "val_acc", direction="maximize")


class TestFoldsAndCheckpoints:
    def test_every_fit_from_the_beginning_is_a_fold(self) -> None:
        trial = new_trial()
        _, journal = fit(trial, "val_loss", max_epochs=2)
        fit(trial, "val_loss", max_epochs=2)  # the same numbers again, whose mean they are
        values = journal.values("val_loss")
        expected = dict(enumerate([*values, *values]))
        assert trial.record.intermediate_values == pytest.approx(expected)

    @pytest.mark.parametrize("options", [{}, {"val_check_interval": 0.5}], ids=["epoch", "middle"])
    def test_a_fit_resumed_from_a_checkpoint_goes_on(
        self, tmp_path: Path, options: dict[str, Any]
    ) -> None:
        uninterrupted, resumed = new_trial(), new_trial()
        fit(uninterrupted, "val_loss", **options)
        first = make_trainer(
            PyTorchLightningPruningCallback(resumed, "val_loss"), max_epochs=2, **options
        )
        first.fit(make_module(), loader(), loader())
        first.save_checkpoint(tmp_path / "middle.ckpt")
        second = make_trainer(PyTorchLightningPruningCallback(resumed, "val_loss"), **options)
        second.fit(make_module(), loader(), loader(), ckpt_path=tmp_path / "middle.ckpt")
        assert resumed.record.intermediate_values == uninterrupted.record.intermediate_values

    @pytest.mark.parametrize(
        "options",
        [
            pytest.param({}, id="epoch"),
            pytest.param(
                {"val_check_interval": 0.5},
                id="middle",
                marks=pytest.mark.skipif(
                    LIGHTNING < (2, 5), reason="Lightning validated once more after going on"
                ),
            ),
        ],
    )
    def test_it_goes_on_from_any_checkpoint_and_reports_no_step_twice(
        self, tmp_path: Path, options: dict[str, Any]
    ) -> None:
        class Saving(lightning.pytorch.Callback):
            def on_train_batch_end(self, trainer: Any, *_: Any) -> None:
                trainer.save_checkpoint(tmp_path / f"{trainer.global_step}.ckpt")

            def on_validation_end(self, trainer: Any, *_: Any) -> None:
                trainer.save_checkpoint(tmp_path / f"{trainer.global_step}-validated.ckpt")

        def fit_from(trial: Trial, checkpoint: Path | None) -> dict[int, float]:
            callbacks = [PyTorchLightningPruningCallback(trial, "val_loss")]
            if checkpoint is None:
                callbacks.append(Saving())
            trainer = make_trainer(callbacks, max_epochs=2, num_sanity_val_steps=0, **options)
            with warnings.catch_warnings():
                # A loader without state begins the epoch anew.
                warnings.filterwarnings("ignore", "You're resuming from a checkpoint that ended")
                trainer.fit(make_module(), loader(), loader(), ckpt_path=checkpoint)
            return trial.record.intermediate_values

        trial = new_trial()
        reports = dict(fit_from(trial, None))
        checkpoints = sorted(tmp_path.iterdir())
        assert len(checkpoints) == 8 + len(reports)
        for checkpoint in checkpoints:
            assert fit_from(Trial(trial.study, trial.trial_id), checkpoint) == reports
            later = fit_from(new_trial(), checkpoint)
            assert set(later) <= set(reports)

    def test_two_metrics_keep_their_state_apart(self) -> None:
        callbacks = [PyTorchLightningPruningCallback(new_trial(), name) for name in ("a", "b")]
        trainer = make_trainer(callbacks)
        assert len({callback.state_key for callback in trainer.callbacks}) == 2


class TestBothPackages:
    @pytest.mark.parametrize("name", ["lightning.pytorch", "pytorch_lightning"])
    def test_one_instance_serves_the_trainers_of_both(self, name: str) -> None:
        package = importlib.import_module(name)
        trial = new_trial(After(2))
        callback = PyTorchLightningPruningCallback(trial, "val_loss")
        assert isinstance(callback, PyTorchLightningPruningCallback)
        assert isinstance(callback, lightning.pytorch.Callback)
        assert isinstance(callback, pytorch_lightning.Callback)
        with pytest.raises(tunesmith.TrialPruned):
            make_trainer(callback, package).fit(make_module(package), loader(), loader())
        assert sorted(trial.record.intermediate_values) == [0, 1]

    def test_the_class_keeps_its_name(self) -> None:
        kind = type(PyTorchLightningPruningCallback(new_trial(), "val_loss"))
        assert kind.__qualname__ == "PyTorchLightningPruningCallback"
        assert kind.__module__ == PyTorchLightningPruningCallback.__module__

    def test_subclasses_are_accepted_too(self) -> None:
        class Loud(PyTorchLightningPruningCallback):
            def on_train_start(self, trainer: Any, pl_module: Any) -> None:
                super().on_train_start(trainer, pl_module)
                pl_module.heard = True

        module = make_module()
        trainer = make_trainer(Loud(new_trial(), "val_loss"), max_epochs=1)
        trainer.fit(module, loader(), loader())
        assert module.heard

    @pytest.mark.parametrize(
        ("used", "other"),
        [(lightning.pytorch, pytorch_lightning), (pytorch_lightning, lightning.pytorch)],
    )
    def test_a_package_that_is_not_in_use_is_not_imported(
        self, used: ModuleType, other: ModuleType, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delitem(sys.modules, other.__name__)
        callback = PyTorchLightningPruningCallback(new_trial(), "val_loss")
        assert isinstance(callback, used.Callback)
        assert not isinstance(callback, other.Callback)
        assert other.__name__ not in sys.modules


def test_nothing_is_imported_before_a_callback_is_made() -> None:
    program = (
        "import sys\n"
        "from tunesmith.integrations import PyTorchLightningPruningCallback\n"
        "assert not {'torch', 'lightning', 'pytorch_lightning'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_copy_is_a_callback_of_the_same_kind() -> None:
    callback = PyTorchLightningPruningCallback(new_trial(), "val_loss")
    assert type(copy.copy(callback)) is type(callback)
