"""A stranger's journey over real HTTP: make a template, publish it, be found, be used, be paid, publish a better one.

The template is upgradeable: its second version counts what the first one counted, and keeps it in another unit.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from chain import Client, Wallet, economy
from chain.cli.main import main
from chain.errors import RegistryError, TemplateRefused
from chain.primitives import to_hex
from chain.registry import Instance, Library, Tenures, reports
from tests.e2e.serving import served
from tests.optional import ROOT

MZ_ = 10**18

MANIFEST = """
name = "guest-book"
version = "@VERSION@"
licence = "MIT"
kind = "upgradeable"
contract = "GuestBook.sol:GuestBook"
constructor = ["till", "mz", "templates"]
initialiser = "open(keeper)"
interfaces = ["instance"]

[title]
en = "Guest book"

[summary]
en = "Guests leave a word and a coin for the lighthouse."

[terms]
price = "@PRICE@"
share_bps = @SHARE@

[[parameter]]
name = "keeper"
type = "address"
unit = "account"
label = { en = "Who is paid" }
default = "user"

[[action]]
name = "sign"
who = "anyone"
label = { en = "Leave {amount}" }
payment = { token = "mz", amount = "amount" }

[[action.argument]]
name = "amount"
type = "uint96"
unit = "MZ"
label = { en = "How much" }

[[state]]
name = "given"
view = "given()"
units = { @UNIT@ }
sentence = { en = "Guests have given {total}." }
"""

CONTRACT = """// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IInstance} from "contracts/till/IInstance.sol";
import {ITemplates} from "contracts/registry/ITemplates.sol";
import {IUpgradeable} from "contracts/registry/IUpgradeable.sol";

/// @title A guest book
contract GuestBook is IInstance, IUpgradeable {
  using SafeERC20 for IERC20;

  /// @custom:storage-location erc7201:guest-book.book
  struct Book {
    address keeper;
    uint96 total;
@FIELD@  }

  bytes32 private constant _BOOK =
    keccak256(abi.encode(uint256(keccak256("guest-book.book")) - 1)) & ~bytes32(uint256(0xff));
  address private immutable _TILL;
  IERC20 private immutable _MZ;
  ITemplates private immutable _REGISTRY;

  error GuestBookRefused(address caller);

  constructor(address till, IERC20 mz, ITemplates registry) {
    _TILL = till;
    _MZ = mz;
    _REGISTRY = registry;
  }

  function open(address keeper) external {
    require(msg.sender == address(_REGISTRY) && _book().keeper == address(0), GuestBookRefused(msg.sender));
    _book().keeper = keeper;
  }

  function migrate(uint32 fromVersion, bytes calldata) external returns (bytes4) {
    require(msg.sender == address(_REGISTRY), GuestBookRefused(msg.sender));
    require(_REGISTRY.makerOf(address(this)) == address(0), GuestBookRefused(msg.sender));
    @MIGRATE@
    return IUpgradeable.migrate.selector;
  }

  function onPayment(
    address,
    address token,
    uint256 gross,
    uint256 net,
    bytes32,
    bytes calldata
  ) external returns (bytes4) {
    require(msg.sender == _TILL && token == address(_MZ), GuestBookRefused(msg.sender));
    _book().total += uint96(gross@SCALE@);
    _MZ.safeTransfer(_book().keeper, net);
    return IInstance.onPayment.selector;
  }

  function onHold(address, address, uint256, bytes32, bytes calldata) external pure returns (bytes4, uint256) {
    revert GuestBookRefused(address(0));
  }

  function given() external view returns (uint96 total) {
    return _book().total;
  }

  function _book() private pure returns (Book storage book) {
    bytes32 slot = _BOOK;
    assembly {
      book.slot := slot
    }
  }
}
"""

FIRST = {
    "@VERSION@": "1.0.0",
    "@PRICE@": "3 MZ",
    "@SHARE@": "150",
    "@UNIT@": 'total = "MZ"',
    "@FIELD@": "",
    "@MIGRATE@": "fromVersion;",
    "@SCALE@": "",
}
SECOND = FIRST | {
    "@VERSION@": "2.0.0",
    "@PRICE@": "9 MZ",
    "@SHARE@": "400",
    "@UNIT@": 'total = "count"',  # in thousandths of a MZ from now on
    "@FIELD@": "    uint32 cameFrom;\n",
    "@MIGRATE@": "_book().total /= 1e15;\n    _book().cameFrom = fromVersion;",
    "@SCALE@": " / 1e15",
}


def written(folder: Path, words: dict[str, str]) -> Path:
    """The scaffold, with what the stranger makes of it."""
    for path in [*folder.glob("*.sol"), *folder.glob("tests/test_*.py")]:
        path.unlink()
    for name, text in (("template.toml", MANIFEST), ("GuestBook.sol", CONTRACT)):
        for old, new in words.items():
            text = text.replace(old, new)
        (folder / name).write_text(text)
    return folder


@pytest.mark.timeout(1200)  # four compilations and some twenty commands
def test_a_stranger_publishes_is_found_used_paid_and_improves(
    rolled_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in os.environ if name.startswith("MZ_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    with served(rolled_out) as node:
        node.wait_for_table()

        def mz(*words: str, sender: str = "dev0", fails: bool = False) -> Any:
            """The command line in this process, which has everything imported; the node is another one."""
            capsys.readouterr()
            status = main([*words, "--rpc", node.url, "--from", sender, "--yes", "--json"])
            told, said = capsys.readouterr()
            assert (status != 0) is fails, said
            return said if fails else json.loads(told)

        client = Client(node.url, Wallet.dev())
        library, platform = Library(client), client.platform
        author, user, guest = "dev5", "dev1", "dev2"

        mz("template", "new", "guest-book")
        folder = written(tmp_path / "guest-book", FIRST)
        checked = mz("template", "check", str(folder), "--no-tests")
        outcomes = {step["name"]: step["outcome"] for step in checked["steps"]}
        assert "failed" not in outcomes.values()
        assert outcomes["use"] == outcomes["interface instance"] == outcomes["storage"] == "passed"
        analysed = "passed" if (ROOT / ".venv-slither/bin/slither").exists() else "skipped"
        assert outcomes["re-entrancy"] == outcomes["slither"] == analysed
        published = mz("template", "publish", str(folder), "--price", "4 MZ", sender=author)
        assert (published["version"], published["price"]) == (1, str(4 * MZ_))

        found = mz("template", "search", "coin", "lighthouse", sender=user)
        assert [one["id"] for one in found] == [published["id"]]
        assert mz("template", "search", "no-such-words", sender=user) == []
        earned = economy.balance(client, platform, client.wallet[author].address)
        used = mz("template", "use", "guest-book", sender=user)
        assert economy.balance(client, platform, client.wallet[author].address) - earned == 4 * MZ_ * 99 // 100

        instance = Instance(library, client.address_of(used["instance"]), library.bundle(library.show("guest-book")))
        instance.do("sign", {"amount": "20 MZ"}, sender=guest)
        assert instance.tell("given") == "Guests have given 20 MZ."
        share = 20 * MZ_ * 150 // 10_000
        told = mz("template", "earnings", "guest-book", sender=author)[0]
        paid = economy.balance(client, platform, client.wallet[author].address) - earned
        assert paid == 4 * MZ_ * 99 // 100 + share
        assert int(told["from_uses"]) + sum(int(one) for one in told["from_trades"].values()) == paid
        assert [one["for"] for one in told["history"]] == ["use", "trade"]

        second = mz("template", "publish", str(written(folder, SECOND)), sender=author)
        assert (second["version"], second["price"]) == (2, str(9 * MZ_))
        instance.do("sign", {"amount": "10 MZ"}, sender=guest)
        paid = economy.balance(client, platform, client.wallet[author].address) - earned
        assert paid == 4 * MZ_ * 99 // 100 + share + share // 2  # still on the terms of the day it was made

        said = mz("template", "upgrade", used["instance"], sender=author, fails=True)
        assert "belongs to" in said
        moved = mz("template", "upgrade", used["instance"], sender=user)
        assert (moved["from_version"], moved["paid"]) == (1, str(9 * MZ_))
        instance = Instance(library, instance.address, library.bundle(library.show("guest-book", 2)))
        assert instance.tell("given") == "Guests have given 30000."
        instance.do("sign", {"amount": "1 MZ"}, sender=guest)
        assert instance.tell("given") == "Guests have given 31000."
        assert [one.version for one in Tenures(library).of(user)] == [2]
        assert [one["state"] for one in mz("template", "instances", sender=user)] == ["in use"]

        mz("template", "retire", "guest-book", "1", sender=author)
        said = mz("template", "use", "guest-book", "--version", "1", sender=user, fails=True)
        assert "is retired" in said
        with pytest.raises(TemplateRefused):
            library.prepare("guest-book", {}, sender=user, version=1)
        with urlopen(f"{node.url}/data/v1/templates?id={to_hex(library.show('guest-book').id)}", timeout=60) as answer:
            listed = json.load(answer)["items"]
        assert [(one["version"], one["retired"], one["uses"]) for one in listed] == [(2, False, 1), (1, True, 1)]

        # Somebody else tests what was published, and vouches for it in their own name.
        offer = library.show("guest-book")
        verified = mz("template", "verify", "guest-book", "--instance", used["instance"], sender=guest)
        assert (verified["creation_code"], verified["on_chain"], verified["instance"]) == ("full", "full", "full")
        on_nodes = mz("template", "check", "guest-book", "--deployed", node.url, sender=guest)
        assert [step["outcome"] for step in on_nodes["steps"]] == ["passed"]
        report = reports.TestReport(
            template="guest-book",
            source_version="2.0.0",
            bundle=library.bundle(offer).cid,
            steps=(reports.Step(name="storage", outcome="passed"),),
        )
        signed = reports.sign(report, client.wallet[guest])
        (tmp_path / "report.json").write_bytes(signed)
        assert "nobody would believe it" in mz(
            "template", "attach", "guest-book", "report.json", sender=user, fails=True
        )
        assert mz("template", "attach", "guest-book", "report.json", sender=guest)["passed"]
        (badge,) = mz("template", "show", "guest-book", sender=user)["badges"]
        assert (badge["passed"], badge["problem"], badge["steps"]) == (True, None, {"storage": "passed"})
        with pytest.raises(RegistryError, match="is another one"):
            reports.attach(library, library.show("guest-book", 1), signed, sender=guest)

        # What an author and an owner can still decide.
        said = mz(
            "template", "incentive", "guest-book", "2", client.w3.to_checksum_address("0x" + "77" * 20), fails=True
        )
        assert "there is no contract at" in said
        assert "TemplatesNotAuthor" in mz("template", "incentive", "guest-book", "2", sender=user, fails=True)
        assert mz("template", "incentive", "guest-book", "2", sender=author)["incentive"] is None
        heir = client.w3.to_checksum_address(client.wallet[guest].address)
        assert mz("template", "hand-over", used["instance"], heir, sender=user)["offered_to"] == heir
        assert mz("template", "accept", used["instance"], sender=guest)["owner"] == heir
        assert f"belongs to {heir}" in mz("template", "freeze", used["instance"], sender=user, fails=True)
        mz("template", "freeze", used["instance"], sender=guest)
        assert "is frozen" in mz("template", "upgrade", used["instance"], sender=guest, fails=True)
        [standing] = mz("template", "instances", sender=guest)
        assert (standing["owner"], standing["upgradeable"]) == (heir, False)
