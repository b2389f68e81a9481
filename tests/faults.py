"""Kill workers and stop servers at random instants, then look whether anything was lost.

    python -m tests.faults --storage sqlite postgresql mariadb redis journal --kills 100
    python -m tests.faults --workers 16 --kills 0 --trials 100

Some workers share a study; one after the other is ended by ``kill -9`` and replaced, and the
database server is stopped and started again meanwhile. Each worker writes down every trial that
it was told has ended. Then the study is finished by one more worker, and has to hold:

- every trial that ended, as it was when its worker was told so;
- the numbers 0, 1, ..., n - 1, once each;
- no trial that still runs or waits: those of killed workers are FAIL, and each was run again
  with the same parameters, as the policy says.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import logging
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tunesmith
from tunesmith.storages import (
    BaseStorage,
    JournalStorage,
    RDBStorage,
    RetryHeartbeatStaleTrialCallback,
)
from tunesmith.storages.journal import (
    JournalFileBackend,
    JournalFileSymlinkLock,
    JournalRedisBackend,
)
from tunesmith.trial import FrozenTrial, Trial, TrialState

from .servers import MariaDB, PostgreSQL, Redis, Server

STORAGES = ("sqlite", "postgresql", "mariadb", "redis", "journal")
NAME = "faults"
_SERVERS: dict[str, type[Server]] = {
    "postgresql": PostgreSQL,
    "mariadb": MariaDB,
    "redis": Redis,
}


@dataclasses.dataclass
class Outcome:
    """What a run has done and what it found."""

    storage: str
    n_kills: int = 0
    n_outages: int = 0
    n_trials: int = 0
    n_told: int = 0  # trials that a worker was told have ended
    n_stale: int = 0
    seconds: float = 0.0
    faults: list[str] = dataclasses.field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.storage:10}  {self.n_kills:4} kills  {self.n_outages} outages  "
            f"{self.n_trials:6} trials  {self.n_told:6} told  {self.n_stale:4} stale and run again  "
            f"{self.seconds:5.0f} s  {'; '.join(self.faults) or 'nothing lost'}"
        )


def open_storage(kind: str, place: str, grace_period: int = 8) -> BaseStorage:
    """Open the storage that all workers share; a dead worker is noticed after so many seconds."""
    if kind in ("redis", "journal"):
        if kind == "redis":
            backend: Any = JournalRedisBackend(place)
        else:
            # A worker may die with the lock; by default the others wait half a minute then.
            lock = JournalFileSymlinkLock(place, grace_period=3)
            backend = JournalFileBackend(place, lock_obj=lock)
        return JournalStorage(
            backend,
            heartbeat_interval=1,
            grace_period=grace_period,
            heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(),
        )
    return RDBStorage(
        place,
        heartbeat_interval=1,
        grace_period=grace_period,
        heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(),
    )


def objective(trial: Trial) -> float:
    x = trial.suggest_float("x", 0, 1)
    n = trial.suggest_int("n", 1, 10)
    trial.set_user_attr("note", [x, n])
    for step in range(3):
        trial.report(x * n + step, step)
    if n == 10:
        raise tunesmith.TrialPruned
    return x * n


def told_of(trial: FrozenTrial) -> dict[str, Any]:
    """Everything that must stay as it was when a worker was told that the trial ended."""
    return {
        "number": trial.number,
        "state": trial.state.name,
        "values": trial.values,
        "params": trial.params,
        "reports": sorted(trial.intermediate_values.items()),
        "attrs": trial.user_attrs,
    }


def work(kind: str, place: str, folder: Path, n_trials: int | None, seed: int) -> None:
    """Run so many trials, or until the folder says that it is enough."""
    enough = folder / "enough"
    with (folder / f"told-{seed}").open("ab", buffering=0) as told:

        def note(study: tunesmith.Study, trial: FrozenTrial) -> None:
            told.write(json.dumps(told_of(trial)).encode() + b"\n")
            if enough.exists():
                study.stop()

        # On a machine that has far too much to do, even a worker that lives may not be heard of for
        # seconds. Where none is killed, none is to be taken for dead.
        storage = open_storage(kind, place) if n_trials is None else open_storage(kind, place, 600)
        study = tunesmith.load_study(
            study_name=NAME,
            storage=storage,
            sampler=tunesmith.samplers.RandomSampler(seed),
        )
        study.optimize(objective, n_trials, callbacks=[note])


class Workers:
    """Worker processes, forked from this one so that a new one is there at once."""

    def __init__(self, kind: str, place: str, folder: Path, n_trials: int | None) -> None:
        self._of = (kind, place, folder, n_trials)
        self._folder = folder
        self._n_started = 0
        self._pids: list[int] = []

    def start(self) -> None:
        self._n_started += 1
        seed = self._n_started
        pid = os.fork()
        if not pid:
            status = 1
            try:
                errors = os.open(self._folder / f"errors-{seed}", os.O_CREAT | os.O_WRONLY)
                os.dup2(errors, 2)
                work(*self._of, seed)
                status = 0
            except BaseException:
                os.write(2, traceback.format_exc().encode())
            finally:
                os._exit(status)
        self._pids.append(pid)

    def kill_one(self, rng: random.Random) -> None:
        pid = self._pids.pop(rng.randrange(len(self._pids)))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    def ended(self) -> Iterator[int]:
        """Wait for the workers; yield the exit status of each."""
        while self._pids:
            _, status = os.waitpid(self._pids.pop(), 0)
            yield os.waitstatus_to_exitcode(status)

    def errors(self) -> str:
        return "\n".join(
            text
            for path in sorted(self._folder.glob("errors-*"))
            if "Traceback" in (text := path.read_text(errors="replace"))
        )


def run(
    kind: str,
    n_kills: int,
    n_workers: int = 8,
    n_outages: int = 2,
    n_trials: int | None = None,
    seed: int = 0,
) -> Outcome:
    """Do all that is described above on one kind of storage.

    With `n_trials` each worker runs so many and ends by itself.
    """
    rng = random.Random(seed)
    outcome = Outcome(kind)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        server: Server | None = None
        if kind in _SERVERS:
            server = stack.enter_context(_SERVERS[kind]())
            place = server.new_database()
        else:
            place = str(folder / "study") if kind == "journal" else f"sqlite:///{folder / 'study'}"
        tunesmith.create_study(study_name=NAME, storage=open_storage(kind, place))
        workers = Workers(kind, place, folder, n_trials)
        for _ in range(n_workers):
            workers.start()
        outages = [(i + 1) * n_kills // (n_outages + 1) for i in range(n_outages if server else 0)]
        for kill in range(n_kills):
            time.sleep(rng.uniform(0.0, 0.2))
            workers.kill_one(rng)
            workers.start()
            outcome.n_kills += 1
            if server is not None and kill in outages:
                # The first time in good order, the second time as by a power cut.
                (server.kill if outcome.n_outages % 2 else server.stop)()
                time.sleep(1.0)
                server.start()
                outcome.n_outages += 1
        if n_trials is None:
            time.sleep(1.0)
            (folder / "enough").touch()
        statuses = list(workers.ended())
        if any(statuses):
            outcome.faults.append(f"workers ended with {statuses}: {workers.errors()}")
        if n_trials is None:
            finish(tunesmith.load_study(study_name=NAME, storage=open_storage(kind, place)))
        told = [
            json.loads(line)
            for path in folder.glob("told-*")
            for line in path.read_bytes().splitlines(keepends=True)
            if line.endswith(b"\n")
        ]
        # Read anew, so that it is the storage that is looked at.
        again = tunesmith.load_study(study_name=NAME, storage=open_storage(kind, place))
        check(outcome, again.trials, told)
        if n_trials is not None and outcome.n_told != n_workers * n_trials:
            outcome.faults.append(f"only {outcome.n_told} trials have ended")
    outcome.seconds = time.monotonic() - begin
    return outcome


def finish(study: tunesmith.Study) -> None:
    """Run what is left, as soon as the signs of life of the killed workers are old enough."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        study.optimize(objective, n_trials=1)
        states = {trial.state for trial in study.get_trials(deepcopy=False)}
        if not states & {TrialState.RUNNING, TrialState.WAITING}:
            return
        time.sleep(0.0 if TrialState.WAITING in states else 0.5)


def check(outcome: Outcome, trials: list[FrozenTrial], told: list[dict[str, Any]]) -> None:
    """Note what is not as it has to be."""
    outcome.n_trials, outcome.n_told = len(trials), len(told)
    faults = outcome.faults
    if [trial.number for trial in trials] != list(range(len(trials))):
        faults.append("the numbers are not 0, 1, ...")
    by_number = {trial.number: json.loads(json.dumps(told_of(trial))) for trial in trials}
    lost = [one for one in told if by_number.get(one["number"]) != one]
    if lost:
        faults.append(f"{len(lost)} finished trials lost or changed, as {lost[0]}")
    if len({one["number"] for one in told}) != len(told):
        faults.append("two workers were told of the same trial")
    left = [trial.number for trial in trials if not trial.state.is_finished()]
    if left:
        faults.append(f"trials {left} have not ended")
    stale = [trial for trial in trials if trial.state is TrialState.FAIL]
    outcome.n_stale = len(stale)
    # A worker that is away for long may be taken for dead, too.
    if len(stale) > outcome.n_kills + 8 * outcome.n_outages:
        faults.append(f"{len(stale)} trials failed, but only {outcome.n_kills} workers were killed")
    repeats: dict[int, list[FrozenTrial]] = {}
    for trial in trials:
        for number in RetryHeartbeatStaleTrialCallback.retry_history(trial)[-1:]:
            repeats.setdefault(number, []).append(trial)
    for trial in stale:
        again = repeats.get(trial.number, [])
        if len(again) != 1:
            faults.append(f"trial {trial.number} was run again {len(again)} times")
        elif any(again[0].params.get(name, x) != x for name, x in trial.params.items()):
            faults.append(f"trial {again[0].number} repeats {trial.number} with other parameters")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--storage", nargs="+", choices=STORAGES, default=STORAGES)
    parser.add_argument("--kills", type=int, default=100, help="default: 100")
    parser.add_argument("--workers", type=int, default=8, help="default: 8")
    parser.add_argument("--outages", type=int, default=2, help="of the server; default: 2")
    parser.add_argument("--trials", type=int, help="of each worker; default: until all is done")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    tunesmith.logging.set_verbosity(logging.ERROR)
    is_fine = True
    for kind in arguments.storage:
        outcome = run(
            kind,
            arguments.kills,
            arguments.workers,
            arguments.outages if arguments.kills else 0,
            arguments.trials,
            arguments.seed,
        )
        print(outcome, flush=True)
        is_fine = is_fine and not outcome.faults
    return 0 if is_fine else 1


if __name__ == "__main__":
    sys.exit(main())
