"""Development commands in the words of brownie, hardhat, foundry and viem."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise

import msgspec
import pytest

from chain.launch import NodeOptions, open_node
from chain.rpc.registry import dev_handlers
from tests.optional import ROOT
from tests.rpc.asking import Asking

GWEI = 10**9
ETHER = 10**18
NOBODY = "0x" + "ab" * 20
CODE = "0x602a60005260206000f3"  # returns 42


@pytest.fixture
def ask() -> Iterator[Asking]:
    opened = open_node(NodeOptions(dev=True))
    yield Asking(opened)
    opened.node.close()


def head(ask):
    return ask("eth_getBlockByNumber", "latest", False)


def stamp(ask):
    return int(head(ask)["timestamp"], 16)


def balance(ask, address=NOBODY, at="latest"):
    return int(ask("eth_getBalance", address, at), 16)


def test_a_chain_that_is_not_for_development_has_none_of_them():
    opened = open_node(NodeOptions())
    ask = Asking(opened)
    known = ask("rpc_modules")
    codes = {name: ask.error(name)["code"] for name in dev_handlers()}
    opened.node.close()

    assert set(codes.values()) == {-32601}
    assert not {"evm", "anvil", "hardhat"} & set(known)


def test_the_reference_lists_every_development_method():
    import re

    page = (ROOT / "docs" / "development.md").read_text()
    listed = re.findall(r"`((?:evm|anvil|hardhat)_[A-Za-z]+)`", page)

    assert sorted(set(listed)) == sorted(dev_handlers())


def test_a_snapshot_is_used_up_with_those_after_it(ask):
    first = ask("evm_snapshot")
    ask.send(to=NOBODY, value="0x1")
    second = ask("evm_snapshot")
    ask.send(to=NOBODY, value="0x1")

    assert (first, second) == ("0x1", "0x2")
    assert ask("evm_revert", second) is True
    assert balance(ask) == 1 and ask("eth_blockNumber") == "0x1"
    assert ask("evm_revert", 1) is True, "a number will do"
    assert balance(ask) == 0 and ask("eth_blockNumber") == "0x0"
    assert ask("evm_revert", first) is False
    assert ask("evm_revert", second) is False
    assert ask("evm_revert", "0x77") is False
    assert ask.error("evm_revert", "first")["code"] == -32602
    assert ask("evm_snapshot") == "0x3", "an id never means two things"


def test_a_revert_gives_back_the_pool_the_clock_the_modes_and_the_edits(ask):
    me = ask.accounts[0]
    ask("evm_setAutomine", False)
    waits = ask.send(to=NOBODY, value="0x1")
    ask("evm_increaseTime", 1000)
    ask("hardhat_setBalance", NOBODY, hex(7))
    ask("anvil_impersonateAccount", NOBODY)
    ask("anvil_setCoinbase", NOBODY)
    taken = ask("evm_snapshot")

    ask("evm_setAutomine", True)
    ask("evm_increaseTime", 5000)
    ask("hardhat_setBalance", NOBODY, hex(8))
    ask("hardhat_setCode", me, CODE)
    ask("anvil_stopImpersonatingAccount", NOBODY)
    ask("anvil_setCoinbase", me)
    ask("hardhat_mine", "0x3")
    later = ask.send(1, to=NOBODY, value="0x1")

    assert ask("evm_revert", taken) is True
    assert ask("eth_blockNumber") == "0x0"
    assert ask("txpool_contentFrom", me)["pending"]["0"]["hash"] == waits
    assert ask("eth_getTransactionByHash", later) is None
    assert ask("txpool_status") == {"pending": "0x1", "queued": "0x0"}
    assert ask("hardhat_getAutomine") is False
    assert ask("evm_increaseTime", 0) == 1000
    assert balance(ask) == 7 and ask("eth_getCode", me, "latest") == "0x"
    ask("evm_mine")
    assert head(ask)["transactions"] == [waits] and head(ask)["miner"] == NOBODY
    assert 990 <= stamp(ask) - time.time() <= 1010
    ask("anvil_setBalance", NOBODY, hex(ETHER))
    ask("eth_sendTransaction", {"from": NOBODY, "to": me, "value": "0x1", "gas": "0x5208"})


def test_blocks_are_made_in_every_way_they_are_asked_for(ask):
    for words, made in [
        (("evm_mine",), 1),
        (("evm_mine", None), 1),
        (("evm_mine", {"blocks": 3}), 3),
        (("anvil_mine",), 1),
        (("anvil_mine", 4), 4),
        (("hardhat_mine", "0x2"), 2),
        (("hardhat_mine", "0x2", "0xa"), 2),
        (("anvil_mine", "5", None), 5),
        (("hardhat_mine", 0), 0),
    ]:
        before = int(ask("eth_blockNumber"), 16)
        ask(*words)
        assert int(ask("eth_blockNumber"), 16) == before + made, words
    assert ask.error("hardhat_mine", "0x10000000")["code"] == -32005
    assert b'"result":"0x0"' in ask.raw('{"jsonrpc":"2.0","id":1,"method":"evm_mine","params":null}')
    assert b'"result":"0x0"' in ask.raw('{"jsonrpc":"2.0","id":1,"method":"evm_mine","params":4102444800}')
    assert stamp(ask) == 4102444800, "brownie sends a bare number"


def test_a_block_is_stamped_as_it_was_asked_for_and_time_goes_on_from_there(ask):
    start = stamp(ask)
    ask("evm_mine", start + 5000)
    assert stamp(ask) == start + 5000
    ask("evm_mine")
    assert 0 < stamp(ask) - (start + 5000) < 20
    ask("evm_mine", start)
    assert stamp(ask) > start + 5000, "never before its parent"

    wanted = stamp(ask) + 100
    ask("evm_setNextBlockTimestamp", hex(wanted))
    assert ask.message("eth_getBlockByNumber", "pending", False)["result"]["timestamp"] == hex(wanted)
    ask.send(to=NOBODY, value="0x1")
    assert stamp(ask) == wanted
    refused = ask.error("evm_setNextBlockTimestamp", wanted)
    assert refused["code"] == -32602 and f"give {wanted + 1} or more" in refused["message"]

    ask("evm_increaseTime", 1000)
    ask("evm_mine")
    assert 1000 <= stamp(ask) - wanted < 1020, "the clock goes on from the time that was set"

    now = stamp(ask)
    ask("hardhat_mine", 4, 60)
    stamps = [int(ask("eth_getBlockByNumber", hex(n), False)["timestamp"], 16) for n in range(6, 10)]
    assert [b - a for a, b in pairwise(stamps)] == [60, 60, 60] and stamps[0] > now


def test_the_clock_can_be_moved_and_set(ask):
    assert ask("evm_increaseTime", 3600) == 3600
    assert ask("evm_increaseTime", "0x10") == 3616
    assert ask("anvil_increaseTime", "4") == 3620
    ask("evm_mine")
    assert 3600 < stamp(ask) - time.time() < 3640
    assert 86_000 < ask("evm_setTime", int((time.time() + 86_400) * 1000)) < 87_000, "ganache's milliseconds"
    assert 86_000 < ask("anvil_setTime", int(time.time() + 86_400)) < 87_000
    assert ask.error("evm_increaseTime", hex(2**64))["code"] == -32602
    assert ask.error("evm_increaseTime")["code"] == -32602

    ask("anvil_setBlockTimestampInterval", 7)
    before = stamp(ask)
    ask("evm_mine", {"blocks": 3})
    assert stamp(ask) == before + 21
    ask("anvil_removeBlockTimestampInterval")
    ask("evm_mine")


def test_blocks_come_by_themselves_only_when_they_should(ask):
    ask("evm_setAutomine", False)
    tx_hash = ask.send(to=NOBODY, value="0x1")
    assert ask("eth_getTransactionReceipt", tx_hash) is None and ask("anvil_getAutomine") is False
    ask("evm_setAutomine", True)
    ask("eth_chainId")
    assert ask("txpool_status")["pending"] == "0x0", "what waited is in a block"

    ask("evm_setIntervalMining", 30)
    deadline = time.monotonic() + 10
    while int(ask("eth_blockNumber"), 16) < 4:
        assert time.monotonic() < deadline
    assert ask("anvil_getIntervalMining") == 0.03
    ask("anvil_setIntervalMining", 0)
    assert ask("anvil_getIntervalMining") is None


@pytest.mark.parametrize("family", ["hardhat_set", "anvil_set", "evm_setAccount"])
def test_accounts_are_edited_at_once_and_without_a_block(ask, family):
    assert ask(f"{family}Balance", NOBODY, hex(5 * ETHER)) is True
    assert ask(f"{family}Nonce", NOBODY, "0x9") is True
    assert ask(f"{family}Code", NOBODY, CODE) is True
    assert ask(f"{family}StorageAt", NOBODY, "0x3", "0x" + "00" * 31 + "11") is True

    for _ in range(2):  # at the head, and from the block after it on
        assert balance(ask) == 5 * ETHER
        assert ask("eth_getTransactionCount", NOBODY, "latest") == "0x9"
        assert int(ask("eth_call", {"to": NOBODY}, "latest"), 16) == 42
        assert int(ask("eth_getStorageAt", NOBODY, "0x3", "latest"), 16) == 0x11
        ask("evm_mine")
    assert ask("eth_blockNumber") == "0x2"
    refused = ask.error(f"{family}Nonce", NOBODY, "0x8")
    assert refused["code"] == -32602 and "below the account's, which is 9" in refused["message"]


def test_an_edit_is_part_of_what_the_next_transaction_meets(ask):
    ask("hardhat_setCode", NOBODY, "0x600054600101600055")  # counts its calls in slot 0
    ask("hardhat_setStorageAt", NOBODY, "0x0", "0x29")
    ask.send(to=NOBODY, gas="0x186a0")

    assert int(ask("eth_getStorageAt", NOBODY, "0x0", "latest"), 16) == 42
    ask("hardhat_setBalance", ask.accounts[0], "0x0")
    poor = ask.error("eth_sendTransaction", {"from": ask.accounts[0], "to": NOBODY, "value": "0x1", "gas": "0x5208"})
    assert poor["code"] == -32003 and poor["message"].startswith("insufficient funds")
    ask("anvil_addBalance", ask.accounts[0], hex(ETHER))
    ask("anvil_addBalance", ask.accounts[0], hex(ETHER))
    assert balance(ask, ask.accounts[0]) == 2 * ETHER
    assert ask.error("anvil_addBalance", ask.accounts[0], hex(2**256 - 1))["code"] == -32602


def test_senders_are_impersonated_only_while_they_should_be(ask):
    me = ask.accounts[0]
    ask("hardhat_setBalance", NOBODY, hex(ETHER))
    ask("hardhat_setCode", NOBODY, CODE)
    wish = {"from": NOBODY, "to": me, "value": "0x1"}
    assert ask.error("eth_sendTransaction", wish)["message"].startswith("unknown account")

    for begin, end in [
        (("hardhat_impersonateAccount", NOBODY), ("hardhat_stopImpersonatingAccount", NOBODY)),
        (("anvil_impersonateAccount", NOBODY), ("anvil_stopImpersonatingAccount", NOBODY)),
        (("evm_unlockUnknownAccount", NOBODY), ("evm_lockUnknownAccount", NOBODY)),
        (("anvil_autoImpersonateAccount", True), ("anvil_autoImpersonateAccount", False)),
    ]:
        assert ask(*begin) is True
        sent = ask("eth_sendTransaction", wish)
        assert ask(*end) is True
        assert ask.receipt(sent)["from"] == NOBODY and ask.receipt(sent)["status"] == "0x1"
        assert ask.error("eth_sendTransaction", wish)["code"] == -32000
    assert ask("eth_getTransactionCount", NOBODY, "latest") == "0x4"
    ask("anvil_autoImpersonateAccount", True)
    own = ask.send(1, to=me, value="0x1")
    assert int(ask("eth_getTransactionByHash", own)["s"], 16) < 2**255, "who has a key here signs with it"

    raw = ask("eth_getRawTransactionByHash", sent)
    again = ask.error("eth_sendRawTransaction", raw)
    assert again["message"].startswith("malformed transaction: invalid transaction v, r, s values"), (
        "never from outside"
    )


@pytest.mark.parametrize(
    "fields", [{}, {"gasPrice": "0x77359400"}, {"accessList": [{"address": NOBODY, "storageKeys": []}]}]
)
def test_every_type_of_transaction_can_be_made_for_somebody(ask, fields):
    ask("anvil_setBalance", NOBODY, hex(ETHER))
    ask("anvil_impersonateAccount", NOBODY)
    created = ask("eth_sendTransaction", {"from": NOBODY, "data": "0x6001600c60003960016000f300", **fields})

    assert ask.receipt(created)["contractAddress"] is not None
    assert ask("eth_getTransactionByHash", created)["from"] == NOBODY


def test_the_next_block_is_made_as_it_was_chosen(ask):
    me = ask.accounts[0]
    ask("hardhat_setNextBlockBaseFeePerGas", hex(3 * GWEI))
    ask("hardhat_setPrevRandao", "0x" + "07" * 32)
    ask("hardhat_setCoinbase", NOBODY)
    ask("evm_setBlockGasLimit", hex(9_000_000))
    assert ask("eth_baseFee") == hex(3 * GWEI) and int(ask("eth_gasPrice"), 16) > 3 * GWEI
    ask.send(to=me, value="0x1", maxPriorityFeePerGas=hex(GWEI))

    block = head(ask)
    assert block["baseFeePerGas"] == hex(3 * GWEI) and block["gasLimit"] == hex(9_000_000)
    assert block["mixHash"] == "0x" + "07" * 32 and block["miner"] == NOBODY and balance(ask) == 21_000 * GWEI
    ask("evm_mine")
    after = head(ask)
    assert after["mixHash"] != block["mixHash"] and after["miner"] == NOBODY and after["gasLimit"] == block["gasLimit"]
    assert int(after["baseFeePerGas"], 16) < 3 * GWEI
    ask("hardhat_setNextBlockBaseFeePerGas", "0x0")
    free = ask.send(to=me, value="0x1", gas="0x5208", gasPrice="0x0")
    assert ask.receipt(free)["effectiveGasPrice"] == "0x0"
    assert ask.error("evm_setBlockGasLimit", 21)["code"] == -32602


def test_waiting_transactions_can_be_dropped(ask):
    ask("evm_setAutomine", False)
    hashes = [ask.send(sender, to=NOBODY, value="0x1") for sender in (0, 0, 1, 2)]

    assert ask("hardhat_dropTransaction", hashes[0]) is True
    assert ask("anvil_dropTransaction", hashes[0]) is False
    assert ask("txpool_status") == {"pending": "0x2", "queued": "0x1"}
    ask("anvil_removePoolTransactions", ask.accounts[1])
    assert ask("txpool_status") == {"pending": "0x1", "queued": "0x1"}
    ask("anvil_dropAllTransactions")
    assert ask("txpool_status") == {"pending": "0x0", "queued": "0x0"}


def test_a_reset_goes_back_to_the_beginning(ask):
    snapshot = ask("evm_snapshot")
    ask("hardhat_setBalance", NOBODY, "0x1")
    ask("evm_setAutomine", False)
    ask("evm_increaseTime", 500)
    ask("hardhat_mine", 5)
    ask("hardhat_setBalance", NOBODY, "0x2")

    assert ask("hardhat_reset") is True
    assert ask("eth_blockNumber") == "0x0" and balance(ask) == 0
    assert ask("hardhat_getAutomine") is True and ask("evm_increaseTime", 0) == 0
    assert ask("evm_revert", snapshot) is False
    assert ask("anvil_reset", {}) is True
    refused = ask.error("hardhat_reset", {"forking": {"jsonRpcUrl": "http://somewhere"}})
    assert refused["code"] == -32602 and "does not fork" in refused["message"]


def test_the_node_tells_about_itself(ask):
    ask("evm_mine")
    info, metadata = ask("anvil_nodeInfo"), ask("hardhat_metadata")

    assert info["currentBlockNumber"] == "0x1" and info["currentBlockHash"] == head(ask)["hash"]
    assert info["environment"]["chainId"] == 20261 and info["hardFork"] == "prague"
    assert metadata["latestBlockNumber"] == 1 and metadata["clientVersion"] == ask("web3_clientVersion")
    assert ask("anvil_metadata") == metadata
    assert ask("hardhat_setLoggingEnabled", False) is True
    assert ask.error("anvil_setLoggingEnabled", "yes")["code"] == -32602


@pytest.mark.parametrize("method", sorted(dev_handlers()))
def test_nonsense_is_refused_as_such(ask, method):
    for params in ([{}], [[]], ["zzz", "zzz", "zzz"], [-1], [True], [None], [1.5], [hex(2**300)]):
        answer = ask.message(method, *params)
        assert "result" in answer or answer["error"]["code"] in (-32602, -32005), (method, params, answer)


def test_options_of_the_launch_reach_the_chain():
    options = NodeOptions(dev=True, clock_offset=1000, unlocked=False)
    opened = open_node(options)
    ask = Asking(opened)
    ask("evm_mine")
    ahead = stamp(ask) - time.time()
    opened.node.close()

    assert opened.accounts == () and ask.accounts == []
    assert 990 < ahead < 1010
    assert msgspec.structs.replace(options, dev=False).clock_offset == 1000
