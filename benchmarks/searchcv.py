"""SearchCV against other searches for scikit-learn, at equal time.

Each search goes over ten problems, an estimator with its space on data that scikit-learn ships, in
one process with one thread. RandomizedSearchCV evaluates so many candidates; the others get the
seconds that it took, and HalvingRandomSearchCV so many candidates that it takes as long. What a search
had found at any time is evaluated by two further five-fold cross-validations, whose splits no search
has seen. Printed are:

- the score reached after all of the time, for each problem (median over the seeds), and the mean rank
  after a half and after all of it;
- the time until a search has reached what RandomizedSearchCV reaches in the end, with this or with
  another seed, as a share of all the time that RandomizedSearchCV takes (median; RandomizedSearchCV
  itself is compared with its other seeds only), and how many of the runs reach it in time;
- the time that a search needs beside fits and scores, for each candidate.

Seconds are those of the processor. Needs `constraints/bench.in`, optuna-integration and
scikit-optimize.

    OMP_NUM_THREADS=1 python benchmarks/searchcv.py --results /tmp/searchcv.jsonl
    OMP_NUM_THREADS=1 python benchmarks/searchcv.py --searches SearchCV SearchCV/resource=folds
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import (
    KFold,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    StratifiedKFold,
    cross_val_score,
)

sys.path.insert(0, str(Path(__file__).parent))
from _search_overhead import report_overhead
from _searches import Outcome, search_named
from tasks.searches import Problem, problems

REFERENCE = "RandomizedSearchCV"
DEFAULT = (
    "SearchCV",
    REFERENCE,
    "HalvingRandomSearchCV",
    "OptunaSearchCV",
    "BayesSearchCV",
)
N_SPLITS = 5
N_REPEATS = 2  # further cross-validations of what was found
_FOREIGN_SEED = 1_000_003


class Judge:
    """Evaluates what was found on splits that no search has seen."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._rows, self._target = problem.load()
        kind = RepeatedStratifiedKFold if problem.is_classification else RepeatedKFold
        self._cv = kind(n_splits=N_SPLITS, n_repeats=N_REPEATS, random_state=_FOREIGN_SEED)
        self._known: dict[str, float] = {}

    def score(self, params: dict[str, Any]) -> float:
        key = repr(sorted(params.items(), key=lambda item: item[0]))
        if key not in self._known:
            scores = cross_val_score(
                self._problem.make().set_params(**params),
                self._rows,
                self._target,
                scoring=self._problem.scoring,
                cv=self._cv,
            )
            self._known[key] = float(np.mean(scores))
        return self._known[key]


def splitter(problem: Problem, seed: int) -> Any:
    kind = StratifiedKFold if problem.is_classification else KFold
    return kind(N_SPLITS, shuffle=True, random_state=seed)


def row_of(
    name: str, problem: Problem, seed: int, outcome: Outcome, judge: Judge
) -> dict[str, Any]:
    return {
        "search": name,
        "problem": problem.name,
        "seed": seed,
        "seconds": outcome.seconds,
        "n_candidates": outcome.n_candidates,
        "n_fits": outcome.n_fits,
        # When, what it was worth, and what the search saw of it.
        "found": [[one.at, judge.score(one.params), one.score] for one in outcome.found],
    }


def missing_rows(
    names: list[str], chosen: list[Problem], n_seeds: int, n_candidates: int, done: list[Any]
) -> Any:
    """Run what is not there yet; yields a row for each run."""
    rows = {(row["problem"], row["seed"], row["search"]): row for row in done}
    for seed in range(n_seeds):
        for problem in chosen:
            judge = Judge(problem)
            for name in [REFERENCE, *(name for name in names if name != REFERENCE)]:
                if (problem.name, seed, name) in rows:
                    continue
                reference = rows.get((problem.name, seed, REFERENCE))
                limit = reference["seconds"] if reference else np.inf
                run = search_named(name)
                outcome = run(problem, splitter(problem, seed), seed, n_candidates, limit)
                row = row_of(name, problem, seed, outcome, judge)
                rows[problem.name, seed, name] = row
                yield row


# What comes of it.


def worth(row: dict[str, Any], seconds: float) -> float:
    """What the search would have returned at a time; the worst of all if it had nothing."""
    known = [score for at, score, _ in row["found"] if at <= seconds]
    return float(known[-1]) if known else -np.inf


def time_to(row: dict[str, Any], goal: float) -> float:
    return float(min((at for at, score, _ in row["found"] if score >= goal), default=np.inf))


def shares_of(runs: list[dict[str, Any]], references: list[dict[str, Any]]) -> list[float]:
    """When each run has reached the end of each run of RandomizedSearchCV; not itself its own."""
    shares = []
    for run in runs:
        limit = next(one["seconds"] for one in references if one["seed"] == run["seed"])
        for other in references:
            if run is not other:
                share = time_to(run, worth(other, np.inf)) / limit
                shares.append(share if share <= 1.0 else np.inf)
    return shares


def mean_ranks(table: Any) -> Any:
    """Ranks of the columns, 1 for the highest, ties shared."""
    higher = (table[:, None, :] > table[:, :, None]).sum(axis=2)
    equal = (table[:, None, :] == table[:, :, None]).sum(axis=2)
    return (1 + higher + (equal - 1) / 2).mean(axis=0)


def report(rows: list[dict[str, Any]], names: list[str], chosen: list[Problem]) -> None:
    by_key = {(row["problem"], row["seed"], row["search"]): row for row in rows}
    seeds = sorted({row["seed"] for row in rows})
    width = max(map(len, names)) + 2
    print(f"{len(chosen)} problems, {len(seeds)} seeds\n")
    print(f"{'score after all of the time':32}" + "".join(f"{name:>{width}}" for name in names))
    ends, halves, shares = [], [], []
    for problem in chosen:
        runs = {name: [by_key[problem.name, seed, name] for seed in seeds] for name in names}
        limits = [by_key[problem.name, seed, REFERENCE]["seconds"] for seed in seeds]
        at_end = np.array(
            [[worth(runs[name][k], limits[k]) for name in names] for k in range(len(seeds))]
        )
        ends.extend(at_end)
        halves.extend(
            [[worth(runs[n][k], limits[k] / 2) for n in names] for k in range(len(seeds))]
        )
        shares.append([shares_of(runs[name], runs[REFERENCE]) for name in names])
        medians = np.median(at_end, axis=0)
        print(f"{problem.name:32}" + "".join(f"{score:{width}.4f}" for score in medians))
    print(f"{'mean rank after all':32}" + _figures(mean_ranks(np.array(ends)), width))
    print(f"{'mean rank after a half':32}" + _figures(mean_ranks(np.array(halves)), width))
    print(f"\ntime to reach what {REFERENCE} reaches in the end, as a share of its time")
    for problem, lists in zip(chosen, shares, strict=True):
        print(f"{problem.name:32}" + _figures([np.median(one) for one in lists], width))
    by_search = [np.concatenate(lists) for lists in zip(*shares, strict=True)]
    print(f"{'median':32}" + _figures([np.median(one) for one in by_search], width))
    reached = [100 * float(np.isfinite(one).mean()) for one in by_search]
    print(f"{'% that reach it':32}" + "".join(f"{share:{width}.0f}" for share in reached))
    counts = {name: [row for row in rows if row["search"] == name] for name in names}
    per_run = [np.mean([row["n_candidates"] for row in counts[name]]) for name in names]
    print(f"\n{'candidates in a run':32}" + _figures(per_run, width))


def _figures(values: Any, width: int) -> str:
    return "".join(
        f"{value:{width}.2f}" if np.isfinite(value) else f"{'never':>{width}}" for value in values
    )


def is_there(name: str) -> bool:
    package = {"OptunaSearchCV": "optuna_integration", "BayesSearchCV": "skopt"}.get(name)
    if package is None or importlib.util.find_spec(package) is not None:
        return True
    print(f"{name} is left out: there is no {package}.")
    return False


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    every = problems()
    parser.add_argument("--searches", nargs="+", default=list(DEFAULT))
    parser.add_argument("--problems", nargs="+", help="parts of names")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--candidates", type=int, default=40, help="of RandomizedSearchCV")
    parser.add_argument("--results", type=Path, help="file of lines to add to and to go on from")
    arguments = parser.parse_args()
    names = [name for name in dict.fromkeys([*arguments.searches, REFERENCE]) if is_there(name)]
    chosen = [
        problem
        for problem in every
        if not arguments.problems or any(part in problem.name for part in arguments.problems)
    ]
    warnings.simplefilter("ignore")
    _silence()
    rows: list[dict[str, Any]] = []
    if arguments.results and arguments.results.exists():
        rows = [json.loads(line) for line in arguments.results.read_text().splitlines()]
    for row in missing_rows(names, chosen, arguments.seeds, arguments.candidates, rows):
        rows.append(row)
        if arguments.results:
            with arguments.results.open("a") as file:
                file.write(json.dumps(row) + "\n")
    in_question = {problem.name for problem in chosen}
    rows = [
        row
        for row in rows
        if row["search"] in names
        and row["problem"] in in_question
        and row["seed"] < arguments.seeds
    ]
    report(rows, names, chosen)
    print()
    report_overhead()


def _silence() -> None:
    import tunesmith

    tunesmith.logging.set_verbosity(tunesmith.logging.ERROR)
    try:
        import optuna
    except ImportError:
        return
    optuna.logging.set_verbosity(optuna.logging.ERROR)


if __name__ == "__main__":
    main()
