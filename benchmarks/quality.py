"""Compare what samplers find in the same number of trials, on tasks of five families.

Each sampler solves each task once per seed. Results are kept in a file, line by line, so that a
run can be broken off and go on, and samplers can be added. The report gives, after 25, 50, 100 and
200 trials:

- normalized regret: 0 is the best known value of a task, 1 what random search finds in as many
  trials (medians over the seeds, means over the tasks);
- mean rank among the samplers, over tasks and seeds;
- win rate against one of them, over tasks and seeds, a tie counting half, with a 95 % interval
  from resampling the tasks.

Needs `constraints/bench.in`. With several objectives the hypervolume takes the place of the value.

    python benchmarks/quality.py --trials 100 --seeds 5 --results quality.jsonl
    python benchmarks/quality.py --families functions --samplers tunesmith.GPSampler optuna.GPSampler
    python benchmarks/quality.py --results quality.jsonl --report-only --against optuna.TPESampler
"""

from __future__ import annotations

import argparse
import ast
import collections
import concurrent.futures
import importlib
import json
import math
import multiprocessing
import os
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tasks import Task, all_tasks

FloatArray = npt.NDArray[np.float64]
Results = dict[tuple[str, int, str], FloatArray]  # task, seed, sampler: losses of all trials

RANDOM = "optuna.RandomSampler"
DEFAULT = (RANDOM, "optuna.TPESampler", "tunesmith.TPESampler")
CHECKPOINTS = (25, 50, 100, 200)


def solved(task_name: str, seed: int, sampler: str, n_trials: int) -> dict[str, Any]:
    """Solve a task; return a line of the results."""
    task = all_tasks()[task_name]
    library_name, _, rest = sampler.partition(".")
    if library_name not in ("optuna", "tunesmith"):
        import peers

        begin = time.process_time()
        values = peers.solved(library_name, task, seed, n_trials)
    else:
        library = importlib.import_module(library_name)
        warnings.simplefilter("ignore")
        library.logging.set_verbosity(library.logging.ERROR)
        class_name, _, options = rest.partition("(")
        call = ast.parse(f"f({options or ')'}", mode="eval").body
        assert isinstance(call, ast.Call)
        kwargs = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
        study = library.create_study(
            sampler=getattr(library.samplers, class_name)(seed=seed, **kwargs),
            directions=["minimize"] * task.n_objectives,
        )
        begin = time.process_time()
        study.optimize(task.make(seed), n_trials=n_trials)
        values = [trial.values for trial in study.trials]
    return {
        "task": task_name,
        "seed": seed,
        "sampler": sampler,
        "cpu": round(time.process_time() - begin, 3),
        "values": values,
    }


# The report.


def scores(
    results: Results, tasks: dict[str, Task], n: int
) -> dict[tuple[str, int], dict[str, float]]:
    """Return for task and seed what each sampler had reached after n trials; lower is better."""
    table: dict[tuple[str, int], dict[str, float]] = collections.defaultdict(dict)
    worst = {name: _worst(results, task) for name, task in tasks.items() if task.n_objectives > 1}
    for (task, seed, sampler), values in results.items():
        if len(values) >= n:
            part = values[:n]
            score = -_hypervolume(part, worst[task]) if task in worst else float(part.min())
            table[task, seed][sampler] = score
    return table


def _worst(results: Results, task: Task) -> FloatArray:
    if task.worst:
        return np.array(task.worst)
    random = [
        v for (name, _, sampler), v in results.items() if name == task.name and sampler == RANDOM
    ]
    return np.quantile(np.concatenate(random), 0.7, axis=0) if random else np.array([np.inf])


def _hypervolume(values: FloatArray, worst: FloatArray) -> float:
    import moocore

    inside = values[(values < worst).all(axis=1)]
    return float(moocore.hypervolume(inside, ref=worst)) if len(inside) else 0.0


def report(results: Results, tasks: dict[str, Task], samplers: list[str], against: str) -> None:
    most = max(map(len, results.values()))
    checkpoints = [n for n in CHECKPOINTS if n <= most]
    families = ["all", *dict.fromkeys(task.family for task in tasks.values())]
    for family in families:
        print(f"\n{family}: regret / mean rank / win rate against {against} (95 % interval)")
        print(f"{'trials':40s}" + "".join(f"{n:>30d}" for n in checkpoints))
        lines: dict[str, list[str]] = {sampler: [] for sampler in samplers}
        for n in checkpoints:
            table = {
                key: row
                for key, row in scores(results, tasks, n).items()
                if key[0] in tasks
                and family in ("all", tasks[key[0]].family)
                and all(sampler in row for sampler in samplers)
            }
            for sampler, cell in _cells(table, samplers, against).items():
                lines[sampler].append(cell)
        for sampler in samplers:
            print(f"{sampler:40s}" + "".join(f"{cell:>30s}" for cell in lines[sampler]))


def _cells(
    table: dict[tuple[str, int], dict[str, float]],
    samplers: list[str],
    against: str,
) -> dict[str, str]:
    if not table:
        return dict.fromkeys(samplers, "-")
    names = sorted({task for task, _ in table})
    matrix = np.array([[row[s] for s in samplers] for row in table.values()])
    task_of = np.array([names.index(task) for task, _ in table])
    order = np.argsort(np.argsort(matrix, axis=1), axis=1) + 1.0
    for row, ranks in zip(matrix, order, strict=True):  # ties share their mean rank
        for value in np.unique(row):
            ranks[row == value] = ranks[row == value].mean()
    regrets = _regrets(matrix, matrix.min(axis=1), task_of, samplers)
    wins = (matrix < matrix[:, [samplers.index(against)]]) + 0.5 * (
        matrix == matrix[:, [samplers.index(against)]]
    )
    per_task = np.array([wins[task_of == k].mean(axis=0) for k in range(len(names))])
    rng = np.random.default_rng(0)
    resampled = per_task[rng.integers(len(names), size=(2000, len(names)))].mean(axis=1)
    low, high = np.quantile(resampled, [0.025, 0.975], axis=0)
    cells = {}
    for k, sampler in enumerate(samplers):
        regret = np.mean([np.median(regrets[task_of == t, k]) for t in range(len(names))])
        cells[sampler] = (
            f"{regret:.2f} / {order[:, k].mean():.2f} / {100 * per_task[:, k].mean():.0f} % "
            f"({100 * low[k]:.0f}-{100 * high[k]:.0f})"
        )
    return cells


def _regrets(
    matrix: FloatArray, lowest: FloatArray, task_of: npt.NDArray[np.intp], samplers: list[str]
) -> FloatArray:
    # An instance of its own per seed: the best known value is that of task and seed.
    gaps = matrix - lowest[:, None]
    regrets = np.empty_like(gaps)
    for row, values in enumerate(gaps):
        scale = 1.0
        if RANDOM in samplers:
            scale = float(np.median(gaps[task_of == task_of[row], samplers.index(RANDOM)]))
        regrets[row] = np.clip(values / (scale or 1.0), 0.0, 10.0)
    return regrets


def plot(results: Results, tasks: dict[str, Task], samplers: list[str], path: Path) -> None:
    """Draw the win rate against random search, and the mean rank, over the trials."""
    from matplotlib import pyplot as plt

    most = max(map(len, results.values()))
    counts = list(range(5, most + 1, 5))
    ranks, wins = [], []
    for n in counts:
        table = scores(results, tasks, n)
        rows = [row for row in table.values() if all(s in row for s in samplers)]
        matrix = np.array([[row[s] for s in samplers] for row in rows])
        worse = (matrix[:, :, None] > matrix[:, None, :]).sum(axis=2)
        same = (matrix[:, :, None] == matrix[:, None, :]).sum(axis=2)
        ranks.append((worse + 0.5 * (same + 1)).mean(axis=0))
        random = matrix[:, [samplers.index(RANDOM)]]
        wins.append(((matrix < random) + 0.5 * (matrix == random)).mean(axis=0))
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
    styles = ["-", "--", "-.", ":"]
    for k, sampler in enumerate(samplers):
        (line,) = axes[0].plot(counts, np.array(ranks)[:, k], styles[k % 4], label=sampler)
        if sampler != RANDOM:
            part = 100 * np.array(wins)[:, k]
            axes[1].plot(counts, part, styles[k % 4], color=line.get_color())
    axes[0].set(xlabel="trials", ylabel="mean rank (1 is best)", title="Rank among the samplers")
    axes[1].set(xlabel="trials", ylabel="%", title="Better than random search, % of the runs")
    figure.legend(loc="outside lower center", ncols=4, fontsize="small")
    for axis in axes:
        axis.grid(alpha=0.3)
    figure.savefig(path, dpi=120)


def loaded(path: Path) -> tuple[Results, dict[str, list[float]]]:
    results: Results = {}
    costs: dict[str, list[float]] = collections.defaultdict(list)
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            values = np.array(
                [
                    [math.inf if v is None else v for v in values or [None]]
                    for values in row["values"]
                ]
            )
            results[row["task"], row["seed"], row["sampler"]] = values
            costs[row["sampler"]].append(row["cpu"])
    return results, costs


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--samplers", nargs="+", default=list(DEFAULT))
    parser.add_argument("--families", nargs="+")
    parser.add_argument("--tasks", nargs="+")
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--results", type=Path, default=Path("quality.jsonl"))
    parser.add_argument("--against", default="optuna.TPESampler")
    parser.add_argument("--report-only", action="store_true")
    parser.add_argument("--plot", type=Path, help="file for a picture; needs matplotlib")
    args = parser.parse_args()
    if args.against not in args.samplers:
        parser.error(f"--against {args.against} is not one of --samplers {' '.join(args.samplers)}")
    tasks = {
        name: task
        for name, task in all_tasks().items()
        if (not args.families or task.family in args.families)
        and (not args.tasks or name in args.tasks)
    }
    results, _ = loaded(args.results)
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")  # for the processes that solve
    if not args.report_only:
        missing = [
            (name, seed, sampler, args.trials)
            for seed in range(args.seeds)
            for sampler in args.samplers
            for name in tasks
            if len(results.get((name, seed, sampler), ())) < args.trials
        ]
        with (
            args.results.open("a", encoding="utf-8") as file,
            concurrent.futures.ProcessPoolExecutor(
                args.jobs, mp_context=multiprocessing.get_context("spawn")
            ) as pool,
        ):
            runs = [pool.submit(solved, *run) for run in missing]
            for count, run in enumerate(concurrent.futures.as_completed(runs), 1):
                file.write(json.dumps(run.result()) + "\n")
                file.flush()
                print(f"\r{count}/{len(runs)}", end="", file=sys.stderr, flush=True)
    results, costs = loaded(args.results)
    chosen = {
        key: values
        for key, values in results.items()
        if key[0] in tasks and key[2] in args.samplers
    }
    report(chosen, tasks, args.samplers, args.against)
    if args.plot is not None:
        if RANDOM not in args.samplers:
            parser.error(f"--plot compares with {RANDOM}; name it among --samplers")
        plot(chosen, tasks, args.samplers, args.plot)
    print("\nmean CPU seconds of a run:")
    for sampler in args.samplers:
        print(f"{sampler:40s}{np.mean(costs[sampler]):10.2f}")


if __name__ == "__main__":
    main()
