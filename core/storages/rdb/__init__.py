"""Studies in a SQL database, in the tables that Optuna uses."""

from __future__ import annotations

from .storage import RDBStorage

__all__ = ["RDBStorage"]
