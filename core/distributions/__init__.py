"""Distributions: the range of one parameter, and its conversion to numbers.

Each distribution maps a parameter's value (*external*: what the objective sees) to one float
(*internal*: what storages and the columnar history keep) and back. Floats and integers are
themselves; a categorical choice is its index.
"""

from __future__ import annotations

from .base import BaseDistribution, CategoricalChoiceType
from .categorical import CategoricalDistribution
from .numerical import FloatDistribution, IntDistribution
from .serialization import (
    check_distribution_compatibility,
    distribution_to_json,
    json_to_distribution,
)

__all__ = [
    "BaseDistribution",
    "CategoricalChoiceType",
    "CategoricalDistribution",
    "FloatDistribution",
    "IntDistribution",
    "check_distribution_compatibility",
    "distribution_to_json",
    "json_to_distribution",
]
