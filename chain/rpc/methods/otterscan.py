"""What the Otterscan explorer asks for beside the ordinary methods: one answer for each of its pages.

Nothing is indexed for it: whoever touched an address is found by executing blocks again, within a time limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from chain.errors import InvalidParams
from chain.evm.tracing import Budget, Frame, FrameTree, TraceOptions
from chain.model import Block, Receipt
from chain.primitives import Address
from chain.rpc.encode import JsonObject, block_object, data, header_object, quantity, receipt_object, transaction_object
from chain.rpc.methods.blocks import known_block
from chain.rpc.params import Params
from chain.rpc.service import Service

if TYPE_CHECKING:
    from chain.node import Tag

API_LEVEL = 8
MOST_PER_PAGE = 100
SELECTOR_DIGITS = 10  # of a transaction's input, in lists: 0x and four bytes
FRAMES = TraceOptions(kind="frames")
OPERATIONS = {"CALL": 0, "CALLCODE": 0, "SELFDESTRUCT": 1, "CREATE": 2, "CREATE2": 3}
UNISSUED = {"blockReward": "0x0", "uncleReward": "0x0", "issuance": "0x0"}  # no block of this chain makes ether


def api_level(service: Service, params: Params) -> int:
    """The version of this interface."""
    return API_LEVEL


def has_code(service: Service, params: Params) -> bool:
    """Whether the address is a contract at a block."""
    address = params.at_most(2).address(0)
    return bool(service.node.state(service.block(params, 1)).code(address))


def internal_operations(service: Service, params: Params) -> Future[list[JsonObject]]:
    """Ether moved, contracts made and destroyed below the transaction itself."""
    tx_hash = params.at_most(1).hash(0)

    def read() -> list[JsonObject]:
        root = _tree(service, tx_hash).root
        return [
            {
                "type": OPERATIONS[frame.kind],
                "from": data(frame.sender),
                "to": data(frame.to),
                "value": quantity(frame.value or 0),
            }
            for depth, frame in _succeeded(root)
            if depth and frame.kind in OPERATIONS and frame.to and (frame.value or OPERATIONS[frame.kind])
        ]

    return service.node.run_long(read)


def transaction_error(service: Service, params: Params) -> Future[str]:
    """What the transaction reverted with; 0x when it did not."""
    tx_hash = params.at_most(1).hash(0)

    def read() -> str:
        root = _tree(service, tx_hash).root
        return data(root.output if root.reverted else b"")

    return service.node.run_long(read)


def trace_transaction(service: Service, params: Params) -> Future[list[JsonObject]]:
    """Its calls in their order, with their depth."""
    tx_hash = params.at_most(1).hash(0)

    def read() -> list[JsonObject]:
        return [
            {
                "type": frame.kind,
                "depth": depth,
                "from": data(frame.sender),
                "to": None if frame.to is None else data(frame.to),
                "value": None if frame.value is None else quantity(frame.value),
                "input": data(frame.input),
                "output": data(frame.output),
            }
            for depth, frame in _all(_tree(service, tx_hash).root)
        ]

    return service.node.run_long(read)


def block_details(service: Service, params: Params) -> Future[JsonObject | None]:
    """A block without its transactions, and what they paid."""
    return _details(service, service.block(params.at_most(1), 0, default=None))


def block_details_by_hash(service: Service, params: Params) -> Future[JsonObject | None]:
    """The same, by hash."""
    return _details(service, params.at_most(1).hash(0))


def block_transactions(service: Service, params: Params) -> Future[JsonObject | None]:
    """One page of a block's transactions, the last ones first page; inputs are cut to their selectors."""
    tag, page, size = service.block(params.at_most(3), 0, default=None), params.quantity(1), _size(params, 2)

    def read() -> JsonObject | None:
        block = known_block(service, tag)
        if block is None:
            return None
        last = max(len(block.transactions) - page * size, 0)
        chosen = range(max(last - size, 0), last)
        listed = [_brief(transaction_object(block.transactions[index], block.header, index)) for index in chosen]
        receipts = service.node.receipts(block.hash)
        full = block_object(block, full=False) | {"transactions": listed, "transactionCount": len(block.transactions)}
        return {"fullblock": full, "receipts": [_receipt(block, receipts, index) for index in chosen]}

    return service.node.run(read)


def search_before(service: Service, params: Params) -> Future[JsonObject]:
    """Transactions that touched an address before a block (0: the newest), newest first."""
    address, number, size = params.at_most(3).address(0), params.quantity(1), _size(params, 2)

    def search() -> JsonObject:
        head = service.node.head().number
        newest = head if number == 0 else min(number - 1, head)
        found, complete = _search(service, address, range(newest, 0, -1), size)
        return _page(found, first=number == 0 or number > head, last=complete)

    return service.node.run_long(search)


def search_after(service: Service, params: Params) -> Future[JsonObject]:
    """Transactions that touched an address after a block, newest first."""
    address, number, size = params.at_most(3).address(0), params.quantity(1), _size(params, 2)

    def search() -> JsonObject:
        found, complete = _search(service, address, range(number + 1, service.node.head().number + 1), size)
        return _page(found[::-1], first=complete, last=number == 0)

    return service.node.run_long(search)


def by_sender_and_nonce(service: Service, params: Params) -> Future[str | None]:
    """Hash of the transaction that used a sender's nonce, or null."""
    sender, nonce = params.at_most(2).address(0), params.quantity(1)

    def find() -> str | None:
        number = _first(service, lambda at: service.node.state(at).nonce(sender) > nonce)
        if number is None:
            return None
        block = service.node.block(number)
        return next((data(tx.hash) for tx in block.transactions if (tx.sender, tx.nonce) == (sender, nonce)), None)

    return service.node.run(find)


def contract_creator(service: Service, params: Params) -> Future[JsonObject | None]:
    """The transaction that made a contract and who sent for it; null for other addresses and those of genesis."""
    address = params.at_most(1).address(0)

    def find() -> JsonObject | None:
        if not service.node.state("latest").code(address):
            return None
        number = _first(service, lambda at: bool(service.node.state(at).code(address)))
        if not number:
            return None
        block = service.node.block(number)
        for tx, trace in zip(block.transactions, service.node.inspect.block(block.header, FRAMES), strict=True):
            assert isinstance(trace, FrameTree)  # what FRAMES asks for
            for _, frame in _succeeded(trace.root):
                if frame.kind.startswith("CREATE") and frame.to == address:
                    return {"hash": data(tx.hash), "creator": data(frame.sender)}
        return None

    return service.node.run_long(find)


def header_by_number(service: Service, params: Params) -> JsonObject | None:
    """A header, as Erigon names the method."""
    block = known_block(service, service.block(params.at_most(1), 0, default=None))
    return None if block is None else header_object(block.header)


def _tree(service: Service, tx_hash: bytes) -> FrameTree:
    trace, _, _ = service.node.inspect.transaction(tx_hash, FRAMES)
    assert isinstance(trace, FrameTree)  # what FRAMES asks for
    return trace


def _all(frame: Frame, depth: int = 0) -> Iterator[tuple[int, Frame]]:
    yield depth, frame
    for call in frame.calls:
        yield from _all(call, depth + 1)


def _succeeded(frame: Frame, depth: int = 0) -> Iterator[tuple[int, Frame]]:
    """Without what failed and was undone."""
    if frame.error is None:
        yield depth, frame
        for call in frame.calls:
            yield from _succeeded(call, depth + 1)


def _details(service: Service, tag: Tag) -> Future[JsonObject | None]:
    def read() -> JsonObject | None:
        block = known_block(service, tag)
        if block is None:
            return None
        fields = block_object(block, full=False)
        del fields["transactions"], fields["logsBloom"]
        fees = sum(receipt.gas_used * receipt.effective_gas_price for receipt in service.node.receipts(block.hash))
        return {
            "block": fields | {"transactionCount": len(block.transactions)},
            "issuance": UNISSUED,
            "totalFees": quantity(fees),
        }

    return service.node.run(read)


def _brief(fields: JsonObject) -> JsonObject:
    return fields | {"input": fields["input"][:SELECTOR_DIGITS]}


def _receipt(block: Block, receipts: tuple[Receipt, ...], index: int) -> JsonObject:
    fields = receipt_object(block.transactions[index], receipts[index], block.header, index, ())
    return fields | {"logs": None, "logsBloom": None}


def _search(
    service: Service, address: Address, numbers: Iterable[int], size: int
) -> tuple[list[tuple[JsonObject, JsonObject]], bool]:
    """Transactions with their receipts, in the order of `numbers`; stops after the block that fills the page.

    The second value says whether everything was looked at.
    """
    budget = Budget(FRAMES.seconds)
    found: list[tuple[JsonObject, JsonObject]] = []
    numbers = list(numbers)
    for position, number in enumerate(numbers):
        budget.check_time()
        block = service.node.block(number)
        receipts = service.node.receipts(block.hash)
        here = [
            (
                transaction_object(tx, block.header, index),
                receipt_object(tx, receipts[index], block.header, index, ()) | {"timestamp": block.header.timestamp},
            )
            for index, (tx, trace) in enumerate(
                zip(block.transactions, service.node.inspect.block(block.header, FRAMES, budget=budget), strict=True)
            )
            if isinstance(trace, FrameTree) and any(address in (f.sender, f.to) for _, f in _all(trace.root))
        ]
        found += here[::-1] if numbers[0] > numbers[-1] else here
        if len(found) >= size:
            return found, position == len(numbers) - 1
    return found, True


def _page(found: list[tuple[JsonObject, JsonObject]], *, first: bool, last: bool) -> JsonObject:
    return {
        "txs": [tx for tx, _ in found],
        "receipts": [receipt for _, receipt in found],
        "firstPage": first,
        "lastPage": last,
    }


def _first(service: Service, holds: Any) -> int | None:
    """The first block after which something holds that stays so; None when it does not hold yet."""
    low, high = 0, service.node.head().number
    if not holds(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def _size(params: Params, index: int) -> int:
    size = params.quantity(index)
    if not 0 < size <= MOST_PER_PAGE:
        raise InvalidParams(f"invalid argument {index}: a page has 1 to {MOST_PER_PAGE} entries, not {size}")
    return size


METHODS = {
    "ots_getApiLevel": api_level,
    "ots_hasCode": has_code,
    "ots_getInternalOperations": internal_operations,
    "ots_getTransactionError": transaction_error,
    "ots_traceTransaction": trace_transaction,
    "ots_getBlockDetails": block_details,
    "ots_getBlockDetailsByHash": block_details_by_hash,
    "ots_getBlockTransactions": block_transactions,
    "ots_searchTransactionsBefore": search_before,
    "ots_searchTransactionsAfter": search_after,
    "ots_getTransactionBySenderAndNonce": by_sender_and_nonce,
    "ots_getContractCreator": contract_creator,
    "erigon_getHeaderByNumber": header_by_number,
}
