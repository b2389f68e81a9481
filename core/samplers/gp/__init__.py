"""Bayesian optimization with Gaussian processes.

`sampler` talks to the study, `model` turns its trials into an acquisition function, `search`
maximises it; the rest is arithmetic on arrays: `kernel`, `fit`, `process`, `acquisition`, `boxes`,
`targets`.
"""

from __future__ import annotations

from .sampler import GPSampler

__all__ = ["GPSampler"]
