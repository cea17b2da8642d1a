"""Repairs of py-evm's interpreters that every fork needs; what is wrong is said where it is mended."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import ckzg
from eth.abc import ComputationAPI, MessageAPI, OpcodeAPI, StateAPI, TransactionContextAPI
from eth.exceptions import VMError
from eth.vm.computation import BaseComputation

from chain.evm import curves
from chain.evm.interpreter import Code, GasCounter
from chain.evm.sidecars import trusted_setup, versioned_hash
from chain.primitives import bytes_to_int
from chain.spec import Fork

SELFDESTRUCT = 0xFF
MODEXP = (5).to_bytes(20, "big")
BLAKE2F = (9).to_bytes(20, "big")
POINT_EVALUATION = (10).to_bytes(20, "big")

BLS_MODULUS = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
FIELD_ELEMENTS_PER_BLOB = 4096
POINT_EVALUATION_GAS = 50_000

Precompile: TypeAlias = Callable[[ComputationAPI], ComputationAPI]

# Pure Python: gas bounds what they cost others, but here a block's worth of them takes many minutes. Bytes of one piece
# of work, the gas it costs at least, and the seconds it takes at least; None: the input is never more than one piece.
SLOW: Mapping[bytes, tuple[int, int, float] | None] = {
    (0x06).to_bytes(20, "big"): None,  # addition on bn128
    (0x07).to_bytes(20, "big"): None,  # multiplication
    (0x08).to_bytes(20, "big"): (192, 34_000, 0.25),  # pairing
    BLAKE2F: (0, 1, 0.000_005),  # a piece is a round, and the input says how many
    (0x0B).to_bytes(20, "big"): None,  # addition on BLS12-381, first group
    (0x0C).to_bytes(20, "big"): (160, 6_000, 0.05),  # multiplication
    (0x0D).to_bytes(20, "big"): None,  # the same in the second group
    (0x0E).to_bytes(20, "big"): (288, 11_000, 0.2),
    (0x0F).to_bytes(20, "big"): (384, 32_600, 0.4),  # pairing
    (0x10).to_bytes(20, "big"): None,  # field element to point
    (0x11).to_bytes(20, "big"): None,
}

if TYPE_CHECKING:
    _Base = BaseComputation
else:
    _Base = object


class Mended(_Base):
    """One message being executed; goes before an interpreter of py-evm's."""

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


def repaired(stock: type[BaseComputation], fork: Fork) -> dict[str, Any]:
    """Opcodes and precompiles of an interpreter, with the faulty ones replaced."""
    opcodes = dict(stock.opcodes)
    opcodes[SELFDESTRUCT] = _without_warning(opcodes[SELFDESTRUCT])
    precompiles: dict[Any, Any] = dict(stock.get_precompiles())
    if MODEXP in precompiles:
        precompiles[MODEXP] = modexp if fork >= Fork.BERLIN else partial(modexp, price=_price_of_eip_198)
    if POINT_EVALUATION in precompiles:
        precompiles[POINT_EVALUATION] = point_evaluation
    for address, pieces in SLOW.items():
        if address in precompiles:
            precompiles[address] = _within_time(precompiles[address], pieces)
    return {"opcodes": opcodes, "_precompiles": precompiles}


def _within_time(precompile: Precompile, pieces: tuple[int, int, float] | None) -> Precompile:
    """One that nothing can stop once it runs, so it is asked before whether there is time for it."""

    def patient(computation: ComputationAPI) -> ComputationAPI:
        state: Any = computation.state
        curves.load()
        needed = 0.0 if pieces is None else _seconds(computation.msg.data_as_bytes, computation, *pieces)
        state.check_time(needed)
        state.check_allowance(needed)
        began = time.thread_time()
        try:
            return precompile(computation)
        finally:
            state.slow_seconds += time.thread_time() - began

    return patient


def _seconds(data: bytes, computation: ComputationAPI, size: int, gas: int, seconds: float) -> float:
    """What an input takes at least; nothing where the gas does not suffice, because then it only fails."""
    rounds = bytes_to_int(data[:4]) if len(data) == 213 else 0
    count = len(data) // size if size else rounds
    return count * seconds if count * gas <= computation.get_gas_remaining() else 0.0


def _without_warning(opcode: Any) -> OpcodeAPI:
    """py-evm wraps SELFDESTRUCT in a DeprecationWarning; where warnings are errors, it fails with another result."""
    bare: OpcodeAPI = getattr(opcode, "__wrapped__", opcode)
    return bare


def _price_of_eip_2565(longest: int, iterations: int) -> int:
    return max(200, ((longest + 7) // 8) ** 2 * max(iterations, 1) // 3)


def _price_of_eip_198(longest: int, iterations: int) -> int:
    if longest <= 64:
        complexity = longest**2
    elif longest <= 1_024:
        complexity = longest**2 // 4 + 96 * longest - 3_072
    else:
        complexity = longest**2 // 16 + 480 * longest - 199_680
    return complexity * max(iterations, 1) // 20


def modexp(computation: ComputationAPI, price: Any = _price_of_eip_2565) -> ComputationAPI:
    """Precompile 5 (EIP-198). py-evm's gives 0 for an empty base, also where 0**0 is 1."""
    data = computation.msg.data_as_bytes
    base_size, exponent_size, modulus_size = (_word(data, position) for position in (0, 32, 64))
    body = data[96:]
    leading = _padded(body, base_size, min(exponent_size, 32))
    if exponent_size <= 32:
        iterations = max(leading.bit_length() - 1, 0)
    else:
        iterations = 8 * (exponent_size - 32) + max(leading.bit_length() - 1, 0)
    computation.consume_gas(price(max(base_size, modulus_size), iterations), reason="MODEXP")
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
