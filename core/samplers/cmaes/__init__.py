"""Covariance matrix adaptation evolution strategy."""

from __future__ import annotations

from .sampler import CmaEsSampler

__all__ = ["CmaEsSampler"]
