"""Ethash, the proof of work before Paris: light verification, which needs the epoch's cache but not its dataset.

https://ethereum.org/developers/docs/consensus-mechanisms/pow/mining/mining-algorithms/ethash. py-evm's own cannot be
used: its cache mixes in zeros where another item belongs. A cache takes some ten seconds to make and 60 MiB to keep,
and serves 30,000 blocks; a check takes a fraction of a second.
"""

from __future__ import annotations

from collections import OrderedDict
from struct import Struct

from eth.consensus.ethash import get_cache_size, get_dataset_full_size

from chain.primitives import Hash32, keccak, keccak_512

EPOCH_BLOCKS = 30_000
CACHE_ROUNDS = 3
DATASET_PARENTS = 256
ACCESSES = 64
FNV_PRIME = 0x01000193
WORD = 0xFFFFFFFF
CACHES_KEPT = 2

_Item = tuple[int, ...]
_words = Struct("<16I")


class Seals:
    """Checks proofs of work; keeps the caches of the last epochs it met. Belongs to one thread."""

    def __init__(self) -> None:
        self._caches: OrderedDict[int, list[bytes]] = OrderedDict()

    def fault(self, number: int, work: Hash32, mix_hash: Hash32, nonce: bytes, difficulty: int) -> str | None:
        """Why the proof does not hold, or None. `work`: hash of the header without proof."""
        if difficulty == 0:
            return "the difficulty is 0"
        epoch = number // EPOCH_BLOCKS
        cache = self._caches.get(epoch)
        if cache is None:
            cache = self._caches[epoch] = make_cache(epoch)
            while len(self._caches) > CACHES_KEPT:
                self._caches.popitem(last=False)
        mix, result = hashimoto(cache, get_dataset_full_size(number), work, nonce)
        if mix != mix_hash:
            return f"mix hash is 0x{mix_hash.hex()}, expected 0x{mix.hex()}"
        if int.from_bytes(result, "big") * difficulty > 2**256:
            return f"0x{result.hex()} does not meet difficulty {difficulty}"
        return None


def make_cache(epoch: int) -> list[bytes]:
    """The epoch's cache: items of 64 bytes."""
    seed = bytes(32)
    for _ in range(epoch):
        seed = keccak(seed)
    count = get_cache_size(epoch * EPOCH_BLOCKS) // 64
    item = keccak_512(seed)
    cache = [item]
    for _ in range(count - 1):
        item = keccak_512(item)
        cache.append(item)
    for _ in range(CACHE_ROUNDS):
        for position in range(count):
            other = int.from_bytes(cache[position][:4], "little") % count
            mixed = int.from_bytes(cache[position - 1], "little") ^ int.from_bytes(cache[other], "little")
            cache[position] = keccak_512(mixed.to_bytes(64, "little"))
    return cache


def hashimoto(cache: list[bytes], dataset_size: int, work: Hash32, nonce: bytes) -> tuple[Hash32, Hash32]:
    """Mix digest and result of a header's hash with a nonce."""
    seed = keccak_512(work + nonce[::-1])
    first = int.from_bytes(seed[:4], "little")
    mix = list(_words.unpack(seed)) * 2
    rows = dataset_size // 128
    for access in range(ACCESSES):
        row = _fnv(access ^ first, mix[access % 32]) % rows
        fetched = (*_dataset_item(cache, 2 * row), *_dataset_item(cache, 2 * row + 1))
        mix = [(a * FNV_PRIME & WORD) ^ b for a, b in zip(mix, fetched, strict=True)]
    compressed = [
        _fnv(_fnv(_fnv(mix[place], mix[place + 1]), mix[place + 2]), mix[place + 3]) for place in range(0, 32, 4)
    ]
    digest = b"".join(word.to_bytes(4, "little") for word in compressed)
    return digest, keccak(seed + digest)


def _dataset_item(cache: list[bytes], index: int) -> _Item:
    count = len(cache)
    start = int.from_bytes(cache[index % count], "little") ^ index
    mix = list(_words.unpack(keccak_512(start.to_bytes(64, "little"))))
    for parent in range(DATASET_PARENTS):
        other = _words.unpack(cache[_fnv(index ^ parent, mix[parent % 16]) % count])
        mix = [(a * FNV_PRIME & WORD) ^ b for a, b in zip(mix, other, strict=True)]
    return _words.unpack(keccak_512(_words.pack(*mix)))


def _fnv(left: int, right: int) -> int:
    return (left * FNV_PRIME & WORD) ^ right
