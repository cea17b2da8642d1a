"""The whole economy in Python: what every balance must be after each step, to the wei.

Knows no contract and asks no node until `differences` compares. The rules of the whitepaper are written down here a
second time on purpose: simulation and tests do each step on a chain and in this ledger. Accounts are addresses, the
zero address as a currency is ether; ether does not count gas until `spend_gas` is told of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from chain.client import Client, Platform
from chain.economy import token as token_facts
from chain.economy.audit import ONE, Result, price_after
from chain.economy.token import CAUSES, Cause
from chain.economy.treasury import USES
from chain.primitives import ZERO_ADDRESS, Address, Wei, checksum

UNIT = 10**18
WHOLE = 10_000  # basis points
FEE_PRICE = (35, 100)  # yuan that one MZ counts when it pays a fee
FUND_PERCENT = (40, 15, 15)  # technology, promotion, distribution; the reserve takes the rest


@dataclass
class Schedule:
    """A tranche that vests; `total` in wei, times in seconds."""

    beneficiary: Address
    start: int
    cliff: int
    length: int
    total: Wei
    released: Wei = 0

    def due(self, time: int) -> Wei:
        """What may be taken at a time."""
        elapsed = time - self.start
        if elapsed < self.cliff:
            return 0
        return min(self.total, self.total * elapsed // self.length) - self.released


@dataclass
class Income:
    """Shares of which the holders never change; amounts of income in wei of ether."""

    held: dict[Address, int]
    received: int = 0
    claimed: dict[Address, int] = field(default_factory=lambda: defaultdict(int))

    def claimable(self, holder: Address) -> int:
        """What a holder may take."""
        return self.received * self.held[holder] // sum(self.held.values()) - self.claimed[holder]


class Ledger:
    """Every balance that the platform's rules speak of."""

    def __init__(self, platform: Platform, fee_bps: int) -> None:
        self.platform = platform
        self.fee_bps = fee_bps
        self.mz: dict[Address, Wei] = defaultdict(int)
        self.ether: dict[Address, Wei] = defaultdict(int)
        self.burned: dict[Cause, Wei] = dict.fromkeys(CAUSES, 0)
        self.credits: dict[tuple[Address, Address], int] = defaultdict(int)  # (currency, payee)
        self.unswept = 0  # ether
        self.revenue: dict[int, int] = defaultdict(int)  # ether, by the Till's quarter
        self.sold = [0, 0]
        self.raised = 0
        self.purchases: dict[Address, tuple[int, int]] = defaultdict(lambda: (0, 0))  # (paid, bought)
        self.due = [0, 0, 0, 0]
        self.lot: Result | None = None  # of ether, the latest
        self.round = 0
        self.vested: dict[Address, Schedule] = {}
        self.incomes: dict[Address, Income] = {}

    @property
    def supply(self) -> Wei:
        """MZ that exist."""
        return 100_000_000 * UNIT - sum(self.burned.values())

    def begin(self, client: Client) -> None:
        """Take over the balances of a platform as it stands, before the first step."""
        for holder in token_facts.holders(client, self.platform):
            self.mz[holder.address] = holder.amount
        for one in token_facts.vestings(client, self.platform):
            self.vested[one.address] = Schedule(one.beneficiary, one.start, one.cliff, one.length, one.total)

    # --- money that moves ---------------------------------------------------------------------------------------------

    def move(self, currency: Address, source: Address, to: Address, amount: int) -> None:
        """From one account to another."""
        book = self.ether if currency == ZERO_ADDRESS else self.mz
        book[source] -= amount
        book[to] += amount

    def burn(self, cause: Cause, holder: Address, amount: Wei) -> None:
        """Out of the supply."""
        self.mz[holder] -= amount
        self.burned[cause] += amount

    def spend_gas(self, sender: Address, amount: Wei) -> None:
        """What a transaction cost its sender."""
        self.ether[sender] -= amount

    # --- trade --------------------------------------------------------------------------------------------------------

    def fee(self, gross: int) -> int:
        """Of a payment, rounded up."""
        return -(-gross * self.fee_bps // WHOLE)

    def use(self, user: Address, payee: Address, price: Wei) -> None:
        """A template is used: the fee burns, the author's payee has the rest."""
        fee = self.fee(price)
        self.burn("use", user, fee)
        self.move(self.platform.mz, user, payee, price - fee)

    def pay(
        self,
        currency: Address,
        payer: Address,
        gross: int,
        to: Address,
        *,
        quarter: int,
        share_bps: int = 0,
        payee: Address = ZERO_ADDRESS,
        yuan: int = 0,
    ) -> None:
        """A payment through the Till; `yuan` is the price of one ether if its fee is paid with MZ instead, else 0."""
        fee = self.fee(gross)
        share = gross * share_bps // WHOLE
        if currency != ZERO_ADDRESS:
            self.burn("trade", payer, fee)
            self.move(currency, payer, payee, share)
        else:
            if yuan:
                worth = fee * yuan // UNIT
                self.burn("trade", payer, -(-worth * FEE_PRICE[1] // FEE_PRICE[0]))
            else:
                self.move(currency, payer, self.platform.till, fee)
                self.unswept += fee
                self.revenue[quarter] += fee
            self.move(currency, payer, self.platform.till, share)
            self.credits[currency, payee] += share
        self.move(currency, payer, to, gross - fee - share)
        if to in self.incomes:
            self.incomes[to].received += gross - fee - share

    def withdraw(self, payee: Address) -> int:
        """An author fetches the shares that wait in ether."""
        amount = self.credits.pop((ZERO_ADDRESS, payee), 0)
        self.move(ZERO_ADDRESS, self.platform.till, payee, amount)
        return amount

    def sweep(self) -> None:
        """Half of the revenue in ether to the buyback, the odd wei included; half to the vault."""
        to_vault = self.unswept // 2
        self.move(ZERO_ADDRESS, self.platform.till, self.platform.vault, to_vault)
        self.move(ZERO_ADDRESS, self.platform.till, self.platform.buyback, self.unswept - to_vault)
        self.unswept = 0

    def declare(self, added: int) -> None:
        """The vault adds to the buyback."""
        self.move(ZERO_ADDRESS, self.platform.vault, self.platform.buyback, added)

    # --- buyback ------------------------------------------------------------------------------------------------------

    def open(self, time: int, anchor: int) -> None:
        """A round begins with all the ether there is; `anchor` counts for the first one only."""
        self.round += 1
        self.lot = Result(
            round=self.round,
            opened=time,
            currency=ZERO_ADDRESS,
            budget=self.ether[self.platform.buyback],
            anchor=anchor if self.lot is None else self.lot.next_anchor,
            spent=0,
            bought=0,
            fills=0,
            lowest=0,
            highest=0,
        )

    def fill(self, seller: Address, amount: Wei, time: int) -> tuple[int, Wei]:
        """MZ are sold to the buyback; what was paid and what burned."""
        lot = self.lot
        assert lot is not None, "a round must be open"
        price, rest = price_after(time - lot.opened, lot.anchor), lot.budget - lot.spent
        paid, burned = amount * price // ONE, amount
        if paid > rest:
            paid, burned = rest, -(-rest * ONE // price)
        self.burn("buyback", seller, burned)
        self.move(ZERO_ADDRESS, self.platform.buyback, seller, paid)
        self.lot = Result(
            round=lot.round,
            opened=lot.opened,
            currency=lot.currency,
            budget=lot.budget,
            anchor=lot.anchor,
            spent=lot.spent + paid,
            bought=lot.bought + burned,
            fills=lot.fills + 1,
            lowest=min(lot.lowest or price, price),
            highest=max(lot.highest, price),
        )
        return paid, burned

    def forward(self) -> int:
        """After the last round: what is there goes to the vault."""
        amount = self.ether[self.platform.buyback]
        self.move(ZERO_ADDRESS, self.platform.buyback, self.platform.vault, amount)
        return amount

    # --- sale, funds, vesting, shares ---------------------------------------------------------------------------------

    def buy(self, buyer: Address, tranche: int, ether: Wei, yuan: int, per_yuan: Wei, cap: Wei) -> int:
        """MZ are bought in the sale; how many. What is over the cap stays with the buyer."""
        bought, left, paid = ether * yuan // UNIT * per_yuan // UNIT, cap - self.sold[tranche], ether
        if bought > left:
            paid, bought = -(-ether * left // bought), left
        self.sold[tranche] += bought
        self.raised += paid
        before = self.purchases[buyer]
        self.purchases[buyer] = (before[0] + paid, before[1] + bought)
        self.move(ZERO_ADDRESS, buyer, self.platform.sale, paid)
        return bought

    def claim(self, buyer: Address) -> None:
        """After success, the buyer has the MZ."""
        _, bought = self.purchases.pop(buyer)
        self.move(self.platform.mz, self.platform.sale, buyer, bought)

    def finalise(self, caps: Sequence[Wei]) -> None:
        """A sale that succeeded: what was raised is divided, what was not sold burns."""
        self.move(ZERO_ADDRESS, self.platform.sale, self.platform.fund_use, self.raised)
        parts = [self.raised * percent // 100 for percent in FUND_PERCENT]
        self.due = [due + part for due, part in zip(self.due, [*parts, self.raised - sum(parts)], strict=True)]
        unsold = sum(caps) - sum(self.sold)
        if unsold:
            self.burn("sale", self.platform.sale, unsold)

    def pull(self, use: int, recipient: Address) -> None:
        """What waits for a use goes to its recipient."""
        self.move(ZERO_ADDRESS, self.platform.fund_use, recipient, self.due[use])
        self.due[use] = 0

    def release(self, schedule: Address, time: int) -> Wei:
        """A beneficiary takes what is due; how much."""
        terms = self.vested[schedule]
        amount = terms.due(time)
        terms.released += amount
        self.move(self.platform.mz, schedule, terms.beneficiary, amount)
        return amount

    def claim_income(self, shares: Address, holder: Address) -> int:
        """A holder of shares takes what is due; how much."""
        income = self.incomes[shares]
        amount = income.claimable(holder)
        income.claimed[holder] += amount
        self.move(ZERO_ADDRESS, shares, holder, amount)
        return amount

    # --- against the chain --------------------------------------------------------------------------------------------

    def differences(self, client: Client) -> list[str]:
        """Every figure of the chain that is not what the ledger says; none: it balances to the wei."""
        return [
            f"{what}: the ledger says {expected}, the chain says {found}"
            for what, expected, found in self._figures(client)
            if expected != found
        ]

    def _figures(self, client: Client) -> list[tuple[str, int, int]]:
        platform = self.platform
        mz, till = client.contract("MZ", platform.mz), client.contract("Till", platform.till)
        funds, buyback = client.contract("FundUse", platform.fund_use), client.contract("Buyback", platform.buyback)
        causes = token_facts.burned_by_cause(client, platform)
        figures = [
            ("supply", self.supply, mz.call("totalSupply")),
            ("sum of all MZ", self.supply, sum(self.mz.values())),
            ("ether of the Till", self.unswept + sum(self.credits.values()), client.balance(platform.till)),
            ("revenue not swept", self.unswept, till.call("unswept", ZERO_ADDRESS)),
            ("raised", self.raised, client.contract("PublicSale", platform.sale).call("raised")),
        ]
        figures += [(f"burned: {cause}", self.burned[cause], causes[cause]) for cause in CAUSES]
        figures += [(f"MZ of {checksum(who)}", self.mz[who], mz.call("balanceOf", who)) for who in sorted(self.mz)]
        figures += [(f"ether of {checksum(who)}", self.ether[who], client.balance(who)) for who in sorted(self.ether)]
        figures += [
            (f"revenue of quarter {quarter}", amount, till.call("revenue", ZERO_ADDRESS, quarter))
            for quarter, amount in self.revenue.items()
        ]
        figures += [
            (f"credit of {checksum(payee)}", amount, till.call("credit", currency, payee))
            for (currency, payee), amount in self.credits.items()
        ]
        figures += [
            (f"waits for {use}", self.due[number], funds.call("due", number)) for number, use in enumerate(USES)
        ]
        if self.lot is not None:
            lot = buyback.call("lotOf", ZERO_ADDRESS)
            figures += [
                (f"lot: {name}", getattr(self.lot, name), lot[name])
                for name in ("round", "budget", "spent", "bought", "anchor")
            ]
        for address, income in self.incomes.items():
            shares = client.contract("Shares", address)
            figures += [
                (f"claimable of {checksum(who)}", income.claimable(who), shares.call("claimable", who))
                for who in income.held
            ]
        return figures
