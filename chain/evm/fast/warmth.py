"""Everything that outlives an execution: decoded nodes, code, and what was read at the latest state roots."""

from __future__ import annotations

from collections.abc import Mapping

from chain.evm.fast.heads import Heads
from chain.evm.fast.nodes import NodeSource, Recent
from chain.evm.fast.translation import Translations

CODES_KEPT = 1_024  # of at most 24 kB each


class Warmth:
    """One for each chain, shared by all its executions and threads."""

    def __init__(self, stored: Mapping[bytes, bytes], translations: Translations | None) -> None:
        """`translations`: None leaves all code to the interpreter."""
        self.nodes = NodeSource(stored)
        self.codes: Recent[bytes] = Recent(CODES_KEPT)  # the same object each time, so that its analysis is found fast
        self.heads = Heads()
        self.translations = translations
