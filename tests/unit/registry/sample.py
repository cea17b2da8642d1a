"""The sample template's manifest and artifact."""

from __future__ import annotations

from typing import Any

from chain.artifacts import Artifact

MANIFEST = """
name = "stall"
version = "1.2.3"
licence = "MIT"
kind = "clone"
contract = "Stall.sol:Stall"
constructor = ["till", "mz"]
initialiser = "open()"
interfaces = ["instance"]
title = { en = "Stall", zh = "摊位" }
summary = { en = "Sells things." }

[terms]
price = "2.5 MZ"
share_bps = 200

[[parameter]]
name = "keeper"
type = "address"
unit = "account"
label = { en = "Keeper" }
default = "user"

[[parameter]]
name = "price"
type = "uint96"
unit = "MZ"
label = { en = "Price" }
min = "1 MZ"
max = "100 MZ"

[[parameter]]
name = "colour"
type = "uint8"
label = { en = "Colour" }
default = "1"
choices = [ { value = 1, en = "red" }, { value = 2, en = "blue" } ]

[[action]]
name = "buy"
who = "anyone"
when = "isOpen()"
label = { en = "Buy {count}" }
payment = { token = "mz", amount = "costOf(count)" }

[[action.argument]]
name = "count"
type = "uint32"
unit = "count"
label = { en = "How many" }

[[action]]
name = "close"
who = "keeper()"
label = { en = "Close" }
function = "close()"

[[state]]
name = "sales"
view = "sales(account)"
units = { total = "MZ" }
sentence = { en = "{account} paid {total}." }
deadline = "closesAt()"
otherwise = { en = "It closes." }

[[state.argument]]
name = "account"
type = "address"
unit = "account"
label = { en = "Account" }
"""


def function(signature: str, outputs: list[tuple[str, str]], mutability: str = "view") -> dict[str, Any]:
    """A function's ABI entry."""
    name, _, kinds = signature.removesuffix(")").partition("(")
    return {
        "type": "function",
        "name": name,
        "inputs": [{"name": f"a{i}", "type": kind} for i, kind in enumerate(kinds.split(","))] if kinds else [],
        "outputs": [{"name": label, "type": kind} for label, kind in outputs],
        "stateMutability": mutability,
    }


ABI: list[dict[str, Any]] = [
    {
        "type": "constructor",
        "inputs": [{"name": "till", "type": "address"}, {"name": "mz", "type": "address"}],
        "stateMutability": "nonpayable",
    },
    function("open()", [], "nonpayable"),
    function("close()", [], "nonpayable"),
    function("isOpen()", [("", "bool")]),
    function("keeper()", [("", "address")]),
    function("costOf(uint32)", [("", "uint256")]),
    function("closesAt()", [("", "uint48")]),
    function("sales(address)", [("total", "uint256")]),
    function("onPayment(address,address,uint256,uint256,bytes32,bytes)", [("", "bytes4")], "nonpayable"),
    function("onHold(address,address,uint256,bytes32,bytes)", [("", "bytes4"), ("", "uint256")], "nonpayable"),
]


def artifact_of(abi: list[dict[str, Any]] | None = None, runtime: bytes = b"\x60\xf4\x00") -> Artifact:
    """The artifact of `Stall`."""
    return Artifact(
        name="Stall",
        source="Stall.sol",
        abi=tuple(ABI if abi is None else abi),
        bytecode=b"\x60\x00" + runtime,
        runtime=runtime,
        immutables=(),
        layout={},
        metadata="{}",
        compiler="0.8.37",
        digest="00" * 32,
    )
