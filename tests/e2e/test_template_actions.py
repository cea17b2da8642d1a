"""`mz template status` and `do` over HTTP: an agreement from its draft to its end, by names and in plain words."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chain import Client, Wallet
from chain.primitives import checksum
from tests.e2e import commands
from tests.e2e.serving import Served, served

ONE = 10**18
COMBINATION = """
name = "pair"

[[part]]
name = "jar"
template = "tip-jar"
values = { person = "dev3" }

[[part]]
name = "second"
template = "tip-jar"
values = { person = "{jar}" }
"""
THIRD = checksum(Wallet.dev()["dev3"].address)
Mz = Callable[..., Any]


@pytest.fixture(scope="module")
def node(platform_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("actions") / "mz"
    shutil.copytree(platform_folder, folder)
    with served(folder) as running:
        running.wait_for_table()
        yield running


@pytest.fixture
def mz(node: Served, tmp_path: Path) -> Mz:
    """`mz template …` in JSON, or what it says where it has to fail."""

    def run(*words: str, sender: str = "dev1", fails: bool = False) -> Any:
        at = ("--rpc", node.url, "--data-dir", str(node.folder), "--from", sender, "--json", "--yes")
        ended = commands.mz("template", *words, *at, cwd=tmp_path)
        assert (ended.returncode != 0) is fails, ended.stderr
        return ended.stderr if fails else json.loads(ended.stdout)

    return run


def agreement(mz: Mz) -> str:
    """Of dev1, who pays dev2 three MZ."""
    terms = ("parties=dev1,dev2", f"text=0x{'11' * 32}", "token=mz", "price=3")
    used = mz("use", "signed-agreement", *(word for term in terms for word in ("--set", term)))
    return str(used["instance"])


def now(told: Any) -> set[str]:
    """What the account that asks can do now."""
    return {one["name"] for one in told["actions"] if one["you"] and one["now"]}


def test_an_agreement_is_signed_paid_and_ended_by_its_actions(node: Served, mz: Mz) -> None:
    client = Client(node.url, Wallet.dev())
    payer, performer = (client.w3.to_checksum_address(client.address_of(name)) for name in ("dev1", "dev2"))
    deal = agreement(mz)

    told = mz("status", deal)
    sentences = [state["sentence"] for state in told["states"]]
    assert "It is a draft; 0 of 2 parties have signed." in sentences
    assert [state["till"] for state in told["states"] if state["name"] == "agreement"] == [
        ["The Till holds nothing here."]
    ]
    assert now(told) == {"sign", "sign-for", "pay-in", "decline"}
    actions = {action["name"]: action for action in told["actions"]}
    assert (actions["pay-in"]["who"], actions["sign-for"]["who"]) == ([payer], "anyone")
    assert (actions["report"]["who"], actions["report"]["you"], actions["report"]["now"]) == ([performer], False, False)

    assert "dev3" not in (said := mz("do", deal, "pay-in", sender="dev3", fails=True))
    assert "is not one of those who may pay-in" in said and f"it is for {payer}" in said
    before = client.w3.eth.get_transaction_count(payer)
    wrong = ("--set", "party=dev2", "--set", f"signature=0x{'11' * 65}")
    assert "AgreementSignatureInvalid" in mz("do", deal, "sign-for", *wrong, fails=True)
    assert client.w3.eth.get_transaction_count(payer) == before
    for sender in ("dev1", "dev2"):
        assert mz("do", deal, "sign", sender=sender)["spent"] == []
    paid = mz("do", deal, "pay-in")
    assert [(one["amount"], one["waits"]) for one in paid["spent"]] == [(str(3 * ONE), True)]
    assert "cannot be done now" in mz("do", deal, "decline", fails=True)

    told = mz("status", deal, sender="dev2")
    assert now(told) == {"report", "give-up"}
    assert any("The Till holds 3 MZ here" in sentence for state in told["states"] for sentence in state["till"])
    mz("do", deal, "report", "--set", f"evidence=0x{'22' * 32}", sender="dev2")
    done = mz("do", deal, "accept")
    assert len(done["transactions"]) == 1 and done["gas_used"] > 50_000
    assert now(mz("status", deal)) == set()

    assert "did you mean sign?" in mz("do", deal, "sing", fails=True)
    assert "the template has no parameter evidnce" in mz("status", deal, "--set", "evidnce=1", fails=True)


def test_a_clone_stays_as_it_is_and_says_so(node: Served, mz: Mz) -> None:
    client = Client(node.url, Wallet.dev())
    deal = agreement(mz)
    before = client.w3.eth.get_transaction_count(client.w3.to_checksum_address(client.address_of("dev1")))

    for verb in ("upgrade", "freeze"):
        assert "instances stay as they are" in mz(verb, deal, fails=True)
    assert f"--replaces {deal}" in mz("upgrade", deal, fails=True)

    after = client.w3.eth.get_transaction_count(client.w3.to_checksum_address(client.address_of("dev1")))
    assert after == before


def test_accounts_are_named_wherever_a_value_is_an_address(node: Served, mz: Mz, tmp_path: Path) -> None:
    said = mz("use", "tip-jar", "--set", "person=bob", fails=True)
    assert "person: 'bob' is no address, and no account here is called so" in said

    (tmp_path / "combination.toml").write_text(COMBINATION)
    made = mz("compose", "combination.toml")["parts"]
    at = ("--rpc", node.url, "--data-dir", str(node.folder), "--from", "dev1")
    unsure = commands.mz("template", "compose", "combination.toml", *at, cwd=tmp_path)
    assert "gas: about" in unsure.stderr and "needs a yes" in unsure.stderr

    third = [state["sentence"] for state in mz("status", made["jar"])["states"] if state["name"] == "recipient"]
    assert third == [f"Tips go to {THIRD} at once."]
    assert mz("hand-over", made["jar"], "dev3")["offered_to"] == THIRD
    assert made["jar"] in [one["instance"] for one in mz("instances", "--of", "dev1", sender="dev5")]
    assert mz("list", "--author", "dev5") == []
