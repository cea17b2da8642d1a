"""The order in which workers get the tests: those of a room that starts programs first, together. And that none fails
because the machine was busy while one example ran, or because the suite runs in the background."""

from __future__ import annotations

import signal

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# What runs in the background ignores Ctrl-C, and so would whatever it starts. A handler is not inherited, so that what
# the tests start heeds Ctrl-C as at a terminal, while the suite itself goes on.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, lambda *_: None)

# What their modules start and build together is dear, and was made in every worker that got a test of the module; and a
# worker that meets one of them last works on when the others have nothing left to do.
FIRST = ("tests/brownie/", "tests/page/", "tests/e2e/", "tests/platform/", "tests/economy/")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keeps the order inside and outside of these rooms, which is random."""
    items.sort(key=lambda item: next((place for place, room in enumerate(FIRST) if item.nodeid.startswith(room)), 99))
