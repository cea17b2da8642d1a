"""A Merkle-Patricia trie that changes only along the paths that are written.

Nodes are loaded when a path leads through them and never changed in place: a write makes new ones and shares the rest,
so any root stays readable while another grows out of it. For keys of one length, as the state's hashed keys are.
"""

from __future__ import annotations

from chain.evm.fast.nodes import Branch, Child, Extension, Leaf, Node, NodeSource, nibbles_of, packed
from chain.primitives import EMPTY_TRIE_ROOT, Hash32, RLPItem, keccak, rlp_encode


class Trie:
    """The trie below one root. Belongs to one thread; the nodes it reads may be shared."""

    def __init__(self, source: NodeSource, root: Hash32 = EMPTY_TRIE_ROOT) -> None:
        self._source = source
        self._root: Child = b"" if root == EMPTY_TRIE_ROOT else root

    def get(self, key: bytes) -> bytes:
        """The value of `key`, empty where there is none. Raises MissingNode."""
        path = nibbles_of(key)
        depth = 0
        load = self._source.load
        node: Child = self._root
        while node:
            if isinstance(node, bytes):
                node = load(node)
            if isinstance(node, Branch):
                node = node.children[path[depth]]
                depth += 1
            elif isinstance(node, Leaf):
                return node.value if node.path == path[depth:] else b""
            else:
                if not path.startswith(node.path, depth):
                    return b""
                depth += len(node.path)
                node = node.child
        return b""

    def set(self, key: bytes, value: bytes) -> None:
        """Write `value`; an empty one removes the key. Raises MissingNode and leaves everything as it was then."""
        path = nibbles_of(key)
        self._root = self._with(self._root, path, value) if value else self._without(self._root, path)

    def commit(self) -> tuple[Hash32, dict[bytes, bytes]]:
        """The root, and every node made since the last commit by its hash; the trie may be used further."""
        written: dict[bytes, bytes] = {}
        root = self._root
        if not isinstance(root, bytes):
            encoded = rlp_encode(self._item(root, written))
            key = keccak(encoded)
            written[key] = encoded
            self._source.keep(key, root)
            self._root = root = key
        assert isinstance(root, bytes)
        return root or EMPTY_TRIE_ROOT, written

    def _with(self, child: Child, path: bytes, value: bytes) -> Node:
        if not child:
            return Leaf(path, value)
        node = self._source.load(child) if isinstance(child, bytes) else child
        if isinstance(node, Branch):
            children = node.children.copy()
            children[path[0]] = self._with(children[path[0]], path[1:], value)
            return Branch(children)
        shared = _common(node.path, path)
        if shared == len(node.path):
            if isinstance(node, Leaf):
                return Leaf(path, value)
            return Extension(node.path, self._with(node.child, path[shared:], value))
        forked: list[Child] = [b""] * 16
        rest = node.path[shared + 1 :]
        if isinstance(node, Leaf):
            forked[node.path[shared]] = Leaf(rest, node.value)
        else:
            forked[node.path[shared]] = Extension(rest, node.child) if rest else node.child
        forked[path[shared]] = Leaf(path[shared + 1 :], value)
        return Extension(path[:shared], Branch(forked)) if shared else Branch(forked)

    def _without(self, child: Child, path: bytes) -> Child:
        """The same child object where the key is not there, so that nothing is made anew above it."""
        if not child:
            return child
        node = self._source.load(child) if isinstance(child, bytes) else child
        if isinstance(node, Leaf):
            return b"" if node.path == path else child
        if isinstance(node, Extension):
            if not path.startswith(node.path):
                return child
            below = self._without(node.child, path[len(node.path) :])
            return child if below is node.child else self._joined(node.path, below)
        before = node.children[path[0]]
        after = self._without(before, path[1:])
        if after is before:
            return child
        children = node.children.copy()
        children[path[0]] = after
        if after:
            return Branch(children)
        remaining = [nibble for nibble in range(16) if children[nibble]]
        if len(remaining) > 1:
            return Branch(children)
        return self._joined(bytes(remaining), children[remaining[0]])

    def _joined(self, path: bytes, below: Child) -> Node:
        """`path`, then `below`: two paths in a row become one."""
        node = self._source.load(below) if isinstance(below, bytes) else below
        if isinstance(node, Leaf):
            return Leaf(path + node.path, node.value)
        if isinstance(node, Extension):
            return Extension(path + node.path, node.child)
        return Extension(path, below)

    def _item(self, node: Node, written: dict[bytes, bytes]) -> list[RLPItem]:
        """What is encoded for a node. Below it, what was just made is replaced by its hash: the node can be shared."""
        if isinstance(node, Leaf):
            return [packed(node.path, leaf=True), node.value]
        if isinstance(node, Extension):
            reference = self._reference(node.child, written)
            if isinstance(reference, bytes):
                node.child = reference
            return [packed(node.path, leaf=False), reference]
        children = node.children
        item: list[RLPItem] = [*children, b""]  # type: ignore[list-item]  # the nodes among them are replaced below
        for nibble, child in enumerate(children):
            if not isinstance(child, bytes):
                item[nibble] = reference = self._reference(child, written)
                if isinstance(reference, bytes):
                    children[nibble] = reference
        return item

    def _reference(self, child: Child, written: dict[bytes, bytes]) -> RLPItem:
        if isinstance(child, bytes):
            return child
        item = self._item(child, written)
        encoded = rlp_encode(item)
        if len(encoded) < 32:
            return item
        key = keccak(encoded)
        written[key] = encoded
        self._source.keep(key, child)
        return key


def _common(left: bytes, right: bytes) -> int:
    """How many nibbles two paths share from the start."""
    for position, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return position
    return min(len(left), len(right))
