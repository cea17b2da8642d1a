"""The settings themselves, with their defaults, bounds and units.

A bound stands in the type, so that it is checked wherever the value comes from; the line above a field is what
`mz config show` and the reference in docs/ tell about it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from chain.model import Record

Port = Annotated[int, Meta(ge=0, le=65535)]
Seconds = Annotated[float, Meta(ge=0)]
EngineName = Literal["reference", "fast"]  # as chain.evm has them, which is on a higher floor


class NodeSettings(Record):
    """How `mz up` serves a chain."""

    port: Annotated[Port, Meta(description="TCP port on 127.0.0.1; 0 takes a free one")] = 8545
    chain_id: Annotated[
        int, Meta(ge=0, le=2**53 - 1, description="chain id; 0 takes the folder's own, and 20261 for a new chain")
    ] = 0
    block_time: Annotated[
        Seconds, Meta(description="seconds from block to block; 0 makes one as soon as a transaction is there")
    ] = 0
    one_tx_per_block: Annotated[bool, Meta(description="never let two transactions share a block")] = False
    engine: Annotated[EngineName, Meta(description="what executes: fast, or reference (py-evm's own)")] = "fast"
    translate: Annotated[bool, Meta(description="the fast engine translates code that runs hot to Python")] = True
    kubo: Annotated[
        str,
        Meta(
            pattern=r"^(https?://[^\s/?#]+/?)?$",
            description="URL of a Kubo node's RPC that keeps the files; empty keeps them in the data folder",
        ),
    ] = ""


class Settings(Record):
    """Everything about how this process runs."""

    data_dir: Annotated[Path, Meta(description="folder of the chain, the keys and the files")] = Path(".mz")
    rpc: Annotated[str, Meta(pattern=r"^https?://[^\s/]+", description="URL of the node that commands talk to")] = (
        "http://127.0.0.1:8545"
    )
    sender: Annotated[
        str, Meta(description="who acts: a keystore name, a dev account or an address; empty is dev0")
    ] = ""
    node: NodeSettings = NodeSettings()
