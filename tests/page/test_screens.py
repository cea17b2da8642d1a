"""Every address of the page: accessible in both themes and languages, no sideways scroll, quick, and calm about
hostile text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount
from msgspec.structs import asdict
from playwright.sync_api import Browser

from tests.e2e.serving import Served, served
from tests.optional import ROOT, require
from tests.page.busy import RICH, Places, enliven
from tests.page.conftest import Visitor, crowding, deployed, watched

TRANSACTIONS = 5_000
PER_BLOCK = 250
SECOND = 1_000  # milliseconds
AGAIN = 2
ROWS = 6  # of a list that axe looks at in `make test`, where most of its time went into fifty that are alike

PATHS = [
    "/",
    "/blocks",
    "/txs",
    "/pending",
    "/block/{block}",
    "/tx/{tx}",
    "/address/{mz}",
    "/address/{mz}?view=write",
    "/tokens",
    "/token/{mz}",
    "/burns",
    "/buybacks",
    "/economy",
    "/sale",
    "/templates",
    "/template/{template}",
    "/use/{template}/1",
    "/compose",
    "/publish",
    "/deal/{jar}",
    "/works",
    "/works/{work}",
    "/me",
    "/wallet",
    "/wallet/new",
    "/wallet/import",
    "/search?q=tip",
    "/settings",
    "/help",
]
# Other views of screens that are above.
VIEWS = [
    "/tx/{tx}?view=logs",
    "/tx/{tx}?view=calls",
    "/tx/{tx}?view=state",
    "/tx/{tx}?view=raw",
    "/txs?before={block}",
    "/txs?cursor=last",
    "/address/{mz}?view=events",
    "/address/{mz}?view=read",
    "/address/{payer}",
    "/address/{payer}?view=transfers",
    "/address/{payer}?view=tokens",
    "/address/{payer}?view=allowances",
    "/templates?view=table",
    "/help/gas",
    "/address/{payer}?cursor=last",
    "/address/{jar}?view=code",
    "/token/{mz}?view=holders",
    "/template/{template}?view=source",
    "/template/{template}?view=tests",
    "/template/{template}?view=versions",
    "/template/{template}?view=instances",
    "/txs?view=failed",
    "/buyback/1",
]
# What somebody with an account sees.
OWN = [
    "/me",
    "/me?view=deals",
    "/me?view=earnings",
    "/me?view=allowances",
    "/wallet",
    "/wallet/send",
    "/wallet/receive",
    "/wallet/allow",
    "/wallet/sign",
    "/wallet/activity",
    "/use/{template}/1",
    "/deal/{jar}",
    "/deal/{jar}?view=owner",
]


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Places]:
    """A folder with 5,000 transactions, in few blocks: each costs as much as several of them."""
    folder = tmp_path_factory.mktemp("busy") / "mz"
    return folder, enliven(folder, TRANSACTIONS, per_block=PER_BLOCK)


@pytest.fixture(scope="module")
def node(busy: tuple[Path, Places]) -> Iterator[Served]:
    with served(busy[0]) as running:
        running.wait_for_table()
        yield running


@pytest.fixture(scope="module")
def places(busy: tuple[Path, Places]) -> dict[str, str]:
    """What stands in the paths."""
    return {name: str(value) for name, value in asdict(busy[1]).items()}


@pytest.fixture(
    scope="module",
    params=[
        ("dark", 390, "en-US"),
        pytest.param(("light", 1280, "en-US"), marks=pytest.mark.deep),
        pytest.param(("light", 390, "zh-CN"), marks=pytest.mark.deep),
        pytest.param(("dark", 1280, "zh-CN"), marks=pytest.mark.deep),
    ],
)
def reader(request: pytest.FixtureRequest, node: Served, browser: Browser) -> Iterator[Visitor]:
    """Somebody without an account, in one theme, size and language."""
    theme, width, language = request.param
    with watched(node, browser) as come:
        yield come(color_scheme=theme, locale=language, viewport={"width": width, "height": 844})


def require_axe() -> str:
    """axe-core's own source, to be run inside the page."""
    file = ROOT / "node_modules/axe-core/axe.min.js"
    if not file.exists():
        require("axe")
    return file.read_text()


def test_every_screen_is_there_within_a_second_accessible_and_fits(
    reader: Visitor, places: dict[str, str], request: pytest.FixtureRequest
) -> None:
    thorough = request.node.get_closest_marker("deep") is not None
    assert problems_of(reader, places, PATHS, rows=None if thorough else ROWS) == {}


@pytest.mark.deep
def test_what_somebody_with_an_account_sees_is_there_accessible_and_fits(
    node: Served, browser: Browser, people: list[LocalAccount], places: dict[str, str]
) -> None:
    with watched(node, browser) as come:
        visitor = come(color_scheme="light")
        visitor.connect_injected(people[RICH])
        assert problems_of(visitor, places, OWN, Visitor.turn) == {}


@pytest.mark.deep
def test_every_other_view_is_accessible_and_fits(reader: Visitor, places: dict[str, str]) -> None:
    assert problems_of(reader, places, VIEWS) == {}


def barriers(reader: Visitor, rows: int | None = ROWS) -> list[tuple[str, list[str]]]:
    """What axe calls serious on the page that is open, in so many rows of its lists."""
    reader.page.evaluate(require_axe())
    look = "left_out => axe.run({ exclude: left_out }, { resultTypes: ['violations'] })"
    left_out = [] if rows is None else [[f"tbody tr:nth-child(n + {rows + 1})"]]
    found = reader.page.evaluate(look, left_out)["violations"]
    return [
        (one["id"], [node["html"][:160] for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def problems_of(
    reader: Visitor,
    places: dict[str, str],
    paths: list[str],
    reach: Callable[[Visitor, str], float] = Visitor.load,
    *,
    rows: int | None = None,
) -> dict[str, Any]:
    """What axe calls serious, what does not fit, and what comes too late, by path."""
    problems: dict[str, Any] = {}
    page = reader.page

    for path in paths:
        took = reach(reader, path.format(**places))
        wrong: list[Any] = barriers(reader, rows)
        if not page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
            wrong.append("it scrolls sideways")
        if page.locator("h1").count() != 1:
            wrong.append("it has not one heading")
        if (alert := page.query_selector("[role=alert]")) is not None:
            wrong.append(alert.inner_text())
        for _ in range(AGAIN):
            if took > SECOND:
                took = min(took, reach(reader, path.format(**places)) / crowding())
        if took > SECOND:
            wrong.append(f"it took {took:.0f} ms")
        if wrong:
            problems[path] = wrong

    return problems


def test_a_list_goes_to_a_block_or_a_day(reader: Visitor, places: dict[str, str]) -> None:
    page, wanted = reader.go("/txs"), int(places["block"])
    box = page.locator("mz-list form input")

    box.fill(f"{wanted:,}")
    box.press("Enter")
    page.wait_for_url(f"**/txs?before={wanted}")
    page.wait_for_selector(f"tbody tr:first-child a[href='/block/{wanted}']")
    box.fill("yesterday")
    box.press("Enter")
    assert "2026-12-31" in box.evaluate("one => one.validationMessage")
    box.fill("2001-02-03")
    box.press("Enter")
    page.wait_for_url("**/txs?before=0")


def test_the_first_page_says_how_much_mz_exists_and_what_happened_last(reader: Visitor, places: dict[str, str]) -> None:
    page = reader.go("/")
    reader.settle()

    assert "100,000,000" in page.inner_text("main")
    assert page.locator("tbody a[href^='/tx/']").count() >= 10


def test_templates_are_compared_and_a_filter_that_leaves_nothing_is_dropped(
    reader: Visitor, places: dict[str, str]
) -> None:
    page = reader.go("/templates?view=table&sort=price")
    reader.settle()
    prices = page.locator("#compared td[data-label='Price'], #compared td[data-label='使用价']").all_inner_texts()
    asked = json.loads(reader.node.get("/data/v1/gallery?sort=price&limit=48"))["items"]
    assert [float(one["price"]) / 10**18 for one in asked] == [
        float(re.sub(r"[^0-9.]", "", price) or 0) for price in prices
    ]

    page.fill("#most", "0")
    page.press("#most", "Enter")
    page.wait_for_url("**most=0**")
    reader.settle()
    free = [one for one in asked if one["price"] == "0"]
    assert page.locator("#compared tbody tr").count() == len(free)
    page.fill("#find", "no template has these words")
    page.locator("a.badge >> text=no template has these words").click()
    page.wait_for_selector("#compared" if free else "a.badge")


def test_a_link_is_copied_with_the_chain_that_it_is_about(reader: Visitor) -> None:
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = reader.go("/txs?view=failed")
    page.click("#copy-link")
    page.wait_for_selector("#copy-link >> text=✓")

    copied = page.evaluate("navigator.clipboard.readText()")

    assert copied == f"{reader.node.url}/txs?view=failed&chain=20261"
    reader.go("/txs?chain=1")
    page.wait_for_selector(".strip >> text=/chain 20261|链 20261/")


def test_the_platforms_contracts_are_found_by_name(reader: Visitor, places: dict[str, str]) -> None:
    page = reader.go("/search?q=mz")

    page.click(f"main a[href='/token/{places['mz']}']")

    page.wait_for_url(f"**/token/{places['mz']}")


def test_a_path_that_is_not_there_is_a_real_404(node: Served) -> None:
    with pytest.raises(Exception, match="404"):
        node.get("/nonsense-that-is-not-there")


def test_the_page_is_walked_by_keyboard(reader: Visitor) -> None:
    page = reader.go("/")
    reader.settle()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("1")
    page.keyboard.press("Enter")

    page.wait_for_url("**/block/1")


@pytest.fixture(scope="module")
def hostile(node: Served, people: list[LocalAccount]) -> str:
    """A token whose name and symbol attack whoever shows them."""
    return deployed(node.web3, people[4], "Hostile")


def test_hostile_names_are_shown_as_text_and_marked(reader: Visitor, hostile: str) -> None:
    page: Any = reader.go(f"/token/{hostile}")
    reader.settle()

    text = page.inner_text("main")
    assert "<img src=x onerror=alert(1)>" in text
    assert "⟨U+202E⟩" in text
    assert page.locator("main img").count() == 0
    assert page.locator(".flag").count() >= 1
    assert "onerror" not in page.title()
    reader.go("/tokens")
    reader.settle()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
