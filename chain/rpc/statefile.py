"""A chain's state as anvil dumps and loads it: accounts in plain addresses and slots, and the block they stand after.

Between programs it travels as gzipped JSON in hex; in files it is the JSON itself. Blocks and transactions, which anvil
also writes, are passed over and, but for the head's header, left out: they belong to the chain that made them.
"""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Mapping
from typing import Any

from chain.errors import InvalidParams
from chain.model import Header
from chain.primitives import Address, to_hex
from chain.rpc.encode import quantity
from chain.spec import GenesisAccount

GZIP = b"\x1f\x8b"
MOST_BYTES = 256 << 20  # of JSON
HINT = "give what anvil_dumpState answered, or a file that --dump-state wrote"


def encode_state(accounts: Mapping[Address, GenesisAccount], header: Header) -> bytes:
    """JSON as anvil reads it."""
    state = {
        "block": {
            "number": quantity(header.number),
            "beneficiary": to_hex(header.coinbase),
            "timestamp": quantity(header.timestamp),
            "gas_limit": header.gas_limit,
            "basefee": header.base_fee or 0,
            "difficulty": "0x0",
            "prevrandao": to_hex(header.mix_hash),
            "blob_excess_gas_and_price": {"excess_blob_gas": header.excess_blob_gas or 0, "blob_gasprice": 1},
        },
        "accounts": {
            to_hex(address): {
                "nonce": account.nonce,
                "balance": quantity(account.balance),
                "code": to_hex(account.code),
                "storage": {_word(slot): _word(value) for slot, value in account.storage.items()},
            }
            for address, account in accounts.items()
        },
        "best_block_number": header.number,
        # anvil looks its best block up among these; a header is enough for it.
        "blocks": [{"header": _header(header), "transactions": [], "ommers": [], "withdrawals": None}],
        "transactions": [],
        "historical_states": None,
    }
    return json.dumps(state).encode()


def _header(header: Header) -> dict[str, str]:
    octets = {
        "parentHash": header.parent_hash,
        "sha3Uncles": header.uncles_hash,
        "miner": header.coinbase,
        "stateRoot": header.state_root,
        "transactionsRoot": header.transactions_root,
        "receiptsRoot": header.receipts_root,
        "logsBloom": header.logs_bloom,
        "extraData": header.extra_data,
        "mixHash": header.mix_hash,
        "nonce": header.nonce,
        "withdrawalsRoot": header.withdrawals_root,
        "parentBeaconBlockRoot": header.parent_beacon_root,
        "requestsHash": header.requests_hash,
    }
    numbers = {
        "difficulty": header.difficulty,
        "number": header.number,
        "gasLimit": header.gas_limit,
        "gasUsed": header.gas_used,
        "timestamp": header.timestamp,
        "baseFeePerGas": header.base_fee,
        "blobGasUsed": header.blob_gas_used,
        "excessBlobGas": header.excess_blob_gas,
    }
    return {
        **{name: to_hex(value) for name, value in octets.items() if value is not None},
        **{name: quantity(value) for name, value in numbers.items() if value is not None},
    }


def packed(state: bytes) -> bytes:
    """As it travels over JSON-RPC, before it is written in hex."""
    return gzip.compress(state, mtime=0)


def decode_state(data: bytes) -> dict[Address, GenesisAccount]:
    """Accounts of a dump, packed or not. Raises InvalidParams naming what is wrong."""
    try:
        if data[:2] == GZIP:
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
                data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ValueError(f"more than {MOST_BYTES} bytes of JSON")
        state = json.loads(data)
        accounts = state.get("accounts") if isinstance(state, dict) else None
        if not isinstance(accounts, dict):
            raise ValueError("there are no accounts in it")
        return {_address(key): _account(value) for key, value in accounts.items()}
    except (OSError, EOFError, ValueError, RecursionError) as problem:
        raise InvalidParams(f"not a dump of a state: {problem}", hint=HINT) from problem


def _account(value: Any) -> GenesisAccount:
    if not isinstance(value, dict):
        raise ValueError("an account is an object")
    storage = value.get("storage") or {}
    if not isinstance(storage, dict):
        raise ValueError("storage is an object")
    return GenesisAccount(
        nonce=_number(value.get("nonce", 0), 2**64 - 1),
        balance=_number(value.get("balance", 0), 2**256),
        code=_octets(value.get("code") or "0x"),
        storage={_number(slot, 2**256): _number(word, 2**256) for slot, word in storage.items()},
    )


def _address(text: str) -> Address:
    address = _octets(text)
    if len(address) != 20:
        raise ValueError(f"{text!r} is no address")
    return address


def _number(value: Any, limit: int) -> int:
    number = int(value, 16) if isinstance(value, str) and re.fullmatch("0x[0-9a-fA-F]+", value) else value
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < limit:
        raise ValueError(f"{value!r} is no number below {limit}")
    return number


def _octets(value: Any) -> bytes:
    if not isinstance(value, str) or not re.fullmatch("0x(?:[0-9a-fA-F]{2})*", value):
        raise ValueError(f"{value!r} is not hex")
    return bytes.fromhex(value[2:])


def _word(value: int) -> str:
    return f"0x{value:064x}"
