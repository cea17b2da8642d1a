"""What every method works on, handed to it as its first argument: all of the node, or only its chain."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chain.errors import ChainError
from chain.rpc.params import Params
from chain.version import VERSION

if TYPE_CHECKING:
    from chain.node import Chain, Node, Tag
    from chain.rpc.filters import Filters
    from chain.rpc.signers import Signers


def client_version() -> str:
    """Name, version, system and interpreter. brownie decides by its start how to speak to a node."""
    machine = f"{sys.platform}-{platform.machine()}"
    return f"mz/v{VERSION}/{machine}/python{platform.python_version()}"


@dataclass(frozen=True)
class Early:
    """What is there before anything can be executed. Methods that take no more are answered from the first moment."""

    chain: Chain
    version: str  # what `web3_clientVersion` answers

    def block(self, params: Params, index: int, default: Tag | None = "latest") -> Tag:
        """The block a parameter names; with `requireCanonical` it must be part of the canonical chain (EIP-1898)."""
        reference = params.block(index, default)
        if reference.require_canonical:
            header = self.chain.header(reference.tag)
            if self.chain.header(header.number).hash != header.hash:
                raise ChainError("hash is not currently canonical")
        return reference.tag


@dataclass(frozen=True)
class Service(Early):
    """The node with what a JSON-RPC interface adds to it."""

    node: Node
    signers: Signers
    filters: Filters
    max_log_blocks: int = 1_000_000  # widest range of one eth_getLogs
