"""Logs of the past and filters for what comes."""

from __future__ import annotations

import pytest

from chain.errors import LimitExceeded, NotFound
from chain.launch import NodeOptions, open_node
from chain.primitives import keccak
from chain.rpc import build_dispatcher
from chain.rpc.filters import FilterLimits, Filters
from tests.rpc.asking import Asking

STORED = "0x" + keccak(b"Stored(address,uint256,string)").hex()


def topic(value: int) -> str:
    return f"0x{value:064x}"


@pytest.fixture
def written(ask, deployed, sample):
    """Blocks 2…4 hold one, two and one logs of `deployed`."""
    ask.send(to=deployed, data=sample.data("store", 1, "a"))
    ask.send(to=deployed, data=sample.data("storeTwice", 2))
    ask.send(sender=1, to=deployed, data=sample.data("store", 4, "d"))
    return deployed


def values(logs):
    return [int(log["topics"][2], 16) for log in logs]


def test_logs_are_found_by_range_address_and_topics(ask, written):
    everything = {"fromBlock": "0x0", "toBlock": "latest"}
    first = "0x" + ask.accounts[0][2:].zfill(64)
    for narrowed, expected in (
        ({}, [1, 2, 3, 4]),
        ({"address": written}, [1, 2, 3, 4]),
        ({"address": [written, ask.accounts[0]]}, [1, 2, 3, 4]),
        ({"address": []}, [1, 2, 3, 4]),
        ({"address": None, "topics": None}, [1, 2, 3, 4]),
        ({"address": ask.accounts[0]}, []),
        ({"topics": []}, [1, 2, 3, 4]),
        ({"topics": [STORED]}, [1, 2, 3, 4]),
        ({"topics": [None, first]}, [1, 2, 3]),
        ({"topics": [[STORED, topic(1)], None, [topic(2), topic(4)]]}, [2, 4]),
        ({"topics": [[], [], topic(3)]}, [3]),
        ({"topics": [[None, STORED]]}, [1, 2, 3, 4]),
        ({"topics": [None, None, None, None]}, []),
        ({"fromBlock": "0x3", "toBlock": "0x3"}, [2, 3]),
        ({"fromBlock": "earliest", "toBlock": "pending"}, [1, 2, 3, 4]),
    ):
        assert values(ask("eth_getLogs", everything | narrowed)) == expected, narrowed
    assert values(ask("eth_getLogs", {})) == [4], "without a range it is the head"


def test_logs_of_one_block_by_hash_are_those_of_its_receipts(ask, written):
    block = ask("eth_getBlockByNumber", "0x3", False)
    logs = ask("eth_getLogs", {"blockHash": block["hash"]})

    assert logs == ask("eth_getBlockReceipts", "0x3")[0]["logs"]
    assert [log["logIndex"] for log in logs] == ["0x0", "0x1"]
    assert all(log["removed"] is False and log["blockTimestamp"] == block["timestamp"] for log in logs)


@pytest.mark.parametrize(
    ("criteria", "words"),
    [
        ({"fromBlock": "0x3", "toBlock": "0x2"}, "invalid block range params"),
        ({"fromBlock": "0x0", "toBlock": "0x99"}, "block range extends beyond current head block"),
        ({"fromBlock": "0x99", "toBlock": "0x99"}, "block range extends beyond current head block"),
        ({"blockHash": "0x" + "11" * 32, "fromBlock": "0x0"}, "cannot specify both BlockHash and FromBlock/ToBlock"),
        ({"topics": [None] * 5}, "exceed max topics"),
        ({"topics": ["0x12"]}, "0.topics[0]: expected 32 bytes"),
        ({"address": "0x12"}, "0.address: expected 20 bytes"),
        ({"address": ["0x" + "11" * 20] * 1001}, "at most 1000"),
        ({"fromBlock": "0x" + "11" * 32}, "a range goes by numbers"),
        ([], "argument 0"),
    ],
)
def test_a_wrong_range_or_filter_is_invalid_params(ask, written, criteria, words):
    error = ask.error("eth_getLogs", criteria)

    assert error["code"] == -32602 and words in error["message"]


def test_an_unknown_block_hash_is_an_error_and_not_empty(ask):
    assert ask.error("eth_getLogs", {"blockHash": "0x" + "11" * 32})["code"] == -32001


def test_filters_report_once_what_came_since(ask, deployed, sample):
    logs = ask("eth_newFilter", {"address": deployed, "fromBlock": "latest"})
    other = ask("eth_newFilter", {"topics": [topic(9)]})
    blocks = ask("eth_newBlockFilter")
    pending = ask("eth_newPendingTransactionFilter")

    tx_hash = ask.send(to=deployed, data=sample.data("storeTwice", 2))

    head = ask("eth_getBlockByNumber", "latest", False)["hash"]
    assert values(ask("eth_getFilterChanges", logs)) == [2, 3]
    assert ask("eth_getFilterChanges", other) == []
    assert ask("eth_getFilterChanges", blocks) == [head]
    assert ask("eth_getFilterChanges", pending) == [tx_hash]
    for key in (logs, blocks, pending):
        assert ask("eth_getFilterChanges", key) == []
    assert values(ask("eth_getFilterLogs", logs)) == [2, 3]


def test_an_installed_filter_keeps_to_its_range(ask, deployed, sample):
    later = ask("eth_newFilter", {"fromBlock": "0x3"})
    until = ask("eth_newFilter", {"fromBlock": "0x0", "toBlock": "0x2"})

    for value in (1, 2):
        ask.send(to=deployed, data=sample.data("store", value, ""))

    assert values(ask("eth_getFilterChanges", later)) == [2]
    assert values(ask("eth_getFilterChanges", until)) == [1]


def test_an_uninstalled_or_foreign_filter_is_not_found(ask):
    key = ask("eth_newBlockFilter")

    assert ask("eth_uninstallFilter", key) is True
    assert ask("eth_uninstallFilter", key) is False
    for gone in (key, "0x1"):
        assert ask.error("eth_getFilterChanges", gone) == {"code": -32001, "message": "filter not found"}
    assert "not a log filter" in ask.error("eth_getFilterLogs", ask("eth_newBlockFilter"))["message"]


def test_filters_expire_are_limited_and_drop_a_backlog_that_nobody_polls(ask):
    now = [0.0]
    filters = Filters(ask.node, FilterLimits(filters=2, idle=300, backlog=3), clock=lambda: now[0])
    first, second = filters.new_blocks(), filters.new_blocks()
    with pytest.raises(LimitExceeded, match="too many filters"):
        filters.new_pending()

    now[0] = 200
    filters.changes(second)
    now[0] = 400
    with pytest.raises(NotFound):
        filters.changes(first)
    assert filters.changes(second) == []

    for _ in range(4):
        ask.send(to=ask.accounts[1], gas="0x5208")
    with pytest.raises(LimitExceeded, match="more than 3 changes"):
        filters.changes(second)
    with pytest.raises(NotFound):
        filters.changes(second)
    filters.close()


def test_filter_limits_are_published_over_the_wire(sample):
    opened = open_node(NodeOptions())
    try:
        limited = Asking(opened, build_dispatcher(opened.node, filter_limits=FilterLimits(filters=1)))
        limited("eth_newBlockFilter")
        error = limited.error("eth_newBlockFilter")
        assert error["code"] == -32005 and "1 are installed" in error["message"]
    finally:
        opened.node.close()
