"""Template tests play on the stage of the contract tests: one market per file, as it was at first before every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.conftest import artifacts, chain
from tests.contracts.stage import Chain
from tests.contracts.templates_market import Market, open_market

__all__ = ["artifacts", "chain"]


@pytest.fixture(scope="module")
def street(chain: Chain) -> Market:
    """The platform and its people, once per file; what is published at this scope is there for every test."""
    return open_market(chain)


@pytest.fixture
def market(chain: Chain, street: Market) -> Iterator[Market]:
    """The street as it was; whatever a test does to it is taken back."""
    before = chain.ask("evm_snapshot", [])
    yield street
    chain.ask("evm_revert", [before])
