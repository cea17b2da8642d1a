"""The buyback as Python sees it: what the tests compare the contract with. Prices are units for one MZ, times 10^9."""

from __future__ import annotations

from dataclasses import dataclass

from tests.contracts.stage import ETHER, Chain, Contract, Receipt

ONE = 10**18
PRICE_ONE = 10**27
DAY = 86_400
AUCTION = 72 * 3600
PERIOD = 90 * DAY
ROUNDS = 8
MINIMUM = 1_000
FIRST_YUAN = 35 * ONE // 100
YUAN_PER_COIN = 7 * ONE
SUPPLY = 10**8 * ONE


def root() -> int:
    """The 259,200th root of 3 times 2^120, rounded, by bisection in whole numbers."""
    low, high = 2**120, 2**120 + 2**105
    wanted = 3 << 400
    while high - low > 1:
        middle = (low + high) // 2
        power = 1 << 400
        square = middle << 280
        left = AUCTION
        while left:
            if left & 1:
                power = power * square >> 400
            square = square * square >> 400
            left >>= 1
        low, high = (middle, high) if power <= wanted else (low, middle)
    return low


def price_after(elapsed: int, anchor: int) -> int:
    """The price after so many seconds, by the contract's own steps."""
    factor, square = 2**120, ROOT
    while elapsed:
        if elapsed & 1:
            factor = factor * square >> 120
        square = square * square >> 120
        elapsed >>= 1
    return anchor * factor >> 121


ROOT = root()


@dataclass
class Lot:
    """One currency in its latest round."""

    budget: int
    anchor: int
    round: int
    spent: int = 0
    bought: int = 0

    @property
    def next_anchor(self) -> int:
        """Where the next round begins."""
        if self.spent * 10 < self.budget:
            return self.anchor * 5 // 4
        if self.spent * 2 < self.budget:
            return self.anchor
        mean = self.spent * PRICE_ONE // self.bought
        return min(max(mean, self.anchor * 3 // 4), self.anchor * 5 // 4)

    def trade(self, amount: int, price: int) -> tuple[int, int]:
        """(paid, burned) of a sale."""
        paid, rest = amount * price // PRICE_ONE, self.budget - self.spent
        return (paid, amount) if paid <= rest else (rest, -(-rest * PRICE_ONE // price))


@dataclass
class Market:
    """A buyback that buys with ether and a coin, and people with MZ."""

    chain: Chain
    mz: Contract
    feed: Contract
    coin: Contract
    vault: Contract
    auditor: str
    buyback: Contract
    seller: str
    other: str
    born: int
    opened: int = 0

    def earn(self, amount: int, currency: Contract | str | None = None) -> None:
        """Revenue comes, as the Till's sweep sends it."""
        if currency == ETHER:
            self.chain.send(self.chain.fields(None, self.buyback.address, "0x", amount))
        else:
            (currency if isinstance(currency, Contract) else self.coin).mint(self.buyback, amount).send()

    def open(self) -> Receipt:
        """Opens the next round as soon as it may be."""
        self.opened = max(self.buyback.latestRound().read()[2], self.chain.now() + 1)
        self.chain.next_at(self.opened)
        return self.buyback.open().send()

    def at(self, elapsed: int) -> None:
        """So many seconds of the round have passed in the newest block."""
        self.chain.travel(self.opened + elapsed)

    def fill(self, elapsed: int, amount: int, currency: Contract | str | None = None) -> Receipt:
        """Sells at exactly that second of the round."""
        self.chain.next_at(self.opened + elapsed)
        return self.buyback.fill(currency or self.coin, amount, 0, 2**40).send(self.seller)

    def lot(self, currency: Contract | str | None = None) -> tuple[int, int, int, int, int]:
        """(budget, spent, bought, anchor, round)."""
        found: tuple[int, int, int, int, int] = self.buyback.lotOf(currency or self.coin).read()
        return found

    def anchor(self, currency: Contract | str | None = None) -> int:
        return self.lot(currency)[3]


def build_market(chain: Chain, coin: str = "OddCoin", *args: object) -> Market:
    """A buyback whose first anchor is 0.05 coins for an MZ."""
    mz, feed, vault = chain.deploy("MZ"), chain.deploy("Feed"), chain.deploy("Actor")
    token = chain.deploy(coin, *args)
    feed.set(token, YUAN_PER_COIN).send()
    feed.set(ETHER, 20_000 * ONE).send()
    auditor, seller, other = chain.accounts[3], chain.accounts[0], chain.accounts[2]
    currencies = [(ETHER, MINIMUM), (token, MINIMUM)]
    buyback = chain.deploy("Buyback", mz, feed, vault, auditor, FIRST_YUAN, currencies)
    born = chain.now()
    mz.approve(buyback, 2**255).send(seller)
    mz.transfer(other, 10**6 * ONE).send(seller)
    mz.approve(buyback, 2**255).send(other)
    return Market(chain, mz, feed, token, vault, auditor, buyback, seller, other, born)
