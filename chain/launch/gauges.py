"""Which figures a served node publishes at `/metrics`."""

from __future__ import annotations

from chain.events import Dropped, Event, Events, Head, Pending
from chain.metrics import Metrics
from chain.node import Chain
from chain.version import VERSION


class Gauges:
    """The figures of one node."""

    def __init__(self, chain: Chain, events: Events) -> None:
        self.metrics = Metrics()
        build = self.metrics.counter("mz_build_info", "1, with the version of the program", "version")
        build.add(VERSION)
        self.metrics.gauge("mz_head_block_number", "Height of the newest block", lambda: chain.head().number)
        self.metrics.gauge("mz_head_block_timestamp_seconds", "Its timestamp", lambda: chain.head().timestamp)
        self._blocks = self.metrics.counter(
            "mz_blocks_total", "Blocks that became canonical, or were removed", "change"
        )
        self._gas = self.metrics.counter("mz_block_gas_total", "Gas used in added blocks")
        self._transactions = self.metrics.counter(
            "mz_transactions_total",
            "Transactions admitted to the pool, put into blocks, dropped from the pool",
            "change",
        )
        self._requests = self.metrics.counter("mz_rpc_requests_total", "JSON-RPC calls answered", "method", "code")
        self._seconds = self.metrics.counter("mz_rpc_seconds_total", "Time from call to answer", "method")
        events.subscribe(self._hear)

    def answered(self, method: str, code: int, seconds: float) -> None:
        """One JSON-RPC call; code 0 is success."""
        self._requests.add(method, str(code))
        self._seconds.add(method, amount=seconds)

    def _hear(self, event: Event) -> None:
        match event:
            case Head():
                self._blocks.add("added", amount=len(event.added))
                self._blocks.add("removed", amount=len(event.removed))
                self._gas.add(amount=sum(block.header.gas_used for block in event.added))
                self._transactions.add("mined", amount=sum(len(block.transactions) for block in event.added))
            case Pending():
                self._transactions.add("admitted")
            case Dropped():
                self._transactions.add("dropped")
