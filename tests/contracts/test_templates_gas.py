"""Gas of whole transactions: the bars are promises, the snapshot is in git and may grow by 1 % at most.

`MZ_WRITE_GAS=1` writes the snapshot anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from eth_utils.crypto import keccak

from tests.contracts.templates_market import ONE, ZERO, Market, arguments

SNAPSHOT = Path(__file__).with_name("gas-templates.json")
BARS = {
    "publish code, first version": 175_000,
    "publish code, next version": 135_000,
    "use, bare": 145_000,
    "use, 64 bytes of arguments and two slots": 215_000,
    "licence, further purchase": 120_000,
    "licence, change prices": 100_000,
}
PERIOD = 30 * 86_400


def measure_registry(market: Market) -> dict[str, int]:
    """Each figure is taken where the accounts in question have held MZ before and allowances are unlimited."""
    gas: dict[str, int] = {}
    templates, user = market.templates, market.user
    market.publish_code("earlier", author=market.stranger)
    gas["publish code, first version"] = market.publish_code("booth").receipt.gas
    gas["publish code, next version"] = market.publish_code("booth").receipt.gas
    for which in ("first", "next"):
        lamp = market.publish_code("lamp", "Lamp", runtime=b"\x22" * 32)
        gas[f"publish code with runtime hash, {which} version"] = lamp.receipt.gas
    gas["publish clone of 700 bytes, first version"] = market.publish_clone("stall").receipt.gas
    stall = market.publish_clone("stall")
    gas["publish clone of 700 bytes, next version"] = stall.receipt.gas
    salts = [int.from_bytes(keccak(bytes([i])), "big") for i in range(20)]
    gas["use, bare"] = templates.use(stall.wish(salt=salts[0])).send(user).gas
    opening = market.call_data("Stall", "open", user, 7)
    words = keccak(b"a") + keccak(b"b")
    wish = stall.wish(salt=salts[1], args=words, init=opening)
    gas["use, 64 bytes of arguments and two slots"] = templates.use(wish).send(user).gas
    booth = market.publish_code("booth")
    number = arguments(["uint256"], [7])
    gas["use, code of 400 bytes"] = templates.use(booth.wish(salt=salts[2], args=number)).send(user).gas
    pair = [stall.wish(salt=salts[3]), stall.wish(salt=salts[4])]
    gas["compose, two bare"] = templates.compose(pair).send(user).gas
    gas["retire"] = templates.retire(stall.id, stall.number).send(market.author).gas
    return gas


def measure_licence(market: Market) -> dict[str, int]:
    """A sale by a work's owner to two buyers."""
    gas: dict[str, int] = {}
    addresses = (market.till, market.mz, market.works, market.templates)
    licence = market.publish_clone("copyright-licence", "CopyrightLicence", *addresses, price=5 * ONE)
    work = market.register(market.user, b"song")
    types = ["uint256", "uint96", "uint96", "uint96", "uint32", "bytes32"]
    args = arguments(types, [work, ONE, 2 * ONE, 40 * ONE, PERIOD, keccak(b"text")])
    salt = int.from_bytes(keccak(b"salt"), "big")
    wish = licence.wish(salt=salt, args=args, init=market.call_data("CopyrightLicence", "open"))
    made = market.templates.use(wish).send(market.user)
    gas["use, copyright licence"] = made.gas
    sale = market.chain.at("CopyrightLicence", made.only("Used")["instance"])

    def buy(kind: int, gross: int) -> int:
        order = arguments(["uint8", "uint32"], [kind, 1])
        return market.till.payAndCall(market.mz, gross, sale, keccak(b"ref"), order).send(market.buyer).gas

    gas["licence, first purchase of a buyer"] = buy(2, 40 * ONE)
    gas["licence, further purchase"] = buy(0, ONE)
    gas["licence, change prices"] = sale.setPrices(3 * ONE, 4 * ONE, 50 * ONE, PERIOD).send(market.user).gas
    gas["licence, purchase after a change"] = buy(2, 50 * ONE)
    gas["licence, redeem"] = sale.redeem(0, ZERO).send(market.buyer).gas
    return gas


def measure_tips(market: Market) -> dict[str, int]:
    """A person's jar."""
    jar = market.publish_code("tip-jar", "TipJar", price=ONE)
    args = arguments(
        ["address"] * 5 + ["uint256", "uint96"],
        [*(one.address for one in (market.till, market.mz, market.works, market.templates)), market.user, 0, ONE],
    )
    made = market.templates.use(jar.wish(args=args)).send(market.user)
    memo = arguments(["string"], ["thank you for the song"])
    tip = market.till.payAndCall(market.mz, ONE, made.only("Used")["instance"], ZERO, memo)
    return {
        "use, tip jar": made.gas,
        "tip, first": tip.send(market.buyer).gas,
        "tip, further": tip.send(market.buyer).gas,
    }


def test_gas_stays_within_the_bars_and_the_snapshot(market: Market) -> None:
    gas = measure_registry(market) | measure_licence(market) | measure_tips(market)

    if os.environ.get("MZ_WRITE_GAS"):
        SNAPSHOT.write_text(json.dumps(gas, indent=2) + "\n", encoding="utf-8")
    known = json.loads(SNAPSHOT.read_text("utf-8"))
    assert gas.keys() == known.keys()
    assert {name: used for name, used in gas.items() if used > BARS.get(name, used)} == {}
    assert {name: (known[name], used) for name, used in gas.items() if used * 100 > known[name] * 101} == {}
