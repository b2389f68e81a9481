"""What curves that were cut short would have ended at: for pruners, and for samplers."""

from __future__ import annotations

from .forecasts import Forecasts, expected_losses
from .outlook import Outlook

__all__ = ["Forecasts", "Outlook", "expected_losses"]
