"""Decoded trie nodes, kept by their hash: what one block has read, the next one finds ready.

A node never changes, so what is kept here is right for every block, sibling and rewind. How nodes are walked and made
is `trie.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeAlias, TypeVar

from eth.vm.interrupt import EVMMissingData

from chain.primitives import Hash32

V = TypeVar("V")

NODES_KEPT = 32_768  # about 1 kB each


class Leaf:
    """The end of a path: nibbles that remain, and the value."""

    __slots__ = ("path", "value")

    def __init__(self, path: bytes, value: bytes) -> None:
        self.path = path
        self.value = value


class Extension:
    """Nibbles that all keys below share."""

    __slots__ = ("child", "path")

    def __init__(self, path: bytes, child: Child) -> None:
        self.path = path
        self.child = child


class Branch:
    """One child for each nibble. All keys of a trie are equally long, so none ends here."""

    __slots__ = ("children",)

    def __init__(self, children: list[Child]) -> None:
        self.children = children


Node: TypeAlias = Leaf | Extension | Branch
Child: TypeAlias = bytes | Node  # empty, a hash, or the node itself: one that was just made, or shorter than a hash


class MissingNode(EVMMissingData):
    """The state asked for is not in the store."""

    def __init__(self, key: Hash32) -> None:
        super().__init__(f"0x{key.hex()}")
        self.key = key


class Recent(Generic[V]):
    """At most `limit` values by hash; those that nobody asked for since half of them came are dropped.

    Safe to use from several threads: a lost race costs a second look into the store, never a wrong value.
    """

    def __init__(self, limit: int) -> None:
        self._half = limit // 2
        self._young: dict[bytes, V] = {}
        self._old: dict[bytes, V] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def get(self, key: bytes) -> V | None:
        """The value, if it is still here."""
        value = self._young.get(key)
        if value is None:
            value = self._old.get(key)
            if value is not None:
                self.put(key, value)
        return value

    def put(self, key: bytes, value: V) -> None:
        """Keep it."""
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
        self._young[key] = value


class NodeSource:
    """The nodes of a store, decoded on first use."""

    def __init__(self, stored: Mapping[bytes, bytes], limit: int = NODES_KEPT) -> None:
        self._stored = stored
        self._recent: Recent[Node] = Recent(limit)
        self.keep = self._recent.put

    def load(self, key: Hash32) -> Node:
        """The node with that hash. Raises MissingNode."""
        node = self._recent.get(key)
        if node is None:
            try:
                node = decode_node(self._stored[key])
            except KeyError:
                raise MissingNode(key) from None
            self.keep(key, node)
        return node

    def __len__(self) -> int:
        return len(self._recent)


def decode_node(encoded: bytes) -> Node:
    """A node as the store has it: our own writing, so only its shape is looked at."""
    fields = fields_of(encoded)
    if len(fields) == 17:
        return Branch([_child(field) for field in fields[:16]])
    prefix, content = fields
    nibbles = nibbles_of(prefix)
    path = nibbles[1:] if nibbles[0] & 1 else nibbles[2:]
    return Leaf(path, content) if nibbles[0] & 2 else Extension(path, _child(content))


def nibbles_of(key: bytes) -> bytes:
    """One byte for each half byte."""
    return key.hex().encode().translate(_VALUE_OF_DIGIT)


def packed(path: bytes, *, leaf: bool) -> bytes:
    """Nibbles with the hex prefix that tells leaf from extension and odd from even (Yellow Paper, appendix C)."""
    flag = 2 if leaf else 0
    start = bytes((flag + 1,)) if len(path) & 1 else bytes((flag, 0))
    return bytes.fromhex((start + path).translate(_DIGIT_OF_VALUE).decode())


_DIGITS = b"0123456789abcdef"
_VALUE_OF_DIGIT = bytes.maketrans(_DIGITS, bytes(range(16)))
_DIGIT_OF_VALUE = bytes.maketrans(bytes(range(16)), _DIGITS)


def _child(field: bytes) -> Child:
    # A field is a list only when the node is shorter than a hash, and a string only when it is one, or nothing.
    return decode_node(field) if field and field[0] >= 0xC0 and len(field) < 32 else field


def fields_of(encoded: bytes) -> list[bytes]:
    """Items of an RLP list: strings without their header, lists with it."""
    first = encoded[0]
    position = 1 if first < 0xF8 else first - 0xF6
    fields = []
    while position < len(encoded):
        first = encoded[position]
        if first < 0x80:
            start, end = position, position + 1
        elif first < 0xB8:
            start, end = position + 1, position + 1 + first - 0x80
        elif first < 0xC0:
            start = position + 1 + first - 0xB7
            end = start + int.from_bytes(encoded[position + 1 : start], "big")
        else:  # a node within a node: shorter than 32 bytes
            start, end = position, position + 1 + first - 0xC0
        fields.append(encoded[start:end])
        position = end
    return fields
