"""Deals from click to state on chain, with time passing, blocks taken back and a node that goes away meanwhile."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount
from playwright.sync_api import Browser
from web3 import Web3

from chain import Client, Wallet, artifacts
from chain.cli.hosting import Host
from chain.launch import NodeOptions
from chain.registry import Library
from tests.page.conftest import Visitor, deployed, either, watched
from tests.page.movable import Movable, made_by_program
from tests.page.test_flows import MZ, contract, instance_of, published

ERC20: Any = artifacts.load("MZ").abi


def used(visitor: Visitor, movable: Movable, template: str, values: dict[str, str]) -> str:
    """An instance made on the page; the address where it is."""
    page = visitor.page
    visitor.follow(f"/use/{published(movable, template)}/1")  # type: ignore[arg-type]
    page.wait_for_selector("#review")
    for name, text in values.items():
        if not page.is_visible(f"#p-{name}"):
            page.click("section summary")
        page.fill(f"#p-{name}", text)
    page.wait_for_selector(".paybar .good")
    page.click("#review")
    visitor.sign()
    return instance_of(movable, visitor)  # type: ignore[arg-type]


def act(visitor: Visitor, name: str, **values: str) -> None:
    """An action of the deal that is open; its form is opened if it is not."""
    page = visitor.page
    button = page.wait_for_selector(f"#do-{name}", state="attached")
    assert button is not None
    if not button.is_visible():
        page.click(f"details:has(#do-{name}) > summary")
    for argument, text in values.items():
        page.fill(f"#a-{name}-{argument}", text)
    page.click(f"#do-{name}:not([disabled])")
    visitor.sign()


def standing(visitor: Visitor, state: str, sentence: str, **values: str) -> None:
    """Ask a state of the deal that is open about something else than its default, and read what it says."""
    page = visitor.page
    for argument, text in values.items():
        field = page.locator(f"#s-{state}-{argument}")
        field.wait_for(state="attached")
        if not field.is_visible():
            page.click(f"details:has(> div #s-{state}-{argument}) > summary")
        field.fill(text)
    page.wait_for_selector(f"text={sentence}")


def balances(movable: Movable, people: list[LocalAccount], *numbers: int) -> list[int]:
    """MZ of development accounts, in wei of MZ."""
    mz = contract(movable, "MZ")  # type: ignore[arg-type]
    return [mz.functions.balanceOf(people[number].address).call() for number in numbers]


@either("wallet", "builtin")
def test_a_campaign_that_misses_its_goal_gives_back_exactly_what_was_paid(
    visiting: Callable[..., Visitor], movable: Movable, people: list[LocalAccount], wallet: str
) -> None:
    backer = visiting(4, wallet)
    mz = contract(movable, "MZ")  # type: ignore[arg-type]
    made = used(backer, movable, "crowdfunding", {"creator": people[3].address, "goal": "100", "deadline": "+1 hour"})
    before = mz.functions.balanceOf(people[4].address).call()

    backer.follow(f"/deal/{made}")
    act(backer, "back", amount="40")
    backer.page.wait_for_selector("text=40 MZ of 100 MZ contributed")
    backer.page.wait_for_selector("text=can go back to its payers")
    assert mz.functions.balanceOf(people[4].address).call() == before - 40 * MZ
    movable.wait(3660)
    act(backer, "refund")

    assert mz.functions.balanceOf(people[4].address).call() == before
    backer.page.wait_for_selector("text=Nothing waits")


@either("wallet", "injected")
def test_a_campaign_that_succeeds_is_released_by_milestones_until_its_backers_veto(
    visiting: Callable[..., Visitor], movable: Movable, people: list[LocalAccount], wallet: str
) -> None:
    backer, creator = visiting(4, wallet), visiting(3)
    terms = {"creator": people[3].address, "goal": "100", "deadline": "+1 hour", "parts": "30 %, 70 %"}
    made = made_by_program(movable, "crowdfunding", terms)
    at = Web3.to_checksum_address(made.address)
    [paid, earned] = balances(movable, people, 4, 3)

    backer.follow(f"/deal/{at}")
    act(backer, "back", amount="100")
    movable.wait(3660)
    creator.follow(f"/deal/{at}")
    creator.page.wait_for_selector("text=“The campaign stops and what is left goes back to the backers.”")
    act(creator, "report", evidence="0x" + "11" * 32)
    creator.page.wait_for_selector("text=“Anyone may release its money to the creator.”")
    movable.wait(7 * 86_400 + 60)
    act(creator, "release")
    # Of the 30 MZ of the first milestone 1 % is burned and 1 % is the author's.
    assert balances(movable, people, 3) == [earned + 30 * MZ * 98 // 100]

    act(creator, "report", evidence="0x" + "22" * 32)
    act(backer, "veto")
    backer.page.wait_for_selector("text=The campaign is stopped: what is left goes back.")
    act(backer, "refund")

    assert balances(movable, people, 4, 3) == [paid - 30 * MZ, earned + 30 * MZ * 98 // 100]


@either("wallet", "builtin")
def test_points_are_earned_redeemed_and_come_back_when_no_reward_is_given(
    visiting: Callable[..., Visitor], movable: Movable, people: list[LocalAccount], wallet: str
) -> None:
    member, shop = visiting(4, wallet), visiting(3)
    made = made_by_program(movable, "loyalty-points", {"owner": people[3].address, "name": "Stamps"})
    made.do("offer", {"price": "15", "stock": "2"}, sender="dev3")

    member.follow(f"/deal/{Web3.to_checksum_address(made.address)}")
    act(member, "pay", amount="4")
    member.page.wait_for_selector("text=has 40 points")
    act(member, "claim", reward="1", edition="1")
    member.page.wait_for_selector("text=“Anyone can give the points back.”")
    shop.follow(f"/deal/{Web3.to_checksum_address(made.address)}")
    act(shop, "give", claim="1")
    member.page.wait_for_selector("text=reward 1 for 15 points, is given")
    act(member, "claim", reward="1", edition="1")
    member.page.wait_for_selector("text=has 10 points")
    movable.wait(14 * 86_400 + 60)
    act(member, "give-back", claim="2")

    member.page.wait_for_selector("text=has 25 points")
    standing(member, "claim", "is returned", claim="2")


@either("wallet", "injected")
def test_what_silence_means_for_a_booking_is_said_before_and_done_after(
    visiting: Callable[..., Visitor], movable: Movable, people: list[LocalAccount], wallet: str
) -> None:
    """Slot 1: the star is silent; 2: the holder is; 3: the arbiter is."""
    fan = visiting(4, wallet)
    terms = {"title": "Time of Ann", "star": people[3].address, "arbiter": people[2].address}
    made = made_by_program(movable, "star-time", terms)
    for slot in ("1", "2", "3"):
        made.do("offer", {"price": "20 MZ", "start": "+1 hour"}, sender="dev3")
        made.do("book", {"slot": slot}, sender="dev4")
    movable.wait(2 * 3600)
    for slot in ("2", "3"):
        made.do("deliver", {"slot": slot}, sender="dev3")
    made.do("object", {"slot": "3"}, sender="dev4")
    [paid, earned] = balances(movable, people, 4, 3)

    fan.follow(f"/deal/{Web3.to_checksum_address(made.address)}")
    fan.page.wait_for_selector("text=“Whoever paid gets all of it back.”")
    standing(fan, "given", "“The star is paid.”", slot="2")
    standing(fan, "disputed", "“Star and payer get half each.”", slot="3")
    movable.wait(15 * 86_400)
    for slot in ("1", "2", "3"):
        act(fan, "settle", slot=slot)

    # Of the 30 MZ that the star is due 1 % is burned and 1 % is the author's.
    assert balances(movable, people, 4, 3) == [paid + 30 * MZ, earned + 30 * MZ * 98 // 100]


@either("wallet", "builtin")
def test_a_stars_time_is_booked_given_and_paid(
    visiting: Callable[..., Visitor], movable: Movable, people: list[LocalAccount], wallet: str
) -> None:
    fan, star = visiting(4, wallet), visiting(3)
    mz = contract(movable, "MZ")  # type: ignore[arg-type]
    made = used(fan, movable, "star-time", {"title": "Time of Ann", "star": people[3].address})
    earned = mz.functions.balanceOf(people[3].address).call()

    star.follow(f"/deal/{made}")
    act(star, "offer", price="20", start="+1 hour")
    fan.follow(f"/deal/{made}")
    act(fan, "book", slot="1")
    assert mz.functions.balanceOf(people[3].address).call() == earned  # it waits in the Till
    fan.page.wait_for_selector("text=can go back to its payers")
    movable.wait(2 * 3600 + 60)
    act(star, "deliver", slot="1")
    act(fan, "confirm", slot="1")

    # Of 20 MZ 1 % is burned and 1 % is the author's.
    assert mz.functions.balanceOf(people[3].address).call() - earned == 20 * MZ * 98 // 100


def test_a_share_that_waits_in_the_till_is_claimed(
    visiting: Callable[..., Visitor], movable: Movable, people: list[LocalAccount]
) -> None:
    library = Library(Client(movable.url, Wallet.dev()))
    made = library.use("tip-jar", {"person": people[3].address}, sender="dev4")
    author = next(n for n, one in enumerate(people) if bytes.fromhex(one.address[2:]) == made.offer.payee)
    me, till = people[author].address, contract(movable, "Till")  # type: ignore[arg-type]
    token = movable.web3.eth.contract(address=deployed(movable.web3, people[4], "Coin"), abi=ERC20)
    # In MZ a share is sent at once; of a trade in another currency it waits to be collected.
    jar, payer = Web3.to_checksum_address(made.instance), people[4]
    for call in (token.functions.approve(till.address, 1000), till.functions.pay(token.address, 1000, jar, bytes(32))):
        nonce = movable.web3.eth.get_transaction_count(payer.address)
        calling: Any = call.build_transaction({"from": payer.address, "nonce": nonce})
        signed = payer.sign_transaction(calling)
        sent = movable.web3.eth.send_raw_transaction(signed.raw_transaction)
        assert movable.web3.eth.wait_for_transaction_receipt(sent)["status"] == 1
    waiting = till.functions.credit(token.address, me).call()
    assert waiting > 0

    visitor = visiting(author)
    visitor.follow("/me")
    visitor.page.click("text=/^Claim$/")
    visitor.sign()

    assert token.functions.balanceOf(me).call() == waiting
    visitor.page.wait_for_selector("text=Waiting for you in the Till", state="detached")


def test_what_authors_earned_is_asked_for_once_and_is_what_the_events_say(
    visiting: Callable[..., Visitor], movable: Movable, people: list[LocalAccount]
) -> None:
    jar = made_by_program(movable, "tip-jar", {"person": people[3].address})
    jar.do("tip", {"amount": "4 MZ"}, sender="dev4")
    library = Library(Client(movable.url, Wallet.dev()))
    author = next(n for n, one in enumerate(people) if bytes.fromhex(one.address[2:]) == library.show("tip-jar").payee)
    reader = visiting(author)
    reader.follow("/me")
    reader.settle()
    asked: list[str] = []
    reader.page.on("request", lambda request: asked.append(request.url))

    reader.follow("/me?view=earnings")
    reader.page.wait_for_selector("#earnings")
    reader.settle()

    paths = [url.removeprefix(f"{movable.url}/data/v1/") for url in asked if "/data/v1/" in url]
    assert paths == [f"earnings?author={people[author].address}"]
    said = json.loads(movable.get(f"/data/v1/{paths[0]}"))
    mz, sums = library.platform.mz, {"uses": 0, "trades": 0}
    for one in said["templates"]:
        earned = library.earnings(bytes.fromhex(one["id"][2:]))
        assert (one["uses"], one["trades"], int(one["paid"])) == (earned.uses, earned.trades, earned.from_uses)
        shares = {bytes.fromhex(token[2:]): int(share) for token, share in one["shares"].items()}
        assert shares == {token: share for token, share in earned.from_trades.items() if share}
        sums["uses"] += earned.from_uses
        sums["trades"] += shares.get(mz, 0)
    for name, whole in sums.items():
        assert sum(int(bucket[name]["total"]) for bucket in said["buckets"] if name in bucket) == whole
    assert said["complete"] and sums["trades"] > 0
    figure = reader.page.inner_text(".figure").replace(",", "").replace("\xa0", " ")
    assert figure.startswith(f"{sum(sums.values()) // MZ}.")


def test_blocks_that_are_taken_back_leave_the_list_and_the_open_page(
    visiting: Callable[..., Visitor], movable: Movable, people: list[LocalAccount]
) -> None:
    reader, other = visiting(4), visiting(3)
    snapshot = movable.do("evm_snapshot")
    sending: Any = {"to": people[2].address, "value": 1, "gas": 21_000, "chainId": 20261, "type": 2}
    sending |= {"maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**9}
    sending["nonce"] = movable.web3.eth.get_transaction_count(people[5].address)
    signed = people[5].sign_transaction(sending)
    hash_ = movable.web3.eth.send_raw_transaction(signed.raw_transaction).to_0x_hex()
    movable.web3.eth.wait_for_transaction_receipt(hash_)  # type: ignore[arg-type]
    reader.follow(f"/tx/{hash_}")
    reader.page.wait_for_selector("text=Succeeded")
    other.follow("/txs")
    other.page.wait_for_selector(f"a[href='/tx/{hash_}']")

    movable.do("evm_revert", snapshot)
    movable.do("evm_mine")

    reader.page.wait_for_selector("text=/Not on this chain|Waiting/")
    other.page.wait_for_selector(f"a[href='/tx/{hash_}']", state="detached")


def test_when_the_node_goes_away_the_page_stays_and_finds_it_again(
    platform_folder: Path, tmp_path: Path, browser: Browser
) -> None:
    folder = tmp_path / "mz"
    shutil.copytree(platform_folder, folder)
    host = Host(NodeOptions(data_dir=folder, dev=True), 0)
    try:
        with watched(Movable(host), browser) as come:  # type: ignore[arg-type]
            visitor = come()
            page = visitor.go("/txs")
            visitor.settle()
            rows = page.locator("tbody tr").count()
            host.stop()
            page.wait_for_selector("text=/Lost the node/")
            assert page.locator("tbody tr").count() == rows

            host = Host(NodeOptions(data_dir=folder, dev=True), int(visitor.node.url.rpartition(":")[2]))
            page.wait_for_selector("text=/Lost the node/", state="detached")
            page.wait_for_selector(".live.live")
            # A browser says of every attempt in between that nobody answered.
            assert [one for one in visitor.complaints if "ERR_CONNECTION" not in one] == []
            visitor.complaints.clear()
            visitor.context.close()
    finally:
        host.stop()
