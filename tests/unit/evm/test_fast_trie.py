"""The incremental trie against py-evm's own, over keys that share long paths and values short enough to be inlined."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from trie.hexary import HexaryTrie

from chain.evm.fast.nodes import Branch, Leaf, MissingNode, NodeSource, Recent, decode_node
from chain.evm.fast.trie import Trie
from chain.primitives import EMPTY_TRIE_ROOT, keccak

WIDTH = 6
# Few distinct bytes: keys meet in long prefixes, so that every kind of fork and of collapse comes up.
KEYS = some.lists(some.sampled_from((0x00, 0x01, 0x10, 0x11, 0xFF)), min_size=WIDTH, max_size=WIDTH).map(bytes)
VALUES = some.one_of(some.just(b""), some.binary(min_size=1, max_size=3), some.binary(min_size=30, max_size=70))
WRITES = some.lists(some.tuples(KEYS, VALUES), max_size=30)


@pytest.fixture(scope="module", autouse=True)
def engine() -> None:
    """Once only: each test here names its engine."""


@given(blocks=some.lists(WRITES, max_size=5), forget=some.booleans())
@settings(max_examples=150, deadline=None)
def test_roots_values_and_nodes_are_those_of_a_hexary_trie(
    blocks: list[list[tuple[bytes, bytes]]], forget: bool
) -> None:
    nodes: dict[bytes, bytes] = {}
    source = NodeSource(nodes)
    theirs = HexaryTrie({})
    content: dict[bytes, bytes] = {}
    root = EMPTY_TRIE_ROOT
    history = []
    for writes in blocks:
        if forget:
            source = NodeSource(nodes)
        trie = Trie(source, root)
        for key, value in writes:
            trie.set(key, value)
            content[key] = value
            theirs[key] = value
            assert trie.get(key) == value
        root, written = trie.commit()
        nodes |= written
        assert root == theirs.root_hash
        assert all(keccak(encoded) == key for key, encoded in written.items())
        history.append((root, dict(content)))
    for old_root, then in history:  # every root stays readable, with ours and with theirs
        warm, cold, stock = Trie(source, old_root), Trie(NodeSource(nodes), old_root), HexaryTrie(nodes, old_root)
        for key in content:
            assert warm.get(key) == cold.get(key) == stock[key] == then.get(key, b"")


@given(pairs=some.dictionaries(some.binary(min_size=32, max_size=32), some.binary(min_size=1, max_size=90)))
@settings(max_examples=40, deadline=None)
def test_a_trie_that_is_filled_and_emptied_is_the_empty_one(pairs: dict[bytes, bytes]) -> None:
    trie, theirs = Trie(NodeSource({})), HexaryTrie({})
    for key, value in pairs.items():
        trie.set(key, value)
        theirs[key] = value
    assert trie.commit()[0] == theirs.root_hash

    for key in pairs:
        trie.set(key, b"")
    assert trie.commit()[0] == EMPTY_TRIE_ROOT


def filled(count: int, nodes: dict[bytes, bytes]) -> bytes:
    trie = Trie(NodeSource(nodes))
    for number in range(count):
        trie.set(keccak(number.to_bytes(4, "big")), number.to_bytes(4, "big") * 10)
    root, written = trie.commit()
    nodes |= written
    return root


def test_only_the_written_path_is_made_anew() -> None:
    nodes: dict[bytes, bytes] = {}
    root = filled(2_000, nodes)
    trie = Trie(NodeSource(nodes), root)

    trie.set(keccak((7).to_bytes(4, "big")), b"changed")

    assert len(trie.commit()[1]) <= 5


def test_removing_what_is_not_there_makes_nothing() -> None:
    nodes: dict[bytes, bytes] = {}
    root = filled(50, nodes)
    trie = Trie(NodeSource(nodes), root)

    trie.set(keccak(b"absent"), b"")

    assert trie.commit() == (root, {})


def test_two_tries_can_grow_out_of_one_root() -> None:
    nodes: dict[bytes, bytes] = {}
    root = filled(300, nodes)
    source = NodeSource(nodes)
    siblings = [Trie(source, root) for _ in range(2)]
    for name, trie in zip((b"a", b"b"), siblings, strict=True):
        for number in range(100):
            trie.set(keccak(number.to_bytes(4, "big")), name * 40)
    first, second = (trie.commit() for trie in siblings)

    assert first[0] != second[0]
    assert Trie(source, root).get(keccak(bytes(4))) == bytes(40)
    assert Trie(NodeSource(nodes | second[1]), second[0]).get(keccak(bytes(4))) == b"b" * 40


def test_what_is_kept_warm_is_bounded() -> None:
    nodes: dict[bytes, bytes] = {}
    root = filled(1_000, nodes)
    source = NodeSource(nodes, limit=64)
    trie = Trie(source, root)
    for number in range(1_000):
        assert trie.get(keccak(number.to_bytes(4, "big")))

    assert len(source) <= 64


def test_what_was_asked_for_lately_is_kept() -> None:
    recent: Recent[int] = Recent(4)
    for number in range(20):
        recent.put(bytes((number,)), number)
        assert recent.get(b"\x00") == 0


def test_a_node_that_is_not_there_is_named_and_nothing_changes() -> None:
    nodes: dict[bytes, bytes] = {}
    root = filled(50, nodes)
    trie = Trie(NodeSource({root: nodes[root]}), root)

    with pytest.raises(MissingNode, match="0x"):
        trie.get(keccak(bytes(4)))
    with pytest.raises(MissingNode, match="0x"):
        trie.set(keccak(bytes(4)), b"new")
    assert trie.commit() == (root, {})


def test_a_node_shorter_than_a_hash_is_read_out_of_its_parent() -> None:
    trie = Trie(NodeSource({}))
    trie.set(b"\x00\x01", b"a")
    trie.set(b"\x00\x12", b"b")
    root, written = trie.commit()

    assert list(written) == [root]
    extension = decode_node(written[root])
    branch = getattr(extension, "child", None)
    assert isinstance(branch, Branch)
    assert isinstance(branch.children[0], Leaf)
