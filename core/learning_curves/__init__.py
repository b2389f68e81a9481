"""What curves that were cut short would have ended at: for pruners, and for samplers."""

from __future__ import annotations

from .forecasts import Forecasts, expected_losses

__all__ = ["Forecasts", "expected_losses"]
