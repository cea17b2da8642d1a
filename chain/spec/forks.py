"""The rules a chain goes through, and from which block or which second each of them holds.

    Frontier … Gray Glacier   by block number, while work is proved
    Paris                     once the terminal total difficulty is reached (EIP-3675)
    Shanghai … Prague         by the block's timestamp, after that

What the rules are is `chain.evm`'s business; here stands only when.
"""

from __future__ import annotations

from enum import IntEnum
from itertools import pairwise

from chain.model import Record
from chain.primitives import Address

MAINNET_DEPOSIT_CONTRACT: Address = bytes.fromhex("00000000219ab540356cbb839cbe05303d7705fa")  # EIP-6110


class Fork(IntEnum):
    """Every set of rules that is known here, the older the smaller."""

    FRONTIER = 0
    HOMESTEAD = 1
    TANGERINE_WHISTLE = 2  # EIP-150
    SPURIOUS_DRAGON = 3  # EIP-155 and EIP-158
    BYZANTIUM = 4
    CONSTANTINOPLE = 5
    PETERSBURG = 6
    ISTANBUL = 7
    MUIR_GLACIER = 8
    BERLIN = 9
    LONDON = 10
    ARROW_GLACIER = 11
    GRAY_GLACIER = 12
    PARIS = 13
    SHANGHAI = 14
    CANCUN = 15
    PRAGUE = 16

    @property
    def label(self) -> str:
        """Lower case, words joined by hyphens."""
        return self.name.lower().replace("_", "-")


class BlobLimits(Record):
    """How many blobs a block has and may have, and how fast their price moves (EIP-4844, EIP-7840)."""

    target: int
    most: int
    update_fraction: int

    @property
    def target_gas(self) -> int:
        """Blob gas of a block that leaves the price as it is."""
        return self.target * 131_072

    @property
    def most_gas(self) -> int:
        """Blob gas that fits into a block."""
        return self.most * 131_072


CANCUN_BLOBS = BlobLimits(target=3, most=6, update_fraction=3_338_477)  # EIP-4844
PRAGUE_BLOBS = BlobLimits(target=6, most=9, update_fraction=5_007_716)  # EIP-7691
BLOBS = ((Fork.CANCUN, CANCUN_BLOBS), (Fork.PRAGUE, PRAGUE_BLOBS))


class Schedule(Record):
    """When which fork begins. `blocks` and `times` are in the forks' order and never fall; ValueError otherwise."""

    blocks: tuple[tuple[Fork, int], ...] = ()  # up to Gray Glacier: first block
    times: tuple[tuple[Fork, int], ...] = ()  # from Shanghai on: first second
    # Paris begins after the block that brings the sum of difficulties to this; None: never.
    terminal_total_difficulty: int | None = None
    dao_block: int | None = None  # moves the DAO's ether, where that is `dao_supported`, and marks ten headers
    dao_supported: bool = True
    blobs: tuple[tuple[Fork, BlobLimits], ...] = BLOBS
    deposit_contract: Address = MAINNET_DEPOSIT_CONTRACT
    disregarded: tuple[str, ...] = ()  # later forks that a genesis file names and this version runs as Prague

    def __post_init__(self) -> None:
        for forks in (self.blocks, self.times):
            for (early, first), (late, then) in pairwise(forks):
                if late <= early or then < first:
                    raise ValueError(f"{late.label} at {then} comes after {early.label} at {first}")

    @property
    def newest(self) -> Fork:
        """The last fork that will ever begin."""
        if self.times:
            return self.times[-1][0]
        if self.terminal_total_difficulty is not None:
            return Fork.PARIS
        return self.blocks[-1][0] if self.blocks else Fork.FRONTIER

    def at(self, number: int, timestamp: int, *, merged: bool) -> Fork:
        """The rules of the block of that number and time; `merged`: it proves no work."""
        if merged:
            found = Fork.PARIS
            for fork, first in self.times:
                if timestamp < first:
                    break
                found = fork
            return found
        found = Fork.FRONTIER
        for fork, first in self.blocks:
            if number < first:
                break
            found = fork
        return found

    def at_genesis(self, timestamp: int, *, merged: bool) -> Fork:
        """The rules of block 0, where a fork by time holds whatever the difficulty says (as in geth)."""
        worked, latest = self.at(0, timestamp, merged=False), self.at(0, timestamp, merged=True)
        if worked < Fork.LONDON:
            return worked
        return latest if merged or latest > Fork.PARIS else worked

    def blobs_at(self, fork: Fork) -> BlobLimits:
        """Limits in force under these rules; those of Cancun before there were any."""
        return dict(self.blobs)[max(fork, Fork.CANCUN)]


ALWAYS_PRAGUE = Schedule(
    blocks=tuple((fork, 0) for fork in Fork if Fork.FRONTIER < fork < Fork.PARIS),
    times=tuple((fork, 0) for fork in Fork if fork > Fork.PARIS),
    terminal_total_difficulty=0,
)
