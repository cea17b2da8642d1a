"""The pool: what it admits, what it refuses and in whose words, and in which order it hands transactions out."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.errors import (
    AlreadyKnown,
    BlockGasLimitExceeded,
    InsufficientFunds,
    NonceGapTooLarge,
    NonceTooLow,
    PoolFull,
    ReplacementUnderpriced,
    SenderNotAnAccount,
)
from chain.model import Transaction
from chain.pool import Pool, PoolLimits
from chain.primitives import Address, keccak

ALICE, BOB, CAROL = b"\xaa" * 20, b"\xbb" * 20, b"\xcc" * 20
ETHER = 10**18
GWEI = 10**9
BLOCK_GAS = 30_000_000


class Accounts:
    """The state of a few accounts, as the pool reads it."""

    def __init__(self, nonces: Mapping[Address, int] | None = None, balance: int = 100 * ETHER) -> None:
        self.nonces = dict(nonces or {})
        self.balances: dict[Address, int] = {}
        self.default_balance = balance
        self.codes: dict[Address, bytes] = {}

    def nonce(self, address: Address) -> int:
        return self.nonces.get(address, 0)

    def balance(self, address: Address) -> int:
        return self.balances.get(address, self.default_balance)

    def code(self, address: Address) -> bytes:
        return self.codes.get(address, b"")


def transaction(
    sender: Address = ALICE, nonce: int = 0, *, cap: int = 10 * GWEI, tip: int = GWEI, gas: int = 21_000, value: int = 0
) -> Transaction:
    raw = repr((sender, nonce, cap, tip, gas, value)).encode()
    return Transaction(
        raw=raw,
        hash=keccak(raw),
        type=2,
        chain_id=20261,
        sender=sender,
        nonce=nonce,
        gas=gas,
        max_fee_per_gas=cap,
        max_priority_fee_per_gas=tip,
        to=BOB,
        value=value,
        data=b"",
        v=0,
        r=1,
        s=1,
    )


def ready(pool: Pool, base_fee: int = GWEI) -> list[tuple[Address, int]]:
    return [(tx.sender, tx.nonce) for tx in pool.ready(base_fee)]


def test_the_next_nonce_is_ready_at_once() -> None:
    pool, state = Pool(), Accounts({ALICE: 7})

    admission = pool.add(transaction(nonce=7), state, BLOCK_GAS)

    assert admission.ready
    assert ready(pool) == [(ALICE, 7)]


def test_a_nonce_gap_waits_until_it_is_filled() -> None:
    pool, state = Pool(), Accounts()

    late = pool.add(transaction(nonce=2), state, BLOCK_GAS)
    pool.add(transaction(nonce=0), state, BLOCK_GAS)
    before = ready(pool)
    pool.add(transaction(nonce=1), state, BLOCK_GAS)

    assert not late.ready
    assert before == [(ALICE, 0)]
    assert ready(pool) == [(ALICE, 0), (ALICE, 1), (ALICE, 2)]


def test_a_used_nonce_is_refused_with_both_numbers_and_a_next_step() -> None:
    pool, state = Pool(), Accounts({ALICE: 5})

    with pytest.raises(NonceTooLow, match=r"^nonce too low: next nonce 5, tx nonce 4$") as refusal:
        pool.add(transaction(nonce=4), state, BLOCK_GAS)

    assert "clear the wallet's activity data" in str(refusal.value.hint)
    assert len(pool) == 0


def test_a_nonce_too_far_ahead_is_refused() -> None:
    pool = Pool(PoolLimits(nonce_gap=8))

    pool.add(transaction(nonce=8), Accounts(), BLOCK_GAS)
    with pytest.raises(NonceGapTooLarge, match=r"next nonce 0, tx nonce 9, at most 8 ahead"):
        pool.add(transaction(nonce=9), Accounts(), BLOCK_GAS)


def test_the_same_transaction_twice_is_already_known() -> None:
    pool, state = Pool(), Accounts()
    pool.add(transaction(), state, BLOCK_GAS)

    with pytest.raises(AlreadyKnown, match=r"^already known"):
        pool.add(transaction(), state, BLOCK_GAS)

    assert len(pool) == 1


def test_a_replacement_needs_ten_percent_more_of_both_fees() -> None:
    pool, state = Pool(), Accounts()
    old = transaction(cap=100 * GWEI, tip=10 * GWEI)
    pool.add(old, state, BLOCK_GAS)

    for cap, tip in ((110 * GWEI - 1, 11 * GWEI), (110 * GWEI, 11 * GWEI - 1)):
        with pytest.raises(ReplacementUnderpriced, match=r"^replacement transaction underpriced"):
            pool.add(transaction(cap=cap, tip=tip), state, BLOCK_GAS)
    assert pool.get(old.hash) is old

    new = transaction(cap=110 * GWEI, tip=11 * GWEI)
    admission = pool.add(new, state, BLOCK_GAS)

    assert admission.replaced is old
    assert old.hash not in pool
    assert list(pool.ready(0)) == [new]


def test_funds_count_what_the_waiting_ones_may_already_take() -> None:
    pool, state = Pool(), Accounts(balance=3 * ETHER)
    pool.add(transaction(nonce=0, value=2 * ETHER), state, BLOCK_GAS)

    with pytest.raises(InsufficientFunds, match=r"^insufficient funds for gas \* price \+ value") as refusal:
        pool.add(transaction(nonce=1, value=ETHER), state, BLOCK_GAS)

    missing = 2 * 21_000 * 10 * GWEI
    assert f"send {missing} wei" in str(refusal.value.hint)
    pool.add(transaction(nonce=1, value=ETHER - missing), state, BLOCK_GAS)


def test_a_replacement_is_not_charged_for_what_it_replaces() -> None:
    pool, state = Pool(), Accounts(balance=3 * ETHER)
    pool.add(transaction(value=2 * ETHER), state, BLOCK_GAS)

    admission = pool.add(transaction(value=2 * ETHER, cap=20 * GWEI, tip=2 * GWEI), state, BLOCK_GAS)

    assert admission.replaced is not None


def test_more_gas_than_a_block_holds_is_refused() -> None:
    with pytest.raises(BlockGasLimitExceeded, match=r"^exceeds block gas limit"):
        Pool().add(transaction(gas=BLOCK_GAS + 1), Accounts(), BLOCK_GAS)


def test_a_contract_cannot_send_but_a_delegated_account_can() -> None:
    state = Accounts()
    state.codes[ALICE] = b"\x60\x00"
    state.codes[BOB] = b"\xef\x01\x00" + CAROL

    with pytest.raises(SenderNotAnAccount, match=r"^sender not an eoa"):
        Pool().add(transaction(ALICE), state, BLOCK_GAS)

    assert Pool().add(transaction(BOB), state, BLOCK_GAS).ready


def test_higher_tips_go_first_and_equal_tips_in_order_of_arrival() -> None:
    pool, state = Pool(), Accounts()
    pool.add(transaction(ALICE, tip=1 * GWEI), state, BLOCK_GAS)
    pool.add(transaction(BOB, tip=3 * GWEI), state, BLOCK_GAS)
    pool.add(transaction(CAROL, tip=1 * GWEI), state, BLOCK_GAS)

    assert [sender for sender, _ in ready(pool)] == [BOB, ALICE, CAROL]


def test_the_tip_is_what_the_fee_cap_leaves_above_the_base_fee() -> None:
    pool, state = Pool(), Accounts()
    pool.add(transaction(ALICE, cap=5 * GWEI, tip=5 * GWEI), state, BLOCK_GAS)
    pool.add(transaction(BOB, cap=9 * GWEI, tip=2 * GWEI), state, BLOCK_GAS)

    assert [sender for sender, _ in ready(pool, base_fee=4 * GWEI)] == [BOB, ALICE]


def test_a_fee_cap_below_the_base_fee_holds_back_the_senders_later_ones() -> None:
    pool, state = Pool(), Accounts()
    pool.add(transaction(ALICE, 0, cap=2 * GWEI), state, BLOCK_GAS)
    pool.add(transaction(ALICE, 1, cap=9 * GWEI), state, BLOCK_GAS)
    pool.add(transaction(BOB, 0, cap=9 * GWEI), state, BLOCK_GAS)

    assert ready(pool, base_fee=3 * GWEI) == [(BOB, 0)]


def test_a_full_pool_makes_room_for_a_better_fee_only() -> None:
    pool, state = Pool(PoolLimits(transactions=2)), Accounts()
    cheap = transaction(ALICE, cap=2 * GWEI)
    pool.add(cheap, state, BLOCK_GAS)
    pool.add(transaction(BOB, cap=5 * GWEI), state, BLOCK_GAS)

    with pytest.raises(PoolFull, match=r"^txpool is full: 2 transactions wait"):
        pool.add(transaction(CAROL, cap=2 * GWEI), state, BLOCK_GAS)
    admission = pool.add(transaction(CAROL, cap=3 * GWEI), state, BLOCK_GAS)

    assert admission.displaced is cheap
    assert sorted(tx.sender for tx in pool.ready(0)) == [BOB, CAROL]


def test_one_sender_cannot_fill_the_pool() -> None:
    pool, state = Pool(PoolLimits(per_sender=2)), Accounts()
    pool.add(transaction(nonce=0), state, BLOCK_GAS)
    pool.add(transaction(nonce=1), state, BLOCK_GAS)

    with pytest.raises(PoolFull, match="for this sender"):
        pool.add(transaction(nonce=2), state, BLOCK_GAS)

    assert pool.add(transaction(BOB), state, BLOCK_GAS).ready


def test_a_block_takes_its_transactions_and_makes_rivals_impossible() -> None:
    pool, state = Pool(), Accounts()
    rival = transaction(nonce=0, value=1)
    follower = transaction(nonce=1)
    pool.add(rival, state, BLOCK_GAS)
    pool.add(follower, state, BLOCK_GAS)

    state.nonces[ALICE] = 1
    impossible = pool.prune([transaction(nonce=0)], state)

    assert impossible == [rival]
    assert list(pool.ready(0)) == [follower]
    assert pool.pending_nonce(ALICE, 1) == 2


def test_the_pending_nonce_stops_at_the_first_gap() -> None:
    pool, state = Pool(), Accounts({ALICE: 3})
    for nonce in (3, 4, 6):
        pool.add(transaction(nonce=nonce), state, BLOCK_GAS)

    assert pool.pending_nonce(ALICE, 3) == 5
    assert pool.pending_nonce(BOB, 9) == 9


def test_after_a_rewind_the_lower_nonces_become_a_gap() -> None:
    pool, state = Pool(), Accounts({ALICE: 3})
    pool.add(transaction(nonce=3), state, BLOCK_GAS)

    state.nonces[ALICE] = 1
    pool.refresh(state)

    assert ready(pool) == []
    pool.add(transaction(nonce=1), state, BLOCK_GAS)
    pool.add(transaction(nonce=2), state, BLOCK_GAS)
    assert [nonce for _, nonce in ready(pool)] == [1, 2, 3]


def test_content_shows_both_halves() -> None:
    pool, state = Pool(), Accounts()
    for nonce in (0, 1, 3):
        pool.add(transaction(nonce=nonce), state, BLOCK_GAS)

    content = pool.content()

    assert list(content.ready[ALICE]) == [0, 1]
    assert list(content.queued[ALICE]) == [3]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([ALICE, BOB]),
            st.integers(0, 6),
            st.integers(1, 30),
            st.sampled_from(["add", "remove", "block"]),
        ),
        max_size=40,
    )
)
def test_ready_transactions_are_always_an_unbroken_run_from_the_accounts_nonce(
    steps: list[tuple[Address, int, int, str]],
) -> None:
    pool, state = Pool(PoolLimits(per_sender=5, transactions=8, nonce_gap=6)), Accounts()
    for sender, nonce, fee, action in steps:
        tx = transaction(sender, nonce, cap=fee * GWEI, tip=fee * GWEI)
        if action == "add":
            try:
                pool.add(tx, state, BLOCK_GAS)
            except (NonceTooLow, NonceGapTooLarge, PoolFull, ReplacementUnderpriced, AlreadyKnown):
                continue
        elif action == "remove":
            for waiting in pool.content().ready.get(sender, {}).values():
                pool.remove(waiting)
                break
        else:
            taken = list(pool.ready(0))[:2]
            for each in taken:
                state.nonces[each.sender] = each.nonce + 1
            pool.prune(taken, state)

        content = pool.content()
        held = [tx for half in (content.ready, content.queued) for book in half.values() for tx in book.values()]
        assert len(held) == len(pool) == len({tx.hash for tx in held})
        for owner, book in content.ready.items():
            assert list(book) == list(range(state.nonce(owner), state.nonce(owner) + len(book)))
            assert pool.pending_nonce(owner, state.nonce(owner)) == state.nonce(owner) + len(book)
        for owner, book in content.queued.items():
            assert min(book) > pool.pending_nonce(owner, state.nonce(owner))


def test_records_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        msgspec.structs.replace(transaction()).nonce = 1  # type: ignore[misc]
