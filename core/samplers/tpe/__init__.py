"""The tree-structured Parzen estimator.

From policy to arithmetic: :mod:`.sampler` (what a study asks), :mod:`.split` and
:mod:`.pareto_split` (which trials are good), :mod:`.model` (what is kept between trials, and how
a candidate is chosen), :mod:`.parzen_estimator` and :mod:`.kept_kernels` (densities),
:mod:`.unit_space` (coordinates), :mod:`.kernels`, :mod:`.truncated_normal` and :mod:`.rules`
(arithmetic on arrays).
"""

from __future__ import annotations

from .sampler import TPESampler

__all__ = ["TPESampler"]
