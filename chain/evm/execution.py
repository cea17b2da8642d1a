"""One block being executed: the same for making a block and for checking one.

    open ──► system contracts learn parent hash and beacon root ──► transactions, one by one
         ──► withdrawals, requests, rewards ──► seal

Everything a contract can read about its block is in the header before the first opcode runs; roots and bloom are
computed once, at the end; writes go into an overlay and come back as `Built.nodes`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

import msgspec
from eth.vm.interrupt import EVMMissingData
from eth_typing import Hash32 as EvmHash

from chain.errors import Evicted, LimitExceeded, TransactionRejected
from chain.evm import admission, rules, system
from chain.evm.ancestors import Ancestors, HeaderSource
from chain.evm.forks import Forks
from chain.evm.overlay import Overlay
from chain.evm.roots import list_root, logs_bloom, union
from chain.evm.transition import Order, Outcome, transact
from chain.evm.vm import BlockContext, Engine, MendedState
from chain.model import Block, Built, Header, Receipt, Rejected, Transaction, TransactionType, Withdrawal
from chain.primitives import (
    EMPTY_TRIE_ROOT,
    EMPTY_UNCLES_HASH,
    ZERO_HASH,
    Address,
    Hash32,
    keccak,
    rlp_encode,
)
from chain.spec import Fork

logger = logging.getLogger(__name__)


class NoRoom(Exception):
    """A valid transaction that does not fit into what is left of this block."""


def open_header(
    forks: Forks,
    parent: Header,
    *,
    timestamp: int,
    coinbase: Address,
    gas_limit: int,
    prev_randao: Hash32,
    extra_data: bytes,
    parent_beacon_root: Hash32 = ZERO_HASH,
    difficulty: int = 0,
    nonce: bytes = bytes(8),
) -> Header:
    """The child of `parent` as it is before its transactions: what execution fills in is still empty.

    It has the fields of its fork; `difficulty` and `nonce` are those of a block that proves work.
    """
    fork = forks.at(parent.number + 1, timestamp, difficulty)
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
        nonce=nonce,
        difficulty=difficulty,
        base_fee=forks.base_fee(fork, parent),
        withdrawals_root=EMPTY_TRIE_ROOT if fork >= Fork.SHANGHAI else None,
        blob_gas_used=0 if fork >= Fork.CANCUN else None,
        excess_blob_gas=forks.excess_blob_gas(fork, parent),
        parent_beacon_root=parent_beacon_root if fork >= Fork.CANCUN else None,
        requests_hash=rules.EMPTY_REQUESTS_HASH if fork >= Fork.PRAGUE else None,
    )


class BlockExecution:
    """The state while a block grows. `apply` what belongs in it, then `seal`."""

    state_class = MendedState

    def __init__(
        self,
        forks: Forks,
        nodes: Mapping[bytes, bytes],
        headers: HeaderSource,
        opened: Header,
        engine: Engine | None = None,
        *,
        allowance: float | None = None,
    ) -> None:
        """`engine`: what executes, if not `state_class`. `allowance`: seconds of slow precompiles that a transaction
        may take; None: whatever a block has in it."""
        self.header = opened
        self.forks = forks
        self.fork = forks.of(opened)
        self.chain_id = forks.chain_id
        self.base_fee = opened.base_fee or 0
        self.blob_base_fee = forks.blob_base_fee(self.fork, opened.excess_blob_gas)
        self.transactions: list[Transaction] = []
        self.receipts: list[Receipt] = []
        self.gas_used = 0
        self.blob_gas_used = 0
        self._overlay = Overlay(nodes)
        context = BlockContext(
            chain_id=forks.chain_id,
            number=opened.number,
            timestamp=opened.timestamp,
            coinbase=opened.coinbase,
            gas_limit=opened.gas_limit,
            prev_randao=opened.mix_hash,
            base_fee=self.base_fee,
            blob_base_fee=self.blob_base_fee,
            ancestors=Ancestors(headers, opened.parent_hash, opened.number - 1),
            fork=self.fork,
            difficulty=opened.difficulty,
        )
        self._state = (engine or self.state_class)(self._overlay, context, EvmHash(opened.state_root))
        self._state.allowance = allowance
        schedule = forks.schedule
        if schedule.dao_block == opened.number and schedule.dao_supported:
            system.move_dao(self._state)
        system.begin(self._state, opened, self.fork)

    @property
    def gas_left(self) -> int:
        """What the gas limit leaves for further transactions."""
        return self.header.gas_limit - self.gas_used

    def apply(self, tx: Transaction) -> None:
        """Execute one transaction and take it into the block.

        Raises TransactionRejected for one that may not stand here, NoRoom for one that may stand in a later block; the
        state is then as it was.
        """
        blobs = self.forks.blobs(self.fork)
        upfront = admission.check_form(tx, self.chain_id, self.fork, max_blobs=blobs.most)
        admission.check_room(tx, self.header.gas_limit)
        if tx.gas > self.gas_left or self.blob_gas_used + tx.blob_gas > blobs.most_gas:
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

    def seal(
        self,
        skipped: Iterable[Rejected] = (),
        *,
        withdrawals: tuple[Withdrawal, ...] = (),
        uncles: tuple[Header, ...] = (),
    ) -> Built:
        """Finish: withdrawals, requests, rewards, roots, bloom, and the nodes to be written. Raises InvalidBlock."""
        fork, later = self.fork, {}
        if fork >= Fork.SHANGHAI:
            system.withdraw(self._state, withdrawals)
            later["withdrawals_root"] = list_root([rlp_encode(withdrawal.items()) for withdrawal in withdrawals])
        if fork >= Fork.PRAGUE:
            requested = system.requests(self._state, self.receipts, self.forks.schedule.deposit_contract)
            later["requests_hash"] = rules.requests_hash(requested)
        system.reward(self._state, self.header, uncles, fork)
        self._state.persist()
        header = msgspec.structs.replace(
            self.header,
            state_root=self._state.state_root,
            transactions_root=list_root([tx.raw for tx in self.transactions]),
            receipts_root=list_root([receipt.encode() for receipt in self.receipts]),
            logs_bloom=union(receipt.logs_bloom for receipt in self.receipts),
            gas_used=self.gas_used,
            blob_gas_used=self.blob_gas_used if fork >= Fork.CANCUN else None,
            uncles_hash=keccak(rlp_encode([uncle.items() for uncle in uncles])) if uncles else EMPTY_UNCLES_HASH,
            **later,
            hash=b"",
        )
        return Built(
            block=Block(
                header=header,
                transactions=tuple(self.transactions),
                uncles=uncles,
                withdrawals=withdrawals if fork >= Fork.SHANGHAI else None,
            ),
            receipts=tuple(self.receipts),
            nodes=self._overlay.written,
            skipped=tuple(skipped),
        )

    def _transact(self, order: Order) -> Outcome:
        state = self._state
        state.lock_changes()
        state.slow_seconds = 0.0
        snapshot = state.snapshot()
        try:
            outcome = transact(state, order)
        except EVMMissingData:
            raise  # the store's fault, not the transaction's
        except LimitExceeded as limit:
            state.revert(snapshot)
            raise Evicted(f"the transaction was dropped: {limit.message}", hint=limit.hint) from limit
        except Exception as failure:
            # A fault of the engine must cost the transaction that found it, not the chain that goes on.
            logger.exception("execution failed sender=0x%s", order.sender.hex())
            state.revert(snapshot)
            raise Evicted(f"the engine failed on this transaction: {failure!r}") from failure
        if self.fork >= Fork.PRAGUE and self._breaks_deposits(outcome):
            state.revert(snapshot)
            raise TransactionRejected("a deposit event that is not laid out as EIP-6110 has it makes a block invalid")
        state.commit(snapshot)
        return outcome

    def _receipt(self, tx: Transaction, outcome: Outcome, price: int) -> Receipt:
        return Receipt(
            transaction_hash=tx.hash,
            type=tx.type,
            status=int(outcome.computation.is_success),
            state_root=self._state.make_state_root() if self.fork < Fork.BYZANTIUM else None,
            gas_used=outcome.gas_used,
            cumulative_gas_used=self.gas_used,
            effective_gas_price=price,
            logs=outcome.logs,
            logs_bloom=logs_bloom(outcome.logs),
            contract_address=outcome.created,
            blob_gas_used=tx.blob_gas,
            blob_gas_price=self.blob_base_fee if tx.type == TransactionType.BLOB else 0,
        )

    def _breaks_deposits(self, outcome: Outcome) -> bool:
        contract = self.forks.schedule.deposit_contract
        return any(
            system.is_deposit(log, contract) and not system.is_well_formed(log)
            for log in outcome.logs
            if log.address == contract
        )
