"""One authority that makes a block whenever there is something to put in it; a block is final at once."""

from __future__ import annotations

from chain.consensus.rules import Attributes, Finality
from chain.errors import InvalidBlock
from chain.model import Header
from chain.primitives import Address, keccak
from chain.spec import Spec


class Instant:
    """Timestamps are `max(now, parent + 1)`, the gas limit stays that of the genesis."""

    def __init__(self, spec: Spec, coinbase: Address, *, may_rewind: bool = False) -> None:
        """`may_rewind`: a development chain follows another one that was taken back."""
        self._spec = spec
        self._coinbase = coinbase
        self._may_rewind = may_rewind

    def prepare(self, parent: Header, now: int) -> Attributes:
        """Fields of the next block; `prev_randao` is derived from the parent, so it is no source of randomness."""
        return Attributes(
            timestamp=max(now, parent.timestamp + 1),
            coinbase=self._coinbase,
            prev_randao=keccak(b"mz-instant-randao" + parent.hash),
            extra_data=b"",
            gas_limit=parent.gas_limit,
        )

    def wait(self, parent: Header, now: int) -> int:
        """Blocks made faster than one a second run ahead of the clock; the spec may cap how far."""
        limit = self._spec.clock_drift_limit
        if limit is None:
            return 0
        return max(0, parent.timestamp + 1 - now - limit)

    def verify(self, header: Header, parent: Header) -> None:
        """Number, time and gas limit follow from the parent; everything else is execution's to check."""
        for name, expected, given in (
            ("parent hash", parent.hash.hex(), header.parent_hash.hex()),
            ("number", parent.number + 1, header.number),
            ("gas limit", parent.gas_limit, header.gas_limit),
            ("difficulty", 0, header.difficulty),
        ):
            if expected != given:
                raise InvalidBlock(f"block {header.number}: {name} is {given}, expected {expected}")
        if header.timestamp <= parent.timestamp:
            raise InvalidBlock(
                f"block {header.number}: timestamp {header.timestamp} is not after its parent's {parent.timestamp}"
            )

    def admits(self, head: Header, parent: Header) -> bool:
        """Everything is final, except on a development chain."""
        return parent.hash == head.hash or self._may_rewind

    def choose(self, current: Header, candidate: Header) -> bool:
        """Only a direct successor of the head replaces it; on a development chain, whatever is longer."""
        if candidate.parent_hash == current.hash:
            return True
        return self._may_rewind and candidate.number > current.number

    def finality(self, head: Header) -> Finality:
        """Everything is final."""
        return Finality(safe=head.number, finalized=head.number)
