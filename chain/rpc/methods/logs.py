"""Logs of the past, and filters to poll for what comes."""

from __future__ import annotations

from concurrent.futures import Future

from chain.rpc.encode import JsonObject, log_object, quantity
from chain.rpc.logfilter import LogFilter, log_filter_from
from chain.rpc.params import Params
from chain.rpc.service import Service


def get_logs(service: Service, params: Params) -> Future[list[JsonObject]]:
    """Logs of a range of blocks, or of one block by hash."""
    return _search(service, log_filter_from(params.at_most(1).required(0)))


def new_filter(service: Service, params: Params) -> str:
    """Install a log filter."""
    return quantity(service.filters.new_logs(log_filter_from(params.at_most(1).required(0))))


def new_block_filter(service: Service, params: Params) -> str:
    """Install a filter for hashes of new blocks."""
    return quantity(service.filters.new_blocks())


def new_pending_filter(service: Service, params: Params) -> str:
    """Install a filter for hashes of newly waiting transactions."""
    return quantity(service.filters.new_pending())


def filter_changes(service: Service, params: Params) -> Future[list[str] | list[JsonObject]]:
    """What came since the last poll."""
    key = params.at_most(1).quantity(0)
    return service.node.run(lambda: service.filters.changes(key))


def filter_logs(service: Service, params: Params) -> Future[list[JsonObject]]:
    """Everything a log filter matches, from the chain as it is."""
    return _search(service, service.filters.criteria(params.at_most(1).quantity(0)))


def uninstall(service: Service, params: Params) -> bool:
    """Whether there was such a filter."""
    return service.filters.uninstall(params.at_most(1).quantity(0))


def _search(service: Service, criteria: LogFilter) -> Future[list[JsonObject]]:
    query = criteria.query(service.node, max_blocks=service.max_log_blocks)
    return service.node.run(lambda: [log_object(entry) for entry in service.node.logs(query)])


METHODS = {
    "eth_getLogs": get_logs,
    "eth_newFilter": new_filter,
    "eth_newBlockFilter": new_block_filter,
    "eth_newPendingTransactionFilter": new_pending_filter,
    "eth_getFilterChanges": filter_changes,
    "eth_getFilterLogs": filter_logs,
    "eth_uninstallFilter": uninstall,
}
