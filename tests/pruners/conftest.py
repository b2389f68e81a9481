"""Every pruner on every kind of objectives, for the tests of what all of them promise."""

from __future__ import annotations

import functools
from typing import Any

import pytest

import tunesmith

from .every_pruner import KINDS, PRUNERS, Kind, MakePruner, MakeStudy


@pytest.fixture(params=list(KINDS.values()), ids=list(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    """The objectives of the studies; the test runs with each kind."""
    found: Kind = request.param
    return found


@pytest.fixture(params=PRUNERS)
def make_pruner(request: pytest.FixtureRequest, kind: Kind) -> MakePruner:
    """What makes a pruner; the test runs with each there is."""
    return functools.partial(PRUNERS[request.param], **kind.options)


@pytest.fixture
def make_study(kind: Kind, make_pruner: MakePruner) -> MakeStudy:
    """What makes a study with a pruner of its own, unless it is given one."""

    def make(**options: Any) -> tunesmith.Study:
        options = {
            "pruner": make_pruner(),
            "sampler": tunesmith.samplers.RandomSampler(seed=0),
            **options,
        }
        return tunesmith.create_study(directions=kind.directions, **options)

    return make
