"""One transaction on a state: pay for gas, delegate, execute, refund, pay the producer, clear what is left empty.

The order is Ethereum's, the rules are those of the state's fork. py-evm's own transaction executor is not used: it
lacks the calldata floor's validity rule, computes receipts with another refund than it charges (EIP-7623), recovers
authorities anew, validates twice and builds debug texts that nobody reads. Whether the transaction is allowed was
decided before (`admission`).
"""

from __future__ import annotations

from eth.abc import ComputationAPI
from eth.constants import CREATE_CONTRACT_ADDRESS
from eth.exceptions import ContractCreationCollision
from eth.vm.forks.cancun.transaction_context import CancunTransactionContext
from eth.vm.forks.spurious_dragon._utils import collect_touched_accounts
from eth.vm.message import Message
from eth_typing import Address as EvmAddress
from eth_typing import Hash32 as EvmHash

from chain.evm.rules import (
    DELEGATION_PREFIX,
    EXISTING_AUTHORITY_REFUND,
    MAX_NONCE,
    REFUND_QUOTIENT,
    REFUND_QUOTIENT_BEFORE,
    SELFDESTRUCT_REFUND_BEFORE,
    Upfront,
    is_delegation,
)
from chain.evm.vm import MendedState
from chain.model import AccessList, Authorization, Log, Record
from chain.primitives import ZERO_ADDRESS, Address, Hash32, Wei, create_address
from chain.spec import Fork


class Order(Record):
    """What is to be executed, whoever asks: a signed transaction or a pretended call."""

    sender: Address
    to: Address | None
    value: Wei
    data: bytes
    gas: int
    upfront: Upfront
    gas_price: Wei  # effective, per gas
    tip: Wei  # the part of it that the producer gets
    blob_fee: Wei = 0  # in total
    access_list: AccessList = ()
    authorizations: tuple[Authorization, ...] = ()
    blob_hashes: tuple[Hash32, ...] = ()


class Outcome(Record):
    """How it went. `gas_used` is what was paid for, `gas_spent` what was needed before refunds and floor."""

    computation: ComputationAPI
    gas_used: int
    gas_spent: int
    created: Address | None  # where a creating order puts its contract, also when that failed
    logs: tuple[Log, ...]


def transact(state: MendedState, order: Order) -> Outcome:
    """Change `state` by one allowed order. The caller has called `state.lock_changes()` before."""
    sender = EvmAddress(order.sender)
    state.delta_balance(sender, -(order.gas * order.gas_price + order.blob_fee))
    nonce = state.get_nonce(sender)
    state.increment_nonce(sender)
    refund = delegate(state, order.authorizations)
    created = create_address(sender, nonce) if order.to is None else None
    computation = _run(state, order, created, refund)

    fork = state.execution_context.fork
    gone = computation.get_accounts_for_deletion()
    credit, quotient = computation.get_gas_refund(), REFUND_QUOTIENT
    if fork < Fork.LONDON:
        credit, quotient = credit + SELFDESTRUCT_REFUND_BEFORE * len(gone), REFUND_QUOTIENT_BEFORE
    spent = order.gas - computation.get_gas_remaining()
    used = max(spent - min(credit, spent // quotient), order.upfront.floor)
    state.delta_balance(sender, (order.gas - used) * order.gas_price)
    state.delta_balance(state.coinbase, used * order.tip)
    for address in gone:
        state.delete_account(address)
    if fork >= Fork.SPURIOUS_DRAGON:  # EIP-161
        for address in collect_touched_accounts(computation):
            if state.account_exists(address) and state.account_is_empty(address):
                state.delete_account(address)
    state.clear_transient_storage()
    logs = logs_of(computation)
    return Outcome(computation=computation, gas_used=used, gas_spent=spent, created=created, logs=logs)


def delegate(state: MendedState, authorizations: tuple[Authorization, ...]) -> int:
    """Carry out EIP-7702 authorizations, skipping those that do not hold; returns the gas to refund."""
    refund = 0
    for authorization in authorizations:
        if authorization.chain_id not in (0, state.execution_context.chain_id):
            continue
        if authorization.nonce >= MAX_NONCE or authorization.authority is None:
            continue
        authority = EvmAddress(authorization.authority)
        state.mark_address_warm(authority)
        code = state.get_code(authority)
        if code and not is_delegation(code):
            continue
        if state.get_nonce(authority) != authorization.nonce:
            continue
        if state.account_exists(authority):
            refund += EXISTING_AUTHORITY_REFUND
        if authorization.address == ZERO_ADDRESS:
            state.delete_code(authority)
        else:
            state.set_code(authority, DELEGATION_PREFIX + authorization.address)
        state.increment_nonce(authority)
    return refund


def logs_of(computation: ComputationAPI) -> tuple[Log, ...]:
    """Logs in the order they were emitted; none of a failed execution."""
    return tuple(
        Log(address=bytes(address), topics=tuple(topic.to_bytes(32, "big") for topic in topics), data=bytes(data))
        for address, topics, data in computation.get_log_entries()
    )


def _run(state: MendedState, order: Order, created: Address | None, refund: int) -> ComputationAPI:
    sender = EvmAddress(order.sender)
    context = CancunTransactionContext(
        gas_price=order.gas_price, origin=sender, blob_versioned_hashes=[EvmHash(h) for h in order.blob_hashes]
    )
    gas = order.gas - order.upfront.intrinsic
    if created is not None:
        message = Message(
            gas=gas,
            to=CREATE_CONTRACT_ADDRESS,
            sender=sender,
            value=order.value,
            data=b"",
            code=order.data,
            create_address=EvmAddress(created),
            refund=refund,
        )
    else:
        to = EvmAddress(order.to or b"")
        code, delegated = _code_to_run(state, to)
        message = Message(
            gas=gas,
            to=to,
            sender=sender,
            value=order.value,
            data=order.data,
            code=code,
            refund=refund,
            is_delegation=delegated,
        )
    state.mark_address_warm(sender)
    state.mark_address_warm(message.storage_address)
    for address, slots in order.access_list:
        state.mark_address_warm(EvmAddress(address))
        for slot in slots:
            state.mark_storage_warm(EvmAddress(address), int.from_bytes(slot, "big"))
    if created is None:
        return state.computation_class.apply_message(state, message, context)
    if state.has_code_or_nonce(EvmAddress(created)):
        computation = state.get_computation(message, context)
        computation.error = ContractCreationCollision(f"address collision at 0x{created.hex()}")
        return computation
    return state.computation_class.apply_create_message(state, message, context)


def _code_to_run(state: MendedState, address: EvmAddress) -> tuple[bytes, bool]:
    """An account's code, or its delegate's (EIP-7702; one step, never further)."""
    code = state.get_code(address)
    if not is_delegation(code):
        return code, False
    delegate_address = EvmAddress(code[len(DELEGATION_PREFIX) :])
    state.mark_address_warm(delegate_address)
    return state.get_code(delegate_address), True
