"""Which fork's rules hold for a block, and the figures that follow from them beyond those in `rules`.

Whatever a block executes asks `Forks` once for the rules of its header and hands them on. What py-evm has for each fork
is in `stock`; nothing here needs it.
"""

from __future__ import annotations

from chain.gasprice import blob_base_fee, next_base_fee, next_excess_blob_gas
from chain.model import Header
from chain.primitives import Wei
from chain.spec import BlobLimits, Fork, Schedule, Spec

ETHER: Wei = 10**18


def block_reward(fork: Fork) -> Wei:
    """What the producer of a block gets besides its fees; none once no work is proved."""
    if fork >= Fork.PARIS:
        return 0
    if fork >= Fork.CONSTANTINOPLE:
        return 2 * ETHER  # EIP-1234
    return 3 * ETHER if fork >= Fork.BYZANTIUM else 5 * ETHER  # EIP-649


class Forks:
    """The rules of one chain, by block."""

    def __init__(self, spec: Spec) -> None:
        self.chain_id = spec.chain_id
        self.schedule: Schedule = spec.schedule
        # Our own chains refuse what only another chain's consensus could vouch for: ether out of nothing.
        self.takes_withdrawals = spec.consensus != "instant"

    def of(self, header: Header) -> Fork:
        """The rules of a block."""
        return self.at(header.number, header.timestamp, header.difficulty)

    def at(self, number: int, timestamp: int, difficulty: int = 0) -> Fork:
        """The rules of a block of that number and time; `difficulty` 0: it proves no work."""
        merged = self.schedule.terminal_total_difficulty is not None and difficulty == 0
        if number == 0:
            return self.schedule.at_genesis(timestamp, merged=merged)
        return self.schedule.at(number, timestamp, merged=merged)

    def blobs(self, fork: Fork) -> BlobLimits:
        """How many blobs fit into a block."""
        return self.schedule.blobs_at(fork)

    def base_fee(self, fork: Fork, parent: Header) -> Wei | None:
        """Of the block after `parent`; None before London."""
        return next_base_fee(parent) if fork >= Fork.LONDON else None

    def blob_base_fee(self, fork: Fork, excess: int | None) -> Wei:
        """Price of blob gas in a block."""
        return blob_base_fee(excess or 0, self.blobs(fork).update_fraction)

    def excess_blob_gas(self, fork: Fork, parent: Header) -> int | None:
        """Of the block after `parent`; None before Cancun."""
        return next_excess_blob_gas(parent, self.blobs(fork).target_gas) if fork >= Fork.CANCUN else None
