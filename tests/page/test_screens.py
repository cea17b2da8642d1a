"""Every address of the page: accessible in both themes and languages, no sideways scroll, quick, and calm about
hostile text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount
from playwright.sync_api import Browser

from tests.e2e.serving import Served
from tests.optional import ROOT, require
from tests.page.conftest import Visitor, deployed, watched

PATHS = [
    "/",
    "/blocks",
    "/txs",
    "/pending",
    "/block/1",
    "/tx/{tx}",
    "/address/{mz}",
    "/address/{mz}?view=write",
    "/tokens",
    "/burns",
    "/buybacks",
    "/economy",
    "/templates",
    "/template/{template}",
    "/use/{template}/1",
    "/compose",
    "/publish",
    "/works",
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
    "/address/{mz}?view=events",
    "/token/{mz}?view=holders",
    "/template/{template}?view=source",
    "/template/{template}?view=tests",
]


@pytest.fixture(scope="module")
def places(node: Served) -> dict[str, str]:
    """What stands in the paths."""
    known = node.web3.provider.make_request("mz_platform", [])["result"]  # type: ignore[arg-type]
    template = json.loads(node.get("/data/v1/templates?limit=1"))["items"][0]
    return {"tx": template["tx"], "mz": known["mz"], "template": template["id"]}


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


def test_every_screen_is_accessible_and_fits(reader: Visitor, places: dict[str, str]) -> None:
    assert problems_of(reader, places, PATHS) == {}


@pytest.mark.deep
def test_every_other_view_is_accessible_and_fits(reader: Visitor, places: dict[str, str]) -> None:
    assert problems_of(reader, places, VIEWS) == {}


def problems_of(reader: Visitor, places: dict[str, str], paths: list[str]) -> dict[str, Any]:
    """What axe calls serious, and what does not fit, by path."""
    problems: dict[str, Any] = {}
    page = reader.go("/")
    page.evaluate(require_axe())

    for path in paths:
        reader.follow(path.format(**places))
        reader.settle()
        found = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
        wrong: list[Any] = [
            (one["id"], [node["html"][:160] for node in one["nodes"][:3]])
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        if not page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
            wrong.append("it scrolls sideways")
        if page.locator("h1").count() != 1:
            wrong.append("it has not one heading")
        if (alert := page.query_selector("[role=alert]")) is not None:
            wrong.append(alert.inner_text())
        if wrong:
            problems[path] = wrong

    return problems


def test_the_first_page_says_how_much_mz_exists_and_what_happened_last(reader: Visitor, places: dict[str, str]) -> None:
    page = reader.go("/")
    reader.settle()

    assert "100,000,000" in page.inner_text("main")
    assert page.locator(f"a[href='/tx/{places['tx']}']").count() == 1


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
