"""One block being executed: the same for making a block and for checking one.

    open ──► system contracts learn parent hash and beacon root ──► transactions, one by one ──► requests ──► seal

Everything a contract can read about its block is in the header before the first opcode runs; roots and bloom are
computed once, at the end; writes go into an overlay and come back as `Built.nodes`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

import msgspec
from eth.constants import SYSTEM_ADDRESS, SYSTEM_MESSAGE_GAS
from eth.vm.forks.cancun.constants import BEACON_ROOTS_ADDRESS, BEACON_ROOTS_CONTRACT_CODE, HISTORY_BUFFER_LENGTH
from eth.vm.forks.cancun.transaction_context import CancunTransactionContext
from eth.vm.forks.prague.constants import (
    CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS,
    CONSOLIDATION_REQUEST_TYPE,
    DEPOSIT_CONTRACT_ADDRESS,
    DEPOSIT_EVENT_SIGNATURE_HASH,
    DEPOSIT_REQUEST_TYPE,
    HISTORY_SERVE_WINDOW,
    HISTORY_STORAGE_ADDRESS,
    HISTORY_STORAGE_CONTRACT_CODE,
    WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS,
    WITHDRAWAL_REQUEST_TYPE,
)
from eth.vm.interrupt import EVMMissingData
from eth.vm.message import Message
from eth_typing import Address as EvmAddress
from eth_typing import Hash32 as EvmHash

from chain.errors import Evicted
from chain.evm import admission, rules
from chain.evm.ancestors import Ancestors, HeaderSource
from chain.evm.overlay import Overlay
from chain.evm.roots import list_root, logs_bloom, union
from chain.evm.transition import Order, Outcome, logs_of, transact
from chain.evm.vm import BlockContext, Engine, MendedState
from chain.gasprice import blob_base_fee, next_base_fee, next_excess_blob_gas
from chain.model import Block, Built, Header, Log, Receipt, Rejected, Transaction, TransactionType
from chain.primitives import EMPTY_TRIE_ROOT, ZERO_HASH, Address, Hash32, bytes_to_int

logger = logging.getLogger(__name__)


class NoRoom(Exception):
    """A valid transaction that does not fit into what is left of this block."""


def open_header(
    parent: Header,
    *,
    timestamp: int,
    coinbase: Address,
    gas_limit: int,
    prev_randao: Hash32,
    extra_data: bytes,
    parent_beacon_root: Hash32 = ZERO_HASH,
) -> Header:
    """The child of `parent` as it is before its transactions: what execution fills in is still empty."""
    return Header(
        parent_hash=parent.hash,
        coinbase=coinbase,
        state_root=parent.state_root,
        transactions_root=EMPTY_TRIE_ROOT,
        receipts_root=EMPTY_TRIE_ROOT,
        logs_bloom=bytes(256),
        number=parent.number + 1,
        gas_limit=gas_limit,
        gas_used=0,
        timestamp=timestamp,
        extra_data=extra_data,
        mix_hash=prev_randao,
        base_fee=next_base_fee(parent),
        withdrawals_root=EMPTY_TRIE_ROOT,
        blob_gas_used=0,
        excess_blob_gas=next_excess_blob_gas(parent),
        parent_beacon_root=parent_beacon_root,
        requests_hash=rules.EMPTY_REQUESTS_HASH,
    )


class BlockExecution:
    """The state while a block grows. `apply` what belongs in it, then `seal`."""

    state_class = MendedState

    def __init__(
        self,
        chain_id: int,
        nodes: Mapping[bytes, bytes],
        headers: HeaderSource,
        opened: Header,
        engine: Engine | None = None,
    ) -> None:
        """`engine`: what executes, if not `state_class`."""
        self.header = opened
        self.chain_id = chain_id
        self.base_fee = opened.base_fee or 0
        self.blob_base_fee = blob_base_fee(opened.excess_blob_gas or 0)
        self.transactions: list[Transaction] = []
        self.receipts: list[Receipt] = []
        self.gas_used = 0
        self.blob_gas_used = 0
        self._overlay = Overlay(nodes)
        context = BlockContext(
            chain_id=chain_id,
            number=opened.number,
            timestamp=opened.timestamp,
            coinbase=opened.coinbase,
            gas_limit=opened.gas_limit,
            prev_randao=opened.mix_hash,
            base_fee=self.base_fee,
            blob_base_fee=self.blob_base_fee,
            ancestors=Ancestors(headers, opened.parent_hash, opened.number - 1),
        )
        self._state = (engine or self.state_class)(self._overlay, context, EvmHash(opened.state_root))
        self._tell_system_contracts()

    @property
    def gas_left(self) -> int:
        """What the gas limit leaves for further transactions."""
        return self.header.gas_limit - self.gas_used

    def apply(self, tx: Transaction) -> None:
        """Execute one transaction and take it into the block.

        Raises TransactionRejected for one that may not stand here, NoRoom for one that may stand in a later block; the
        state is then as it was.
        """
        upfront = admission.check_form(tx, self.chain_id)
        admission.check_room(tx, self.header.gas_limit)
        if tx.gas > self.gas_left or self.blob_gas_used + tx.blob_gas > rules.MAX_BLOBS * rules.BLOB_GAS:
            raise NoRoom
        admission.check_account(tx, self._state, self.base_fee, self.blob_base_fee)
        price = tx.effective_gas_price(self.base_fee)
        outcome = self._transact(
            Order(
                sender=tx.sender,
                to=tx.to,
                value=tx.value,
                data=tx.data,
                gas=tx.gas,
                upfront=upfront,
                gas_price=price,
                tip=price - self.base_fee,
                blob_fee=tx.blob_gas * self.blob_base_fee,
                access_list=tx.access_list,
                authorizations=tx.authorizations,
                blob_hashes=tx.blob_hashes,
            )
        )
        self.gas_used += outcome.gas_used
        self.blob_gas_used += tx.blob_gas
        self.transactions.append(tx)
        self.receipts.append(self._receipt(tx, outcome, price))

    def seal(self, skipped: Iterable[Rejected] = ()) -> Built:
        """Finish: requests, roots, bloom, and the nodes to be written."""
        requests = [
            DEPOSIT_REQUEST_TYPE + self._deposits(),
            WITHDRAWAL_REQUEST_TYPE + self._system_call(WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS),
            CONSOLIDATION_REQUEST_TYPE + self._system_call(CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS),
        ]
        self._state.persist()
        header = msgspec.structs.replace(
            self.header,
            state_root=self._state.state_root,
            transactions_root=list_root([tx.raw for tx in self.transactions]),
            receipts_root=list_root([receipt.encode() for receipt in self.receipts]),
            logs_bloom=union(receipt.logs_bloom for receipt in self.receipts),
            gas_used=self.gas_used,
            blob_gas_used=self.blob_gas_used,
            requests_hash=rules.requests_hash(requests),
            hash=b"",
        )
        return Built(
            block=Block(header=header, transactions=tuple(self.transactions)),
            receipts=tuple(self.receipts),
            nodes=self._overlay.written,
            skipped=tuple(skipped),
        )

    def _tell_system_contracts(self) -> None:
        """EIP-4788 and EIP-2935 at the start of every block, made or checked; only where their code is in place."""
        header, state = self.header, self._state
        if state.get_code(BEACON_ROOTS_ADDRESS) == BEACON_ROOTS_CONTRACT_CODE:
            slot = header.timestamp % HISTORY_BUFFER_LENGTH
            state.set_storage(BEACON_ROOTS_ADDRESS, slot, header.timestamp)
            root = bytes_to_int(header.parent_beacon_root or ZERO_HASH)
            state.set_storage(BEACON_ROOTS_ADDRESS, slot + HISTORY_BUFFER_LENGTH, root)
        if state.get_code(HISTORY_STORAGE_ADDRESS) == HISTORY_STORAGE_CONTRACT_CODE:
            slot = (header.number - 1) % HISTORY_SERVE_WINDOW
            state.set_storage(HISTORY_STORAGE_ADDRESS, slot, bytes_to_int(header.parent_hash))

    def _transact(self, order: Order) -> Outcome:
        state = self._state
        state.lock_changes()
        snapshot = state.snapshot()
        try:
            outcome = transact(state, order)
        except EVMMissingData:
            raise  # the store's fault, not the transaction's
        except Exception as failure:
            # A fault of the engine must cost the transaction that found it, not the chain that goes on.
            logger.exception("execution failed sender=0x%s", order.sender.hex())
            state.revert(snapshot)
            raise Evicted(f"the engine failed on this transaction: {failure!r}") from failure
        state.commit(snapshot)
        return outcome

    def _receipt(self, tx: Transaction, outcome: Outcome, price: int) -> Receipt:
        logs = logs_of(outcome.computation)
        return Receipt(
            transaction_hash=tx.hash,
            type=tx.type,
            status=int(outcome.computation.is_success),
            gas_used=outcome.gas_used,
            cumulative_gas_used=self.gas_used,
            effective_gas_price=price,
            logs=logs,
            logs_bloom=logs_bloom(logs),
            contract_address=outcome.created,
            blob_gas_used=tx.blob_gas,
            blob_gas_price=self.blob_base_fee if tx.type == TransactionType.BLOB else 0,
        )

    def _deposits(self) -> bytes:
        """Deposits to the beacon chain (EIP-6110): only a chain whose genesis has that contract sees any."""
        return b"".join(
            _deposit(log)
            for receipt in self.receipts
            for log in receipt.logs
            if log.address == DEPOSIT_CONTRACT_ADDRESS and log.topics[:1] == (DEPOSIT_EVENT_SIGNATURE_HASH,)
        )

    def _system_call(self, address: EvmAddress) -> bytes:
        """What a request contract (EIP-7002, EIP-7251) hands over at the end of a block; nothing where it is absent."""
        state = self._state
        code = state.get_code(address)
        if not code:
            return b""
        state.lock_changes()
        context = CancunTransactionContext(gas_price=0, origin=SYSTEM_ADDRESS)
        message = Message(gas=SYSTEM_MESSAGE_GAS, to=address, sender=SYSTEM_ADDRESS, value=0, data=b"", code=code)
        return bytes(state.computation_class.apply_message(state, message, context).output)


def _deposit(log: Log) -> bytes:
    """Public key, withdrawal credentials, amount, signature and index, cut out of the event's ABI encoding."""
    data = log.data
    return data[192:240] + data[288:320] + data[352:360] + data[416:512] + data[544:552]
