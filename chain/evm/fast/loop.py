"""The interpreter: one loop over the opcodes of a message, with nothing to be paid for an opcode but what it does.

Opcodes that are frequent are carried out here, on plain integers; the others (calls, creations, block fields, foreign
accounts) are py-evm's own, called with program counter and gas as they would find them there. Which check comes first
when several would fail is py-evm's order as well: callers see the reason.
"""

from __future__ import annotations

from eth.abc import OpcodeAPI
from eth.exceptions import (
    FullStack,
    Halt,
    InsufficientStack,
    InvalidInstruction,
    InvalidJumpDestination,
    OutOfBoundsRead,
    OutOfGas,
    Revert,
    WriteProtection,
)
from eth.vm.logic.invalid import InvalidOpcode

from chain.evm.fast.arithmetic import WORD, exponent_gas, sar, sdiv, sign_extend, smod
from chain.evm.fast.draft import BAIL, FOREIGN
from chain.evm.fast.frame import Frame
from chain.evm.fast.program import (
    COLD_SLOT_GAS,
    COPY_WORD_GAS,
    COST,
    INLINE,
    KECCAK_WORD_GAS,
    LOG_BYTE_GAS,
    LOG_TOPIC_GAS,
    SSTORE_SENTRY,
    STACK_LIMIT,
    WARM_READ_GAS,
    Program,
    grow,
    program_of,
)
from chain.evm.fast.translation import Translated, Translations
from chain.evm.interpreter import JUMPDEST
from chain.primitives import keccak

SIGN = 2**255


def refused_jump(code: bytes, target: int) -> Exception:
    """Why a jump may not land there."""
    if target < len(code) and code[target] == JUMPDEST:
        return InvalidInstruction("Jump resulted in invalid instruction")
    return InvalidJumpDestination("Invalid Jump Destination")


def run(computation: Frame) -> None:
    """Execute the message's code to its end; raises VMError. What is left of the gas is on the meter afterwards."""
    code = computation.msg.code
    program = program_of(code)
    translations = computation.journal.translations
    if translations is None:
        _interpret(computation, program, 0, 0)
        return
    begin = 0
    known = translations.of(code)
    if known is None:
        reached = _interpret(computation, program, 0, translations.hot_jumps)
        if reached is None:
            return
        begin, known = reached, translations.begin(code)
    left = _run_translated(computation, program, begin, known, translations)
    if left is not None:
        _interpret(computation, program, left, 0)


def _run_translated(
    computation: Frame, program: Program, position: int, known: dict[int, Translated], translations: Translations
) -> int | None:
    """Go on translated from `position`; None at the end, or from where on the interpreter has to take over."""
    message, journal, meter = computation.msg, computation.journal, computation.meter
    stack, memory, data, address = computation.stack, computation.memory, bytes(message.data), message.storage_address
    while True:
        function = known.get(position)
        if function is None:
            function = translations.add(program, message.code, position)
            if function is None:
                return position
            known[position] = function
        position = function(computation, stack, memory, data, journal, address, meter)
        if position < 0:
            return None
        if position >= BAIL:
            return position - BAIL
        if position >= FOREIGN:
            position -= FOREIGN
            computation.code.program_counter = position + 1
            if not _foreign(computation, computation.opcodes[program.code[position]]):
                return None
            position += 1


def _interpret(computation: Frame, program: Program, pc: int, patience: int) -> int | None:
    """One opcode after the other from `pc` to the end, or until after `patience` backward jumps (0: never)."""
    try:
        return _interpreted(computation, program, pc, patience)
    except IndexError:
        raise InsufficientStack("stack underflow") from None


def _interpreted(computation: Frame, program: Program, pc: int, patience: int) -> int | None:
    message = computation.msg
    journal = computation.journal
    code, jumps, pushed = program.code, program.jumps, program.pushed
    stream, opcodes = computation.code, computation.opcodes
    meter = computation.meter
    gas = meter.gas_remaining
    stack = computation.stack
    push, pop = stack.append, stack.pop
    memory = computation.memory
    data = bytes(message.data)
    address = message.storage_address
    cost = COST
    backward = 0
    while True:
        op = code[pc]
        pc += 1
        gas -= cost[op]
        if gas < 0:
            raise OutOfGas("opcode")
        if op >= 0x5F:
            if op < 0x80:  # PUSH0 to PUSH32
                if len(stack) >= STACK_LIMIT:
                    raise FullStack("stack limit")
                operand = pushed.get(pc)
                if operand is None:
                    operand = pushed[pc] = int.from_bytes(code[pc : pc + op - 0x5F], "big")
                push(operand)
                pc += op - 0x5F
            elif op < 0x90:  # DUP
                if len(stack) >= STACK_LIMIT:
                    raise FullStack("stack limit")
                push(stack[0x7F - op])
            elif op < 0xA0:  # SWAP
                depth = 0x8E - op
                stack[-1], stack[depth] = stack[depth], stack[-1]
            elif op < 0xA5:  # LOG
                if message.is_static:
                    raise WriteProtection("LOG in a static call")
                start, size = pop(), pop()
                topics = tuple([pop() for _ in range(op - 0xA0)])
                gas -= LOG_TOPIC_GAS * len(topics) + LOG_BYTE_GAS * size
                if gas < 0:
                    raise OutOfGas("LOG")
                if size and start + size > len(memory):
                    gas = grow(memory, start + size, gas)
                computation.log(address, topics, bytes(memory[start : start + size]))
            elif op == 0xF3 or op == 0xFD:  # RETURN, REVERT
                start, size = pop(), pop()
                if size and start + size > len(memory):
                    gas = grow(memory, start + size, gas)
                computation._output = bytes(memory[start : start + size]) if size else b""
                meter.gas_remaining = gas
                if op == 0xF3:
                    return None
                raise Revert(computation._output)
            else:
                meter.gas_remaining = gas
                stream.program_counter = pc
                if not _foreign(computation, opcodes.get(op) or InvalidOpcode(op)):
                    return None
                gas = meter.gas_remaining
        elif op >= 0x50:
            if op == 0x5B:  # JUMPDEST
                pass
            elif op == 0x57:  # JUMPI
                target = pop()
                if pop():
                    if target not in jumps:
                        raise refused_jump(code, target)
                    if target < pc:
                        backward += 1
                        if backward == patience:
                            meter.gas_remaining = gas
                            return target
                    pc = target
            elif op == 0x50:  # POP
                pop()
            elif op == 0x52:  # MSTORE
                start, value = pop(), pop()
                if start + 32 > len(memory):
                    gas = grow(memory, start + 32, gas)
                memory[start : start + 32] = value.to_bytes(32, "big")
            elif op == 0x51:  # MLOAD
                start = stack[-1]
                if start + 32 > len(memory):
                    gas = grow(memory, start + 32, gas)
                stack[-1] = int.from_bytes(memory[start : start + 32], "big")
            elif op == 0x56:  # JUMP
                target = pop()
                if target not in jumps:
                    raise refused_jump(code, target)
                if target < pc:
                    backward += 1
                    if backward == patience:
                        meter.gas_remaining = gas
                        return target
                pc = target
            elif op == 0x54:  # SLOAD
                slot = stack[-1]
                gas -= COLD_SLOT_GAS if journal.warm_slot(address, slot) else WARM_READ_GAS
                if gas < 0:
                    raise OutOfGas("SLOAD")
                stack[-1] = journal.read_slot(address, slot)
            elif op == 0x55:  # SSTORE
                if message.is_static:
                    raise WriteProtection("SSTORE in a static call")
                if gas <= SSTORE_SENTRY:
                    raise OutOfGas("SSTORE")
                slot, value = pop(), pop()
                gas = computation.store(slot, value, gas)
            elif op == 0x5C:  # TLOAD
                stack[-1] = journal.read_transient(address, stack[-1])
            elif op == 0x5D:  # TSTORE
                if message.is_static:
                    raise WriteProtection("TSTORE in a static call")
                slot, value = pop(), pop()
                journal.write_transient(address, slot, value)
            elif op == 0x53:  # MSTORE8
                start, value = pop(), pop()
                if start >= len(memory):
                    gas = grow(memory, start + 1, gas)
                memory[start] = value & 255
            elif op == 0x5E:  # MCOPY
                to, start, size = pop(), pop(), pop()
                if size and max(to, start) + size > len(memory):
                    gas = grow(memory, max(to, start) + size, gas)
                gas -= COPY_WORD_GAS * ((size + 31) >> 5)
                if gas < 0:
                    raise OutOfGas("MCOPY")
                if size:
                    memory[to : to + size] = memory[start : start + size]
            else:
                if len(stack) >= STACK_LIMIT:
                    raise FullStack("stack limit")
                push(gas if op == 0x5A else pc - 1 if op == 0x58 else len(memory))  # GAS, PC, MSIZE
        elif op < 0x20:
            if op >= 0x10:
                if op == 0x15:  # ISZERO
                    stack[-1] = 0 if stack[-1] else 1
                elif op == 0x16:  # AND
                    left = pop()
                    stack[-1] &= left
                elif op == 0x10:  # LT
                    left = pop()
                    stack[-1] = 1 if left < stack[-1] else 0
                elif op == 0x14:  # EQ
                    left = pop()
                    stack[-1] = 1 if left == stack[-1] else 0
                elif op == 0x11:  # GT
                    left = pop()
                    stack[-1] = 1 if left > stack[-1] else 0
                elif op == 0x1C:  # SHR
                    left = pop()
                    stack[-1] = stack[-1] >> left if left < 256 else 0
                elif op == 0x1B:  # SHL
                    left = pop()
                    stack[-1] = (stack[-1] << left) & WORD if left < 256 else 0
                elif op == 0x17:  # OR
                    left = pop()
                    stack[-1] |= left
                elif op == 0x18:  # XOR
                    left = pop()
                    stack[-1] ^= left
                elif op == 0x19:  # NOT
                    stack[-1] ^= WORD
                elif op == 0x12:  # SLT
                    left = pop()
                    stack[-1] = 1 if left ^ SIGN < stack[-1] ^ SIGN else 0
                elif op == 0x13:  # SGT
                    left = pop()
                    stack[-1] = 1 if left ^ SIGN > stack[-1] ^ SIGN else 0
                elif op == 0x1A:  # BYTE
                    left = pop()
                    stack[-1] = (stack[-1] >> (8 * (31 - left))) & 255 if left < 32 else 0
                elif op == 0x1D:  # SAR
                    left = pop()
                    stack[-1] = sar(left, stack[-1])
                else:
                    raise InvalidInstruction(f"invalid opcode {op:#x}")
            elif op == 0x01:  # ADD
                left = pop()
                stack[-1] = (left + stack[-1]) & WORD
            elif op == 0x03:  # SUB
                left = pop()
                stack[-1] = (left - stack[-1]) & WORD
            elif op == 0x02:  # MUL
                left = pop()
                stack[-1] = (left * stack[-1]) & WORD
            elif op == 0x04:  # DIV
                left = pop()
                stack[-1] = left // stack[-1] if stack[-1] else 0
            elif op == 0x06:  # MOD
                left = pop()
                stack[-1] = left % stack[-1] if stack[-1] else 0
            elif op == 0x00:  # STOP
                meter.gas_remaining = gas
                return None
            elif op == 0x0A:  # EXP
                base, exponent = pop(), stack[-1]
                gas -= exponent_gas(exponent)
                if gas < 0:
                    raise OutOfGas("EXP")
                stack[-1] = pow(base, exponent, WORD + 1)
            elif op == 0x08 or op == 0x09:  # ADDMOD, MULMOD
                left, right, modulus = pop(), pop(), stack[-1]
                if modulus:
                    stack[-1] = (left + right if op == 0x08 else left * right) % modulus
            elif op == 0x0B:  # SIGNEXTEND
                left = pop()
                stack[-1] = sign_extend(left, stack[-1])
            elif op == 0x05:  # SDIV
                left = pop()
                stack[-1] = sdiv(left, stack[-1])
            elif op == 0x07:  # SMOD
                left = pop()
                stack[-1] = smod(left, stack[-1])
            else:
                raise InvalidInstruction(f"invalid opcode {op:#x}")
        elif op == 0x35:  # CALLDATALOAD
            start = stack[-1]
            stack[-1] = int.from_bytes(data[start : start + 32].ljust(32, b"\x00"), "big")
        elif op == 0x20:  # KECCAK256
            start, size = pop(), stack[-1]
            if size and start + size > len(memory):
                gas = grow(memory, start + size, gas)
            gas -= KECCAK_WORD_GAS * ((size + 31) >> 5)
            if gas < 0:
                raise OutOfGas("KECCAK256")
            stack[-1] = int.from_bytes(keccak(memory[start : start + size]), "big")  # type: ignore[arg-type]  # read, not kept
        elif op == 0x37 or op == 0x39 or op == 0x3E:  # CALLDATACOPY, CODECOPY, RETURNDATACOPY
            to, start, size = pop(), pop(), pop()
            source = data if op == 0x37 else message.code if op == 0x39 else computation.return_data
            if op == 0x3E and start + size > len(source):
                raise OutOfBoundsRead("RETURNDATACOPY")
            if size and to + size > len(memory):
                gas = grow(memory, to + size, gas)
            gas -= COPY_WORD_GAS * ((size + 31) >> 5)
            if gas < 0:
                raise OutOfGas("copy")
            if size:
                memory[to : to + size] = source[start : start + size].ljust(size, b"\x00")
        elif op in INLINE:
            if len(stack) >= STACK_LIMIT:
                raise FullStack("stack limit")
            if op == 0x36:  # CALLDATASIZE
                push(len(data))
            elif op == 0x33:  # CALLER
                push(int.from_bytes(message.sender, "big"))
            elif op == 0x34:  # CALLVALUE
                push(message.value)
            elif op == 0x30:  # ADDRESS
                push(int.from_bytes(address, "big"))
            elif op == 0x3D:  # RETURNDATASIZE
                push(len(computation.return_data))
            else:  # CODESIZE
                push(len(message.code))
        else:
            meter.gas_remaining = gas
            stream.program_counter = pc
            if not _foreign(computation, opcodes.get(op) or InvalidOpcode(op)):
                return None
            gas = meter.gas_remaining


def _foreign(computation: Frame, operation: OpcodeAPI) -> bool:
    """Let py-evm carry it out; whether the execution goes on."""
    try:
        operation(computation=computation)
    except Halt:
        return False
    except IndexError as fault:  # would pass for an empty stack above
        raise RuntimeError(f"py-evm failed: {fault!r}") from fault
    return True
