"""`brownie run buyback_round --network NAME`: open a round of the buyback, and sell MZ to it.

Three reporters say what ether costs, accounts[8] gives ether to buy with, accounts[7] opens, accounts[6] sells 10,000
MZ. On a development network the clock is moved to the round; elsewhere it says when the next one may be opened.
"""

from __future__ import annotations

from datetime import UTC, datetime

from brownie import ZERO_ADDRESS, accounts, chain, project, rpc, web3
from brownie.network.transaction import TransactionReceipt

from chain.primitives import checksum
from deploy.rollout import platform

YUAN_PER_ETHER = 20_000 * 10**18
MZ_SOLD = 10_000 * 10**18
LASTS = 3600  # seconds that the offer to sell holds


def main() -> TransactionReceipt | None:
    """What brownie calls; the sale, None while it is too early for a round."""
    contracts, where = project.get_loaded_projects()[0], platform()
    names = {"MZ": "mz", "YuanFeed": "feed", "Buyback": "buyback"}
    mz, feed, buyback = (
        contracts[kind].at(checksum(where.names()[name]), persist=False) for kind, name in names.items()
    )

    _, _, opening = buyback.latestRound()
    if _now() < opening and not rpc.is_active():
        print(f"the next round may be opened on {datetime.fromtimestamp(opening, UTC):%d %B %Y at %H:%M} UTC")  # noqa: T201
        return None
    if _now() < opening:
        chain.mine(timestamp=opening)

    for reporter in accounts[:3]:
        feed.report(ZERO_ADDRESS, YUAN_PER_ETHER, _now(), {"from": reporter})
    accounts[8].transfer(buyback, "2 ether")
    opened = buyback.open({"from": accounts[7]}).events["RoundOpened"]["round"]
    print(f"round {opened}: {buyback.priceOf(ZERO_ADDRESS) / 10**9:g} wei for one MZ")  # noqa: T201

    seller = accounts[6]
    mz.approve(buyback, MZ_SOLD, {"from": seller})
    sold = buyback.fill(ZERO_ADDRESS, MZ_SOLD, 0, _now() + LASTS, {"from": seller})
    facts = sold.events["Filled"]
    print(f"{facts['burned'] / 10**18:g} MZ burned for {facts['paid'] / 10**18:g} ether")  # noqa: T201
    return sold


def _now() -> int:
    return int(web3.eth.get_block("latest")["timestamp"])
