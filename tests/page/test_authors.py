"""What authors and owners do on the page: publish, combine, move to a later version, hand over, replace, end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount
from playwright.sync_api import Browser
from web3 import Web3
from web3.logs import DISCARD

from chain import Client, Wallet
from chain.launch.platform import shipped_bundles
from chain.primitives import to_hex
from chain.registry import Library
from chain.registry.bundle import make_bundle, open_bundle
from chain.registry.compiling import compile_folder
from chain.registry.scaffold import scaffold
from tests.e2e.serving import Served
from tests.e2e.test_stranger import FIRST, SECOND, written
from tests.page.conftest import Visitor, watched
from tests.page.test_flows import MZ, contract, instance_of, published

RETIRE = """
  function onRetire() external view returns (bytes4) {
    require(msg.sender == address(_REGISTRY), GuestBookRefused(msg.sender));
    return this.onRetire.selector;
  }

"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An author's folder as `mz template new` makes it, with a hidden file beside."""
    made = tmp_path_factory.mktemp("author") / "my-template"
    scaffold(made)
    manifest, source = made / "template.toml", made / "MyTemplate.sol"
    manifest.write_text(manifest.read_text().replace('default = "1"\n', 'default = "1"\noptions = "sizes()"\n'))
    source.write_text(source.read_text().replace("public admissionsOf;\n", f"public admissionsOf;\n{SIZES}"))
    (made / ".secret").write_text("not for anybody")
    return made


SIZES = """
  function sizes() external pure returns (uint32[] memory found) {
    found = new uint32[](2);
    (found[0], found[1]) = (2, 10);
  }

"""


@pytest.fixture(scope="module")
def author(node: Served, browser: Browser, people: list[LocalAccount]) -> Iterator[Visitor]:
    """Somebody with the built-in wallet."""
    with watched(node, browser) as come:
        visitor = come()
        visitor.import_builtin(people[4])
        yield visitor


@pytest.fixture(scope="module")
def owner(node: Served, browser: Browser, people: list[LocalAccount]) -> Iterator[Visitor]:
    """The same person with the injected one."""
    with watched(node, browser) as come:
        visitor = come()
        visitor.connect_injected(people[4])
        yield visitor


@pytest.fixture(scope="module")
def upgradeable(node: Served, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A template of two versions, whose instances its owner may move and end: the second's folder, and the id."""
    library = Library(Client(node.url, Wallet.dev()))
    folder = tmp_path_factory.mktemp("stranger") / "guest-book"
    folder.mkdir()
    (folder / "README.md").write_text("A book.")
    for version in (FIRST, SECOND):
        source = written(folder, version) / "GuestBook.sol"
        source.write_text(source.read_text().replace("  function given()", f"{RETIRE}  function given()"))
        compiled = compile_folder(folder, lambda _: None)
        offer = library.publish(open_bundle(make_bundle(folder, compiled.artifact)), sender="dev4")
    return folder, to_hex(offer.id)


def test_a_dropped_folder_is_checked_mended_published_and_used(
    author: Visitor, node: Served, people: list[LocalAccount], folder: Path
) -> None:
    page, registry = author.page, contract(node, "Templates")
    manifest = folder / "template.toml"
    right = manifest.read_text()
    manifest.write_text(right.replace("admissionsOf(account)", "admissionsFor(account)"))

    author.follow("/publish")
    author.drop("#drop", folder)
    page.wait_for_selector("li:has-text('admissionsFor')")
    page.wait_for_selector("text=/things? have to be mended/")
    assert page.query_selector("#publish") is None
    manifest.write_text(right)
    page.set_input_files("#folder", folder)
    page.wait_for_selector("#passed")
    assert ".secret" not in page.inner_text("main")
    page.fill("#terms-price", "7")
    page.fill("#terms-share", "2")
    page.wait_for_selector("text=pays you 6.93 MZ; 0.07 MZ are destroyed")
    page.wait_for_selector("text=pays you 2 %: 0.8 MZ")
    page.click("#publish:not([disabled])")
    page.wait_for_selector("dialog >> text=Publish version 1 at 7 MZ per use")
    author.sign()
    page.wait_for_selector("text=It is published.")

    template = published(node, "my-template")
    version = registry.functions.versionOf(template, 1).call()
    assert version[0] == people[4].address
    assert version[8] == (7 * MZ, 200, people[4].address)

    page.click("text=See it")
    page.wait_for_selector("text=The code is the published one", state="attached")
    page.click("text=/^Use it/")
    page.wait_for_selector(".paybar .good")
    page.click("#review")
    author.sign()
    made = instance_of(node, author)
    author.follow(f"/deal/{made}")
    page.click("#a-admit-count-option-1")
    page.wait_for_selector("summary >> text=Buy 10 admissions")
    page.click("#do-admit")
    page.wait_for_selector("dialog >> text=Pay 20 MZ")
    author.sign()
    page.wait_for_selector("text=has 10 admissions")
    author.follow("/me?view=earnings")

    # 7 MZ less 1 % for the use, 2 % of 20 MZ for the trade.
    row = page.wait_for_selector("tr:has-text('my-template')")
    assert row is not None and "6.93" in row.inner_text() and "0.4" in row.inner_text()


def test_two_templates_are_combined_and_one_is_told_the_others_address(
    author: Visitor, node: Served, people: list[LocalAccount]
) -> None:
    page, registry = author.page, contract(node, "Templates")
    jar = published(node, "tip-jar")

    author.follow("/compose")
    for _ in range(2):
        page.select_option("#add", jar)
        page.click("#add-part")
    page.wait_for_selector("#part-tipJar2")
    page.fill("#c-tipJar-person", people[3].address)
    page.fill("#c-tipJar-least", "1")
    page.fill("#c-tipJar2-person", "{tipJar}")
    page.fill("#c-tipJar2-least", "2")
    page.wait_for_selector(".paybar .good")
    assert 'person = "{tipJar}"' in (page.text_content("#combination") or "")
    page.click("#review")
    page.wait_for_selector("dialog >> text=Pay 2 MZ and make 2 contracts in one transaction")
    hash_ = author.sign()
    page.wait_for_selector("text=They exist.")
    made = [str(a.get_attribute("href")).removeprefix("/deal/") for a in page.query_selector_all("main li a.button")]

    receipt = node.web3.eth.get_transaction_receipt(hash_)  # type: ignore[arg-type]
    used = [log["args"]["instance"] for log in registry.events.Used().process_receipt(receipt, errors=DISCARD)]
    assert sorted(made) == sorted(used) and len(used) == 2
    [bundle] = [found for found in shipped_bundles() if found.manifest.name == "tip-jar"]
    second = node.web3.eth.contract(address=Web3.to_checksum_address(made[1]), abi=bundle.artifact.abi)
    assert second.functions.recipient().call() == made[0]


def test_a_later_version_that_would_lose_what_instances_store_is_not_offered(
    author: Visitor, upgradeable: tuple[Path, str]
) -> None:
    folder, _ = upgradeable
    source = folder / "GuestBook.sol"
    right = source.read_text()
    source.write_text(right.replace("    address keeper;\n", "    uint8 kind;\n    address keeper;\n"))

    author.follow("/publish")
    author.drop("#drop", folder)
    author.page.wait_for_selector("#compared >> text=Version 2 of this template is on the chain")
    author.page.wait_for_selector("text=/things? have to be mended/")
    source.write_text(right)

    assert "`address keeper` is now `uint8 kind`" in author.page.inner_text("main")
    assert author.page.query_selector("#publish") is None


def test_an_instance_is_handed_over_and_replaced(owner: Visitor, node: Served, people: list[LocalAccount]) -> None:
    page, registry, me = owner.page, contract(node, "Templates"), people[4].address
    template = published(node, "tip-jar")
    owner.follow(f"/use/{template}/1")
    page.fill("#p-person", people[3].address)
    page.fill("#p-least", "1")
    page.wait_for_selector(".paybar .good")
    page.click("#review")
    owner.sign()
    made = instance_of(node, owner)

    owner.follow(f"/deal/{made}?view=owner")
    page.wait_for_selector("text=nobody can move it to another version")
    page.fill("#heir", people[2].address)
    page.click("#do-offer")
    page.wait_for_selector("dialog >> text=Enter yourself in the registry as the owner")
    owner.sign()
    page.wait_for_selector("dialog >> text=Offer the ownership of this contract")
    owner.sign()
    page.wait_for_selector("#do-withdraw")
    assert registry.functions.ownerOf(made).call() == me
    assert registry.functions.pendingOwnerOf(made).call() == people[2].address
    page.click("#do-withdraw")
    owner.sign()
    page.wait_for_selector("#heir")
    assert registry.functions.pendingOwnerOf(made).call() == "0x" + "0" * 40

    # The jar is for somebody else, who alone may end it; the contract says so, and nothing is sent.
    page.click("#do-retire")
    page.wait_for_selector("dialog >> text=/TipJarNotOwned/")
    page.click("#reject")

    page.select_option("#successor", f"{template}/1")
    page.click("#do-replace")
    page.wait_for_selector("text=It becomes the successor of")
    page.fill("#p-person", people[3].address)
    page.fill("#p-least", "3")
    page.wait_for_selector(".paybar .good")
    page.click("#review")
    page.wait_for_selector("dialog >> text=/^Allow/")
    owner.sign()
    page.wait_for_selector("dialog >> text=Pay 1 MZ")
    owner.sign()
    heir = instance_of(node, owner)

    assert registry.functions.successorOf(made).call() == heir
    owner.follow(f"/deal/{made}?view=owner")
    page.wait_for_selector("text=There is nothing left to decide")


def test_an_upgradeable_instance_is_moved_to_a_later_version_frozen_taken_over_and_ended(
    owner: Visitor, node: Served, browser: Browser, people: list[LocalAccount], upgradeable: tuple[Path, str]
) -> None:
    page, registry = owner.page, contract(node, "Templates")
    owner.follow(f"/use/{upgradeable[1]}/1")
    page.fill("#p-keeper", people[4].address)
    page.wait_for_selector(".paybar .good")
    page.click("#review")
    owner.sign()
    made = instance_of(node, owner)

    owner.follow(f"/deal/{made}?view=owner")
    page.wait_for_selector("#upgrade >> text=Version 1: its code and its terms.")
    page.wait_for_selector("#upgrade >> text=/1.5 % → 4 %/")
    page.click("#do-upgrade:not([disabled])")
    page.wait_for_selector("dialog >> text=/^Allow 9 MZ/")
    owner.sign()
    page.wait_for_selector("dialog >> text=move this contract from version 1 to version 2")
    owner.sign()
    page.wait_for_selector("text=It has the newest version that can be used.")
    origin = registry.functions.origin(made).call()
    assert (origin[1], origin[2]) == (2, 400)

    page.click("#do-freeze")
    page.wait_for_selector("dialog")
    owner.sign()
    page.wait_for_selector("text=nobody can move it to another version")
    assert not registry.functions.isUpgradeable(made).call()

    page.fill("#heir", people[2].address)
    page.click("#do-offer")
    owner.sign()
    page.wait_for_selector("#do-withdraw")
    with watched(node, browser) as come:
        heir = come()
        heir.connect_injected(people[2])
        heir.follow(f"/deal/{made}?view=owner")
        heir.page.click("#do-accept")
        heir.sign()
        heir.page.wait_for_selector("#do-accept", state="detached")
        assert registry.functions.ownerOf(made).call() == people[2].address
        heir.page.click("#do-retire")
        heir.page.wait_for_selector("dialog >> text=End this contract for good")
        heir.sign()
        heir.page.wait_for_selector("text=There is nothing left to decide")
        heir.follow(f"/deal/{made}")
        heir.page.wait_for_selector("#ended >> text=does no new business")
    assert registry.functions.isRetired(made).call()
