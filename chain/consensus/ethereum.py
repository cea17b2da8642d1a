"""Blocks as other clients agree on them: the most work until the terminal total difficulty, then the longest chain.

There is no beacon client here that could say which block is the head after the merge, so of several imported branches
the longest wins. Blocks are made here only when no work has to be proved any more.
"""

from __future__ import annotations

from collections.abc import Callable

from chain.consensus.rules import Attributes, Finality
from chain.errors import InvalidBlock, NotProducing
from chain.model import Header
from chain.primitives import Address, keccak
from chain.spec import Spec

SAFE_DEPTH, FINAL_DEPTH = 32, 64  # an epoch and two of them, in blocks


class Ethereum:
    """For chains that a genesis file of another client describes."""

    def __init__(self, spec: Spec, coinbase: Address, work: Callable[[Header], int]) -> None:
        """`work`: the sum of difficulties up to a stored block that proves work, or up to genesis."""
        self._spec = spec
        self._coinbase = coinbase
        self._work = work

    def prepare(self, parent: Header, now: int) -> Attributes:
        """Fields of the next block; `prev_randao` is derived from the parent, so it is no source of randomness."""
        if not self._merged_after(parent):
            total = self._spec.schedule.terminal_total_difficulty
            raise NotProducing(
                f"block {parent.number + 1} would have to prove work"
                + ("" if total is None else f": the terminal total difficulty {total} is not reached"),
                hint="import blocks with `mz db import`; this node makes some once the chain has merged",
            )
        return Attributes(
            timestamp=max(now, parent.timestamp + 1),
            coinbase=self._coinbase,
            prev_randao=keccak(b"mz-instant-randao" + parent.hash),
            extra_data=b"",
            gas_limit=parent.gas_limit,
        )

    def wait(self, parent: Header, now: int) -> int:
        """Blocks made faster than one a second may run ahead of the clock without limit."""
        return 0

    def verify(self, header: Header, parent: Header) -> None:
        """Work is proved until the terminal total difficulty is reached, and then no more (EIP-3675)."""
        if self._merged_after(parent) == (header.difficulty == 0):
            return
        total = self._spec.schedule.terminal_total_difficulty
        raise InvalidBlock(
            f"block {header.number}: difficulty is {header.difficulty}, but the chain "
            + (f"has reached the terminal total difficulty {total}" if header.difficulty else "still proves work")
        )

    def admits(self, head: Header, parent: Header) -> bool:
        """Branches may begin wherever nothing is final."""
        return parent.number >= self.finality(head).finalized

    def choose(self, current: Header, candidate: Header) -> bool:
        """More work wins, and any block after the merge over those before it."""
        return self._weight(candidate) > self._weight(current)

    def finality(self, head: Header) -> Finality:
        """A fixed way below the head, for want of anybody who would finalise."""
        return Finality(safe=max(0, head.number - SAFE_DEPTH), finalized=max(0, head.number - FINAL_DEPTH))

    def _merged_after(self, parent: Header) -> bool:
        total = self._spec.schedule.terminal_total_difficulty
        if total is None:
            return False
        return (parent.difficulty == 0 and parent.number > 0) or self._work(parent) >= total

    def _weight(self, header: Header) -> tuple[bool, int]:
        merged = header.difficulty == 0 and header.number > 0
        return merged, header.number if merged else self._work(header)
