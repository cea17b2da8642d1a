"""`mz contract` in the hands of somebody who mistypes; what it does when all is right is in tests/e2e."""

from __future__ import annotations

import pytest

from chain.launch import NodeOptions, start

NOBODY = "0x" + "11" * 20


@pytest.fixture(scope="module")
def url():
    running = start(NodeOptions(), port=0)
    yield running.url
    running.stop()


@pytest.fixture(scope="module")
def notary(url):
    from chain import Wallet, artifacts, connect
    from chain.primitives import checksum

    made = connect(url, Wallet.dev()).deploy(artifacts.load("Notary"), sender="dev0")
    return checksum(made.address)


def test_a_contract_that_comes_along_is_deployed_asked_and_sent_to_by_name(mz, url):
    made = mz("contract", "deploy", "Notary", "--yes", "--rpc", url)
    digest = "0x" + "07" * 32

    before = mz("contract", "call", "Notary", made.out.strip(), "seenAt", digest, "--rpc", url)
    sent = mz("contract", "send", "Notary", made.out.strip(), "anchor", digest, "--from", "dev3", "--yes", "--rpc", url)
    after = mz("contract", "call", "Notary", made.out.strip(), "seenAt", digest, "--json", "--rpc", url)

    assert (made.status, before.out, sent.status) == (0, "0\n", 0)
    assert len(sent.out.strip()) == 66
    assert int(after.json) > 1_700_000_000


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("call", "Notary", "NOTARY", "seenAt"), 2, "no function seenAt takes 0 arguments"),
        (("call", "Notary", "NOTARY", "seenAt", "0x07"), 2, "takes 32 bytes, got 1"),
        (("call", "Notary", "NOTARY", "seen", "0x07"), 2, "the contract has no function called seen"),
        (("call", "Notery", "NOTARY", "seenAt", "0x07"), 1, "did you mean Notary"),
        (("call", "Notary", "nobody", "seenAt", "0x" + "07" * 32), 1, "nobody"),
        (("call", "Notary", NOBODY, "seenAt", "0x" + "07" * 32), 2, "there is no such contract"),
        (("call", "None.sol", "NOTARY", "seenAt", "0x07"), 2, "no Solidity in None.sol"),
        (("call", "None.json", "NOTARY", "seenAt", "0x07"), 2, "None.json cannot be read"),
        (("deploy", "Notary", "7", "--yes"), 2, "Notary's constructor takes 0 arguments, 1 were given"),
        (("deploy", "INotary", "--yes"), 2, "INotary cannot be deployed"),
        (("deploy", "Notary", "--value", "much", "--yes"), 2, "'much' is not a whole number"),
        (("send", "Notary", "NOTARY", "anchor", "0x" + "07" * 32), 2, "add --yes"),
        (("logs", "Notary", "NOTARY", "Seen"), 2, "the contract has no event called Seen"),
    ],
)
def test_a_mistake_is_told_with_its_value_and_the_next_step(mz, url, notary, words, status, said):
    ended = mz("contract", *(notary if word == "NOTARY" else word for word in words), "--rpc", url)

    assert (ended.status, ended.out) == (status, "")
    assert said in ended.err


def test_types_are_written_for_chosen_contracts(mz, place):
    assert mz("contract", "types", "Till", "MZ", "--out", "typed").status == 0
    assert mz("contract", "types", "Till", "--language", "python", "--out", "typed").status == 0

    assert {path.name for path in (place / "typed").iterdir()} == {"Till.ts", "MZ.ts", "Till.py"}
    assert "def payAndCall(self, token: bytes | str" in (place / "typed" / "Till.py").read_text()


def test_what_comes_along_is_listed(mz):
    assert {"Till", "copyright-licence/CopyrightLicence"} <= set(mz("contract", "list", "--json").json)
