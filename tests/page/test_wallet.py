"""The built-in wallet with a key of another program, on a chain that makes its next block only when it is told to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from playwright.sync_api import Browser

from tests.page.conftest import PASSWORD, Visitor, watched
from tests.page.movable import Movable

OTHER_PASSWORD = "as the other program had it"
LIGHT = 2**12  # scrypt's n: the file is read three times here


@pytest.fixture(scope="module")
def key_file(people: list[LocalAccount], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As eth-account writes it."""
    store = Account.encrypt(people[5].key, OTHER_PASSWORD, kdf="scrypt", iterations=LIGHT)
    file = tmp_path_factory.mktemp("keys") / "UTC--key.json"
    file.write_text(json.dumps(store))
    return file


@pytest.fixture(scope="module")
def holder(movable: Movable, browser: Browser, key_file: Path) -> Iterator[Visitor]:
    """Somebody who has brought the key of account 5 along."""
    with watched(movable, browser) as come:  # type: ignore[arg-type]
        visitor = come()
        visitor.go("/wallet/import")
        bring(visitor, key_file, OTHER_PASSWORD)
        visitor.page.wait_for_selector("#lock")
        yield visitor


@pytest.fixture
def still(movable: Movable) -> Iterator[Movable]:
    """The chain makes no block by itself."""
    movable.do("evm_setAutomine", False)
    try:
        yield movable
    finally:
        movable.do("evm_setAutomine", True)
        movable.do("evm_mine")


def bring(visitor: Visitor, file: Path, password: str) -> None:
    page = visitor.page
    page.set_input_files("#file", file)
    page.fill("#old", password)
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("form button[type=submit]")


def waiting(movable: Movable, who: LocalAccount) -> list[dict[str, Any]]:
    """What the pool holds of an account."""
    content = movable.do("txpool_contentFrom", who.address)
    return [*content["pending"].values(), *content["queued"].values()]


def send(visitor: Visitor, to: str, amount: str) -> None:
    """Send ether and do not wait for the block that does not come."""
    page = visitor.page
    visitor.follow("/wallet/send")
    page.fill("#to", to)
    page.fill("#amount", amount)
    page.select_option("#coin", "ETH")
    page.click("form button[type=submit]")
    page.click("#sign:not([disabled])")
    page.click("#leave")
    page.wait_for_selector("[role=alert] >> text=It is sent and still waits for its block")


def replace(visitor: Visitor, nonce: str, act: str, sentence: str) -> None:
    """Press a waiting transaction's button and agree; the new one waits, too."""
    page = visitor.page
    visitor.follow("/wallet/activity")
    page.click(f"li[data-nonce='{nonce}'] button:text-is('{act}')")
    page.wait_for_selector(f"dialog >> text={sentence}")
    page.click("#sign:not([disabled])")
    page.wait_for_selector("#leave")


def test_a_key_file_of_eth_account_is_imported_and_its_wrong_password_refused_in_words(
    holder: Visitor, people: list[LocalAccount], key_file: Path, tmp_path: Path
) -> None:
    page = holder.page
    holder.follow("/wallet")
    page.wait_for_selector("#lock")
    assert page.get_attribute(".lead .mono", "title") == people[5].address

    holder.follow("/wallet/import")
    bring(holder, key_file, "not its password")
    page.wait_for_selector("[role=alert] >> text=This is not the password of the file.")
    (tmp_path / "other.json").write_text('{"version": 1}')
    page.set_input_files("#file", tmp_path / "other.json")
    page.wait_for_selector("[role=alert] >> text=This is no keystore file")

    holder.follow("/wallet")
    page.wait_for_selector("#lock")


def test_what_another_transaction_has_replaced_is_said_to_have_had_no_effect(
    holder: Visitor, still: Movable, people: list[LocalAccount]
) -> None:
    page, me, to = holder.page, people[5], people[2].address
    had = still.web3.eth.get_balance(to)
    holder.follow("/wallet/send")
    page.fill("#to", to)
    page.fill("#amount", "0.03")
    page.select_option("#coin", "ETH")
    page.click("form button[type=submit]")
    page.click("#sign:not([disabled])")
    page.wait_for_selector("#leave")
    [sent] = waiting(still, me)

    # Another program with the same key is quicker.
    wish: Any = {"to": me.address, "value": 0, "gas": 21_000, "nonce": int(sent["nonce"], 16), "chainId": 20261}
    wish |= {"maxFeePerGas": 2 * int(sent["maxFeePerGas"], 16), "type": 2}
    wish["maxPriorityFeePerGas"] = 2 * int(sent["maxPriorityFeePerGas"], 16)
    still.web3.eth.send_raw_transaction(me.sign_transaction(wish).raw_transaction)
    page.wait_for_selector("dialog [role=alert] >> text=another transaction with the same number took its place")
    page.click("#leave")
    page.wait_for_selector("form [role=alert] >> text=Nothing of it has happened")
    still.do("evm_mine")
    holder.follow("/wallet/activity")
    page.click(f"a[href='/tx/{sent['hash']}']")

    page.wait_for_selector("text=It left from this browser, but it stands in no block and waits no more")
    assert still.web3.eth.get_balance(to) == had


def test_what_waits_is_sped_up_or_cancelled_and_never_sent_twice(
    holder: Visitor, still: Movable, people: list[LocalAccount]
) -> None:
    page, me, to = holder.page, people[5], people[2].address
    nonce = still.web3.eth.get_transaction_count(me.address)
    had = still.web3.eth.get_balance(to)

    send(holder, to, "0.25")
    [slow] = waiting(still, me)
    replace(holder, str(nonce), "Speed up", f"Send transaction number {nonce} again with a higher fee")
    [fast] = waiting(still, me)

    assert (fast["nonce"], fast["to"].lower(), fast["value"]) == (slow["nonce"], to.lower(), hex(10**18 // 4))
    for price in ("maxFeePerGas", "maxPriorityFeePerGas"):
        assert int(fast[price], 16) * 100 >= int(slow[price], 16) * 110
    still.do("evm_mine")
    page.wait_for_selector("dialog .verdict >> text=Succeeded")
    page.click("#done")
    assert still.web3.eth.get_balance(to) == had + 10**18 // 4
    assert still.do("eth_getTransactionByHash", slow["hash"]) is None
    page.wait_for_selector("text=Nothing waits.")

    send(holder, to, "0.5")
    replace(holder, str(nonce + 1), "Cancel", f"Replace your waiting transaction number {nonce + 1} by one that does")
    page.click("#leave")
    [nothing] = waiting(still, me)
    assert (nothing["to"].lower(), nothing["value"], nothing["input"]) == (me.address.lower(), "0x0", "0x")
    still.do("evm_mine")
    page.wait_for_selector("text=Nothing waits.")

    assert still.web3.eth.get_balance(to) == had + 10**18 // 4
    assert still.web3.eth.get_transaction_count(me.address) == nonce + 2
