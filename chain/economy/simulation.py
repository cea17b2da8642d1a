"""Eight quarters of the whole economy: real contracts on a chain of their own, every step beside the ledger.

The chain takes development commands, so that years pass in seconds. A quarter is one of the Till's. Who does what comes
from a seed; what it comes to is the contracts' doing, and the ledger says whether it is right.

    roll-out ─► sale, sold out ─► 8 × (reports ─► uses, trades ─► sweep, declaration ─► auction ─► claims) ─► ledger
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from chain.client import Client, Contract, Mined
from chain.economy import orders
from chain.economy.buyback import PRICE_UNIT
from chain.economy.ledger import UNIT, Income, Ledger
from chain.errors import EconomyError
from chain.model import Record
from chain.primitives import ZERO_ADDRESS, Address, Wei, keccak
from chain.wallet import Account

QUARTER = 7_889_238  # seconds, as the Till counts
DAY = 86_400
LEAD = 14 * DAY  # the roll-out comes so long before the first quarter, so that the buyback's 90 days are over in it
GAS = 1_000_000  # more than any step needs; given, so that nothing is tried before it is sent
FIRST_PRICE = 20_000 * UNIT  # yuan for one ether
SALE_PRICE = 16 * UNIT // 100  # MZ for one yuan
USES, TRADES = 3, 6  # per quarter

Tell = Callable[[str], None]


class Template(Record):
    """What the simulation uses of the registry: a published template by its price, share and payee."""

    price: Wei
    share_bps: int
    payee: Address
    use: Callable[[Account], Address]  # pays for one use, returns the instance


class Quarter(Record):
    """What one quarter came to. MZ and ether in wei; prices in wei of ether for one MZ times 10^9, 0 without a sale."""

    quarter: int  # 1 to 8
    supply_start: Wei
    supply_end: Wei
    burned_fees: Wei
    burned_buyback: Wei
    uses: int
    trades: int
    revenue: Wei  # in ether
    yuan_per_ether: int  # with 18 decimals
    budget: Wei
    spent: Wei
    anchor: int
    band_low: int  # the auction's first price
    band_high: int  # and its last
    price_low: int  # paid
    price_high: int
    released: Wei  # of vesting tranches
    claimed_income: Wei  # by holders of shares


class Outcome(Record):
    """Eight quarters, the supply before and after, and whatever the chain and the ledger disagree about."""

    quarters: tuple[Quarter, ...]
    supply_start: Wei
    supply_end: Wei
    burned_fees: Wei
    burned_buyback: Wei
    differences: tuple[str, ...]


def begin_at(client: Client) -> int:
    """The beginning of a quarter far enough ahead for the roll-out; the chain's clock is set to the roll-out's day."""
    start = (client.timestamp() + LEAD) // QUARTER * QUARTER + QUARTER
    _travel(client, start - LEAD)
    return start


class Simulation:
    """A platform just rolled out on a development chain, its local accounts, and the ledger of it all."""

    def __init__(
        self, client: Client, accounts: Sequence[Account], template: Template, start: int, *, seed: int = 1
    ) -> None:
        """`start` is what `begin_at` gave before the roll-out."""
        platform = client.platform
        self.client, self.accounts, self.template, self.start = client, tuple(accounts), template, start
        self.dice = random.Random(seed)
        self.till = client.contract("Till", platform.till)
        self.mz = client.contract("MZ", platform.mz)
        self.sale = client.contract("PublicSale", platform.sale)
        self.feed = client.contract("YuanFeed", platform.feed)
        self.buyback = client.contract("Buyback", platform.buyback)
        self.funds = client.contract("FundUse", platform.fund_use)
        self.vault = client.contract("Vault", platform.vault)
        self.ledger = Ledger(platform, self.till.call("feeBps"))
        self.ledger.begin(client)
        self.first_block = int(client.rpc("eth_blockNumber"), 16) + 1
        for account in accounts:
            self.ledger.ether[account.address] = client.balance(account)
        self.people = accounts[5:9]  # without a seat anywhere
        self.yuan = FIRST_PRICE
        self.shares: Address = ZERO_ADDRESS

    def run(self, quarters: int, tell: Tell) -> Outcome:
        """Play it; `tell` hears of each quarter as it begins, and of the count at the end."""
        supply_start = self.ledger.supply
        tell("the sale, and what is done with what it raised")
        self._prepare()
        self._sell_out()
        played = []
        for number in range(1, quarters + 1):
            tell(f"quarter {number} of {quarters}")
            played.append(self._quarter(number))
        tell("comparing every balance with the ledger")
        self._count_gas()
        burned = self.ledger.burned
        return Outcome(
            quarters=tuple(played),
            supply_start=supply_start,
            supply_end=self.mz.call("totalSupply"),
            burned_fees=burned["use"] + burned["trade"],
            burned_buyback=burned["buyback"],
            differences=tuple(self.ledger.differences(self.client)),
        )

    # --- the beginning ------------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        """Allowances, and a film of which two people hold shares."""
        for account in self.people:
            for spender in (self.till, self.buyback):
                self._send(self.mz, "approve", spender.address, 2**255, sender=account)
        issuer = self.client.contract("SharesIssuer", self.client.platform.shares)
        held = {self.people[0].address: 70 * UNIT, self.people[1].address: 30 * UNIT + 1}
        mined = self._send(
            issuer, "issue", "Film 12", "FILM12", ZERO_ADDRESS, list(held), list(held.values()), sender=self.people[0]
        )
        self.shares = issuer.events_in(mined, "SharesIssued")[0].arguments["shares"]
        self.ledger.incomes[self.shares] = Income(held)

    def _sell_out(self) -> None:
        """Everybody buys; the last one wants more than there is and gets the rest back."""
        caps, ledger = self.sale.call("terms")["caps"], self.ledger
        self._report()
        for tranche, cap in enumerate(caps):
            for place, buyer in enumerate(self.people):
                wanted = cap // len(self.people) + (UNIT * 10_000 if place == len(self.people) - 1 else 0)
                ether = wanted * UNIT // SALE_PRICE * UNIT // self.yuan + 1
                self._send(self.sale, "buy", tranche, 0, sender=buyer, value=ether)
                ledger.buy(buyer.address, tranche, ether, self.yuan, SALE_PRICE, cap)
        self._send(self.sale, "finalise", sender=self.people[0])
        ledger.finalise(caps)
        for buyer in self.people:
            self._send(self.sale, "claim", buyer.address, sender=buyer)
            ledger.claim(buyer.address)
        for use in range(4):
            recipient = self.funds.call("recipientOf", use)
            self._send(self.funds, "pull", use, sender=self.people[1])
            ledger.pull(use, recipient)

    # --- one quarter --------------------------------------------------------------------------------------------------

    def _quarter(self, number: int) -> Quarter:
        ledger, begin = self.ledger, self.start + (number - 1) * QUARTER
        supply, burned, revenue = ledger.supply, dict(ledger.burned), sum(ledger.revenue.values())
        self._travel(begin + DAY)
        if number > 1:
            self.yuan = self.yuan * self.dice.randint(80, 125) // 100
        self._report()
        for _ in range(USES):
            self._use()
        for place in range(TRADES):
            # A price is fresh for an hour, so trades whose fee is paid with MZ come early in the quarter.
            self._trade(place)
        self._travel(begin + 80 * DAY)
        self._report()
        self._send(self.till, "sweep", ZERO_ADDRESS, sender=self.people[2])
        ledger.sweep()
        self._declare()
        self._auction(begin + 80 * DAY + 3600)
        released = self._release(begin + 88 * DAY)
        claimed = self._claims()
        lot = ledger.lot
        assert lot is not None, "a round was opened above"
        return Quarter(
            quarter=number,
            supply_start=supply,
            supply_end=ledger.supply,
            burned_fees=sum(ledger.burned[cause] - burned[cause] for cause in ("use", "trade")),
            burned_buyback=ledger.burned["buyback"] - burned["buyback"],
            uses=USES,
            trades=TRADES,
            revenue=sum(ledger.revenue.values()) - revenue,
            yuan_per_ether=self.yuan,
            budget=lot.budget,
            spent=lot.spent,
            anchor=lot.anchor,
            band_low=lot.anchor // 2,
            band_high=lot.anchor * 3 // 2,
            price_low=lot.lowest,
            price_high=lot.highest,
            released=released,
            claimed_income=claimed,
        )

    def _report(self) -> None:
        """Three reporters agree; the answer walks there within the feed's own limit, so what counts is its answer."""
        for reporter in self.accounts[:3]:
            self._send(self.feed, "report", ZERO_ADDRESS, self.yuan, self.client.timestamp(), sender=reporter)
        self.yuan = self.feed.call("latest", ZERO_ADDRESS)[1]["price"]

    def _use(self) -> None:
        user = self.dice.choice(self.people)
        instance = self.template.use(user)
        self.ledger.use(user.address, self.template.payee, self.template.price)
        gross = self.dice.randrange(UNIT, 500 * UNIT)
        payer = self.dice.choice(self.people)
        self._send(self.till, "pay", self.mz.address, gross, instance, keccak(b"tip"), sender=payer)
        self.ledger.pay(
            self.mz.address,
            payer.address,
            gross,
            instance,
            quarter=self._now_quarter(),
            share_bps=self.template.share_bps,
            payee=self.template.payee,
        )

    def _trade(self, place: int) -> None:
        """One third in MZ, one third in ether, one third in ether with the fee in MZ; some of it a film's income."""
        payer, payee = self.dice.sample(list(self.people), 2)
        kind, ref = place % 3, keccak(b"trade")
        if kind == 0:
            gross = self.dice.randrange(UNIT, 20_000 * UNIT)
            self._send(self.till, "pay", self.mz.address, gross, payee.address, ref, sender=payer)
            self.ledger.pay(self.mz.address, payer.address, gross, payee.address, quarter=self._now_quarter())
            return
        gross = self.dice.randrange(UNIT, 200 * UNIT)
        to = self.shares if place == TRADES - 1 else payee.address
        if kind == 1:
            self._send(self.till, "pay", ZERO_ADDRESS, gross, to, ref, sender=payer, value=gross)
            self.ledger.pay(ZERO_ADDRESS, payer.address, gross, to, quarter=self._now_quarter())
            return
        self._send(self.till, "payFeeInMZ", ZERO_ADDRESS, gross, to, ref, 2**255, sender=payer, value=gross)
        self.ledger.pay(ZERO_ADDRESS, payer.address, gross, to, quarter=self._now_quarter(), yuan=self.yuan)

    def _declare(self) -> None:
        """All five keys let the vault add half of what the platform earned elsewhere."""
        revenue = self.dice.randrange(UNIT, 12 * UNIT)
        cost = revenue * self.dice.randint(20, 80) // 100
        added = (revenue - cost + 1) // 2
        data = self.buyback.data("declare", ZERO_ADDRESS, revenue, cost, added, keccak(b"report"))
        what = orders.Payment(target=self.buyback.address, value=added, data=data)
        platform = self.client.platform
        order = orders.payment(self.client, platform, what, self.client.timestamp() + DAY)
        seats = orders.check(self.client, platform, order)
        for key in self.accounts[:5]:
            order = orders.sign(order, seats, key)
        orders.carry_out(self.client, platform, order, self.people[3])
        self.ledger.declare(added)

    def _auction(self, begin: int) -> None:
        """The round opens; three people sell as the price rises, of which the last one takes the rest in good times."""
        self._at(begin)
        self._send(self.buyback, "open", sender=self.people[0])
        self.ledger.open(begin, self.buyback.call("lotOf", ZERO_ADDRESS)["anchor"])
        moments = sorted(self.dice.sample(range(3600, 72 * 3600), 3))
        parts = (self.dice.randint(5, 40), self.dice.randint(5, 40), self.dice.choice((10, 200)))
        for seller, moment, part in zip(self.people, moments, parts, strict=False):
            lot = self.ledger.lot
            assert lot is not None, "opened above"
            amount = lot.budget * part // 100 * PRICE_UNIT // lot.anchor
            if lot.spent == lot.budget:
                break
            time = begin + moment
            self._at(time)
            self._send(self.buyback, "fill", ZERO_ADDRESS, amount, 0, time, sender=seller)
            self.ledger.fill(seller.address, amount, time)

    def _release(self, time: int) -> Wei:
        """Beneficiaries take what is due."""
        released = 0
        for address, schedule in self.ledger.vested.items():
            beneficiary = next((one for one in self.accounts if one.address == schedule.beneficiary), None)
            time += 60
            if beneficiary is None or not schedule.due(time):
                continue
            self._at(time)
            self._send(self.client.contract("Vesting", address), "release", self.mz.address, sender=beneficiary)
            released += self.ledger.release(address, time)
        return released

    def _claims(self) -> int:
        """Holders of the film fetch their income."""
        claimed = 0
        shares = self.client.contract("Shares", self.shares)
        for holder in self.people[:2]:
            if self.ledger.incomes[self.shares].claimable(holder.address):
                self._send(shares, "claim", holder.address, sender=holder)
                claimed += self.ledger.claim_income(self.shares, holder.address)
        return claimed

    # --- the chain ----------------------------------------------------------------------------------------------------

    def _send(self, contract: Contract, function: str, *arguments: Any, sender: Account, value: Wei = 0) -> Mined:
        return contract.send(function, *arguments, sender=sender, value=value, gas=GAS)

    def _travel(self, time: int) -> None:
        _travel(self.client, time)

    def _at(self, time: int) -> None:
        """The next block has this time."""
        self.client.rpc("evm_setNextBlockTimestamp", hex(time))

    def _now_quarter(self) -> int:
        return self.client.timestamp() // QUARTER

    def _count_gas(self) -> None:
        """What every transaction since the beginning cost its sender, from the receipts."""
        spent: dict[Address, Wei] = defaultdict(int)
        for number in range(self.first_block, int(self.client.rpc("eth_blockNumber"), 16) + 1):
            for receipt in self.client.rpc("eth_getBlockReceipts", hex(number)):
                if receipt["status"] != "0x1":
                    raise EconomyError(f"transaction {receipt['transactionHash']} of the simulation failed")
                sender = bytes.fromhex(receipt["from"][2:])
                spent[sender] += int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
        for sender, amount in spent.items():
            self.ledger.spend_gas(sender, amount)


def _travel(client: Client, time: int) -> None:
    """The newest block has this time."""
    client.rpc("evm_setNextBlockTimestamp", hex(time))
    client.rpc("evm_mine")
