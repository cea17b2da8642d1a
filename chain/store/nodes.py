"""Trie nodes and contract codes as the mapping that `chain.evm` is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chain.store.engine import Engine
from chain.store.layout import NODE


class Nodes(Mapping[bytes, bytes]):
    """Hash → bytes over all history. Lookups are quick; length and iteration walk through everything."""

    def __init__(self, engine: Engine) -> None:
        self._get = engine.get
        self._scan = engine.scan

    def __getitem__(self, key: bytes) -> bytes:
        value = self._get(NODE + key)
        if value is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        return isinstance(key, bytes) and self._get(NODE + key) is not None

    def __iter__(self) -> Iterator[bytes]:
        return (key[1:] for key, _ in self._scan(NODE))

    def __len__(self) -> int:
        return sum(1 for _ in self._scan(NODE))
