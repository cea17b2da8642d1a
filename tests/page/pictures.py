"""Pictures of every page in both themes and two sizes, from a chain on which things happened: `make pictures`.

They are kept small in docs/screenshots and looked at by a person whenever the page changes.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec.structs import asdict
from playwright.sync_api import Browser, sync_playwright
from web3 import Web3

from chain.cli import rollout
from chain.cli.hosting import Host
from chain.client import Client
from chain.economy import buyback
from chain.launch import NodeOptions
from chain.primitives import keccak
from tests.optional import ROOT, require
from tests.page.busy import Crowd
from tests.page.conftest import Visitor, deployed, development_accounts
from tests.page.movable import Movable, made_by_program
from tests.page.rounds import DAY, declare, report_price, sell
from tests.page.test_flows import MZ, published

TRANSACTIONS = 600
PER_BLOCK = 10
INTERVAL = DAY * 3 // 2  # seconds between two blocks: 90 days in all, as from one round of the buyback to the next
PAYER, PUBLISHER = 4, 0  # development accounts: who holds MZ, who published our templates
ETHER = 10**18
SIZES = {1280: (900, 0.5), 390: (844, 0.75)}  # width: height, scale
QUALITY = 20
# Name of the picture, and where it is of.
PAGES = {
    "home": "/",
    "blocks": "/blocks",
    "transactions": "/txs",
    "pending": "/pending",
    "block": "/block/{block}",
    "transaction": "/tx/{tip}",
    "transaction-calls": "/tx/{tip}?view=calls",
    "transaction-failed": "/tx/{failed}",
    "address": "/address/{payer}",
    "contract-write": "/address/{mz}?view=write",
    "tokens": "/tokens",
    "token": "/token/{mz}?view=holders",
    "token-hostile": "/token/{hostile}",
    "burns": "/burns",
    "buybacks": "/buybacks",
    "buyback": "/buyback/2",
    "economy": "/economy",
    "templates": "/templates",
    "template": "/template/{template}",
    "use": "/use/{campaigns}/1",
    "compose": "/compose",
    "publish": "/publish",
    "deal-campaign": "/deal/{campaign}",
    "deal-booking": "/deal/{booking}",
    "deal-owner": "/deal/{jar}?view=owner",
    "works": "/works/{work}",
    "mine": "/me",
    "earnings": "/me?view=earnings",
    "allowances": "/me?view=allowances",
    "wallet": "/wallet",
    "wallet-new": "/wallet/new",
    "send": "/wallet/send",
    "search": "/search?q=tip",
    "settings": "/settings",
    "help": "/help",
}
AUTHORS = ("earnings",)  # as the publisher sees them
CHINESE = ("home", "template", "use", "deal-campaign", "wallet")


@contextmanager
def shown(folder: Path) -> Iterator[tuple[Movable, dict[str, str]]]:
    """A served chain of half a year, and what is where on it."""
    host = Host(NodeOptions(data_dir=folder, dev=True), 0)
    try:
        client = rollout.deploy(host, lambda _: None)
        rollout.publish(host, client, rollout.shipped_bundles(), lambda _: None)
        node = Movable(host)
        buy_back(node, client, (1_200, 3_000, 2_500))
        buyback.attest(client, client.platform, keccak(b"record"), "dev9")
        crowd = Crowd(host, client)
        places = {
            name: str(value)
            for name, value in asdict(crowd.act(TRANSACTIONS, per_block=PER_BLOCK, interval=INTERVAL)).items()
        }
        crowd.automine(True)
        buy_back(node, client, (2_000, 1_500))
        people = development_accounts()
        creator, star = people[3].address, people[3].address
        campaign = made_by_program(node, "crowdfunding", {"creator": creator, "goal": "100", "deadline": "+30 days"})
        campaign.do("back", {"amount": "40 MZ"}, sender="dev4")
        booking = made_by_program(node, "star-time", {"title": "Time of Ann", "star": star})
        booking.do("offer", {"price": "20 MZ", "start": "+30 days"}, sender="dev3")
        booking.do("book", {"slot": "1"}, sender="dev4")
        places |= {
            "campaign": Web3.to_checksum_address(campaign.address),
            "booking": Web3.to_checksum_address(booking.address),
            "campaigns": published(node, "crowdfunding"),  # type: ignore[arg-type]
            "hostile": deployed(node.web3, people[4], "Hostile"),
            "tip": json.loads(node.get("/data/v1/settlements?limit=1"))["items"][0]["tx"],
            "failed": json.loads(node.get("/data/v1/txs?failed=1&limit=1"))["items"][0]["hash"],
        }
        yield node, places
    finally:
        host.stop()


def buy_back(node: Movable, client: Client, parts: tuple[int, ...]) -> None:
    """The next round: the vault's report, its opening a day after it is due, and so many MZ sold, 16 hours apart."""
    report = keccak(f"report of block {node.web3.eth.block_number}".encode())
    declare(client, development_accounts(), ETHER // 2, ETHER // 5, ETHER * 3 // 20, report)
    node.wait_until(buyback.status(client, client.platform).next_opening + DAY)
    report_price(client)
    buyback.start(client, client.platform, "dev8")
    for seller, part in enumerate(parts, start=5):
        node.wait(DAY * 2 // 3)
        sell(client, part * MZ, f"dev{seller}")


def take(node: Movable, browser: Browser, places: dict[str, str], out: Path, wanted: list[str]) -> None:
    """Every page (or those that are wanted), as somebody with an account sees it."""
    for theme in ("light", "dark"):
        for width, (height, scale) in SIZES.items():
            for language, who in (("en-US", PAYER), ("en-US", PUBLISHER), ("zh-CN", PAYER)):
                if language == "zh-CN" and (theme, width) != ("light", 390):
                    continue
                shown_here = CHINESE if language == "zh-CN" else tuple(PAGES)
                names = [name for name in shown_here if (who == PUBLISHER) == (name in AUTHORS)]
                names = [name for name in names if not wanted or name in wanted]
                if not names:
                    continue
                context = browser.new_context(
                    locale=language,
                    color_scheme=theme,
                    viewport={"width": width, "height": height},  # type: ignore[arg-type]
                )
                visitor = Visitor(node, context)  # type: ignore[arg-type]
                # The chain's clock was moved on, so the reader's is too.
                visitor.page.clock.set_fixed_time(node.web3.eth.get_block("latest")["timestamp"])
                visitor.connect_injected(development_accounts()[who])
                tools = context.new_cdp_session(visitor.page)
                for name in names:
                    visitor.follow(PAGES[name].format(**places))
                    visitor.settle()
                    visitor.page.evaluate("document.activeElement?.blur()")
                    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": scale}
                    asked: Any = {"format": "webp", "quality": QUALITY, "clip": clip}
                    taken = tools.send("Page.captureScreenshot", asked)
                    zh = "-zh" if language == "zh-CN" else ""
                    (out / f"{name}-{theme}-{width}{zh}.webp").write_bytes(base64.b64decode(taken["data"]))
                context.close()


def main() -> None:
    out = ROOT / "docs/screenshots"
    out.mkdir(exist_ok=True)
    chromium = require("chromium")
    with (
        TemporaryDirectory(prefix="mz-pictures-") as parent,
        shown(Path(parent) / "mz") as (node, places),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        take(node, browser, places, out, sys.argv[1:])
        browser.close()


if __name__ == "__main__":
    main()
