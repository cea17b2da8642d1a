from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from eth_account import Account as EthAccount
from eth_account.typed_transactions import TypedTransaction
from hexbytes import HexBytes

from chain.abi import encode, entry, selector
from chain.artifacts import load
from chain.blobs import BlobStore
from chain.client import Client, Platform, connect
from chain.errors import (
    AbiError,
    ClientError,
    ContractReverted,
    DeploymentError,
    ForeignChain,
    InsufficientFunds,
    MethodNotFound,
    NodeUnreachable,
    NonceTooLow,
    TransactionPending,
    TransactionRejected,
    UnknownAccount,
    UsageError,
)
from chain.primitives import checksum
from chain.wallet import Wallet
from tests.unit.client.scripted import Refusal, Script

WALLET = Wallet.dev()
ALICE, BOB = list(WALLET)[:2]
RECEIPT = {
    "transactionHash": "0x" + "ab" * 32,
    "status": "0x1",
    "blockNumber": "0x2",
    "blockHash": "0x" + "22" * 32,
    "gasUsed": hex(21_000),
    "effectiveGasPrice": "0x7",
    "logs": [],
    "contractAddress": None,
}


def sent(script: Script) -> list[dict[str, Any]]:
    """The signed transactions a node was given, decoded by eth-account."""
    raws = [HexBytes(parameters[0]) for method, parameters in script.asked if method == "eth_sendRawTransaction"]
    assert all(EthAccount.recover_transaction(raw) == checksum(ALICE.address) for raw in raws)
    return [TypedTransaction.from_bytes(raw).as_dict() for raw in raws]


@pytest.fixture
def dead_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else can have it, and nobody answers
        yield taken.getsockname()[1]


def test_a_node_that_is_not_there_is_said_at_once_with_what_to_do(dead_port: int) -> None:
    with pytest.raises(NodeUnreachable, match=f"no node answers at http://127.0.0.1:{dead_port}") as caught:
        connect(f"http://127.0.0.1:{dead_port}")

    assert "mz up" in (caught.value.hint or "")


def test_a_node_of_another_chain_is_refused_when_the_chain_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, "chain_id", 1)

    with pytest.raises(ForeignChain, match="serves chain 1, not 20261"):
        connect("http://127.0.0.1:1", chain_id=20261)


@pytest.mark.parametrize("url", ["ws://127.0.0.1:8545", "127.0.0.1:8545", "", "file:///etc/passwd"])
def test_what_is_no_http_url_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="not a node's URL"):
        Client(url)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"jsonrpc":"2.0","id":0}', b"\xff"])
def test_what_does_not_speak_json_rpc_is_no_node(body: bytes) -> None:
    with pytest.raises(NodeUnreachable):
        Client(lambda _: body).rpc("eth_chainId")


def test_an_answer_that_comes_later_is_waited_for() -> None:
    script = Script()

    def handle(body: bytes) -> Future[bytes]:
        future: Future[bytes] = Future()
        future.set_result(script(body))
        return future

    client = Client(handle)

    assert client.chain_id == 20261
    assert client.w3.eth.chain_id == 20261


def test_batches_of_web3_reach_the_node_in_this_process() -> None:
    def handle(body: bytes) -> bytes:
        requests = json.loads(body)
        replies = [{"jsonrpc": "2.0", "id": r["id"], "result": hex(n)} for n, r in enumerate(requests, start=1)]
        return json.dumps(replies).encode()

    w3 = Client(handle).w3
    with w3.batch_requests() as batch:
        batch.add(w3.eth.get_balance(checksum(ALICE.address)))
        batch.add(w3.eth.get_balance(checksum(BOB.address)))

        assert batch.execute() == [1, 2]


def test_many_calls_are_answered_in_their_order_and_in_few_requests() -> None:
    sizes = []

    def handle(body: bytes) -> bytes:
        requests = json.loads(body)
        sizes.append(len(requests))
        replies = [{"jsonrpc": "2.0", "id": r["id"], "result": int(r["params"][0]["data"], 16)} for r in requests]
        return json.dumps(replies).encode()

    calls = [[{"data": hex(number)}, "latest"] for number in range(250)]

    assert Client(handle).rpc_each("eth_call", calls) == list(range(250))
    assert sizes == [100, 100, 50]
    assert Client(handle).rpc_each("eth_call", []) == []


@pytest.mark.parametrize("lost", [True, False], ids=["one forgotten", "one refused"])
def test_of_many_calls_none_is_lost(lost: bool) -> None:
    def handle(body: bytes) -> bytes:
        first, second = json.loads(body)
        refusal = {"jsonrpc": "2.0", "id": second["id"], "error": {"code": 3, "message": "execution reverted"}}
        return json.dumps(
            [{"jsonrpc": "2.0", "id": first["id"], "result": "0x"}, *([] if lost else [refusal])]
        ).encode()

    with pytest.raises(NodeUnreachable if lost else ContractReverted, match="1 answers to 2" if lost else "reverted"):
        Client(handle).rpc_each("eth_call", [[{}, "latest"]] * 2)


@pytest.mark.parametrize("answers", [["0x1", "0x2"], [None, None], [{"id": 1}, {"id": "one"}], [{"id": 1}, {"id": 2}]])
def test_answers_to_many_calls_that_are_none_are_refused(answers: list[object]) -> None:
    class Garbled(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = json.dumps(answers).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Garbled) as server:
        threading.Thread(target=server.handle_request).start()
        with pytest.raises(NodeUnreachable, match="does not speak JSON-RPC"):
            Client(f"http://127.0.0.1:{server.server_port}").rpc_each("eth_call", [["0x1"], ["0x2"]])


def test_a_node_that_takes_no_batches_is_asked_one_by_one() -> None:
    def handle(body: bytes) -> bytes:
        asked = json.loads(body)
        if isinstance(asked, list):
            refusal = {"code": -32600, "message": "batch too large"}
            return json.dumps({"jsonrpc": "2.0", "id": None, "error": refusal}).encode()
        return json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": asked["params"][0]}).encode()

    assert Client(handle).rpc_each("eth_call", [["0x1"], ["0x2"]]) == ["0x1", "0x2"]


def test_a_transaction_is_signed_here_with_fees_that_last() -> None:
    script = Script({"eth_getTransactionReceipt": [None, RECEIPT], "eth_getTransactionCount": "0x5"})

    mined = Client(script, WALLET).send({"to": BOB.address, "data": b"\1"}, sender=ALICE, value=7)

    (fields,) = sent(script)
    assert (fields["nonce"], fields["value"], fields["chainId"], fields["gas"]) == (5, 7, 20261, 26_250)
    assert (fields["maxFeePerGas"], fields["maxPriorityFeePerGas"]) == (2 * 10**9 + 1, 1)
    assert fields["to"] == BOB.address
    assert mined.block_number == 2


def test_the_sender_may_be_named() -> None:
    script = Script({"eth_getTransactionReceipt": RECEIPT})

    Client(script, WALLET).send({"to": BOB.address}, sender="dev0")

    assert len(sent(script)) == 1


def test_an_account_without_a_key_here_is_unknown() -> None:
    with pytest.raises(UnknownAccount):
        Client(Script(), Wallet()).send({"to": BOB.address}, sender=ALICE.address)


def test_a_nonce_that_another_program_took_is_asked_for_again() -> None:
    script = Script(
        {
            "eth_getTransactionCount": ["0x5", "0x6"],
            "eth_sendRawTransaction": [Refusal("nonce too low: next nonce 6, tx nonce 5"), "0x" + "ab" * 32],
        }
    )

    Client(script, WALLET).submit({"to": BOB.address}, sender=ALICE)

    assert [fields["nonce"] for fields in sent(script)] == [5, 6]


def test_a_nonce_that_is_refused_twice_is_an_error() -> None:
    script = Script({"eth_sendRawTransaction": Refusal("nonce too low", -32003)})

    with pytest.raises(NonceTooLow):
        Client(script, WALLET).submit({"to": BOB.address}, sender=ALICE)

    assert script.times("eth_sendRawTransaction") == 2


def test_a_transaction_that_no_block_takes_is_reported_as_pending() -> None:
    client = Client(Script({"eth_getTransactionReceipt": None}), WALLET, timeout=0.05)

    with pytest.raises(TransactionPending, match=r"in no block after 0\.05 s"):
        client.send({"to": BOB.address}, sender=ALICE)


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (Refusal("insufficient funds for gas * price + value"), InsufficientFunds),
        (Refusal("something new", -32003), TransactionRejected),
        (Refusal("execution reverted", 3, "0x"), ContractReverted),
        (Refusal("execution reverted", -32000, "0x"), ContractReverted),
        (Refusal("the method does not exist", -32601), MethodNotFound),
    ],
)
def test_a_nodes_error_becomes_one_of_ours(refusal: Refusal, kind: type[Exception]) -> None:
    words = "reverted without a reason" if kind is ContractReverted else re.escape(str(refusal))

    with pytest.raises(kind, match=words):
        Client(Script({"eth_call": refusal})).call(BOB.address, b"")


def test_a_contract_that_is_not_there_is_said_so() -> None:
    client = Client(Script({"eth_call": "0x"}))

    with pytest.raises(AbiError, match="no such contract at"):
        client.contract("MZ", BOB.address).call("totalSupply")


def test_an_unknown_custom_error_is_looked_up_in_our_artifacts() -> None:
    error = entry(load("ITill").abi, "error", "TillAmountInvalid")
    data = "0x" + (selector(error) + encode(error["inputs"], [5])).hex()

    with pytest.raises(ContractReverted) as caught:
        Client(Script({"eth_call": Refusal("execution reverted", 3, data)})).call(BOB.address, b"")

    assert (caught.value.name, caught.value.arguments) == ("TillAmountInvalid", {"gross": 5})


def test_where_the_platform_is_can_be_asked_of_the_node() -> None:
    addresses = {name: checksum(bytes([n]) * 20) for n, name in enumerate(Platform.__struct_fields__, start=1)}

    assert Client(Script({"mz_platform": addresses})).platform.to_json() == addresses
    for answer in (None, Refusal("no", -32601)):
        with pytest.raises(DeploymentError, match="nobody knows where"):
            _ = Client(Script({"mz_platform": answer})).platform
    with pytest.raises(DeploymentError, match="no list of the platform's contracts"):
        _ = Client(Script({"mz_platform": {"mz": "0x12"}})).platform


def test_an_in_process_client_without_files_says_how_to_give_them() -> None:
    with pytest.raises(ClientError, match="no place for files"):
        _ = Client(Script()).files

    store = BlobStore(None)
    assert Client(Script(), files=store).files is store
