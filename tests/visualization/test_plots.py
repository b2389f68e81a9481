"""What the plots draw: both renderers the same, what is in the trials, and what Optuna draws."""

from __future__ import annotations

import inspect
import os
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

plt.switch_backend("agg")

PLOTS = ["plot_optimization_history", "plot_intermediate_values"]


@pytest.fixture(autouse=True)
def figures_are_closed():
    yield
    plt.close("all")


def study_of(*values, direction="minimize", library=tunesmith, name=None):
    """Return a study: a number is a complete trial, None a failed one, a string a pruned one."""
    study = library.create_study(direction=direction, study_name=name)
    create, state = library.trial.create_trial, library.trial.TrialState
    for value in values:
        if value is None:
            study.add_trial(create(state=state.FAIL))
        else:
            reports = {0: float(value) + 1.0, 2: float(value)}
            ended = state.PRUNED if isinstance(value, str) else state.COMPLETE
            study.add_trial(create(state=ended, value=float(value), intermediate_values=reports))
    return study


def forty_trials(library=tunesmith, direction="maximize", seed=0):
    rng = np.random.default_rng(seed)
    values = [
        None if kind < 0.1 else str(value) if kind < 0.4 else float(value)
        for kind, value in rng.random((40, 2))
    ]
    return study_of(*values, direction=direction, library=library, name=f"forty-{seed}")


def plotly_points(figure):
    """Return what is drawn by its name."""
    return {
        trace.name: (list(trace.x), [float(y) for y in trace.y])
        for trace in figure.data
        if trace.name is not None
    }


def matplotlib_points(axes):
    """Return what is drawn by its name."""
    points = {}
    for dots in axes.collections:
        if not dots.get_label().startswith("_"):
            x, y = np.asarray(dots.get_offsets()).T
            points[dots.get_label()] = (list(x), list(y))
    for line in axes.lines:
        points[line.get_label()] = (list(line.get_xdata()), list(line.get_ydata()))
    return points


def texts_around(figure_or_axes):
    if isinstance(figure_or_axes, plt.Axes):
        axes = figure_or_axes
        return axes.get_title(), axes.get_xlabel(), axes.get_ylabel()
    layout = figure_or_axes.layout
    title = layout.title.text.partition("<br>")[0]
    return title, layout.xaxis.title.text, layout.yaxis.title.text


def legend_of(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def both(plot, *arguments, **options):
    """Draw with both renderers, and check that they show the same."""
    figure = getattr(visualization, plot)(*arguments, **options)
    axes = getattr(drawn, plot)(*arguments, **options)
    assert plotly_points(figure) == matplotlib_points(axes)
    assert texts_around(figure) == texts_around(axes)
    return figure, axes


# One study.


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_the_history_of_a_study(direction):
    study = study_of(3.0, 1.0, "9", 2.0, None, 0.5, None, direction=direction, name="s")

    figure, axes = both("plot_optimization_history", study)

    best = [3.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5] if direction == "minimize" else [3.0] * 7
    assert plotly_points(figure) == {
        "Objective Value": ([0, 1, 3, 5], [3.0, 1.0, 2.0, 0.5]),
        "Best Value": ([0, 1, 2, 3, 4, 5, 6], best),
        "Pruned Trial": ([2], [9.0]),
        "Failed Trial": ([4, 6], [0.02, 0.02]),
    }
    assert texts_around(axes) == ("Optimization History of s", "Trial", "Objective Value")
    assert legend_of(axes) == list(plotly_points(figure))


def test_failed_trials_stand_on_the_lower_edge_of_any_scale():
    figure, axes = both("plot_optimization_history", study_of(1e6, None, 2e6))

    assert figure.data[-1].yaxis == "y2"
    assert tuple(figure.layout.yaxis2.range) == (0, 1)
    assert axes.lines[-1].get_transform() == axes.get_xaxis_transform()
    assert axes.get_ylim()[0] > 9e5


def test_infeasible_trials_look_different():
    study = tunesmith.create_study()
    for value, violation in ((0.0, 1.0), (5.0, 0.0), (1.0, 2.0), (4.0, -1.0)):
        study.add_trial(create_trial(value=value, constraints={"g": violation}))

    figure, axes = both("plot_optimization_history", study)

    assert plotly_points(figure) == {
        "Objective Value": ([1, 3], [5.0, 4.0]),
        "Best Value": ([1, 2, 3], [5.0, 5.0, 4.0]),
        "Infeasible Trial": ([0, 2], [0.0, 1.0]),
    }
    assert figure.data[2].marker.symbol == "circle-open"
    assert len(axes.collections[1].get_facecolors()) == 0


def test_a_target_of_the_users_own():
    study = tunesmith.create_study(directions=["minimize", "maximize"])
    study.add_trial(create_trial(values=[1.0, 5.0]))

    figure, axes = both(
        "plot_optimization_history",
        study,
        target=lambda trial: trial.values[1],
        target_name="accuracy",
    )

    assert plotly_points(figure) == {"accuracy": ([0], [5.0])}
    assert axes.get_ylabel() == "accuracy"


# Several studies.


def test_several_studies_side_by_side():
    studies = [study_of(3.0, 1.0, name="a"), study_of(1.0, "7", None, 0.0, name="b")]

    figure, axes = both("plot_optimization_history", studies)

    assert plotly_points(figure) == {
        "Objective Value of a": ([0, 1], [3.0, 1.0]),
        "Best Value of a": ([0, 1], [3.0, 1.0]),
        "Objective Value of b": ([0, 3], [1.0, 0.0]),
        "Best Value of b": ([0, 1, 2, 3], [1.0, 1.0, 1.0, 0.0]),
    }
    assert legend_of(axes) == list(plotly_points(figure))
    assert figure.data[0].marker.color == figure.data[1].line.color != figure.data[3].line.color


def test_many_studies_have_one_line_each_in_the_legend():
    studies = [study_of(1.0, 2.0, name=f"{'long' * 15}-{k:02}") for k in range(14)]

    figure, axes = both("plot_optimization_history", studies)

    lines = [trace for trace in figure.data if trace.mode == "lines"]
    assert [trace.name for trace in figure.data if trace.showlegend] == [t.name for t in lines]
    assert len({(trace.line.color, trace.line.dash) for trace in lines}) == 14
    assert len({(line.get_color(), line.get_linestyle()) for line in axes.lines}) == 14
    labels = legend_of(axes)
    assert len(set(labels)) == 14
    assert max(map(len, labels)) < 50


def test_a_legend_covers_no_data():
    axes = drawn.plot_optimization_history([forty_trials(seed=k) for k in range(9)])
    axes.figure.canvas.draw()

    assert axes.get_legend().get_window_extent().y1 < axes.get_window_extent().y0
    assert axes.get_legend().get_window_extent().y0 >= 0
    assert axes.get_window_extent().height > 200


def test_the_average_of_several_studies():
    studies = [study_of(3.0, 1.0), study_of(1.0, 5.0)]

    figure, axes = both("plot_optimization_history", studies, error_bar=True)

    points = plotly_points(figure)
    assert points["Objective Value"] == ([0, 1], [2.0, 3.0])
    assert points["Best Value"] == ([0, 1], [2.0, 1.0])
    assert list(figure.data[0].error_y.array) == [1.0, 2.0]
    assert [list(trace.y) for trace in figure.data[2:]] == [[3.0, 1.0], [1.0, 1.0]]
    bars = axes.collections[0].get_segments()
    assert [bar[:, 1].tolist() for bar in bars] == [[1.0, 3.0], [1.0, 5.0]]
    assert legend_of(axes) == ["Objective Value", "Best Value"]


def test_the_average_best_value_does_not_fall_back():
    figure = visualization.plot_optimization_history(
        [study_of(1.0, 2.0, None, 3.0), study_of(5.0, None, 6.0, None)], error_bar=True
    )
    maximized = visualization.plot_optimization_history(
        [
            study_of(1.0, 2.0, None, 3.0, direction="maximize"),
            study_of(5.0, None, 6.0, None, direction="maximize"),
        ],
        error_bar=True,
    )

    assert plotly_points(figure)["Best Value"] == ([0, 1, 2, 3], [3.0] * 4)
    assert plotly_points(maximized)["Best Value"] == ([0, 1, 2, 3], [3.0, 3.5, 4.0, 4.5])


# Learning curves.


def test_intermediate_values():
    study = tunesmith.create_study()
    study.add_trial(create_trial(value=1.0, intermediate_values={2: 0.5, 0: 1.0}))
    study.add_trial(create_trial(value=1.0))
    study.add_trial(create_trial(state=TrialState.PRUNED, value=3.0, intermediate_values={0: 3.0}))
    study.add_trial(create_trial(state=TrialState.FAIL, intermediate_values={0: 9.0}))
    study.ask().report(4.0, 1)

    figure, axes = both("plot_intermediate_values", study)

    assert plotly_points(figure) == {
        "Trial0": ([0, 2], [1.0, 0.5]),
        "Trial4": ([1], [4.0]),
        "Trial2": ([0], [3.0]),
    }
    assert texts_around(axes) == ("Intermediate Values", "Step", "Intermediate Value")
    assert legend_of(axes) == ["Complete", "Running", "Pruned"]
    assert all(state in figure.layout.title.text for state in legend_of(axes))
    assert len({trace.line.color for trace in figure.data}) == 3


def test_a_legend_of_states_not_of_trials():
    figure, axes = both("plot_intermediate_values", forty_trials())

    assert len(figure.data) == len(axes.lines) > 20
    assert legend_of(axes) == ["Complete", "Pruned"]
    assert not any(trace.showlegend for trace in figure.data)


def two_objectives(pruner=None):
    """Return a study of three trials, the last of which MedianPruner prunes at step 0."""
    study = tunesmith.create_study(
        directions=["minimize", "maximize"],
        pruner=pruner or tunesmith.pruners.MedianPruner(2),
        sampler=tunesmith.samplers.RandomSampler(seed=0),
    )

    def objective(trial):
        for step in (0, 1):
            trial.report([trial.number + step, -trial.number], step)
            if trial.should_prune():
                raise tunesmith.TrialPruned
        return trial.number, -trial.number

    study.optimize(objective, n_trials=3)
    return study


def test_several_objectives_have_a_panel_each():
    study = two_objectives()
    figure = visualization.plot_intermediate_values(study)
    panels = drawn.plot_intermediate_values(study)

    losses = {"Trial0": ([0, 1], [0, 1]), "Trial1": ([0, 1], [1, 2]), "Trial2": ([0], [2])}
    others = {"Trial0": ([0, 1], [0, 0]), "Trial1": ([0, 1], [-1, -1]), "Trial2": ([0], [-2])}
    assert list(map(matplotlib_points, panels)) == [losses, others]
    by_panel = {
        axis: {t.name: (list(t.x), list(t.y)) for t in figure.data if t.yaxis == axis}
        for axis in ("y", "y2")
    }
    assert by_panel == {"y": losses, "y2": others}
    labels = ["Intermediate Value of objective 0", "Intermediate Value of objective 1"]
    assert [axes.get_ylabel() for axes in panels] == labels
    assert [figure.layout[axis].title.text for axis in ("yaxis", "yaxis2")] == labels
    assert [axes.get_title() for axes in panels] == ["Intermediate Values", ""]
    (legend,) = panels[0].figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "Complete",
        "Pruned by MedianPruner",
    ]


@pytest.mark.parametrize("objective", ["accuracy", 1])
def test_one_of_several_objectives(objective):
    study = two_objectives()
    study.set_metric_names(["loss", "accuracy"])

    _, axes = both("plot_intermediate_values", study, objective=objective)

    assert matplotlib_points(axes)["Trial1"] == ([0, 1], [-1, -1])
    assert axes.get_ylabel() == "Intermediate Value of accuracy"


@pytest.mark.parametrize("module", [visualization, drawn])
@pytest.mark.parametrize(
    ("objective", "error", "message"),
    [
        ("size", ValueError, "no objective='size'; it has 'loss', 'accuracy'"),
        (2, ValueError, "there is no objective=2"),
        (0.5, TypeError, "objective must be the name or the index"),
    ],
)
def test_an_objective_that_is_not_there(module, objective, error, message):
    study = two_objectives()
    study.set_metric_names(["loss", "accuracy"])
    with pytest.raises(error, match=message):
        module.plot_intermediate_values(study, objective=objective)


def test_several_objectives_without_reports_are_one_remark():
    study = tunesmith.create_study(directions=["minimize"] * 2)

    figure, axes = both("plot_intermediate_values", study)

    assert [text.get_text() for text in axes.texts] == ["No trial has reported anything."]
    assert len(figure.layout.annotations) == 1


# Why trials were pruned.


def test_the_mouse_on_a_pruned_curve_shows_why():
    figure = visualization.plot_intermediate_values(two_objectives())

    texts = [trace.text for trace in figure.data]
    assert texts[:2] == [None, None]
    assert texts[2] == texts[5]
    (text,) = texts[2]
    assert text.replace("<br>", " ") == f"Pruned by {two_objectives().trials[2].prune_reason}"
    assert max(map(len, text.split("<br>"))) <= 60


def test_the_mouse_on_a_pruned_trial_of_the_history_shows_why():
    study = tunesmith.create_study(pruner=tunesmith.pruners.ThresholdPruner(upper=1.0))

    def objective(trial):
        for step in range(3):
            trial.report(trial.number, step)
            if trial.should_prune():
                raise tunesmith.TrialPruned
        return trial.number

    study.optimize(objective, n_trials=4)
    study.add_trial(create_trial(state=TrialState.PRUNED, value=2.0))
    figure, axes = both("plot_optimization_history", study)

    assert list(figure.data[2].text) == [
        "ThresholdPruner at step 0: 2 is above 1.", "ThresholdPruner at step 0: 3 is above 1.", ""
    ]  # fmt: skip
    figure, axes = both("plot_intermediate_values", study)
    assert legend_of(axes) == ["Complete", "Pruned by ThresholdPruner"]
    assert list(figure.data[2].text) == ["Pruned by ThresholdPruner at step 0: 2 is above 1."]


def test_a_reason_is_text_and_no_markup():
    class Odd(tunesmith.pruners.BasePruner):
        def prune(self, study, trial):
            return True

    Odd.__name__ = "<b>Odd</b>"
    study = tunesmith.create_study(pruner=Odd())
    study.tell(study.ask(), 1.0)
    trial = study.ask()
    trial.report(1.0, 0)
    trial.report(2.0, 1)
    assert trial.should_prune()
    study.tell(trial, state=TrialState.PRUNED)

    (trace,) = visualization.plot_intermediate_values(study).data
    assert trace.text.startswith("Pruned by &lt;b&gt;Odd&lt;/b&gt;")


# Little or odd data.


@pytest.mark.parametrize("plot", PLOTS)
@pytest.mark.parametrize(
    "values",
    [(), (None, None), ("1.0",), (1.0,), (np.inf, 2.0, -np.inf)],
    ids=["empty", "failed", "pruned", "one", "infinite"],
)
def test_little_to_show_is_still_a_plot(plot, values, tmp_path):
    figure, axes = both(plot, study_of(*values))

    assert figure.to_json()
    axes.figure.savefig(tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 1000


@pytest.mark.parametrize("options", [{}, {"error_bar": True}])
def test_several_studies_with_infinite_values(options, tmp_path):
    studies = [study_of(np.inf, 2.0), study_of(1.0, -np.inf), study_of()]

    drawn.plot_optimization_history(studies, **options).figure.savefig(tmp_path / "plot.png")
    assert visualization.plot_optimization_history(studies, **options).to_json()


@pytest.mark.parametrize(
    "studies", [[], [study_of(), study_of()], study_of(None)], ids=["none", "two empty", "failed"]
)
@pytest.mark.parametrize("error_bar", [False, True])
def test_a_plot_without_values_says_so(studies, error_bar):
    figure, axes = both("plot_optimization_history", studies, error_bar=error_bar)

    assert [text.get_text() for text in axes.texts] == ["No trial has completed yet."]
    (remark,) = figure.layout.annotations
    assert remark.text == "No trial has completed yet."
    assert (remark.xref, remark.yref) == ("paper", "paper")


def test_trials_are_counted_in_whole_numbers():
    axes = drawn.plot_optimization_history(study_of(1.0, 2.0))

    assert all(tick == int(tick) for tick in axes.get_xticks())


@pytest.mark.parametrize("value", [2.0, np.nan])
def test_a_lonely_report_is_visible(value):
    study = tunesmith.create_study()
    study.add_trial(create_trial(value=1.0, intermediate_values={0: value, 1: 2.0}))

    assert drawn.plot_intermediate_values(study).lines[0].get_marker() == "o"
    assert visualization.plot_intermediate_values(study).data[0].mode == "lines+markers"


# Beside Optuna.


@pytest.mark.parametrize("plot", [*PLOTS, "is_available"])
@pytest.mark.parametrize("module", ["plotly", "matplotlib"])
def test_the_signatures_are_optunas(plot, module):
    ours, theirs = (
        getattr(library.visualization.matplotlib if module == "matplotlib" else
                library.visualization, plot)
        for library in (tunesmith, optuna)
    )  # fmt: skip

    theirs = [(p.name, p.kind, p.default) for p in inspect.signature(theirs).parameters.values()]
    ours = [(p.name, p.kind, p.default) for p in inspect.signature(ours).parameters.values()]
    assert ours[: len(theirs)] == theirs
    assert ours[len(theirs) :] == [
        ("objective", inspect.Parameter.KEYWORD_ONLY, None)
        for _ in ("plot_intermediate_values",)
        if plot == "plot_intermediate_values"
    ]


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_one_study_as_optuna_draws_it(direction):
    ours, theirs = (
        plotly_points(
            library.visualization.plot_optimization_history(forty_trials(library, direction))
        )
        for library in (tunesmith, optuna)
    )
    numbers, best = theirs["Best Value"]
    known = np.isfinite(best)

    assert ours["Objective Value"] == theirs["Objective Value"]
    assert ours["Best Value"] == (
        np.array(numbers)[known].tolist(),
        np.array(best)[known].tolist(),
    )


def test_several_studies_as_optuna_draws_them():
    ours, theirs = (
        plotly_points(
            library.visualization.plot_optimization_history(
                [forty_trials(library, seed=seed) for seed in (1, 2, 3)]
            )
        )
        for library in (tunesmith, optuna)
    )
    del theirs["Infeasible Trial"]

    assert list(ours) == list(theirs)
    for name in theirs:
        known = np.isfinite(theirs[name][1])
        assert ours[name][1] == np.array(theirs[name][1])[known].tolist()


def test_the_average_as_optuna_draws_it():
    ours, theirs = (
        library.visualization.plot_optimization_history(
            [forty_trials(library, seed=seed) for seed in (1, 2, 3)], error_bar=True
        ).data
        for library in (tunesmith, optuna)
    )

    assert (ours[0].name, ours[1].name) == (theirs[0].name, theirs[1].name)
    np.testing.assert_array_equal(ours[0].x, theirs[0].x)
    np.testing.assert_allclose(ours[0].y, theirs[0].y)
    np.testing.assert_allclose(ours[0].error_y.array, theirs[0].error_y.array, atol=1e-12)
    best = dict(zip(ours[1].x, ours[1].y, strict=True))
    np.testing.assert_allclose([best[x] for x in theirs[1].x], theirs[1].y)


def test_learning_curves_as_optuna_draws_them():
    ours, theirs = (
        plotly_points(library.visualization.plot_intermediate_values(forty_trials(library)))
        for library in (tunesmith, optuna)
    )

    assert ours == theirs


# Errors and imports.


@pytest.mark.parametrize("module", [visualization, drawn])
def test_several_objectives_need_a_target(module):
    study = tunesmith.create_study(directions=["minimize", "maximize"])

    with pytest.raises(ValueError, match="2 objectives; .* target=lambda"):
        module.plot_optimization_history(study)
    with pytest.raises(ValueError, match="please specify the `target`"):
        optuna.visualization.plot_optimization_history(
            optuna.create_study(directions=["minimize", "maximize"])
        )


@pytest.mark.parametrize("module", [visualization, drawn])
@pytest.mark.parametrize("plot", PLOTS)
def test_an_unknown_argument(module, plot):
    with pytest.raises(TypeError, match="unexpected keyword argument 'smooth'"):
        getattr(module, plot)(study_of(1.0), smooth=True)


@pytest.mark.parametrize("module", [visualization, drawn])
def test_learning_curves_are_of_one_study(module):
    with pytest.raises(TypeError, match="One study is needed"):
        module.plot_intermediate_values([study_of(1.0)])


@pytest.mark.parametrize("module", [visualization, drawn])
def test_only_the_study_has_a_position(module):
    with pytest.raises(TypeError, match="positional argument"):
        module.plot_optimization_history(study_of(1.0), None)


def test_an_unknown_plot_names_those_there_are():
    with pytest.raises(AttributeError, match="plot_optimisation.*plot_optimization_history"):
        _ = visualization.plot_optimisation


def test_nothing_is_imported_before_something_is_drawn():
    program = (
        "import sys, tunesmith.visualization, tunesmith.visualization.matplotlib;"
        "assert tunesmith.visualization.is_available();"
        "assert tunesmith.visualization.matplotlib.is_available();"
        "assert not {'plotly', 'matplotlib', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize(
    ("module", "package", "other"),
    [
        ("visualization", "plotly", "matplotlib"),
        ("visualization.matplotlib", "matplotlib", "plotly"),
    ],
)
@pytest.mark.parametrize("plot", PLOTS)
def test_each_renderer_imports_its_own_package(module, package, other, plot):
    program = (
        f"import sys, importlib, tunesmith; sys.modules[{other!r}] = None\n"
        f"plots = importlib.import_module('tunesmith.{module}')\n"
        f"plots.{plot}(tunesmith.create_study())\n"
        f"assert {package!r} in sys.modules\n"
    )
    subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        env={**os.environ, "MPLBACKEND": "agg"},
    )


@pytest.mark.parametrize(
    ("module", "package"), [("visualization", "plotly"), ("visualization.matplotlib", "matplotlib")]
)
@pytest.mark.parametrize("plot", PLOTS)
def test_a_missing_package_names_the_command(module, package, plot):
    program = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "import importlib, tunesmith\n"
        f"plots = importlib.import_module('tunesmith.{module}')\n"
        "assert not plots.is_available()\n"
        f"try:\n    plots.{plot}(tunesmith.create_study())\n"
        "except ImportError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )

    assert f"needs '{package}'" in done.stdout
    assert 'pip install "tunesmith[plots]"' in done.stdout
