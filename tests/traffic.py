"""Deterministic mixed traffic: a chain in memory and signed transactions of every type that do something different.

Signed with eth-account, whose encoding is not ours. The same seed gives the same bytes.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from chain.errors import UnknownBlock
from chain.evm import Evm
from chain.evm.engine import DEFAULT_ENGINE, EngineName
from chain.model import Block, Built, Header, Receipt, Transaction
from chain.primitives import Address, Hash32, create_address
from chain.spec import Genesis, GenesisAccount, Spec

CHAIN_ID = 20261
START = 1_700_000_000
ETHER = 10**18
GWEI = 10**9


def code(source: str) -> bytes:
    """Assemble: mnemonics and 0x literals (pushed with the shortest PUSH), separated by spaces."""
    assembled = bytearray()
    for word in source.split():
        if word.startswith("0x"):
            literal = bytes.fromhex(word[2:].zfill(len(word[2:]) + len(word[2:]) % 2))
            assembled += bytes((0x5F + len(literal),)) + literal
        else:
            assembled.append(OPCODES[word])
    return bytes(assembled)


OPCODES = {
    "STOP": 0x00, "ADD": 0x01, "MUL": 0x02, "SUB": 0x03, "DIV": 0x04, "EXP": 0x0A, "LT": 0x10, "GT": 0x11, "EQ": 0x14,
    "ISZERO": 0x15, "AND": 0x16, "SHL": 0x1B, "SHR": 0x1C, "KECCAK256": 0x20, "ADDRESS": 0x30, "BALANCE": 0x31,
    "ORIGIN": 0x32, "CALLER": 0x33, "CALLVALUE": 0x34, "CALLDATALOAD": 0x35, "CALLDATASIZE": 0x36,
    "CALLDATACOPY": 0x37, "CODESIZE": 0x38, "CODECOPY": 0x39, "GASPRICE": 0x3A, "EXTCODESIZE": 0x3B,
    "RETURNDATASIZE": 0x3D, "RETURNDATACOPY": 0x3E, "EXTCODEHASH": 0x3F, "BLOCKHASH": 0x40, "COINBASE": 0x41,
    "TIMESTAMP": 0x42, "NUMBER": 0x43, "PREVRANDAO": 0x44, "GASLIMIT": 0x45, "CHAINID": 0x46, "SELFBALANCE": 0x47,
    "BASEFEE": 0x48, "BLOBHASH": 0x49, "BLOBBASEFEE": 0x4A, "POP": 0x50, "MLOAD": 0x51, "MSTORE": 0x52,
    "MSTORE8": 0x53, "SLOAD": 0x54, "SSTORE": 0x55, "JUMP": 0x56, "JUMPI": 0x57, "PC": 0x58, "GAS": 0x5A,
    "JUMPDEST": 0x5B, "TLOAD": 0x5C, "TSTORE": 0x5D, "PUSH0": 0x5F, "DUP1": 0x80, "DUP2": 0x81, "DUP3": 0x82,
    "SWAP1": 0x90, "SWAP2": 0x91, "LOG0": 0xA0, "LOG1": 0xA1, "LOG2": 0xA2, "LOG3": 0xA3, "LOG4": 0xA4, "CREATE": 0xF0,
    "CALL": 0xF1, "RETURN": 0xF3, "DELEGATECALL": 0xF4, "CREATE2": 0xF5, "STATICCALL": 0xFA, "REVERT": 0xFD,
    "INVALID": 0xFE, "SELFDESTRUCT": 0xFF,
}  # fmt: skip


def deploy(runtime: bytes) -> bytes:
    """Creation code that returns `runtime`."""
    size = f"0x{len(runtime):04x}"
    return code(f"{size} 0x0d PUSH0 CODECOPY {size} PUSH0 RETURN").ljust(13, b"\x00") + runtime


def clearing(slots: int) -> bytes:
    """Code that sets its first `slots` slots to zero."""
    return b"".join(code(f"PUSH0 0x{slot:02x} SSTORE") for slot in range(slots)) + b"\x00"


# Calldata: word 0 is a slot, word 1 its new value.
STORE = code("0x20 CALLDATALOAD PUSH0 CALLDATALOAD SSTORE STOP")
# Emits LOG0 to LOG4 over its calldata.
LOGGER = code(
    "CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY CALLDATASIZE PUSH0 LOG0 0x11 CALLDATASIZE PUSH0 LOG1 "
    "CALLER 0x11 CALLDATASIZE PUSH0 LOG2 0x33 CALLER 0x11 CALLDATASIZE PUSH0 LOG3 "
    "PUSH0 0x33 CALLER 0x11 CALLDATASIZE PUSH0 LOG4 STOP"
)
# Writes what it can read of its block into slots 0 to 10.
WITNESS = code(
    "TIMESTAMP PUSH0 SSTORE NUMBER 0x01 SSTORE PREVRANDAO 0x02 SSTORE BASEFEE 0x03 SSTORE CHAINID 0x04 SSTORE "
    "0x01 NUMBER SUB BLOCKHASH 0x05 SSTORE COINBASE 0x06 SSTORE GASLIMIT 0x07 SSTORE BLOBBASEFEE 0x08 SSTORE "
    "SELFBALANCE 0x09 SSTORE GASPRICE 0x0a SSTORE STOP"
)
# Reverts with its calldata as payload.
REVERTER = code("CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY 0x01 PUSH0 SSTORE CALLDATASIZE PUSH0 REVERT")
# Calldata: word 0 is an address, the rest goes there; emits what came back.
CALLER = code(
    "0x20 CALLDATASIZE SUB DUP1 0x20 PUSH0 CALLDATACOPY PUSH0 PUSH0 DUP3 PUSH0 PUSH0 PUSH0 CALLDATALOAD GAS CALL "
    "RETURNDATASIZE PUSH0 PUSH0 RETURNDATACOPY RETURNDATASIZE PUSH0 LOG1 STOP"
)
# Sends its balance to the caller and is gone, as far as EIP-6780 lets it.
DESTROYER = code("CALLER SELFDESTRUCT")
# CREATE2s a contract from its calldata, calls it, and remembers its address by salt 0.
FACTORY = code(
    "CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY PUSH0 CALLDATASIZE PUSH0 CALLVALUE CREATE2 DUP1 PUSH0 SSTORE "
    "PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 SLOAD GAS CALL POP STOP"
)
HALTER = code("INVALID")
# Keeps a lock in transient storage and calls itself once.
TRANSIENT = code(
    "0x01 TLOAD 0x19 JUMPI 0x01 0x01 TSTORE PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 ADDRESS GAS CALL PUSH0 SSTORE STOP "
    "JUMPDEST 0x07 0x02 SSTORE STOP"
)

CONTRACTS: Mapping[str, bytes] = {
    "store": STORE,
    "logger": LOGGER,
    "witness": WITNESS,
    "reverter": REVERTER,
    "caller": CALLER,
    "destroyer": DESTROYER,
    "factory": FACTORY,
    "halter": HALTER,
    "transient": TRANSIENT,
}


def contract(name: str) -> Address:
    """Where genesis has the contract of that name."""
    return bytes.fromhex("c0de") + name.encode().ljust(18, b"\x00")


def key_of(index: int) -> LocalAccount:
    """A funded account; the same index is always the same key."""
    account: LocalAccount = Account.from_key((0xC0FFEE + index).to_bytes(32, "big"))
    return account


def address_of(account: LocalAccount) -> Address:
    """20 bytes."""
    return bytes.fromhex(account.address[2:])


def spec(*, accounts: int = 8, extra: Mapping[Address, GenesisAccount] | None = None, **genesis: Any) -> Spec:
    """A chain on which `accounts` keys hold 1,000 ether each and the contracts above are in place."""
    alloc = {address_of(key_of(index)): GenesisAccount(balance=1_000 * ETHER) for index in range(accounts)}
    alloc |= {contract(name): GenesisAccount(nonce=1, code=runtime) for name, runtime in CONTRACTS.items()}
    return Spec(chain_id=CHAIN_ID, genesis=Genesis(timestamp=START, alloc=alloc | dict(extra or {}), **genesis))


class MemoryChain:
    """A chain of blocks in dictionaries, just enough to build on."""

    usual_engine: EngineName = DEFAULT_ENGINE  # of chains that are made without one; a fixture sets it

    def __init__(self, chain_spec: Spec | None = None, engine: EngineName | None = None, **options: Any) -> None:
        self.spec = chain_spec or spec()
        self.nodes: dict[bytes, bytes] = {}
        self.blocks: list[Block] = []
        self.receipts: list[tuple[Receipt, ...]] = []
        self._headers: dict[Hash32, Header] = {}
        self.evm = Evm(self.spec, self.nodes, self, engine=engine or self.usual_engine, **options)
        self.append(self.evm.genesis())

    @property
    def head(self) -> Header:
        return self.blocks[-1].header

    def header(self, key: Hash32) -> Header:
        try:
            return self._headers[key]
        except KeyError:
            raise UnknownBlock("header not found") from None

    def append(self, built: Built) -> None:
        self.nodes.update(built.nodes)
        self.blocks.append(built.block)
        self.receipts.append(built.receipts)
        self._headers[built.block.hash] = built.block.header

    def build(self, transactions: Sequence[Transaction | bytes] = (), **options: Any) -> Built:
        options.setdefault("timestamp", self.head.timestamp + 12)
        options.setdefault("prev_randao", (self.head.number + 1).to_bytes(32, "big"))
        decoded = [self.evm.decode(tx) if isinstance(tx, bytes) else tx for tx in transactions]
        return self.evm.build(self.head, decoded, **options)

    def produce(self, transactions: Sequence[Transaction | bytes] = (), **options: Any) -> Built:
        built = self.build(transactions, **options)
        self.append(built)
        return built


class Signer:
    """One account and the nonce of its next transaction."""

    def __init__(self, index: int = 0, *, nonce: int = 0, chain_id: int = CHAIN_ID) -> None:
        self.key = key_of(index)
        self.address = address_of(self.key)
        self.nonce = nonce
        self.chain_id = chain_id

    def sign(self, to: Address | None = None, *, type: int = 2, **fields: Any) -> bytes:
        """Raw bytes; fees, gas and nonce are filled in where they are not given."""
        given: dict[str, Any] = {"gas": 1_000_000, "value": 0, "data": b"", "nonce": self.nonce, **fields}
        if type != 0 or given.get("chainId", True) is not None:
            given.setdefault("chainId", self.chain_id)
        if given.get("chainId") is None:
            given.pop("chainId", None)
        if type < 2:
            given.setdefault("gasPrice", 3 * GWEI)
        else:
            given.setdefault("maxFeePerGas", 5 * GWEI)
            given.setdefault("maxPriorityFeePerGas", GWEI)
        if type == 3:
            given.setdefault("maxFeePerBlobGas", GWEI)
        if type != 0:
            given["type"] = type
            given.setdefault("accessList", [])
        given["to"] = b"" if to is None else to
        if "nonce" not in fields:
            self.nonce += 1
        return bytes(self.key.sign_transaction(given).raw_transaction)

    def authorize(self, delegate: Address, *, nonce: int | None = None, chain_id: int | None = None) -> Any:
        """A signed EIP-7702 authorization; takes a nonce of its own unless one is given."""
        if nonce is None:
            nonce, self.nonce = self.nonce, self.nonce + 1
        return self.key.sign_authorization(
            {"chainId": self.chain_id if chain_id is None else chain_id, "address": delegate, "nonce": nonce}
        )


def word(value: int) -> bytes:
    """32 bytes, big-endian."""
    return value.to_bytes(32, "big")


class Traffic:
    """Signed transactions that exercise what a block can hold, from a seed. Call `take` once per block."""

    def __init__(self, seed: int, *, accounts: int = 8) -> None:
        self._random = random.Random(seed)
        self._signers = [Signer(index) for index in range(accounts)]
        self._destroyers: list[Address] = []

    def take(self, count: int) -> list[bytes]:
        """The next `count` transactions, in an order in which all of them can be executed."""
        return [self._one() for _ in range(count)]

    def _one(self) -> bytes:
        pick = self._random
        signer = pick.choice(self._signers)
        kind = pick.choice((0, 1, 2, 2, 4))
        fields: dict[str, Any] = {"type": kind}
        if kind in (1, 2, 4) and pick.random() < 0.5:
            slots = ["0x" + word(pick.randrange(4)).hex() for _ in range(pick.randrange(3))]
            fields["accessList"] = [{"address": "0x" + contract("store").hex(), "storageKeys": slots}]
        if kind == 4:
            fields["authorizationList"] = [self._authorization(signer) for _ in range(pick.randrange(1, 3))]
        to, more = self._deed(creates=kind != 4)
        return signer.sign(to, **{**fields, **more})

    def _authorization(self, sender: Signer) -> Any:
        pick = self._random
        authority = pick.choice([signer for signer in self._signers if signer is not sender])
        delegate = pick.choice((contract("store"), contract("logger"), bytes(20), (4).to_bytes(20, "big")))
        match pick.randrange(4):
            case 0:  # wrong nonce: has no effect
                return authority.authorize(delegate, nonce=authority.nonce + 7)
            case 1:  # wrong chain: has no effect
                return authority.authorize(delegate, nonce=authority.nonce, chain_id=CHAIN_ID + 1)
            case _:
                return authority.authorize(delegate, chain_id=pick.choice((0, CHAIN_ID)))

    def _deed(self, *, creates: bool) -> tuple[Address | None, dict[str, Any]]:
        pick = self._random
        deeds: list[tuple[Address | None, dict[str, Any]]] = [
            (pick.choice(self._signers).address, {"value": pick.randrange(ETHER), "gas": 300_000}),
            (pick.randbytes(20), {"value": pick.randrange(3), "gas": 300_000}),
            (
                contract("store"),
                {"data": word(pick.randrange(6)) + word(pick.choice((0, 0, 1, pick.randrange(2**256))))},
            ),
            (contract("store"), {"data": word(pick.randrange(6)) + word(0)}),
            (contract("logger"), {"data": pick.randbytes(pick.randrange(100))}),
            (contract("witness"), {"value": pick.randrange(5)}),
            (contract("reverter"), {"data": pick.randbytes(40)}),
            (contract("halter"), {"gas": 190_000}),
            (contract("transient"), {}),
            (contract("caller"), {"data": word(pick.choice((1, 2, 3, 4, 5, 6, 7, 9))) + pick.randbytes(128)}),
            (contract("caller"), {"data": word(int.from_bytes(contract("reverter"), "big")) + b"no"}),
            (contract("destroyer"), {"value": pick.randrange(9)}),
            (contract("factory"), {"data": deploy(DESTROYER) + pick.randbytes(8), "value": pick.randrange(4)}),
            (contract("factory"), {"data": deploy(STORE) + pick.randbytes(2)}),
        ]
        if creates:
            deeds += [
                (None, {"data": deploy(pick.choice(list(CONTRACTS.values())))}),
                (None, {"data": code("0x01 0x02 SSTORE CALLER SELFDESTRUCT"), "value": 7}),
                (None, {"data": b"\xfe" + pick.randbytes(20), "gas": 200_000}),
                (None, {"data": code("PUSH0 PUSH0 REVERT")}),
                (None, {"data": pick.randbytes(60)}),
            ]
        return pick.choice(deeds)


def created_by(signer: Signer, nonce: int) -> Address:
    """Where the creating transaction with that nonce put its contract."""
    return create_address(signer.address, nonce)
