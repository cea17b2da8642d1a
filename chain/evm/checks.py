"""What a block must satisfy before it is executed: its fields, its header towards its parent, its lists."""

from __future__ import annotations

from chain.errors import InvalidBlock
from chain.evm import rules
from chain.evm.forks import Forks
from chain.evm.roots import list_root
from chain.model import Block, Header
from chain.primitives import EMPTY_UNCLES_HASH, keccak, rlp_encode, to_hex
from chain.spec import Fork

# Fields of the header that came with a fork.
SINCE = (
    ("base_fee", Fork.LONDON),
    ("withdrawals_root", Fork.SHANGHAI),
    ("blob_gas_used", Fork.CANCUN),
    ("excess_blob_gas", Fork.CANCUN),
    ("parent_beacon_root", Fork.CANCUN),
    ("requests_hash", Fork.PRAGUE),
)

DAO_EXTRA_DATA = b"dao-hard-fork"  # EIP-779
DAO_HEADERS = 10


def check_fields(header: Header, fork: Fork) -> None:
    """The hash is the header's, and it has the fields of its fork. Raises InvalidBlock."""
    if header.hash != keccak(header.encode()):
        raise difference(header, "hash", header.hash, keccak(header.encode()))
    for name, since in SINCE:
        there = getattr(header, name) is not None
        if there != (fork >= since):
            raise InvalidBlock(
                f"block {header.number}: header is of {'a later' if there else 'an earlier'} fork: {name} is "
                f"{'there' if there else 'missing'}, and the rules are those of {fork.label}"
            )


def check_header(forks: Forks, header: Header, parent: Header) -> None:
    """What a header must satisfy by itself and towards its parent. Raises InvalidBlock; an uncle's too."""
    if header.timestamp <= parent.timestamp:
        raise InvalidBlock(
            f"block {header.number}: timestamp {header.timestamp} is not after the parent's {parent.timestamp}"
        )
    before = parent.gas_limit
    if parent.base_fee is None and header.base_fee is not None:
        before *= 2  # EIP-1559: the limit doubles with the first block, so that the target is what the limit was
    lowest, highest = rules.gas_limit_bounds(before)
    if header.gas_limit != before and not lowest <= header.gas_limit <= highest:
        raise InvalidBlock(
            f"block {header.number}: gas_limit {header.gas_limit} is not within {lowest}…{highest}, "
            f"which is what may follow {before}"
        )
    if len(header.extra_data) > rules.MAX_EXTRA_DATA:
        raise InvalidBlock(
            f"block {header.number}: extra_data has {len(header.extra_data)} bytes, at most {rules.MAX_EXTRA_DATA}"
        )
    schedule = forks.schedule
    if schedule.dao_block is not None and 0 <= header.number - schedule.dao_block < DAO_HEADERS:
        marked = header.extra_data == DAO_EXTRA_DATA
        if marked != schedule.dao_supported:
            raise InvalidBlock(
                f"block {header.number}: extra_data {_shown(header.extra_data)} is that of the DAO fork's other side"
            )


def check_body(forks: Forks, block: Block, fork: Fork) -> None:
    """What the header commits to, as far as it needs no execution, and what may not be there at all."""
    header = block.header
    if fork >= Fork.PARIS and block.uncles:
        raise InvalidBlock(f"block {block.number}: {len(block.uncles)} uncles, none are allowed")
    uncles_hash = keccak(rlp_encode([uncle.items() for uncle in block.uncles])) if block.uncles else EMPTY_UNCLES_HASH
    if header.uncles_hash != uncles_hash:
        raise difference(header, "uncles_hash", header.uncles_hash, uncles_hash)
    if (block.withdrawals is None) != (fork < Fork.SHANGHAI):
        found = "no list of" if block.withdrawals is None else "a list of"
        raise InvalidBlock(f"block {block.number}: {found} withdrawals, which is not how {fork.label} has it")
    if block.withdrawals is not None:
        if block.withdrawals and not forks.takes_withdrawals:
            # A withdrawal makes ether out of nothing; only a beacon chain could vouch for it.
            raise InvalidBlock(f"block {block.number}: {len(block.withdrawals)} withdrawals, an empty list is required")
        root = list_root([rlp_encode(withdrawal.items()) for withdrawal in block.withdrawals])
        if header.withdrawals_root != root:
            raise difference(header, "withdrawals_root", header.withdrawals_root, root)
    transactions_root = list_root([tx.raw for tx in block.transactions])
    if header.transactions_root != transactions_root:
        raise difference(header, "transactions_root", header.transactions_root, transactions_root)


def difference(header: Header, name: str, found: object, expected: object) -> InvalidBlock:
    """A field that is not what it has to be."""
    return InvalidBlock(
        f"block {header.number}: {name} is {_shown(found)}, expected {_shown(expected)}",
        hint="the block was made under other rules or was changed on its way",
    )


def _shown(value: object) -> str:
    return to_hex(value) if isinstance(value, bytes) else str(value)
