"""Snapshots and edits against a model: whatever was done, going back leaves everything as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account as Signer
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from chain.errors import InvalidBlock, InvalidParams, MalformedTransaction
from chain.events import Event, Head
from chain.evm import Evm
from chain.evm.edits import as_parent
from chain.evm.impersonation import encode_impersonated
from chain.launch import NodeOptions, Opened, open_node
from chain.model import Edit, Edits, LogQuery
from chain.node import Node
from chain.primitives import Hash32, create_address
from chain.producer import Acting
from chain.store import Store

Signer.enable_unaudited_hdwallet_features()
MNEMONIC = "test test test test test test test test test test test junk"
KEYS = [Signer.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{i}") for i in range(3)]
ADDRESSES = [bytes.fromhex(key.address[2:]) for key in KEYS]
STRANGERS = [bytes([number]) * 20 for number in (0xA1, 0xB2, 0xC3)]
EVERYBODY = [*ADDRESSES, *STRANGERS]
COUNTER = bytes.fromhex("600054600101600055" + "60016000a0" + "00")  # slot 0 += 1; LOG0 of one byte
TIMEOUT = 20
GWEI = 10**9
ETHER = 10**18


def transfer(key: int, nonce: int, to: bytes, value: int = 1) -> bytes:
    fields = {"to": to, "value": value, "nonce": nonce, "gas": 100_000, "maxFeePerGas": 100 * GWEI}
    return bytes(KEYS[key].sign_transaction({**fields, "maxPriorityFeePerGas": GWEI, "chainId": 20261}).raw_transaction)


def acted(sender: bytes, nonce: int, to: bytes | None, *, value: int = 0, data: bytes = b"") -> bytes:
    return encode_impersonated(
        sender,
        type=2,
        chain_id=20261,
        nonce=nonce,
        gas=200_000,
        max_fee_per_gas=100 * GWEI,
        max_priority_fee_per_gas=GWEI,
        to=to,
        value=value,
        data=data,
    )


def do(node: Node, work: Any) -> Any:
    assert node.dev is not None
    return node.dev.do(work).result(TIMEOUT)


def seen(node: Node) -> dict[str, Any]:
    """Everything about the chain that a snapshot has to bring back."""
    state = node.state("latest")
    development = node.dev._development  # type: ignore[union-attr]
    reading = development._clock.reading
    return {
        "head": node.head(),
        "next": node.upcoming()[0],
        "accounts": [state.account(address) for address in EVERYBODY],
        "code": [state.code(address) for address in EVERYBODY],
        "slots": [state.storage(address, slot) for address in STRANGERS for slot in (0, 1)],
        "pool": do(node, lambda dev: dev._pool.waiting()),
        "journal": sorted(node._store.journal()),
        "clock": reading,
        "mining": development.mining(),
        "choices": development._producer.choices,
        "acting": development.acting,
        "logs": node.logs(LogQuery(from_block=0, to_block=2**40)),
        "hashes": [node.header(number).hash for number in range(node.head().number + 1)],
    }


@pytest.fixture
def node() -> Iterator[Node]:
    opened = open_node(NodeOptions(dev=True))
    yield opened.node
    opened.node.close()


class BackAndForth(RuleBasedStateMachine):
    """Any commands in any order; the model is what was seen when each snapshot was taken."""

    opened: Opened

    @initialize()
    def begin(self) -> None:
        self.opened = open_node(NodeOptions(dev=True, accounts=3))
        self.node = self.opened.node
        self.taken: list[tuple[int, dict[str, Any]]] = []

    def teardown(self) -> None:
        if hasattr(self, "opened"):
            replayed(self.node)
            self.opened.node.close()

    @rule(key=st.integers(0, 2), to=st.sampled_from(EVERYBODY), gap=st.sampled_from((0, 0, 0, 1)))
    def send(self, key: int, to: bytes, gap: int) -> None:
        nonce = self.node.pending_nonce(ADDRESSES[key]) + gap
        sent = self.node.send(transfer(key, nonce, to))
        sent.exception(TIMEOUT)  # may be refused: edits make paupers of them

    @rule(sender=st.sampled_from(STRANGERS), to=st.sampled_from(EVERYBODY))
    def act(self, sender: bytes, to: bytes) -> None:
        assert self.node.dev is not None
        self.node.dev.send(acted(sender, self.node.pending_nonce(sender), to)).exception(TIMEOUT)

    @rule(
        address=st.sampled_from(EVERYBODY),
        balance=st.sampled_from((None, 0, ETHER, 2**200)),
        rise=st.sampled_from((None, 0, 3)),
        code=st.sampled_from((None, b"", COUNTER)),
        storage=st.dictionaries(st.sampled_from((0, 1)), st.sampled_from((0, 1, 2**255)), max_size=2),
    )
    def edit(self, address: bytes, balance: int | None, rise: int | None, code: bytes | None, storage: Any) -> None:
        nonce = None if rise is None else self.node.state("latest").nonce(address) + rise
        change = Edit(
            address=address, balance=balance, nonce=nonce, code=None if address in ADDRESSES else code, storage=storage
        )
        do(self.node, lambda dev: dev.edit(change))
        account = self.node.state("latest").account(address)
        assert balance in (None, account.balance) and nonce in (None, account.nonce)
        assert all(self.node.state("latest").storage(address, slot) == value for slot, value in storage.items())

    @rule(count=st.integers(1, 3), interval=st.sampled_from((None, 1, 60)))
    def mine(self, count: int, interval: int | None) -> None:
        before = self.node.head().number
        do(self.node, lambda dev: dev.mine(count, interval=interval))
        assert self.node.head().number >= before + count

    @rule(seconds=st.integers(0, 10_000))
    def sleep(self, seconds: int) -> None:
        do(self.node, lambda dev: dev.increase_time(seconds))

    @rule(seconds=st.integers(1, 10_000))
    def time_the_next_block(self, seconds: int) -> None:
        do(self.node, lambda dev: dev.set_next_timestamp(self.node.head().timestamp + seconds))

    @rule(on=st.booleans())
    def automine(self, on: bool) -> None:
        do(self.node, lambda dev: dev.set_automine(on))

    @rule(address=st.sampled_from(STRANGERS), on=st.booleans())
    def impersonate(self, address: bytes, on: bool) -> None:
        do(self.node, lambda dev: dev.impersonate(address, on))

    @rule(base_fee=st.sampled_from((0, GWEI, 50 * GWEI)), gas_limit=st.sampled_from((1_000_000, 60_000_000)))
    def choose(self, base_fee: int, gas_limit: int) -> None:
        do(self.node, lambda dev: (dev.set_next_base_fee(base_fee), dev.set_gas_limit(gas_limit)))
        do(self.node, lambda dev: dev.choose(coinbase=STRANGERS[0], prev_randao=bytes(31) + b"\x07"))

    @rule()
    def drop(self) -> None:
        do(self.node, lambda dev: dev.drop_all(ADDRESSES[0]))

    @rule()
    def snapshot(self) -> None:
        do(self.node, lambda dev: None)  # whatever automine still has to do
        before = seen(self.node)
        self.taken.append((do(self.node, lambda dev: dev.snapshot()), before))

    @precondition(lambda self: self.taken)
    @rule(data=st.data())
    def revert(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(self.taken) - 1))
        number, before = self.taken[place]
        assert do(self.node, lambda dev: dev.revert(number))
        after = seen(self.node)
        assert after == before
        for used, _ in self.taken[place:]:
            assert not do(self.node, lambda dev, used=used: dev.revert(used))
        del self.taken[place:]


def replayed(node: Node) -> None:
    """Execute the whole chain again from genesis, with the recorded edits, as whoever verifies it would."""
    store: Store = node._store
    book: dict[Hash32, Edits] = {}
    nodes: dict[bytes, bytes] = {}
    evm = Evm(node.spec, nodes, store, edits=book.get)
    nodes.update(evm.genesis().nodes)
    for number in range(node.head().number + 1):
        block = store.block(number)
        if number > 0:
            built = evm.verify(block, store.header(number - 1))
            assert built.receipts == store.receipts(block.hash)
            nodes.update(built.nodes)
        edits = store.edits.get(block.hash)
        if edits is not None:
            root, written = evm.edited(block.header, edits.accounts)
            assert root == edits.state_root
            nodes.update(written)
            book[block.hash] = edits


class TestBackAndForth(BackAndForth.TestCase):  # type: ignore[name-defined,misc]
    settings = settings(
        max_examples=12,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )


@pytest.mark.deep
class TestBackAndForthForLong(BackAndForth.TestCase):  # type: ignore[name-defined,misc]
    settings = settings(
        max_examples=300, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )


def test_a_snapshot_costs_the_same_on_a_long_chain(node: Node) -> None:
    do(node, lambda dev: dev.mine(300))
    written: list[object] = []
    store = node._store
    commit = store._commit
    store._commit = lambda *changes, **more: written.append(changes) or commit(*changes, **more)  # type: ignore[method-assign,func-returns-value]

    do(node, lambda dev: [dev.snapshot() for _ in range(1000)])

    assert written == [], "a snapshot writes nothing"


def test_blocks_that_were_taken_back_are_told_and_stay_readable_by_hash(node: Node) -> None:
    heads: list[Head] = []

    def hear(event: Event) -> None:
        if isinstance(event, Head):
            heads.append(event)

    number = do(node, lambda dev: dev.snapshot())
    tx_hash = node.send(transfer(0, 0, STRANGERS[0])).result(TIMEOUT)
    gone = node.head()
    node.events.subscribe(hear)
    do(node, lambda dev: dev.revert(number))

    assert [[block.hash for block in head.removed] for head in heads] == [[gone.hash]]
    assert heads[0].added == () and node.block(gone.hash).transactions[0].hash == tx_hash
    assert node.find(tx_hash) is None, "what was taken back does not wait either"


def test_the_same_block_made_again_does_not_inherit_the_edits_of_the_first(node: Node) -> None:
    number = do(node, lambda dev: dev.snapshot())
    moment = node.head().timestamp + 100
    do(node, lambda dev: dev.mine(timestamp=moment))
    first = node.head().hash
    do(node, lambda dev: dev.edit(Edit(address=STRANGERS[0], balance=5)))
    do(node, lambda dev: dev.revert(number))
    do(node, lambda dev: dev.mine(timestamp=moment))

    assert node.head().hash == first
    assert node.state("latest").balance(STRANGERS[0]) == 0


def test_edits_survive_a_restart_and_mark_the_folder_for_good(tmp_path: Path) -> None:
    options = NodeOptions(data_dir=tmp_path, dev=True)
    node = open_node(options).node
    assert not node._store.edits.marked
    number = do(node, lambda dev: dev.snapshot())
    do(node, lambda dev: dev.edit(Edit(address=STRANGERS[0], balance=ETHER, storage={1: 2**255})))
    do(node, lambda dev: dev.set_next_base_fee(3 * GWEI))
    node.close()

    node = open_node(NodeOptions(data_dir=tmp_path)).node
    assert node._store.edits.marked
    assert node.state("latest").balance(STRANGERS[0]) == ETHER
    assert node.state("latest").storage(STRANGERS[0], 1) == 2**255
    node.send(transfer(0, 0, STRANGERS[0])).result(TIMEOUT)
    assert node.head().base_fee == 3 * GWEI
    replayed(node)
    node.close()

    node = open_node(options).node
    assert do(node, lambda dev: dev.revert(number)) is False, "snapshots end with the process"
    do(node, lambda dev: dev.reset())
    assert node._store.edits.marked and node.state("latest").balance(STRANGERS[0]) == 0
    node.close()


def test_an_impersonated_transaction_marks_the_folder_and_survives_waiting(tmp_path: Path) -> None:
    opened = open_node(NodeOptions(data_dir=tmp_path, dev=True))
    node = opened.node
    rich = opened.accounts[0].address
    do(node, lambda dev: dev.set_automine(False))
    assert node.dev is not None
    tx_hash = node.dev.send(acted(rich, 0, STRANGERS[1], value=7)).result(TIMEOUT)
    node.close()

    node = open_node(NodeOptions(data_dir=tmp_path)).node
    node.mine().result(TIMEOUT)
    found = node.find(tx_hash)
    assert found is not None and found[1] is not None and found[0].sender == rich and found[0].impersonated
    assert node._store.edits.marked and node.state("latest").balance(STRANGERS[1]) == 7
    replayed(node)
    with pytest.raises((InvalidBlock, MalformedTransaction)):
        node._evm.decode_block(node.block(found[1].block_hash).encode())
    node.close()


def test_what_waited_at_a_snapshot_waits_again_also_after_a_restart(tmp_path: Path) -> None:
    node = open_node(NodeOptions(data_dir=tmp_path, dev=True)).node
    do(node, lambda dev: dev.set_automine(False))
    hashes = [node.send(transfer(key, 0, STRANGERS[0])).result(TIMEOUT) for key in (2, 0, 1)]
    number = do(node, lambda dev: dev.snapshot())
    do(node, lambda dev: dev.mine())
    assert do(node, lambda dev: dev.revert(number))
    assert [tx.hash for tx in do(node, lambda dev: dev._pool.waiting())] == hashes
    node.close()

    store = Store.open(tmp_path / "chain")
    waiting = len(list(store.journal()))
    store.close()
    assert waiting == 3


def test_nobody_gets_in_with_the_signature_of_an_impersonation(node: Node) -> None:
    refusal = node.send(acted(ADDRESSES[0], 0, STRANGERS[0], value=ETHER)).exception(TIMEOUT)

    assert isinstance(refusal, MalformedTransaction)


def test_a_contract_can_be_acted_for(node: Node) -> None:
    do(node, lambda dev: dev.edit(Edit(address=STRANGERS[0], balance=ETHER, code=COUNTER, nonce=1)))
    assert node.dev is not None
    tx_hash = node.dev.send(acted(STRANGERS[0], 1, None, data=b"\x60\x00\x60\x00\xf3")).result(TIMEOUT)

    found = node.find(tx_hash)
    assert found is not None and found[1] is not None
    [receipt] = node.receipts(found[1].block_hash)
    assert receipt.status == 1 and receipt.contract_address == create_address(STRANGERS[0], 1)


def test_an_edit_of_nothing_leaves_no_trace_in_the_state(node: Node) -> None:
    root = node.head().state_root
    do(node, lambda dev: dev.edit(Edit(address=STRANGERS[0], balance=5, nonce=0, storage={0: 1})))
    assert node.upcoming()[0].state_root != root
    do(node, lambda dev: dev.edit(Edit(address=STRANGERS[0], balance=0, storage={0: 0})))

    assert node.upcoming()[0].state_root == root


def test_a_header_that_was_not_edited_is_its_own_parent(node: Node) -> None:
    head = node.head()

    assert as_parent(head, None) is head
    edited = as_parent(head, Edits(state_root=bytes(32), gas_limit=1_000_000))
    assert (edited.hash, edited.number, edited.gas_limit) == (head.hash, head.number, 1_000_000)


def test_what_cannot_be_is_refused_and_changes_nothing(node: Node) -> None:
    before = seen(node)
    head = node.head().timestamp
    for wish in (
        lambda dev: dev.set_next_timestamp(head),
        lambda dev: dev.set_time(-1),
        lambda dev: dev.increase_time(2**63),
        lambda dev: dev.set_step(0),
        lambda dev: dev.set_gas_limit(100),
        lambda dev: dev.add_balance(ADDRESSES[0], 2**256 - 1),
    ):
        with pytest.raises(InvalidParams):
            do(node, wish)

    assert seen(node) == before


def test_whoever_may_be_acted_for_from_the_start_is_again_after_a_reset() -> None:
    opened = open_node(NodeOptions(dev=True, acting=Acting(accounts=frozenset(STRANGERS[:1]))))
    dev = opened.node.dev
    assert dev is not None
    do(opened.node, lambda development: development.impersonate(STRANGERS[0], False))
    do(opened.node, lambda development: development.impersonate_everyone(True))
    before = (dev.impersonates(STRANGERS[0]), dev.impersonates(STRANGERS[1]))
    do(opened.node, lambda development: development.reset())
    after = (dev.impersonates(STRANGERS[0]), dev.impersonates(STRANGERS[1]))
    opened.node.close()

    assert (before, after) == ((True, True), (True, False))


def test_a_revert_brings_back_a_waiting_transaction_whose_sender_was_made_a_pauper(node: Node) -> None:
    do(node, lambda dev: dev.set_automine(False))
    waiting = node.send(transfer(1, 0, EVERYBODY[0])).result(TIMEOUT)
    do(node, lambda dev: dev.edit(Edit(address=ADDRESSES[1], balance=0)))
    number = do(node, lambda dev: dev.snapshot())

    assert do(node, lambda dev: dev.revert(number))

    found = node.find(waiting)
    assert found is not None
    assert found[1] is None
