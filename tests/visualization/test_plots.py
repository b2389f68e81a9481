"""What the plots draw: both renderers the same, and what is in the trials."""

from __future__ import annotations

import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import optuna
import pytest

import tunesmith
from tunesmith import visualization
from tunesmith.trial import TrialState, create_trial
from tunesmith.visualization import matplotlib as drawn


@pytest.fixture(autouse=True)
def figures_are_closed():
    yield
    plt.close("all")


def study_of(*values, direction="minimize", library=tunesmith):
    study = library.create_study(direction=direction)
    create, state = library.trial.create_trial, library.trial.TrialState
    for value in values:
        if value is None:
            study.add_trial(create(state=state.FAIL))
        elif isinstance(value, str):
            study.add_trial(
                create(
                    state=state.PRUNED, value=float(value), intermediate_values={0: float(value)}
                )
            )
        else:
            study.add_trial(create(value=value))
    return study


def plotly_points(figure):
    return {trace.name: (list(trace.x), [float(y) for y in trace.y]) for trace in figure.data}


def matplotlib_points(axes):
    points = {}
    for dots in axes.collections:
        if len(dots.get_offsets()):
            x, y = np.asarray(dots.get_offsets()).T
            points[dots.get_label()] = (list(x), list(y))
    for line in axes.lines:
        points[line.get_label()] = (list(line.get_xdata()), list(line.get_ydata()))
    return points


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_the_history_of_a_study(direction):
    study = study_of(3.0, 1.0, "9", 2.0, None, 0.5, direction=direction)
    best = [3.0, 1.0, 1.0, 0.5] if direction == "minimize" else [3.0] * 4
    expected = {
        "Objective Value": ([0, 1, 3, 5], [3.0, 1.0, 2.0, 0.5]),
        "Pruned, last report": ([2], [9.0]),
        "Best value": ([0, 1, 3, 5], best),
        "Failed": ([4], [0.0]),
    }

    assert plotly_points(visualization.plot_optimization_history(study)) == expected
    assert matplotlib_points(drawn.plot_optimization_history(study)) == expected


def test_the_history_is_optunas_where_both_draw():
    values = (3.0, 1.0, 2.0, 0.5)
    ours = plotly_points(visualization.plot_optimization_history(study_of(*values)))
    theirs = plotly_points(
        optuna.visualization.plot_optimization_history(study_of(*values, library=optuna))
    )

    assert ours["Objective Value"] == theirs["Objective Value"]
    assert ours["Best value"] == theirs["Best Value"]


def test_an_infeasible_trial_is_not_the_best():
    study = tunesmith.create_study()
    for value, violation in ((0.0, 1.0), (5.0, 0.0), (1.0, 2.0), (4.0, -1.0)):
        study.add_trial(create_trial(value=value, constraints={"g": violation}))

    _, best = plotly_points(visualization.plot_optimization_history(study))["Best value"]

    assert np.isnan(best[0])
    assert best[1:] == [5.0, 5.0, 4.0]


def test_a_target_of_the_users_own():
    study = tunesmith.create_study(directions=["minimize", "maximize"])
    study.add_trial(create_trial(values=[1.0, 5.0]))

    figure = visualization.plot_optimization_history(
        study, target=lambda trial: trial.values[1], target_name="accuracy"
    )
    axes = drawn.plot_optimization_history(
        study, target=lambda trial: trial.values[1], target_name="accuracy"
    )

    assert plotly_points(figure) == {"accuracy": ([0], [5.0])}
    assert matplotlib_points(axes) == {"accuracy": ([0], [5.0])}
    assert figure.layout.yaxis.title.text == axes.get_ylabel() == "accuracy"


@pytest.mark.parametrize("module", [visualization, drawn])
def test_several_objectives_need_a_target(module):
    study = tunesmith.create_study(directions=["minimize", "maximize"])

    with pytest.raises(ValueError, match="2 objectives"):
        module.plot_optimization_history(study)


def test_several_studies():
    studies = [study_of(3.0, 1.0), study_of(1.0, 5.0, 0.0)]

    figure = visualization.plot_optimization_history(studies)
    axes = drawn.plot_optimization_history(studies)

    assert len(figure.data) == 4
    assert plotly_points(figure) == matplotlib_points(axes)
    assert all(any(study.study_name in t.name for t in figure.data) for study in studies)


def test_the_average_of_several_studies():
    studies = [study_of(3.0, 1.0), study_of(1.0, 5.0)]

    figure = visualization.plot_optimization_history(studies, error_bar=True)
    axes = drawn.plot_optimization_history(studies, error_bar=True)

    points = plotly_points(figure)
    assert points["Objective Value"] == ([0, 1], [2.0, 3.0])
    assert points["Best value"] == ([0, 1], [2.0, 1.0])
    assert list(figure.data[0].error_y.array) == [1.0, 2.0]
    assert "Best value" in matplotlib_points(axes)


@pytest.mark.parametrize("values", [(), (None,), ("1.0",)])
def test_little_to_show_is_still_a_plot(values, tmp_path):
    study = study_of(*values)

    visualization.plot_optimization_history(study).to_json()
    visualization.plot_intermediate_values(study).to_json()
    for axes in (drawn.plot_optimization_history(study), drawn.plot_intermediate_values(study)):
        axes.figure.savefig(tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 1000


def test_intermediate_values():
    study = tunesmith.create_study()
    study.add_trial(create_trial(value=1.0, intermediate_values={2: 0.5, 0: 1.0}))
    study.add_trial(create_trial(value=1.0))
    study.add_trial(create_trial(state=TrialState.PRUNED, value=3.0, intermediate_values={0: 3.0}))

    figure = visualization.plot_intermediate_values(study)
    axes = drawn.plot_intermediate_values(study)

    assert plotly_points(figure) == {
        "Trial 0": ([0, 2], [1.0, 0.5]),
        "Trial 2 (pruned)": ([0], [3.0]),
    }
    assert sorted(matplotlib_points(axes).values()) == sorted(plotly_points(figure).values())
    assert axes.get_xlabel() == figure.layout.xaxis.title.text == "Step"


def test_nothing_is_imported_before_something_is_drawn():
    program = (
        "import sys, tunesmith.visualization, tunesmith.visualization.matplotlib;"
        "assert tunesmith.visualization.is_available();"
        "assert not {'plotly', 'matplotlib', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize(
    ("module", "package"), [("visualization", "plotly"), ("visualization.matplotlib", "matplotlib")]
)
def test_a_missing_package_names_the_command(module, package):
    program = (
        f"import sys; sys.modules[{package!r}] = None\n"
        f"import importlib, tunesmith\n"
        f"plots = importlib.import_module('tunesmith.{module}')\n"
        "try:\n    plots.plot_optimization_history(tunesmith.create_study())\n"
        "except ImportError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )

    assert 'pip install "tunesmith[plots]"' in done.stdout
