"""The command line: ``tunesmith`` or ``python -m tunesmith``."""

from __future__ import annotations

from .app import main

__all__ = ["main"]
