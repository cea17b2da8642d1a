"""The order in which workers get the tests: those of a room that starts programs first, together. And that none fails
because the machine was busy while one example ran."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# What their modules start and build together is dear, and was made in every worker that got a test of the module; and a
# worker that meets one of them last works on when the others have nothing left to do.
FIRST = ("tests/brownie/", "tests/page/", "tests/e2e/", "tests/platform/", "tests/economy/")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keeps the order inside and outside of these rooms, which is random."""
    items.sort(key=lambda item: next((place for place, room in enumerate(FIRST) if item.nodeid.startswith(room)), 99))
