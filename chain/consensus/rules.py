"""What a consensus is asked, and what it answers with."""

from __future__ import annotations

from typing import Protocol

from chain.model import Header, Record
from chain.primitives import Address, Hash32


class Attributes(Record):
    """Header fields that are decided, not computed."""

    timestamp: int
    coinbase: Address
    prev_randao: Hash32
    extra_data: bytes
    gas_limit: int


class Finality(Record):
    """Block numbers that are safe from, and final against, a change of head."""

    safe: int
    finalized: int


class Consensus(Protocol):
    """The questions."""

    def prepare(self, parent: Header, now: int) -> Attributes:
        """Fields of the block after `parent`, made at clock time `now` (Unix seconds)."""

    def wait(self, parent: Header, now: int) -> int:
        """Seconds to wait before a block after `parent` may be made."""

    def verify(self, header: Header, parent: Header) -> None:
        """Raise InvalidBlock when `header` may not follow `parent`."""

    def admits(self, head: Header, parent: Header) -> bool:
        """Whether a block on `parent` may be taken at all while `head` is the head."""

    def choose(self, current: Header, candidate: Header) -> bool:
        """Whether `candidate` should replace `current` as the head."""

    def finality(self, head: Header) -> Finality:
        """What can no longer change below `head`."""
