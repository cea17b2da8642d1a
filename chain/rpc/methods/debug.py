"""Consensus encodings, for whoever wants to check hashes and roots."""

from __future__ import annotations

from concurrent.futures import Future

from chain.rpc.encode import data
from chain.rpc.params import Params
from chain.rpc.service import Service


def raw_header(service: Service, params: Params) -> str:
    """RLP of a header; its keccak is the block's hash."""
    return data(service.node.header(service.block(params.at_most(1), 0, default=None)).encode())


def raw_block(service: Service, params: Params) -> Future[str]:
    """RLP of a block, as clients exchange it."""
    tag = service.block(params.at_most(1), 0, default=None)
    return service.node.run(lambda: data(service.node.block(tag).encode()))


def raw_receipts(service: Service, params: Params) -> Future[list[str]]:
    """Encoded receipts (EIP-2718), as the receipts root commits to them."""
    tag = service.block(params.at_most(1), 0, default=None)

    def read() -> list[str]:
        block_hash = service.node.header(tag).hash
        return [data(receipt.encode()) for receipt in service.node.receipts(block_hash)]

    return service.node.run(read)


def raw_transaction(service: Service, params: Params) -> str:
    """Signed bytes, mined or waiting; 0x for an unknown one."""
    found = service.node.find(params.at_most(1).hash(0))
    return data(b"" if found is None else found[0].raw)


METHODS = {
    "debug_getRawHeader": raw_header,
    "debug_getRawBlock": raw_block,
    "debug_getRawReceipts": raw_receipts,
    "debug_getRawTransaction": raw_transaction,
}
