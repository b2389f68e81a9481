"""The storages that the contract is tested on."""

from __future__ import annotations

import pytest

from ..every_storage import MinimalBackend


@pytest.fixture
def minimal_backend():
    return MinimalBackend()


@pytest.fixture
def storage(open_storage):
    """A storage; the test runs on each kind there is."""
    return open_storage()
