"""Chain files in and out, a second node that follows a reorganisation, and a folder verified, pruned and migrated."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from chain.errors import DataFolderCorrupt, DataFolderForeign, InvalidBlock, StoreError, UnknownBlock, UsageError
from chain.events import Event, Head
from chain.launch import NodeOptions, export_chain, import_chain, open_node, open_offline, verify_chain
from chain.model import Edit, LogQuery
from chain.node import Node
from chain.producer import Mining
from chain.spec import Spec
from chain.store import prune
from chain.store.rocks import RocksEngine
from tests.traffic import MemoryChain, Signer, Traffic, address_of, contract, key_of, spec, word

TIMEOUT = 60
EVERYTHING = LogQuery(from_block=0, to_block=10**6)


def silent(done: int, total: int) -> None:
    pass


def busy_chain() -> MemoryChain:
    """Four blocks with transactions of every type, and then a branch of three after the second."""
    chain = MemoryChain(spec())
    traffic = Traffic(5)
    for number in range(4):
        raws = traffic.take(12)
        raws.append(traffic._signers[7].sign(b"\xbb" * 20, type=3, blobVersionedHashes=["0x01" + "00" * 31]))
        built = chain.produce(raws, coinbase=bytes(19) + bytes((number,)))
        assert built.skipped == ()
    assert {receipt.type for receipts in chain.receipts for receipt in receipts} == {0, 1, 2, 3, 4}
    return chain


def branch_of(chain: MemoryChain, at: int, length: int) -> MemoryChain:
    """Another chain with the same blocks up to `at`, and others after it."""
    other = MemoryChain(chain.spec)
    for block in chain.blocks[1 : at + 1]:
        other.append(other.evm.verify(block, other.head))
    signer = Signer(0, nonce=other.evm.state(other.head).nonce(address_of(key_of(0))))
    for number in range(length):
        # Creates a contract, and clears what the first chain stored.
        created = signer.sign(None, data=bytes.fromhex("600160005560016000f3"))
        cleared = [signer.sign(contract("store"), data=word(slot) + word(0)) for slot in range(6)]
        assert other.produce([created, *cleared], coinbase=bytes(18) + b"\x09" + bytes((number,))).skipped == ()
    return other


@contextmanager
def opened(genesis: Spec, folder: Path | None = None, *, dev: bool = False) -> Iterator[Node]:
    node = open_node(NodeOptions(data_dir=folder, genesis=genesis, dev=dev, mining=Mining(automine=False))).node
    try:
        yield node
    finally:
        node.close()


def feed(node: Node, chain: MemoryChain, numbers: range) -> None:
    for number in numbers:
        node.import_block(chain.blocks[number].encode()).result(TIMEOUT)


def everything(node: Node) -> object:
    """What the index and the look-ups say."""
    histories = [node._index.transactions_of(address_of(key_of(index)), limit=500) for index in range(8)]
    blocks = [node.block(number) for number in range(node.head().number + 1)]
    found = [node.find(tx.hash) for block in blocks for tx in block.transactions]
    return node.logs(EVERYTHING), histories, blocks, [node.receipts(block.hash) for block in blocks], found


def test_a_second_node_follows_a_mixed_stream_and_a_reorganisation() -> None:
    first = busy_chain()
    second = branch_of(first, 2, 3)
    with opened(first.spec, dev=True) as node, opened(first.spec) as fresh:
        heard: list[Event] = []
        node.events.subscribe(heard.append)
        feed(node, first, range(1, 5))
        feed(node, second, range(3, 5))
        assert node.head() == first.head
        feed(node, second, range(5, 6))
        feed(fresh, second, range(1, 6))

        assert node.head() == fresh.head() == second.head
        assert everything(node) == everything(fresh)
        moved = heard[-1]
        assert isinstance(moved, Head)
        assert [block.number for block in moved.removed] == [4, 3]
        assert [block.number for block in moved.added] == [3, 4, 5]
        feed(node, first, range(3, 5))  # known, and shorter
        assert node.head() == second.head


def test_a_node_whose_blocks_are_final_takes_no_branch() -> None:
    first = busy_chain()
    second = branch_of(first, 2, 3)
    with opened(first.spec) as node:
        feed(node, first, range(1, 5))
        feed(node, first, range(2, 5))  # again: no matter
        with pytest.raises(InvalidBlock, match="does not extend the head"):
            feed(node, second, range(3, 4))
        with pytest.raises(InvalidBlock, match="does not extend the head"):
            feed(node, second, range(5, 6))


def test_taken_back_across_a_creation_and_a_clear_the_sibling_is_a_fresh_chains() -> None:
    first = busy_chain()
    cleared = branch_of(first, 2, 2)
    third = branch_of(first, 2, 0)
    third.produce(Traffic(99).take(0), coinbase=b"\x77" * 20)
    with opened(first.spec, dev=True) as node, opened(first.spec) as fresh:
        feed(node, cleared, range(1, 5))
        assert node.dev is not None
        node._producer.command(lambda: node._producer.rewind(2)).result(TIMEOUT)
        feed(node, third, range(3, 4))
        feed(fresh, third, range(1, 4))

        assert node.head() == fresh.head() == third.head
        assert everything(node) == everything(fresh)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MemoryChain]:
    """A folder with a chain that was imported block by block."""
    folder = tmp_path_factory.mktemp("exported") / "data"
    chain = busy_chain()
    with opened(chain.spec, folder) as node:
        feed(node, chain, range(1, 5))
    return folder, chain


@pytest.mark.parametrize("name", ["chain.rlp", "chain.rlp.gz"])
def test_what_is_exported_another_folder_imports(name: str, exported: tuple[Path, MemoryChain], tmp_path: Path) -> None:
    folder, chain = exported
    with open_offline(NodeOptions(data_dir=folder)) as offline:
        told = export_chain(offline.store, tmp_path / name, 0, None, silent)
    content = (tmp_path / name).read_bytes()
    plain = gzip.decompress(content) if name.endswith(".gz") else content
    assert plain == b"".join(block.encode() for block in chain.blocks)
    assert (told.first, told.last, told.size) == (0, 4, len(content))

    steps: list[int] = []
    with opened(chain.spec, tmp_path / "other") as node:
        taken = import_chain(node, tmp_path / name, lambda done, total: steps.append(done))
        again = import_chain(node, tmp_path / name, silent)

        assert (taken.imported, taken.known, taken.head_hash) == (4, 1, chain.head.hash)
        assert (again.imported, again.known) == (0, 5)
        assert steps[-1] == len(content)


def test_an_import_stops_at_what_is_wrong_and_goes_on_from_there(
    exported: tuple[Path, MemoryChain], tmp_path: Path
) -> None:
    _, chain = exported
    blocks = [block.encode() for block in chain.blocks]
    whole = tmp_path / "whole.rlp"
    whole.write_bytes(b"".join(blocks))
    forged = msgspec.structs.replace(chain.blocks[3].header, state_root=b"\x13" * 32, hash=b"")
    bad = msgspec.structs.replace(chain.blocks[3], header=forged).encode()
    for content, words in (
        (b"".join(blocks[:3]) + blocks[3][:-9], "cut off"),
        (b"".join(blocks[:3]) + b"\x07", "expected a block, found byte 0x07"),
        (b"".join(blocks[:3]) + bad, "block 3: state_root is 0x1313"),
        (b"".join(blocks[:3]) + b"\xff" * 9, "at most"),
        (gzip.compress(b"".join(blocks[:3]))[:-5], "cut off"),
    ):
        (tmp_path / "bad.rlp").write_bytes(content)
        with opened(chain.spec) as node:
            with pytest.raises(InvalidBlock, match=words) as refused:
                import_chain(node, tmp_path / "bad.rlp", silent)
            assert node.head().number == 2
            assert "stay" in (refused.value.hint or "")
            assert import_chain(node, whole, silent).imported == 2


def test_another_chains_file_is_refused_at_its_genesis(exported: tuple[Path, MemoryChain], tmp_path: Path) -> None:
    _, chain = exported
    other = spec(extra_data=b"other")
    (tmp_path / "other.rlp").write_bytes(MemoryChain(other).blocks[0].encode())
    with opened(chain.spec) as node:
        with pytest.raises(DataFolderForeign, match="holds the chain with genesis"):
            import_chain(node, tmp_path / "other.rlp", silent)
        with pytest.raises(UsageError, match="cannot read"):
            import_chain(node, tmp_path / "absent.rlp", silent)


def test_a_range_is_exported_and_an_edited_chain_is_not(exported: tuple[Path, MemoryChain], tmp_path: Path) -> None:
    folder, chain = exported
    with open_offline(NodeOptions(data_dir=folder)) as offline:
        export_chain(offline.store, tmp_path / "part.rlp", 2, 3, silent)
        with pytest.raises(UnknownBlock, match="blocks 3 to 9 are not there"):
            export_chain(offline.store, tmp_path / "more.rlp", 3, 9, silent)
    assert (tmp_path / "part.rlp").read_bytes() == b"".join(block.encode() for block in chain.blocks[2:4])
    with opened(chain.spec, tmp_path / "dev", dev=True) as node:
        assert node.dev is not None
        node.dev.do(lambda dev: dev.edit(Edit(address=b"\x01" * 20, balance=5))).result(TIMEOUT)
    with (
        open_offline(NodeOptions(data_dir=tmp_path / "dev")) as offline,
        pytest.raises(StoreError, match="development commands"),
    ):
        export_chain(offline.store, tmp_path / "dev.rlp", 0, None, silent)
    assert not (tmp_path / "dev.rlp").exists()
    assert not list(tmp_path.glob("*.part"))


def verified(folder: Path) -> object:
    with open_offline(NodeOptions(data_dir=folder)) as offline:
        offline.index.start()
        return verify_chain(offline, silent)


def test_a_sound_folder_is_verified_edits_and_all(tmp_path: Path) -> None:
    chain = busy_chain()
    with opened(chain.spec, tmp_path / "data", dev=True) as node:
        feed(node, chain, range(1, 3))
        assert node.dev is not None
        edit = Edit(address=contract("store"), balance=9, storage={0: 0, 77: 5})
        node.dev.do(lambda dev: dev.edit(edit)).result(TIMEOUT)
        node.dev.do(lambda dev: dev.mine(2)).result(TIMEOUT)

    told = verified(tmp_path / "data")

    assert (told.head, told.edits, told.first) == (4, 1, 0)  # type: ignore[attr-defined]
    assert told.rows > 40  # type: ignore[attr-defined]


def _damage(folder: Path, prefix: bytes, change: bytes | None) -> None:
    engine = RocksEngine(folder / "chain" / "truth")
    keys = [key for key, _ in engine.scan(prefix)]
    assert keys
    value = engine.get(keys[-1])
    assert value is not None
    engine.write([(keys[-1], None if change is None else value[:-1] + change)], sync=True)
    engine.close()


@pytest.mark.parametrize(
    ("prefix", "change"),
    [(b"n", b"\xaa"), (b"n", None), (b"t", b"\x09"), (b"c" + bytes(7) + b"\x02", b"\xaa")],
)
def test_any_damage_is_found(prefix: bytes, change: bytes | None, tmp_path: Path) -> None:
    chain = busy_chain()
    with opened(chain.spec, tmp_path / "data") as node:
        feed(node, chain, range(1, 5))
    _damage(tmp_path / "data", prefix, change)

    with pytest.raises((DataFolderCorrupt, UnknownBlock)):
        verified(tmp_path / "data")


def test_a_wrong_row_of_the_index_is_found_and_rebuilt(tmp_path: Path) -> None:
    import sqlite3

    chain = busy_chain()
    folder = tmp_path / "data"
    with opened(chain.spec, folder) as node:
        feed(node, chain, range(1, 5))
        node.logs(EVERYTHING)
    with sqlite3.connect(folder / "chain" / "index.sqlite") as rows:
        rows.execute("UPDATE logs SET data = X'00' WHERE id = (SELECT max(id) FROM logs)")
    rows.close()

    with pytest.raises(DataFolderCorrupt, match=r"the index is not right: row .* of logs"):
        verified(folder)
    with open_offline(NodeOptions(data_dir=folder)) as offline:
        offline.index.rebuild(silent)
    assert verified(folder)


def test_a_pruned_folder_keeps_blocks_and_new_states_and_goes_on(tmp_path: Path) -> None:
    chain = busy_chain()
    folder = tmp_path / "data"
    with opened(chain.spec, folder) as node:
        feed(node, chain, range(1, 4))
        node.logs(EVERYTHING)
    with open_offline(NodeOptions(data_dir=folder)) as offline:
        told = prune(offline.store, 2, silent)

    assert told.oldest_state == 2
    with opened(chain.spec, folder) as node:
        assert [node.block(number) for number in range(4)] == chain.blocks[:4]
        with pytest.raises(UnknownBlock, match="state of block 1 is not available"):
            node.state(1).balance(address_of(key_of(0)))
        for number in (2, 3):
            assert node.state(number).storage(contract("store"), 1) == chain.evm.state(
                chain.blocks[number].header
            ).storage(contract("store"), 1)
        feed(node, chain, range(4, 5))
        assert node.head() == chain.head
    report = verified(folder)
    assert (report.first, report.head) == (2, 4)  # type: ignore[attr-defined]


@pytest.mark.parametrize("left", ["copy", "complete", "swapped"])
def test_a_crash_while_pruning_leaves_one_whole_database(left: str, tmp_path: Path) -> None:
    import shutil

    chain = busy_chain()
    folder = tmp_path / "data"
    with opened(chain.spec, folder) as node:
        feed(node, chain, range(1, 3))
    truth = folder / "chain" / "truth"
    if left == "copy":
        (folder / "chain" / "truth.copy").mkdir()
    else:
        shutil.copytree(truth, folder / "chain" / "truth.pruned")
        if left == "swapped":
            shutil.rmtree(truth)

    with opened(chain.spec, folder) as node:
        assert node.head() == chain.blocks[2].header
    assert sorted(path.name for path in (folder / "chain").iterdir() if path.is_dir()) == ["truth"]


def test_a_folder_of_format_1_is_migrated_and_stays_the_same_chain(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    node = open_node(NodeOptions(data_dir=folder)).node
    genesis = node.head().hash
    node.close()
    engine = RocksEngine(folder / "chain" / "truth")
    identity = msgspec.json.decode(engine.get(b"m:identity") or b"")
    # As version 0.1's first folders have it: one fork by name, and a genesis without other clients' fields.
    del identity["schedule"]
    for field in ("difficulty", "nonce", "gas_used", "parent_hash", "blob_gas_used", "excess_blob_gas", "verbatim"):
        del identity["genesis"][field]
    engine.write([(b"m:identity", msgspec.json.encode({**identity, "fork": "prague"}))], sync=True)
    engine.close()
    (folder / "chain" / "format").write_text("mz chain store 1\n")

    node = open_node(NodeOptions(data_dir=folder)).node

    assert node.head().hash == genesis
    assert node.spec.fork == "prague"
    node.close()
    assert (folder / "chain" / "format").read_text() == "mz chain store 2\n"
    assert verified(folder)
