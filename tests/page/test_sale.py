"""The public sale as somebody sees it who buys, waits, and fetches everything back because it has failed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from chain import Client, Wallet
from chain.economy import sale
from tests.page.conftest import Visitor
from tests.page.movable import Movable, moved
from tests.page.rounds import report_price

ETHER = 10**18


@pytest.fixture(scope="module")
def movable(platform_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Movable]:
    """A chain of its own: the sale ends only once."""
    folder = tmp_path_factory.mktemp("sale") / "mz"
    shutil.copytree(platform_folder, folder)
    with moved(folder) as running:
        yield running


def test_what_was_paid_comes_back_exactly_when_too_little_was_sold(
    visiting: Callable[..., Visitor], movable: Movable, people: list[LocalAccount]
) -> None:
    client = Client(movable.url, Wallet.dev())
    me = people[4].address
    buyer = visiting(4)
    page = buyer.page
    buyer.follow("/sale")
    page.wait_for_selector("text=It is open until")
    page.wait_for_selector("text=nothing can be bought until reporters have spoken again")
    report_price(client)

    # 20,000 yuan for one ether, 0.16 MZ for one yuan.
    page.fill("#ether", "2")
    page.wait_for_selector("#ether-help >> text=6,400")
    page.click("#buy button[type=submit]")
    page.wait_for_selector("dialog >> text=Pay 2 ETH into the public sale for at least 6,272 MZ")
    page.wait_for_selector("dialog >> text=each can fetch back exactly the ether they paid")
    buyer.sign()
    page.wait_for_selector("#mine >> text=You paid 2 ETH for 6,400 MZ.")
    assert sale.purchase(client, client.platform, bytes.fromhex(me[2:])).paid == 2 * ETHER

    movable.wait_until(sale.status(client, client.platform).closes)
    page.wait_for_selector("text=It has failed")
    had = movable.web3.eth.get_balance(people[4].address)
    page.click("#refund")
    hash_ = buyer.sign()
    receipt = movable.web3.eth.get_transaction_receipt(hash_)  # type: ignore[arg-type]

    spent = receipt["gasUsed"] * receipt["effectiveGasPrice"]
    assert movable.web3.eth.get_balance(people[4].address) == had + 2 * ETHER - spent
    page.wait_for_selector("#mine", state="detached")
    buyer.follow(f"/tx/{hash_}")
    page.wait_for_selector("strong >> text=refund")
