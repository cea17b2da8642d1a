"""Lists a page at a time, and what is added up over them: compared with walking through every block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from chain.model import Built
from chain.store import Index, Lists, Rows, Store, Window
from chain.store.ledger import decode_balance, encode_balance
from tests.unit.store.forging import PEOPLE, TOKENS, TRANSFER, chain, filled, word

IndexOf = Callable[[Store], Index]
ZERO = bytes(20)


def transfers_in(blocks: Sequence[Built]) -> list[tuple[bytes, bytes, bytes, int]]:
    """Token, sender, recipient, amount of every ERC-20 transfer, in order."""
    return [
        (log.address, log.topics[1][12:], log.topics[2][12:], int.from_bytes(log.data, "big"))
        for one in blocks
        for receipt in one.receipts
        for log in receipt.logs
        if log.topics[:1] == (TRANSFER,) and len(log.topics) == 3
    ]


def balances_after(blocks: Sequence[Built], token: bytes) -> dict[bytes, int]:
    held: Counter[bytes] = Counter()
    for address, sender, recipient, amount in transfers_in(blocks):
        if address == token:
            held[sender] -= amount
            held[recipient] += amount
    return {account: balance for account, balance in held.items() if balance}


def everything(page: Callable[[Window], Rows], limit: int) -> list[tuple[object, ...]]:
    """All rows, walking from the newest to the oldest."""
    found: list[tuple[object, ...]] = []
    window = Window(limit=limit)
    while True:
        rows = page(window)
        found += rows.rows
        if not rows.older:
            return found
        window = Window(limit=limit, key=rows.keys[-1])


def lists_of(index: Index) -> Lists:
    return index.lists()[0]


def test_balances_holders_and_counts_are_what_the_transfers_add_up_to(empty: Store, index_of: IndexOf) -> None:
    blocks = chain(20, txs=4, logs_each=5)
    lists = lists_of(index_of(filled(empty, blocks)))

    for token in TOKENS:
        held = balances_after(blocks, token)
        found = everything(lambda window, token=token: lists.holders(window, token), 3)
        assert {account: balance for balance, account in found} == held
        assert [balance for balance, _ in found] == sorted(held.values(), reverse=True)
        known = lists.token(token)
        assert known is not None and known[3] == len(held)
        assert known[2] == sum(one[0] == token for one in transfers_in(blocks))
    person = PEOPLE[2]
    parties = [
        {tx.sender, tx.to, receipt.contract_address}
        for one in blocks
        for tx, receipt in zip(one.block.transactions, one.receipts, strict=True)
    ]
    assert lists.count("transactions", person) == sum(person in each for each in parties)
    assert lists.count("transactions") == len(parties)
    assert lists.counts("transactions", person) == {person: lists.count("transactions", person)}
    everybody = lists.counts("transactions", b"")
    assert everybody[b""] == len(parties) and everybody[person] == lists.count("transactions", person)
    assert lists.count("transfers", person) == sum(person in each[1:3] for each in transfers_in(blocks))


def test_after_a_reorganisation_the_sums_are_those_of_the_new_chain_alone(empty: Store, index_of: IndexOf) -> None:
    blocks = chain(12, txs=4, logs_each=5)
    index = index_of(filled(empty, blocks))
    lists_of(index)
    empty.rewind(5)
    other = chain(9, "other", after=blocks[5].block.header, txs=3, logs_each=6)
    for one in other:
        empty.append(one)
    now = [*blocks[:6], *other]

    lists = lists_of(index)

    for token in TOKENS:
        found = everything(lambda window, token=token: lists.holders(window, token), 50)
        assert {account: balance for balance, account in found} == balances_after(now, token)
    assert lists.count("transactions") == sum(len(one.block.transactions) for one in now)
    assert lists.count("transfers") == len(transfers_in(now))
    empty.rewind(0)
    lists = lists_of(index)
    assert lists.count("transfers") == 0 and lists.token(TOKENS[0]) is None
    assert lists.holders(Window(), TOKENS[0]).rows == [] and lists.kinds(TOKENS[0]) == []


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_paging_there_and_back_under_new_blocks_loses_no_row_and_repeats_none(
    empty: Store, index_of: IndexOf, limit: int
) -> None:
    blocks = chain(30, txs=4)
    index = index_of(filled(empty, blocks[:20]))
    person = PEOPLE[1]
    before = [
        tx.hash
        for one in blocks[:20]
        for tx, receipt in zip(one.block.transactions, one.receipts, strict=True)
        if person in (tx.sender, tx.to, receipt.contract_address)
    ][::-1]

    def page(window: Window) -> Rows:
        return lists_of(index).transactions(window, {}, person)

    down: list[bytes] = []
    rows = page(Window(limit=limit))
    late = list(blocks[20:])
    while True:
        down += [row[3] for row in rows.rows]
        if late:
            empty.append(late.pop(0))
        if not rows.older:
            break
        rows = page(Window(limit=limit, key=rows.keys[-1]))
    up = [row[3] for row in rows.rows]
    while rows.newer and len(up) < len(before):
        rows = page(Window(limit=limit, key=rows.keys[0], direction="after"))
        up = [row[3] for row in rows.rows] + up

    assert down == before
    assert up[-len(before) :] == before
    oldest = page(Window(limit=limit, direction="last"))
    assert [row[3] for row in oldest.rows][-len(before) :] == before[-limit:] and not oldest.older


def test_filters_find_what_walking_finds(empty: Store, index_of: IndexOf) -> None:
    blocks = chain(15, txs=5)
    lists = lists_of(index_of(filled(empty, blocks)))
    pairs = [(tx, receipt) for one in blocks for tx, receipt in zip(one.block.transactions, one.receipts, strict=True)][
        ::-1
    ]

    failed = everything(lambda window: lists.transactions(window, {"status": 0}), 4)
    made = everything(lambda window: lists.transactions(window, {"created": ...}), 4)
    moved = everything(lambda window: lists.logs(window, {"topic0": TRANSFER, "topic1": word(PEOPLE[0])}), 4)

    assert [row[3] for row in failed] == [tx.hash for tx, receipt in pairs if not receipt.status]
    assert [row[6] for row in made] == [receipt.contract_address for tx, receipt in pairs if tx.to is None]
    assert len(moved) == sum(one[1] == PEOPLE[0] for one in transfers_in(blocks))


def test_a_block_is_found_by_time(empty: Store, index_of: IndexOf) -> None:
    blocks = chain(9)
    lists = lists_of(index_of(filled(empty, blocks)))

    assert lists.block_at(1_700_000_004) == 4
    assert lists.block_at(1_800_000_000) == 8
    assert lists.block_at(1_600_000_000) is None


def test_balances_sort_as_numbers_do_whatever_a_token_claims() -> None:
    numbers = [-(2**300), -1, 0, 1, 255, 256, 2**256 - 1, 2**300]

    assert sorted(numbers, key=encode_balance) == numbers
    assert [decode_balance(encode_balance(number)) for number in numbers] == numbers
