"""A new template's folder that compiles, passes its check and has tests: something to change, not an empty form."""

from __future__ import annotations

import re
from pathlib import Path

from chain.errors import BundleError

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")


def scaffold(folder: Path) -> list[Path]:
    """Write a template called like the folder; BundleError when the name cannot be one or the folder is taken."""
    name = folder.resolve().name
    if not _NAME.fullmatch(name):
        raise BundleError(
            f"{name!r} cannot be a template's name", hint="1 to 32 characters a-z 0-9 -, beginning with a letter"
        )
    if folder.exists() and any(folder.iterdir()):
        raise BundleError(f"{folder} is there already and not empty", hint="choose another name")
    contract = "".join(word.capitalize() for word in name.split("-"))
    texts = {
        "template.toml": _MANIFEST,
        f"{contract}.sol": _CONTRACT,
        "README.md": _README,
        "tests/conftest.py": _CONFTEST,
        f"tests/test_{name.replace('-', '_')}.py": _TESTS,
    }
    written = []
    for path, text in texts.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        title = name.replace("-", " ").capitalize()
        filled = text.replace("@NAME@", name).replace("@CONTRACT@", contract).replace("@TITLE@", title)
        target.write_text(filled, encoding="utf-8")
        written.append(target)
    return written


_MANIFEST = """# docs/templates.md describes every key.
name = "@NAME@"
version = "1.0.0"
licence = "MIT"
kind = "clone"
contract = "@CONTRACT@.sol:@CONTRACT@"
constructor = ["till", "mz"]
interfaces = ["instance"]

[title]
en = "@TITLE@"

[summary]
en = "Sells admissions at one price in MZ; each sale pays the owner in the same transaction."

[terms]
price = "1 MZ"
share_bps = 100

[[parameter]]
name = "owner"
type = "address"
unit = "account"
label = { en = "Owner" }
help = { en = "Who is paid for each admission." }
default = "user"

[[parameter]]
name = "price"
type = "uint96"
unit = "MZ"
label = { en = "Price of one admission" }
default = "2 MZ"
min = "0.01 MZ"
max = "1000000 MZ"

[[action]]
name = "admit"
who = "anyone"
label = { en = "Buy {count} admissions" }
payment = { token = "mz", amount = "costOf(count)" }

[[action.argument]]
name = "count"
type = "uint32"
unit = "count"
label = { en = "How many" }
default = "1"
min = "1"
max = "1000"

[[state]]
name = "admissions"
view = "admissionsOf(account)"
units = { count = "count" }
sentence = { en = "{account} has {count} admissions." }

[[state.argument]]
name = "account"
type = "address"
unit = "account"
label = { en = "Account" }
default = "user"
"""

_CONTRACT = """// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IInstance} from "contracts/till/IInstance.sol";

/// @title @TITLE@
/// @notice Sells admissions at one price and pays the owner at once.
contract @CONTRACT@ is IInstance {
  using SafeERC20 for IERC20;

  struct Arguments {
    address owner;
    uint96 price;
  }

  address private immutable _IMPLEMENTATION = address(this);
  address private immutable _TILL;
  IERC20 private immutable _MZ;

  /// @notice How many admissions an account has bought.
  mapping(address account => uint256 count) public admissionsOf;

  /// @notice Somebody bought admissions.
  event Admitted(address indexed account, uint256 count, uint256 gross);

  /// @notice This is the code behind the instances and sells nothing itself.
  error @CONTRACT@BareImplementation();
  /// @notice Payments are announced by the Till, in MZ.
  error @CONTRACT@PaymentRefused(address caller, address token);
  /// @notice The payment is not the price, in wei of MZ.
  error @CONTRACT@PriceMismatch(uint256 expected, uint256 given);
  /// @notice Admissions are settled at once; deposits are not taken.
  error @CONTRACT@TakesNoDeposit();

  modifier onlyInstance() {
    require(address(this) != _IMPLEMENTATION, @CONTRACT@BareImplementation());
    _;
  }

  constructor(address till, IERC20 mz) {
    _TILL = till;
    _MZ = mz;
  }

  /// @inheritdoc IInstance
  function onPayment(
    address payer,
    address token,
    uint256 gross,
    uint256 net,
    bytes32,
    bytes calldata data
  ) external onlyInstance returns (bytes4) {
    require(msg.sender == _TILL && token == address(_MZ), @CONTRACT@PaymentRefused(msg.sender, token));
    uint32 count = abi.decode(data, (uint32));
    uint256 expected = costOf(count);
    require(gross == expected, @CONTRACT@PriceMismatch(expected, gross));

    admissionsOf[payer] += count;
    emit Admitted(payer, count, gross);
    _MZ.safeTransfer(_arguments().owner, net);
    return IInstance.onPayment.selector;
  }

  /// @inheritdoc IInstance
  function onHold(address, address, uint256, bytes32, bytes calldata) external pure returns (bytes4, uint256) {
    revert @CONTRACT@TakesNoDeposit();
  }

  /// @notice What `count` admissions cost, in wei of MZ, all included.
  function costOf(uint32 count) public view onlyInstance returns (uint256 gross) {
    return uint256(count) * _arguments().price;
  }

  function _arguments() private view returns (Arguments memory) {
    return abi.decode(Clones.fetchCloneArgs(address(this)), (Arguments));
  }
}
"""

_README = """# @TITLE@

Sells admissions at one price in MZ. Each sale pays the owner in the same transaction; nothing is kept in the contract.

## Risks

An admission is only what the owner lets it be: the contract counts, it does not open doors.
"""

_CONFTEST = '''"""A throw-away chain with this template on it. `mz template test` hands the bundle over."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import chain
from chain.registry import Instance, Library, Offer, open_bundle


@pytest.fixture(scope="session")
def dev():
    with chain.dev() as client:
        yield client


@pytest.fixture(scope="session")
def offer(dev) -> Offer:
    """The template, published by the chain's last account."""
    bundle = open_bundle(Path(os.environ["MZ_BUNDLE"]).read_bytes())
    return Library(dev).publish(bundle, sender=dev.accounts[-1])


@pytest.fixture
def instance(dev, offer) -> Instance:
    """A new instance made by the first account with the manifest's defaults."""
    return chain.Template(f"0x{offer.id.hex()}").use(dev, sender=dev.accounts[0])
'''

_TESTS = """from __future__ import annotations

import pytest

import chain
from chain import economy
from chain.errors import ContractReverted

MZ = 10**18


def test_a_sale_pays_the_owner_and_the_author_and_is_counted(dev, instance, offer):
    owner, buyer = dev.accounts[0], dev.accounts[1]
    before = economy.balance(dev, dev.platform, owner.address)

    instance.do("admit", {"count": "3"}, sender=buyer)

    gross = 3 * 2 * MZ
    fee, share = gross // 100, gross * offer.share_bps // 10_000
    assert economy.balance(dev, dev.platform, owner.address) - before == gross - fee - share
    assert instance.tell("admissions", user=buyer).endswith("has 3 admissions.")


def test_another_amount_than_the_price_is_refused(dev, instance):
    till = dev.contract("Till", dev.platform.till)
    dev.contract("MZ", dev.platform.mz).send("approve", till.address, MZ, sender=dev.accounts[0])

    with pytest.raises(ContractReverted, match="PriceMismatch"):
        data = (1).to_bytes(32, "big")
        till.send("payAndCall", dev.platform.mz, MZ, instance.address, bytes(32), data, sender=dev.accounts[0])
"""
