"""From bytes to a `Block`, as nodes exchange them. Whether it is a valid one is decided by `verification`."""

from __future__ import annotations

from collections.abc import Sequence

from chain.errors import InvalidBlock, TransactionRejected
from chain.evm import reading
from chain.evm.decoding import decode_element
from chain.evm.forks import Forks
from chain.model import Block, Header, Withdrawal
from chain.primitives import RLPItem, rlp_decode
from chain.spec import Fork

OLDEST_HEADER = 15  # fields before London; each later fork appended some
NEWEST_HEADER = 21


def decode_block(encoded: bytes, forks: Forks) -> Block:
    """Strict inverse of `Block.encode`. Raises InvalidBlock."""
    try:
        fields = reading.items(rlp_decode(encoded), (3, 4), "block")
        withdrawals = None
        if len(fields) == 4:
            withdrawals = tuple(_withdrawal(item) for item in reading.items(fields[3], None, "withdrawals"))
        header = _header(fields[0])
        high_s = forks.of(header) is Fork.FRONTIER
        return Block(
            header=header,
            transactions=tuple(
                decode_element(item, forks.chain_id, high_s=high_s)
                for item in reading.items(fields[1], None, "transactions")
            ),
            uncles=tuple(_header(item) for item in reading.items(fields[2], None, "uncles")),
            withdrawals=withdrawals,
        )
    except (ValueError, TransactionRejected) as problem:
        raise InvalidBlock(f"malformed block: {problem}") from None


def _header(item: RLPItem) -> Header:
    fields = reading.items(item, tuple(range(OLDEST_HEADER, NEWEST_HEADER + 1)), "header")
    later: Sequence[RLPItem | None] = [*fields[OLDEST_HEADER:], *([None] * (NEWEST_HEADER - len(fields)))]
    base_fee, withdrawals_root, blob_gas_used, excess_blob_gas, beacon_root, requests_hash = later
    return Header(
        parent_hash=reading.hash32(fields[0], "parent hash"),
        uncles_hash=reading.hash32(fields[1], "uncles hash"),
        coinbase=reading.address(fields[2], "coinbase"),
        state_root=reading.hash32(fields[3], "state root"),
        transactions_root=reading.hash32(fields[4], "transactions root"),
        receipts_root=reading.hash32(fields[5], "receipts root"),
        logs_bloom=reading.exactly(fields[6], 256, "logs bloom"),
        difficulty=reading.integer(fields[7], 256, "difficulty"),
        number=reading.integer(fields[8], 64, "number"),
        gas_limit=reading.integer(fields[9], 64, "gas limit"),
        gas_used=reading.integer(fields[10], 64, "gas used"),
        timestamp=reading.integer(fields[11], 64, "timestamp"),
        extra_data=reading.octets(fields[12], "extra data"),
        mix_hash=reading.hash32(fields[13], "mix hash"),
        nonce=reading.exactly(fields[14], 8, "nonce"),
        base_fee=None if base_fee is None else reading.integer(base_fee, 256, "base fee"),
        withdrawals_root=None if withdrawals_root is None else reading.hash32(withdrawals_root, "withdrawals root"),
        blob_gas_used=None if blob_gas_used is None else reading.integer(blob_gas_used, 64, "blob gas used"),
        excess_blob_gas=None if excess_blob_gas is None else reading.integer(excess_blob_gas, 64, "excess blob gas"),
        parent_beacon_root=None if beacon_root is None else reading.hash32(beacon_root, "parent beacon root"),
        requests_hash=None if requests_hash is None else reading.hash32(requests_hash, "requests hash"),
    )


def _withdrawal(item: RLPItem) -> Withdrawal:
    index, validator, address, amount = reading.items(item, 4, "withdrawal")
    return Withdrawal(
        index=reading.integer(index, 64, "withdrawal index"),
        validator_index=reading.integer(validator, 64, "validator index"),
        address=reading.address(address, "withdrawal address"),
        amount=reading.integer(amount, 64, "withdrawal amount"),
    )
