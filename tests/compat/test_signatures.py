"""Public names, parameters and defaults are Optuna's; what Tunesmith adds comes by keyword only."""

from __future__ import annotations

import enum
import importlib
import inspect

import pytest

# What is there so far. A name belongs here once it is public in both libraries.
NAMES = {
    "": [
        "create_study",
        "load_study",
        "delete_study",
        "copy_study",
        "create_trial",
        "get_all_study_names",
        "get_all_study_summaries",
        "Study",
        "Trial",
        "TrialPruned",
    ],
    "distributions": [
        "BaseDistribution",
        "FloatDistribution",
        "IntDistribution",
        "CategoricalDistribution",
        "json_to_distribution",
        "distribution_to_json",
        "check_distribution_compatibility",
    ],
    "exceptions": [
        "TrialPruned",
        "CLIUsageError",
        "StorageInternalError",
        "DuplicatedStudyError",
        "UpdateFinishedTrialError",
        "ExperimentalWarning",
    ],
    "logging": [
        "get_verbosity",
        "set_verbosity",
        "disable_default_handler",
        "enable_default_handler",
        "disable_propagation",
        "enable_propagation",
    ],
    "pruners": [
        "BasePruner",
        "NopPruner",
        "MedianPruner",
        "PercentilePruner",
        "SuccessiveHalvingPruner",
        "PatientPruner",
        "ThresholdPruner",
    ],
    "samplers": [
        "BaseGASampler",
        "BaseSampler",
        "BruteForceSampler",
        "CmaEsSampler",
        "GPSampler",
        "GridSampler",
        "NSGAIIISampler",
        "NSGAIISampler",
        "PartialFixedSampler",
        "QMCSampler",
        "RandomSampler",
        "TPESampler",
    ],
    "samplers.nsgaii": [
        "BLXAlphaCrossover",
        "BaseCrossover",
        "BaseMutation",
        "PolynomialMutation",
        "SBXCrossover",
        "SPXCrossover",
        "UNDXCrossover",
        "UniformCrossover",
        "VSBXCrossover",
    ],
    "search_space": ["IntersectionSearchSpace", "intersection_search_space"],
    "storages": [
        "BaseStorage",
        "InMemoryStorage",
        "RDBStorage",
        "RetryHeartbeatStaleTrialCallback",
        "fail_stale_trials",
        "get_storage",
    ],
    "study": ["Study", "StudyDirection", "StudySummary", "MaxTrialsCallback", "create_study"],
    "trial": ["BaseTrial", "Trial", "FrozenTrial", "FixedTrial", "TrialState", "create_trial"],
    "visualization": ["plot_optimization_history", "plot_intermediate_values", "is_available"],
    "visualization.matplotlib": ["plot_optimization_history", "plot_intermediate_values"],
}
PAIRS = [(module, name) for module, names in NAMES.items() for name in names]


def found(library, module, name):
    home = importlib.import_module(f"{library}.{module}" if module else library)
    return getattr(home, name)


def parameters(function):
    try:
        return inspect.signature(function).parameters
    except ValueError:  # an exception or enumeration made in C
        return {}


def default_of(parameter):
    value = parameter.default
    if isinstance(value, tuple):
        return tuple(getattr(item, "name", item) for item in value)
    return getattr(value, "__name__", None) or getattr(value, "name", value)


def compare(theirs, ours, where):
    expected, given = parameters(theirs), parameters(ours)
    assert list(given)[: len(expected)] == list(expected), where
    for name, parameter in expected.items():
        assert given[name].kind == parameter.kind, f"{where}({name}): kind"
        assert default_of(given[name]) == default_of(parameter), f"{where}({name}): default"
    for name in list(given)[len(expected) :]:
        added = given[name]
        assert added.kind is inspect.Parameter.KEYWORD_ONLY, f"{where}({name}): not by keyword"
        assert added.default is not inspect.Parameter.empty, f"{where}({name}): no default"


def methods(kind):
    for name, member in inspect.getmembers(kind):
        if not name.startswith("_") and (callable(member) or isinstance(member, property)):
            yield name, member


@pytest.mark.parametrize(("module", "name"), PAIRS, ids=lambda part: part or "optuna")
def test_a_public_name_takes_what_it_takes_in_optuna(module, name):
    theirs, ours = found("optuna", module, name), found("tunesmith", module, name)
    where = f"{module}.{name}"
    assert inspect.isclass(theirs) == inspect.isclass(ours)

    if not inspect.isclass(theirs):
        compare(theirs, ours, where)
        return
    if not issubclass(theirs, (BaseException, enum.Enum)):
        compare(theirs.__init__, ours.__init__, where)
    for method, member in methods(theirs):
        assert hasattr(ours, method), f"{where}.{method} is missing"
        own = inspect.getattr_static(ours, method)
        is_data = inspect.isdatadescriptor(own)  # a property, or a slot
        assert isinstance(member, property) == is_data, f"{where}.{method}"
        if not isinstance(member, property) and inspect.isroutine(member):
            compare(member, getattr(ours, method), f"{where}.{method}")


@pytest.mark.parametrize("name", ["TrialState", "StudyDirection"])
def test_enumerations_have_optunas_members(name):
    module = "trial" if name == "TrialState" else "study"
    theirs, ours = found("optuna", module, name), found("tunesmith", module, name)

    assert {m.name: m.value for m in theirs} == {m.name: m.value for m in ours}


def test_exceptions_derive_as_in_optuna():
    import optuna

    import tunesmith

    for name in NAMES["exceptions"]:
        theirs = [c.__name__ for c in getattr(optuna.exceptions, name).__mro__]
        ours = [c.__name__ for c in getattr(tunesmith.exceptions, name).__mro__]
        assert [c.replace("Optuna", "Tunesmith") for c in theirs] == ours
    assert issubclass(tunesmith.TrialPruned, tunesmith.exceptions.TunesmithError)
    assert tunesmith.exceptions.OptunaError is tunesmith.exceptions.TunesmithError
