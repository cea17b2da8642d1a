"""Amounts and currencies as people write and read them on a command line; nothing is rounded."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from typing import TYPE_CHECKING

from chain.cli.screen import amount
from chain.errors import ChainError, UsageError
from chain.primitives import ZERO_ADDRESS, Address, address_from

if TYPE_CHECKING:
    from chain.cli.session import Session
    from chain.client import Client, Mined, Platform

_AMOUNT = re.compile(r"([0-9]{1,60})(?:\.([0-9]{1,60}))?\s*([A-Za-z]*)")
ETHER_NAMES = ("eth", "ether")


class Currency:
    """A token by its symbol and decimals."""

    def __init__(self, address: Address, symbol: str, decimals: int) -> None:
        self.address, self.symbol, self.decimals = address, symbol, decimals

    def parse(self, text: str) -> int:
        """Smallest units of `2.5`, `2.5 ETH` or `123 wei`; UsageError says what is wrong."""
        found = _AMOUNT.fullmatch(text.strip())
        if found is None:
            raise UsageError(f"{text!r} is not an amount", hint=f"write it like 2.5, 2.5 {self.symbol} or 1000 wei")
        whole, part, unit = found[1], found[2] or "", found[3]
        if unit.lower() == "wei":
            if part:
                raise UsageError(f"{text!r}: there is no part of a wei")
            return int(whole)
        if unit and unit.lower() != self.symbol.lower():
            raise UsageError(f"{text!r} is in {unit}, {self.symbol} is wanted here")
        if len(part) > self.decimals:
            raise UsageError(f"{text!r} has {len(part)} decimals, {self.symbol} has {self.decimals}")
        return int(whole + part.ljust(self.decimals, "0"))

    def show(self, value: int) -> str:
        """With its symbol, exactly."""
        return amount(value * 10 ** max(0, 18 - self.decimals), self.symbol)


def mz(platform: Platform) -> Currency:
    """MZ."""
    return Currency(platform.mz, "MZ", 18)


def ether() -> Currency:
    """Ether."""
    return Currency(ZERO_ADDRESS, "ETH", 18)


def yuan() -> Currency:
    """What the feed counts in."""
    return Currency(ZERO_ADDRESS, "yuan", 18)


def currency(client: Client, text: str | Address) -> Currency:
    """A token by `ETH`, `MZ` or its address; asks the token for symbol and decimals."""
    platform = client.platform
    if isinstance(text, str):
        if text.lower() in ETHER_NAMES:
            return ether()
        if text.lower() == "mz":
            return mz(platform)
        try:
            address = address_from(text, name="--token")
        except ChainError as problem:
            raise UsageError(f"{text!r} is no currency", hint="give ETH, MZ or a token's address") from problem
    else:
        address = text
    if address == ZERO_ADDRESS:
        return ether()
    if address == platform.mz:
        return mz(platform)
    token = client.contract("MZ", address)  # any ERC-20 with metadata answers the same questions
    decimals: int = token.call("decimals")
    if decimals > 18:
        return Currency(address, "wei", 0)
    return Currency(address, token.call("symbol"), decimals)


def account(session: Session, text: str) -> Address:
    """An address, or the name of a local account or a key file."""
    from chain.wallet import dev_accounts

    for known in dev_accounts():
        if known.name == text:
            return known.address
    if text[:2].lower() != "0x":
        entry = session.keystore.find(text)
        if entry.address is not None:
            return entry.address
    try:
        return address_from(text, name="account")
    except ChainError as problem:
        raise UsageError(
            f"{text!r} is no account", hint="give an address, a keystore name, or dev0 … dev9"
        ) from problem


def moment(seconds: int) -> str:
    """A time of the chain, in UTC."""
    from chain.registry.units import show

    return show("uint48", "time", seconds) if seconds else "never"


def span(seconds: int) -> str:
    """A length of time."""
    from chain.registry.units import show

    return show("uint48", "seconds", seconds)


def price(value: int, symbol: str) -> str:
    """A price of the buyback: units for one MZ, times 10^9, shown with 9 digits and never with an exponent."""
    text = f"{Context(prec=9).scaleb(Decimal(value), -27):f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} {symbol}"


def told(
    session: Session,
    rows: Sequence[tuple[str, str]],
    data: Mapping[str, object],
    mined: Mined | None = None,
) -> None:
    """One thing: a table of facts for people, an object for programs; the transaction that did it, if any."""
    if session.json:
        transaction = {} if mined is None else {"transaction": mined.transaction_hash, "gas_used": mined.gas_used}
        session.screen.data({**data, **transaction})
        return
    extra = [] if mined is None else [("transaction", "0x" + mined.transaction_hash.hex())]
    session.screen.table(("what", "which"), [*rows, *extra])
