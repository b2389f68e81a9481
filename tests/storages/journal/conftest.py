"""Journals in a file and in Redis, named by a place that both libraries understand."""

from __future__ import annotations

import importlib

import pytest


def backend_at(library, place):
    """Open the journal at a path or URL with one of the two libraries."""
    journal = importlib.import_module(f"{library.__name__}.storages.journal")
    if place.startswith("redis"):
        return journal.JournalRedisBackend(place)
    return journal.JournalFileBackend(place)


@pytest.fixture(params=["file", "redis"])
def place(request, tmp_path):
    if request.param == "file":
        return str(tmp_path / "study.log")
    return request.getfixturevalue("redis_database")


@pytest.fixture
def storage_of(place):
    """Make a storage on the same journal for a library."""

    def make(library, **options):
        return library.storages.JournalStorage(backend_at(library, place), **options)

    return make
