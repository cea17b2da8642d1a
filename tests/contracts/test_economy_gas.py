"""What the economy's transactions cost: gas-economy.json is in git, and the rules of test_gas.py hold."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.auction import ONE, build_market
from tests.contracts.stage import ETHER, Chain

SNAPSHOT = Path(__file__).with_name("gas-economy.json")
WRITE = "MZ_GAS_WRITE"
GROWTH = 1.01
BARS = {"buyback: open": 116_000, "buyback: fill": 95_000}


@pytest.fixture(scope="module")
def snapshot() -> Iterator[dict[str, int]]:
    found = json.loads(SNAPSHOT.read_text("utf-8")) if SNAPSHOT.exists() else {}
    yield found
    if os.environ.get(WRITE):
        SNAPSHOT.write_text(json.dumps(dict(sorted(found.items())), indent=2) + "\n", "utf-8")


def test_buyback(snapshot: dict[str, int], chain: Chain) -> None:
    """The second round with one currency; a seller who has held it before."""
    market = build_market(chain, "Coin", 18)
    market.earn(10**20)
    measured = {"buyback: open, first round": market.open().gas}
    measured["buyback: fill, first of a lot"] = market.fill(259_200, 100 * ONE).gas
    market.earn(10**20)
    measured["buyback: open"] = market.open().gas
    market.fill(100_000, 100 * ONE)
    measured["buyback: fill"] = market.fill(259_200, 100 * ONE).gas

    check(snapshot, measured)


def test_sale_and_shares(snapshot: dict[str, int], chain: Chain) -> None:
    issuer, coin, buyer = chain.deploy("SharesIssuer"), chain.deploy("Coin", 18), chain.accounts[1]
    issue = issuer.issue("Film 12", "F12", coin, [buyer, chain.accounts[2]], [50, 50]).send()
    shares = chain.at("Shares", issue.only("SharesIssued")["shares"])
    coin.mint(shares, 1000).send()
    coin.mint(buyer, 1).send()
    mz, feed, funds = chain.deploy("MZ"), chain.deploy("Feed"), chain.deploy("FundUse", [buyer] * 4)
    feed.set(ETHER, 20_000 * ONE).send()
    terms = (chain.now(), chain.now() + 1000, ONE, 1, (10**6 * ONE, 0), funds, ETHER)
    sale = chain.deploy("PublicSale", mz, feed, terms)
    mz.transfer(sale, 10**6 * ONE).send()

    measured = {
        "shares: issue to 2": issue.gas,
        "shares: transfer with income": shares.transfer(chain.accounts[2], 1).send(buyer).gas,
        "shares: transfer": shares.transfer(chain.accounts[2], 1).send(buyer).gas,
        "shares: claim": shares.claimFor(buyer).send().gas,
        "sale: first purchase": sale.buy(0, 0).send(buyer, 10**9).gas,
        "sale: purchase": sale.buy(0, 0).send(buyer, 10**9).gas,
    }
    check(snapshot, measured)


def check(snapshot: dict[str, int], measured: dict[str, int]) -> None:
    if os.environ.get(WRITE):
        snapshot.update(measured)
    grown = {name: (snapshot.get(name), gas) for name, gas in measured.items() if gas > snapshot.get(name, 0) * GROWTH}
    assert not grown, f"more than in gas-economy.json (there, now): {grown}"
    above = {name: (BARS[name], gas) for name, gas in measured.items() if gas > BARS.get(name, gas)}
    assert not above, f"above the bar (bar, now): {above}"
