"""What a new platform is made with: `params.toml`, with its accounts, times and amounts resolved."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from chain.errors import ChainError, DeploymentError, InvalidParams
from chain.model import Record
from chain.primitives import ZERO_ADDRESS, Address, Wei, address_from
from chain.registry.units import amount, parse

DEFAULT_FILE = Path(__file__).with_name("params.toml")

VAULT: Address = b"vault"
"""Stands for the vault's address, which is not known before the roll-out; `at_vault` puts it in."""

PARTS = 10_000  # basis points of a split


class Schedule(Record):
    """A tranche that vests. `start` in Unix seconds, `cliff` and `length` in seconds after it."""

    beneficiary: Address
    start: int
    cliff: int
    length: int


Holding: TypeAlias = "Schedule | tuple[Address, ...]"
"""Who receives a tranche: a schedule, or accounts that divide it evenly."""


class Sale(Record):
    """Terms of the public sale. Times in Unix seconds, MZ in wei; `unsold_to` zero burns what is not sold."""

    opens: int
    closes: int
    mz_per_yuan: Wei
    soft_cap: Wei
    unsold_to: Address


class Currency(Record):
    """What the buyback buys with; `minimum` in the token's smallest unit."""

    token: Address
    minimum: int


class Parameters(Record):
    """`same_everywhere`: what takes no parameter is created through the CREATE2 factory, at its address of every chain.
    Beneficiaries, the timelock, who gets unsold MZ and fund uses may be `VAULT`.

    Fees in basis points; `first_price` in yuan with 18 decimals.
    """

    same_everywhere: bool
    founders: Holding
    institutions: Holding
    private_placement: Holding
    sale: Sale
    reporters: tuple[Address, ...]
    timelock: Address
    templates_fee_bps: int
    till_fee_bps: int
    auditor: Address
    first_price: int
    currencies: tuple[Currency, ...]
    seats: tuple[Address, ...]
    fund_use: tuple[Address, Address, Address, Address]  # technology, promotion, distribution, reserve
    publisher: Address


def at_vault(account: Address, vault: Address) -> Address:
    """The account, or the vault's address where the account stands for it."""
    return vault if account == VAULT else account


class _Table(Record, forbid_unknown_fields=True):
    """A table of the file; a name that nobody reads is a mistake."""


class _Holding(_Table):
    split: tuple[str, ...] = ()
    beneficiary: str = ""
    start: str = "roll-out"
    cliff: str = "0 days"
    length: str = ""


class _Addresses(_Table):
    same_everywhere: bool


class _Allocation(_Table):
    founders: _Holding
    institutions: _Holding
    private_placement: _Holding


class _Sale(_Table):
    opens: str
    lasts: str
    mz_per_yuan: str
    soft_cap: str
    unsold_to: str


class _Feed(_Table):
    reporters: tuple[str, ...]
    timelock: str


class _Fees(_Table):
    templates: int
    till: int


class _Currency(_Table):
    token: str
    minimum: str


class _Buyback(_Table):
    auditor: str
    first_price: str
    currencies: tuple[_Currency, ...]


class _Treasury(_Table):
    seats: tuple[str, ...]
    technology: str
    promotion: str
    distribution: str
    reserve: str


class _Templates(_Table):
    publisher: str


class _Document(_Table):
    addresses: _Addresses
    allocation: _Allocation
    sale: _Sale
    feed: _Feed
    fees: _Fees
    buyback: _Buyback
    treasury: _Treasury
    templates: _Templates


def read_parameters(file: Path, accounts: Mapping[str, Address], began: int) -> Parameters:
    """The parameters in a file; `accounts` are the names it may use, `began` is the time that `roll-out` means.

    `Book.began` keeps it, so that a later run comes to the same parameters. Raises DeploymentError naming the place.
    """
    try:
        document = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), _Document)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as problem:
        raise DeploymentError(
            f"{file}: {problem}", hint=f"compare it with the default parameters in {DEFAULT_FILE}"
        ) from problem
    read = _Reader(file, accounts, began)
    allocation, sale, treasury = document.allocation, document.sale, document.treasury
    opens = read.moment("sale.opens", sale.opens)
    return Parameters(
        same_everywhere=document.addresses.same_everywhere,
        founders=read.holding("allocation.founders", allocation.founders),
        institutions=read.holding("allocation.institutions", allocation.institutions),
        private_placement=read.holding("allocation.private_placement", allocation.private_placement),
        sale=Sale(
            opens=opens,
            closes=opens + read.duration("sale.lasts", sale.lasts),
            mz_per_yuan=read.amount("sale.mz_per_yuan", sale.mz_per_yuan),
            soft_cap=read.amount("sale.soft_cap", sale.soft_cap),
            unsold_to=(
                ZERO_ADDRESS if sale.unsold_to == "none" else read.account("sale.unsold_to", sale.unsold_to, vault=True)
            ),
        ),
        reporters=read.accounts("feed.reporters", document.feed.reporters),
        timelock=read.account("feed.timelock", document.feed.timelock, vault=True),
        templates_fee_bps=document.fees.templates,
        till_fee_bps=document.fees.till,
        auditor=read.account("buyback.auditor", document.buyback.auditor),
        first_price=read.amount("buyback.first_price", document.buyback.first_price),
        currencies=tuple(
            Currency(
                token=read.account(f"buyback.currencies[{place}].token", one.token),
                minimum=read.number(f"buyback.currencies[{place}].minimum", one.minimum),
            )
            for place, one in enumerate(document.buyback.currencies)
        ),
        seats=read.accounts("treasury.seats", treasury.seats, exactly=5),
        fund_use=(
            read.account("treasury.technology", treasury.technology, vault=True),
            read.account("treasury.promotion", treasury.promotion, vault=True),
            read.account("treasury.distribution", treasury.distribution, vault=True),
            read.account("treasury.reserve", treasury.reserve, vault=True),
        ),
        publisher=read.account("templates.publisher", document.templates.publisher),
    )


class _Reader:
    """Texts of one file as values; whatever is wrong is said with its place."""

    def __init__(self, file: Path, accounts: Mapping[str, Address], began: int) -> None:
        self._file, self._accounts, self._began = file, accounts, began

    def account(self, place: str, text: str, *, vault: bool = False) -> Address:
        if vault and text == "vault":
            return VAULT
        if text in self._accounts:
            return self._accounts[text]
        try:
            return address_from(text)
        except InvalidParams as problem:
            raise DeploymentError(
                f"{self._file}, {place}: {text!r} is no address and no account here",
                hint=f"accounts: {', '.join(self._accounts) or 'none'}",
            ) from problem

    def accounts(self, place: str, texts: tuple[str, ...], *, exactly: int | None = None) -> tuple[Address, ...]:
        if exactly is not None and len(texts) != exactly:
            raise self._wrong(place, f"there are {len(texts)} accounts, {exactly} are needed")
        return tuple(self.account(f"{place}[{number}]", text) for number, text in enumerate(texts))

    def holding(self, place: str, table: _Holding) -> Holding:
        if bool(table.split) == bool(table.beneficiary):
            raise self._wrong(place, "it has either a beneficiary with a schedule, or accounts to split it among")
        if table.split:
            accounts = self.accounts(f"{place}.split", table.split)
            if PARTS % len(accounts):
                raise self._wrong(place, f"10,000 basis points cannot be split evenly among {len(accounts)}")
            return accounts
        return Schedule(
            beneficiary=self.account(f"{place}.beneficiary", table.beneficiary, vault=True),
            start=self.moment(f"{place}.start", table.start),
            cliff=self.duration(f"{place}.cliff", table.cliff),
            length=self.duration(f"{place}.length", table.length),
        )

    def moment(self, place: str, text: str) -> int:
        return self._began if text == "roll-out" else int(self._parsed(place, lambda: parse("uint48", "time", text)))

    def duration(self, place: str, text: str) -> int:
        return int(self._parsed(place, lambda: parse("uint48", "seconds", text)))

    def number(self, place: str, text: str) -> int:
        return int(self._parsed(place, lambda: parse("uint128", "count", text)))

    def amount(self, place: str, text: str) -> Wei:
        return int(self._parsed(place, lambda: amount(text)))

    def _parsed(self, place: str, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except ChainError as problem:
            raise self._wrong(place, problem.message) from problem

    def _wrong(self, place: str, what: str) -> DeploymentError:
        return DeploymentError(
            f"{self._file}, {place}: {what}", hint=f"compare it with the default parameters in {DEFAULT_FILE}"
        )
