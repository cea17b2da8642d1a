"""py-evm's Prague, with its faults mended: the interpreter and the state that every execution here runs on.

Mended in this file (what is wrong is said where it is mended): system contracts that appear by themselves, initcode
paid twice below a delegated account, 0**0 in MODEXP, a trusted setup read on every KZG check, a warning in
SELFDESTRUCT, BLOCKHASH over a chain database. What concerns whole transactions is in `transition.py`, what concerns
blocks in `execution.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import ckzg
from eth.abc import ComputationAPI, MessageAPI, OpcodeAPI, StateAPI, TransactionContextAPI
from eth.exceptions import VMError
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.forks.prague.opcodes import PRAGUE_OPCODES
from eth.vm.forks.prague.state import PragueState
from eth.vm.interrupt import EVMMissingData
from eth_typing import Address as EvmAddress
from eth_typing import Hash32 as EvmHash

from chain.errors import LimitExceeded, UnknownBlock
from chain.evm.ancestors import Ancestors
from chain.evm.interpreter import Code, GasCounter
from chain.evm.overlay import Overlay
from chain.evm.sidecars import trusted_setup, versioned_hash
from chain.model import AccountOverride, Header
from chain.primitives import Address, Hash32, Wei, bytes_to_int

SELFDESTRUCT = 0xFF
MODEXP = (5).to_bytes(20, "big")
POINT_EVALUATION = (10).to_bytes(20, "big")

BLS_MODULUS = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
FIELD_ELEMENTS_PER_BLOB = 4096
POINT_EVALUATION_GAS = 50_000


def _without_warning(opcode: Any) -> OpcodeAPI:
    """py-evm wraps SELFDESTRUCT in a DeprecationWarning; where warnings are errors, it fails with another result."""
    bare: OpcodeAPI = opcode.__wrapped__
    return bare


class BlockContext(ExecutionContext):
    """What opcodes can ask about the block they run in."""

    def __init__(
        self,
        *,
        chain_id: int,
        number: int,
        timestamp: int,
        coinbase: Address,
        gas_limit: int,
        prev_randao: Hash32,
        base_fee: Wei,
        blob_base_fee: Wei,
        ancestors: Ancestors,
    ) -> None:
        super().__init__(
            coinbase=coinbase,  # type: ignore[arg-type]  # py-evm's NewTypes of bytes and int
            timestamp=timestamp,
            block_number=number,  # type: ignore[arg-type]
            difficulty=0,
            mix_hash=prev_randao,  # type: ignore[arg-type]
            gas_limit=gas_limit,
            prev_hashes=(),
            chain_id=chain_id,
            base_fee_per_gas=base_fee,
        )
        self.ancestors = ancestors
        self.blob_base_fee = blob_base_fee


class MendedComputation(PragueComputation):
    """One message being executed."""

    def __init__(self, state: StateAPI, message: MessageAPI, transaction_context: TransactionContextAPI) -> None:
        super().__init__(state, message, transaction_context)
        self.code = Code(message.code)
        self.consume_gas = self._gas_meter.consume_gas  # type: ignore[method-assign]  # a call less for each opcode

    @classmethod
    def apply_message(
        cls,
        state: StateAPI,
        message: MessageAPI,
        transaction_context: TransactionContextAPI,
        parent_computation: ComputationAPI | None = None,
    ) -> ComputationAPI:
        """Transfer the value and execute."""
        state.check_time()  # type: ignore[attr-defined]  # ours
        return super().apply_message(state, message, transaction_context, parent_computation)

    def _configure_gas_meter(self) -> GasCounter:
        return GasCounter(self.msg.gas)

    @classmethod
    def consume_initcode_gas_cost(cls, computation: ComputationAPI) -> None:
        """Nothing: part of the intrinsic gas. py-evm charges here, and again for CREATE below a delegated sender."""


class MendedState(PragueState):
    """The accounts of one block in the making (or of one pretended call)."""

    computation_class = MendedComputation
    execution_context: BlockContext
    deadline: float | None = None  # time.monotonic() at which a call that is only tried is given up

    def check_time(self, needed: float = 0.0) -> None:
        """Raises LimitExceeded when `needed` seconds from now are after the deadline. Asked when a message begins."""
        if self.deadline is not None and time.monotonic() + needed > self.deadline:
            raise LimitExceeded("execution timeout: the call took too long", hint="ask for less in one call")

    def set_system_contracts(self) -> None:
        """Nothing: genesis has them. py-evm means to write them into every state, and its condition is inverted."""

    def get_ancestor_hash(self, block_number: int) -> Hash32:  # type: ignore[override]  # NewTypes
        """BLOCKHASH; zero outside of the last 256 blocks."""
        if not 0 < self.execution_context.block_number - block_number <= 256:
            return b""
        return self.execution_context.ancestors.hash_of(block_number) or b""

    def pretend(self, accounts: Mapping[Address, AccountOverride]) -> None:
        """Change accounts as if an earlier transaction had done so."""
        for key, override in accounts.items():
            address = EvmAddress(key)
            if override.nonce is not None:
                self.set_nonce(address, override.nonce)
            if override.code is not None:
                self.set_code(address, override.code)
            if override.balance is not None:
                self.set_balance(address, override.balance)
            if override.storage is not None:
                self.delete_storage(address)
            for slot, value in {**(override.storage or {}), **(override.storage_diff or {})}.items():
                self.set_storage(address, slot, value)

    @property
    def blob_base_fee(self) -> Wei:
        """BLOBBASEFEE."""
        return self.execution_context.blob_base_fee


class Engine(Protocol):
    """What executes: opens the state at a root. All engines come to the same results."""

    def __call__(self, overlay: Overlay, context: BlockContext, root: EvmHash, /) -> MendedState:
        """The state of an execution that reads below `root` and writes into `overlay`."""
        ...


@contextmanager
def state_of(header: Header) -> Iterator[None]:
    """Whatever the execution inside misses is the state of this block: raises UnknownBlock then."""
    try:
        yield
    except EVMMissingData as missing:
        raise UnknownBlock(
            f"missing trie node: state of block {header.number} is not available ({missing})",
            hint="ask for a block whose state this node keeps",
        ) from None


def modexp(computation: ComputationAPI) -> ComputationAPI:
    """Precompile 5 (EIP-198 with the prices of EIP-2565). py-evm's gives 0 for an empty base, also where 0**0 is 1."""
    data = computation.msg.data_as_bytes
    base_size, exponent_size, modulus_size = (_word(data, position) for position in (0, 32, 64))
    body = data[96:]
    leading = _padded(body, base_size, min(exponent_size, 32))
    if exponent_size <= 32:
        iterations = max(leading.bit_length() - 1, 0)
    else:
        iterations = 8 * (exponent_size - 32) + max(leading.bit_length() - 1, 0)
    complexity = ((max(base_size, modulus_size) + 7) // 8) ** 2
    computation.consume_gas(max(200, complexity * max(iterations, 1) // 3), reason="MODEXP")
    # Paid for: from here on sizes are bounded by gas, except the exponent's where base and modulus are empty.
    if modulus_size == 0:
        computation.output = b""
        return computation
    modulus = _padded(body, base_size + exponent_size, modulus_size)
    base = _padded(body, 0, base_size)
    exponent = _padded(body, base_size, exponent_size)
    result = pow(base, exponent, modulus) if modulus else 0
    computation.output = result.to_bytes(modulus_size, "big")
    return computation


def _word(data: bytes, position: int) -> int:
    return _padded(data, position, 32)


def _padded(data: bytes, start: int, size: int) -> int:
    """The big-endian number at `start`, as if zeros followed the data."""
    part = data[start : start + size]
    return bytes_to_int(part) << (8 * (size - len(part)))


def point_evaluation(computation: ComputationAPI) -> ComputationAPI:
    """Precompile 10 (EIP-4844). py-evm's reads the trusted setup from disk, two seconds, each time."""
    computation.consume_gas(POINT_EVALUATION_GAS, reason="point evaluation")
    data = computation.msg.data_as_bytes
    if len(data) != 192:
        raise VMError("point evaluation: invalid input length")
    commitment, proof = data[96:144], data[144:192]
    if versioned_hash(commitment) != data[:32]:
        raise VMError("point evaluation: commitment does not match versioned hash")
    try:
        proven = ckzg.verify_kzg_proof(commitment, data[32:64], data[64:96], proof, trusted_setup())
    except RuntimeError as problem:  # not a curve point, or a field element that is too large
        raise VMError("point evaluation: malformed input") from problem
    if not proven:
        raise VMError("point evaluation: KZG proof does not hold")
    computation.output = FIELD_ELEMENTS_PER_BLOB.to_bytes(32, "big") + BLS_MODULUS.to_bytes(32, "big")
    return computation


def within_time(number: int, size: int, seconds: float) -> tuple[bytes, Callable[[ComputationAPI], ComputationAPI]]:
    """A precompile that takes at least `seconds` for each `size` bytes, and that a call with a deadline cannot stop."""
    address = number.to_bytes(20, "big")
    precompile: Callable[[ComputationAPI], ComputationAPI] = PragueComputation.get_precompiles()[EvmAddress(address)]

    def patient(computation: ComputationAPI) -> ComputationAPI:
        computation.state.check_time(len(computation.msg.data) // size * seconds)  # type: ignore[attr-defined]  # ours
        return precompile(computation)

    return address, patient


# Curves in pure Python: gas bounds what they cost others, but here a block's worth of pairings takes many minutes.
_CURVES = (
    within_time(0x08, 192, 0.25),  # pairing on bn128
    within_time(0x0C, 160, 0.05),  # multiplication on BLS12-381, first group
    within_time(0x0E, 288, 0.2),  # second group
    within_time(0x0F, 384, 0.4),  # pairing
)
_MENDED: dict[Any, Any] = {MODEXP: modexp, POINT_EVALUATION: point_evaluation, **dict(_CURVES)}
MendedComputation.opcodes = {**PRAGUE_OPCODES, SELFDESTRUCT: _without_warning(PRAGUE_OPCODES[SELFDESTRUCT])}
MendedComputation._precompiles = {**PragueComputation.get_precompiles(), **_MENDED}
