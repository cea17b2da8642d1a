"""The buyback as anyone sees it: what is late, a round from its opening to its end, and what vault and auditor said."""

from __future__ import annotations

from collections.abc import Callable

from eth_account.signers.local import LocalAccount

from chain import Client, Wallet
from chain.economy import buyback
from chain.primitives import to_hex
from tests.page.conftest import Visitor
from tests.page.movable import Movable, made_by_program
from tests.page.rounds import DAY, declare, report_price, sell
from tests.page.test_flows import MZ, contract
from tests.page.test_screens import barriers

ETHER = 10**18
REPORT, RECORD = bytes.fromhex("a1" * 32), bytes.fromhex("b2" * 32)


def row(visitor: Visitor, table: str, start: str) -> list[str]:
    """The cells of the row that begins with a text, once it is there."""
    found = visitor.page.locator(f"{table} tbody tr:has(td:first-child:has-text('{start}'))").first
    found.wait_for()
    visitor.settle()
    return [cell.replace("\xa0", " ").strip() for cell in found.locator("td").all_inner_texts()]


def fact(visitor: Visitor, name: str) -> str:
    """What stands beside a name."""
    found: str = visitor.page.inner_text(f"dl.facts div:has(dt:text-is('{name}')) dd").replace("\xa0", " ")
    return found


def walked(visitor: Visitor) -> int:
    """Walk a chart's spans with the keyboard: each is said as the table has it. How many there are."""
    chart = visitor.page.locator("mz-chart").first
    slider = chart.locator("[role=slider]")
    chart.locator("summary").click()
    rows = chart.locator("details tbody tr")
    slider.focus()
    slider.press("Home")
    for number in range(3):
        time, *amounts = rows.nth(number).locator("td").all_inner_texts()
        said = slider.get_attribute("aria-valuetext") or ""
        assert said.startswith(f"{time} UTC · ")
        assert all(f" {amount} MZ" in said for amount in amounts if amount != "0")
        assert chart.locator(".reading").inner_text() == said
        slider.press("ArrowRight")
    return rows.count()


def test_a_round_is_opened_and_sold_to_on_the_page_and_every_mz_of_it_is_accounted_for(
    visiting: Callable[..., Visitor], movable: Movable, people: list[LocalAccount]
) -> None:
    client = Client(movable.url, Wallet.dev())
    platform = client.platform
    seller, mz = visiting(4, "builtin"), contract(movable, "MZ")  # type: ignore[arg-type]
    page = seller.page

    seller.follow("/buybacks")
    page.wait_for_selector("text=No round has been opened yet.")
    assert fact(seller, "Overdue") == "No"
    assert page.query_selector("#open-round") is None
    due = buyback.status(client, platform).next_opening
    movable.wait_until(due + 32 * DAY)
    page.wait_for_selector("text=a round that anyone may open · the vault's report")

    client.send({"to": platform.buyback, "data": b""}, "dev6", value=2 * ETHER)
    declare(client, people, revenue=3 * ETHER, cost=ETHER, added=ETHER, report=REPORT)
    buyback.attest(client, platform, RECORD, "dev9")
    report_price(client)
    page.wait_for_selector(f"tr:has-text('{to_hex(REPORT)}') >> text=3 ETH")
    page.wait_for_selector(f"tr:has-text('{to_hex(RECORD)}')")
    page.wait_for_selector("dl.facts >> text=/^a round that anyone may open$/")

    page.click("#open-round")
    page.wait_for_selector("dialog >> text=Open the next round of the buyback")
    seller.sign()
    page.wait_for_selector("text=its auction runs until")
    assert fact(seller, "Overdue") == "No"
    page.click("#rounds a:text-is('1')")
    page.wait_for_selector("text=Its auction runs: whoever sells MZ to it is paid at once")
    price = buyback.status(client, platform).offers[0].price
    assert row(seller, "#lots", "ETH")[1:4] == ["3 ETH", "0 ETH", "0 MZ"]
    page.fill("#sell", "100")
    page.click("form:has(#sell) button[type=submit]")
    page.wait_for_selector("text=less than the smallest sale")
    assert barriers(seller) == []

    supply, had = mz.functions.totalSupply().call(), mz.functions.balanceOf(people[4].address).call()
    page.fill("#sell", "10000")
    page.click("form:has(#sell) button[type=submit]")
    page.wait_for_selector("dialog >> text=Allow the buyback to take exactly 10,000 MZ")
    assert page.query_selector("dialog .bad") is None
    seller.sign()
    page.wait_for_selector("dialog >> text=Sell 10,000 MZ to the buyback, which destroys them")
    hash_ = seller.sign()

    # Ten thousand at about half of 0.35 yuan each, at 20,000 yuan for one ether.
    [lot] = buyback.status(client, platform).offers
    assert lot.bought == 10_000 * MZ == supply - mz.functions.totalSupply().call()
    assert mz.functions.balanceOf(people[4].address).call() == had - 10_000 * MZ
    assert price * 10_000 // 10**9 <= lot.spent < 0.09 * ETHER
    seller.follow(f"/tx/{hash_}?view=logs")
    page.wait_for_selector("li >> text=Filled")

    movable.wait(2 * DAY)
    sold = sell(client, 20_000 * MZ, "dev5")
    seller.follow("/buyback/1")
    page.wait_for_selector("#lots >> text=30,000 MZ")
    assert fact(seller, "Destroyed") == "30,000 MZ"
    assert page.locator("mz-list tbody tr").count() == 2
    movable.wait(2 * DAY)
    page.wait_for_selector("text=Its auction is over. What was not spent goes into the next round.")
    assert page.query_selector("#sell") is None
    # Two days after its beginning the price stands at half the reference times three to two thirds.
    assert 1.0 < sold.price / lot.anchor < 1.08

    seller.follow("/buybacks")
    page.wait_for_selector("text=its auction ended")
    seller.settle()
    assert barriers(seller) == []
    assert row(seller, "#rounds", "1")[4] == "30,000 MZ"
    assert fact(seller, "Destroyed by all rounds") == "30,000 MZ"
    made_by_program(movable, "tip-jar", {"person": people[3].address})
    seller.follow("/burns")
    count, part, burned = row(seller, "table.breakdown", "Buybacks")[1:]
    assert (count, burned) == ("2", "30,000 MZ") and float(part.removesuffix(" %")) > 99
    # Beside it fees would be a flat line: each cause is drawn for itself.
    page.wait_for_selector(".panel:has-text('Buybacks') >> text=30,000 MZ in all")
    fees = page.locator(".panel:has-text('Fees of template uses')")
    assert "in all" in fees.inner_text()
    box = fees.locator("canvas").bounding_box()
    assert box is not None and box["height"] > 80
    assert walked(seller) > 2
    page.click("a:text-is('Buyback, round 1') >> nth=0")
    page.wait_for_selector("h1:has-text('Buyback, round 1')")
    seller.follow("/buyback/2")
    page.wait_for_selector("text=This round has not been opened.")
