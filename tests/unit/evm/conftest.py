"""The same tests for every engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chain.evm.engine import ENGINES, EngineName
from tests.traffic import MemoryChain


@pytest.fixture(scope="module", params=ENGINES, autouse=True)
def engine(request: pytest.FixtureRequest) -> Iterator[EngineName]:
    """Every chain made in a test runs on this engine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemoryChain, "usual_engine", request.param)
        yield request.param
