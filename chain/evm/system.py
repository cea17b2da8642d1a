"""What a block does to the state besides its transactions: by system contracts, rewards, withdrawals and one fork.

before the transactions   the DAO's ether moves (once), EIP-4788 and EIP-2935 learn about their parents
after them                withdrawals (EIP-4895), requests (EIP-6110, 7002, 7251), rewards while work is proved
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eth.constants import SYSTEM_ADDRESS, SYSTEM_MESSAGE_GAS
from eth.vm.forks.cancun.constants import BEACON_ROOTS_ADDRESS, BEACON_ROOTS_CONTRACT_CODE, HISTORY_BUFFER_LENGTH
from eth.vm.forks.cancun.transaction_context import CancunTransactionContext
from eth.vm.forks.homestead.headers import dao_drain_list, dao_refund_contract
from eth.vm.forks.prague.constants import (
    CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS,
    CONSOLIDATION_REQUEST_TYPE,
    DEPOSIT_EVENT_SIGNATURE_HASH,
    DEPOSIT_REQUEST_TYPE,
    HISTORY_SERVE_WINDOW,
    HISTORY_STORAGE_ADDRESS,
    HISTORY_STORAGE_CONTRACT_CODE,
    WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS,
    WITHDRAWAL_REQUEST_TYPE,
)
from eth.vm.message import Message
from eth_typing import Address as EvmAddress

from chain.errors import InvalidBlock
from chain.evm.forks import block_reward
from chain.evm.vm import MendedState
from chain.model import Header, Log, Receipt, Withdrawal
from chain.primitives import ZERO_HASH, Address, bytes_to_int
from chain.spec import Fork

GWEI = 10**9
DEPOSIT_LAYOUT = (160, 256, 320, 384, 512, 48, 32, 8, 96, 8)  # offsets of five byte strings, then their lengths
DEPOSIT_BYTES = 576


def begin(state: MendedState, header: Header, fork: Fork) -> None:
    """At the start of every block, made or checked. Only where the contract is: a chain may do without."""
    if fork >= Fork.CANCUN:
        code = state.get_code(BEACON_ROOTS_ADDRESS)
        root = header.parent_beacon_root or ZERO_HASH
        if code == BEACON_ROOTS_CONTRACT_CODE:
            slot = header.timestamp % HISTORY_BUFFER_LENGTH
            state.set_storage(BEACON_ROOTS_ADDRESS, slot, header.timestamp)
            state.set_storage(BEACON_ROOTS_ADDRESS, slot + HISTORY_BUFFER_LENGTH, bytes_to_int(root))
        elif code:
            _call(state, BEACON_ROOTS_ADDRESS, code, root)
    if fork >= Fork.PRAGUE:
        code = state.get_code(HISTORY_STORAGE_ADDRESS)
        if code == HISTORY_STORAGE_CONTRACT_CODE:
            slot = (header.number - 1) % HISTORY_SERVE_WINDOW
            state.set_storage(HISTORY_STORAGE_ADDRESS, slot, bytes_to_int(header.parent_hash))
        elif code:
            _call(state, HISTORY_STORAGE_ADDRESS, code, header.parent_hash)


def move_dao(state: MendedState) -> None:
    """EIP-779, in the block of the fork: what the DAO and its children hold goes to the refund contract."""
    for text in dao_drain_list:
        address = EvmAddress(bytes.fromhex(text[2:]))
        state.delta_balance(dao_refund_contract, state.get_balance(address))
        state.set_balance(address, 0)


def withdraw(state: MendedState, withdrawals: Iterable[Withdrawal]) -> None:
    """EIP-4895: ether that left the beacon chain appears here."""
    for withdrawal in withdrawals:
        address = EvmAddress(withdrawal.address)
        state.delta_balance(address, withdrawal.amount * GWEI)
        if state.account_is_empty(address):
            state.delete_account(address)


def reward(state: MendedState, header: Header, uncles: Sequence[Header], fork: Fork) -> None:
    """To whoever found the block and its uncles, while work is proved."""
    amount = block_reward(fork)
    if not amount:
        return
    for uncle in uncles:
        state.delta_balance(EvmAddress(uncle.coinbase), (8 + uncle.number - header.number) * amount // 8)
    state.delta_balance(EvmAddress(header.coinbase), amount + len(uncles) * (amount // 32))


def requests(state: MendedState, receipts: Iterable[Receipt], deposit_contract: Address) -> list[bytes]:
    """What the consensus layer is asked for, each kind with its type byte (EIP-7685). Raises InvalidBlock."""
    deposits = b"".join(
        _deposit(log) for receipt in receipts for log in receipt.logs if is_deposit(log, deposit_contract)
    )
    return [
        DEPOSIT_REQUEST_TYPE + deposits,
        WITHDRAWAL_REQUEST_TYPE + _requested(state, WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS),
        CONSOLIDATION_REQUEST_TYPE + _requested(state, CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS),
    ]


def is_deposit(log: Log, deposit_contract: Address) -> bool:
    """Whether a log is a deposit to the beacon chain (EIP-6110)."""
    return log.address == deposit_contract and log.topics[:1] == (DEPOSIT_EVENT_SIGNATURE_HASH,)


def is_well_formed(deposit: Log) -> bool:
    """A block with a deposit event of another layout is invalid (EIP-6110)."""
    data = deposit.data
    if len(data) != DEPOSIT_BYTES:
        return False
    offsets = DEPOSIT_LAYOUT[:5]
    found = [bytes_to_int(data[32 * n : 32 * n + 32]) for n in range(5)]
    found += [bytes_to_int(data[offset : offset + 32]) for offset in offsets]
    return tuple(found) == DEPOSIT_LAYOUT


def _deposit(log: Log) -> bytes:
    """Public key, withdrawal credentials, amount, signature and index, cut out of the event's ABI encoding."""
    data = log.data
    return data[192:240] + data[288:320] + data[352:360] + data[416:512] + data[544:552]


def _requested(state: MendedState, address: EvmAddress) -> bytes:
    """What a request contract (EIP-7002, EIP-7251) hands over at the end of a block; nothing where it is absent."""
    code = state.get_code(address)
    return _call(state, address, code, b"", must_succeed=True) if code else b""


def _call(state: MendedState, address: EvmAddress, code: bytes, data: bytes, *, must_succeed: bool = False) -> bytes:
    state.lock_changes()
    context = CancunTransactionContext(gas_price=0, origin=SYSTEM_ADDRESS)
    message = Message(gas=SYSTEM_MESSAGE_GAS, to=address, sender=SYSTEM_ADDRESS, value=0, data=data, code=code)
    computation = state.computation_class.apply_message(state, message, context)
    state.clear_transient_storage()
    if computation.is_error and must_succeed:
        raise InvalidBlock(f"system call failed to execute: 0x{address.hex()}: {computation.error!r}")
    return bytes(computation.output)
