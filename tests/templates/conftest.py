"""Template tests play on the stage of the contract tests."""

from __future__ import annotations

from tests.contracts.conftest import artifacts, chain

__all__ = ["artifacts", "chain"]
