"""Why a trial was pruned: as a sentence, as JSON, and from what is not ours."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from tunesmith.records import PruneReason


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (PruneReason("P", 3, 12.5, "12.5 is above 10"), "P at step 3: 12.5 is above 10."),
        (PruneReason("P", 0, 1.0), "P at step 0."),
        (PruneReason("P", None, None), "P."),
    ],
)
def test_is_one_sentence(reason: PruneReason, text: str) -> None:
    assert str(reason) == text


@pytest.mark.parametrize(
    "reason",
    [
        PruneReason("P", 3, 0.1 + 0.2, "because", {"threshold": 1e-300, "n_others": 4}),
        PruneReason("P", 0, (1.0, -math.inf), "", {"expected": (math.inf, 2.0)}),
        PruneReason("P", None, None, "", {"lower": -math.inf, "bracket": 0, "kind": None}),
        PruneReason("P", 1, math.nan),
        PruneReason("P", 1, (math.nan, 0.5)),
    ],
)
def test_survives_json_without_its_extensions(reason: PruneReason) -> None:
    text = json.dumps(reason.to_attr(), allow_nan=False)
    # NaN differs from itself, so their texts are compared.
    assert repr(PruneReason.from_attr(json.loads(text))) == repr(reason)


def test_numbers_of_numpy_become_plain_ones() -> None:
    reason = PruneReason("P", 1, np.float64(0.5), "", {"chance": np.float64("inf")})
    text = json.dumps(reason.to_attr(), allow_nan=False)
    assert PruneReason.from_attr(json.loads(text)) == PruneReason(
        "P", 1, 0.5, "", {"chance": math.inf}
    )


@pytest.mark.parametrize("attr", [None, "pruned", 3, [], {}, {"pruner": 3}])
def test_what_is_no_reason(attr: Any) -> None:
    assert PruneReason.from_attr(attr) is None


@pytest.mark.parametrize("compared", [None, "much", [1, 2]])
def test_one_of_another_release_is_read_as_far_as_it_is_known(compared: Any) -> None:
    attr = {"pruner": "P", "compared": compared, "colour": "red"}
    assert PruneReason.from_attr(attr) == PruneReason("P", None, None)
