"""What other people do for a round of the buyback: money comes, prices and profit are reported, MZ are sold."""

from __future__ import annotations

from collections.abc import Sequence

from eth_account.signers.local import LocalAccount

from chain.client import Client
from chain.economy import buyback, feed
from chain.economy.buyback import Sold
from chain.primitives import ZERO_ADDRESS, Hash32, Wei

YUAN_PER_ETHER = 20_000 * 10**18
DAY = 86_400
SEATS = 5
REPORTERS = 3  # as many as have to agree


def report_price(client: Client) -> None:
    """Three reporters say what ether costs."""
    for reporter in range(REPORTERS):
        feed.report(client, client.platform, YUAN_PER_ETHER, f"dev{reporter}")


def declare(
    client: Client, people: Sequence[LocalAccount], revenue: Wei, cost: Wei, added: Wei, report: Hash32
) -> None:
    """All five keys let the vault add to the buyback what it was given for that, and name the report behind it."""
    contract, vault = (
        client.contract(name, at)
        for name, at in (("Buyback", client.platform.buyback), ("Vault", client.platform.vault))
    )
    client.send({"to": vault.address, "data": b""}, "dev7", value=added)
    payment = (contract.address, added, contract.data("declare", ZERO_ADDRESS, revenue, cost, added, report))
    deadline = client.timestamp() + DAY
    digest = vault.call("digestOf", *payment, deadline)
    signatures = [bytes(people[seat].unsafe_sign_hash(digest).signature) for seat in range(SEATS)]
    vault.send("execute", *payment, deadline, signatures, sender="dev8")


def sell(client: Client, amount: Wei, sender: str) -> Sold:
    """Sell MZ to the round that is open, for whatever they bring."""
    sold, _ = buyback.fill(client, client.platform, ZERO_ADDRESS, amount, 0, client.timestamp() + DAY, sender)
    return sold
