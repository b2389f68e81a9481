"""Several objectives at once: dominance and hypervolume, on moocore.

All functions take losses, lower is better, as arrays of shape (n_points, n_objectives), and know
nothing of trials.
"""

from __future__ import annotations

from .dominance import non_domination_ranks
from .hypervolume import contributions, finite_losses, reference_point, select_subset
from .pareto_front import is_pareto_front

__all__ = [
    "contributions",
    "finite_losses",
    "is_pareto_front",
    "non_domination_ranks",
    "reference_point",
    "select_subset",
]
