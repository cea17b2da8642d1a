"""A node of its own, a browser, and two wallets: one injected, whose signer is eth-account, and the page's own."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright
from web3 import Web3

from chain.solidity import ensure_solc
from chain.wallet import DEV_MNEMONIC
from tests.e2e.conftest import platform_folder
from tests.e2e.serving import Served, served
from tests.optional import ROOT, require
from tests.page.movable import Movable, moved

__all__ = ["platform_folder"]

PASSWORD = "a password for tests"

INJECTED = """
(() => {
  const listeners = {};
  const provider = {
    request: async ({ method, params }) => {
      const answer = JSON.parse(await window.mzWallet(method, JSON.stringify(params ?? [])));
      if (answer.error) throw Object.assign(new Error(answer.error.message), { code: answer.error.code });
      return answer.result;
    },
    on: (event, listener) => { (listeners[event] ??= []).push(listener); },
  };
  window.mzEmit = (event, value) => (listeners[event] ?? []).forEach((listener) => listener(value));
  const info = Object.freeze({
    uuid: "7a1c9d4e-0000-4000-8000-000000000001", name: "Test wallet", rdns: "test.wallet",
    icon: "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>",
  });
  const announce = () => window.dispatchEvent(
    new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) }));
  window.addEventListener("eip6963:requestProvider", announce);
  announce();
})();
"""

# What the page has asked for and not got yet; a script of the test's own, which the page never sees.
COUNTING = """
window.mzFlying = 0;
const asked = window.fetch;
window.fetch = (...given) => {
  window.mzFlying += 1;
  return asked(...given).finally(() => { window.mzFlying -= 1; });
};
"""
SAMPLE = 0.03  # seconds of processor time
CALM_FRAMES = 6  # drawn frames without anything asked for: what an answer leads to is asked in the next one or two


class Injected:
    """A wallet that a browser brings along; it agrees to everything it is asked."""

    def __init__(self, node: Served, signer: LocalAccount) -> None:
        self.node = node
        self.signer = signer
        self.chain_id = node.web3.eth.chain_id
        self.asked: list[tuple[str, Any]] = []

    def answer(self, method: str, params: str) -> str:
        given = json.loads(params)
        self.asked.append((method, given))
        try:
            return json.dumps({"result": self._do(method, given)})
        except Exception as problem:
            return json.dumps({"error": {"code": -32603, "message": str(problem)}})

    def _do(self, method: str, given: Any) -> Any:
        web3 = self.node.web3
        match method:
            case "eth_requestAccounts" | "eth_accounts":
                return [self.signer.address]
            case "eth_chainId":
                return hex(self.chain_id)
            case "wallet_addEthereumChain":
                self.chain_id = int(given[0]["chainId"], 16)
                return None
            case "wallet_switchEthereumChain" | "wallet_watchAsset":
                return True
            case "eth_signTypedData_v4":
                return self.signer.sign_typed_data(full_message=json.loads(given[1])).signature.to_0x_hex()
            case "eth_sendTransaction":
                wish = {key: value for key, value in given[0].items() if key != "from"}
                nonce = web3.eth.get_transaction_count(self.signer.address, "pending")
                numbers = ("value", "gas", "maxFeePerGas", "maxPriorityFeePerGas")
                wish |= {key: int(wish[key], 16) for key in numbers if key in wish}
                signed = self.signer.sign_transaction(wish | {"nonce": nonce, "chainId": web3.eth.chain_id, "type": 2})
                return web3.eth.send_raw_transaction(signed.raw_transaction).to_0x_hex()
        raise ValueError(f"unknown method {method}")


def crowding() -> float:
    """How many times slower than alone anything runs now, because others use this machine too; 1 where nobody does."""
    begun, used = time.perf_counter(), time.process_time()
    while time.process_time() - used < SAMPLE:
        pass
    return max(1.0, (time.perf_counter() - begun) / SAMPLE)


class Visitor:
    """A person with a browser; what the browser complains about is collected."""

    def __init__(self, node: Served, context: BrowserContext) -> None:
        self.node = node
        self.context = context
        self.complaints: list[str] = []
        self.strangers: list[str] = []  # requests to anywhere else
        context.on("request", self._requested)
        context.add_init_script(COUNTING)
        self.page: Page = context.new_page()
        self.page.set_default_timeout(30_000)
        self.page.on("pageerror", lambda problem: self.complaints.append(str(problem)))
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.injected: Injected | None = None
        self._tools: CDPSession | None = None

    def _requested(self, request: Any) -> None:
        url = request.url
        if not url.startswith((self.node.url, self.node.url.replace("http", "ws"), "data:", "blob:")):
            self.strangers.append(url)

    def go(self, path: str) -> Page:
        """A whole new load: what is kept in memory is gone."""
        self.page.goto(self.node.url + path)
        self.page.wait_for_selector("h1")
        return self.page

    def follow(self, path: str) -> Page:
        """As a link inside the page does: the wallet stays open."""
        self.page.evaluate(
            "path => { history.pushState(null, '', path);"
            " window.dispatchEvent(new CustomEvent('mz-route', { detail: { replace: false } })); }",
            path,
        )
        return self.page

    def settle(self) -> float:
        """Everything that was asked for has come, and is drawn; milliseconds since the page was asked for."""
        self.page.wait_for_selector(".live a")
        found: float = self.page.evaluate(
            """frames => new Promise((done) => {
              let calm = 0;
              let since = 0;
              const look = () => {
                const shown = document.querySelector("main > *")?.route;
                const there = shown && `/${shown.parts.join("/")}` === decodeURIComponent(location.pathname);
                calm = window.mzFlying || !there || document.querySelector(".skeleton") ? 0 : calm + 1;
                if (calm <= 1) since = performance.now();
                if (calm < frames) requestAnimationFrame(look);
                else done(since);
              };
              look();
            })""",
            CALM_FRAMES,
        )
        return found

    def load(self, path: str) -> float:
        """A whole new load without any cache; milliseconds until all of it is drawn."""
        if self._tools is None:
            self._tools = self.context.new_cdp_session(self.page)
            self._tools.send("Network.setCacheDisabled", {"cacheDisabled": True})
        self.page.goto(self.node.url + path, wait_until="commit")
        return self.settle()

    def turn(self, path: str) -> float:
        """As a link inside the page does; milliseconds until all of it is drawn."""
        begun: float = self.page.evaluate("performance.now()")
        self.follow(path)
        return self.settle() - begun

    def connect_injected(self, signer: LocalAccount) -> None:
        self.injected = Injected(self.node, signer)
        self.page.expose_function("mzWallet", self.injected.answer)
        self.page.add_init_script(INJECTED)
        self.go("/wallet")
        self.page.click("button.connect")
        self.page.wait_for_selector("#add-network")

    def import_builtin(self, signer: LocalAccount) -> None:
        self.go("/wallet/import")
        self.page.fill("#secret", signer.key.to_0x_hex())
        self.page.fill("#password", PASSWORD)
        self.page.fill("#again", PASSWORD)
        self.page.click("form button[type=submit]")
        self.page.wait_for_selector("#lock")

    def drop(self, where: str, path: Path) -> None:
        """A file or folder dragged from the desktop onto an element."""
        box = self.page.locator(where).bounding_box()
        assert box is not None
        place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
        tools = self.context.new_cdp_session(self.page)
        for kind in ("dragEnter", "dragOver", "drop"):
            tools.send("Input.dispatchDragEvent", {"type": kind, "data": data, **place})
        tools.detach()

    def sign(self) -> str:
        """Agree to the preview; the transaction's hash once it stands in a block."""
        self.page.wait_for_selector("#sign:not([disabled])")
        self.page.click("#sign")
        self.page.wait_for_selector("#done")
        found = self.page.get_attribute("dialog a[href^='/tx/']", "href")
        assert found is not None
        self.page.click("#done")
        return found.removeprefix("/tx/")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Ended with this folder: Playwright's event loop runs all the time, and other tests start theirs."""
    chromium = require("chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture(scope="package")
def node(platform_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("page") / "mz"
    shutil.copytree(platform_folder, folder)
    with served(folder) as running:
        running.wait_for_table()
        yield running


Visit = Callable[..., Visitor]


@contextmanager
def watched(node: Served, browser: Browser) -> Iterator[Visit]:
    """Opens a browser of its own for somebody; none may end with an error in its console or a request elsewhere."""
    visitors: list[Visitor] = []

    def come(**options: Any) -> Visitor:
        given = {"locale": "en-US", "viewport": {"width": 1280, "height": 900}} | options
        visitors.append(Visitor(node, browser.new_context(**given)))
        return visitors[-1]

    yield come
    for visitor in visitors:
        visitor.context.close()
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []
    assert [url for visitor in visitors for url in visitor.strangers] == []


@pytest.fixture
def visit(node: Served, browser: Browser) -> Iterator[Visit]:
    """A new browser for each call."""
    with watched(node, browser) as come:
        yield come


@pytest.fixture(scope="package")
def movable(platform_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Movable]:
    """A node whose clock and chain the tests move."""
    folder = tmp_path_factory.mktemp("movable") / "mz"
    shutil.copytree(platform_folder, folder)
    with moved(folder) as running:
        yield running


@contextmanager
def acquainted(node: Served, browser: Browser, people: list[LocalAccount]) -> Iterator[Callable[..., Visitor]]:
    """Gives somebody with a development account in either wallet; asked again, the same one: making a wallet costs more
    than what is done with it."""
    with watched(node, browser) as come:
        known: dict[tuple[int, str], Visitor] = {}

        def visit(number: int, wallet: str = "injected") -> Visitor:
            if (number, wallet) not in known:
                visitor = known[number, wallet] = come()
                connect = visitor.import_builtin if wallet == "builtin" else visitor.connect_injected
                connect(people[number])
            return known[number, wallet]

        yield visit


@pytest.fixture(scope="module")
def visiting(movable: Movable, browser: Browser, people: list[LocalAccount]) -> Iterator[Callable[..., Visitor]]:
    """People who come for all tests of a file."""
    with acquainted(movable, browser, people) as visit:  # type: ignore[arg-type]
        yield visit


@pytest.fixture(scope="session")
def people() -> list[LocalAccount]:
    """The development accounts; number 4 holds MZ."""
    return development_accounts()


def development_accounts() -> list[LocalAccount]:
    """As eth-account has them."""
    Account.enable_unaudited_hdwallet_features()
    return [Account.from_mnemonic(DEV_MNEMONIC, account_path=f"m/44'/60'/0'/0/{n}") for n in range(6)]


@pytest.fixture(scope="module")
def payers(node: Served, browser: Browser, people: list[LocalAccount]) -> Iterator[Callable[..., Visitor]]:
    """As `visiting`, at the node of the package."""
    with acquainted(node, browser, people) as visit:
        yield visit


@pytest.fixture(params=["injected", "builtin"])
def connected(request: pytest.FixtureRequest, payers: Callable[..., Visitor]) -> Visitor:
    """Somebody who can pay, with either wallet."""
    return payers(4, request.param)


def either(name: str, first: str, *, indirect: bool = False) -> pytest.MarkDecorator:
    """A flow that either wallet carries: with the first one in `make test`, with the other in the deep profile."""
    other = {"injected": "builtin", "builtin": "injected"}[first]
    return pytest.mark.parametrize(name, [first, pytest.param(other, marks=pytest.mark.deep)], indirect=indirect)


def deployed(web3: Web3, me: LocalAccount, name: str) -> ChecksumAddress:
    """A contract of this folder, without arguments."""
    source = Path(__file__).with_name(f"{name}.sol")
    made = ensure_solc().compile({source.name: source.read_text()}, libraries=ROOT)
    deploying: Any = {"data": made.artifacts[f"{source.name}:{name}"].bytecode, "value": 0, "gas": 2_000_000}
    deploying |= {"maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**9, "type": 2, "chainId": 20261}
    deploying["nonce"] = web3.eth.get_transaction_count(me.address)
    hash_ = web3.eth.send_raw_transaction(me.sign_transaction(deploying).raw_transaction)
    at = web3.eth.wait_for_transaction_receipt(hash_)["contractAddress"]
    assert at is not None
    return at
