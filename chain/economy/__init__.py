"""What commands and pages say about the economy, and the steps that anyone can take in it.

Plain functions of a client and the platform's addresses; read from the chain each time, nothing is kept here. Amounts
are in the smallest unit, MZ and ether in wei; a step returns what it came to together with its transaction.

    token.py     supply, the issue, burns by cause, holders, vesting
    fees.py      what a trade divides into, revenue by quarter, sweeping
    feed.py      what a yuan is, and who says so
    sale.py      the public sale
    buyback.py   the auctions that burn
    audit.py     every round worked out again from events alone
    treasury.py  fund use, the vault, shares in an income
    orders.py    what the vault's five keys sign
    ledger.py    the whole economy in Python: what every balance must be
    simulation.py  eight quarters on a chain of their own, beside that ledger
    plot.py      what came of them, for terminals and as SVG
"""

from chain.economy.token import (
    Allocation,
    Burn,
    Cause,
    Holder,
    Supply,
    Vesting,
    allocations,
    balance,
    burned_by_cause,
    burns,
    holders,
    supply,
    vestings,
)

__all__ = [
    "Allocation",
    "Burn",
    "Cause",
    "Holder",
    "Supply",
    "Vesting",
    "allocations",
    "balance",
    "burned_by_cause",
    "burns",
    "holders",
    "supply",
    "vestings",
]
