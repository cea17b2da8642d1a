"""A person's flows from click to state on the chain, each with an injected wallet and with the built-in one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount
from web3 import Web3

from chain import artifacts
from chain.launch.platform import shipped_bundles
from tests.e2e.serving import Served
from tests.page.conftest import PASSWORD, Visitor, either

MZ = 10**18


def contract(node: Served, name: str, where: str | None = None) -> Any:
    """A platform contract by web3.py and our build."""
    known = node.web3.provider.make_request("mz_platform", [])["result"]  # type: ignore[arg-type]
    places = {"MZ": "mz", "Till": "till", "Templates": "templates", "Works": "works"}
    at = Web3.to_checksum_address(where or known[places[name]])
    return node.web3.eth.contract(address=at, abi=artifacts.load(name).abi)


def instance_of(node: Served, visitor: Visitor) -> str:
    """Where the success page says the new contract is."""
    visitor.page.wait_for_selector("a[href^='/deal/']")
    href = visitor.page.get_attribute("main a.button[href^='/deal/']", "href")
    assert href is not None
    return href.removeprefix("/deal/")


def published(node: Served, name: str) -> str:
    """The id of a template by its name."""
    logs = contract(node, "Templates").events.Published().get_logs(from_block=0)
    [found] = [log for log in logs if log["args"]["name"].rstrip(b"\0").decode() == name]
    return "0x" + found["args"]["id"].hex()


def test_mz_and_ether_are_sent_and_too_much_is_refused_with_what_is_missing(
    connected: Visitor, node: Served, people: list[LocalAccount]
) -> None:
    page, to = connected.page, people[2].address
    mz = contract(node, "MZ")
    before = mz.functions.balanceOf(to).call(), node.web3.eth.get_balance(to)

    connected.follow("/wallet/send")
    page.fill("#to", to)
    page.fill("#amount", "1234567890")
    page.click("form button[type=submit]")
    page.wait_for_selector("[role=alert] >> text=are missing")
    page.fill("#amount", "2.5")
    page.click("form button[type=submit]")
    page.wait_for_selector("dialog >> text=Send 2.5 MZ to")
    page.wait_for_selector("dialog >> text=−2.5")
    connected.sign()
    page.fill("#to", to)
    page.fill("#amount", "0.25")
    page.select_option("#coin", "ETH")
    page.click("form button[type=submit]")
    connected.sign()

    assert mz.functions.balanceOf(to).call() - before[0] == 5 * MZ // 2
    assert node.web3.eth.get_balance(to) - before[1] == MZ // 4

    # The same beginning and end, other digits between.
    page.fill("#to", (to[:6] + to[6:-4].translate(str.maketrans("0123456789", "1234567890")) + to[-4:]).lower())
    page.fill("#amount", "1")
    page.click("form button[type=submit]")
    page.wait_for_selector(f"dialog .bad >> text=begins and ends like {to[:10]}…{to[-8:]}")
    page.click("#reject")


@either("connected", "injected", indirect=True)
def test_a_template_is_used_at_the_address_that_the_preview_named_then_tipped(
    connected: Visitor, node: Served, people: list[LocalAccount]
) -> None:
    page, me = connected.page, people[4].address
    template = published(node, "tip-jar")
    mz = contract(node, "MZ")
    supply = mz.functions.totalSupply().call()

    connected.follow(f"/use/{template}/1")
    page.fill("#p-person", people[3].address)
    page.fill("#p-least", "0.5")
    page.wait_for_selector(".paybar .good")
    predicted = page.inner_text("#predicted").replace(" ", "")
    page.click("#review")
    page.wait_for_selector("dialog >> text=Pay 1 MZ")
    connected.sign()
    made = instance_of(node, connected)

    assert made == predicted
    registry = contract(node, "Templates")
    assert registry.functions.origin(made).call()[0].hex() == template[2:]
    assert mz.functions.totalSupply().call() == supply - MZ // 100
    assert mz.functions.allowance(me, registry.address).call() == 0  # nothing is left standing

    connected.follow(f"/deal/{made}")
    page.wait_for_selector("#do-tip")
    page.fill("#a-tip-amount", "4")
    before = mz.functions.balanceOf(people[3].address).call()
    page.click("#do-tip")
    page.wait_for_selector("dialog >> text=Pay 4 MZ")
    hash_ = connected.sign()

    # Of 4 MZ 1 % is burned and 0.5 % is the author's.
    assert mz.functions.balanceOf(people[3].address).call() - before == 4 * MZ * 985 // 1000
    connected.follow(f"/tx/{hash_}")
    page.wait_for_selector("#payments tr.total >> text=4 MZ")
    connected.settle()
    said = [text.replace("\xa0", " ") for text in page.locator("#payments td:last-child").all_inner_texts()]
    assert said == ["3.94 MZ", "0.02 MZ", "0.04 MZ", "4 MZ"]


@either("connected", "builtin", indirect=True)
def test_a_work_is_registered_its_licence_sold_and_bought(
    connected: Visitor, node: Served, people: list[LocalAccount], tmp_path: Any
) -> None:
    page, me = connected.page, people[4].address
    content = f"a song for {connected.injected is None}".encode()
    file = tmp_path / "song.txt"
    file.write_bytes(content)

    connected.follow("/works")
    page.set_input_files("#file", file)
    page.wait_for_selector(f"text={sha256(content).hexdigest()}")
    page.click("#register")
    connected.sign()
    page.wait_for_selector("text=This content is registered")
    works = contract(node, "Works")
    work = works.functions.workOf(sha256(content).digest(), Web3.to_checksum_address(me)).call()
    assert works.functions.ownerOf(work).call() == me

    connected.follow(f"/use/{published(node, 'copyright-licence')}/1")
    page.wait_for_selector("#p-work")
    page.set_input_files("input[type=file]", file)
    page.fill("#p-perDownload", "40")
    page.wait_for_selector(".paybar .good")
    page.click("#review")
    connected.sign()
    made = instance_of(node, connected)

    connected.follow(f"/deal/{made}")
    page.wait_for_selector("text=one download 40 MZ")
    page.select_option("#a-buy-kind", "1")
    page.fill("#a-buy-quantity", "2")
    page.click("#do-buy")
    page.wait_for_selector("dialog >> text=Pay 80 MZ")
    connected.sign()
    page.wait_for_selector("text=2 downloads left")

    [bundle] = [found for found in shipped_bundles() if found.manifest.name == "copyright-licence"]
    licence = node.web3.eth.contract(address=Web3.to_checksum_address(made), abi=bundle.artifact.abi)
    assert licence.functions.licenceOf(me).call()[2] == 2


@either("connected", "injected", indirect=True)
def test_an_allowance_is_given_exactly_unlimited_only_by_word_and_taken_back(
    connected: Visitor, node: Served, people: list[LocalAccount]
) -> None:
    page, me, stranger = connected.page, people[4].address, people[5].address
    mz = contract(node, "MZ")

    connected.follow("/wallet/allow")
    page.fill("#spender", stranger)
    page.fill("#cap", "40")
    page.click("form button[type=submit]")
    page.wait_for_selector("dialog >> text=is neither the Till nor the registry")
    connected.sign()
    assert mz.functions.allowance(me, stranger).call() == 40 * MZ
    page.fill("#spender", stranger)
    page.fill("#cap", "unlimited")
    page.click("form button[type=submit]")
    page.wait_for_selector("dialog >> text=UNLIMITED")
    assert page.is_disabled("#sign")
    page.fill("#word", "unlimited")
    connected.sign()
    assert mz.functions.allowance(me, stranger).call() == 2**256 - 1

    connected.follow("/me?view=allowances")
    page.click("text=Take back")
    page.wait_for_selector("dialog >> text=Take back the allowance of")
    assert page.query_selector("dialog .bad") is None
    connected.sign()
    assert mz.functions.allowance(me, stranger).call() == 0


def test_typed_data_is_signed_after_it_was_put_in_words(
    connected: Visitor, node: Served, people: list[LocalAccount]
) -> None:
    page, me = connected.page, people[4].address
    mz = contract(node, "MZ")
    data = f"""{{"types": {{"EIP712Domain": [{{"name": "name", "type": "string"}},
      {{"name": "version", "type": "string"}}, {{"name": "chainId", "type": "uint256"}},
      {{"name": "verifyingContract", "type": "address"}}],
      "Permit": [{{"name": "owner", "type": "address"}}, {{"name": "spender", "type": "address"}},
      {{"name": "value", "type": "uint256"}}, {{"name": "nonce", "type": "uint256"}},
      {{"name": "deadline", "type": "uint256"}}]}}, "primaryType": "Permit",
      "domain": {{"name": "mzcoin", "version": "1", "chainId": 20261, "verifyingContract": "{mz.address}"}},
      "message": {{"owner": "{me}", "spender": "{people[5].address}", "value": "40000000000000000000",
      "nonce": "{mz.functions.nonces(me).call()}", "deadline": "4000000000"}}}}"""

    connected.follow("/wallet/sign")
    page.fill("#typed", data)
    page.click("form button[type=submit]")
    page.wait_for_selector("dialog >> text=up to 40 MZ of yours")
    page.wait_for_selector("dialog >> text=Treat it like a payment")
    page.click("#sign")
    signature = bytes.fromhex(page.inner_text("#signature")[2:])

    # The token itself says whose signature it is.
    permit = (me, people[5].address, 40 * MZ, 4_000_000_000, signature[64], signature[:32], signature[32:64])
    mz.functions.permit(*permit).call({"from": people[1].address})


def test_an_allowance_is_only_signed_and_the_token_takes_the_signature(
    payers: Callable[..., Visitor], node: Served, people: list[LocalAccount]
) -> None:
    visitor, me, spender = payers(4, "injected"), people[4].address, people[5].address
    page, mz = visitor.page, contract(node, "MZ")

    visitor.follow("/wallet/allow")
    page.fill("#spender", spender)
    page.fill("#cap", "3")
    page.check("#permit")
    page.click("form button[type=submit]")
    page.wait_for_selector("dialog >> text=up to 3 MZ of yours")
    page.click("#sign")
    signed = json.loads(page.inner_text("#signed"))

    assert (signed["owner"], signed["spender"], signed["value"]) == (me, spender, str(3 * MZ))
    given = (me, spender, 3 * MZ, int(signed["deadline"]), signed["v"], signed["r"], signed["s"])
    mz.functions.permit(*given).call({"from": people[1].address})
    assert mz.functions.allowance(me, spender).call() == 0


def test_a_wallet_made_from_nothing_gets_test_coins_and_sends_much_only_after_a_backup(
    visit: Callable[..., Visitor], node: Served, people: list[LocalAccount]
) -> None:
    visitor = visit()
    page = visitor.go("/wallet/new")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("form button[type=submit]")
    page.click("text=/^Later$/")
    page.wait_for_selector("text=Not backed up")
    me = page.get_attribute(".lead .mono", "title")
    page.wait_for_selector("#coins >> text=coins here are worth nothing")
    page.click("#test-coins")
    page.wait_for_selector("#coins", state="detached")
    mz = contract(node, "MZ")
    assert mz.functions.balanceOf(me).call() == 1000 * MZ
    assert node.web3.eth.get_balance(Web3.to_checksum_address(str(me))) == 10 * MZ

    def send(amount: str) -> None:
        visitor.follow("/wallet/send")
        page.fill("#to", people[2].address)
        page.fill("#amount", amount)
        page.click("form button[type=submit]")

    send("100.5")
    page.wait_for_selector("[role=alert] >> text=not backed up")
    send("100")
    visitor.sign()
    with page.expect_download() as download:
        page.click("text=Download the key file")
    kept = json.loads(Path(download.value.path()).read_text())
    assert "0x" + kept["address"] == str(me).lower()
    send("100.5")
    visitor.sign()

    assert mz.functions.balanceOf(me).call() == 1000 * MZ - 200 * MZ - MZ // 2


def test_the_built_in_wallet_is_made_backed_up_locked_and_opened_again(
    visit: Callable[..., Visitor], node: Served
) -> None:
    visitor = visit()
    page = visitor.go("/wallet/new")
    page.fill("#password", "short")
    page.fill("#again", "short")
    page.click("form button[type=submit]")
    page.wait_for_selector("text=At least 8 characters")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("form button[type=submit]")
    page.wait_for_selector("ol.words")
    words = page.locator("ol.words li").all_inner_texts()
    page.click("#written")
    for field in page.query_selector_all("input[id^=word-]"):
        number = int((field.get_attribute("id") or "").removeprefix("word-"))
        field.fill(words[number - 1])
    page.click("form button[type=submit]")
    page.wait_for_selector("#lock")
    address = page.get_attribute(".lead .mono", "title")
    assert page.query_selector("text=Not backed up") is None

    page.click("#lock")
    page.wait_for_selector("input[type=password]")
    page.fill("input[type=password]", "not the password")
    page.click("text=Unlock")
    page.wait_for_selector("text=The password is wrong")
    page.fill("input[type=password]", PASSWORD)
    page.click("text=Unlock")
    page.wait_for_selector("#lock")
    assert page.get_attribute(".lead .mono", "title") == address

    other = visit()
    other.go("/wallet/import")
    other.page.fill("#secret", " ".join(words))
    other.page.fill("#password", PASSWORD)
    other.page.fill("#again", PASSWORD)
    other.page.click("form button[type=submit]")
    other.page.wait_for_selector("#lock")
    assert other.page.get_attribute(".lead .mono", "title") == address


def test_a_wallet_on_another_network_sends_nothing_and_is_offered_this_one(
    visit: Callable[..., Visitor], node: Served, people: list[LocalAccount]
) -> None:
    visitor = visit()
    visitor.connect_injected(people[4])
    page, wallet = visitor.page, visitor.injected
    assert wallet is not None
    page.click("#add-token")
    wallet.chain_id = 1
    before = node.web3.eth.get_transaction_count(people[4].address)
    visitor.follow("/wallet/send")
    page.fill("#to", people[2].address)
    page.fill("#amount", "1")
    page.click("form button[type=submit]")
    page.wait_for_selector("#sign:not([disabled])")
    page.click("#sign")
    page.wait_for_selector("text=Your wallet is on another network (1). This page is chain 20261. Nothing was sent.")
    assert node.web3.eth.get_transaction_count(people[4].address) == before

    page.click("dialog >> text=Add this network")
    page.wait_for_selector("text=another network", state="detached")
    visitor.sign()

    assert node.web3.eth.get_transaction_count(people[4].address) == before + 1
    [added] = [given for method, given in wallet.asked if method == "wallet_addEthereumChain"]
    assert added[0]["chainId"] == hex(20261) and added[0]["rpcUrls"] == [node.url]
    [token] = [given for method, given in wallet.asked if method == "wallet_watchAsset"]
    assert token["options"]["address"] == contract(node, "MZ").address


@either("connected", "builtin", indirect=True)
def test_a_refused_call_is_said_before_signing_and_explained_afterwards(
    connected: Visitor, node: Served, people: list[LocalAccount]
) -> None:
    page = connected.page
    mz = contract(node, "MZ")
    connected.follow(f"/address/{mz.address}?view=write")
    page.click("summary:has-text('burn(uint256)')")
    page.fill("#burn-0", str(10**9 * MZ))
    page.click("details:has(#burn-0) button[type=submit]")
    page.wait_for_selector("dialog >> text=On the current block this would fail: ERC20InsufficientBalance")

    hash_ = connected.sign()
    assert node.web3.eth.get_transaction_receipt(hash_)["status"] == 0
    connected.follow(f"/tx/{hash_}")

    page.wait_for_selector(f"text=/Refused by the contract: ERC20InsufficientBalance\\({people[4].address}/")
    assert re.search(r"Nothing moved;", page.inner_text("main"))
