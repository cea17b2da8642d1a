"""Stores of both kinds: what holds for the one on disk must hold for the one in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chain.store import Index, Store


@pytest.fixture(params=["memory", "disk"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store without a chain."""
    store = Store.open(None if request.param == "memory" else tmp_path / "data")
    yield store
    store.close()


@pytest.fixture
def index_of() -> Iterator[Callable[[Store], Index]]:
    """Starts the index of a store, beside it; stopped at the end."""
    started: list[Index] = []

    def start(store: Store) -> Index:
        index = Index(store, None if store.folder is None else store.folder / "index.sqlite")
        index.start()
        started.append(index)
        return index

    yield start
    for index in started:
        index.stop()
