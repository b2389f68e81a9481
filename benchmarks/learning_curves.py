"""How many epochs a search needs with each pruner, on learning curves of real trainings.

Each contestant, a sampler and a pruner of a library, searches each table of
`benchmarks/tasks/curves.py` until its trials have spent as many epochs as 100 trials without a
pruner would. Only trials that were trained to the end count. Printed are, as means over tables
and seeds:

- the normalized regret after 10, 20, 33, 50 and 100 % of the epochs: 0 for the best point of the
  table, 1 for the median point (geometric mean, by 1e-3 at least);
- the share of the epochs that it needs to reach what Tunesmith's default sampler without a pruner
  reaches after all of them (median; ">" if fewer than half of the runs do);
- how many trials were pruned, and how many of these would have been better than the best trial that
  was trained to the end.

    python benchmarks/learning_curves.py --folder /tmp/curves
    python benchmarks/learning_curves.py --contestants tunesmith.AutoSampler/MedianPruner
    python benchmarks/learning_curves.py --held-out
"""

from __future__ import annotations

import argparse
import collections
import importlib
import json
import sys
import tempfile
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))
from benchmarks.tasks.curves import DEVELOPMENT, HELD_OUT, CurveTable, tables

N_TRIALS = 100
SHARES = (0.1, 0.2, 1 / 3, 0.5, 1.0)
REFERENCE = "tunesmith.AutoSampler/NopPruner"
DEFAULT = (
    REFERENCE,
    "tunesmith.AutoSampler/default",
    "tunesmith.AutoSampler/MedianPruner",
    "tunesmith.AutoSampler/SuccessiveHalvingPruner",
    "tunesmith.AutoSampler/HyperbandPruner",
    "tunesmith.TPESampler/NopPruner",
    "tunesmith.TPESampler/default",
    "tunesmith.TPESampler/MedianPruner",
    "tunesmith.TPESampler/SuccessiveHalvingPruner",
    "tunesmith.TPESampler/HyperbandPruner",
    "tunesmith.TPESampler/PercentilePruner",
    "tunesmith.TPESampler/PatientPruner",
    "optuna.TPESampler/NopPruner",
    "optuna.TPESampler/MedianPruner",
    "optuna.TPESampler/SuccessiveHalvingPruner",
    "optuna.TPESampler/HyperbandPruner",
    "optuna.TPESampler/PercentilePruner",
    "optuna.TPESampler/PatientPruner",
)


def pruner_of(library: ModuleType, name: str) -> Any:
    """Return a library's pruner, with its defaults where it has any."""
    pruners = library.pruners
    if name == "PercentilePruner":
        return pruners.PercentilePruner(25.0)
    if name == "PatientPruner":
        return pruners.PatientPruner(pruners.MedianPruner(), 2)
    return getattr(pruners, name)()


def run(table: CurveTable, contestant: str, seed: int) -> dict[str, Any]:
    """Return what a study spent and found."""
    library_name, _, rest = contestant.partition(".")
    sampler, _, pruner = rest.partition("/")
    library = importlib.import_module(library_name)
    options = {} if pruner == "default" else {"pruner": pruner_of(library, pruner)}
    study = library.create_study(
        sampler=getattr(library.samplers, sampler)(seed=seed), study_name=f"{seed}", **options
    )
    n_steps = table.losses.shape[1]
    budget, spent = N_TRIALS * n_steps, 0
    found: list[tuple[float, float]] = []  # share of the budget, best loss
    best, pruned = np.inf, []
    while spent < budget:
        trial = study.ask()
        curve = table.suggest(trial)
        for step, loss in enumerate(curve.tolist(), 1):
            spent += 1
            trial.report(loss, step)
            if trial.should_prune():
                study.tell(trial, state=library.trial.TrialState.PRUNED)
                pruned.append(float(curve[-1]))
                break
        else:
            study.tell(trial, float(curve[-1]))
            if curve[-1] < best and spent <= budget:
                best = float(curve[-1])
                found.append((spent / budget, best))
    return {
        "table": table.name,
        "contestant": contestant,
        "seed": seed,
        "found": found,
        "n_trials": len(study.trials),
        "n_pruned": len(pruned),
        "n_wrong": sum(loss < best for loss in pruned),
    }


def regret(row: dict[str, Any], share: float, scale: tuple[float, float]) -> float:
    best = min((loss for at, loss in row["found"] if at <= share + 1e-9), default=np.inf)
    return float(min((best - scale[0]) / (scale[1] - scale[0]), 1.0))


def report(rows: list[dict[str, Any]], scales: dict[str, tuple[float, float]]) -> None:
    by_contestant: dict[str, dict[tuple[str, int], dict[str, Any]]] = collections.defaultdict(dict)
    for row in rows:
        by_contestant[row["contestant"]][row["table"], row["seed"]] = row
    head = "".join(f"{100 * share:7.0f}%" for share in SHARES)
    print(f"{'regret after this share of the epochs':46}{head}  needs   pruned    wrongly")
    for contestant, runs in by_contestant.items():
        regrets = np.array(
            [[regret(row, s, scales[key[0]]) for s in SHARES] for key, row in runs.items()]
        )
        means = np.exp(np.log(np.maximum(regrets, 1e-3)).mean(axis=0))
        needs = []
        for key, row in runs.items():
            # What the reference reaches, as the median over its seeds.
            goals = [
                r["found"][-1][1]
                for k, r in by_contestant.get(REFERENCE, {}).items()
                if k[0] == key[0]
            ]
            goal = float(np.median(goals)) if goals else -np.inf
            needs.append(min((at for at, loss in row["found"] if loss <= goal), default=np.inf))
        median = float(np.median(needs))
        need = f"{100 * median:5.0f}%" if np.isfinite(median) else ">100%"
        n_pruned = sum(row["n_pruned"] for row in runs.values())
        n_trials = sum(row["n_trials"] for row in runs.values())
        wrong = sum(row["n_wrong"] for row in runs.values()) / max(n_pruned, 1)
        figures = "".join(f"{mean:8.3f}" for mean in means)
        print(
            f"{contestant:46}{figures} {need:>6} {n_pruned / n_trials:7.0%} {wrong:10.2%}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    folder = Path(tempfile.gettempdir()) / "tunesmith-curves"
    parser.add_argument("--folder", type=Path, default=folder, help="where the tables are kept")
    parser.add_argument("--tables", nargs="+", choices=DEVELOPMENT + HELD_OUT)
    parser.add_argument(
        "--held-out", action="store_true", help="the tables that nothing was tuned on"
    )
    parser.add_argument("--contestants", nargs="+", default=list(DEFAULT))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--results", type=Path, help="file of lines to add to and to go on from")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    for name in {contestant.partition(".")[0] for contestant in arguments.contestants}:
        library = importlib.import_module(name)
        library.logging.set_verbosity(library.logging.ERROR)
    names = arguments.tables or (HELD_OUT if arguments.held_out else DEVELOPMENT)
    known = list(tables(arguments.folder, names))
    scales = {
        t.name: (float(t.losses[:, -1].min()), float(np.median(t.losses[:, -1]))) for t in known
    }
    rows: list[dict[str, Any]] = []
    if arguments.results and arguments.results.exists():
        rows = [json.loads(line) for line in arguments.results.read_text().splitlines()]
        rows = [
            r for r in rows if r["table"] in scales and r["contestant"] in arguments.contestants
        ]
    done = {(row["table"], row["contestant"], row["seed"]) for row in rows}
    for contestant in arguments.contestants:
        for table in known:
            for seed in range(arguments.seeds):
                if (table.name, contestant, seed) in done:
                    continue
                rows.append(run(table, contestant, seed))
                if arguments.results:
                    with arguments.results.open("a") as file:
                        file.write(json.dumps(rows[-1]) + "\n")
    report(rows, scales)


if __name__ == "__main__":
    main()
