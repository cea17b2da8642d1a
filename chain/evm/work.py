"""What a block had to satisfy while work was proved: difficulty, uncles, proof (Yellow Paper 4.4, 11)."""

from __future__ import annotations

from collections.abc import Callable

from chain.errors import InvalidBlock
from chain.evm import ethash
from chain.evm.ancestors import HeaderSource
from chain.evm.checks import check_fields, check_header, difference
from chain.evm.forks import Forks
from chain.evm.stock import next_difficulty
from chain.model import Block, Header
from chain.primitives import Hash32, keccak, rlp_encode

MOST_UNCLES = 2
GENERATIONS = 6  # how far above the block an uncle's parent may be, its own parent not counted


class ProofOfWork:
    """Checks blocks from before Paris."""

    def __init__(
        self,
        forks: Forks,
        headers: HeaderSource,
        uncles_of: Callable[[Hash32], tuple[Header, ...]],
        *,
        seals: bool,
    ) -> None:
        """`uncles_of`: those named in a stored block. `seals`: also check that the work was done (Ethash)."""
        self._forks = forks
        self._headers = headers
        self._uncles_of = uncles_of
        self._seals = ethash.Seals() if seals else None

    def check(self, block: Block, parent: Header) -> None:
        """Raises InvalidBlock."""
        self._check_difficulty(block.header, parent)
        if block.uncles:
            self._check_uncles(block)
        self._check_seal(block.header)

    def _check_difficulty(self, header: Header, parent: Header) -> None:
        expected = next_difficulty(self._forks.of(header), parent, header.timestamp)
        if header.difficulty != expected:
            raise difference(header, "difficulty", header.difficulty, expected)

    def _check_uncles(self, block: Block) -> None:
        """Raises InvalidBlock: too many, named before, an ancestor, a stranger, or no valid header."""
        if len(block.uncles) > MOST_UNCLES:
            raise InvalidBlock(f"block {block.number}: {len(block.uncles)} uncles, at most {MOST_UNCLES} are allowed")
        ancestors: dict[Hash32, Header] = {}
        named: set[Hash32] = set()
        cursor = block.header.parent_hash
        for _ in range(GENERATIONS + 1):
            header = self._headers.header(cursor)
            ancestors[cursor] = header
            named |= {uncle.hash for uncle in self._uncles_of(cursor)}
            if header.number == 0:
                break
            cursor = header.parent_hash
        for uncle in block.uncles:
            where = f"block {block.number}: uncle 0x{uncle.hash.hex()}"
            if uncle.hash in named:
                raise InvalidBlock(f"{where} was named before")
            named.add(uncle.hash)
            if uncle.hash in ancestors or uncle.hash == block.hash:
                raise InvalidBlock(f"{where} is an ancestor of the block")
            parent = ancestors.get(uncle.parent_hash)
            if parent is None or uncle.parent_hash == block.header.parent_hash:
                raise InvalidBlock(f"{where} is no sibling of an ancestor within {GENERATIONS} generations")
            self._check_uncle(uncle, parent)

    def _check_uncle(self, uncle: Header, parent: Header) -> None:
        if uncle.number != parent.number + 1:
            raise difference(uncle, "number", uncle.number, parent.number + 1)
        fork = self._forks.of(uncle)
        check_fields(uncle, fork)
        check_header(self._forks, uncle, parent)
        if uncle.gas_used > uncle.gas_limit:
            raise InvalidBlock(f"uncle {uncle.number}: gas_used {uncle.gas_used} is above gas_limit {uncle.gas_limit}")
        expected = self._forks.base_fee(fork, parent)
        if uncle.base_fee != expected:
            raise difference(uncle, "base_fee", uncle.base_fee, expected)
        self._check_difficulty(uncle, parent)
        self._check_seal(uncle)

    def _check_seal(self, header: Header) -> None:
        if self._seals is None:
            return
        items = header.items()
        work = keccak(rlp_encode([*items[:13], *items[15:]]))  # without mix hash and nonce
        problem = self._seals.fault(header.number, work, header.mix_hash, header.nonce, header.difficulty)
        if problem is not None:
            raise InvalidBlock(f"block {header.number}: no proof of work: {problem}")
