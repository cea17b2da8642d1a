"""`mz tx` and `mz block` over a served node: what they tell, of what they know and of what they do not."""

from __future__ import annotations

import pytest

from chain import Wallet, artifacts, connect
from chain.abi import encode_call
from chain.launch import NodeOptions, start
from chain.primitives import checksum, keccak, to_hex
from tests.traffic import CALLER, REVERTER, deploy

CONSOLE = [{"type": "function", "name": "log", "inputs": [{"type": "string"}, {"type": "uint256"}]}]
DIGEST = "0x" + "07" * 32
NOBODY = "0x" + "11" * 20


@pytest.fixture(scope="module")
def url():
    running = start(NodeOptions(), port=0)
    yield running.url
    running.stop()


@pytest.fixture(scope="module")
def client(url):
    return connect(url, Wallet.dev())


@pytest.fixture(scope="module")
def notary(client):
    return client.deploy(artifacts.load("Notary"), sender="dev0")


@pytest.fixture(scope="module")
def anchored(client, notary):
    """A transaction that a contract of no known code handed on to one of ours."""
    caller = client.send({"data": deploy(CALLER)}, "dev0").contract_address
    data = bytes(12) + notary.address + notary.data("anchor", DIGEST)
    return client.send({"to": caller, "data": data, "gas": 300_000}, "dev1")


@pytest.fixture(scope="module")
def refused(client, notary):
    """One that failed in its block."""
    message = {"to": notary.address, "data": notary.data("anchor", bytes(32)), "gas": 100_000}
    return client.submit(message, "dev2")


@pytest.fixture
def run(mz, url):
    return lambda *words, **how: mz(*words, "--rpc", url, **how)


def test_a_transaction_is_shown_with_its_call_and_events_decoded(run, client, notary):
    digest = "0x" + "09" * 32
    sent = notary.send("anchor", digest, sender="dev3")

    told = run("tx", "show", to_hex(sent.transaction_hash), "--json").json
    table = run("tx", "show", to_hex(sent.transaction_hash)).out

    assert (told["status"], told["contract"], told["function"]) == ("succeeded", "Notary", "anchor")
    assert list(told["arguments"].values()) == [digest]
    assert told["block"] == sent.block_number and told["fee"] == str(sent.gas_used * sent.effective_gas_price)
    [event] = told["events"]
    assert event["contract"] == "Notary" and digest in event["arguments"].values()
    assert f"anchor(digest={digest})" in table and "succeeded" in table and event["event"] in table


def test_why_a_transaction_failed_is_told_with_its_custom_error(run, refused):
    told = run("tx", "show", to_hex(refused), "--json").json

    assert told["status"] == "failed" and told["events"] == []
    assert "NotaryDigestEmpty" in told["reason"]
    assert "failed: " in run("tx", "show", to_hex(refused)).out


def test_a_trace_shows_every_call_indented_with_events_results_and_errors(run, anchored, refused, notary):
    tree = run("tx", "trace", to_hex(anchored.transaction_hash), "--json").json
    lines = run("tx", "trace", to_hex(anchored.transaction_hash)).out.splitlines()
    failed = run("tx", "trace", to_hex(refused)).out

    [inner] = tree["calls"]
    assert (tree["contract"], tree["function"]) == ("", None)
    assert (inner["contract"], inner["function"], inner["to"]) == ("Notary", "anchor", checksum(notary.address))
    assert [event["position"] for event in tree["events"]] == [1], "it was emitted after the call"
    assert f"    CALL Notary.anchor(digest={DIGEST}) → " in lines[2]
    assert "      emit Notary.Anchored(" in lines[3] and "    emit 0x" in lines[4]
    assert "failed: NotaryDigestEmpty" in failed


def test_what_a_contract_says_by_console_log_is_read_in_its_trace(run, client):
    caller = client.send({"data": deploy(CALLER)}, "dev0").contract_address
    console = bytes.fromhex("000000000000000000636f6e736f6c652e6c6f67")
    said = encode_call(CONSOLE, "log", ["three is", 3])
    sent = client.send({"to": caller, "data": bytes(12) + console + said, "gas": 300_000}, "dev1")

    assert "console.log(arg0=three is, arg1=3)" in run("tx", "trace", to_hex(sent.transaction_hash)).out


def test_a_creation_is_shown_with_its_contract_and_the_address(run, client):
    made = client.send({"data": artifacts.load("Notary").bytecode}, "dev0")

    told = run("tx", "show", to_hex(made.transaction_hash), "--json").json
    trace = run("tx", "trace", to_hex(made.transaction_hash), "--json").json

    assert (told["to"], told["function"], told["created"]) == (None, "constructor", checksum(made.contract_address))
    assert (trace["type"], trace["contract"], trace["to"]) == ("CREATE", "Notary", checksum(made.contract_address))


def test_a_contract_of_somebody_else_is_read_by_the_abi_that_is_given(run, client, place):
    import msgspec

    from chain.artifacts import encode

    abi = (
        {"type": "function", "name": "shout", "inputs": [{"name": "words", "type": "string"}], "outputs": []},
        {"type": "error", "name": "TooLoud", "inputs": [{"name": "decibels", "type": "uint256"}]},
    )
    ours = msgspec.structs.replace(artifacts.load("Notary"), name="Mine", abi=abi, runtime=REVERTER, immutables=())
    (place / "Mine.json").write_bytes(encode(ours))
    there = client.send({"data": deploy(REVERTER)}, "dev0").contract_address
    data = keccak(b"TooLoud(uint256)")[:4] + (130).to_bytes(32, "big")  # it reverts with whatever it is given
    sent = to_hex(client.submit({"to": there, "data": data, "gas": 100_000}, "dev0"))

    known = run("tx", "show", sent, "--abi", "Mine.json", "--json").json
    unknown = run("tx", "show", sent, "--json").json

    assert (known["contract"], "TooLoud(decibels=130)" in known["reason"]) == ("Mine", True)
    assert (unknown["contract"], "unknown data" in unknown["reason"]) == ("", True)


def test_a_contract_cannot_steer_the_terminal(run, client):
    there = client.send({"data": deploy(REVERTER)}, "dev0").contract_address
    words = b"\x1b[2Jall is well\r"
    data = (
        bytes.fromhex("08c379a0") + (32).to_bytes(32, "big") + len(words).to_bytes(32, "big") + words.ljust(32, b"\0")
    )
    sent = to_hex(client.submit({"to": there, "data": data, "gas": 100_000}, "dev0"))

    for words in (("tx", "show", sent), ("tx", "trace", sent)):
        told = run(*words).out
        assert "\\x1b[2Jall is well\\r" in told and "\x1b" not in told


def test_ether_and_data_are_sent_and_the_hash_is_printed(run, client):
    before = client.balance(NOBODY)

    paid = run("tx", "send", NOBODY, "--value", "1.5ether", "--from", "dev4", "--yes")
    told = run("tx", "send", "dev5", "--value", "2gwei", "--from", "dev4", "--yes", "--json").json
    made = run("tx", "send", "--data", to_hex(deploy(CALLER)), "--yes", "--json").json

    assert paid.status == 0 and len(paid.out.strip()) == 66 and "21,000 gas" in paid.err
    assert client.balance(NOBODY) == before + 15 * 10**17
    assert (told["gas_used"], told["created"]) == (21_000, None)
    assert client.code(made["created"] and bytes.fromhex(made["created"][2:])) == CALLER


def test_what_was_signed_elsewhere_is_sent_as_it_is(run, client):
    account = Wallet.dev()["dev6"]
    fields = {
        "type": 2,
        "chainId": client.chain_id,
        "nonce": 0,
        "gas": 21_000,
        "maxFeePerGas": 10**10,
        "maxPriorityFeePerGas": 1,
        "to": NOBODY,
        "value": 1,
    }
    raw = account.sign_transaction(fields)

    sent = run("tx", "send", "--raw", "-", "--yes", "--no-wait", typed=to_hex(raw) + "\n")
    again = run("tx", "send", "--raw", to_hex(raw), "--yes")

    assert sent.out.strip() == to_hex(keccak(raw))
    assert again.status == 1 and ("already known" in again.err or "nonce too low" in again.err)


def test_one_that_waits_is_shown_as_waiting_and_cannot_be_traced(run, client):
    account = Wallet.dev()["dev7"]
    fields = {"chainId": client.chain_id, "nonce": 3, "gas": 21_000, "gasPrice": 10**10, "to": NOBODY}
    sent = run("tx", "send", "--raw", to_hex(account.sign_transaction({**fields, "value": 1})), "--yes", "--no-wait")

    told = run("tx", "show", sent.out.strip(), "--json").json
    traced = run("tx", "trace", sent.out.strip())

    assert (told["status"], told["nonce"], told["max_gas_price"]) == ("waiting", 3, str(10**10))
    assert "waiting" in run("tx", "show", sent.out.strip()).out
    assert traced.status == 1 and "in no block yet" in traced.err


def test_a_block_is_shown_by_number_hash_and_tag_with_its_transactions(run, client, anchored):
    by_number = run("block", "show", str(anchored.block_number), "--json").json
    by_hash = run("block", "show", to_hex(anchored.block_hash), "--json").json
    table = run("block", "show", str(anchored.block_number)).out

    assert by_number == by_hash
    assert by_number["number"] == anchored.block_number and by_number["base_fee"].isdigit()
    [entry] = by_number["transactions"]
    assert (entry["hash"], entry["status"]) == (to_hex(anchored.transaction_hash), "succeeded")
    assert entry["gas_used"] == anchored.gas_used and to_hex(anchored.transaction_hash) in table
    assert run("block", "show", "earliest", "--json").json["number"] == 0
    assert run("block", "show", "pending", "--json").json["hash"] is None
    assert run("block", "show").status == 0


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("tx", "show", "0x12"), 2, "HASH: expected 32 bytes, got 1"),
        (("tx", "show", "twelve"), 2, "HASH: expected 0x-prefixed hex"),
        (("tx", "show", "0x" + "00" * 32), 1, "there is no transaction 0x00"),
        (("tx", "trace", "0x" + "00" * 32), 1, "there is no transaction 0x00"),
        (("tx", "show", "0x" + "00" * 32, "--abi", "None.json"), 1, "there is no transaction"),
        (("tx", "send"), 2, "neither TO nor --data"),
        (("tx", "send", "nobody-we-know", "--yes"), 1, "nobody-we-know"),
        (("tx", "send", NOBODY, "--value", "much", "--yes"), 2, "'much' is not a whole number"),
        (("tx", "send", NOBODY, "--data", "0xzz", "--yes"), 2, "--data: not hex"),
        (("tx", "send", NOBODY, "--raw", "0x02", "--yes"), 2, "--raw is a whole transaction"),
        (("tx", "send", "--raw", "0x02", "--yes"), 1, "transaction"),
        (("tx", "send", NOBODY, "--value", "1wei"), 2, "add --yes"),
        (("tx", "send", NOBODY, "--value", "99999999ether", "--yes"), 1, "insufficient funds"),
        (("block", "show", "999999"), 1, "there is no block 999999"),
        (("block", "show", "0x" + "00" * 32), 1, "there is no block 0x00"),
        (("block", "show", "0x12"), 2, "'0x12' is no block"),
        (("block", "shew"), 2, "did you mean show?"),
    ],
)
def test_a_mistake_is_told_with_its_value_and_the_next_step(run, words, status, said):
    ended = run(*words)

    assert (ended.status, ended.out) == (status, ""), ended.err
    assert said in ended.err
