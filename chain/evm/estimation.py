"""The least gas limit with which a call succeeds, exactly.

A run with all the gas there is tells how much was spent. Most executions succeed with just that and fail with one less:
three runs. Those that hold gas back for a subcall (63/64), or look at GAS, are searched between the two.
"""

from __future__ import annotations

from chain.errors import ExecutionHalted, ExecutionReverted, InsufficientFunds
from chain.evm.calls import Rehearsal
from chain.evm.outcome import revert_message
from chain.evm.rules import TRANSACTION_GAS
from chain.model import CallResult
from chain.primitives import checksum, to_hex

CALL_STIPEND = 2_300


def least_gas(rehearsal: Rehearsal) -> int:
    """In gas. Raises ExecutionReverted, ExecutionHalted, InsufficientFunds and other TransactionRejected."""
    ceiling = _ceiling(rehearsal)
    if _is_plain_transfer(rehearsal) and ceiling >= TRANSACTION_GAS:
        result = rehearsal.try_with(TRANSACTION_GAS)
        if result.error is None:
            return TRANSACTION_GAS
    below = rehearsal.upfront.required - 1  # never enough
    if ceiling <= below:
        raise _exceeds(ceiling)
    result = rehearsal.try_with(ceiling)
    if result.error is not None:
        raise _failure(result, ceiling)
    enough = ceiling
    spent = max(result.gas_spent, below + 1)
    for guess in (spent, (spent + CALL_STIPEND) * 64 // 63):
        if guess >= enough:
            continue
        if _succeeds(rehearsal, guess):
            enough = guess
            break
        below = guess
    if enough == spent and enough - 1 > below:
        if not _succeeds(rehearsal, enough - 1):
            return enough
        enough -= 1
    while enough - below > 1:
        middle = (enough + below) // 2
        if _succeeds(rehearsal, middle):
            enough = middle
        else:
            below = middle
    return enough


def _ceiling(rehearsal: Rehearsal) -> int:
    """The most gas that could be asked for: of the caller's wish, the block's limit and what the sender can pay."""
    call = rehearsal.call
    ceiling = min(rehearsal.gas_limit if call.gas is None else min(call.gas, rehearsal.gas_limit), rehearsal.most_gas)
    if rehearsal.cap == 0:
        return ceiling
    balance = rehearsal.balance()
    blob_cost = 131_072 * len(call.blob_hashes) * (call.max_fee_per_blob_gas or 0)
    available = balance - call.value - blob_cost
    if available < 0:
        raise InsufficientFunds(
            f"insufficient funds for transfer: address {checksum(call.sender)} have {balance} "
            f"want {call.value + blob_cost}"
        )
    return min(ceiling, available // rehearsal.cap)


def _is_plain_transfer(rehearsal: Rehearsal) -> bool:
    call = rehearsal.call
    return call.to is not None and not (call.data or call.access_list or call.authorizations or rehearsal.code())


def _succeeds(rehearsal: Rehearsal, gas: int) -> bool:
    return rehearsal.try_with(gas).error is None


def _failure(result: CallResult, ceiling: int) -> Exception:
    if result.reverted:
        return ExecutionReverted(revert_message(result.output), data=to_hex(result.output))
    if result.error == "out of gas":
        return _exceeds(ceiling)
    return ExecutionHalted(result.error or "execution failed")


def _exceeds(ceiling: int) -> ExecutionHalted:
    return ExecutionHalted(
        f"gas required exceeds allowance ({ceiling})",
        hint="give more gas, fund the sender, or leave the fee out of the estimate",
    )
