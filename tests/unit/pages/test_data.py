"""The index door: what it answers to requests, over an index that was made from forged blocks."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from chain.pages import Data, Pages
from chain.primitives import checksum, to_hex
from chain.store import Index, Store
from tests.unit.store.forging import PEOPLE, TOKENS, Running, chain, filled


class Door:
    """A door with its store, asked as a browser asks."""

    def __init__(self, store: Store, index: Index, platform: dict[str, str] | None = None) -> None:
        self.store = store
        self.pages = Pages(data=Data(index.lists, lambda: platform))

    def get(self, path: str, **headers: str):
        return self.pages.answer("GET", f"/data/v1/{path}", {k.replace("_", "-"): v for k, v in headers.items()}, b"")

    def json(self, path: str):
        answer = self.get(path)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)


@pytest.fixture
def blocks():
    return chain(12, txs=4, logs_each=3)


@pytest.fixture
def door(tmp_path: Path, blocks) -> Iterator[Door]:
    store = filled(Store.open(None), blocks)
    with Running(Index(store, tmp_path / "index.sqlite")) as index:
        yield Door(store, index, {"mz": checksum(TOKENS[0])})
    store.close()


def test_a_list_is_walked_by_its_cursors(door: Door, blocks) -> None:
    found, path = [], "txs?limit=7"
    while True:
        page = door.json(path)
        found += [item["hash"] for item in page["items"]]
        if page["next"] is None:
            break
        path = f"txs?limit=7&cursor={page['next']}"

    expected = [to_hex(tx.hash) for one in blocks for tx in one.block.transactions][::-1]
    assert found == expected
    assert page["total"] == len(expected)
    assert page["head"] == {"number": 11, "hash": to_hex(blocks[-1].block.hash)}
    back = door.json(f"txs?limit=7&cursor={page['prev']}")
    assert [item["hash"] for item in back["items"]] == expected[-len(page["items"]) - 7 : -len(page["items"])]


def test_a_cursor_of_a_removed_block_says_so_and_offers_another(door: Door, blocks) -> None:
    cursor = door.json("txs?limit=2")["next"]
    door.store.rewind(8)
    gone = door.get(f"txs?cursor={cursor}")
    assert gone.status == 410 and json.loads(gone.body)["fresh"] is None
    for one in chain(4, "other", after=blocks[8].block.header, txs=2):
        door.store.append(one)

    answer = door.get(f"txs?cursor={cursor}")

    assert answer.status == 410
    fresh = json.loads(answer.body)["fresh"]
    assert door.json(f"txs?limit=3&cursor={fresh}")["items"]


def test_amounts_are_exact_and_addresses_carry_their_checksum(door: Door, blocks) -> None:
    token = checksum(TOKENS[1])

    page = door.json(f"transfers?token={token}&limit=200")

    logs = [log for one in blocks for receipt in one.receipts for log in receipt.logs]
    expected = [
        (checksum(log.topics[1][12:]), str(int.from_bytes(log.data, "big")))
        for log in logs
        if log.address == TOKENS[1] and len(log.topics) == 3 and log.topics[0].hex().startswith("ddf252ad")
    ][::-1]
    assert [(item["from"], item["amount"]) for item in page["items"]] == expected
    assert page["total"] == len(expected)


def test_csv_has_the_rows_of_the_list(door: Door) -> None:
    answer = door.get(f"txs.csv?address={checksum(PEOPLE[0])}")

    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    items = door.json(f"txs?address={checksum(PEOPLE[0])}&limit=200")["items"]
    assert answer.headers["content-type"].startswith("text/csv")
    assert [row["hash"] for row in rows] == [item["hash"] for item in items] and rows


def test_an_answer_is_kept_until_the_head_moves(door: Door, blocks) -> None:
    tag = door.get("blocks").headers["etag"]
    assert door.get("blocks", if_none_match=tag).status == 304
    assert door.get("blocks?limit=3").headers["etag"] != tag

    door.store.append(chain(1, after=blocks[-1].block.header)[0])

    assert door.get("blocks", if_none_match=tag).status == 200


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("nothing", 404, "there is no list"),
        ("txs?cursor=rubbish", 400, "no cursor"),
        ("txs?cursor=WyJiZWZvcmUiLFstMV0sbnVsbCwiIl0", 400, "no cursor"),
        ("txs?address=0x12", 400, "expected 20 bytes"),
        ("txs?limit=lots", 400, "whole number"),
        ("holders", 400, "token is missing"),
        ("earnings", 400, "author is missing"),
        (f"earnings?author={checksum(PEOPLE[0])}", 400, "no templates contract"),
        ("templates", 400, "no templates contract"),
        ("series/moods", 400, "there is no series"),
    ],
)
def test_a_wrong_question_is_answered_with_what_is_wrong(door: Door, path: str, status: int, says: str) -> None:
    answer = door.get(path)

    assert answer.status == status
    assert says in json.loads(answer.body)["error"]


def test_screens_are_the_page_and_other_paths_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("page")
    pages = Pages(tmp_path)

    for path in ("/", "/tx/0x12?view=logs", "/template/0x1/tip-jar/2"):
        assert pages.answer("GET", path, {"host": "127.0.0.1:8545"}, b"").body == b"page"
    assert pages.answer("GET", "/nonsense", {}, b"").status == 404
    moved = pages.answer("GET", "/tx/0x12?view=logs", {"host": "localhost:8545"}, b"")
    assert (moved.status, moved.headers["location"]) == (302, "http://127.0.0.1:8545/tx/0x12?view=logs")
